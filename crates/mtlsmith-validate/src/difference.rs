//! What changing one bundle into another does: which certificates come, go and stay, and whom that may lock out.
//!
//! A client is let in when its chain reaches a root of the bundle, so what counts is not the certificate that goes but whether
//! another one with the same name and key takes its place. Nothing is known here about the client certificates in use; the answer is
//! about the CAs.

use crate::bundle::Bundle;
use crate::bundle::Member;
use crate::certificate::Certificate;
use crate::graph::Role;
use crate::report::Report;
use crate::time::Timestamp;

/// The difference between two bundles. All numbers are indexes into `Bundle::members`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Members of the new bundle that the old one does not have.
    pub added: Vec<usize>,
    /// Members of the old bundle that the new one does not have.
    pub dropped: Vec<Dropped>,
    /// Members of both.
    pub kept: Vec<Kept>,
    /// Do the certificates of both stand in another order? Official tools that compare texts see a change.
    pub reordered: bool,
    /// The last second at which the old bundle lets anyone in.
    pub expiry_before: Option<Timestamp>,
    /// The last second at which the new bundle lets anyone in.
    pub expiry_after: Option<Timestamp>,
}

/// A certificate that goes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// Index in the old bundle.
    pub member: usize,
    /// What becomes of the clients below it.
    pub coverage: Coverage,
}

/// What becomes of the clients below a certificate that goes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Coverage {
    /// They connect as before: these members of the new bundle have its name and key, and a chain to a root.
    SameNameAndKey(Vec<usize>),
    /// They connect only if they send the certificate themselves: these members of the new bundle issued it, directly or not.
    IssuerStays(Vec<usize>),
    /// They can no longer connect.
    LockedOut,
    /// None could connect before: the chain was broken or over.
    WasUseless,
    /// It is no CA; only a client with this very certificate could use it.
    NotACa,
    /// Nothing is known: it cannot be read.
    Unreadable,
}

/// A certificate that stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kept {
    /// Index in the old bundle.
    pub old: usize,
    /// Index in the new bundle.
    pub new: usize,
    /// Its effective expiry in the old bundle; `None` when no chain reached a root.
    pub expiry_before: Option<Timestamp>,
    /// Its effective expiry in the new bundle.
    pub expiry_after: Option<Timestamp>,
}

impl Difference {
    /// Compares two bundles, judged at the time of the new report.
    ///
    /// ```
    /// use mtlsmith_validate::{Profile, check_bundle, difference::Difference, time::Timestamp};
    ///
    /// let now = Timestamp::parse_rfc3339("2026-11-23T16:00:00Z").unwrap();
    /// let report = check_bundle(b"", &Profile::temporal_cloud(), now);
    /// assert!(Difference::between(&report, &report).same_certificates());
    /// ```
    pub fn between(old: &Report, new: &Report) -> Self {
        let comparison = Comparison { old, new };
        let mut kept = Vec::new();
        let mut dropped = Vec::new();
        for member in distinct(old) {
            match counterpart(&old.bundle, member, new) {
                Some(other) => kept.push(Kept {
                    old: member.index,
                    new: other,
                    expiry_before: expiry(old, member.index),
                    expiry_after: expiry(new, other),
                }),
                None => dropped.push(Dropped { member: member.index, coverage: comparison.coverage(member) }),
            }
        }
        let is_new = |member: &&Member| counterpart(&new.bundle, member, old).is_none();
        let added = distinct(new).filter(is_new).map(|member| member.index).collect();
        let reordered = !kept.is_sorted_by_key(|kept| kept.new);
        let (expiry_before, expiry_after) = (old.effective_expiry(), new.effective_expiry());
        Difference { added, dropped, kept, reordered, expiry_before, expiry_after }
    }

    /// Do both hold the same certificates, whatever their order?
    pub fn same_certificates(&self) -> bool {
        self.added.is_empty() && self.dropped.is_empty()
    }

    /// May clients that connect with the old bundle be refused with the new one, at this time?
    pub fn may_lock_out(&self, now: Timestamp) -> bool {
        let dropped = self.dropped.iter().any(|dropped| dropped.coverage.may_lock_out());
        dropped || self.kept.iter().any(|kept| kept.loses_its_chain(now))
    }
}

impl Coverage {
    /// May it keep clients out that could connect before?
    pub fn may_lock_out(&self) -> bool {
        matches!(
            self,
            Coverage::LockedOut | Coverage::IssuerStays(_) | Coverage::NotACa | Coverage::Unreadable
        )
    }
}

impl Kept {
    /// Did a chain reach a root before, and none does now?
    pub fn loses_its_chain(&self, now: Timestamp) -> bool {
        let worked = |expiry: Option<Timestamp>| expiry.is_some_and(|expiry| expiry >= now);
        worked(self.expiry_before) && !worked(self.expiry_after)
    }
}

struct Comparison<'a> {
    old: &'a Report,
    new: &'a Report,
}

impl Comparison<'_> {
    fn coverage(&self, member: &Member) -> Coverage {
        let Some(certificate) = member.certificate() else { return Coverage::Unreadable };
        let node = self.old.graph.node(member.index);
        if !certificate.is_ca() && node.is_none_or(|node| node.role != Role::Root) {
            return Coverage::NotACa;
        }
        if expiry(self.old, member.index).is_none_or(|expiry| expiry < self.new.now) {
            return Coverage::WasUseless;
        }
        let same = self.stand_ins(certificate);
        if !same.is_empty() {
            return Coverage::SameNameAndKey(same);
        }
        let issuers = self.issuers_that_stay(member.index);
        if issuers.is_empty() { Coverage::LockedOut } else { Coverage::IssuerStays(issuers) }
    }

    /// The members of the new bundle that have the name and the key of this certificate, and a chain that works.
    fn stand_ins(&self, certificate: &Certificate) -> Vec<usize> {
        let fits = |member: &&Member| {
            let works = expiry(self.new, member.index).is_some_and(|expiry| expiry >= self.new.now);
            works && member.certificate().is_some_and(|other| has_name_and_key_of(other, certificate))
        };
        distinct(self.new).filter(fits).map(|member| member.index).collect()
    }

    /// The members of the new bundle that stand for any certificate above this one in the old bundle.
    fn issuers_that_stay(&self, member: usize) -> Vec<usize> {
        let mut above = vec![member];
        let mut at = 0;
        while let Some(&next) = above.get(at) {
            let issuers = self.old.graph.node(next).map(|node| node.link.issuers()).unwrap_or_default();
            let unseen: Vec<usize> =
                issuers.iter().copied().filter(|issuer| !above.contains(issuer)).collect();
            above.extend(unseen);
            at += 1;
        }
        let issuers = above.iter().skip(1).filter_map(|&issuer| self.old.bundle.certificate(issuer));
        let mut staying: Vec<usize> = issuers.flat_map(|issuer| self.stand_ins(issuer)).collect();
        staying.sort_unstable();
        staying.dedup();
        staying
    }
}

fn has_name_and_key_of(one: &Certificate, other: &Certificate) -> bool {
    one.subject().links_to(other.subject())
        && one.subject_public_key_info() == other.subject_public_key_info()
}

/// The members without those that repeat an earlier one.
fn distinct(report: &Report) -> impl Iterator<Item = &Member> {
    let is_first =
        |member: &&Member| report.graph.node(member.index).is_none_or(|node| node.duplicate_of.is_none());
    report.bundle.members.iter().filter(is_first)
}

/// The member of the other bundle with the same bytes.
fn counterpart(bundle: &Bundle, member: &Member, other: &Report) -> Option<usize> {
    let bytes = content(bundle, member)?;
    distinct(other)
        .find(|candidate| content(&other.bundle, candidate) == Some(bytes))
        .map(|found| found.index)
}

/// What identifies a member: its DER, or what its block holds when that cannot be read.
fn content<'a>(bundle: &'a Bundle, member: &'a Member) -> Option<&'a [u8]> {
    match member.certificate() {
        Some(certificate) => Some(certificate.der()),
        None => bundle.scan.blocks.get(member.block?)?.content(),
    }
}

fn expiry(report: &Report, member: usize) -> Option<Timestamp> {
    report.graph.node(member)?.effective_expiry
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use testkit::Certificate as Made;

    use super::*;
    use crate::check_bundle;
    use crate::profile::Profile;

    fn report(certificates: &[&Made]) -> Report {
        let now = Timestamp::from_unix(testkit::NOW);
        check_bundle(testkit::bundle(certificates).as_bytes(), &Profile::temporal_cloud(), now)
    }

    fn between(old: &[&Made], new: &[&Made]) -> Difference {
        Difference::between(&report(old), &report(new))
    }

    fn coverage(old: &[&Made], new: &[&Made]) -> Vec<Coverage> {
        between(old, new).dropped.into_iter().map(|dropped| dropped.coverage).collect()
    }

    #[test]
    fn the_same_certificates_in_another_order_are_the_same() {
        let (one, two) = (testkit::root("one"), testkit::root("two"));
        let found = between(&[&one, &two, &one], &[&two, &one]);
        assert!(found.same_certificates() && found.reordered);
        assert_eq!(found.kept.iter().map(|kept| (kept.old, kept.new)).collect::<Vec<_>>(), [(0, 1), (1, 0)]);
        assert!(!between(&[&one, &two], &[&one, &two]).reordered);
    }

    #[test]
    fn a_ca_that_goes_locks_its_clients_out() {
        let (one, two, three) = (testkit::root("one"), testkit::root("two"), testkit::root("three"));
        let found = between(&[&one, &two], &[&two, &three]);
        assert_eq!(found.added, [1]);
        assert_eq!(found.dropped, [Dropped { member: 0, coverage: Coverage::LockedOut }]);
        assert!(!found.same_certificates() && found.may_lock_out(Timestamp::from_unix(testkit::NOW)));
    }

    #[test]
    fn a_renewal_with_the_same_name_and_key_covers_the_old_ca() {
        let old = testkit::root("one");
        let renewed =
            testkit::root_builder("one").not_after(testkit::NOT_AFTER + testkit::days(365)).self_signed();
        let found = between(&[&old], &[&renewed]);
        assert_eq!(found.dropped[0].coverage, Coverage::SameNameAndKey(vec![0]));
        assert!(!found.may_lock_out(Timestamp::from_unix(testkit::NOW)));
        assert!(found.expiry_after > found.expiry_before);
    }

    #[test]
    fn the_same_name_with_another_key_covers_nobody() {
        let old = testkit::root("one");
        let namesake = testkit::root_builder("one").key(testkit::Key::p256("another")).self_signed();
        assert_eq!(coverage(&[&old], &[&namesake]), [Coverage::LockedOut]);
    }

    #[test]
    fn a_stand_in_that_has_expired_covers_nobody() {
        let old = testkit::root("one");
        let over = testkit::root_builder("one").not_after(testkit::NOW - 1).self_signed();
        assert_eq!(coverage(&[&old], &[&over]), [Coverage::LockedOut]);
        assert_eq!(coverage(&[&over], &[&testkit::root("two")]), [Coverage::WasUseless]);
    }

    #[test]
    fn an_intermediate_may_go_when_clients_send_it() {
        let root = testkit::root("root");
        let upper = testkit::root_builder("upper").signed_by(&root);
        let lower = testkit::intermediate("lower", &upper);
        assert_eq!(coverage(&[&root, &upper, &lower], &[&root]), vec![Coverage::IssuerStays(vec![0]); 2]);
    }

    #[test]
    fn an_intermediate_that_stays_without_its_root_loses_its_chain() {
        let root = testkit::root("root");
        let issuing = testkit::intermediate("issuing", &root);
        let found = between(&[&root, &issuing], &[&issuing]);
        assert_eq!(found.dropped[0].coverage, Coverage::LockedOut);
        assert!(found.kept[0].loses_its_chain(Timestamp::from_unix(testkit::NOW)));
        assert_eq!((found.kept[0].expiry_after, found.expiry_after), (None, None));
    }

    #[test]
    fn a_cross_signed_ca_is_covered_by_its_twin_only_with_a_chain() {
        let (a, b) = (testkit::root("a"), testkit::root("b"));
        let a_by_b = testkit::root_builder("a").signed_by(&b);
        assert_eq!(coverage(&[&a], &[&a_by_b, &b]), [Coverage::SameNameAndKey(vec![0])]);
        assert_eq!(coverage(&[&a], &[&a_by_b]), [Coverage::LockedOut]);
    }

    #[test]
    fn leaves_and_unreadable_certificates_are_told_apart() {
        let root = testkit::root("root");
        let leaf = testkit::leaf("worker", &root);
        let broken = root.with_der(vec![0x30, 0]);
        assert_eq!(coverage(&[&root, &leaf, &broken], &[&root]), [Coverage::NotACa, Coverage::Unreadable]);
        assert!(between(&[&root, &broken], &[&broken, &root]).same_certificates());
    }

    #[test]
    fn a_bundle_that_only_grows_or_only_shrinks_is_another_one() {
        let (one, two) = (testkit::root("one"), testkit::root("two"));
        assert!(!between(&[&one], &[&one, &two]).same_certificates());
        assert!(!between(&[&one, &two], &[&one]).same_certificates());
        assert!(between(&[&one, &two], &[&two, &one]).same_certificates());
    }

    #[test]
    fn a_chain_is_lost_where_there_was_one_and_none_is_left() {
        let now = Timestamp::from_unix(testkit::NOW);
        let at = |seconds| Some(Timestamp::from_unix(testkit::NOW + seconds));
        for (expiry_before, expiry_after, is_lost) in [
            (at(0), None, true),
            (at(1), at(-1), true),
            (at(1), at(0), false),
            (at(-1), None, false),
            (None, None, false),
            (None, at(1), false),
        ] {
            let kept = Kept { old: 0, new: 0, expiry_before, expiry_after };
            assert_eq!(kept.loses_its_chain(now), is_lost, "{expiry_before:?} {expiry_after:?}");
        }
    }

    #[test]
    fn the_last_second_of_a_ca_is_of_use() {
        let ending = |end| testkit::root_builder("one").not_after(end).self_signed();
        let other = testkit::root("two");
        assert_eq!(coverage(&[&ending(testkit::NOW)], &[&other]), [Coverage::LockedOut]);
        assert_eq!(coverage(&[&ending(testkit::NOW - 1)], &[&other]), [Coverage::WasUseless]);
    }
}
