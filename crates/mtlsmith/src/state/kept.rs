//! Certificates on their way into the state directory, and what the ledger says of them.

use mtlsmith_ca::keep::Committed;
use mtlsmith_ca::keep::Delivery;
use mtlsmith_ca::keep::Generation;
use mtlsmith_ca::keep::Issuance;
use mtlsmith_ca::keep::NewFile;
use mtlsmith_ca::keep::Sharing;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::Writer;
use mtlsmith_ca::mint::Authority;
use mtlsmith_ca::mint::Issued;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_ca::mint::key::PublicKey;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::time::Timestamp;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::minting::keep_failure;

/// A client certificate to be kept.
pub(crate) struct KeptLeaf<'a> {
    pub(crate) slot: &'a Slot,
    /// The certificate, and behind it those that are sent along.
    pub(crate) chain: &'a str,
    /// Its key; `None` when whoever asked for the certificate has it.
    pub(crate) key: Option<&'a Zeroizing<String>>,
    pub(crate) issuance: &'a Issuance,
    /// The generation that it replaces.
    pub(crate) expected: Option<u64>,
    pub(crate) sharing: Sharing,
}

impl KeptLeaf<'_> {
    /// As the keeping takes it.
    pub(crate) fn delivery(&self) -> Delivery<'_> {
        let mut files = vec![NewFile { name: LEAF_CERTIFICATE, bytes: self.chain.as_bytes() }];
        files.extend(self.key.map(|key| NewFile { name: LEAF_KEY, bytes: key.as_bytes() }));
        Delivery {
            slot: self.slot,
            files,
            issuance: self.issuance,
            expected: self.expected,
            sharing: self.sharing,
            keep: GENERATIONS_KEPT,
            verify: &|generation| pair_fits(generation),
        }
    }

    /// Records it and puts it in force.
    pub(crate) fn commit(&self, writer: &mut Writer<'_>, now: Timestamp) -> Result<Committed, Failure> {
        writer.issue(&self.delivery(), now).map_err(|error| keep_failure(&error))
    }
}

/// A CA to be kept.
pub(crate) struct KeptAuthority<'a> {
    pub(crate) slot: &'a Slot,
    /// Its certificate, and behind it those above it.
    pub(crate) certificates: &'a str,
    /// Its key, perhaps encrypted; `None` when somebody else holds it.
    pub(crate) key: Option<&'a Zeroizing<String>>,
    pub(crate) issuance: &'a Issuance,
}

impl KeptAuthority<'_> {
    /// As the keeping takes it. A CA is never replaced here: that is a rollover.
    pub(crate) fn delivery(&self) -> Delivery<'_> {
        let mut files = vec![NewFile { name: "ca.crt", bytes: self.certificates.as_bytes() }];
        files.extend(self.key.map(|key| NewFile { name: "ca.key", bytes: key.as_bytes() }));
        Delivery {
            slot: self.slot,
            files,
            issuance: self.issuance,
            expected: None,
            sharing: Sharing::Owner,
            keep: GENERATIONS_KEPT,
            verify: &|generation| authority_fits(generation),
        }
    }

    /// Records it and puts it in force.
    pub(crate) fn commit(&self, writer: &mut Writer<'_>, now: Timestamp) -> Result<Committed, Failure> {
        writer.issue(&self.delivery(), now).map_err(|error| keep_failure(&error))
    }
}

/// What the ledger is to say of a certificate.
pub(crate) fn issuance(
    issued: &Issued,
    public_key: &PublicKey,
    authority: Option<(&Authority, Option<&str>)>,
    names: Vec<String>,
    namespace: Option<&str>,
    reason: &str,
) -> Issuance {
    let certificate = issued.certificate();
    let above = authority.into_iter().flat_map(|(authority, _)| authority.certificates());
    let ends = above.map(Certificate::not_after).chain([certificate.not_after()]);
    Issuance {
        serial: issued.serial().to_string(),
        certificate_sha256: certificate.sha256_hex(),
        spki_sha256: public_key.sha256_hex(),
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        effective_expiry: ends.min().unwrap_or(certificate.not_after()),
        names,
        namespace: namespace.map(str::to_owned),
        authority: authority.and_then(|(_, name)| name).map(str::to_owned),
        reason: reason.to_owned(),
        tool_version: concat!("mtlsmith ", env!("CARGO_PKG_VERSION")).to_owned(),
    }
}

/// Does the key on the disk belong to the certificate beside it?
fn pair_fits(generation: &Generation) -> Result<(), String> {
    let chain = generation.file(LEAF_CERTIFICATE).ok_or("there is no certificate")?;
    let bundle = Bundle::read(chain);
    let leaf = bundle.certificates().next().ok_or("the certificate cannot be read")?;
    let Some(key) = generation.file(LEAF_KEY) else { return Ok(()) };
    let key = PrivateKey::read_plain(key).map_err(|error| error.to_string())?;
    if key.public_key_info() == leaf.subject_public_key_info() {
        Ok(())
    } else {
        Err("the key is not that of the certificate".to_owned())
    }
}

/// The same for a CA; a key that is encrypted was compared byte for byte, and is not opened for this.
fn authority_fits(generation: &Generation) -> Result<(), String> {
    let certificates = generation.file("ca.crt").ok_or("there is no certificate")?;
    let bundle = Bundle::read(certificates);
    let own = bundle.certificates().next().ok_or("the certificate cannot be read")?;
    match generation.file("ca.key").map(PrivateKey::read_plain) {
        None | Some(Err(mtlsmith_ca::mint::MintError::PassphraseNeeded)) => Ok(()),
        Some(Err(error)) => Err(error.to_string()),
        Some(Ok(key)) if key.public_key_info() == own.subject_public_key_info() => Ok(()),
        Some(Ok(_)) => Err("the key is not that of the certificate".to_owned()),
    }
}

/// The certificate of a client in the state directory, and those that it sends along.
pub(crate) const LEAF_CERTIFICATE: &str = "tls.crt";

/// Its key.
pub(crate) const LEAF_KEY: &str = "tls.key";

/// The pair in force, and two before it.
const GENERATIONS_KEPT: usize = 3;
