//! Where a rollover stands: everything that has to survive a crash, and nothing secret.

use std::fmt;
use std::str::FromStr;

use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::fingerprint::Fingerprint;
use mtlsmith_validate::time::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::rotate::moment;

/// A certificate by its SHA-256 fingerprint.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct CertificateId(pub [u8; 32]);

impl CertificateId {
    /// Of a certificate.
    pub fn of(certificate: &Certificate) -> Self {
        CertificateId(certificate.sha256())
    }
}

impl fmt::Display for CertificateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Fingerprint::Sha256(self.0).fmt(f)
    }
}

impl fmt::Debug for CertificateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<CertificateId> for String {
    fn from(id: CertificateId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for CertificateId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match Fingerprint::from_str(&text) {
            Ok(Fingerprint::Sha256(digest)) => Ok(CertificateId(digest)),
            _ => Err(format!("\"{text}\" is no SHA-256 fingerprint")),
        }
    }
}

/// A CA certificate that comes or goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Authority {
    /// Which one.
    pub id: CertificateId,
    /// Its subject, for people.
    pub name: String,
    /// The last second at which anything below it works.
    #[serde(with = "moment")]
    pub until: Timestamp,
}

/// Until when a leaf works, by what it chains to. `None`: not at all.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LeafCertificate {
    /// Which one.
    pub id: CertificateId,
    /// Through the CA that goes.
    #[serde(with = "moment::option")]
    pub under_old: Option<Timestamp>,
    /// Through the CA that comes.
    #[serde(with = "moment::option")]
    pub under_new: Option<Timestamp>,
    /// Through the rest of the bundle.
    #[serde(with = "moment::option")]
    pub under_others: Option<Timestamp>,
}

impl LeafCertificate {
    /// Until when it works when everything is published.
    pub fn until(&self) -> Option<Timestamp> {
        self.under_old.max(self.under_new).max(self.under_others)
    }

    /// Until when it would work without one side.
    pub fn until_without(&self, side: Side) -> Option<Timestamp> {
        self.under_others.max(match side {
            Side::Old => self.under_new,
            Side::New => self.under_old,
        })
    }

    /// Until when taking one side away would hurt; `None` when it hurts no longer, or never did.
    pub fn depends_on(&self, side: Side, now: Timestamp) -> Option<Timestamp> {
        self.until()
            .filter(|until| *until >= now && self.until_without(side).is_none_or(|rest| rest < *until))
    }
}

/// One of the two generations of a rollover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The CA that goes.
    Old,
    /// The CA that comes.
    New,
}

/// A client certificate's place, and which certificates may be in use there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Leaf {
    /// What people call it.
    pub name: String,
    /// The certificate that was last known to be deployed.
    pub in_use: LeafCertificate,
    /// One that was issued to take its place, and may be deployed already if a crash kept us from noting it.
    pub candidate: Option<LeafCertificate>,
    /// Those that were replaced a moment ago and may still be in some process's memory.
    pub previous: Vec<Replaced>,
}

/// A certificate that was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Replaced {
    /// Which one.
    pub certificate: LeafCertificate,
    /// When.
    #[serde(with = "moment")]
    pub at: Timestamp,
}

/// The steps of a rollover, each either intended or confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Nothing has been done.
    Planned,
    /// The new CA exists, on this side only.
    NewMinted,
    /// The bundle with both CAs is being published; the server's answer is awaited.
    PublishingBoth,
    /// The server has shown both CAs. Leaves are reissued below the new one.
    Reissuing,
    /// The bundle without the old CA is being published; the server's answer is awaited.
    RemovingOld,
    /// The server has shown the bundle without the old CA.
    OldRemoved,
    /// Going back: the bundle with both CAs is being published again.
    RestoringOld,
    /// Going back: the server has shown both CAs. Leaves return to the old one.
    Reverting,
    /// Going back: the bundle without the new CA is being published.
    RetractingNew,
    /// Gone back: everything is as it was.
    Aborted,
}

impl Phase {
    /// What happens in it, for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Phase::Planned => "planned",
            Phase::NewMinted => "the new CA is minted",
            Phase::PublishingBoth => "the bundle with both CAs is being published",
            Phase::Reissuing => "both CAs are published, leaves are being reissued",
            Phase::RemovingOld => "the old CA is being removed",
            Phase::OldRemoved => "the old CA is removed",
            Phase::RestoringOld => "going back: the old CA is being published again",
            Phase::Reverting => "going back: leaves return to the old CA",
            Phase::RetractingNew => "going back: the new CA is being removed",
            Phase::Aborted => "aborted",
        }
    }

    /// Is an answer of the server awaited?
    pub const fn is_publishing(self) -> bool {
        matches!(
            self,
            Phase::PublishingBoth | Phase::RemovingOld | Phase::RestoringOld | Phase::RetractingNew
        )
    }

    /// Is it on its way to the new CA, and not going back?
    pub const fn is_going_forward(self) -> bool {
        !matches!(self, Phase::RestoringOld | Phase::Reverting | Phase::RetractingNew | Phase::Aborted)
    }

    /// Which CA signs leaves.
    pub const fn signing(self) -> Side {
        match self {
            Phase::Reissuing | Phase::RemovingOld | Phase::OldRemoved | Phase::RestoringOld => Side::New,
            _ => Side::Old,
        }
    }
}

/// With or without regard for who goes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Nobody is locked out.
    Ordinary,
    /// The old CA's key is in the wrong hands: it is removed first.
    Emergency,
}

/// The version that the server gives to a Namespace's settings; compared for equality alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceVersion(pub String);

/// An update that was about to be sent and whose outcome is not known. The server carries it out only while the Namespace has the
/// version it names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OpenRequest {
    /// The version it names.
    pub version: ResourceVersion,
    /// The bundle it carries.
    pub bundle: Vec<CertificateId>,
}

/// A rollover from one CA to another in one Namespace.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rollover {
    /// The Namespace.
    pub namespace: String,
    /// Ordinary or emergency.
    pub mode: Mode,
    /// Where it stands.
    pub phase: Phase,
    /// The CA that goes, with everything of the bundle that hangs below it alone.
    pub old: Vec<Authority>,
    /// The CA that comes, with the intermediates that belong to it; empty until it is minted.
    pub new: Vec<Authority>,
    /// Members of the bundle that let nobody in and block updates, such as expired ones. They leave with the first update.
    pub dead: Vec<CertificateId>,
    /// The bundle as the server last showed it.
    pub live: Vec<CertificateId>,
    /// The version of the Namespace that this bundle belongs to; `None` from tools that do not tell.
    #[serde(default)]
    pub version: Option<ResourceVersion>,
    /// Versions that the server has shown and left behind. A read that shows one of them again comes from a replica that lags.
    #[serde(default)]
    pub passed: Vec<ResourceVersion>,
    /// Updates that may still be carried out.
    pub open_requests: Vec<OpenRequest>,
    /// All leaves that anyone knows of.
    pub leaves: Vec<Leaf>,
    /// Certificates of which somebody said that nobody uses them any more.
    #[serde(default)]
    pub gone: Vec<CertificateId>,
    /// Did somebody state that no leaf below the old CA exists beside these?
    pub inventory_is_complete: bool,
    /// Seconds for which a replaced leaf may stay in use.
    pub settling: i64,
    /// When the state last changed.
    #[serde(with = "moment")]
    pub changed_at: Timestamp,
}

/// Twice the five minutes after which Temporal recycles connections.
pub const SETTLING: i64 = 600;

impl Rollover {
    /// The leaf of this name.
    pub fn leaf(&self, name: &str) -> Option<&Leaf> {
        self.leaves.iter().find(|leaf| leaf.name == name)
    }

    /// Has the server shown this version before another one? Then what it shows is not what is live.
    pub fn is_passed(&self, version: &ResourceVersion) -> bool {
        self.passed.contains(version)
    }

    /// The bundle to publish in this phase: what the server last showed, with what has to come and without what has to go.
    pub fn target(&self, now: Timestamp) -> Vec<CertificateId> {
        let (wanted, unwanted) = (self.wanted(now), self.unwanted(now));
        let stays = |id: &&CertificateId| !unwanted.contains(id) && !self.dead.contains(id);
        let mut target: Vec<CertificateId> = self.live.iter().filter(stays).copied().collect();
        target.extend(wanted.iter().filter(|id| !self.live.contains(id)));
        target
    }

    /// Does a bundle hold what this phase wants, and nothing that it wants gone?
    pub fn is_satisfied_by(&self, bundle: &[CertificateId], now: Timestamp) -> bool {
        self.wanted(now).iter().all(|id| bundle.contains(id))
            && !self.unwanted(now).iter().any(|id| bundle.contains(id))
    }

    /// What the bundle of this phase must hold. Expired certificates are never asked for: with them the server refuses any update.
    fn wanted(&self, now: Timestamp) -> Vec<CertificateId> {
        let (old, new) = match self.phase {
            Phase::Planned | Phase::NewMinted | Phase::RetractingNew | Phase::Aborted => (true, false),
            Phase::PublishingBoth | Phase::Reissuing | Phase::RestoringOld | Phase::Reverting => (true, true),
            Phase::RemovingOld | Phase::OldRemoved => (false, true),
        };
        let old = self.old.iter().filter(|_| old);
        let new = self.new.iter().filter(|_| new);
        old.chain(new).filter(|authority| authority.until >= now).map(|authority| authority.id).collect()
    }

    /// What the bundle of this phase must not hold.
    fn unwanted(&self, now: Timestamp) -> Vec<CertificateId> {
        let ids = |authorities: &[Authority]| authorities.iter().map(|authority| authority.id).collect();
        match self.phase {
            Phase::RemovingOld | Phase::OldRemoved => ids(&self.old),
            Phase::RetractingNew => ids(&self.new),
            _ => {
                let all = self.old.iter().chain(&self.new);
                all.filter(|authority| authority.until < now).map(|authority| authority.id).collect()
            }
        }
    }
}
