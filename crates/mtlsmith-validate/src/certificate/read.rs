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
    let (signature, _) = fields.bit_string().ok_or(broken("signature"))?;

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
    let (key_bits, _) = key.bit_string().ok_or(broken("public key"))?;
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
        key: PublicKey::read(key_algorithm, key_bits),
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
    match Reader::new(version).unsigned() {
        Some(number @ 0..=2) => Ok(number + 1),
        Some(_) => Err(Unparsable { field: "version", problem: "there is no X.509 version above 3" }),
        None => Err(broken("version")),
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
