//! Does a certificate chain to a root of its bundle? Decided as Go decides for a TLS client (`crypto/x509`, verify.go, `Verify` with
//! `KeyUsages: ClientAuth`): the graph's roots are the trusted ones, all other members may stand between.
//!
//! Go walks every path that names and signatures allow, and gives up after 100 issuers considered. So does this search, in Go's order,
//! since with same-named CAs that limit decides who is found. Signatures are those of the [`Graph`]: one that could not be checked
//! counts as no signature, although Go can check some that the provider at hand cannot (RSA below 2,048 bits, P-224).

mod policy;
mod space;

use std::borrow::Cow;
use std::fmt;

use crate::budget::Budget;
use crate::bundle::Bundle;
use crate::bundle::Member;
use crate::certificate::Certificate;
use crate::certificate::Extension;
use crate::certificate::go_parses;
use crate::certificate::go_unhandled_critical;
use crate::graph::Graph;
use crate::graph::Link;
use crate::key::PublicKey;
use crate::name_constraints;
use crate::name_constraints::Violation;
use crate::name_constraints::ViolationKind;
use crate::signature::SignatureCheck;
use crate::time::Timestamp;
pub(crate) use policy::are_valid as policies_are_valid;
pub(crate) use space::CheckedWith;
pub(crate) use space::Signatures;
pub(crate) use space::Space;
use space::original;

/// A chain that Go accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Indices into `Bundle::members`, the certificate asked about first, the root last.
    pub members: Vec<usize>,
}

/// Why no chain is accepted: the fault of the path that got furthest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathFault {
    /// What is wrong.
    pub kind: PathFaultKind,
    /// The member it is wrong with.
    pub at: usize,
    /// The path up to there, the certificate asked about first.
    pub path: Vec<usize>,
}

/// What stops a path.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathFaultKind {
    /// Go does not parse the certificate.
    Unreadable,
    /// A critical extension that Go does not handle; its identifier in dotted form.
    UnhandledCriticalExtension(String),
    /// The certificate is not valid yet; from when it is.
    NotYetValid(Timestamp),
    /// The certificate is valid no longer; until when it was.
    Expired(Timestamp),
    /// No member bears the name of the certificate's issuer.
    IssuerMissing,
    /// The issuer is no CA certificate.
    NotACa,
    /// The issuer's Key Usage does not let it sign certificates.
    MayNotSign,
    /// Members bear the name of the certificate's issuer, and none of them signed it.
    WrongKey,
    /// Whether a member with the name of the issuer signed the certificate could not be checked.
    SignatureNotChecked,
    /// The only issuers are CAs that stand on the path already: name, key and alternative names are the same.
    Loop,
    /// More CA certificates stand below than the certificate's path length allows.
    PathTooLong {
        /// The path length it states.
        allowed: u64,
        /// The certificates between it and the one asked about.
        found: u64,
    },
    /// The certificate policies do not allow the chain.
    Policy,
    /// The certificate's Extended Key Usage does not let the chain serve a TLS client.
    ExtendedKeyUsage,
    /// A name of the certificate violates a name constraint.
    NameConstraint {
        /// The member that imposes the constraint.
        imposed_by: usize,
        /// The name, as in `DNS:worker.acme`.
        name: String,
        /// What is wrong with it, as in `is not permitted`.
        problem: &'static str,
    },
    /// Go's TLS takes no RSA keys above 8,192 bits from a client; how many this one has.
    KeyTooLarge(usize),
    /// Go's TLS takes no key of this kind from a client.
    UnsupportedKey,
    /// The search ran into its limit.
    TooComplex,
    /// OpenSSL and BoringSSL: the certificate calls itself its own issuer, and it is not itself trusted.
    SelfSigned,
    /// OpenSSL and BoringSSL: the chain ends in a self-signed certificate that is not trusted.
    UntrustedRoot,
    /// OpenSSL and BoringSSL: certificates bear the name of the issuer, and none of them has the identifier that the certificate asks
    /// for, or they may not sign.
    IdentifierMismatch,
    /// OpenSSL and BoringSSL: the client's Key Usage has neither digitalSignature nor keyAgreement.
    ClientKeyUsage,
    /// A critical extension that OpenSSL or BoringSSL does not know; its identifier in dotted form.
    UnknownCriticalExtension(String),
    /// OpenSSL or BoringSSL calls the certificate invalid: its Key Usage allows nothing, or it has a path length and is no CA.
    InvalidExtension,
    /// A key or a signature below the security level at which OpenSSL is often run.
    WeakAlgorithm,
    /// OpenSSL and BoringSSL may read the certificate differently, or not at all.
    ReadDifferently,
}

/// Go's limit on issuers considered for one certificate (verify.go, `maxChainSignatureChecks`).
const ISSUERS_CONSIDERED: usize = 100;

/// Few chains are longer than a leaf, two CAs and a root.
pub(crate) const USUAL_LENGTH: usize = 4;

/// Go's limit on RSA keys that a client presents, in bits (handshake_client.go, `maxRSAKeySize`).
const TLS_RSA_BITS: usize = 8_192;

/// Does the member chain to a root, for a TLS client, as Go decides?
///
/// # Errors
/// [`PathFault`] of the path that got furthest; of several that got as far, the one that Go tries first.
pub fn verify_as_go(
    bundle: &Bundle,
    graph: &Graph,
    now: Timestamp,
    budget: &mut Budget,
    target: usize,
) -> Result<Path, PathFault> {
    PathFinder::new(bundle, graph, now).verify(budget, target)
}

/// Does Go parse this member of a bundle?
pub fn go_reads(member: &Member) -> bool {
    member.trailing_bytes == 0 && member.certificate().is_some_and(go_parses)
}

/// Which members of a bundle end a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Anchors {
    /// The roots alone; the other members stand between.
    Roots,
    /// Every member: what a Go server does that puts the whole bundle into its `ClientCAs`.
    EveryMember,
}

/// Answers [`verify_as_go`] for several certificates of one space.
pub(crate) struct PathFinder<'a> {
    space: Space<'a>,
    now: Timestamp,
    pool: Cow<'a, [Pooled]>,
}

/// Where a pool loader puts a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pooled {
    Root,
    Intermediate,
    /// Not parsed, not a plain CERTIFICATE block, or the same as an earlier one.
    Out,
}

/// Where a pool loader puts the members of a bundle.
pub(crate) fn pool(bundle: &Bundle, graph: &Graph, anchors: Anchors) -> Vec<Pooled> {
    let mut pool: Vec<Pooled> = Vec::with_capacity(bundle.members.len());
    for member in &bundle.members {
        let same_bytes = |other: &usize| original(graph, *other) == original(graph, member.index);
        let earlier = (0..member.index).filter(same_bytes).any(|other| pool.get(other) != Some(&Pooled::Out));
        let is_in = is_plain(bundle, member) && !earlier && go_reads(member);
        pool.push(match (is_in, anchors == Anchors::EveryMember || graph.is_root(member.index)) {
            (false, _) => Pooled::Out,
            (true, true) => Pooled::Root,
            (true, false) => Pooled::Intermediate,
        });
    }
    pool
}

/// The signatures of a space that holds a bundle alone: its graph knows them all.
struct NoneToCheck;

impl Signatures for NoneToCheck {
    fn check(&self, _: &Certificate, _: &Certificate) -> SignatureCheck {
        SignatureCheck::NoAlgorithm
    }
}

impl<'a> PathFinder<'a> {
    /// For the members of a bundle, its roots being trusted.
    pub(crate) fn new(bundle: &'a Bundle, graph: &'a Graph, now: Timestamp) -> Self {
        let space = Space::new(bundle, graph, &[], &NoneToCheck);
        PathFinder { space, now, pool: Cow::Owned(pool(bundle, graph, Anchors::Roots)) }
    }

    pub(crate) fn verify(&self, budget: &mut Budget, target: usize) -> Result<Path, PathFault> {
        let PathFinder { space, now, pool } = self;
        verify_in(space, pool, *now, budget, target)
    }
}

/// Does the certificate at `target` chain to a certificate that the pool calls a root? `pool` tells of the bundle's members alone: of
/// the presented certificates, all but the first may stand between.
pub(crate) fn verify_in(
    space: &Space<'_>,
    pool: &[Pooled],
    now: Timestamp,
    budget: &mut Budget,
    target: usize,
) -> Result<Path, PathFault> {
    let fault = |kind| PathFault { kind, at: target, path: vec![target] };
    let member = space.member(target).filter(|_| space.go_reads(target));
    let Some(certificate) = member.and_then(Member::certificate) else {
        return Err(fault(PathFaultKind::Unreadable));
    };
    let finder = Finder { space, now, pool };
    finder.usable(certificate).map_err(fault)?;
    let mut chain = Vec::with_capacity(USUAL_LENGTH);
    chain.push(target);
    let mut search = Search {
        finder: &finder,
        budget,
        considered: 0,
        comparisons: name_constraints::COMPARISONS,
        chain,
        furthest: None,
    };
    let found = if finder.is_trusted(target) { search.complete() } else { search.extend(certificate) };
    if found.is_some() {
        return Ok(Path { members: search.chain });
    }
    let furthest = search.furthest.map(|(_, fault)| fault);
    Err(furthest.unwrap_or_else(|| fault(PathFaultKind::IssuerMissing)))
}

struct Finder<'a, 'b> {
    space: &'b Space<'a>,
    now: Timestamp,
    pool: &'b [Pooled],
}

impl<'a> Finder<'a, '_> {
    /// Is the very certificate among the roots?
    fn is_trusted(&self, target: usize) -> bool {
        let mut roots = self.pool.iter().enumerate().filter(|(_, pooled)| **pooled == Pooled::Root);
        roots.any(|(root, _)| self.space.is_same(root, target))
    }

    fn is_root(&self, index: usize) -> bool {
        self.pool.get(index) == Some(&Pooled::Root)
    }

    /// What Go asks of every certificate of a chain by itself. Both ends of the validity count as valid.
    fn usable(&self, certificate: &Certificate) -> Result<(), PathFaultKind> {
        if let Some(kind) = go_unhandled_critical(certificate) {
            return Err(PathFaultKind::UnhandledCriticalExtension(kind.to_string()));
        }
        if self.now < certificate.not_before() {
            return Err(PathFaultKind::NotYetValid(certificate.not_before()));
        }
        if self.now > certificate.not_after() {
            return Err(PathFaultKind::Expired(certificate.not_after()));
        }
        Ok(())
    }

    /// The pooled certificates that bear the issuer's name, in Go's order: roots first, and within each pool those whose key
    /// identifier fits, those where one of the two lacks, the others.
    fn candidates(&self, child: &Certificate) -> Vec<(usize, &'a Certificate)> {
        let wanted = child.authority_key_identifier().unwrap_or_default();
        let mut candidates = Vec::new();
        let mut consider = |index: usize, is_root: bool| {
            let Some(issuer) = self.space.certificate(index) else { return };
            if child.issuer().links_to(issuer.subject()) {
                let offered = issuer.subject_key_identifier().unwrap_or_default();
                let fit = match (offered == wanted, offered.is_empty() != wanted.is_empty()) {
                    (true, _) => 0,
                    (false, true) => 1,
                    (false, false) => 2,
                };
                candidates.push((!is_root, fit, index, issuer));
            }
        };
        for (index, pooled) in self.pool.iter().enumerate().filter(|(_, pooled)| **pooled != Pooled::Out) {
            consider(index, *pooled == Pooled::Root);
        }
        let (trusted, presented) = (self.space.trusted(), self.space.presented.len());
        for index in (trusted..trusted + presented).skip(1).filter(|&index| self.space.go_reads(index)) {
            consider(index, false);
        }
        candidates.sort_by_key(|(intermediate, fit, index, _)| (*intermediate, *fit, *index));
        candidates.into_iter().map(|(_, _, index, issuer)| (index, issuer)).collect()
    }
}

/// Does a pool loader look at the member: a block of the right label, without headers?
fn is_plain(bundle: &Bundle, member: &Member) -> bool {
    let block = member.block.map(|block| bundle.scan.blocks.get(block));
    let plain = block
        .is_none_or(|block| block.is_some_and(|block| block.label == "CERTIFICATE" && block.headers == 0));
    member.delivered && plain
}

/// One search for a chain.
struct Search<'a, 'b, 'c> {
    finder: &'c Finder<'a, 'b>,
    budget: &'c mut Budget,
    considered: usize,
    /// Comparisons of names with constraints that are left.
    comparisons: usize,
    /// The path as it stands.
    chain: Vec<usize>,
    /// How far the best path got, and what stopped it.
    furthest: Option<(Reached, PathFault)>,
}

/// How far a path got: to a root or not, past so many certificates, past the next signature or not.
type Reached = (bool, usize, bool);

/// The search has found its chain, which stands in `chain`.
struct Found;

impl<'a> Search<'a, '_, '_> {
    /// Looks for the issuers of the last certificate of the chain.
    fn extend(&mut self, child: &Certificate) -> Option<Found> {
        let child_index = self.chain.last().copied()?;
        let candidates = self.finder.candidates(child);
        if candidates.is_empty() {
            let link = self.finder.space.graph.node(child_index).map(|node| &node.link);
            let not_plain = matches!(link, Some(Link::WrongKey(_)));
            let kind = if not_plain { PathFaultKind::WrongKey } else { PathFaultKind::IssuerMissing };
            self.note(kind, child_index);
        }
        for (index, issuer) in candidates {
            if !self.may_go_on() {
                self.note(PathFaultKind::TooComplex, child_index);
                return None;
            }
            if self.is_in_chain(issuer) {
                self.note(PathFaultKind::Loop, child_index);
                continue;
            }
            if let Err((kind, at)) = self.accepts(child_index, index, issuer) {
                self.note(kind, at);
                continue;
            }
            self.chain.push(index);
            let found = if self.finder.is_root(index) { self.complete() } else { self.extend(issuer) };
            if found.is_some() {
                return found;
            }
            self.chain.pop();
        }
        None
    }

    fn may_go_on(&mut self) -> bool {
        self.considered += 1;
        self.considered <= ISSUERS_CONSIDERED && self.budget.spend_step()
    }

    /// May this member follow as the issuer of the last certificate? Else what is wrong, and with which member.
    fn accepts(
        &mut self,
        child: usize,
        index: usize,
        issuer: &Certificate,
    ) -> Result<(), (PathFaultKind, usize)> {
        let at_issuer = |kind| (kind, index);
        if !may_issue(issuer) {
            return Err(at_issuer(PathFaultKind::NotACa));
        }
        let usage = issuer.key_usage().and_then(Extension::get);
        if usage.is_some_and(|usage| usage.names().next().is_some() && !usage.key_cert_sign()) {
            return Err(at_issuer(PathFaultKind::MayNotSign));
        }
        if !is_known_to_go(issuer.key()) {
            return Err((PathFaultKind::SignatureNotChecked, child));
        }
        match self.finder.space.signed(child, index, self.budget) {
            SignatureCheck::Valid => {}
            SignatureCheck::NoAlgorithm => return Err((PathFaultKind::SignatureNotChecked, child)),
            SignatureCheck::Invalid => return Err((PathFaultKind::WrongKey, child)),
        }
        self.finder.usable(issuer).map_err(at_issuer)?;
        // Version 1 may issue as a root alone.
        if !self.finder.is_root(index) && !issuer.is_ca() {
            return Err(at_issuer(PathFaultKind::NotACa));
        }
        let found = u64::try_from(self.chain.len() - 1).unwrap_or(u64::MAX);
        match issuer.path_length() {
            Some(allowed) if found > allowed => Err(at_issuer(PathFaultKind::PathTooLong { allowed, found })),
            _ => Ok(()),
        }
    }

    /// Is a certificate of the same CA in the chain already? Go compares name, key and alternative names, and stops at the first
    /// namesake with the same key of which only one has alternative names.
    fn is_in_chain(&self, candidate: &Certificate) -> bool {
        let names = candidate.subject_alternative_name_der();
        for certificate in self.chain.iter().filter_map(|&index| self.finder.space.certificate(index)) {
            let same_ca = certificate.subject().links_to(candidate.subject())
                && certificate.subject_public_key_info() == candidate.subject_public_key_info();
            if same_ca {
                match (names, certificate.subject_alternative_name_der()) {
                    (None, None) => return true,
                    (Some(one), Some(other)) if one == other => return true,
                    (Some(_), Some(_)) => {}
                    _ => return false,
                }
            }
        }
        false
    }

    /// The chain has reached a root: what Go asks of it as a whole.
    fn complete(&mut self) -> Option<Found> {
        let space = self.finder.space;
        let chain: Vec<&'a Certificate> =
            self.chain.iter().filter_map(|&index| space.certificate(index)).collect();
        match self.judge(&chain) {
            Ok(()) => Some(Found),
            Err((kind, position)) => {
                let at = self.chain.get(position).copied()?;
                self.note(kind, at);
                None
            }
        }
    }

    fn judge(&mut self, chain: &[&Certificate]) -> Result<(), (PathFaultKind, usize)> {
        if !policy::are_valid(chain) {
            return Err((PathFaultKind::Policy, 0));
        }
        let allows = |certificate: &Certificate| {
            let usage = certificate.extended_key_usage().and_then(Extension::get);
            usage.is_none_or(|usage| usage.go_allows_client())
        };
        if let Some(position) = chain.iter().rposition(|certificate| !allows(certificate)) {
            return Err((PathFaultKind::ExtendedKeyUsage, position));
        }
        name_constraints::check_within(chain, &mut self.comparisons).map_err(|violation| {
            let Violation { imposed_by, borne_by, name, kind } = violation;
            let imposed_by = self.chain.get(imposed_by).copied().unwrap_or_default();
            let fault = match kind {
                ViolationKind::TooComplex => PathFaultKind::TooComplex,
                kind => PathFaultKind::NameConstraint { imposed_by, name, problem: kind.as_str() },
            };
            (fault, borne_by)
        })
    }

    /// Keeps a fault if no path got as far before.
    fn note(&mut self, kind: PathFaultKind, at: usize) {
        let whole = self.chain.last().is_some_and(|&last| self.finder.is_root(last));
        let signed = !matches!(
            kind,
            PathFaultKind::IssuerMissing
                | PathFaultKind::NotACa
                | PathFaultKind::MayNotSign
                | PathFaultKind::WrongKey
                | PathFaultKind::SignatureNotChecked
                | PathFaultKind::Loop
        );
        let reached = (whole, self.chain.len(), signed);
        if self.furthest.as_ref().is_none_or(|(before, _)| *before < reached) {
            self.furthest = Some((reached, PathFault { kind, at, path: self.chain.clone() }));
        }
    }
}

/// May the key check signatures of certificates, as far as Basic Constraints say (x509.go, `CheckSignatureFrom`)?
fn may_issue(issuer: &Certificate) -> bool {
    match issuer.basic_constraints() {
        Some(_) => issuer.is_ca(),
        None => issuer.version() != 3,
    }
}

/// Go has a name for these algorithms of keys; others are parsed and can do nothing.
fn is_known_to_go(key: &PublicKey) -> bool {
    matches!(key, PublicKey::Rsa(_) | PublicKey::Ec(_) | PublicKey::Ed25519 | PublicKey::Dsa)
}

impl fmt::Display for PathFaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PathFaultKind::Unreadable => f.write_str("cannot be parsed by Go"),
            PathFaultKind::UnhandledCriticalExtension(kind) => {
                write!(f, "has the critical extension {kind}, which Go does not handle")
            }
            PathFaultKind::NotYetValid(from) => write!(f, "is not valid before {from}"),
            PathFaultKind::Expired(until) => write!(f, "expired at {until}"),
            PathFaultKind::IssuerMissing => f.write_str("has an issuer that is not in the bundle"),
            PathFaultKind::NotACa => f.write_str("is no CA certificate"),
            PathFaultKind::MayNotSign => f.write_str("has a Key Usage without keyCertSign"),
            PathFaultKind::WrongKey => {
                f.write_str("was signed by none of the keys that bear its issuer's name")
            }
            PathFaultKind::SignatureNotChecked => f.write_str("has a signature that could not be checked"),
            PathFaultKind::Loop => f.write_str("was issued by a CA that is on its own path already"),
            PathFaultKind::PathTooLong { allowed, found } => {
                write!(f, "allows {allowed} CA certificates below it, and the chain has {found}")
            }
            PathFaultKind::Policy => {
                f.write_str("is below a CA that requires certificate policies it does not have")
            }
            PathFaultKind::ExtendedKeyUsage => f.write_str("has an Extended Key Usage without clientAuth"),
            PathFaultKind::NameConstraint { name, problem, .. } => {
                write!(f, "bears the name {name}, which {problem}")
            }
            PathFaultKind::KeyTooLarge(bits) => {
                write!(f, "has an RSA key of {bits} bits; Go takes at most {TLS_RSA_BITS}")
            }
            PathFaultKind::UnsupportedKey => {
                f.write_str("has a key of a kind that Go's TLS does not take from clients")
            }
            PathFaultKind::TooComplex => {
                f.write_str("is in a bundle with more possible chains than Go follows")
            }
            PathFaultKind::SelfSigned => {
                f.write_str("calls itself its own issuer, and is not itself in the bundle")
            }
            PathFaultKind::UntrustedRoot => f.write_str("is self-signed, and not in the bundle"),
            PathFaultKind::IdentifierMismatch => {
                f.write_str("asks for an issuer other than the ones that bear its issuer's name")
            }
            PathFaultKind::ClientKeyUsage => f.write_str("has a Key Usage without digitalSignature"),
            PathFaultKind::UnknownCriticalExtension(kind) => {
                write!(f, "has the critical extension {kind}, which OpenSSL or BoringSSL does not know")
            }
            PathFaultKind::InvalidExtension => f.write_str(
                "has a Key Usage that allows nothing, a path length without being a CA, or a broken extension",
            ),
            PathFaultKind::WeakAlgorithm => {
                f.write_str("has a key or a signature that is too weak for OpenSSL's usual security levels")
            }
            PathFaultKind::ReadDifferently => {
                f.write_str("is written in a way that some servers read and others do not")
            }
        }
    }
}

#[cfg(test)]
mod tests;
