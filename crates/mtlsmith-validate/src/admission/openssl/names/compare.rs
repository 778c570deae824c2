//! Is one name within one subtree? As OpenSSL and BoringSSL compare, which is not as Go does: the email domain `acme` covers only that
//! host, a URI's host must be the constraint itself, and what has no comparison is an error.

use super::Base;
use super::Borne;
use super::kind;
use crate::admission::openssl::facts::Library;
use crate::name::Name;

/// The outcome of one comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    Yes,
    No,
    /// The name or the constraint cannot be compared, which refuses the chain.
    Unreadable,
    /// It depends on the release.
    Perhaps,
}

impl From<bool> for Match {
    fn from(matches: bool) -> Self {
        if matches { Match::Yes } else { Match::No }
    }
}

/// Is the name within the subtree, both being of one kind?
pub(super) fn within(name: &Borne<'_>, base: &Base<'_>, excluding: bool, library: Library) -> Match {
    let (content, limit) = (name.content.as_ref(), base.content);
    match name.tag {
        kind::DIRECTORY => Name::from_der(content).is_within(Name::from_der(limit)).into(),
        kind::DNS => domain(content, limit, excluding && library == Library::BoringSsl).into(),
        kind::EMAIL => email(content, limit, excluding && name.in_subject && library == Library::BoringSsl),
        kind::URI => uri(content, limit, library),
        kind::IP if library == Library::OpenSsl => address(content, limit),
        kind::OTHER if library == Library::OpenSsl => Match::Perhaps,
        _ => Match::Unreadable,
    }
}

/// `wildcards`: `*.acme.internal` is within `w1.acme.internal` too, since it could stand for it.
fn domain(name: &[u8], limit: &[u8], wildcards: bool) -> bool {
    if limit.is_empty() {
        return true;
    }
    if wildcards
        && let (Some(below), Some(dot)) =
            (name.strip_prefix(b"*."), limit.iter().position(|&byte| byte == b'.'))
        && limit.get(dot + 1..).is_some_and(|parent| parent.eq_ignore_ascii_case(below))
    {
        return true;
    }
    let Some(above) = name.len().checked_sub(limit.len()) else { return false };
    let (before, tail) = name.split_at(above);
    let at_a_label = limit.first() == Some(&b'.') || before.last().is_none_or(|&last| last == b'.');
    at_a_label && tail.eq_ignore_ascii_case(limit)
}

/// `folds`: BoringSSL compares the part before the `@` without case there, older releases do not.
fn email(name: &[u8], limit: &[u8], folds: bool) -> Match {
    let Some((local, host)) = split(name) else { return Match::Unreadable };
    if !(is_plain(local, b"!#$%&'*+-/=?^_`{|}~.") && is_plain(host, b"-.")) {
        return Match::Perhaps; // newer BoringSSL refuses unusual characters; the others compare them somehow
    }
    let (wanted, limit) = match split(limit) {
        Some((wanted, host)) => (Some(wanted).filter(|wanted| !wanted.is_empty()), host),
        None => (None, limit),
    };
    if !is_plain(limit, b"-.") || !wanted.is_none_or(|wanted| is_plain(wanted, b"!#$%&'*+-/=?^_`{|}~.")) {
        return Match::Perhaps;
    }
    if wanted.is_none() && limit.first() == Some(&b'.') {
        return (host.len() > limit.len() && ends_with(host, limit)).into();
    }
    match wanted {
        _ if !host.eq_ignore_ascii_case(limit) => Match::No,
        None => Match::Yes,
        Some(wanted) if wanted == local => Match::Yes,
        Some(wanted) if folds && wanted.eq_ignore_ascii_case(local) => Match::Perhaps,
        Some(_) => Match::No,
    }
}

/// At the last `@`, as OpenSSL does.
fn split(address: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = address.iter().rposition(|&byte| byte == b'@')?;
    Some((address.get(..at)?, address.get(at + 1..)?))
}

/// Letters, digits and these; not empty.
fn is_plain(text: &[u8], others: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| byte.is_ascii_alphanumeric() || others.contains(byte))
}

fn uri(name: &[u8], limit: &[u8], library: Library) -> Match {
    let colon = name.iter().position(|&byte| byte == b':');
    let rest = colon.and_then(|at| name.get(at + 1..)).and_then(|rest| rest.strip_prefix(b"//"));
    let Some(rest) = rest else { return Match::Unreadable };
    let end = rest.iter().position(|&byte| byte == b':').or(rest.iter().position(|&byte| byte == b'/'));
    let host = end.and_then(|end| rest.get(..end)).unwrap_or(rest);
    if host.is_empty() {
        return Match::Unreadable;
    }
    if !is_plain(host, b"-.") {
        return Match::Perhaps; // user names, brackets and escapes: newer releases take URIs apart with care
    }
    if limit.first() == Some(&b'.') {
        let longer = host.len() > limit.len() || library == Library::BoringSsl;
        return (longer && ends_with(host, limit)).into();
    }
    host.eq_ignore_ascii_case(limit).into()
}

fn address(name: &[u8], limit: &[u8]) -> Match {
    if !matches!(name.len(), 4 | 16) || !matches!(limit.len(), 8 | 32) {
        return Match::Unreadable;
    }
    if name.len() * 2 != limit.len() {
        return Match::No;
    }
    let (network, mask) = limit.split_at(name.len());
    name.iter().zip(network).zip(mask).all(|((byte, network), mask)| byte & mask == network & mask).into()
}

fn ends_with(text: &[u8], suffix: &[u8]) -> bool {
    text.len()
        .checked_sub(suffix.len())
        .and_then(|at| text.get(at..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(suffix))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::Match::{No, Perhaps, Unreadable, Yes};
    use super::*;

    /// A name under a constraint of its kind: what OpenSSL says, what BoringSSL says.
    fn both(tag: u8, name: &[u8], limit: &[u8], excluding: bool, in_subject: bool) -> [Match; 2] {
        let name = Borne { tag, content: Cow::Borrowed(name), in_subject };
        let base = Base { tag, content: limit, is_bounded: false };
        [Library::OpenSsl, Library::BoringSsl].map(|library| within(&name, &base, excluding, library))
    }

    #[test]
    fn hosts_stand_below_the_labels_of_a_constraint() {
        for (name, limit, expected) in [
            ("acme", "acme", Yes),
            ("w.ACME", "acme", Yes),
            ("*.acme", "acme", Yes),
            ("x", "", Yes),
            ("w.acme", ".acme", Yes),
            ("acme", ".acme", No),
            ("wacme", "acme", No),
            ("w.other", "acme", No),
            ("me", "acme", No),
        ] {
            for excluding in [false, true] {
                let found = both(kind::DNS, name.as_bytes(), limit.as_bytes(), excluding, false);
                assert_eq!(found, [expected; 2], "{name} under {limit}");
            }
        }
    }

    #[test]
    fn boringssl_alone_excludes_a_wildcard_that_could_stand_for_an_excluded_host() {
        for (name, limit, excluding, boringssl) in [
            ("*.acme", "w.acme", true, Yes),
            ("*.acme", "w.acme", false, No),
            ("*.acme", "w.other", true, No),
            ("*.acme", "w", true, No),
            ("v.acme", "w.acme", true, No),
        ] {
            let found = both(kind::DNS, name.as_bytes(), limit.as_bytes(), excluding, false);
            assert_eq!(found, [No, boringssl], "{name} under {limit}");
        }
    }

    #[test]
    fn addresses_of_mail_stand_below_a_host_a_domain_or_a_mailbox() {
        for (name, limit, expected) in [
            ("a@ACME", "acme", Yes),
            ("a@w.acme", ".acme", Yes),
            ("a@acme", "a@acme", Yes),
            ("a@acme", "@acme", Yes),
            ("a@.acme", "a@.acme", Yes),
            ("a@w.acme", "acme", No),
            ("a@acme", ".acme", No),
            ("a@.acme", ".acme", No),
            ("b@acme", "a@acme", No),
            ("A@acme", "a@acme", No),
            ("acme", "acme", Unreadable),
            ("a b@acme", "acme", Perhaps),
            ("a@b@acme", "acme", Perhaps),
            ("@acme", "acme", Perhaps),
            ("a@ac_me", "ac_me", Perhaps),
            ("a@acme", "ac me", Perhaps),
            ("a@acme", "a b@acme", Perhaps),
            ("a@acme", "", Perhaps),
        ] {
            let found = both(kind::EMAIL, name.as_bytes(), limit.as_bytes(), false, true);
            assert_eq!(found, [expected; 2], "{name} under {limit}");
        }
    }

    #[test]
    fn boringssl_may_fold_mailboxes_of_the_subject_that_are_excluded() {
        for (excluding, in_subject, boringssl) in
            [(true, true, Perhaps), (true, false, No), (false, true, No), (false, false, No)]
        {
            assert_eq!(both(kind::EMAIL, b"A@acme", b"a@acme", excluding, in_subject), [No, boringssl]);
        }
    }

    #[test]
    fn the_host_of_a_uri_is_the_constraint_or_below_its_dot() {
        for (name, limit, openssl, boringssl) in [
            ("spiffe://ACME/x", "acme", Yes, Yes),
            ("https://acme", "acme", Yes, Yes),
            ("https://w.acme:1/", ".acme", Yes, Yes),
            ("https://w.acme/", "acme", No, No),
            ("https://acme/", ".acme", No, No),
            ("https://.acme/", ".acme", No, Yes),
            ("urn:x", "acme", Unreadable, Unreadable),
            ("https:/acme", "acme", Unreadable, Unreadable),
            ("acme", "acme", Unreadable, Unreadable),
            ("https:///x", "acme", Unreadable, Unreadable),
            ("https://u@acme/", "acme", Perhaps, Perhaps),
            ("https://acme/a:b", "acme", Perhaps, Perhaps),
        ] {
            let found = both(kind::URI, name.as_bytes(), limit.as_bytes(), false, false);
            assert_eq!(found, [openssl, boringssl], "{name} under {limit}");
        }
    }

    #[test]
    fn openssl_alone_compares_addresses_of_the_internet() {
        let long = |first: u8| [&[first; 16][..], &[255; 16]].concat();
        for (name, limit, openssl) in [
            (&[10, 1, 1, 1][..], &[10, 9, 0, 0, 255, 0, 0, 0][..], Yes),
            (&[11, 1, 1, 1], &[10, 0, 0, 0, 255, 0, 0, 0], No),
            (&[7; 16], &long(7), Yes),
            (&[7; 16], &long(8), No),
            (&[7; 16], &[7, 7, 7, 7, 255, 0, 0, 0], No),
            (&[7; 4], &long(7), No),
            (&[7; 5], &[7, 7, 7, 7, 255, 0, 0, 0], Unreadable),
            (&[7; 4], &[7; 7], Unreadable),
        ] {
            assert_eq!(
                both(kind::IP, name, limit, false, false),
                [openssl, Unreadable],
                "{name:?} {limit:?}"
            );
        }
    }

    #[test]
    fn other_kinds_are_compared_by_some_releases_or_by_none() {
        assert_eq!(both(kind::OTHER, b"x", b"x", false, false), [Perhaps, Unreadable]);
        assert_eq!(both(0x88, b"x", b"x", false, false), [Unreadable; 2]);
    }
}
