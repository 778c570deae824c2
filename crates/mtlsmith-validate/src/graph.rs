//! Who issued whom within a bundle, proved by signatures: roles, roots, and until when each certificate really works.
//!
//! Names link byte for byte, as in Go. Each signature is checked once: certificates that share a name and a key share the answer.

use pki_types::SignatureVerificationAlgorithm;

use crate::budget::Budget;
use crate::bundle::Bundle;
use crate::certificate::Certificate;
use crate::signature::IssuerKeys;
use crate::signature::SignatureCheck;
use crate::time::Timestamp;

/// The issuers of every member of a bundle, by index into `Bundle::members`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    nodes: Vec<Node>,
    namesakes: bool,
}

/// What the graph knows about one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The part it plays.
    pub role: Role,
    /// How it hangs on its issuer.
    pub link: Link,
    /// The last second at which a chain through this certificate works: the best over all chains of the earliest not-after on the
    /// chain. `None` when no chain reaches a root.
    pub effective_expiry: Option<Timestamp>,
    /// An earlier member with the very same bytes.
    pub duplicate_of: Option<usize>,
    /// `Name::canonical_key` of the subject.
    pub(crate) subject_key: u64,
}

/// The part a certificate plays in its bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Self-issued, and signed with its own key.
    Root,
    /// A CA certificate that is no root.
    Intermediate,
    /// No CA certificate.
    EndEntity,
    /// Cannot be read.
    Unreadable,
}

/// How a certificate hangs on the certificates that bear its issuer's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Signed by the key of these members; a root lists itself.
    Signed(Vec<usize>),
    /// These members bear the issuer's name, and no algorithm at hand can tell whether one of them signed.
    Unchecked(Vec<usize>),
    /// These members bear the issuer's name, and none of them signed.
    WrongKey(Vec<usize>),
    /// No member bears the issuer's name.
    Missing,
    /// The budget ran out before this certificate.
    NotReached,
}

impl Link {
    /// The members to follow towards a root. Unchecked ones are followed too: whether they fit is the other model's word.
    pub fn issuers(&self) -> &[usize] {
        match self {
            Link::Signed(issuers) | Link::Unchecked(issuers) => issuers,
            Link::WrongKey(_) | Link::Missing | Link::NotReached => &[],
        }
    }
}

impl Graph {
    /// Finds the issuers of every certificate.
    pub fn of(
        bundle: &Bundle,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
        budget: &mut Budget,
    ) -> Self {
        Graph::with_keys(bundle, algorithms, budget, &mut IssuerKeys::default())
    }

    /// As [`Graph::of`]; the keys that signed stay read in `keys`.
    pub(crate) fn with_keys(
        bundle: &Bundle,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
        budget: &mut Budget,
        keys: &mut IssuerKeys,
    ) -> Self {
        let mut checks = Checks { algorithms, budget, keys };
        let mut nodes: Vec<Node> = Vec::with_capacity(bundle.members.len());
        for member in &bundle.members {
            let node = match member.certificate() {
                None => Node::unreadable(),
                Some(certificate) => match duplicate_of(bundle, member.index, certificate) {
                    Some(earlier) => {
                        let mut node = nodes.get(earlier).cloned().unwrap_or_else(Node::unreadable);
                        node.duplicate_of = Some(earlier);
                        node
                    }
                    None => Node::new(
                        member.index,
                        certificate,
                        link(bundle, member.index, certificate, &mut checks),
                    ),
                },
            };
            nodes.push(node);
        }
        let namesakes = have_namesakes(&nodes);
        let mut graph = Graph { nodes, namesakes };
        graph.settle_effective_expiry(bundle);
        graph
    }

    /// The node of a member.
    pub fn node(&self, member: usize) -> Option<&Node> {
        self.nodes.get(member)
    }

    /// All nodes, in the order of the members.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The members that were signed by this one, itself left out.
    pub fn issued_by(&self, member: usize) -> impl Iterator<Item = usize> {
        self.nodes
            .iter()
            .enumerate()
            .filter(move |(index, node)| *index != member && node.link.issuers().contains(&member))
            .map(|(index, _)| index)
    }

    /// Are these two members called the same, by the comparison for uniqueness?
    pub(crate) fn share_subject(&self, bundle: &Bundle, one: usize, other: usize) -> bool {
        let (Some(one_node), Some(other_node)) = (self.node(one), self.node(other)) else { return false };
        one_node.subject_key == other_node.subject_key
            && bundle
                .certificate(one)
                .zip(bundle.certificate(other))
                .is_some_and(|(one, other)| one.subject().is_canonically(other.subject()))
    }

    /// May two members be called the same, by the comparison for uniqueness? `false` spares asking about each pair.
    pub(crate) fn has_namesakes(&self) -> bool {
        self.namesakes
    }

    /// Is this member a root?
    pub fn is_root(&self, member: usize) -> bool {
        self.node(member).is_some_and(|node| node.role == Role::Root)
    }

    /// Each round carries the roots' dates one link further down, so as many rounds as members are enough, cycles or not.
    fn settle_effective_expiry(&mut self, bundle: &Bundle) {
        for _ in 0..self.nodes.len() {
            let mut changed = false;
            for index in 0..self.nodes.len() {
                let Some(certificate) = bundle.certificate(index) else { continue };
                let best = self.best_expiry(index, certificate);
                if let Some(node) = self.nodes.get_mut(index)
                    && node.effective_expiry != best
                {
                    node.effective_expiry = best;
                    changed = true;
                }
            }
            if !changed {
                return;
            }
        }
    }

    fn best_expiry(&self, index: usize, certificate: &Certificate) -> Option<Timestamp> {
        let node = self.node(index)?;
        if node.role == Role::Root {
            return Some(certificate.not_after());
        }
        let issuers = node.link.issuers().iter().filter(|&&issuer| issuer != index);
        let best = issuers.filter_map(|&issuer| self.node(issuer)?.effective_expiry).max()?;
        Some(best.min(certificate.not_after()))
    }
}

impl Node {
    fn new(index: usize, certificate: &Certificate, link: Link) -> Self {
        let role = if certificate.is_self_issued() && link.issuers().contains(&index) {
            Role::Root
        } else if certificate.is_ca() {
            Role::Intermediate
        } else {
            Role::EndEntity
        };
        let subject_key = certificate.subject().canonical_key();
        Node { role, link, effective_expiry: None, duplicate_of: None, subject_key }
    }

    fn unreadable() -> Self {
        Node {
            role: Role::Unreadable,
            link: Link::Missing,
            effective_expiry: None,
            duplicate_of: None,
            subject_key: 0,
        }
    }
}

fn duplicate_of(bundle: &Bundle, index: usize, certificate: &Certificate) -> Option<usize> {
    let earlier = bundle.members.iter().take(index);
    earlier
        .filter(|other| other.certificate().is_some_and(|other| other.der() == certificate.der()))
        .map(|o| o.index)
        .next()
}

fn have_namesakes(nodes: &[Node]) -> bool {
    let before = |index, key| nodes.iter().take(index).any(|earlier| earlier.subject_key == key);
    nodes.iter().enumerate().any(|(index, node)| before(index, node.subject_key))
}

/// What signatures are checked with.
struct Checks<'a> {
    algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
    budget: &'a mut Budget,
    keys: &'a mut IssuerKeys,
}

/// Which members signed this certificate.
fn link(bundle: &Bundle, index: usize, certificate: &Certificate, checks: &mut Checks<'_>) -> Link {
    let mut named = named_issuers(bundle, index, certificate);
    if named.is_empty() {
        return Link::Missing;
    }
    let mut unchecked = Vec::new();
    for (place, &candidate) in named.iter().enumerate() {
        let Some(issuer) = bundle.certificate(candidate) else { continue };
        let key = issuer.subject_public_key_info();
        if named.iter().take(place).any(|&tried| has_key(bundle, tried, key)) {
            continue;
        }
        if !checks.budget.spend_signature() {
            return Link::NotReached;
        }
        match checks.keys.check(certificate, issuer, checks.algorithms) {
            SignatureCheck::Valid => {
                // One key signed, so every certificate that binds this name to that key is an issuer, and no other is.
                named.retain(|&other| has_key(bundle, other, key));
                return Link::Signed(named);
            }
            SignatureCheck::NoAlgorithm => {
                unchecked.extend(named.iter().copied().filter(|&other| has_key(bundle, other, key)));
            }
            SignatureCheck::Invalid => {}
        }
    }
    if unchecked.is_empty() { Link::WrongKey(named) } else { Link::Unchecked(unchecked) }
}

fn has_key(bundle: &Bundle, member: usize, key: &[u8]) -> bool {
    bundle.certificate(member).is_some_and(|certificate| certificate.subject_public_key_info() == key)
}

/// The members that bear the issuer's name, the likeliest signer first: those whose Subject Key Identifier is the one that the
/// certificate names, and for a self-issued certificate itself.
fn named_issuers(bundle: &Bundle, index: usize, certificate: &Certificate) -> Vec<usize> {
    let issuer = certificate.issuer();
    let mut named: Vec<usize> = bundle
        .members
        .iter()
        .filter(|member| member.certificate().is_some_and(|other| issuer.links_to(other.subject())))
        .map(|member| member.index)
        .collect();
    if named.len() > 1 {
        let wanted = certificate.authority_key_identifier();
        named.sort_by_key(|&candidate| {
            let offered = bundle.certificate(candidate).and_then(Certificate::subject_key_identifier);
            (wanted.is_none() || wanted != offered, candidate != index)
        });
    }
    named
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Certificate;
    use mtlsmith_testkit::Key;

    use super::*;
    use crate::signature::default_algorithms;

    fn graph(certificates: &[&Certificate]) -> (Graph, Budget) {
        let bundle = Bundle::read(testkit::bundle(certificates).as_bytes());
        let mut budget = Budget::default();
        (Graph::of(&bundle, default_algorithms(), &mut budget), budget)
    }

    #[test]
    fn a_chain_is_linked_from_its_root_down_in_any_order() {
        let root = testkit::root("graph root");
        let issuing = testkit::intermediate("graph issuing", &root);
        let (graph, budget) = graph(&[&issuing, &root]);
        assert_eq!(
            graph.nodes().iter().map(|node| node.role).collect::<Vec<_>>(),
            [Role::Intermediate, Role::Root]
        );
        assert_eq!(graph.node(0).unwrap().link, Link::Signed(vec![1]));
        assert_eq!(graph.issued_by(1).collect::<Vec<_>>(), [0]);
        assert_eq!(budget.signatures_spent(), 2);
    }

    #[test]
    fn a_certificate_works_no_longer_than_its_best_chain() {
        let old = testkit::root_builder("graph old").not_after(testkit::NOW + 100).self_signed();
        let new = testkit::root_builder("graph new").not_after(testkit::NOW + 900).self_signed();
        let key = Key::p256("crossed");
        let crossed = testkit::root_builder("graph crossed").key(key).not_after(testkit::NOW + 500);
        let below = testkit::intermediate_builder("graph below").not_after(testkit::NOW + 700);
        let below = below.signed_by(&crossed.self_signed());
        let (graph, _) = graph(&[&old, &new, &crossed.signed_by(&old), &crossed.signed_by(&new), &below]);
        let expiry = |index: usize| graph.node(index).unwrap().effective_expiry.map(Timestamp::unix);
        assert_eq!(expiry(2), Some(testkit::NOW + 100));
        assert_eq!(expiry(3), Some(testkit::NOW + 500));
        assert_eq!(expiry(4), Some(testkit::NOW + 500), "the better of two chains counts");
    }

    #[test]
    fn a_key_of_the_same_name_that_did_not_sign_is_no_issuer() {
        let signer = testkit::root_builder("graph ca").key(Key::p256("one")).self_signed();
        let other = testkit::root_builder("graph ca").key(Key::p256("two")).self_signed();
        let issuing = testkit::intermediate("graph issuing", &signer);
        assert_eq!(graph(&[&issuing, &other]).0.node(0).unwrap().link, Link::WrongKey(vec![1]));
        assert_eq!(graph(&[&issuing, &other, &signer]).0.node(0).unwrap().link, Link::Signed(vec![2]));
    }

    #[test]
    fn copies_are_checked_once() {
        let root = testkit::root("graph root");
        let (graph, budget) = graph(&[&root, &root, &root]);
        assert_eq!(budget.signatures_spent(), 1);
        assert_eq!(graph.node(2).unwrap().duplicate_of, Some(0));
        assert_eq!(graph.node(2).unwrap().role, Role::Root);
    }

    #[test]
    fn the_named_key_is_tried_first() {
        let roots: Vec<Certificate> = (0..8)
            .map(|index| {
                testkit::root_builder("graph ca").key(Key::p256(&format!("first {index}"))).self_signed()
            })
            .collect();
        let issuing = testkit::intermediate("graph issuing", &roots[7]);
        let all: Vec<&Certificate> = roots.iter().chain([&issuing]).collect();
        let (graph, budget) = graph(&all);
        assert_eq!(graph.node(8).unwrap().link, Link::Signed(vec![7]));
        assert_eq!(budget.signatures_spent(), 9);
    }

    #[test]
    fn without_an_algorithm_nothing_is_claimed() {
        let bundle = Bundle::read(testkit::root("graph root").pem().as_bytes());
        let graph = Graph::of(&bundle, &[], &mut Budget::default());
        assert_eq!(graph.node(0).unwrap().link, Link::Unchecked(vec![0]));
    }

    #[test]
    fn an_empty_budget_is_told() {
        let bundle = Bundle::read(testkit::root("graph root").pem().as_bytes());
        let mut budget = Budget::new(0, 0);
        let graph = Graph::of(&bundle, default_algorithms(), &mut budget);
        assert_eq!(graph.node(0).unwrap().link, Link::NotReached);
        assert!(budget.is_exhausted());
    }
}
