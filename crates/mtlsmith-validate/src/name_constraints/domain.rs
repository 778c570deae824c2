//! Domain names in certificates and in constraints: which are well-formed, and which lie within a subtree.
//!
//! Go `crypto/x509`: `domainNameValid` (parser.go), `dnsHasSuffix` and the wildcard rule of `dnsConstraints` (constraints.go).

/// Does Go take this as a domain name? A constraint may start with a dot, a name may not. The empty name counts as well-formed.
pub(crate) fn is_well_formed(name: &str, constraint: bool) -> bool {
    if name.is_empty() {
        return true;
    }
    let labels = if constraint { name.strip_prefix('.').unwrap_or(name) } else { name };
    let printable = |byte: &u8| (33..=126).contains(byte);
    !name.ends_with('.')
        && labels.as_bytes().iter().all(printable)
        && labels.split('.').all(|label| !label.is_empty())
}

/// Does a name lie within a constraint? `acme.internal` covers itself and all below it, `.acme.internal` only what is below, and the
/// empty constraint everything. ASCII letters are folded.
pub(super) fn covers(constraint: &str, name: &str) -> bool {
    if constraint.is_empty() {
        return true;
    }
    let (constraint, name) = (constraint.as_bytes(), name.as_bytes());
    let Some(above) = name.len().checked_sub(constraint.len()) else { return false };
    let (before, tail) = name.split_at(above);
    let at_a_label = constraint.first() == Some(&b'.') || before.last().is_none_or(|&last| last == b'.');
    at_a_label && tail.eq_ignore_ascii_case(constraint)
}

/// Does an excluded constraint hit a name? Besides [`covers`], a wildcard is hit when it could stand for the constraint:
/// `*.acme.internal` by `w1.acme.internal`.
pub(super) fn excludes(constraint: &str, name: &str) -> bool {
    covers(constraint, name) || (name.starts_with('*') && same_parent(constraint, name))
}

fn same_parent(one: &str, other: &str) -> bool {
    match (one.find('.'), other.find('.')) {
        (Some(at_one), Some(at_other)) => {
            let tails = (one.get(at_one..), other.get(at_other..));
            matches!(tails, (Some(one), Some(other)) if one.eq_ignore_ascii_case(other))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_labels_and_no_dot_at_the_end() {
        for (name, as_name, as_constraint) in [
            ("", true, true),
            ("acme", true, true),
            ("a.b", true, true),
            ("*.a.b", true, true),
            (".a.b", false, true),
            ("..a", false, false),
            ("a..b", false, false),
            ("a.b.", false, false),
            (".", false, false),
            ("a b", false, false),
            ("a\u{7f}", false, false),
        ] {
            assert_eq!(
                (is_well_formed(name, false), is_well_formed(name, true)),
                (as_name, as_constraint),
                "{name:?}"
            );
        }
    }

    #[test]
    fn a_constraint_covers_whole_labels() {
        for (constraint, name, covered) in [
            ("", "", true),
            ("", "anything", true),
            ("a.com", "a.com", true),
            ("a.com", "A.CoM", true),
            ("a.com", "w.a.com", true),
            ("a.com", "*.a.com", true),
            ("a.com", "ba.com", false),
            ("a.com", "com", false),
            ("a.com", "", false),
            (".a.com", "a.com", false),
            (".a.com", "w.a.com", true),
            (".a.com", "v.w.a.com", true),
            (".a.com", "wa.com", false),
            ("W.A.com", "w.a.com", true),
        ] {
            assert_eq!(covers(constraint, name), covered, "{constraint:?} over {name:?}");
        }
    }

    #[test]
    fn an_excluded_name_also_hits_the_wildcard_beside_it() {
        for (constraint, name, hit) in [
            ("w.a.com", "*.a.com", true),
            ("W.a.com", "*.A.com", true),
            ("w.a.com", "*x.a.com", true),
            ("v.w.a.com", "*.a.com", false),
            ("w.b.com", "*.a.com", false),
            ("com", "*", false),
            (".a.com", "*.a.com", true),
        ] {
            assert_eq!(excludes(constraint, name), hit, "{constraint:?} against {name:?}");
        }
    }
}
