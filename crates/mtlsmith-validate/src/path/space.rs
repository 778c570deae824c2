//! The certificates among which a path is looked for: the members of a bundle, and behind them those that a client presents. Both
//! models of a server search here, so each signature is checked once, whichever of them asks first.

use std::cell::RefCell;

use pki_types::SignatureVerificationAlgorithm;

use crate::budget::Budget;
use crate::bundle::Bundle;
use crate::bundle::Member;
use crate::certificate::Certificate;
use crate::graph::Graph;
use crate::graph::Link;
use crate::key::PublicKey;
use crate::signature::IssuerKeys;
use crate::signature::SignatureCheck;

use super::PathFault;
use super::PathFaultKind;
use super::TLS_RSA_BITS;
use super::go_reads;

/// Whom to ask whether a key signed a certificate.
pub(crate) trait Signatures {
    /// Did `issuer`'s key sign `child`?
    fn check(&self, child: &Certificate, issuer: &Certificate) -> SignatureCheck;
}

/// Checks every signature that it is asked about, with keys that were read beforehand where there are any.
pub(crate) struct CheckedWith<'a> {
    pub(crate) algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
    pub(crate) keys: &'a IssuerKeys,
}

impl Signatures for CheckedWith<'_> {
    fn check(&self, child: &Certificate, issuer: &Certificate) -> SignatureCheck {
        self.keys.check_with_known(child, issuer, self.algorithms)
    }
}

/// The members of a bundle by their index, then the presented certificates, the first of which is the leaf.
pub(crate) struct Space<'a> {
    pub(crate) bundle: &'a Bundle,
    pub(crate) graph: &'a Graph,
    pub(crate) presented: &'a [Member],
    signatures: &'a dyn Signatures,
    /// Does Go parse the presented certificate?
    readable: Vec<bool>,
    answers: RefCell<Vec<Answer>>,
}

/// A signature that was checked: the child, the first issuer asked about that has the key, and the outcome.
struct Answer {
    child: usize,
    issuer: usize,
    outcome: SignatureCheck,
}

impl<'a> Space<'a> {
    pub(crate) fn new(
        bundle: &'a Bundle,
        graph: &'a Graph,
        presented: &'a [Member],
        signatures: &'a dyn Signatures,
    ) -> Self {
        let readable = presented.iter().map(go_reads).collect();
        Space { bundle, graph, presented, signatures, readable, answers: RefCell::default() }
    }

    /// Does Go parse the certificate?
    pub(crate) fn go_reads(&self, index: usize) -> bool {
        match index.checked_sub(self.trusted()) {
            None => self.bundle.members.get(index).is_some_and(go_reads),
            Some(presented) => self.readable.get(presented).is_some_and(|readable| *readable),
        }
    }

    /// What Go's TLS server asks of the presented certificates before it looks for a path (handshake_server.go,
    /// `processCertsFromClient`): each can be parsed, no RSA key is too large, and the leaf's key is of a kind that can sign.
    ///
    /// # Errors
    /// [`PathFault`] of the first certificate that it does not take.
    pub(crate) fn go_takes(&self) -> Result<(), PathFault> {
        let first = self.trusted();
        let fault = |kind, position: usize| Err(PathFault { kind, at: first + position, path: vec![first] });
        for (position, member) in self.presented.iter().enumerate() {
            let Some(certificate) = member.certificate().filter(|_| self.go_reads(first + position)) else {
                return fault(PathFaultKind::Unreadable, position);
            };
            match certificate.key() {
                PublicKey::Rsa(key) if key.modulus_bits > TLS_RSA_BITS => {
                    return fault(PathFaultKind::KeyTooLarge(key.modulus_bits), position);
                }
                PublicKey::Rsa(_) | PublicKey::Ec(_) | PublicKey::Ed25519 => {}
                _ if position == 0 => return fault(PathFaultKind::UnsupportedKey, position),
                _ => {}
            }
        }
        Ok(())
    }

    /// How many members the bundle has; the certificates from this index on are presented ones.
    pub(crate) fn trusted(&self) -> usize {
        self.bundle.members.len()
    }

    pub(crate) fn member(&self, index: usize) -> Option<&'a Member> {
        match index.checked_sub(self.trusted()) {
            None => self.bundle.members.get(index),
            Some(presented) => self.presented.get(presented),
        }
    }

    pub(crate) fn certificate(&self, index: usize) -> Option<&'a Certificate> {
        self.member(index).and_then(Member::certificate)
    }

    /// Are these the same bytes?
    pub(crate) fn is_same(&self, one: usize, other: usize) -> bool {
        if one < self.trusted() && other < self.trusted() {
            return original(self.graph, one) == original(self.graph, other);
        }
        match (self.certificate(one), self.certificate(other)) {
            (Some(one), Some(other)) => one.der() == other.der(),
            _ => false,
        }
    }

    /// Did the key of `issuer` sign `child`? Within the bundle its graph knows; otherwise the signature is checked, once. Out of
    /// budget counts as a check that could not be made.
    pub(crate) fn signed(&self, child: usize, issuer: usize, budget: &mut Budget) -> SignatureCheck {
        if child < self.trusted() && issuer < self.trusted() && self.names_link(child, issuer) {
            return match self.graph.node(child).map(|node| &node.link) {
                Some(Link::Signed(signers)) if signers.contains(&issuer) => SignatureCheck::Valid,
                Some(Link::Unchecked(_) | Link::NotReached) => SignatureCheck::NoAlgorithm,
                _ => SignatureCheck::Invalid,
            };
        }
        let (Some(signed), Some(signer)) = (self.certificate(child), self.certificate(issuer)) else {
            return SignatureCheck::Invalid;
        };
        if let Some(outcome) = self.known(child, issuer, signer) {
            return outcome;
        }
        if !budget.spend_signature() {
            return SignatureCheck::NoAlgorithm;
        }
        let outcome = self.signatures.check(signed, signer);
        self.answers.borrow_mut().push(Answer { child, issuer, outcome });
        outcome
    }

    /// Byte for byte, which is how the graph links.
    fn names_link(&self, child: usize, issuer: usize) -> bool {
        let names = self.certificate(child).zip(self.certificate(issuer));
        names.is_some_and(|(child, issuer)| child.issuer().links_to(issuer.subject()))
    }

    fn known(&self, child: usize, issuer: usize, signer: &Certificate) -> Option<SignatureCheck> {
        let answers = self.answers.borrow();
        let of_child = answers.iter().filter(|answer| answer.child == child);
        let same_key = |answer: &&Answer| {
            answer.issuer == issuer
                || self
                    .certificate(answer.issuer)
                    .is_some_and(|other| other.subject_public_key_info() == signer.subject_public_key_info())
        };
        of_child.clone().find(same_key).map(|answer| answer.outcome)
    }
}

/// The first member with the same bytes.
pub(crate) fn original(graph: &Graph, member: usize) -> usize {
    graph.node(member).and_then(|node| node.duplicate_of).unwrap_or(member)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::*;
    use crate::admission::presented;
    use crate::signature;
    use crate::signature::default_algorithms;

    #[derive(Default)]
    struct Counted(Cell<usize>);

    impl Signatures for Counted {
        fn check(&self, child: &Certificate, issuer: &Certificate) -> SignatureCheck {
            self.0.set(self.0.get() + 1);
            signature::check(child, issuer, default_algorithms())
        }
    }

    #[test]
    fn a_signature_is_checked_once_for_each_key() {
        let root = testkit::root("root");
        let renewed = testkit::root_builder("root").serial(&[9]).self_signed();
        let namesake = testkit::root_builder("root").key(Key::p256("namesake")).self_signed();
        let bundle = Bundle::read(testkit::bundle(&[&root, &renewed, &namesake]).as_bytes());
        let graph = Graph::of(&bundle, default_algorithms(), &mut Budget::default());
        let leaves = presented([testkit::leaf("one", &root).der(), testkit::leaf("two", &root).der()]);
        let counted = Counted::default();
        let space = Space::new(&bundle, &graph, &leaves, &counted);
        let mut budget = Budget::default();
        for (issuer, outcome, checks) in [
            (0, SignatureCheck::Valid, 1),
            (1, SignatureCheck::Valid, 1),
            (2, SignatureCheck::Invalid, 2),
            (0, SignatureCheck::Valid, 2),
            (2, SignatureCheck::Invalid, 2),
        ] {
            assert_eq!(
                (space.signed(3, issuer, &mut budget), counted.0.get()),
                (outcome, checks),
                "{issuer}"
            );
        }
        assert_eq!(space.signed(4, 0, &mut budget), SignatureCheck::Valid);
        assert_eq!(counted.0.get(), 3, "another leaf is another signature");
        let mut spent = Budget::new(0, 0);
        assert_eq!(space.signed(4, 1, &mut spent), SignatureCheck::Valid, "what is known costs nothing");
        assert_eq!(space.signed(4, 2, &mut spent), SignatureCheck::NoAlgorithm);
    }

    #[test]
    fn the_same_bytes_are_the_same_wherever_they_stand() {
        let root = testkit::root("root");
        let middle = testkit::intermediate("middle", &root);
        let bundle = Bundle::read(testkit::bundle(&[&root, &root, &middle]).as_bytes());
        let graph = Graph::of(&bundle, default_algorithms(), &mut Budget::default());
        let sent = presented([root.der(), middle.der(), root.der()]);
        let counted = Counted::default();
        let space = Space::new(&bundle, &graph, &sent, &counted);
        let is_root = |index| !matches!(index, 2 | 4);
        for one in 0..6 {
            for other in 0..6 {
                assert_eq!(space.is_same(one, other), is_root(one) == is_root(other), "{one} {other}");
            }
        }
        assert!(!space.is_same(0, 6));
    }

    #[test]
    fn the_signatures_within_a_bundle_are_those_of_its_graph() {
        let root = testkit::root("root");
        let middle = testkit::intermediate("middle", &root);
        let namesake = testkit::root_builder("root").key(Key::p256("namesake")).self_signed();
        let bundle = Bundle::read(testkit::bundle(&[&root, &middle, &namesake]).as_bytes());
        let graph = Graph::of(&bundle, default_algorithms(), &mut Budget::default());
        let counted = Counted::default();
        let space = Space::new(&bundle, &graph, &[], &counted);
        let mut spent = Budget::new(0, 0);
        assert_eq!(space.signed(1, 0, &mut spent), SignatureCheck::Valid);
        assert_eq!(space.signed(1, 2, &mut spent), SignatureCheck::Invalid);
        assert_eq!(counted.0.get(), 0);
        assert_eq!(
            space.signed(0, 1, &mut Budget::default()),
            SignatureCheck::Invalid,
            "not even a namesake"
        );
    }

    #[test]
    fn a_key_that_tls_does_not_take_stands_in_the_way_of_the_leaf_alone() {
        let root = testkit::root("root");
        let bundle = Bundle::read(root.pem().as_bytes());
        let graph = Graph::of(&bundle, default_algorithms(), &mut Budget::default());
        let odd = testkit::root_builder("odd").key(Key::from_spki(testkit::spki::dsa())).signed_by(&root);
        let leaf = testkit::leaf("one", &root);
        let takes = |chain: [&testkit::Certificate; 2]| {
            let sent = presented(chain.map(testkit::Certificate::der));
            let counted = Counted::default();
            Space::new(&bundle, &graph, &sent, &counted).go_takes().map_err(|fault| (fault.kind, fault.at))
        };
        assert_eq!(takes([&leaf, &odd]), Ok(()));
        assert_eq!(takes([&odd, &leaf]), Err((PathFaultKind::UnsupportedKey, 1)));
    }

    #[test]
    fn what_is_presented_may_have_signed_a_member() {
        let root = testkit::root("root");
        let bundle = Bundle::read(testkit::intermediate("middle", &root).pem().as_bytes());
        let graph = Graph::of(&bundle, default_algorithms(), &mut Budget::default());
        let sent = presented([root.der()]);
        let counted = Counted::default();
        let space = Space::new(&bundle, &graph, &sent, &counted);
        assert_eq!(space.signed(0, 1, &mut Budget::default()), SignatureCheck::Valid);
    }
}
