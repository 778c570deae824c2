//! Certificate policies along a chain, as Go processes them since version 1.24 (verify.go, `policiesValid`; RFC 9618) for a caller
//! that asks for no policy of its own.
//!
//! Go keeps the whole graph of policies; only its last row decides whether a chain passes, so only that row is kept here.

use crate::certificate::Certificate;
use crate::certificate::Policies;

/// anyPolicy, 2.5.29.32.0 (RFC 5280 section 4.2.1.4).
const ANY: &[u8] = &[0x55, 0x1d, 0x20, 0x00];

/// A valid policy and what the next certificate may list for it.
struct Valid<'a> {
    policy: &'a [u8],
    expected: Vec<&'a [u8]>,
}

/// After how many more certificates each limit begins.
struct Limits {
    require_explicit: u64,
    inhibit_mapping: u64,
    inhibit_any: u64,
}

/// Do the policies of a chain allow it? First certificate first, root last; the root's own policies do not count.
pub(crate) fn are_valid(chain: &[&Certificate]) -> bool {
    let Some((_, below_root)) = chain.split_last().filter(|(_, below)| !below.is_empty()) else {
        return true;
    };
    if !below_root.iter().any(|certificate| Policies::are_stated_in(certificate)) {
        return true;
    }
    let never = u64::try_from(chain.len()).unwrap_or(u64::MAX);
    let mut limits = Limits { require_explicit: never, inhibit_mapping: never, inhibit_any: never };
    let mut valid = Some(vec![Valid { policy: ANY, expected: vec![ANY] }]);
    let mut last_requires = false;
    for (position, certificate) in below_root.iter().enumerate().rev() {
        let Some(policies) = Policies::of(certificate) else { return false };
        let is_last = position == 0;
        valid = valid.filter(|_| !policies.listed.is_empty());
        if limits.require_explicit == 0 && valid.is_none() {
            return false;
        }
        if let Some(parents) = valid {
            let any_counts = limits.inhibit_any > 0 || (!is_last && certificate.is_self_issued());
            let mut row = next_row(&policies.listed, &parents, any_counts);
            if !is_last && !map(&mut row, &policies, limits.inhibit_mapping > 0) {
                return false;
            }
            valid = Some(row);
        }
        if is_last {
            last_requires = policies.require_explicit == Some(0);
        } else {
            limits.tighten(&policies, certificate.is_self_issued());
        }
    }
    let explicit = last_requires || limits.require_explicit <= 1;
    !explicit || valid.is_some_and(|row| !row.is_empty())
}

impl Limits {
    fn tighten(&mut self, policies: &Policies<'_>, self_issued: bool) {
        let limits = [
            (&mut self.require_explicit, policies.require_explicit),
            (&mut self.inhibit_mapping, policies.inhibit_mapping),
            (&mut self.inhibit_any, policies.inhibit_any),
        ];
        for (limit, stated) in limits {
            if !self_issued {
                *limit = limit.saturating_sub(1);
            }
            *limit = stated.map_or(*limit, |stated| stated.min(*limit));
        }
    }
}

/// The policies that are valid after one more certificate.
fn next_row<'a>(listed: &[&'a [u8]], parents: &[Valid<'a>], any_counts: bool) -> Vec<Valid<'a>> {
    let from_any = parents.iter().any(|parent| parent.policy == ANY);
    let mut row: Vec<Valid<'a>> = Vec::new();
    for &policy in listed.iter().filter(|&&policy| policy != ANY) {
        if from_any || parents.iter().any(|parent| parent.expected.contains(&policy)) {
            row.push(Valid { policy, expected: vec![policy] });
        }
    }
    if any_counts && listed.contains(&ANY) {
        for &policy in parents.iter().flat_map(|parent| &parent.expected) {
            if !row.iter().any(|valid| valid.policy == policy) {
                row.push(Valid { policy, expected: vec![policy] });
            }
        }
    }
    row
}

/// Applies policy mappings to a row; `false` when one of them names anyPolicy, which no chain survives.
fn map<'a>(row: &mut Vec<Valid<'a>>, policies: &Policies<'a>, allowed: bool) -> bool {
    if !allowed {
        row.retain(|valid| !policies.mappings.iter().any(|(issuer, _)| *issuer == valid.policy));
        return true;
    }
    if policies.mappings.iter().any(|(issuer, subject)| *issuer == ANY || *subject == ANY) {
        return false;
    }
    for (issuer, _) in &policies.mappings {
        let stands_for =
            policies.mappings.iter().filter(|(other, _)| other == issuer).map(|(_, subject)| *subject);
        let expected: Vec<&[u8]> = stands_for.collect();
        let any_is_valid = row.iter().any(|valid| valid.policy == ANY);
        match row.iter_mut().find(|valid| valid.policy == *issuer) {
            Some(valid) => valid.expected = expected,
            None if any_is_valid => row.push(Valid { policy: issuer, expected }),
            None => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::CertificateBuilder;
    use mtlsmith_testkit::der;
    use mtlsmith_testkit::oid;

    use super::*;

    const ONE: &[u64] = &[1, 3, 1];
    const TWO: &[u64] = &[1, 3, 2];
    const THREE: &[u64] = &[1, 3, 3];

    fn ca(change: impl Fn(CertificateBuilder) -> CertificateBuilder) -> CertificateBuilder {
        change(testkit::root_builder("ca").issuer_name("CN=above"))
    }

    fn mapping(issuer: &[u64], subject: &[u64]) -> Vec<u8> {
        let pair = der::sequence(&[&der::object_identifier(issuer), &der::object_identifier(subject)]);
        der::sequence(&[&pair])
    }

    /// A chain of leaf, one CA and a root that says nothing.
    fn valid(leaf: CertificateBuilder, ca: CertificateBuilder) -> bool {
        chain_is_valid(&[leaf, ca])
    }

    /// A chain below a root that says nothing, the leaf first.
    fn chain_is_valid(below_root: &[CertificateBuilder]) -> bool {
        let root = testkit::root_builder("root");
        let all = below_root.iter().chain([&root]);
        let read: Vec<Certificate> =
            all.map(|builder| Certificate::read(builder.self_signed().der()).unwrap().0).collect();
        are_valid(&read.iter().collect::<Vec<_>>())
    }

    #[test]
    fn an_explicit_policy_must_be_there_when_required() {
        let plain = || ca(|ca| ca);
        let listing = |policies: &'static [&[u64]]| ca(move |ca| ca.certificate_policies(policies));
        let requiring = |policies: &'static [&[u64]]| {
            ca(move |ca| ca.certificate_policies(policies).policy_constraints(Some(0), None))
        };
        assert!(valid(plain(), plain()));
        assert!(valid(plain(), listing(&[ONE])));
        assert!(!valid(plain(), requiring(&[ONE])));
        assert!(valid(listing(&[ONE]), requiring(&[ONE])));
        assert!(!valid(listing(&[TWO]), requiring(&[ONE])));
        assert!(valid(listing(&[TWO]), requiring(&[oid::ANY_POLICY])));
        assert!(valid(listing(&[oid::ANY_POLICY]), requiring(&[ONE])));
        assert!(!valid(requiring(&[]), plain()));
        assert!(!valid(listing(&[ONE]), ca(|ca| ca.policy_constraints(Some(0), None))));
    }

    #[test]
    fn any_policy_counts_only_while_it_is_not_inhibited() {
        let leaf = || ca(|leaf| leaf.certificate_policies(&[oid::ANY_POLICY]));
        let above = |skip| {
            ca(move |ca| {
                ca.certificate_policies(&[ONE]).policy_constraints(Some(0), None).inhibit_any_policy(skip)
            })
        };
        assert!(!valid(leaf(), above(0)));
        assert!(valid(leaf(), above(1)));
    }

    #[test]
    fn a_mapped_policy_stands_for_the_issuers() {
        let leaf = || ca(|leaf| leaf.certificate_policies(&[TWO]));
        let mapped = |value: Vec<u8>| {
            ca(move |ca| {
                let ca = ca.certificate_policies(&[ONE]).policy_constraints(Some(0), None);
                ca.extension(oid::POLICY_MAPPINGS, true, value.clone())
            })
        };
        assert!(valid(leaf(), mapped(mapping(ONE, TWO))));
        assert!(!valid(leaf(), mapped(mapping(TWO, ONE))));
        assert!(
            !valid(leaf(), mapped(mapping(THREE, TWO))),
            "the CA itself is not valid for the third policy"
        );
        assert!(!valid(leaf(), mapped(mapping(ONE, oid::ANY_POLICY))));
        assert!(!valid(leaf(), mapped(mapping(oid::ANY_POLICY, ONE))));
    }

    #[test]
    fn where_mapping_is_inhibited_a_mapped_policy_is_lost_and_the_others_stay() {
        let leaf = |policy: &'static [u64]| ca(move |leaf| leaf.certificate_policies(&[policy]));
        let mapping_ca = || {
            let ca = ca(|ca| ca.certificate_policies(&[ONE, THREE]));
            ca.extension(oid::POLICY_MAPPINGS, true, mapping(ONE, TWO))
        };
        let above = |inhibit| {
            ca(move |ca| ca.certificate_policies(&[ONE, THREE]).policy_constraints(Some(0), inhibit))
        };
        for (policy, freely, inhibited) in [(ONE, false, false), (TWO, true, false), (THREE, true, true)] {
            assert_eq!(chain_is_valid(&[leaf(policy), mapping_ca(), above(None)]), freely, "{policy:?}");
            assert_eq!(
                chain_is_valid(&[leaf(policy), mapping_ca(), above(Some(0))]),
                inhibited,
                "{policy:?}"
            );
            assert_eq!(chain_is_valid(&[leaf(policy), mapping_ca(), above(Some(1))]), freely, "{policy:?}");
        }
    }

    #[test]
    fn self_issued_certificates_do_not_use_up_what_a_limit_skips() {
        let above = |skip| ca(move |ca| ca.policy_constraints(Some(skip), None));
        let rolled = || ca(|ca| ca).issuer_name(mtlsmith_testkit::Name::new().o("acme").cn("ca"));
        assert!(!chain_is_valid(&[ca(|leaf| leaf), ca(|ca| ca), above(2)]));
        assert!(chain_is_valid(&[ca(|leaf| leaf), rolled(), above(2)]));
        assert!(chain_is_valid(&[ca(|leaf| leaf), ca(|ca| ca), above(3)]));
    }

    #[test]
    fn any_policy_hands_on_what_is_not_listed_beside_it() {
        let above = || ca(|ca| ca.certificate_policies(&[ONE, TWO]).policy_constraints(Some(0), None));
        let between = || ca(|ca| ca.certificate_policies(&[ONE, oid::ANY_POLICY]));
        for (policy, expected) in [(ONE, true), (TWO, true), (THREE, false)] {
            let leaf = ca(move |leaf| leaf.certificate_policies(&[policy]));
            assert_eq!(chain_is_valid(&[leaf, between(), above()]), expected, "{policy:?}");
        }
    }

    #[test]
    fn the_root_alone_has_nothing_to_prove() {
        let root = testkit::root_builder("root").policy_constraints(Some(0), None).self_signed();
        let root = Certificate::read(root.der()).unwrap().0;
        assert!(are_valid(&[&root]));
    }

    #[test]
    fn where_any_policy_is_inhibited_it_counts_in_a_self_issued_ca_alone() {
        let above = || {
            ca(|ca| ca.certificate_policies(&[ONE]).policy_constraints(Some(0), None).inhibit_any_policy(0))
        };
        let any = || ca(|ca| ca.certificate_policies(&[oid::ANY_POLICY]));
        let own_name = || mtlsmith_testkit::Name::new().o("acme").cn("ca");
        let leaf = || ca(|leaf| leaf.certificate_policies(&[ONE]));
        assert!(chain_is_valid(&[leaf(), any().issuer_name(own_name()), above()]));
        assert!(!chain_is_valid(&[leaf(), any(), above()]));
        assert!(!chain_is_valid(&[any().issuer_name(own_name()), above()]), "the leaf is no CA");
    }

    #[test]
    fn any_policy_must_not_be_mapped_even_where_no_policy_is_required() {
        let leaf = || ca(|leaf| leaf.certificate_policies(&[ONE]));
        let mapped = |value: Vec<u8>| {
            ca(move |ca| ca.certificate_policies(&[ONE]).extension(oid::POLICY_MAPPINGS, true, value.clone()))
        };
        assert!(valid(leaf(), mapped(mapping(ONE, TWO))));
        assert!(!valid(leaf(), mapped(mapping(ONE, oid::ANY_POLICY))));
        assert!(!valid(leaf(), mapped(mapping(oid::ANY_POLICY, ONE))));
    }
}
