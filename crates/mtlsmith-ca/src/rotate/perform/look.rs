//! What is in force for a leaf, as the planner takes it.

use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::time::Timestamp;
use zeroize::Zeroizing;

use super::LEAF_CERTIFICATE;
use super::LEAF_KEY;
use super::LiveTrust;
use super::RotationError;
use crate::keep::Home;
use crate::keep::Slot;
use crate::rotate::Failures;
use crate::rotate::LeafState;
use crate::rotate::identity;

/// A client certificate that is in force.
pub struct InForceLeaf {
    /// Its generation.
    pub generation: u64,
    /// The certificate.
    pub certificate: Certificate,
    /// When its generation works until, by the bundle and filters it was looked at with; `None` when it does not get in.
    pub effective_expiry: Option<Timestamp>,
    pub(super) key: Option<Zeroizing<Vec<u8>>>,
}

/// Looks at a leaf, without any lock: a whole generation is read, whoever writes meanwhile.
///
/// # Errors
/// When there is none, or it cannot be read.
pub fn look(
    home: &Home,
    slot: &Slot,
    live: &LiveTrust,
    now: Timestamp,
) -> Result<InForceLeaf, RotationError> {
    let generation = home.read(slot)?;
    let absent = || RotationError::NoCertificate { slot: slot.clone() };
    let chain = generation.file(LEAF_CERTIFICATE).ok_or_else(absent)?;
    let bundle = Bundle::read(chain);
    let certificate = bundle.certificate(0).cloned().ok_or_else(absent)?;
    Ok(InForceLeaf {
        generation: generation.number(),
        effective_expiry: live.decide(chain, now).until(),
        certificate,
        key: generation.file(LEAF_KEY).map(|key| Zeroizing::new(key.to_vec())),
    })
}

impl InForceLeaf {
    /// As the planner takes it. It counts as issued when it began to hold.
    pub fn state(&self, slot: &Slot, failures: Option<Failures>) -> LeafState {
        LeafState {
            identity: identity(slot.path()),
            issued_at: self.certificate.not_before(),
            effective_expiry: self.effective_expiry,
            failures,
        }
    }

    /// Was it issued by another CA than this one?
    pub fn is_of_another(&self, authority: &Certificate) -> bool {
        self.certificate.issuer().as_der() != authority.subject().as_der()
            || matches!(
                (self.certificate.authority_key_identifier(), authority.subject_key_identifier()),
                (Some(named), Some(own)) if named != own
            )
    }
}
