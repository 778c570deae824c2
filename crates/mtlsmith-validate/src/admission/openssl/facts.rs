//! What the libraries note about a certificate before they look at any chain: whether it is self-issued, self-signed, invalid, which
//! critical extension they do not know (v3_purp.c, `ossl_x509v3_cache_extensions` and its counterpart in BoringSSL).

use super::template;
use super::template::Misfit;
use crate::certificate::Certificate;
use crate::certificate::Extension;
use crate::certificate::KeyUsage;
use crate::certificate::SignatureAlgorithm;
use crate::der::Reader;
use crate::der::tag;
use crate::key::PublicKey;
use crate::name::Name;
use crate::oid;
use crate::oid::Oid;
use crate::time::Timestamp;

/// A library of the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Library {
    OpenSsl,
    BoringSsl,
}

/// What is noted about one certificate.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) certificate: &'a Certificate,
    pub(super) noted: Noted,
    authority: Option<Authority<'a>>,
}

/// The part of it that stays when the certificate is put away: of the members of a bundle it is found out once.
#[derive(Debug, Clone, Copy)]
pub(in crate::admission) struct Noted {
    /// `Name::canonical_key` of the issuer.
    pub(super) issuer_key: u64,
    /// Are subject and issuer the same, folded?
    pub(super) self_issued: bool,
    /// Is it certain that both libraries parse the certificate?
    pub(super) is_parsed: bool,
    /// Is it certain besides that they read it as this crate does?
    pub(super) is_certain: bool,
    /// The certificate is one of a proxy (RFC 3820), which OpenSSL refuses and BoringSSL does not know.
    pub(super) is_proxy: bool,
    /// The content of an extension that both libraries look at does not have its form.
    is_misshapen: bool,
    critical: Critical,
}

/// The place of the first critical extension that each library does not know.
#[derive(Debug, Clone, Copy, Default)]
struct Critical {
    openssl: Option<usize>,
    boringssl: Option<usize>,
}

/// Content of the Authority Key Identifier: every part may be missing.
#[derive(Clone, Copy, Default)]
struct Authority<'a> {
    key: Option<&'a [u8]>,
    issuer: Option<Name<'a>>,
    serial: Option<&'a [u8]>,
}

/// Identifiers of extensions that nothing else in this crate looks at.
mod rare {
    pub(super) const NETSCAPE_CERTIFICATE_TYPE: &[u8] =
        &[0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42, 0x01, 0x01];
    pub(super) const ADDRESS_BLOCKS: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x07];
    pub(super) const AUTONOMOUS_SYSTEMS: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x08];
    pub(super) const PROXY: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x0e];
    pub(super) const OCSP_NO_CHECK: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x05];
}

impl Noted {
    /// `go_parses`: the strings, numbers and times that the strictest reader takes, the others take too.
    pub(in crate::admission) fn of(certificate: &Certificate, go_parses: bool) -> Self {
        let issuer = certificate.issuer();
        let is_parsed =
            go_parses && !has_extensions_before_version_3(certificate) && template::is_loaded(certificate);
        let mut noted = Noted {
            issuer_key: issuer.canonical_key(),
            self_issued: certificate.subject().is_canonically(issuer),
            is_parsed,
            is_certain: is_parsed,
            is_proxy: false,
            is_misshapen: false,
            critical: Critical::default(),
        };
        for (place, (kind, critical, value)) in certificate.extensions().enumerate() {
            noted.note(place, kind, critical, value);
        }
        noted
    }

    fn note(&mut self, place: usize, kind: Oid<'_>, critical: bool, value: &[u8]) {
        match template::content(kind.as_der_content(), value) {
            Ok(()) => {}
            Err(Misfit::Certain) => self.is_misshapen = true,
            Err(Misfit::Perhaps) => self.is_certain = false,
        }
        let (mut openssl, mut boringssl) = (false, false);
        match kind.as_der_content() {
            oid::KEY_USAGE
            | oid::SUBJECT_ALTERNATIVE_NAME
            | oid::BASIC_CONSTRAINTS
            | oid::CERTIFICATE_POLICIES
            | oid::EXTENDED_KEY_USAGE
            | oid::POLICY_CONSTRAINTS
            | oid::NAME_CONSTRAINTS
            | oid::POLICY_MAPPINGS
            | oid::INHIBIT_ANY_POLICY => (openssl, boringssl) = (true, true),
            oid::CRL_DISTRIBUTION_POINTS | rare::OCSP_NO_CHECK => openssl = true,
            rare::NETSCAPE_CERTIFICATE_TYPE | rare::ADDRESS_BLOCKS | rare::AUTONOMOUS_SYSTEMS => {
                openssl = true;
                self.is_certain = false;
            }
            rare::PROXY => {
                openssl = true;
                self.is_proxy = true;
            }
            _ => {}
        }
        if critical && !openssl {
            self.critical.openssl.get_or_insert(place);
        }
        if critical && !boringssl {
            self.critical.boringssl.get_or_insert(place);
        }
    }
}

impl<'a> Facts<'a> {
    pub(super) fn of(certificate: &'a Certificate, noted: Noted) -> Self {
        let identifiers = certificate
            .extensions()
            .filter(|(kind, _, _)| kind.as_der_content() == oid::AUTHORITY_KEY_IDENTIFIER);
        let authority =
            identifiers.last().map_or(Some(Authority::default()), |(_, _, value)| Authority::read(value));
        Facts { certificate, noted, authority }
    }

    pub(super) fn unknown_critical(&self, library: Library) -> Option<Oid<'a>> {
        let place = match library {
            Library::OpenSsl => self.noted.critical.openssl,
            Library::BoringSsl => self.noted.critical.boringssl,
        };
        self.certificate.extensions().nth(place?).map(|(kind, _, _)| kind)
    }

    pub(super) fn key_usage(&self) -> Option<KeyUsage> {
        self.certificate.key_usage().and_then(Extension::get).copied()
    }

    /// Is there a Key Usage without keyCertSign?
    pub(super) fn may_not_sign(&self) -> bool {
        self.key_usage().is_some_and(|usage| !usage.key_cert_sign())
    }

    /// Does the library call the certificate invalid for what its extensions say? Both read them to the end, OpenSSL wants a Key Usage
    /// to allow something, BoringSSL wants a path length to stand in a CA certificate.
    pub(super) fn is_invalid(&self, library: Library) -> bool {
        let contradicts = match library {
            Library::OpenSsl => self.key_usage().is_some_and(|usage| usage.names().next().is_none()),
            Library::BoringSsl => self.certificate.path_length().is_some() && !self.certificate.is_ca(),
        };
        contradicts || self.noted.is_misshapen || self.authority.is_none()
    }

    /// Does it look self-signed? No signature is checked for that.
    pub(super) fn is_self_signed(&self, library: Library) -> bool {
        self.noted.self_issued
            && self.is_asked_for_by(self)
            && match library {
                Library::OpenSsl => signs(self.certificate.key(), self.certificate.signature_algorithm()),
                Library::BoringSsl => !self.may_not_sign(),
            }
    }

    /// Does this look like the issuer of `child`, whose issuer's name it bears?
    pub(super) fn is_likely_issuer_of(&self, child: &Facts<'_>, library: Library) -> bool {
        !self.is_invalid(library)
            && !child.is_invalid(library)
            && self.is_asked_for_by(child)
            && match library {
                Library::OpenSsl => signs(self.certificate.key(), child.certificate.signature_algorithm()),
                Library::BoringSsl => !self.may_not_sign(),
            }
    }

    /// Does the child's Authority Key Identifier fit this certificate, as far as both state anything?
    fn is_asked_for_by(&self, child: &Facts<'_>) -> bool {
        let Some(wanted) = child.authority else { return false };
        let offered = self.certificate.subject_key_identifier();
        let key_fits = wanted.key.zip(offered).is_none_or(|(wanted, offered)| wanted == offered);
        let serial = without_zeros(self.certificate.serial());
        key_fits
            && wanted.serial.is_none_or(|wanted| without_zeros(wanted) == serial)
            && wanted.issuer.is_none_or(|wanted| wanted.is_canonically(self.certificate.issuer()))
    }

    /// Valid at this time? The second of not-after is over already (`X509_cmp_time` knows no "equal").
    pub(super) fn is_valid_at(&self, now: Timestamp) -> bool {
        self.certificate.not_before() <= now && now < self.certificate.not_after()
    }
}

impl<'a> Authority<'a> {
    /// From the content of the extension; `None` when it is broken.
    fn read(value: &'a [u8]) -> Option<Self> {
        const DIRECTORY_NAME: u8 = 0xa4;
        let mut sequence = Reader::new(value).enter(tag::SEQUENCE)?;
        let key = sequence.optional(tag::context(0))?;
        let mut names = Reader::new(sequence.optional(tag::context_constructed(1))?.unwrap_or_default());
        let mut issuer = None;
        while !names.is_empty() {
            let name = names.any()?;
            if name.tag == DIRECTORY_NAME && issuer.is_none() {
                issuer = Some(Name::from_der(name.content));
            }
        }
        let serial = sequence.optional(tag::context(2))?;
        sequence.is_empty().then_some(Authority { key, issuer, serial })
    }
}

/// Does something stand where version 3 has its extensions? OpenSSL reads it, BoringSSL refuses it, and here it is passed over.
fn has_extensions_before_version_3(certificate: &Certificate) -> bool {
    certificate.version() != 3 && !certificate.signed_part().ends_with(certificate.subject_public_key_info())
}

/// Can a key of this kind have made such a signature (v3_purp.c, `check_sig_alg_match`)?
fn signs(key: &PublicKey, algorithm: &SignatureAlgorithm) -> bool {
    use SignatureAlgorithm::{Dsa, Ecdsa, Ed448, Ed25519, MlDsa, Other, RsaPkcs1, RsaPss, RsaPssUnusual};
    matches!(
        (key, algorithm),
        (PublicKey::Rsa(_), RsaPkcs1(_) | RsaPss(_) | RsaPssUnusual(_))
            | (PublicKey::RsaPss, RsaPss(_) | RsaPssUnusual(_))
            | (PublicKey::Ec(_), Ecdsa(_))
            | (PublicKey::Ed25519, Ed25519)
            | (PublicKey::Ed448, Ed448)
            | (PublicKey::Dsa, Dsa)
            | (PublicKey::MlDsa, MlDsa)
            | (PublicKey::Other(_), Other(_))
    )
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}
