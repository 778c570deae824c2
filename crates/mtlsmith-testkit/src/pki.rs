//! Good certificates in one call: the root, the intermediate and the client leaf that every reader accepts.

use crate::builder::CertificateBuilder;
use crate::certificate::Certificate;
use crate::extension::BasicConstraints;
use crate::extension::KeyUsage;
use crate::key::Key;
use crate::name::Name;
use crate::oid;

/// A good root: `O=acme, CN=⟨cn⟩`, its own P-256 key, critical CA:TRUE, critical keyCertSign and cRLSign,
/// SKI, one year.
pub fn root(cn: &str) -> Certificate {
    root_builder(cn).self_signed()
}

/// The builder of [`root`], to change one thing.
pub fn root_builder(cn: &str) -> CertificateBuilder {
    CertificateBuilder::new()
        .subject(Name::new().o("acme").cn(cn))
        .key(Key::p256(&format!("ca {cn}")))
        .ca(None)
        .key_usage(&[KeyUsage::KeyCertSign, KeyUsage::CrlSign])
}

/// A good issuing CA with path length 0.
pub fn intermediate(cn: &str, issuer: &Certificate) -> Certificate {
    intermediate_builder(cn).signed_by(issuer)
}

/// The builder of [`intermediate`], to change one thing.
pub fn intermediate_builder(cn: &str) -> CertificateBuilder {
    root_builder(cn).ca(Some(0))
}

/// A good client leaf: critical CA:FALSE, critical digitalSignature, clientAuth, SKI, AKI, the DNS name
/// `⟨cn⟩.acme.internal`. It ends a day before the default end of its CA.
pub fn leaf(cn: &str, issuer: &Certificate) -> Certificate {
    leaf_builder(cn).signed_by(issuer)
}

/// The builder of [`leaf`], to change one thing.
pub fn leaf_builder(cn: &str) -> CertificateBuilder {
    let label: String =
        cn.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    CertificateBuilder::new()
        .subject(Name::new().o("acme").cn(cn))
        .key(Key::p256(&format!("leaf {cn}")))
        .not_after(crate::time::NOT_AFTER - crate::time::days(1))
        .basic_constraints(BasicConstraints { ca: false, path_len: None, critical: true })
        .key_usage(&[KeyUsage::DigitalSignature])
        .extended_key_usage(&[oid::CLIENT_AUTH])
        .dns(&format!("{}.acme.internal", label.to_ascii_lowercase()))
}
