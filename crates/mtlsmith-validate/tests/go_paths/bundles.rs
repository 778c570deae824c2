//! The bundles that are compared: every fixture of a real tool, and seeded random ones of three kinds.

use std::fs;
use std::path::Path;

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::BasicConstraints;
use mtlsmith_testkit::Certificate;
use mtlsmith_testkit::CertificateBuilder;
use mtlsmith_testkit::GeneralName;
use mtlsmith_testkit::Key;
use mtlsmith_testkit::KeyUsage;
use mtlsmith_testkit::NOW;
use mtlsmith_testkit::Name;
use mtlsmith_testkit::NameConstraints;
use mtlsmith_testkit::Rng;
use mtlsmith_testkit::StringType;
use mtlsmith_testkit::days;
use mtlsmith_testkit::der;
use mtlsmith_testkit::mutate;
use mtlsmith_testkit::oid;
use mtlsmith_validate::time::Timestamp;

/// A bundle and the time to judge it for.
pub(crate) struct Question {
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) pem: Vec<u8>,
    pub(crate) at: i64,
}

const MUTATED: u64 = 700;
const HIERARCHIES: u64 = 1_300;
const MESHES: u64 = 100;
const DAMAGED: u64 = 700;

/// Every bundle, the fixtures first.
pub(crate) fn all() -> Vec<Question> {
    let mut questions = fixtures();
    let mut push = |name: String, pem: Vec<u8>| {
        let index = questions.len();
        questions.push(Question { index, name, pem, at: NOW });
    };
    for seed in 0..MUTATED {
        push(format!("mutated {seed}"), mutate::pem_bundle(&mut Rng::new(seed), &[]));
    }
    for seed in 0..HIERARCHIES {
        push(format!("hierarchy {seed}"), text(&hierarchy(&mut Rng::new(seed ^ 0x5eed_0000))));
    }
    for seed in 0..MESHES {
        push(format!("mesh {seed}"), text(&mesh(&mut Rng::new(seed ^ 0x3e54_0000))));
    }
    for seed in 0..DAMAGED {
        push(format!("damaged {seed}"), text(&damaged(&mut Rng::new(seed ^ 0xda3a_6ed0))));
    }
    for (name, chain) in misshapen() {
        push(name, chain.iter().map(|der| pem(der)).collect::<String>().into_bytes());
    }
    questions
}

/// All but those that were damaged byte by byte or element by element: OpenSSL reads much that Go does not, and that says nothing about
/// chains. What it makes of the latter, `tests/pairs` compares.
pub(crate) fn is_for_openssl(question: &Question) -> bool {
    !question.name.starts_with("damaged") && !question.name.starts_with("misshapen")
}

/// A chain of root, intermediate and leaf that everybody admits, and with each of the three in turn changed at each place: an element
/// twice, one too many, one of another kind. All but the outermost changes are signed.
pub(crate) fn misshapen() -> Vec<(String, [Vec<u8>; 3])> {
    let builders = [plain_root(), plain_issuing(), plain_leaf()];
    let chain = |builders: &[CertificateBuilder; 3]| {
        let root = builders[0].self_signed();
        // Whatever was done to the name of an issuer, its child bears the right one.
        let issuing = builders[1].signed_by(&root);
        let leaf = builders[2].signed_by(&issuing);
        [root, issuing, leaf]
    };
    let sound = chain(&builders);
    let ders = |chain: [Certificate; 3]| chain.map(|certificate| certificate.der().to_vec());
    let mut chains = vec![("misshapen in no place".to_owned(), ders(sound.clone()))];
    for (place, certificate) in sound.iter().enumerate() {
        for (number, tbs) in mutate::misshapen(certificate.tbs_der()).into_iter().enumerate() {
            let mut changed = builders.clone();
            changed[place] = changed[place].clone().mutate_tbs(move |before| before.clone_from(&tbs));
            chains.push((format!("misshapen {place}.{number}"), ders(chain(&changed))));
        }
        let is_outside = |der: &Vec<u8>| {
            let signed = certificate.tbs_der();
            der.windows(signed.len()).any(|window| window == signed)
        };
        let outside = mutate::misshapen(certificate.der()).into_iter().filter(is_outside);
        for (number, der) in outside.enumerate() {
            let mut changed = ders(sound.clone());
            changed[place] = der;
            chains.push((format!("misshapen outside {place}.{number}"), changed));
        }
    }
    chains
}

fn plain_root() -> CertificateBuilder {
    let domain = |domain: &str| GeneralName::Dns(domain.to_owned());
    let limits = NameConstraints {
        permitted: vec![domain("acme.internal")],
        excluded: vec![domain("b.acme.internal")],
    };
    testkit::root_builder("root").ca(Some(3)).name_constraints(limits, true)
}

fn plain_issuing() -> CertificateBuilder {
    let builder = testkit::intermediate_builder("issuing").certificate_policies(&[&[2, 5, 29, 32, 0]]);
    builder.crl_distribution_point("http://acme.internal/crl").ocsp("http://acme.internal/ocsp")
}

fn plain_leaf() -> CertificateBuilder {
    let builder = testkit::leaf_builder("worker").no_subject_alternative_name().dns("worker.acme.internal");
    let builder = builder.alternative_name(GeneralName::Directory(Name::parse("O=acme,CN=other")));
    builder.alternative_name(GeneralName::Ip([10, 0, 0, 1].into())).uri("spiffe://acme.internal/worker")
}

fn text(certificates: &[Certificate]) -> Vec<u8> {
    let references: Vec<&Certificate> = certificates.iter().collect();
    testkit::bundle(&references).into_bytes()
}

/// One certificate in PEM.
pub(crate) fn pem(der: &[u8]) -> String {
    testkit::pem_block("CERTIFICATE", der)
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    testkit::base64_line(bytes)
}

/// The bundles of real tools; for each also the bundle with what the client presents.
fn fixtures() -> Vec<Question> {
    let generators = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/generators");
    let mut folders: Vec<_> = fs::read_dir(generators).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|folder| folder.join("fixture.json").is_file());
    folders.sort();
    let mut questions: Vec<Question> = Vec::new();
    for folder in folders {
        let facts: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.join("fixture.json")).unwrap()).unwrap();
        let at = Timestamp::parse_rfc3339(facts["at"].as_str().unwrap()).unwrap().unix();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "pem"));
        files.sort();
        let bundles = files.iter().filter(|file| !file.ends_with("leaf.pem"));
        for bundle in bundles {
            let pem = fs::read(bundle).unwrap();
            let with_leaf = fs::read(folder.join("leaf.pem")).map(|leaf| [pem.as_slice(), &leaf].concat());
            let index = questions.len();
            questions.push(Question { index, name: format!("fixture {name}"), pem, at });
            if let Ok(pem) = with_leaf {
                questions.push(Question {
                    index: index + 1,
                    name: format!("fixture {name} with its leaf"),
                    pem,
                    at,
                });
            }
        }
    }
    questions
}

/// A few CAs with few names and few keys between them, so that they cross-sign, share names and form loops, and leaves below.
pub(crate) fn hierarchy(rng: &mut Rng) -> Vec<Certificate> {
    let mut identities: Vec<(Name, Key)> = Vec::new();
    let mut certificates = Vec::new();
    let tame = rng.percent(40);
    for place in 0..2 + rng.below(6) {
        let identity = (ca_name(rng), ca_key(rng));
        let issuer = match rng.below(10) {
            _ if place == 0 => identity.clone(),
            0..3 => identity.clone(),
            3..9 => rng.pick(&identities).clone(),
            _ => (ca_name(rng), ca_key(rng)),
        };
        let builder = CertificateBuilder::new().subject(&identity.0).key(identity.1.clone());
        certificates.push(decorated(rng, builder, true, tame).signed_by_key(&issuer.0, &issuer.1));
        identities.push(identity);
    }
    for number in 0..1 + rng.below(2) {
        let issuer = rng.pick(&identities).clone();
        let key = Key::p256(&format!("path leaf {number}"));
        let builder = CertificateBuilder::new().subject(format!("O=acme,CN=leaf {number}").as_str()).key(key);
        certificates.push(decorated(rng, builder, false, tame).signed_by_key(&issuer.0, &issuer.1));
    }
    if rng.percent(50) {
        rng.shuffle(&mut certificates);
    }
    certificates
}

/// Up to sixteen CAs with one to three names and a few keys, each signed by any: more ways than Go follows, so that the order in which
/// it tries them decides.
fn mesh(rng: &mut Rng) -> Vec<Certificate> {
    let (names, keys) = (1 + rng.below(3), 2 + rng.below(3));
    let name = |number: usize| format!("CN=mesh {number}");
    let key = |number: usize| Key::p256(&format!("path mesh {number}"));
    let identified = rng.percent(50);
    let mut certificates = Vec::new();
    for number in 0..8 + rng.below(8) {
        let (own, above) = ((rng.below(names), rng.below(keys)), (rng.below(names), rng.below(keys)));
        let builder = CertificateBuilder::new().subject(name(own.0).as_str()).key(key(own.1)).ca(None);
        let builder = builder.not_before(NOW - days(1 + number as i64));
        let builder = if identified { builder } else { builder.no_ski().no_aki() };
        certificates.push(builder.signed_by_key(name(above.0).as_str(), &key(above.1)));
    }
    let leaf = CertificateBuilder::new().subject("CN=leaf").key(Key::p256("path mesh leaf"));
    certificates.push(leaf.signed_by_key(name(0).as_str(), &key(0)));
    rng.shuffle(&mut certificates);
    certificates
}

fn ca_name(rng: &mut Rng) -> Name {
    let name = Name::parse(rng.pick::<&str>(&["CN=a", "CN=b", "CN=c", "O=acme,CN=d"]));
    match rng.below(20) {
        0 => name.with_string_type(StringType::Printable),
        1 => Name::parse("CN=A"),
        _ => name,
    }
}

fn ca_key(rng: &mut Rng) -> Key {
    Key::p256(rng.pick::<&str>(&["path one", "path two", "path three"]))
}

/// Gives a certificate what a chain may stumble over; tame ones less of it.
fn decorated(rng: &mut Rng, mut builder: CertificateBuilder, ca: bool, tame: bool) -> CertificateBuilder {
    let odd = |rng: &mut Rng, chance: usize| rng.percent(if tame { chance / 5 } else { chance });
    let path_len = if rng.percent(35) { Some(rng.below(3) as u64) } else { None };
    builder = match (ca, odd(rng, 15)) {
        (true, true) => odd_constraints(rng, builder),
        (true, false) => builder.ca(path_len),
        (false, true) => builder.ca(None),
        (false, false) => {
            builder.basic_constraints(BasicConstraints { ca: false, path_len: None, critical: true })
        }
    };
    builder = match rng.below(10) {
        0 if odd(rng, 50) => builder.key_usage(&[KeyUsage::DigitalSignature]),
        1 => builder.key_usage(&[]),
        2..5 => builder,
        _ => builder.key_usage(&[KeyUsage::DigitalSignature, KeyUsage::KeyCertSign]),
    };
    let (odd_usages, odd_dates) = (odd(rng, 30), odd(rng, 20));
    builder = usages(rng, builder, odd_usages);
    builder = dates(rng, builder, odd_dates);
    if odd(rng, 30) {
        builder = builder.name_constraints(name_constraints(rng), rng.percent(50));
    }
    for _ in 0..if odd(rng, 40) { 1 + rng.below(2) } else { 0 } {
        builder = builder.alternative_name(alternative_name(rng));
    }
    if odd(rng, 20) {
        builder = policies(rng, builder);
    }
    let odd_identifiers = odd(rng, 25);
    identifiers(rng, builder, odd_identifiers)
}

fn odd_constraints(rng: &mut Rng, builder: CertificateBuilder) -> CertificateBuilder {
    match rng.below(4) {
        0 => builder.no_basic_constraints(),
        1 => builder.version(1),
        2 => builder.basic_constraints(BasicConstraints { ca: false, path_len: Some(1), critical: true }),
        _ => builder.basic_constraints(BasicConstraints { ca: false, path_len: None, critical: false }),
    }
}

fn usages(rng: &mut Rng, builder: CertificateBuilder, odd: bool) -> CertificateBuilder {
    if !odd {
        return if rng.percent(30) { builder.extended_key_usage(&[oid::CLIENT_AUTH]) } else { builder };
    }
    let lists: [&[&[u64]]; 6] = [
        &[oid::SERVER_AUTH],
        &[oid::SERVER_AUTH, oid::CLIENT_AUTH],
        &[oid::ANY_EXTENDED_KEY_USAGE],
        &[],
        &[oid::CODE_SIGNING],
        &[&[1, 3, 6, 1, 4, 1, 99_999, 3]],
    ];
    let critical = rng.percent(30);
    builder.extended_key_usage_with(critical, *rng.pick(&lists))
}

fn dates(rng: &mut Rng, builder: CertificateBuilder, odd: bool) -> CertificateBuilder {
    if !odd {
        return builder;
    }
    match rng.below(6) {
        0 => builder.not_after(NOW),
        1 => builder.not_after(NOW - 1),
        2 => builder.not_before(NOW),
        3 => builder.not_before(NOW + 1),
        4 => builder.not_after(NOW - days(3)),
        _ => builder.not_after(NOW + days(365 * 40)),
    }
}

fn identifiers(rng: &mut Rng, builder: CertificateBuilder, odd: bool) -> CertificateBuilder {
    if !odd {
        return builder;
    }
    match rng.below(5) {
        0 => builder.no_ski(),
        1 => builder.no_aki(),
        2 => builder.authority_key_identifier(&[3; 20]),
        3 => builder.no_ski().no_aki(),
        _ => builder.extension(oid::PRIVATE_EXTENSION, rng.percent(50), der::null()),
    }
}

fn policies(rng: &mut Rng, mut builder: CertificateBuilder) -> CertificateBuilder {
    const ONE: &[u64] = &[1, 3, 1];
    const TWO: &[u64] = &[1, 3, 2];
    let lists: [&[&[u64]]; 4] = [&[ONE], &[ONE, TWO], &[oid::ANY_POLICY], &[TWO]];
    if rng.percent(70) {
        builder = builder.certificate_policies(*rng.pick(&lists));
    }
    if rng.percent(50) {
        builder = builder.policy_constraints(Some(rng.below(3) as u64), rng.percent(50).then_some(0));
    }
    if rng.percent(30) {
        builder = builder.inhibit_any_policy(rng.below(2) as u64);
    }
    if rng.percent(30) {
        let pair = [der::object_identifier(ONE), der::object_identifier(*rng.pick(&[TWO, oid::ANY_POLICY]))];
        let mapping = der::sequence(&[&der::sequence(&[&pair[0], &pair[1]])]);
        builder = builder.extension(oid::POLICY_MAPPINGS, rng.percent(50), mapping);
    }
    builder
}

fn name_constraints(rng: &mut Rng) -> NameConstraints {
    let some = |rng: &mut Rng, most: usize| (0..rng.below(most)).map(|_| constraint(rng)).collect();
    let mut constraints = NameConstraints { permitted: some(rng, 4), excluded: some(rng, 3) };
    if constraints.permitted.is_empty() && constraints.excluded.is_empty() && rng.percent(90) {
        constraints.permitted.push(constraint(rng));
    }
    constraints
}

fn constraint(rng: &mut Rng) -> GeneralName {
    let network = |address: [u8; 4], mask: [u8; 4]| GeneralName::IpNetwork(address.into(), mask.into());
    match rng.below(24) {
        0..3 => GeneralName::Dns("acme.internal".to_owned()),
        3 => GeneralName::Dns(".acme.internal".to_owned()),
        4 => GeneralName::Dns("W1.acme.INTERNAL".to_owned()),
        5 => GeneralName::Dns(String::new()),
        6 => GeneralName::Dns("internal".to_owned()),
        7 => GeneralName::Dns("bad..name".to_owned()),
        8..10 => GeneralName::Email("acme.internal".to_owned()),
        10 => GeneralName::Email("ops@acme.internal".to_owned()),
        11 => GeneralName::Email(".acme.internal".to_owned()),
        12 => GeneralName::Email("\"odd\"@".to_owned()),
        13..15 => GeneralName::Uri("acme.internal".to_owned()),
        15 => GeneralName::Uri(".acme.internal".to_owned()),
        16 => GeneralName::Uri("10.0.0.1".to_owned()),
        17 => network([10, 0, 0, 0], [255, 0, 0, 0]),
        18 => network([10, 0, 0, 5], [255, 255, 0, 0]),
        19 => network([0, 0, 0, 0], [0, 0, 0, 0]),
        20 => network([10, 0, 0, 0], [255, 0, 255, 0]),
        21 => GeneralName::IpRaw([[0; 16], [0; 16]].concat()),
        22 => GeneralName::Directory(Name::parse("O=acme")),
        _ => GeneralName::RegisteredId(vec![1, 3, 1]),
    }
}

fn alternative_name(rng: &mut Rng) -> GeneralName {
    let dns = |name: &str| GeneralName::Dns(name.to_owned());
    let uri = |name: &str| GeneralName::Uri(name.to_owned());
    let email = |name: &str| GeneralName::Email(name.to_owned());
    match rng.below(32) {
        0..3 => dns("w1.acme.internal"),
        3 => dns("acme.internal"),
        4 => dns("W1.ACME.internal"),
        5 => dns("*.acme.internal"),
        6 => dns("other.example"),
        7 => dns("client.endentity.Acme Inc.x1Y2"),
        8 => dns(""),
        9 => dns(".acme.internal"),
        10 => dns("acme.internal."),
        11 => uri("spiffe://acme.internal/worker"),
        12 => uri("https://w1.acme.internal:8443/"),
        13 => uri("urn:uuid:1"),
        14 => uri("https://10.0.0.1/"),
        15 => uri("https://[2001:db8::1]/"),
        16 => uri("https://[fe80::1%25en0]/"),
        17 => uri("https://a:b:c/"),
        18 => uri("https://a%41/"),
        19 => uri("ldap://a:1:2/"),
        20..22 => email("ops@acme.internal"),
        22 => email("OPS@ACME.internal"),
        23 => email("\"on call\"@w1.acme.internal"),
        24 => email("no address"),
        25 => email("a@b@c"),
        26 => GeneralName::Ip([10, 0, 0, 1].into()),
        27 => GeneralName::Ip([10, 1, 2, 3].into()),
        28 => GeneralName::Ip(std::net::IpAddr::V6(std::net::Ipv4Addr::new(10, 0, 0, 1).to_ipv6_mapped())),
        29 => GeneralName::Directory(Name::parse("O=other")),
        30 => GeneralName::Ip(std::net::IpAddr::V6(std::net::Ipv6Addr::LOCALHOST)),
        _ => GeneralName::OtherName(vec![1, 3, 1], der::null()),
    }
}

/// A root, and certificates whose signed part was damaged before it was signed: so that damage does not show in the signature.
fn damaged(rng: &mut Rng) -> Vec<Certificate> {
    let root = testkit::root("path damaged");
    let mut certificates = vec![root.clone()];
    for _ in 0..4 {
        let flips: Vec<(u64, u64)> = (0..1 + rng.below(2)).map(|_| (rng.bits(), rng.bits())).collect();
        let hit = move |tbs: &mut Vec<u8>| {
            for (place, value) in &flips {
                let place = (place % tbs.len() as u64) as usize;
                tbs[place] =
                    if value % 3 == 0 { (value >> 8) as u8 } else { tbs[place] ^ 1 << (value >> 8 & 7) };
            }
        };
        let builder = rich(rng).mutate_tbs(hit);
        certificates.push(if rng.percent(40) { builder.self_signed() } else { builder.signed_by(&root) });
    }
    certificates
}

/// A certificate with every extension that has a grammar.
fn rich(rng: &mut Rng) -> CertificateBuilder {
    let mut builder = testkit::root_builder("path rich").subject("C=DE,O=acme,CN=rich").ca(Some(1));
    if rng.percent(50) {
        builder = builder
            .dns("w1.acme.internal")
            .uri("https://u:p@acme.internal:1/%20?q#f")
            .email("ops@acme.internal");
        builder = builder.ip([10, 0, 0, 1]);
    }
    if rng.percent(50) {
        builder = builder.crl_distribution_point("http://crl.acme/1").ocsp("http://ocsp.acme/");
        builder = builder.extended_key_usage(&[oid::CLIENT_AUTH, oid::SERVER_AUTH]);
    }
    if rng.percent(50) {
        builder = policies(rng, builder);
    }
    if rng.percent(50) {
        builder = builder.name_constraints(name_constraints(rng), rng.percent(50));
    }
    match rng.below(4) {
        0 => builder.key(Key::ed25519("path rich")),
        1 => builder.key(Key::p384("path rich")),
        2 => builder.validity_raw(odd_validity(rng)),
        _ => builder,
    }
}

fn odd_validity(rng: &mut Rng) -> Vec<u8> {
    let utc = |text: &str| der::tagged(der::UTC_TIME, text.as_bytes());
    let generalized = |text: &str| der::tagged(der::GENERALIZED_TIME, text.as_bytes());
    let after = match rng.below(8) {
        0 => utc("2701010000Z"),
        1 => utc("270101000000+0100"),
        2 => utc("270101000000+0000"),
        3 => utc("270101000060Z"),
        4 => generalized("20270101000000.5Z"),
        5 => generalized("20270101000000+0100"),
        6 => generalized("99991231235959Z"),
        _ => generalized("202701010000Z"),
    };
    testkit::time::validity(&testkit::time::time(testkit::NOT_BEFORE), &after)
}
