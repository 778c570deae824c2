//! The certificates that random bundles draw from: good ones, and each of the others broken in one way.

use std::sync::OnceLock;

use crate::builder::CertificateBuilder;
use crate::certificate::Certificate;
use crate::der;
use crate::extension::GeneralName;
use crate::extension::KeyUsage;
use crate::extension::NameConstraints;
use crate::key::Key;
use crate::name::Name;
use crate::name::StringType;
use crate::oid;
use crate::pki::intermediate;
use crate::pki::intermediate_builder;
use crate::pki::leaf;
use crate::pki::leaf_builder;
use crate::pki::root;
use crate::pki::root_builder;
use crate::signature::SignatureAlgorithm;
use crate::spki;
use crate::time;
use crate::time::NOW;
use crate::time::days;

/// The pool: what each certificate is, and the certificate. No RSA key is in it that chance has made, so that
/// the bytes are the same in every process.
pub fn pool() -> &'static [(&'static str, Certificate)] {
    static POOL: OnceLock<Vec<(&'static str, Certificate)>> = OnceLock::new();
    POOL.get_or_init(|| {
        let first = root("pool first");
        let second = root("pool second");
        let mut all = chains(&first, &second);
        all.extend(validity_and_rights(&first));
        all.extend(names(&first));
        all.extend(algorithms(&first));
        all.extend(malformed(&first));
        all.push(("good root", first));
        all.push(("another good root", second));
        all
    })
}

type Entry = (&'static str, Certificate);

fn chains(first: &Certificate, second: &Certificate) -> Vec<Entry> {
    let issuing = intermediate("pool issuing", first);
    let forged_key = Key::p256("pool forged");
    let absent = root("pool absent");
    let below_absent = intermediate("pool below absent", &absent);
    let cross = |issuer| root_builder("pool first").signed_by(issuer);
    vec![
        ("leaf", leaf("pool leaf", first)),
        ("leaf below the intermediate", leaf("pool deep leaf", &issuing)),
        ("intermediate without its root", below_absent.clone()),
        ("two intermediates without a root", intermediate("pool further below absent", &below_absent)),
        ("CA below path length 0", intermediate("pool too deep", &issuing)),
        ("root with path length 0", root_builder("pool short").ca(Some(0)).self_signed()),
        ("same name, other key", root_builder("pool first").key(forged_key.clone()).self_signed()),
        (
            "signed by a namesake",
            intermediate_builder("pool namesake").signed_by_key(first.subject(), &forged_key),
        ),
        ("cross-signed root", cross(second)),
        ("root cross-signed by an absent one", cross(&absent)),
        ("the second root, cross-signed back", root_builder("pool second").signed_by(first)),
        ("renewed root", root_builder("pool first").not_before(NOW - days(1)).self_signed()),
        ("damaged signature", intermediate_builder("pool damaged").corrupt_signature().signed_by(first)),
        ("self-signed with damage", root_builder("pool damaged root").corrupt_signature().self_signed()),
        (
            "AKI of nobody",
            intermediate_builder("pool odd aki").authority_key_identifier(&[7; 20]).signed_by(first),
        ),
        ("intermediate", issuing),
    ]
}

fn validity_and_rights(first: &Certificate) -> Vec<Entry> {
    let expired = root_builder("pool expired").not_after(NOW - days(1)).self_signed();
    vec![
        ("leaf below an expired root", leaf("pool below expired", &expired)),
        ("expired root", expired),
        ("not yet valid", root_builder("pool early").not_before(NOW + days(1)).self_signed()),
        ("ends in a week", root_builder("pool soon").not_after(NOW + days(7)).self_signed()),
        ("leaf that outlives its CA", leaf_builder("pool long").not_after(NOW + days(900)).signed_by(first)),
        (
            "ends before it starts",
            root_builder("pool reversed").not_before(NOW).not_after(NOW - 1).self_signed(),
        ),
        ("no basic constraints", root_builder("pool no bc").no_basic_constraints().self_signed()),
        ("no key usage", root_builder("pool no ku").no_key_usage().self_signed()),
        (
            "key usage cannot sign",
            root_builder("pool ku").key_usage(&[KeyUsage::DigitalSignature]).self_signed(),
        ),
        ("CA for servers", root_builder("pool eku").extended_key_usage(&[oid::SERVER_AUTH]).self_signed()),
        (
            "leaf for servers",
            leaf_builder("pool server").extended_key_usage(&[oid::SERVER_AUTH]).signed_by(first),
        ),
        ("critical private extension", {
            root_builder("pool critical").extension(oid::PRIVATE_EXTENSION, true, der::null()).self_signed()
        }),
        ("constrained to one domain", constrained(GeneralName::Dns("example.org".to_owned()))),
        ("constrained to a directory name", constrained(GeneralName::Directory(Name::parse("O=other")))),
        ("policy required", root_builder("pool policy").policy_constraints(Some(0), None).self_signed()),
    ]
}

fn names(first: &Certificate) -> Vec<Entry> {
    let printable = Name::parse("O=acme,CN=pool first").with_string_type(StringType::Printable);
    let named = |name: Name| root_builder("pool named").subject(name).self_signed();
    vec![
        (
            "issuer name in another encoding",
            intermediate_builder("pool encoded").issuer_name(printable.clone()).signed_by(first),
        ),
        ("same name in another encoding", named(printable)),
        ("same name in another case", named(Name::parse("O=ACME,CN=Pool  First"))),
        ("leaf named as its root", leaf_builder("pool same").subject(first.subject()).signed_by(first)),
        ("empty subject", named(Name::empty())),
        ("empty unit", named(Name::parse("O=acme,CN=pool first,OU="))),
        ("two common names", named(Name::parse("CN=pool,CN=twice"))),
        (
            "multi-valued RDN",
            named(Name::parse("O=acme").cn("b").and_text(oid::COMMON_NAME, StringType::Utf8, "a")),
        ),
        ("UniversalString", named(Name::new().text(oid::COMMON_NAME, StringType::Universal, "pool"))),
        ("BMPString", named(Name::new().text(oid::COMMON_NAME, StringType::Bmp, "pool ü"))),
        ("bad PrintableString", named(Name::new().printable(oid::COMMON_NAME, "pool@first_"))),
        ("bad UTF-8", named(Name::new().attribute(oid::COMMON_NAME, StringType::Utf8, &[0xff, 0xfe]))),
        ("control characters", named(Name::parse("CN=pool\u{0}\u{1b}[31m\u{202e}red"))),
    ]
}

fn algorithms(first: &Certificate) -> Vec<Entry> {
    let keyed = |key: Key| root_builder("pool keyed").key(key);
    let public = |spki: Vec<u8>| keyed(Key::from_spki(spki)).self_signed();
    let sha1 = |builder: CertificateBuilder| builder.signature_algorithm(SignatureAlgorithm::EcdsaSha1);
    vec![
        ("P-384", keyed(Key::p384("pool")).self_signed()),
        ("P-521", keyed(Key::p521("pool")).self_signed()),
        ("Ed25519", keyed(Key::ed25519("pool")).self_signed()),
        ("SHA-1 root", sha1(root_builder("pool sha1")).self_signed()),
        ("SHA-1 intermediate", sha1(intermediate_builder("pool sha1 below")).signed_by(first)),
        ("MD5", root_builder("pool md5").signature_algorithm(SignatureAlgorithm::RsaPkcs1Md5).self_signed()),
        ("RSA of 1024 bits", public(spki::rsa_bits(1024))),
        ("RSA of 16384 bits", public(spki::rsa_bits(16384))),
        ("RSA without NULL", public(spki::rsa_without_null())),
        ("RSA with exponent 3", public(spki::rsa(2048, &[3]))),
        ("P-224", public(spki::ec_p224())),
        ("secp256k1", public(spki::secp256k1())),
        ("explicit curve", public(spki::ec_explicit_p256())),
        ("compressed point", public(spki::ec_compressed_p256())),
        ("point off the curve", public(spki::ec_off_curve_p256())),
        ("ML-DSA", public(spki::ml_dsa_65())),
        ("DSA", public(spki::dsa())),
    ]
}

fn malformed(first: &Certificate) -> Vec<Entry> {
    let builder = |cn| root_builder(cn);
    let cut = first.der()[..first.der().len() / 2].to_vec();
    vec![
        ("version 1", builder("pool v1").version(1).no_basic_constraints().no_key_usage().self_signed()),
        ("version 1 with extensions", builder("pool v1e").version(1).self_signed()),
        ("version 9", builder("pool v9").version(9).self_signed()),
        ("negative serial", builder("pool negative").serial(&[0x80, 1]).self_signed()),
        ("serial 0", builder("pool zero").serial(&[0]).self_signed()),
        ("empty serial", builder("pool no serial").serial(&[]).self_signed()),
        ("serial of 40 bytes", builder("pool long serial").serial(&[0x41; 40]).self_signed()),
        (
            "extension twice",
            builder("pool twice").extension(oid::KEY_USAGE, true, der::named_bits(&[5])).self_signed(),
        ),
        ("critical SKI", {
            builder("pool ski")
                .no_ski()
                .extension(oid::SUBJECT_KEY_IDENTIFIER, true, der::octet_string(&[1; 20]))
                .self_signed()
        }),
        ("algorithms differ", {
            builder("pool inner").inner_signature_algorithm(SignatureAlgorithm::EcdsaSha384).self_signed()
        }),
        ("trailing bytes", builder("pool trailing").trailing(b"\0\0").self_signed()),
        ("month 13", builder("pool month").validity_raw(bad_validity()).self_signed()),
        (
            "IP address of 5 bytes",
            builder("pool ip").alternative_name(GeneralName::IpRaw(vec![1; 5])).self_signed(),
        ),
        ("basic constraints of junk", {
            builder("pool junk bc")
                .no_basic_constraints()
                .extension(oid::BASIC_CONSTRAINTS, true, vec![0x30, 5, 1])
                .self_signed()
        }),
        (
            "damaged in the middle",
            builder("pool flipped").mutate_tbs(|tbs| flip_in_the_middle(tbs)).self_signed(),
        ),
        ("half of a certificate", first.with_der(cut)),
        ("no certificate", first.with_der(b"no certificate".to_vec())),
        ("nothing", first.with_der(Vec::new())),
    ]
}

fn constrained(permitted: GeneralName) -> Certificate {
    let constraints = NameConstraints { permitted: vec![permitted], excluded: Vec::new() };
    root_builder("pool constrained").name_constraints(constraints, true).self_signed()
}

fn bad_validity() -> Vec<u8> {
    time::validity(&der::tagged(der::UTC_TIME, b"261301000000Z"), &time::time(time::NOT_AFTER))
}

fn flip_in_the_middle(tbs: &mut [u8]) {
    let middle = tbs.len() / 2;
    tbs[middle] ^= 0x40;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_entry_says_what_it_is_and_differs_from_the_others() {
        let labels: BTreeSet<&str> = pool().iter().map(|(label, _)| *label).collect();
        let bytes: BTreeSet<&[u8]> = pool().iter().map(|(_, certificate)| certificate.der()).collect();
        assert_eq!((labels.len(), bytes.len()), (pool().len(), pool().len()));
    }
}
