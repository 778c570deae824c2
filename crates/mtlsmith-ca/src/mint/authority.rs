//! A CA that can issue: its certificate, those above it, and whoever holds its key, checked to belong together and to be accepted.

use std::borrow::Cow;
use std::fmt;

use aws_lc_rs::signature::ParsedPublicKey;
use mtlsmith_validate::CertificateFilters;
use mtlsmith_validate::Profile;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::time::Timestamp;

use super::MintError;
use super::Signer;
use super::TargetNamespace;
use super::judge;
use super::key::PublicKey;
use super::key::hex;
use super::request::Validity;

/// A CA that can issue. Made once, used for any number of certificates: nothing about it is read again.
pub struct Authority {
    certificate: Certificate,
    above: Vec<Certificate>,
    signer: Box<dyn Signer>,
    alone: TargetNamespace,
    verifier: ParsedPublicKey,
}

impl Authority {
    /// Takes a CA as a user brings it: a file with its certificate and those above it, up to the root, in any order, and the key. The
    /// CA's own certificate is the one with the signer's public key. Its name may be anything: it is copied byte for byte.
    ///
    /// # Errors
    /// [`MintError::NoAuthorityCertificate`]; [`MintError::Refused`] with every error that the validator finds in the file at `now`;
    /// [`MintError::KeyDoesNotMatchCertificate`].
    pub fn new(
        file: &[u8],
        signer: Box<dyn Signer>,
        profile: &Profile,
        now: Timestamp,
    ) -> Result<Self, MintError> {
        let bundle = Bundle::read(file);
        if bundle.members.is_empty() {
            return Err(MintError::NoAuthorityCertificate);
        }
        // DER is as good as PEM for a file that stays here, and base64 around it too.
        let is_plain = bundle.bytes == file.len() && !bundle.scan.blocks.is_empty();
        let judged = if is_plain { Cow::Borrowed(file) } else { bundle.canonical_pem().into_bytes().into() };
        let report = judge::accepted("the CA", &judged, profile, CertificateFilters::NotStated, now)?;
        let bundle = &report.bundle;
        let key = signer.public_key();
        let is_ours = |certificate: &Certificate| certificate.subject_public_key_info() == key.info();
        let Some(certificate) = bundle.certificates().find(|certificate| is_ours(certificate)).cloned()
        else {
            return Err(mismatch(bundle, key));
        };
        let above = above(&certificate, bundle);
        let alone = TargetNamespace::of_judged(report, profile);
        let verifier = key.verifier()?;
        Ok(Authority { certificate, above, signer, alone, verifier })
    }

    /// The CA's own certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The CA's own certificate, and those above it up to the root.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.certificate).chain(&self.above)
    }

    /// Those of them that a client sends along with its own certificate: all but the root.
    pub fn intermediates(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates().filter(|certificate| !certificate.is_self_issued())
    }

    /// Whoever holds its key.
    pub(super) fn signer(&self) -> &dyn Signer {
        &*self.signer
    }

    /// Its public key, ready to verify what it has signed.
    pub(super) fn verifier(&self) -> &ParsedPublicKey {
        &self.verifier
    }

    /// A Namespace that trusts this CA alone.
    pub(super) fn alone(&self) -> &TargetNamespace {
        &self.alone
    }

    pub(super) fn validity(&self) -> Validity {
        // Everything below it ends with the first of them that ends.
        let ends = self.certificates().map(Certificate::not_after);
        let not_after = ends.min().unwrap_or(self.certificate.not_after());
        Validity { not_before: self.certificate.not_before(), not_after }
    }
}

/// The certificates above one, by name and by the check that the bundle has passed: each has its issuer in it.
fn above(certificate: &Certificate, bundle: &Bundle) -> Vec<Certificate> {
    let mut above: Vec<Certificate> = Vec::new();
    let mut top = certificate;
    while !top.is_self_issued() {
        let issuer = bundle.certificates().find(|issuer| {
            top.issuer().links_to(issuer.subject())
                && (top.authority_key_identifier().is_none()
                    || issuer.subject_key_identifier().is_none()
                    || top.authority_key_identifier() == issuer.subject_key_identifier())
        });
        let Some(issuer) = issuer.filter(|issuer| !above.contains(issuer)) else { break };
        above.push(issuer.clone());
        top = issuer;
    }
    above
}

fn mismatch(bundle: &Bundle, key: &PublicKey) -> MintError {
    let first = bundle.certificates().next().map(Certificate::subject_public_key_info).unwrap_or_default();
    let sha256 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, first);
    MintError::KeyDoesNotMatchCertificate { certificate: hex(sha256.as_ref()), key: key.sha256_hex() }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Authority { certificate, above, signer: _, alone: _, verifier: _ } = self;
        write!(f, "Authority({}, {} above it, [secret])", certificate.subject(), above.len())
    }
}
