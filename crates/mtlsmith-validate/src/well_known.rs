//! The public CAs that Temporal calls well-known: recognised by key, so that a cross-signed or reissued one is found too.

use std::sync::OnceLock;

use crate::certificate::Certificate;
use crate::der::Reader;
use crate::der::tag;
use crate::name::Name;

/// Mozilla's root programme, as the crate `webpki-root-certs` carries it. A test compares the version with the lock file.
pub const MOZILLA_VERSION: &str = "1.0.11";

/// The day on which that version was made.
pub const MOZILLA_DATE: &str = "2026-10-28";

/// A list of public root CAs.
#[derive(Debug)]
pub struct WellKnown {
    /// What the list is and of which day, for the reader of a finding.
    pub source: &'static str,
    /// Sorted by key.
    roots: Vec<PublicRoot>,
}

/// One public root CA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicRoot {
    key: &'static [u8],
    subject: &'static [u8],
    der: &'static [u8],
}

impl PublicRoot {
    /// The name of the CA.
    pub fn subject(&self) -> Name<'static> {
        Name::from_der(self.subject)
    }

    /// The certificate, DER.
    pub fn der(&self) -> &'static [u8] {
        self.der
    }
}

impl WellKnown {
    /// The roots that Mozilla trusts for TLS servers, compiled in; see [`MOZILLA_DATE`].
    pub fn mozilla() -> &'static WellKnown {
        static LIST: OnceLock<WellKnown> = OnceLock::new();
        LIST.get_or_init(|| {
            let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter_map(|der| public_root(der.as_ref()));
            let mut roots: Vec<PublicRoot> = roots.collect();
            roots.sort_unstable_by_key(|root| root.key);
            WellKnown { source: "Mozilla's root programme of 2026-10-28 (webpki-root-certs 1.0.11)", roots }
        })
    }

    /// A list without a single CA, for who judges by other means.
    pub fn none() -> &'static WellKnown {
        static EMPTY: WellKnown = WellKnown { source: "no list", roots: Vec::new() };
        &EMPTY
    }

    /// The public CA whose key this certificate carries.
    pub fn with_key_of(&self, certificate: &Certificate) -> Option<&PublicRoot> {
        let key = certificate.subject_public_key_info();
        let at = self.roots.binary_search_by_key(&key, |root| root.key).ok()?;
        self.roots.get(at)
    }

    /// The public CAs that bear this name.
    pub fn with_name<'a>(&'a self, name: Name<'a>) -> impl Iterator<Item = &'a PublicRoot> {
        self.roots.iter().filter(move |root| root.subject == name.as_der())
    }

    /// How many CAs the list holds.
    pub fn len(&self) -> usize {
        self.roots.len()
    }

    /// Is the list empty?
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }
}

/// Cuts subject and key out of a root certificate without reading the rest.
fn public_root(der: &'static [u8]) -> Option<PublicRoot> {
    let mut walk = Reader::new(der).enter(tag::SEQUENCE)?.enter(tag::SEQUENCE)?;
    walk.optional(tag::context_constructed(0))?;
    walk.integer()?;
    walk.content(tag::SEQUENCE)?; // signature algorithm
    walk.content(tag::SEQUENCE)?; // issuer
    walk.content(tag::SEQUENCE)?; // validity
    let subject = walk.element(tag::SEQUENCE)?.full;
    let key = walk.element(tag::SEQUENCE)?.full;
    Some(PublicRoot { key, subject, der })
}
