//! What can go wrong with a rollover before it begins: too little room, names and keys that collide, members that block updates.

use std::fmt;

use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::edit::EditError;
use mtlsmith_validate::rule::Effect;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::time::Timestamp;
use serde::Serialize;

/// The size of a bundle, and what a Namespace takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Capacity {
    /// Certificates.
    pub certificates: usize,
    /// Certificates that a Namespace takes.
    pub certificates_allowed: usize,
    /// Bytes of the canonical text.
    pub bytes: usize,
    /// Bytes that a Namespace takes.
    pub bytes_allowed: usize,
}

impl Capacity {
    /// Does the bundle fit?
    pub const fn fits(&self) -> bool {
        self.certificates <= self.certificates_allowed && self.bytes <= self.bytes_allowed
    }
}

/// Something to know, or to repair, before a rollover begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "hazard", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Hazard {
    /// Both generations do not fit beside the rest.
    NoRoom {
        /// What they would need.
        capacity: Capacity,
    },
    /// The new CA was not minted yet; the sizes assume one like the old.
    SizeAssumed,
    /// The new CA bears the name of a member.
    SameName {
        /// The name.
        name: String,
        /// The member, counted from 1.
        member: usize,
    },
    /// The new CA has the key of a member: what was signed by the old one is signed by the new one too.
    SameKey {
        /// The name of the member.
        name: String,
        /// The member, counted from 1.
        member: usize,
    },
    /// The new CA is not valid yet.
    NotYetValid {
        /// From when it is.
        #[serde(serialize_with = "crate::rotate::moment::serialize")]
        not_before: Timestamp,
    },
    /// The new CA ends before the old one does.
    EndsEarlier {
        /// The end of the new CA.
        #[serde(serialize_with = "crate::rotate::moment::serialize")]
        new: Timestamp,
        /// The end of the old CA.
        #[serde(serialize_with = "crate::rotate::moment::serialize")]
        old: Timestamp,
    },
    /// A member has expired, or hangs below one that has: the server refuses any update of a bundle that keeps it.
    ExpiredMember {
        /// Its name.
        name: String,
        /// The member, counted from 1.
        member: usize,
        /// Its last second.
        #[serde(serialize_with = "crate::rotate::moment::serialize")]
        until: Timestamp,
    },
    /// The live bundle holds what no edit may drop in silence.
    Unreadable {
        /// What.
        why: String,
    },
    /// A bundle of the plan would be refused.
    Refused {
        /// Which bundle: `both` or `after`.
        bundle: String,
        /// The code of the rule.
        rule: String,
        /// What is wrong.
        why: String,
    },
    /// No leaf would be left with a CA, or the bundle would be empty.
    NothingLeft,
}

impl Hazard {
    /// Does it forbid the rollover? The others are told, and planned around.
    pub const fn forbids(&self) -> bool {
        matches!(
            self,
            Hazard::NoRoom { .. }
                | Hazard::Unreadable { .. }
                | Hazard::Refused { .. }
                | Hazard::SameKey { .. }
                | Hazard::NothingLeft
        )
    }
}

/// The room that a bundle takes.
pub(super) fn capacity(bundle: &Bundle, more: (usize, usize), profile: &Profile) -> Capacity {
    Capacity {
        certificates: bundle.certificates().count() + more.0,
        certificates_allowed: profile.limits.certificates,
        bytes: bundle.canonical_bytes + more.1,
        bytes_allowed: profile.limits.bundle_bytes,
    }
}

/// How the new CA collides with the members that stay beside it.
pub(super) fn collisions(
    new: &Certificate,
    live: &Bundle,
    old_end: Option<Timestamp>,
    now: Timestamp,
) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    for member in &live.members {
        let Some(certificate) = member.certificate().filter(|certificate| certificate.der() != new.der())
        else {
            continue;
        };
        let (name, member) = (certificate.subject().to_string(), member.number());
        if certificate.subject_public_key_info() == new.subject_public_key_info() {
            hazards.push(Hazard::SameKey { name, member });
        } else if certificate.subject().is_canonically(new.subject()) {
            hazards.push(Hazard::SameName { name, member });
        }
    }
    if new.not_before() > now {
        hazards.push(Hazard::NotYetValid { not_before: new.not_before() });
    }
    if let Some(old) = old_end.filter(|old| new.not_after() < *old) {
        hazards.push(Hazard::EndsEarlier { new: new.not_after(), old });
    }
    hazards
}

/// What the rules say against a bundle of the plan.
pub(super) fn refusals(
    name: &str,
    text: &str,
    profile: &Profile,
    now: Timestamp,
    live: &Report,
) -> Vec<Hazard> {
    let report = check_bundle(text.as_bytes(), profile, now);
    let is_refusal = |severity, effect| severity == Severity::Error && effect == Effect::Upload;
    let refusals = report.findings.iter().filter(|found| is_refusal(found.rule.severity, found.rule.effect));
    // What is said about the live bundle already, as that filters were not stated, is no news about the plan.
    let is_new = |code: &str| !live.findings.iter().any(|found| found.rule.code == code);
    refusals
        .filter(|found| is_new(found.rule.code))
        .map(|found| Hazard::Refused {
            bundle: name.to_owned(),
            rule: found.rule.code.to_owned(),
            why: found.message(),
        })
        .collect()
}

/// Why the live bundle cannot be edited.
pub(super) fn uneditable(error: &EditError) -> Hazard {
    let why = match error {
        EditError::Loses(losses) => losses.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    };
    Hazard::Unreadable { why }
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hazard::NoRoom {
                capacity: Capacity { certificates, certificates_allowed, bytes, bytes_allowed },
            } => write!(
                f,
                "the bundle with both CAs has {certificates} certificates and {bytes} bytes, and a Namespace takes \
                 {certificates_allowed} and {bytes_allowed}: remove CAs that nobody uses first"
            ),
            Hazard::SizeAssumed => {
                f.write_str("the new CA is not minted yet: the sizes assume one as large as the old")
            }
            Hazard::SameName { name, member } => write!(
                f,
                "the new CA is called {name}, as certificate {member} of the bundle is: give it a name of its own, or servers may take \
                 one for the other"
            ),
            Hazard::SameKey { name, member } => write!(
                f,
                "the new CA has the key of certificate {member} ({name}): whoever holds that key signs for both, so mint a new key"
            ),
            Hazard::NotYetValid { not_before } => {
                write!(f, "the new CA is valid from {not_before} only: reissue no leaf before")
            }
            Hazard::EndsEarlier { new, old } => {
                write!(
                    f,
                    "the new CA ends at {new}, before the old one does at {old}: mint one that lives longer"
                )
            }
            Hazard::ExpiredMember { name, member, until } => write!(
                f,
                "certificate {member} ({name}) stopped working at {until}, and Temporal Cloud refuses every update that keeps it: the \
                 plan removes it in the first update"
            ),
            Hazard::Unreadable { why } => {
                write!(
                    f,
                    "the live bundle holds more than certificates that can be read: {why}; clean it up first"
                )
            }
            Hazard::Refused { bundle, rule, why } => {
                write!(f, "Temporal Cloud would refuse the bundle \"{bundle}\" ({rule}): {why}")
            }
            Hazard::NothingLeft => f.write_str("no CA would be left in the bundle: mint the new one first"),
        }
    }
}
