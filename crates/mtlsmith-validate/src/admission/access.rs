//! Who gets in where: many Namespaces, many clients, every pair decided as [`NamespaceTrust::decide`] would decide it.
//!
//! A chain is looked for once per client and set of CA certificates that can take part in it, however many bundles hold that set; what
//! remains per pair is a look at names and the certificate filters.

use std::cell::RefCell;
use std::collections::HashMap;

use super::Decision;
use super::trust::NamespaceTrust;
use crate::bundle::Member;
use crate::certificate::Certificate;
use crate::filters::CertificateNames;
use crate::path::CheckedWith;
use crate::path::Signatures;
use crate::signature::SignatureCheck;
use crate::time::Timestamp;

/// What one client finds at one Namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Admitted wherever it is verified.
    Admitted,
    /// It depends on the server.
    Contested,
    /// The chain would do, and no filter lets the certificate pass.
    Filtered,
    /// The bundle knows the issuer, and the chain is refused.
    Refused,
    /// Nothing in the bundle bears the name of an issuer.
    NoChain,
}

impl Access {
    /// Does it open the Namespace, at least before some servers?
    pub const fn opens(self) -> bool {
        matches!(self, Access::Admitted | Access::Contested)
    }

    /// `admitted`, `contested`, `filtered`, `refused` or `no-chain`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Access::Admitted => "admitted",
            Access::Contested => "contested",
            Access::Filtered => "filtered",
            Access::Refused => "refused",
            Access::NoChain => "no-chain",
        }
    }
}

/// Namespaces, ready to be asked about any number of clients, from any number of threads.
#[derive(Debug)]
pub struct AccessIndex<'a> {
    namespaces: &'a [NamespaceTrust],
    bundles: Vec<Indexed>,
    /// The Namespaces whose bundle has a certificate of that name.
    by_name: HashMap<u64, Vec<usize>>,
}

/// What the index knows of one bundle, by member.
#[derive(Debug)]
struct Indexed {
    members: Vec<IndexedMember>,
}

#[derive(Debug, Clone, Copy)]
struct IndexedMember {
    subject: u64,
    issuer: u64,
    /// The same for the same bytes in any bundle.
    identity: usize,
}

/// A CA that stands in several bundles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedCa {
    /// SHA-256 of the certificate, lower-case hexadecimal.
    pub sha256: String,
    /// Its subject.
    pub subject: String,
    /// The Namespaces that trust it, by index.
    pub namespaces: Vec<usize>,
    /// Those among them that have no filters: any certificate below the CA opens them.
    pub without_filters: Vec<usize>,
}

impl<'a> AccessIndex<'a> {
    /// Indexes the bundles of Namespaces; their order is that of every row.
    pub fn new(namespaces: &'a [NamespaceTrust]) -> Self {
        let mut identities: HashMap<&[u8], usize> = HashMap::new();
        let mut by_name: HashMap<u64, Vec<usize>> = HashMap::new();
        let mut bundles = Vec::with_capacity(namespaces.len());
        for (number, namespace) in namespaces.iter().enumerate() {
            let mut members = Vec::new();
            for certificate in namespace.bundle().certificates() {
                let next = identities.len();
                let identity = *identities.entry(certificate.der()).or_insert(next);
                let subject = certificate.subject().canonical_key();
                members.push(IndexedMember {
                    subject,
                    issuer: certificate.issuer().canonical_key(),
                    identity,
                });
                let named = by_name.entry(subject).or_default();
                if named.last() != Some(&number) {
                    named.push(number);
                }
            }
            bundles.push(Indexed { members });
        }
        AccessIndex { namespaces, bundles, by_name }
    }

    /// What a client that presents these certificates, the leaf first, finds at each Namespace.
    pub fn row(&self, presented: &[Member], now: Timestamp) -> Vec<Access> {
        let mut row = vec![Access::NoChain; self.namespaces.len()];
        let Some(leaf) = presented.first().and_then(Member::certificate) else {
            return row;
        };
        let names = CertificateNames::of(leaf);
        let mut wanted = wanted_names(presented, leaf);
        let own_names = wanted.len();
        let remembered = Remembered::default();
        let mut decided: Vec<(Vec<usize>, Access)> = Vec::new();
        for number in self.near(&wanted) {
            let (Some(bundle), Some(namespace), Some(cell)) =
                (self.bundles.get(number), self.namespaces.get(number), row.get_mut(number))
            else {
                continue;
            };
            let taking_part = bundle.taking_part(&mut wanted, own_names);
            let known = decided.iter().find(|(ids, _)| *ids == taking_part).map(|(_, access)| *access);
            let access = known.unwrap_or_else(|| {
                let signatures = Remembering { remembered: &remembered, asked: namespace.signatures() };
                let access = match namespace.decide_chain(presented, now, &signatures) {
                    Decision::Admitted(_) => Access::Admitted,
                    Decision::Contested(_) => Access::Contested,
                    Decision::Refused(_) => Access::Refused,
                };
                decided.push((taking_part, access));
                access
            });
            let passes = namespace.filters().is_none_or(|filters| filters.admits(&names));
            *cell = if access.opens() && !passes { Access::Filtered } else { access };
        }
        row
    }

    /// The Namespaces whose bundle has a certificate of one of these names, each once.
    fn near(&self, names: &[u64]) -> Vec<usize> {
        let mut near: Vec<usize> =
            names.iter().filter_map(|name| self.by_name.get(name)).flatten().copied().collect();
        near.sort_unstable();
        near.dedup();
        near
    }

    /// The CA certificates that stand in more than one bundle, the most shared first.
    pub fn shared_cas(&self) -> Vec<SharedCa> {
        let mut holders: HashMap<usize, Vec<(usize, usize)>> = HashMap::new();
        for (number, bundle) in self.bundles.iter().enumerate() {
            for (position, member) in bundle.members.iter().enumerate() {
                let held = holders.entry(member.identity).or_default();
                if held.last().is_none_or(|(last, _)| *last != number) {
                    held.push((number, position));
                }
            }
        }
        let mut shared: Vec<SharedCa> = holders
            .into_values()
            .filter(|held| held.len() > 1)
            .filter_map(|held| {
                let (first, position) = held.first().copied()?;
                let certificate = self.namespaces.get(first)?.bundle().certificates().nth(position)?;
                let namespaces: Vec<usize> = held.into_iter().map(|(number, _)| number).collect();
                let is_open = |number: &usize| {
                    let filters = self.namespaces.get(*number).and_then(NamespaceTrust::filters);
                    filters.is_none_or(|filters| filters.filters.is_empty())
                };
                let without_filters = namespaces.iter().copied().filter(is_open).collect();
                let subject = certificate.subject().to_string();
                Some(SharedCa { sha256: certificate.sha256_hex(), subject, namespaces, without_filters })
            })
            .collect();
        shared.sort_by(|one, other| {
            (other.namespaces.len(), &one.sha256).cmp(&(one.namespaces.len(), &other.sha256))
        });
        shared
    }
}

/// The names under which a bundle may hold the next certificate of a chain: those of the issuers, and the leaf's own, since a bundle
/// may hold the very leaf.
fn wanted_names(presented: &[Member], leaf: &Certificate) -> Vec<u64> {
    let issuers = presented
        .iter()
        .filter_map(Member::certificate)
        .map(|certificate| certificate.issuer().canonical_key());
    let mut names: Vec<u64> = issuers.chain([leaf.subject().canonical_key()]).collect();
    names.sort_unstable();
    names.dedup();
    names
}

impl Indexed {
    /// The identities of the members that can take part in a chain, in the order of the bundle. `wanted` is used as scratch space
    /// behind its first `own` names.
    fn taking_part(&self, wanted: &mut Vec<u64>, own: usize) -> Vec<usize> {
        let mut position = 0;
        while let Some(&name) = wanted.get(position) {
            position += 1;
            for member in self.members.iter().filter(|member| member.subject == name) {
                if !wanted.contains(&member.issuer) {
                    wanted.push(member.issuer);
                }
            }
        }
        let taking_part = self.members.iter().filter(|member| wanted.contains(&member.subject));
        let identities = taking_part.map(|member| member.identity).collect();
        wanted.truncate(own);
        identities
    }
}

/// The signatures checked so far: the child by its address among the presented certificates, the issuer by its key.
#[derive(Default)]
struct Remembered {
    answers: RefCell<Vec<(usize, Vec<u8>, SignatureCheck)>>,
}

/// Checks each signature of one client once, over all bundles.
struct Remembering<'a> {
    remembered: &'a Remembered,
    asked: CheckedWith<'a>,
}

impl Signatures for Remembering<'_> {
    fn check(&self, child: &Certificate, issuer: &Certificate) -> SignatureCheck {
        let (address, key) = (child.der().as_ptr().addr(), issuer.subject_public_key_info());
        let mut answers = self.remembered.answers.borrow_mut();
        if let Some((.., outcome)) = answers.iter().find(|(other, spki, _)| *other == address && spki == key)
        {
            return *outcome;
        }
        let outcome = self.asked.check(child, issuer);
        answers.push((address, key.to_vec(), outcome));
        outcome
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::*;
    use crate::admission::presented;
    use crate::filters::FilterSet;
    use crate::profile::Profile;

    fn namespace(bundle: &[&testkit::Certificate], filters: &str) -> NamespaceTrust {
        let filters = (!filters.is_empty()).then(|| FilterSet::read(filters.as_bytes()).0);
        NamespaceTrust::read(testkit::bundle(bundle).as_bytes(), filters, &Profile::temporal_cloud())
    }

    fn chain(certificates: &[&testkit::Certificate]) -> Vec<Member> {
        presented(certificates.iter().map(|certificate| certificate.der()))
    }

    const NOW: Timestamp = Timestamp::from_unix(testkit::NOW);

    #[test]
    fn a_row_tells_what_a_client_finds_at_each_namespace() {
        let (one, two) = (testkit::root("one"), testkit::root("two"));
        let imposter = testkit::root_builder("one").key(Key::p256("imposter")).self_signed();
        let namespaces = [
            namespace(&[&one], ""),
            namespace(&[&two], ""),
            namespace(&[&one, &two], r#"{"filters":[{"commonName":"other"}]}"#),
            namespace(&[&imposter], ""),
            namespace(&[&two, &one], r#"{"filters":[{"commonName":"work*"}]}"#),
        ];
        let row = AccessIndex::new(&namespaces).row(&chain(&[&testkit::leaf("worker", &one)]), NOW);
        let expected =
            [Access::Admitted, Access::NoChain, Access::Filtered, Access::Refused, Access::Admitted];
        assert_eq!(row, expected);
    }

    /// Every chain of a small world before every bundle of it: what the index says is what each decision says by itself.
    #[test]
    fn the_matrix_is_the_product_of_single_decisions() {
        let (a, b) = (testkit::root("a"), testkit::root("b"));
        let a_again = testkit::root_builder("a").key(Key::p256("again")).self_signed();
        let a_by_b = testkit::root_builder("a").signed_by(&b);
        let middle = testkit::intermediate("middle", &a);
        let cas = [&a, &b, &a_again, &a_by_b, &middle];
        let mut namespaces = Vec::new();
        for mask in 1_usize..32 {
            let bundle: Vec<_> =
                cas.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1).map(|(_, ca)| *ca).collect();
            for filters in [
                "",
                r#"{"filters":[{"commonName":"leaf of*"}]}"#,
                r#"{"filters":[{"organization":"other"}]}"#,
            ] {
                namespaces.push(namespace(&bundle, filters));
            }
        }
        let leaves = [
            testkit::leaf("leaf of a", &a),
            testkit::leaf("leaf of b", &b),
            testkit::leaf("other", &middle),
            testkit::leaf_builder("late").not_after(testkit::NOW - 1).signed_by(&a),
            testkit::leaf("leaf of again", &a_again),
        ];
        let mut chains: Vec<Vec<Member>> = leaves.iter().map(|leaf| chain(&[leaf])).collect();
        chains.extend(leaves.iter().map(|leaf| chain(&[leaf, &middle, &a_by_b])));
        chains.extend([chain(&[&a]), chain(&[&middle, &a]), Vec::new(), presented([b"broken"])]);
        let index = AccessIndex::new(&namespaces);
        let mut seen = std::collections::BTreeSet::new();
        for chain in &chains {
            for (access, namespace) in index.row(chain, NOW).into_iter().zip(&namespaces) {
                let decision = namespace.decide(chain, NOW);
                let same = match &decision {
                    Decision::Admitted(_) => access == Access::Admitted,
                    Decision::Contested(_) => access == Access::Contested,
                    Decision::Refused(_) => !access.opens(),
                };
                assert!(same, "{access:?} is not {decision:?}");
                seen.insert(access);
            }
        }
        assert!(seen.len() >= 4, "the world is too small: {seen:?}");
    }

    #[test]
    fn each_signature_is_remembered_for_its_certificate_and_its_key() {
        let (one, two) = (testkit::root("one"), testkit::root("two"));
        let read = |certificate: &testkit::Certificate| Certificate::read(certificate.der()).unwrap().0;
        let (leaf, stranger) = (read(&testkit::leaf("worker", &one)), read(&testkit::leaf("worker", &two)));
        let remembered = Remembered::default();
        let asked = CheckedWith {
            algorithms: crate::signature::default_algorithms(),
            keys: &crate::signature::IssuerKeys::default(),
        };
        let remembering = Remembering { remembered: &remembered, asked };
        for _ in 0..2 {
            assert_eq!(remembering.check(&leaf, &read(&one)), SignatureCheck::Valid);
            assert_eq!(remembering.check(&stranger, &read(&one)), SignatureCheck::Invalid);
            assert_eq!(remembering.check(&leaf, &read(&two)), SignatureCheck::Invalid);
            assert_eq!(remembered.answers.borrow().len(), 3);
        }
    }

    #[test]
    fn a_ca_in_two_bundles_is_shared_and_open_where_there_are_no_filters() {
        let (one, two) = (testkit::root("one"), testkit::root("two"));
        let namespaces =
            [namespace(&[&one], r#"{"filters":[{"commonName":"a"}]}"#), namespace(&[&two, &one, &one], "")];
        let shared = AccessIndex::new(&namespaces).shared_cas();
        assert_eq!(shared.len(), 1);
        assert_eq!(
            (shared[0].namespaces.as_slice(), shared[0].without_filters.as_slice()),
            (&[0, 1][..], &[1][..])
        );
        assert_eq!(shared[0].sha256, Certificate::read(one.der()).unwrap().0.sha256_hex());
    }

    #[test]
    fn each_answer_has_a_word_of_its_own() {
        let words = [Access::Admitted, Access::Contested, Access::Filtered, Access::Refused, Access::NoChain];
        let words = words.map(Access::as_str);
        assert_eq!(words, ["admitted", "contested", "filtered", "refused", "no-chain"]);
    }

    #[test]
    fn the_members_that_names_lead_to_can_take_part() {
        let member = |(subject, issuer, identity)| IndexedMember { subject, issuer, identity };
        let members = [(5, 6, 50), (1, 2, 10), (2, 3, 20), (3, 3, 30), (7, 1, 70), (4, 4, 40), (2, 2, 21)];
        let bundle = Indexed { members: members.map(member).to_vec() };
        for (own, expected) in [
            (vec![1], vec![10, 20, 30, 21]),
            (vec![3], vec![30]),
            (vec![4, 5], vec![50, 40]),
            (vec![9], vec![]),
        ] {
            let mut wanted = own.clone();
            assert_eq!(bundle.taking_part(&mut wanted, own.len()), expected, "{own:?}");
            assert_eq!(wanted, own, "the scratch space is given back");
        }
    }
}
