//! What Go's `crypto/x509` refuses about a certificate that can be read well enough to talk about: reasons not to parse it at all, and
//! critical extensions that it does not handle.
//!
//! [`super::read`] stops where nothing more can be named; here is the rest of Go's strictness, in the order in which its parser meets
//! it (parser.go, `parseCertificate` and `processExtensions`).

mod point;
mod policy;
mod time;

use crate::der::Reader;
use crate::der::tag;
use crate::key::PointForm;
use crate::key::PublicKey;
use crate::name::Name;
use crate::name::NameFault;
use crate::name_constraints;
use crate::name_constraints::AlternativeNames;
use crate::oid;
use crate::oid::Oid;

use super::Certificate;
use super::Malformed;
pub(crate) use policy::Policies;
pub(crate) use time::go_reads_validity;
pub(crate) use time::plain_validity;

/// Why Go does not parse a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParseRefusal {
    /// The serial number is negative.
    NegativeSerial,
    /// The signed and the unsigned signature algorithm differ.
    AlgorithmsDiffer,
    /// An algorithm identifier is followed by something that is no DER; whose.
    AlgorithmParameters(&'static str),
    /// The issuer's name.
    Issuer(NameFault),
    /// The subject's name.
    Subject(NameFault),
    /// A time in a form that RFC 5280 section 4.1.2.5 does not have.
    Time,
    /// An RSA key whose algorithm identifier lacks the NULL.
    RsaWithoutNull,
    /// A curve that Go does not know, or that is not named.
    Curve,
    /// A point that is compressed, of the wrong length, or not on the curve.
    Point,
    /// Another fault of the key.
    Key(&'static str),
    /// Two extensions with the same identifier.
    DuplicateExtension,
    /// More extensions than are read here. Go has no such limit.
    TooManyExtensions,
    /// An extension that must not be critical and is; which.
    Critical(&'static str),
    /// The content of an extension.
    Extension(Malformed),
}

/// Would Go parse this certificate, as long as nothing follows it?
pub(crate) fn go_parses(certificate: &Certificate) -> bool {
    go_parse_refusals(certificate).next().is_none()
}

/// Every kind of reason why Go does not parse this certificate, in the order in which Go meets them. A sound certificate costs a
/// microsecond, and for an elliptic curve key some tens more, since its point is looked for on the curve.
pub(crate) fn go_parse_refusals(certificate: &Certificate) -> impl Iterator<Item = ParseRefusal> {
    const LOOKS: [fn(&Certificate) -> Option<ParseRefusal>; 7] =
        [serial_number, signature_algorithm, names, times, key, extension_list, extension_contents];
    LOOKS.into_iter().filter_map(move |look| look(certificate))
}

/// The first critical extension that Go does not handle: any chain with this certificate is refused then.
pub(crate) fn go_unhandled_critical(certificate: &Certificate) -> Option<Oid<'_>> {
    certificate
        .extensions()
        .find(|(kind, critical, value)| *critical && !is_handled(*kind, value))
        .map(|(kind, _, _)| kind)
}

fn is_handled(kind: Oid<'_>, value: &[u8]) -> bool {
    match kind.as_der_content() {
        oid::SUBJECT_ALTERNATIVE_NAME => AlternativeNames::read(value).is_ok_and(|names| !names.is_empty()),
        oid::NAME_CONSTRAINTS => {
            name_constraints::parse(value).is_ok_and(|constraints| !constraints.unhandled)
        }
        oid::AUTHORITY_INFORMATION_ACCESS
        | oid::AUTHORITY_KEY_IDENTIFIER
        | oid::BASIC_CONSTRAINTS
        | oid::CERTIFICATE_POLICIES
        | oid::CRL_DISTRIBUTION_POINTS
        | oid::EXTENDED_KEY_USAGE
        | oid::INHIBIT_ANY_POLICY
        | oid::KEY_USAGE
        | oid::POLICY_CONSTRAINTS
        | oid::POLICY_MAPPINGS
        | oid::SUBJECT_KEY_IDENTIFIER => true,
        _ => false,
    }
}

fn serial_number(certificate: &Certificate) -> Option<ParseRefusal> {
    let negative = certificate.serial().first().is_some_and(|first| first & 0x80 != 0);
    negative.then_some(ParseRefusal::NegativeSerial)
}

fn signature_algorithm(certificate: &Certificate) -> Option<ParseRefusal> {
    if !certificate.signature_algorithms_agree() {
        return Some(ParseRefusal::AlgorithmsDiffer);
    }
    parameters(certificate.outer_algorithm())
        .is_none()
        .then_some(ParseRefusal::AlgorithmParameters("signature"))
}

/// The parameters of an algorithm identifier, tag and length included; empty when there are none.
fn parameters(identifier: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(identifier);
    reader.object_identifier()?;
    if reader.is_empty() { Some(&[]) } else { reader.any().map(|parameters| parameters.full) }
}

fn names(certificate: &Certificate) -> Option<ParseRefusal> {
    let fault = |name: Name<'_>, refusal: fn(NameFault) -> ParseRefusal| name.go_refuses().map(refusal);
    fault(certificate.issuer(), ParseRefusal::Issuer)
        .or_else(|| fault(certificate.subject(), ParseRefusal::Subject))
}

fn times(certificate: &Certificate) -> Option<ParseRefusal> {
    (!certificate.go_reads_validity()).then_some(ParseRefusal::Time)
}

fn key(certificate: &Certificate) -> Option<ParseRefusal> {
    let Some(parameters) = parameters(certificate.key_algorithm()) else {
        return Some(ParseRefusal::AlgorithmParameters("public key"));
    };
    match certificate.key() {
        PublicKey::Rsa(_) if parameters != [0x05, 0x00] => Some(ParseRefusal::RsaWithoutNull),
        PublicKey::Rsa(key) if key.exponent.is_none() => {
            Some(ParseRefusal::Key("the public exponent is too large"))
        }
        PublicKey::Ec(key) => match point::is_on_curve(&key.curve, certificate.key_bits()) {
            None => Some(ParseRefusal::Curve),
            Some(on_curve) => {
                (!on_curve || key.point != PointForm::Uncompressed).then_some(ParseRefusal::Point)
            }
        },
        PublicKey::Dsa => (!is_dsa(parameters, certificate.key_bits()))
            .then_some(ParseRefusal::Key("the DSA key is broken")),
        PublicKey::KeyAgreement if is_broken_x25519(certificate, parameters) => {
            Some(ParseRefusal::Key("an X25519 key has 32 bytes and no parameters"))
        }
        PublicKey::Unreadable { problem, .. } => Some(ParseRefusal::Key(problem)),
        _ => None,
    }
}

fn is_broken_x25519(certificate: &Certificate, parameters: &[u8]) -> bool {
    let is_x25519 = Reader::new(certificate.key_algorithm()).object_identifier() == Some(oid::X25519);
    is_x25519 && (!parameters.is_empty() || certificate.key_bits().len() != 32)
}

/// Are all four numbers of a DSA key there and positive (RFC 3279 section 2.3.2)?
fn is_dsa(parameters: &[u8], key: &[u8]) -> bool {
    let positive = |reader: &mut Reader<'_>| {
        let number = reader.integer()?;
        (number != [0] && number.first()? & 0x80 == 0).then_some(())
    };
    let read = || {
        let mut domain = Reader::new(parameters).enter(tag::SEQUENCE)?;
        positive(&mut Reader::new(key))?;
        positive(&mut domain)?;
        positive(&mut domain)?;
        positive(&mut domain)
    };
    read().is_some()
}

fn extension_list(certificate: &Certificate) -> Option<ParseRefusal> {
    if certificate.read_extensions().duplicate.is_some() {
        return Some(ParseRefusal::DuplicateExtension);
    }
    certificate.has_unread_extensions().then_some(ParseRefusal::TooManyExtensions)
}

fn extension_contents(certificate: &Certificate) -> Option<ParseRefusal> {
    certificate.extensions().find_map(|(kind, critical, value)| {
        let read = match kind.as_der_content() {
            oid::SUBJECT_KEY_IDENTIFIER if critical => {
                return Some(ParseRefusal::Critical("Subject Key Identifier"));
            }
            oid::AUTHORITY_KEY_IDENTIFIER if critical => {
                return Some(ParseRefusal::Critical("Authority Key Identifier"));
            }
            oid::AUTHORITY_INFORMATION_ACCESS if critical => {
                return Some(ParseRefusal::Critical("Authority Information Access"));
            }
            oid::SUBJECT_ALTERNATIVE_NAME => AlternativeNames::read(value).map(|_| ()),
            oid::NAME_CONSTRAINTS => name_constraints::parse(value).map(|_| ()),
            other => read_before(certificate, other),
        };
        read.err().map(ParseRefusal::Extension)
    })
}

/// What the certificate's reader made of the content of an extension, and for policies what Go makes of it.
fn read_before(certificate: &Certificate, kind: &[u8]) -> Result<(), Malformed> {
    let extensions = certificate.read_extensions();
    macro_rules! outcome {
        ($field:ident) => {
            extensions
                .$field
                .as_ref()
                .map_or(Ok(()), |extension| extension.value.as_ref().map(|_| ()).map_err(|fault| *fault))
        };
    }
    match kind {
        oid::BASIC_CONSTRAINTS => outcome!(basic_constraints),
        oid::KEY_USAGE => outcome!(key_usage),
        oid::EXTENDED_KEY_USAGE => outcome!(extended_key_usage),
        oid::SUBJECT_KEY_IDENTIFIER => outcome!(subject_key_identifier),
        oid::AUTHORITY_KEY_IDENTIFIER => outcome!(authority_key_identifier),
        oid::CRL_DISTRIBUTION_POINTS => outcome!(crl_distribution_points),
        oid::AUTHORITY_INFORMATION_ACCESS => outcome!(authority_information_access),
        oid::CERTIFICATE_POLICIES
        | oid::POLICY_MAPPINGS
        | oid::POLICY_CONSTRAINTS
        | oid::INHIBIT_ANY_POLICY => {
            Policies::of(certificate).map(|_| ()).ok_or(Malformed("the policies are broken"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::CertificateBuilder;
    use mtlsmith_testkit::GeneralName;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::NameConstraints;
    use mtlsmith_testkit::SignatureAlgorithm;
    use mtlsmith_testkit::StringType;
    use mtlsmith_testkit::oid as kit;
    use mtlsmith_testkit::spki;

    use super::*;

    fn certificate(builder: &CertificateBuilder) -> Certificate {
        Certificate::read(builder.self_signed().der()).unwrap().0
    }

    fn first(builder: CertificateBuilder) -> Option<ParseRefusal> {
        go_parse_refusals(&certificate(&builder)).next()
    }

    fn ca() -> CertificateBuilder {
        testkit::root_builder("ca")
    }

    #[test]
    fn sound_certificates_are_parsed() {
        for key in [
            Key::p256("a"),
            Key::p384("a"),
            Key::p521("a"),
            Key::ed25519("a"),
            Key::from_spki(spki::ec_p224()),
        ] {
            assert_eq!(first(ca().key(key)), None);
        }
        for spki in [
            spki::rsa_bits(1024),
            spki::dsa(),
            spki::ml_dsa_65(),
            spki::rsa_pss_oid(),
            spki::gost(),
            spki::x25519(),
        ] {
            assert_eq!(first(ca().key(Key::from_spki(spki))), None);
        }
        let policies =
            ca().certificate_policies(&[&[1, 3, 1]]).policy_constraints(Some(0), None).inhibit_any_policy(0);
        assert_eq!(first(policies.dns("a.b").uri("https://a/").email("a@b").ocsp("http://a/")), None);
    }

    #[test]
    fn each_refusal_is_named() {
        let keyed = |spki| ca().key(Key::from_spki(spki));
        let cases = [
            (ca().serial(&[0x80]), ParseRefusal::NegativeSerial),
            (ca().inner_signature_algorithm(SignatureAlgorithm::EcdsaSha384), ParseRefusal::AlgorithmsDiffer),
            (
                ca().subject(testkit::Name::new().printable(kit::COMMON_NAME, "a@b")),
                ParseRefusal::Issuer(NameFault::PrintableString),
            ),
            (
                ca().issuer_name("CN=x").subject(testkit::Name::new().text(
                    kit::COMMON_NAME,
                    StringType::Universal,
                    "a",
                )),
                ParseRefusal::Subject(NameFault::UnsupportedType(0x1c)),
            ),
            (keyed(spki::rsa_without_null()), ParseRefusal::RsaWithoutNull),
            (keyed(spki::rsa(2048, &[1; 9])), ParseRefusal::Key("the public exponent is too large")),
            (keyed(spki::secp256k1()), ParseRefusal::Curve),
            (keyed(spki::brainpool_p256r1()), ParseRefusal::Curve),
            (keyed(spki::ec_explicit_p256()), ParseRefusal::Curve),
            (keyed(spki::ec_compressed_p256()), ParseRefusal::Point),
            (keyed(spki::ec_off_curve_p256()), ParseRefusal::Point),
            (
                keyed(testkit::der::sequence(&[&spki::x25519()[2..9], &testkit::der::bit_string(&[7; 31])])),
                ParseRefusal::Key("an X25519 key has 32 bytes and no parameters"),
            ),
            (ca().extension(kit::KEY_USAGE, true, vec![3, 2, 5, 0x20]), ParseRefusal::DuplicateExtension),
            (
                ca().no_ski().extension(kit::SUBJECT_KEY_IDENTIFIER, true, vec![4, 1, 1]),
                ParseRefusal::Critical("Subject Key Identifier"),
            ),
            (
                ca().no_basic_constraints().extension(kit::BASIC_CONSTRAINTS, true, vec![0x30, 5, 1]),
                ParseRefusal::Extension(Malformed("basic_constraints")),
            ),
            (
                ca().alternative_name(GeneralName::IpRaw(vec![1; 5])),
                ParseRefusal::Extension(Malformed("an IP address that is neither 4 nor 16 bytes long")),
            ),
            (ca().dns("\u{fc}.b"), ParseRefusal::Extension(Malformed("a name with bytes above 127"))),
            (ca().uri("https://a b/"), ParseRefusal::Extension(Malformed("a URI that cannot be read"))),
            (
                ca().name_constraints(NameConstraints::default(), true),
                ParseRefusal::Extension(Malformed("the name constraints are empty")),
            ),
            (
                ca().extension(kit::CERTIFICATE_POLICIES, false, vec![4, 0]),
                ParseRefusal::Extension(Malformed("the policies are broken")),
            ),
        ];
        for (builder, refusal) in cases {
            assert_eq!(first(builder), Some(refusal));
        }
    }

    #[test]
    fn every_reason_is_told_not_only_the_first() {
        let twice = certificate(&ca().serial(&[0x80]).key(Key::from_spki(spki::rsa_without_null())));
        let refusals: Vec<ParseRefusal> = go_parse_refusals(&twice).collect();
        assert_eq!(refusals, [ParseRefusal::NegativeSerial, ParseRefusal::RsaWithoutNull]);
    }

    #[test]
    fn critical_extensions_are_handled_when_go_knows_their_content() {
        let directory = GeneralName::Directory(testkit::Name::parse("O=acme"));
        let constrained = |name| NameConstraints { permitted: vec![name], excluded: Vec::new() };
        for (builder, unhandled) in [
            (ca(), None),
            (ca().extension(kit::PRIVATE_EXTENSION, true, vec![5, 0]), Some("1.3.6.1.4.1.99999.1")),
            (ca().extension(kit::PRIVATE_EXTENSION, false, vec![5, 0]), None),
            (ca().dns("a.b").critical_subject_alternative_name(), None),
            (ca().alternative_name(directory.clone()).critical_subject_alternative_name(), Some("2.5.29.17")),
            (ca().name_constraints(constrained(GeneralName::Dns("a".to_owned())), true), None),
            (ca().name_constraints(constrained(directory.clone()), true), Some("2.5.29.30")),
            (ca().name_constraints(constrained(directory), false), None),
            (ca().policy_constraints(Some(0), None).inhibit_any_policy(0), None),
        ] {
            let certificate = certificate(&builder);
            assert_eq!(
                go_unhandled_critical(&certificate).map(|kind| kind.to_string()).as_deref(),
                unhandled
            );
        }
    }

    #[test]
    fn a_time_in_another_form_is_refused() {
        let ends = |text: &[u8]| {
            let end = testkit::der::tagged(testkit::der::UTC_TIME, text);
            ca().validity_raw(testkit::time::validity(&testkit::time::time(testkit::NOT_BEFORE), &end))
        };
        assert_eq!(first(ends(b"270101000000Z")), None);
        assert_eq!(first(ends(b"270101000000-0000")), Some(ParseRefusal::Time));
    }

    #[test]
    fn a_dsa_key_is_four_positive_numbers() {
        let number = testkit::der::integer_raw;
        let key = |domain: &[&[u8]], public: &[u8]| {
            let domain: Vec<Vec<u8>> = domain.iter().map(|content| number(content)).collect();
            let domain: Vec<&[u8]> = domain.iter().map(Vec::as_slice).collect();
            let parameters = testkit::der::sequence(&domain);
            let algorithm =
                testkit::der::sequence(&[&testkit::der::object_identifier(kit::DSA), &parameters]);
            first(ca().key(Key::from_spki(spki::key_info(&algorithm, &number(public)))))
        };
        let broken = Some(ParseRefusal::Key("the DSA key is broken"));
        assert_eq!(key(&[&[7], &[3], &[2]], &[5]), None);
        assert_eq!(key(&[&[7], &[3]], &[5]), broken);
        assert_eq!(key(&[&[7], &[3], &[2]], &[0]), broken);
        assert_eq!(key(&[&[7], &[3], &[2]], &[0x80]), broken);
        assert_eq!(key(&[&[7], &[0], &[2]], &[5]), broken);
    }

    #[test]
    fn a_key_without_its_numbers_is_refused() {
        let algorithm =
            testkit::der::sequence(&[&testkit::der::object_identifier(kit::RSA_ENCRYPTION), &[5, 0]]);
        let empty = spki::key_info(&algorithm, &[0x30, 0x00]);
        let signed = ca().key(Key::from_spki(empty)).signed_by(&testkit::root("another"));
        let read = Certificate::read(signed.der()).unwrap().0;
        assert_eq!(go_parse_refusals(&read).next(), Some(ParseRefusal::Key("the modulus is broken")));
    }

    #[test]
    fn each_extension_with_broken_content_is_refused() {
        let bare = || ca().no_basic_constraints().no_key_usage().no_ski();
        for kind in [
            kit::BASIC_CONSTRAINTS,
            kit::KEY_USAGE,
            kit::EXTENDED_KEY_USAGE,
            kit::SUBJECT_KEY_IDENTIFIER,
            kit::AUTHORITY_KEY_IDENTIFIER,
            kit::CRL_DISTRIBUTION_POINTS,
            kit::AUTHORITY_INFO_ACCESS,
            kit::CERTIFICATE_POLICIES,
            kit::POLICY_MAPPINGS,
            kit::POLICY_CONSTRAINTS,
            kit::INHIBIT_ANY_POLICY,
        ] {
            let builder = bare().extension(kind, false, vec![0x30, 0x05, 0x01]);
            assert!(matches!(first(builder), Some(ParseRefusal::Extension(_))), "{kind:?}");
        }
        assert_eq!(first(bare().extension(kit::PRIVATE_EXTENSION, false, vec![0x30, 0x05, 0x01])), None);
    }
}
