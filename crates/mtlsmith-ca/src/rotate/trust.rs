//! Until when a leaf works under a bundle, and under what is left of it when some CAs go: the best over all chains of the earliest end
//! on the chain.
//!
//! Each signature is checked once for a leaf, however many questions follow. Ends alone are looked at; whether a chain is accepted for
//! other reasons is for the admission of `mtlsmith-validate`.

use mtlsmith_validate::Profile;
use mtlsmith_validate::budget::Budget;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::graph::Graph;
use mtlsmith_validate::graph::Role;
use mtlsmith_validate::signature;
use mtlsmith_validate::signature::SignatureCheck;
use mtlsmith_validate::time::Timestamp;

/// A bundle whose links are known.
#[derive(Debug)]
pub struct Trust<'a> {
    bundle: &'a Bundle,
    graph: Graph,
    profile: &'a Profile,
}

/// Where a leaf meets a bundle: the members that signed it or what it presents, each with the earliest end up to there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchored {
    meets: Vec<(usize, Timestamp)>,
}

impl Anchored {
    /// The members it meets directly.
    pub fn members(&self) -> impl Iterator<Item = usize> {
        self.meets.iter().map(|(member, _)| *member)
    }
}

/// For each member of a bundle, until when anything below it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ends(Vec<Option<Timestamp>>);

impl Ends {
    /// Until when a leaf works.
    pub fn of(&self, leaf: &Anchored) -> Option<Timestamp> {
        let ends = leaf.meets.iter().filter_map(|(member, end)| Some((*self.0.get(*member)?)?.min(*end)));
        ends.max()
    }

    /// Until when anything below a member works.
    pub fn member(&self, member: usize) -> Option<Timestamp> {
        self.0.get(member).copied().flatten()
    }
}

impl<'a> Trust<'a> {
    /// Links the members of a bundle.
    pub fn of(bundle: &'a Bundle, profile: &'a Profile) -> Self {
        let graph = Graph::of(bundle, &profile.algorithms, &mut Budget::default());
        Trust { bundle, graph, profile }
    }

    /// The bundle.
    pub fn bundle(&self) -> &'a Bundle {
        self.bundle
    }

    /// Who signed whom.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Where a leaf meets the bundle, with the certificates that it presents beside its own.
    pub fn anchor(&self, leaf: &Certificate, presented: &[Certificate]) -> Anchored {
        let mut meets: Vec<(usize, Timestamp)> = Vec::new();
        let mut reached = vec![(leaf, leaf.not_after())];
        let mut seen: Vec<&[u8]> = vec![leaf.der()];
        while let Some((child, end)) = reached.pop() {
            for (index, issuer) in self.members() {
                if self.signed(child, issuer) {
                    meets.push((index, end));
                }
            }
            for issuer in presented {
                if !seen.contains(&issuer.der()) && self.signed(child, issuer) {
                    seen.push(issuer.der());
                    reached.push((issuer, end.min(issuer.not_after())));
                }
            }
        }
        Anchored { meets }
    }

    /// Until when anything below each member works, some members left out of the bundle.
    pub fn ends_without(&self, left_out: &[usize]) -> Ends {
        let mut ends: Vec<Option<Timestamp>> = vec![None; self.bundle.members.len()];
        // Each round carries the roots' ends one link further down.
        for _ in 0..ends.len() {
            let before = ends.clone();
            for (index, certificate) in self.members().filter(|(index, _)| !left_out.contains(index)) {
                let Some(node) = self.graph.node(index) else { continue };
                let above = if node.role == Role::Root {
                    Some(certificate.not_after())
                } else {
                    let issuers = node.link.issuers().iter().filter(|&&issuer| issuer != index);
                    issuers.filter_map(|&issuer| before.get(issuer).copied().flatten()).max()
                };
                if let (Some(end), Some(above)) = (ends.get_mut(index), above) {
                    *end = Some(above.min(certificate.not_after()));
                }
            }
            if ends == before {
                break;
            }
        }
        Ends(ends)
    }

    /// Until when anything below each member works.
    pub fn ends(&self) -> Ends {
        self.ends_without(&[])
    }

    /// These members, and all that reach no root without them although they do now: what has to leave the bundle together.
    pub fn with_descendants(&self, members: &[usize]) -> Vec<usize> {
        let (with, without) = (self.ends(), self.ends_without(members));
        let falls = |index: &usize| {
            members.contains(index) || (with.member(*index).is_some() && without.member(*index).is_none())
        };
        (0..self.bundle.members.len()).filter(falls).collect()
    }

    fn members(&self) -> impl Iterator<Item = (usize, &'a Certificate)> {
        let bundle = self.bundle;
        bundle.members.iter().filter_map(|member| Some((member.index, member.certificate()?)))
    }

    fn signed(&self, child: &Certificate, issuer: &Certificate) -> bool {
        child.issuer().links_to(issuer.subject())
            && signature::check(child, issuer, &self.profile.algorithms) == SignatureCheck::Valid
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;

    fn read(certificate: &testkit::Certificate) -> Certificate {
        Certificate::read(certificate.der()).unwrap().0
    }

    fn days(end: Option<Timestamp>) -> Option<i64> {
        end.map(|end| end.since(Timestamp::from_unix(testkit::NOW)) / testkit::days(1))
    }

    fn until(days: i64) -> i64 {
        testkit::NOW + testkit::days(days)
    }

    #[test]
    fn a_leaf_ends_with_the_first_end_on_its_best_chain() {
        let old = testkit::root_builder("old").not_after(until(10)).self_signed();
        let new = testkit::root_builder("new").not_after(until(90)).self_signed();
        let issuing = testkit::intermediate_builder("issuing").not_after(until(60));
        let (by_old, by_new) = (issuing.signed_by(&old), issuing.signed_by(&new));
        let leaf = testkit::leaf_builder("worker").not_after(until(30)).signed_by(&by_old);
        let text = testkit::bundle(&[&old, &new, &by_old, &by_new]);
        let (bundle, profile) = (Bundle::read(text.as_bytes()), Profile::temporal_cloud());
        let trust = Trust::of(&bundle, &profile);
        let anchored = trust.anchor(&read(&leaf), &[]);
        assert_eq!(days(trust.ends().of(&anchored)), Some(30));
        assert_eq!(days(trust.ends_without(&[1, 3]).of(&anchored)), Some(10));
        assert_eq!(days(trust.ends_without(&[0, 1]).of(&anchored)), None);
        assert_eq!(trust.with_descendants(&[0]), [0, 2]);
    }

    #[test]
    fn presented_intermediates_lead_to_the_bundle_and_end_the_chain_with_their_own_end() {
        let root = testkit::root_builder("root").not_after(until(90)).self_signed();
        let issuing = testkit::intermediate_builder("issuing").not_after(until(20)).signed_by(&root);
        let leaf = testkit::leaf_builder("worker").not_after(until(30)).signed_by(&issuing);
        let text = root.pem();
        let (bundle, profile) = (Bundle::read(text.as_bytes()), Profile::temporal_cloud());
        let trust = Trust::of(&bundle, &profile);
        assert_eq!(days(trust.ends().of(&trust.anchor(&read(&leaf), &[]))), None);
        assert_eq!(
            days(trust.ends().of(&trust.anchor(&read(&leaf), &[read(&issuing), read(&root)]))),
            Some(20)
        );
        let foreign = testkit::root("another");
        let stray = testkit::leaf("stray", &foreign);
        assert_eq!(
            days(trust.ends().of(&trust.anchor(&read(&stray), &[read(&foreign)]))),
            None,
            "no root by presenting it"
        );
    }
}
