//! One rotation of one leaf.

use std::fmt;

use mtlsmith_validate::Profile;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::time::Timestamp;
use zeroize::Zeroizing;

use super::Hook;
use super::InForceLeaf;
use super::LEAF_CERTIFICATE;
use super::LEAF_KEY;
use super::LiveTrust;
use super::PendingHooks;
use super::look;
use crate::keep::Committed;
use crate::keep::Delivery;
use crate::keep::Generation;
use crate::keep::Home;
use crate::keep::Issuance;
use crate::keep::KeepError;
use crate::keep::NewFile;
use crate::keep::Sharing;
use crate::keep::Slot;
use crate::keep::Writer;
use crate::mint::Authority;
use crate::mint::Draft;
use crate::mint::Issued;
use crate::mint::Judgement;
use crate::mint::LeafRequest;
use crate::mint::Lifetime;
use crate::mint::MintError;
use crate::mint::SystemRandom;
use crate::mint::certificate_pem;
use crate::mint::key::KeyAlgorithm;
use crate::mint::key::KeyKind;
use crate::mint::key::PrivateKey;
use crate::mint::key::PublicKey;
use crate::rotate::Failures;
use crate::rotate::LeafPolicy;
use crate::rotate::LeafStep;
use crate::rotate::decide_leaf;

/// What is needed to replace one client certificate.
pub struct Rotation<'a> {
    /// The state directory.
    pub home: &'a Home,
    /// Which leaf.
    pub slot: &'a Slot,
    /// The CA that issues.
    pub authority: &'a Authority,
    /// Its name in the state directory.
    pub authority_name: Option<&'a str>,
    /// What the Namespace trusts right now.
    pub live: &'a LiveTrust,
    /// The rules.
    pub profile: &'a Profile,
    /// The same key again, or a new one.
    pub key: NewKey,
    /// Only when it is due, or now.
    pub when: When,
    /// When it is due.
    pub policy: LeafPolicy,
    /// How long the new one is valid; `None` for as long as the old one was.
    pub lifetime: Option<Lifetime>,
    /// Who may read it.
    pub sharing: Sharing,
    /// What has to run afterwards; that it is owed is noted before the new pair is in force.
    pub hooks: &'a [Hook],
    /// The word for the ledger: `renew`, `rekey`, `agent`.
    pub reason: &'a str,
    /// What issues, with its version.
    pub tool_version: &'a str,
}

/// The key of the next certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewKey {
    /// The one that is in force.
    Same,
    /// A new one of this kind; `None` for the kind of the old one.
    New(Option<KeyKind>),
}

/// Whether the planner is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// When it is due, or was issued by another CA than the one that issues now.
    IfDue,
    /// At once.
    Now,
}

/// What came of it.
#[derive(Debug)]
pub enum Rotated {
    /// It is not due; nothing was changed.
    NotDue(LeafStep),
    /// A new pair is in force.
    Done {
        /// Where and as which generation.
        committed: Committed,
        /// The certificate.
        certificate: Box<Certificate>,
        /// Until when it works, as the ledger says.
        effective_expiry: Timestamp,
    },
}

/// A pair that was judged and signed, and is not in force yet.
pub struct NextPair {
    /// The generation that it is to replace.
    old: u64,
    issued: Issued,
    chain: String,
    key: Zeroizing<Vec<u8>>,
    public_key: PublicKey,
}

/// What came of getting the next pair ready.
#[derive(Debug)]
pub enum Prepared {
    /// It is not due; nothing was made.
    NotDue(LeafStep),
    /// It is there, in memory alone.
    Ready(Box<NextPair>),
}

impl NextPair {
    /// The certificate with those that are sent along, as PEM.
    pub fn chain(&self) -> &[u8] {
        self.chain.as_bytes()
    }
}

impl fmt::Debug for NextPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NextPair({}, in place of generation {})", self.issued.serial(), self.old)
    }
}

/// Why nothing was replaced. What was in force still is.
#[derive(Debug)]
pub enum RotationError {
    /// Keeping refused, or the disk did.
    Keep(KeepError),
    /// Minting refused: a rule, the Namespace, the signer.
    Mint(MintError),
    /// There is nothing that could be replaced.
    NoCertificate {
        /// Where.
        slot: Slot,
    },
    /// The key is not kept here, so the same one cannot be used and nobody would have a new one.
    NoKey {
        /// Where.
        slot: Slot,
    },
    /// By this clock the certificate was issued in the future.
    Clock(LeafStep),
}

impl Rotation<'_> {
    /// Replaces the leaf, if it is to be replaced.
    ///
    /// # Errors
    /// The pair that was in force still is.
    pub fn perform(
        &self,
        writer: &mut Writer<'_>,
        failures: Option<Failures>,
        now: Timestamp,
    ) -> Result<Rotated, RotationError> {
        match self.prepare(failures, now)? {
            Prepared::NotDue(step) => Ok(Rotated::NotDue(step)),
            Prepared::Ready(next) => self.put_in_force(writer, &next, now),
        }
    }

    /// The first half: asks the planner, makes the pair, has it judged, and signs. Nothing is written.
    ///
    /// # Errors
    /// The pair that was in force still is.
    pub fn prepare(&self, failures: Option<Failures>, now: Timestamp) -> Result<Prepared, RotationError> {
        let old = look(self.home, self.slot, self.live, now)?;
        if self.when == When::IfDue {
            match decide_leaf(&old.state(self.slot, failures), &self.policy, now) {
                step @ LeafStep::ClockLooksWrong { .. } => return Err(RotationError::Clock(step)),
                step @ LeafStep::Wait { .. } if !old.is_of_another(self.authority.certificate()) => {
                    return Ok(Prepared::NotDue(step));
                }
                LeafStep::Wait { .. } | LeafStep::Rotate { .. } => {}
            }
        }
        let (key, text) = self.next_key(&old)?;
        let issued = self.mint(&old, key.public_key(), now)?;
        let mut chain = issued.pem();
        chain.extend(self.authority.intermediates().map(|above| certificate_pem(above.der())));
        let public_key = key.public_key().clone();
        Ok(Prepared::Ready(Box::new(NextPair { old: old.generation, issued, chain, key: text, public_key })))
    }

    fn next_key(&self, old: &InForceLeaf) -> Result<(PrivateKey, Zeroizing<Vec<u8>>), RotationError> {
        let Some(text) = &old.key else {
            return Err(RotationError::NoKey { slot: self.slot.clone() });
        };
        let NewKey::New(kind) = self.key else {
            return Ok((PrivateKey::read_plain(text)?, text.clone()));
        };
        let kind = kind.unwrap_or_else(|| kind_of(&old.certificate));
        let key = PrivateKey::generate(kind)?;
        let text = Zeroizing::new(key.pkcs8_pem()?.as_bytes().to_vec());
        Ok((key, text))
    }

    fn mint(&self, old: &InForceLeaf, key: &PublicKey, now: Timestamp) -> Result<Issued, MintError> {
        let mut request = LeafRequest::like(&old.certificate)?;
        request.lifetime = self.lifetime.unwrap_or_else(|| self.usual_lifetime(&old.certificate, now));
        let judgement = Judgement { namespace: Some(&self.live.target), ..Judgement::by(self.profile) };
        Draft::leaf(&request, key, self.authority, now, &SystemRandom)?.check(&judgement)?.sign()
    }

    /// As long as the old one was, cut down to the end of the CA. One that had itself been cut down says nothing.
    fn usual_lifetime(&self, old: &Certificate, now: Timestamp) -> Lifetime {
        let ends = self.authority.certificates().map(Certificate::not_after).min();
        let end_of_ca = ends.unwrap_or(old.not_after());
        let wanted = old.not_after().since(old.not_before());
        // What it was backdated by is added again by the minting.
        let wanted = (wanted - BACKDATE.min(wanted / 10)).max(SHORTEST);
        let was_cut = end_of_ca.since(old.not_after()) <= MARGIN && !old_is_short(wanted);
        let fits = end_of_ca.since(now.plus(wanted)) >= MARGIN.min(end_of_ca.since(now) / 10);
        if was_cut || !fits { Lifetime::Usual } else { Lifetime::Seconds(wanted) }
    }

    /// The second half: the ledger, the files, read back and judged once more, the link turned.
    ///
    /// # Errors
    /// The pair that was in force still is; [`KeepError::Stale`] when somebody else replaced it meanwhile.
    pub fn put_in_force(
        &self,
        writer: &mut Writer<'_>,
        next: &NextPair,
        now: Timestamp,
    ) -> Result<Rotated, RotationError> {
        let NextPair { old, issued, .. } = next;
        let issuance = self.issuance(issued, &next.public_key);
        let delivery = Delivery {
            slot: self.slot,
            files: vec![
                NewFile { name: LEAF_CERTIFICATE, bytes: next.chain() },
                NewFile { name: LEAF_KEY, bytes: &next.key },
            ],
            issuance: &issuance,
            expected: Some(*old),
            sharing: self.sharing,
            keep: GENERATIONS_KEPT,
            verify: &|generation| self.is_sound(generation, now),
        };
        // Before anything is in force: whatever ends us afterwards, the hooks are not forgotten. A note about a generation that never
        // came is passed over.
        PendingHooks::owe(self.home, self.slot, self.next_generation(*old)?, self.hooks, now)?;
        let committed = writer.issue(&delivery, now)?;
        Ok(Rotated::Done {
            committed,
            certificate: Box::new(issued.certificate().clone()),
            effective_expiry: issuance.effective_expiry,
        })
    }

    /// The number that the next generation is going to have: one above all that are there.
    fn next_generation(&self, old: u64) -> Result<u64, KeepError> {
        let highest = self.home.generations(self.slot)?.last().map_or(0, |name| name.number);
        Ok(highest.max(old).saturating_add(1))
    }

    /// Asked of what was read back from the disk, before it is put in force.
    fn is_sound(&self, generation: &Generation, now: Timestamp) -> Result<(), String> {
        let chain = generation.file(LEAF_CERTIFICATE).ok_or("there is no certificate")?;
        let bundle = Bundle::read(chain);
        let leaf = bundle.certificate(0).ok_or("the certificate cannot be read")?;
        let key = generation.file(LEAF_KEY).ok_or("there is no key")?;
        let key = PrivateKey::read_plain(key).map_err(|error| error.to_string())?;
        if key.public_key_info() != leaf.subject_public_key_info() {
            return Err("the key is not that of the certificate".to_owned());
        }
        self.live.refuses(chain, now).map_or(Ok(()), Err)
    }

    fn issuance(&self, issued: &Issued, public_key: &PublicKey) -> Issuance {
        let certificate = issued.certificate();
        let ends = self.authority.certificates().map(Certificate::not_after).chain([certificate.not_after()]);
        Issuance {
            serial: issued.serial().to_string(),
            certificate_sha256: certificate.sha256_hex(),
            spki_sha256: public_key.sha256_hex(),
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            effective_expiry: ends.min().unwrap_or(certificate.not_after()),
            names: certificate.subject_alternative_names().map(|name| name.to_string()).collect(),
            namespace: self.slot.namespace().map(str::to_owned),
            authority: self.authority_name.map(str::to_owned),
            reason: self.reason.to_owned(),
            tool_version: self.tool_version.to_owned(),
        }
    }
}

/// The kind of key that the workload is known to load; P-256 where it is one that is not made here.
fn kind_of(certificate: &Certificate) -> KeyKind {
    match PublicKey::read(certificate.subject_public_key_info()).map(|key| key.algorithm()) {
        Ok(KeyAlgorithm::P384) => KeyKind::P384,
        Ok(KeyAlgorithm::P521) => KeyKind::P521,
        Ok(KeyAlgorithm::Rsa { bits }) if bits > 3072 => KeyKind::Rsa4096,
        Ok(KeyAlgorithm::Rsa { bits }) if bits > 2048 => KeyKind::Rsa3072,
        Ok(KeyAlgorithm::Rsa { .. }) => KeyKind::Rsa2048,
        Ok(KeyAlgorithm::P256) | Err(_) => KeyKind::P256,
    }
}

/// So short that it was meant to be.
fn old_is_short(seconds: i64) -> bool {
    seconds < 2 * MARGIN
}

impl From<KeepError> for RotationError {
    fn from(error: KeepError) -> Self {
        RotationError::Keep(error)
    }
}

impl From<MintError> for RotationError {
    fn from(error: MintError) -> Self {
        RotationError::Mint(error)
    }
}

impl fmt::Display for RotationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RotationError::Keep(error) => error.fmt(f),
            RotationError::Mint(error) => error.fmt(f),
            RotationError::NoCertificate { slot } => {
                write!(f, "{slot} holds no certificate that can be read; make one: mtlsmith gen leaf")
            }
            RotationError::NoKey { slot } => write!(
                f,
                "the key of {slot} is not kept here; whoever has it makes a request, and mtlsmith sign answers it"
            ),
            RotationError::Clock(step) => step.fmt(f),
        }
    }
}

impl std::error::Error for RotationError {}

/// The pair in force, and two before it.
const GENERATIONS_KEPT: usize = 3;

/// By how much minting lets a certificate begin earlier.
const BACKDATE: i64 = 60;

/// Nothing shorter is minted.
const SHORTEST: i64 = 600;

/// How long before its CA a certificate of the usual lifetime ends.
const MARGIN: i64 = 86_400;
