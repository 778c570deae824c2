//! From DER to [`Certificate`], field by field in the order of RFC 5280 section 4.1.
//!
//! Go's reader (`crypto/x509/parser.go`) is the measure. x509-parser reads the fields that have a grammar of their own (times); the
//! walk around them is ours, because it has to stop where Go stops and to know where each field lies.

use x509_parser::prelude;
use x509_parser::prelude::FromDer;

use crate::der::Reader;
use crate::der::tag;
use crate::key::PublicKey;
use crate::time::Timestamp;

use super::Certificate;
use super::Extensions;
use super::SignatureAlgorithm;
use super::Span;
use super::Unparsable;
use super::extensions::EXTENSIONS_READ;
use super::extensions::RawExtension;
use super::go::go_reads_validity;
use super::go::plain_validity;

const fn broken(field: &'static str) -> Unparsable {
    Unparsable { field, problem: "the DER is broken" }
}

pub(super) fn read(bytes: &[u8]) -> Result<(Certificate, usize), Unparsable> {
    let mut file = Reader::new(bytes);
    let outer = file.element(tag::SEQUENCE).ok_or(broken("certificate"))?;
    let trailing = file.rest().len();
    let mut fields = Reader::new(outer.content);
    let tbs = fields.element(tag::SEQUENCE).ok_or(broken("signed part"))?;
    let outer_algorithm = fields.content(tag::SEQUENCE).ok_or(broken("signature algorithm"))?;
    let (signature, unused) = fields.bit_string().ok_or(broken("signature"))?;
    // Go shifts such bits to the right and the others refuse them: it is a signature for nobody.
    let signature = if unused == 0 { signature } else { signature.get(..0).unwrap_or_default() };

    let mut walk = Reader::new(tbs.content);
    let version = version(&mut walk)?;
    let serial = walk.integer().ok_or(broken("serial number"))?;
    let inner_algorithm = walk.content(tag::SEQUENCE).ok_or(broken("signature algorithm"))?;
    let issuer = walk.element(tag::SEQUENCE).ok_or(broken("issuer"))?.full;
    let validity = walk.element(tag::SEQUENCE).ok_or(broken("validity"))?.full;
    let subject = walk.element(tag::SEQUENCE).ok_or(broken("subject"))?.full;
    let spki = walk.element(tag::SEQUENCE).ok_or(broken("public key"))?;
    let Validity { not_before, not_after, go_reads: go_reads_validity } = read_validity(validity)?;
    let mut key = Reader::new(spki.content);
    let key_algorithm = key.content(tag::SEQUENCE).ok_or(broken("public key algorithm"))?;
    let (key_bits, unused_key_bits) = key.bit_string().ok_or(broken("public key"))?;
    let (extensions, extensions_unread) = read_extensions(outer.full, &mut walk, version)?;

    let der = outer.full;
    let span = |part: &[u8]| Span::within(der, part);
    let certificate = Certificate {
        tbs: span(tbs.full),
        serial: span(serial),
        issuer: span(issuer),
        subject: span(subject),
        spki: span(spki.full),
        key_algorithm: span(key_algorithm),
        key_bits: span(key_bits),
        inner_algorithm: span(inner_algorithm),
        outer_algorithm: span(outer_algorithm),
        signature: span(signature),
        version,
        not_before,
        not_after,
        go_reads_validity,
        key: read_key(key_algorithm, key_bits, unused_key_bits),
        signature_algorithm: SignatureAlgorithm::read(outer_algorithm),
        extensions,
        extensions_unread,
        der: der.to_vec(),
    };
    Ok((certificate, trailing))
}

fn version(walk: &mut Reader<'_>) -> Result<u64, Unparsable> {
    let Some(version) = walk.optional(tag::context_constructed(0)).ok_or(broken("version"))? else {
        return Ok(1);
    };
    let mut version = Reader::new(version);
    match version.unsigned().filter(|_| version.is_empty()) {
        Some(number @ 0..=2) => Ok(number + 1),
        Some(_) => Err(Unparsable { field: "version", problem: "there is no X.509 version above 3" }),
        None => Err(broken("version")),
    }
}

/// Every key that Go reads fills whole bytes.
fn read_key(algorithm: &[u8], bits: &[u8], unused: u8) -> PublicKey {
    use PublicKey::{Dsa, Ec, Ed25519, KeyAgreement, Rsa};
    match PublicKey::read(algorithm, bits) {
        Rsa(_) | Ec(_) | Ed25519 | Dsa | KeyAgreement if unused != 0 => {
            PublicKey::Unreadable { algorithm: "unknown", problem: "its bits do not fill whole bytes" }
        }
        key => key,
    }
}

struct Validity {
    not_before: Timestamp,
    not_after: Timestamp,
    go_reads: bool,
}

fn read_validity(der: &[u8]) -> Result<Validity, Unparsable> {
    if let Some((not_before, not_after)) = plain_validity(der) {
        return Ok(Validity { not_before, not_after, go_reads: true });
    }
    let unreadable = Unparsable {
        field: "validity",
        problem: "a time is not written as RFC 5280 section 4.1.2.5 demands",
    };
    let (_, validity) = prelude::Validity::from_der(der).map_err(|_| unreadable)?;
    let seconds = |time: x509_parser::time::ASN1Time| Timestamp::from_unix(time.timestamp());
    let (not_before, not_after) = (seconds(validity.not_before), seconds(validity.not_after));
    Ok(Validity { not_before, not_after, go_reads: go_reads_validity(der) })
}

/// As many as most certificates have at most, so that their list is made once.
const USUAL_EXTENSIONS: usize = 6;

/// The extensions, and whether there were more than are read. Versions 1 and 2 have none: Go does not look for them.
fn read_extensions(
    der: &[u8],
    walk: &mut Reader<'_>,
    version: u64,
) -> Result<(Extensions, bool), Unparsable> {
    let mut extensions = Extensions::default();
    if version > 1 {
        walk.optional(tag::context(1)).ok_or(broken("issuer unique identifier"))?;
        walk.optional(tag::context(2)).ok_or(broken("subject unique identifier"))?;
    }
    if version != 3 {
        return Ok((extensions, false));
    }
    let Some(wrapper) = walk.optional(tag::context_constructed(3)).ok_or(broken("extensions"))? else {
        return Ok((extensions, false));
    };
    let mut list = Reader::new(wrapper).enter(tag::SEQUENCE).ok_or(broken("extensions"))?;
    extensions.list.reserve_exact(USUAL_EXTENSIONS);
    while !list.is_empty() {
        if extensions.list.len() == EXTENSIONS_READ {
            return Ok((extensions, true));
        }
        let mut extension = list.enter(tag::SEQUENCE).ok_or(broken("extension"))?;
        let oid = extension.object_identifier().ok_or(broken("extension identifier"))?;
        let critical = if extension.peek(tag::BOOLEAN) {
            extension.boolean().ok_or(broken("critical flag of an extension"))?
        } else {
            false
        };
        let value = extension.content(tag::OCTET_STRING).ok_or(broken("content of an extension"))?;
        let raw = RawExtension { oid: Span::within(der, oid), critical, value: Span::within(der, value) };
        extensions.add(der, raw);
    }
    Ok((extensions, false))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;

    #[test]
    fn nothing_follows_the_number_of_the_version() {
        let of = |version: &[u8]| {
            let version = version.to_vec();
            let builder = testkit::root_builder("a").mutate_tbs(move |tbs| {
                let fields = testkit::der::split(testkit::der::split(tbs)[0].1);
                let rest = fields[1..].iter().flat_map(|(tag, content)| testkit::der::tagged(*tag, content));
                let version = testkit::der::context_constructed(0, &version);
                *tbs = testkit::der::sequence(&[&version, &rest.collect::<Vec<u8>>()]);
            });
            Certificate::read(builder.self_signed().der())
                .map(|(read, _)| read.version())
                .map_err(|it| it.field)
        };
        assert_eq!(of(&[2, 1, 2]), Ok(3));
        assert_eq!(of(&[2, 1, 2, 2, 1, 2]), Err("version"));
        assert_eq!(of(&[2, 1, 2, 5, 0]), Err("version"));
    }

    #[test]
    fn keys_and_signatures_fill_whole_bytes() {
        let key = testkit::Key::ed25519("even");
        let mut spki = testkit::der::split(key.spki_der())[0].1.to_vec();
        let (bits, last) = (spki.len() - 33, spki.len() - 1);
        spki[last] &= 0xfe;
        let mut read = |unused: u8| {
            spki[bits] = unused;
            let key = testkit::Key::from_spki(testkit::der::sequence(&[&spki]));
            Certificate::read(testkit::root_builder("a").key(key).self_signed().der()).unwrap().0
        };
        assert!(matches!(read(0).key(), PublicKey::Ed25519));
        assert!(matches!(read(1).key(), PublicKey::Unreadable { .. }));
        let root = testkit::root("a");
        let parts = testkit::der::split(testkit::der::split(root.der())[0].1);
        let signed = |unused| {
            let signature = testkit::der::tagged(tag::BIT_STRING, &[unused, 0x30, 0x10]);
            let algorithm = testkit::der::tagged(parts[1].0, parts[1].1);
            let der = testkit::der::sequence(&[root.tbs_der(), &algorithm, &signature]);
            Certificate::read(&der).unwrap().0.signature().to_vec()
        };
        assert_eq!((signed(0), signed(3)), (vec![0x30, 0x10], Vec::new()));
    }

    #[test]
    fn nothing_is_looked_for_behind_the_key_of_version_1() {
        let broken_behind = |version| {
            let name = "a".repeat(120);
            let builder = testkit::root_builder(&name).no_basic_constraints().no_key_usage().no_ski();
            let builder = builder.version(version).mutate_tbs(|tbs| {
                tbs.extend([0x81, 0x05]);
                let length = u16::from_be_bytes([tbs[2], tbs[3]]) + 2;
                tbs[2..4].copy_from_slice(&length.to_be_bytes());
            });
            Certificate::read(builder.self_signed().der()).map(|_| ()).map_err(|unparsable| unparsable.field)
        };
        assert_eq!(broken_behind(1), Ok(()));
        assert_eq!(broken_behind(2), Err("issuer unique identifier"));
    }
}
