//! Does a certificate have the form that the libraries' ASN.1 templates ask for (RFC 5280 appendix A)? Both read every SEQUENCE to its
//! end and refuse what is left over; Go passes over it in most places, so that Go parses a certificate says nothing about this.

use crate::certificate::Certificate;
use crate::der::Element;
use crate::der::Reader;
use crate::der::integer_is_minimal;
use crate::der::tag;
use crate::name::Name;
use crate::oid;

/// The content of an extension is not of the form that its template has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misfit {
    /// Both libraries call the certificate invalid.
    Certain,
    /// It depends on the library, or on what it makes of BER.
    Perhaps,
}

/// Does each part of the certificate end where its template does, so that both libraries read it at all? Asked of certificates that Go
/// reads: it has looked into the object identifiers.
pub(super) fn is_loaded(certificate: &Certificate) -> bool {
    whole(certificate.der()).is_some()
}

/// Does the content of an extension have the form that the libraries ask for when they note what a certificate says?
pub(super) fn content(kind: &[u8], value: &[u8]) -> Result<(), Misfit> {
    let mut outer = Reader::new(value);
    match kind {
        oid::KEY_USAGE | oid::EXTENDED_KEY_USAGE | oid::SUBJECT_KEY_IDENTIFIER => {
            outer.any(); // whose content Go reads to its end
        }
        oid::BASIC_CONSTRAINTS => basic_constraints(sequence(&mut outer)?)?,
        oid::AUTHORITY_KEY_IDENTIFIER => authority_key_identifier(sequence(&mut outer)?)?,
        oid::SUBJECT_ALTERNATIVE_NAME => general_names(sequence(&mut outer)?)?,
        oid::NAME_CONSTRAINTS => name_constraints(sequence(&mut outer)?)?,
        oid::CRL_DISTRIBUTION_POINTS => distribution_points(sequence(&mut outer)?)?,
        // Read by newer BoringSSL only.
        oid::CERTIFICATE_POLICIES => policies(sequence(&mut outer)?).ok_or(Misfit::Perhaps)?,
        oid::POLICY_MAPPINGS => mappings(sequence(&mut outer)?).ok_or(Misfit::Perhaps)?,
        oid::POLICY_CONSTRAINTS => policy_constraints(sequence(&mut outer)?).ok_or(Misfit::Perhaps)?,
        oid::INHIBIT_ANY_POLICY => {
            outer.unsigned().ok_or(Misfit::Perhaps)?;
        }
        _ => return Ok(()),
    }
    // OpenSSL takes the first element and does not look behind it.
    outer.is_empty().then_some(()).ok_or(Misfit::Perhaps)
}

fn whole(der: &[u8]) -> Option<()> {
    let mut fields = Reader::new(der).enter(tag::SEQUENCE)?;
    let mut walk = fields.enter(tag::SEQUENCE)?;
    algorithm(&mut fields)?;
    fields.bit_string()?;
    closed(fields)?;
    walk.optional(tag::context_constructed(0))?;
    walk.integer()?;
    algorithm(&mut walk)?;
    name(&mut walk)?;
    let mut validity = walk.enter(tag::SEQUENCE)?;
    validity.any()?;
    validity.any()?;
    closed(validity)?;
    name(&mut walk)?;
    let mut key = walk.enter(tag::SEQUENCE)?;
    algorithm(&mut key)?;
    key.bit_string()?;
    closed(key)?;
    for number in [1, 2] {
        let identifier = walk.optional(tag::context(number))?;
        identifier.is_none_or(is_bit_string).then_some(())?;
    }
    if let Some(wrapper) = walk.optional(tag::context_constructed(3))? {
        extensions(Reader::new(wrapper))?;
    }
    closed(walk)
}

fn closed(reader: Reader<'_>) -> Option<()> {
    reader.is_empty().then_some(())
}

fn algorithm(reader: &mut Reader<'_>) -> Option<()> {
    const NULL: u8 = 0x05;
    let mut identifier = reader.enter(tag::SEQUENCE)?;
    identifier.content(tag::OBJECT_IDENTIFIER)?;
    if !identifier.is_empty() {
        let parameters = identifier.any()?;
        (parameters.tag != NULL || parameters.content.is_empty()).then_some(())?;
    }
    closed(identifier)
}

fn name(reader: &mut Reader<'_>) -> Option<()> {
    let mut sets = reader.enter(tag::SEQUENCE)?;
    while !sets.is_empty() {
        attributes(sets.enter(tag::SET)?)?;
    }
    Some(())
}

fn attributes(mut set: Reader<'_>) -> Option<()> {
    while !set.is_empty() {
        let mut attribute = set.enter(tag::SEQUENCE)?;
        attribute.content(tag::OBJECT_IDENTIFIER)?;
        attribute.any()?;
        closed(attribute)?;
    }
    Some(())
}

fn is_bit_string(content: &[u8]) -> bool {
    matches!(content, [0] | [0..=7, _, ..])
}

fn extensions(mut wrapper: Reader<'_>) -> Option<()> {
    let mut list = wrapper.enter(tag::SEQUENCE)?;
    closed(wrapper)?;
    while !list.is_empty() {
        let mut extension = list.enter(tag::SEQUENCE)?;
        extension.content(tag::OBJECT_IDENTIFIER)?;
        extension.optional(tag::BOOLEAN)?;
        extension.content(tag::OCTET_STRING)?;
        closed(extension)?;
    }
    Some(())
}

fn sequence<'a>(reader: &mut Reader<'a>) -> Result<Reader<'a>, Misfit> {
    reader.enter(tag::SEQUENCE).ok_or(Misfit::Perhaps)
}

/// The content of an optional element, empty when it is absent.
fn optional<'a>(reader: &mut Reader<'a>, tag: u8) -> Result<Option<&'a [u8]>, Misfit> {
    reader.optional(tag).ok_or(Misfit::Perhaps)
}

/// What is left over is no form of an optional element that came before, unless its tag is of the same class.
fn end(reader: Reader<'_>) -> Result<(), Misfit> {
    match reader.rest().first() {
        None => Ok(()),
        Some(tag) if tag & 0xc0 == 0 => Err(Misfit::Certain),
        Some(_) => Err(Misfit::Perhaps),
    }
}

fn basic_constraints(mut sequence: Reader<'_>) -> Result<(), Misfit> {
    optional(&mut sequence, tag::BOOLEAN)?;
    optional(&mut sequence, tag::INTEGER)?;
    end(sequence)
}

fn authority_key_identifier(mut sequence: Reader<'_>) -> Result<(), Misfit> {
    optional(&mut sequence, tag::context(0))?;
    general_names(Reader::new(optional(&mut sequence, tag::context_constructed(1))?.unwrap_or_default()))?;
    distance(&mut sequence, 2)?;
    end(sequence)
}

/// `[number] IMPLICIT INTEGER OPTIONAL`
fn distance(reader: &mut Reader<'_>, number: u8) -> Result<(), Misfit> {
    let content = optional(reader, tag::context(number))?;
    content.is_none_or(integer_is_minimal).then_some(()).ok_or(Misfit::Perhaps)
}

fn name_constraints(mut sequence: Reader<'_>) -> Result<(), Misfit> {
    for number in [0, 1] {
        let subtrees = optional(&mut sequence, tag::context_constructed(number))?.unwrap_or_default();
        let mut subtrees = Reader::new(subtrees);
        while !subtrees.is_empty() {
            let mut subtree = self::sequence(&mut subtrees)?;
            general_name(subtree.any().ok_or(Misfit::Perhaps)?)?;
            distance(&mut subtree, 0)?;
            distance(&mut subtree, 1)?;
            end(subtree)?;
        }
    }
    end(sequence)
}

fn distribution_points(mut points: Reader<'_>) -> Result<(), Misfit> {
    while !points.is_empty() {
        let mut point = sequence(&mut points)?;
        if let Some(name) = optional(&mut point, tag::context_constructed(0))? {
            let mut name = Reader::new(name);
            match optional(&mut name, tag::context_constructed(0))? {
                Some(names) => general_names(Reader::new(names))?,
                None => {
                    let relative = name.enter(tag::context_constructed(1)).ok_or(Misfit::Perhaps)?;
                    attributes(relative).ok_or(Misfit::Perhaps)?;
                }
            }
            end(name)?;
        }
        let reasons = optional(&mut point, tag::context(1))?;
        reasons.is_none_or(is_bit_string).then_some(()).ok_or(Misfit::Perhaps)?;
        general_names(Reader::new(optional(&mut point, tag::context_constructed(2))?.unwrap_or_default()))?;
        end(point)?;
    }
    Ok(())
}

fn general_names(mut names: Reader<'_>) -> Result<(), Misfit> {
    while !names.is_empty() {
        general_name(names.any().ok_or(Misfit::Perhaps)?)?;
    }
    Ok(())
}

fn general_name(element: Element<'_>) -> Result<(), Misfit> {
    let mut inner = Reader::new(element.content);
    match element.tag {
        0x81 | 0x82 | 0x86 | 0x87 => return Ok(()),
        0xa0 => {
            inner.object_identifier().ok_or(Misfit::Perhaps)?;
            let mut value = inner.enter(tag::context_constructed(0)).ok_or(Misfit::Perhaps)?;
            value.any().ok_or(Misfit::Perhaps)?;
            end(value)?;
        }
        0xa4 => {
            let is_read = Name::from_der(element.content).go_refuses().is_none();
            name(&mut inner).filter(|()| is_read).ok_or(Misfit::Perhaps)?;
        }
        0x88 if object_identifier(element.content).is_some() => return Ok(()),
        0x80..=0x88 | 0xa0..=0xa8 => return Err(Misfit::Perhaps),
        _ => return Err(Misfit::Certain),
    }
    end(inner)
}

/// The content of an OBJECT IDENTIFIER, as far as it is short and plain.
fn object_identifier(content: &[u8]) -> Option<()> {
    let whole = content.last().is_some_and(|last| last & 0x80 == 0);
    whole.then_some(()).filter(|()| !content.contains(&0x80))
}

fn policies(mut list: Reader<'_>) -> Option<()> {
    while !list.is_empty() {
        let mut policy = list.enter(tag::SEQUENCE)?;
        policy.content(tag::OBJECT_IDENTIFIER)?;
        let mut qualifiers = Reader::new(policy.optional(tag::SEQUENCE)?.unwrap_or_default());
        while !qualifiers.is_empty() {
            let mut qualifier = qualifiers.enter(tag::SEQUENCE)?;
            qualifier.object_identifier()?;
            qualifier.any()?;
            closed(qualifier)?;
        }
        closed(policy)?;
    }
    Some(())
}

fn mappings(mut list: Reader<'_>) -> Option<()> {
    while !list.is_empty() {
        let mut mapping = list.enter(tag::SEQUENCE)?;
        mapping.content(tag::OBJECT_IDENTIFIER)?;
        mapping.content(tag::OBJECT_IDENTIFIER)?;
        closed(mapping)?;
    }
    Some(())
}

fn policy_constraints(mut sequence: Reader<'_>) -> Option<()> {
    sequence.optional(tag::context(0))?;
    sequence.optional(tag::context(1))?;
    closed(sequence)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::GeneralName as KitName;
    use mtlsmith_testkit::der;

    use super::*;

    fn fits(certificate: &Certificate) -> bool {
        is_loaded(certificate)
            && certificate.extensions().all(|(kind, _, value)| content(kind.as_der_content(), value).is_ok())
    }

    fn read(der: &[u8]) -> Certificate {
        Certificate::read(der).unwrap().0
    }

    #[test]
    fn every_root_of_mozilla_has_the_form_of_the_templates() {
        assert!(webpki_root_certs::TLS_SERVER_ROOT_CERTS.len() > 100);
        for root in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
            let root = read(root);
            assert!(fits(&root), "{}", root.subject());
        }
    }

    #[test]
    fn what_certificates_usually_say_has_the_form_of_the_templates() {
        let other = KitName::OtherName(vec![1, 3, 6, 1, 4, 1, 311, 20, 2, 3], der::tagged(0x0c, b"a@acme"));
        let full = testkit::leaf_builder("worker")
            .uri("spiffe://acme/worker")
            .email("ops@acme.internal")
            .ip([10, 0, 0, 1])
            .alternative_name(KitName::Directory(testkit::Name::parse("O=acme,CN=worker")))
            .alternative_name(KitName::RegisteredId(vec![1, 3, 6, 1, 4, 1]))
            .alternative_name(other)
            .crl_distribution_point("http://acme.internal/crl")
            .ocsp("http://acme.internal/ocsp")
            .certificate_policies(&[&[2, 5, 29, 32, 0]])
            .policy_constraints(Some(0), Some(1))
            .inhibit_any_policy(3);
        assert!(fits(&read(full.self_signed().der())));
    }

    #[test]
    fn what_is_left_over_in_the_certificate_itself_is_loaded_by_nobody() {
        let sound = testkit::leaf("worker", &testkit::root("root"));
        let parts: Vec<(u8, &[u8])> = der::split(der::split(sound.tbs_der())[0].1);
        assert_eq!(parts.len(), 8);
        let with = |place: usize, content: Vec<u8>| {
            let mut parts: Vec<Vec<u8>> =
                parts.iter().map(|(tag, content)| der::tagged(*tag, content)).collect();
            parts[place] = der::tagged(parts[place][0], &content);
            parts.concat()
        };
        let whole = |tbs: &[u8], behind: &[u8]| {
            let outer = der::split(der::split(sound.der())[0].1);
            let rest: Vec<u8> =
                outer[1..].iter().flat_map(|(tag, content)| der::tagged(*tag, content)).collect();
            let rest = [rest.as_slice(), behind].concat();
            Certificate::read(&der::sequence(&[&der::sequence(&[tbs]), &rest])).map(|read| is_loaded(&read.0))
        };
        let unchanged = with(1, parts[1].1.to_vec());
        assert_eq!(whole(&unchanged, &[]), Ok(true));
        assert_eq!(whole(&unchanged, &der::null()), Ok(false));
        assert_eq!(whole(&[unchanged, der::null()].concat(), &[]), Ok(false));
        for place in [2, 4, 6, 7] {
            // Of an algorithm, one would be the parameters.
            let longer = [parts[place].1, &der::null(), &der::null()].concat();
            assert_eq!(whole(&with(place, longer), &[]), Ok(false), "field {place}");
        }
        let two = [parts[0].1, parts[0].1].concat();
        let unparsable = whole(&with(0, two), &[]).unwrap_err();
        assert_eq!(unparsable.field, "version", "Go refuses it too");
    }

    #[test]
    fn contents_with_something_left_over_are_invalid_and_those_in_ber_are_in_doubt() {
        let one = der::integer(1);
        let names = |tag: u8, content: &[u8]| der::sequence(&[&der::tagged(tag, content)]);
        let subtree = |parts: &[&[u8]]| der::sequence(&[&der::context_constructed(0, &der::sequence(parts))]);
        let host = der::context_primitive(2, b"acme");
        let certain = Err(Misfit::Certain);
        let perhaps = Err(Misfit::Perhaps);
        for (kind, value, expected) in [
            (oid::BASIC_CONSTRAINTS, der::sequence(&[&der::boolean(true), &one]), Ok(())),
            (oid::BASIC_CONSTRAINTS, der::sequence(&[&der::boolean(true), &one, &one]), certain),
            (
                oid::BASIC_CONSTRAINTS,
                der::sequence(&[&der::boolean(true), &der::octet_string(&[1])]),
                certain,
            ),
            (oid::BASIC_CONSTRAINTS, [der::sequence(&[]), der::null()].concat(), perhaps),
            (oid::SUBJECT_ALTERNATIVE_NAME, names(0x16, b"acme"), certain),
            (oid::SUBJECT_ALTERNATIVE_NAME, names(0x82, b"acme"), Ok(())),
            (oid::SUBJECT_ALTERNATIVE_NAME, names(0xa2, &der::tagged(0x16, b"acme")), perhaps),
            (
                oid::AUTHORITY_KEY_IDENTIFIER,
                der::sequence(&[&der::context_primitive(0, &[1]), &one]),
                certain,
            ),
            (oid::AUTHORITY_KEY_IDENTIFIER, der::sequence(&[&der::context_primitive(2, &[0, 1])]), perhaps),
            (oid::NAME_CONSTRAINTS, subtree(&[&host]), Ok(())),
            (oid::NAME_CONSTRAINTS, subtree(&[&host, &one]), certain),
            (oid::CRL_DISTRIBUTION_POINTS, der::sequence(&[&der::sequence(&[&one])]), certain),
            (oid::CERTIFICATE_POLICIES, der::sequence(&[&der::sequence(&[&one])]), perhaps),
            (oid::SUBJECT_KEY_IDENTIFIER, [der::octet_string(&[1]), der::null()].concat(), perhaps),
            (oid::AUTHORITY_INFORMATION_ACCESS, der::null(), Ok(())),
        ] {
            assert_eq!(content(kind, &value), expected, "{kind:02x?} {value:02x?}");
        }
    }
}
