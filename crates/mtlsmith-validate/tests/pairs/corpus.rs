//! Chains before bundles: seeded worlds of a few CAs and leaves, and from each world many pairs of a bundle and what a client presents.

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
use mtlsmith_testkit::SignatureAlgorithm;
use mtlsmith_testkit::StringType;
use mtlsmith_testkit::days;
use mtlsmith_testkit::der;
use mtlsmith_testkit::oid;

use crate::bundles;

/// What a server trusts, what a client presents, and when.
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) trusted: Vec<Vec<u8>>,
    /// The leaf first.
    pub(crate) presented: Vec<Vec<u8>>,
    pub(crate) at: i64,
}

/// Worlds in which names and keys are shared by many, and pairs from each.
const WILD: (u64, usize) = (900, 8);

/// Worlds of one chain in which little is out of order, and pairs from each.
const TAME: (u64, usize) = (2_400, 6);

/// Half of the pairs, those of even or of odd seeds: the bytes follow from the seeds.
pub(crate) fn half(odd: u64) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for seed in (odd..WILD.0).step_by(2) {
        let mut rng = Rng::new(seed ^ 0x70a1_0000);
        let world = bundles::hierarchy(&mut rng);
        for number in 0..WILD.1 {
            pairs.push(wild(&mut rng, &world, format!("wild {seed}.{number}")));
        }
    }
    for seed in (odd..TAME.0).step_by(2) {
        let mut rng = Rng::new(seed ^ 0x7a3e_0000);
        let world = World::new(&mut rng);
        for number in 0..TAME.1 {
            pairs.push(world.pair(&mut rng, format!("tame {seed}.{number}")));
        }
    }
    for (name, [root, issuing, leaf]) in bundles::misshapen().into_iter().skip(odd as usize).step_by(2) {
        pairs.push(Pair { name, trusted: vec![root], presented: vec![leaf, issuing], at: NOW });
    }
    pairs
}

/// Any of the certificates as a leaf; any others are trusted, any others are presented with it, in any order.
fn wild(rng: &mut Rng, world: &[Certificate], name: String) -> Pair {
    let mut order: Vec<&Certificate> = world.iter().collect();
    if rng.percent(70) {
        rng.shuffle(&mut order);
    }
    let leaf = if rng.percent(85) { world.last().unwrap() } else { *rng.pick(&order) };
    let trusting = 30 + rng.below(60);
    let (mut trusted, mut presented) = (Vec::new(), vec![leaf.der().to_vec()]);
    for certificate in order {
        let is_leaf = certificate.der() == leaf.der();
        if rng.percent(if is_leaf { 8 } else { trusting }) {
            trusted.push(certificate.der().to_vec());
        }
        if !is_leaf && rng.percent(60) {
            presented.push(certificate.der().to_vec());
        }
    }
    Pair { name, trusted, presented, at: instant(rng) }
}

/// Dates in the worlds lie at this instant or days away from it.
fn instant(rng: &mut Rng) -> i64 {
    match rng.below(20) {
        0 => NOW - 1,
        1 => NOW + 1,
        _ => NOW,
    }
}

/// A root, its renewals, intermediates below it, and leaves.
struct World {
    roots: Vec<Certificate>,
    intermediates: Vec<Certificate>,
    leaves: Vec<Certificate>,
}

impl World {
    fn new(rng: &mut Rng) -> Self {
        let root_key = Key::p256("pair root");
        let odd = |rng: &mut Rng, builder| if rng.percent(25) { odd_ca(rng, builder) } else { builder };
        let root = odd(rng, testkit::root_builder("root").key(root_key.clone()));
        let mut roots = vec![root.self_signed()];
        if rng.percent(25) {
            let renewed = testkit::root_builder("root").not_before(NOW - days(2));
            let key = if rng.percent(60) { root_key.clone() } else { Key::p256("pair root renewed") };
            roots.push(odd(rng, renewed.key(key)).self_signed());
        }
        let below = testkit::intermediate_builder("issuing").key(Key::p256("pair issuing")).ca(None);
        let mut intermediates = vec![odd(rng, below.clone()).signed_by(&roots[0])];
        if rng.percent(30) {
            let twin = odd(rng, below);
            intermediates.push(twin.signed_by(roots.last().unwrap()));
        }
        if rng.percent(20) {
            // Self-issued: the same name, another key.
            let rolled = testkit::intermediate_builder("issuing").key(Key::p256("pair rolled")).ca(None);
            intermediates.push(odd(rng, rolled).signed_by(&intermediates[0]));
        }
        let mut leaves = Vec::new();
        for number in 0..2 {
            let leaf = testkit::leaf_builder("worker").key(Key::p256(&format!("pair leaf {number}")));
            let leaf = if number == 0 || rng.percent(50) { odd_leaf(rng, leaf) } else { leaf };
            let issuer = if rng.percent(15) { &roots[0] } else { rng.pick(&intermediates) };
            leaves.push(leaf.signed_by(issuer));
        }
        World { roots, intermediates, leaves }
    }

    fn pair(&self, rng: &mut Rng, name: String) -> Pair {
        let leaf = rng.pick(&self.leaves);
        let (mut trusted, mut presented) = (Vec::new(), vec![leaf.der().to_vec()]);
        for root in &self.roots {
            if rng.percent(85) {
                trusted.push(root.der().to_vec());
            }
            if rng.percent(15) {
                presented.push(root.der().to_vec());
            }
        }
        for intermediate in &self.intermediates {
            if rng.percent(35) {
                trusted.push(intermediate.der().to_vec());
            }
            if rng.percent(75) {
                presented.push(intermediate.der().to_vec());
            }
        }
        if rng.percent(5) {
            trusted.push(leaf.der().to_vec());
        }
        rng.shuffle(&mut trusted);
        if rng.percent(30) {
            rng.shuffle(&mut presented[1..]);
        }
        Pair { name, trusted, presented, at: instant(rng) }
    }
}

/// One thing about a CA that some verifier minds.
fn odd_ca(rng: &mut Rng, builder: CertificateBuilder) -> CertificateBuilder {
    match rng.below(22) {
        0 => builder.ca(Some(0)),
        1 => builder.ca(Some(1)),
        2 => builder.no_basic_constraints(),
        3 => builder.no_basic_constraints().no_key_usage(),
        4 => builder.version(1).no_basic_constraints().no_key_usage().no_ski().no_aki(),
        5 => builder.basic_constraints(BasicConstraints { ca: false, path_len: None, critical: true }),
        6 => builder.basic_constraints(BasicConstraints { ca: false, path_len: Some(0), critical: true }),
        7 => builder.key_usage(&[KeyUsage::CrlSign]),
        8 => builder.key_usage(&[]),
        9 => builder.no_ski(),
        10 => builder.no_ski().no_aki(),
        11 => builder.authority_key_identifier(&[7; 20]),
        12 => builder.extension(oid::AUTHORITY_KEY_IDENTIFIER, false, full_authority(rng)).no_aki(),
        13 => builder.extended_key_usage(&[oid::SERVER_AUTH]),
        14 => builder.extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE]),
        15 => builder.not_after(NOW + rng.below(3) as i64 - 1),
        16 => builder.not_before(NOW + rng.below(3) as i64 - 1),
        17 => builder.extension(oid::PRIVATE_EXTENSION, rng.percent(70), der::null()),
        18 => builder.subject(Name::new().o("ACME").cn("Root")),
        19 => builder.policy_constraints(Some(rng.below(3) as u64), None),
        _ => {
            let critical = rng.percent(50);
            builder.name_constraints(limits(rng), critical)
        }
    }
}

/// An Authority Key Identifier with issuer and serial number, right or wrong.
fn full_authority(rng: &mut Rng) -> Vec<u8> {
    let issuer = Name::new().o("acme").cn(if rng.percent(60) { "root" } else { "other" });
    let names = der::context_constructed(1, &der::context_constructed(4, &issuer.der()));
    let serial = der::context_primitive(2, &[1 + rng.below(3) as u8]);
    let with_serial = if rng.percent(40) { serial } else { Vec::new() };
    der::sequence(&[&names, &with_serial])
}

fn limits(rng: &mut Rng) -> NameConstraints {
    let one = |rng: &mut Rng| match rng.below(16) {
        0..4 => GeneralName::Dns("acme.internal".to_owned()),
        4 => GeneralName::Dns(".acme.internal".to_owned()),
        5 => GeneralName::Dns("worker.acme.internal".to_owned()),
        6 => GeneralName::Dns("other.example".to_owned()),
        7 => GeneralName::Email("acme.internal".to_owned()),
        8 => GeneralName::Email("ops@acme.internal".to_owned()),
        9 => GeneralName::Email(".acme.internal".to_owned()),
        10 => GeneralName::Uri("acme.internal".to_owned()),
        11 => GeneralName::Uri(".acme.internal".to_owned()),
        12 => GeneralName::IpNetwork([10, 0, 0, 0].into(), [255, 0, 0, 0].into()),
        13 => GeneralName::Directory(Name::new().o("Acme")),
        14 => GeneralName::Directory(Name::new().o("other")),
        _ => GeneralName::RegisteredId(vec![1, 3, 1]),
    };
    let permitted = (0..1 + rng.below(2)).map(|_| one(rng)).collect();
    let excluded = if rng.percent(30) { vec![one(rng)] } else { Vec::new() };
    NameConstraints { permitted, excluded }
}

/// Nothing, or one or two things about a leaf that some verifier minds.
fn odd_leaf(rng: &mut Rng, mut builder: CertificateBuilder) -> CertificateBuilder {
    for _ in 0..rng.below(3) {
        builder = odder_leaf(rng, builder);
    }
    builder
}

fn odder_leaf(rng: &mut Rng, builder: CertificateBuilder) -> CertificateBuilder {
    match rng.below(26) {
        0 => builder.key_usage(&[KeyUsage::KeyEncipherment]),
        1 => builder.key_usage(&[KeyUsage::KeyAgreement]),
        2 => builder.key_usage(&[]),
        3 => builder.no_key_usage(),
        4 => builder.extended_key_usage(&[oid::SERVER_AUTH]),
        5 => builder.extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE]),
        6 => builder.extended_key_usage(&[]),
        7 => builder.no_extended_key_usage(),
        8 => builder.ca(Some(0)),
        9 => builder.version(1),
        10 => builder.not_after(NOW + rng.below(3) as i64 - 1),
        11 => builder.not_before(NOW + rng.below(3) as i64 - 1),
        12 => builder.no_aki(),
        13 => builder.no_ski(),
        14 => builder.authority_key_identifier(&[9; 20]),
        15 => builder.extension(oid::AUTHORITY_KEY_IDENTIFIER, false, full_authority(rng)).no_aki(),
        16 => {
            let named = builder.subject(Name::new().o("acme").cn("issuing"));
            if rng.percent(50) { named.no_ski().no_aki() } else { named }
        }
        17 => builder.issuer_name(Name::new().o("ACME").cn(" issuing ")),
        18 => {
            builder.issuer_name(Name::new().o("acme").cn("issuing").with_string_type(StringType::Printable))
        }
        19 => builder.signature_algorithm(SignatureAlgorithm::EcdsaSha1),
        20 => builder.corrupt_signature(),
        21 => builder.extension(oid::PRIVATE_EXTENSION, rng.percent(60), der::null()),
        22 => builder.subject(Name::new().o("acme").cn("worker").email("ops@acme.internal")),
        23 => builder.no_subject_alternative_name().subject(Name::new().cn("worker.acme.internal")),
        24 => builder.no_subject_alternative_name(),
        _ => builder.alternative_name(name(rng)),
    }
}

fn name(rng: &mut Rng) -> GeneralName {
    match rng.below(12) {
        0 => GeneralName::Dns("*.acme.internal".to_owned()),
        1 => GeneralName::Dns("other.example".to_owned()),
        2 => GeneralName::Email("ops@acme.internal".to_owned()),
        3 => GeneralName::Email("OPS@w1.acme.internal".to_owned()),
        4 => GeneralName::Email("no address".to_owned()),
        5 => GeneralName::Uri("spiffe://acme.internal/worker".to_owned()),
        6 => GeneralName::Uri("https://w1.acme.internal:8443/".to_owned()),
        7 => GeneralName::Uri("urn:uuid:1".to_owned()),
        8 => GeneralName::Ip([10, 1, 2, 3].into()),
        9 => GeneralName::Ip([192, 0, 2, 1].into()),
        10 => GeneralName::Directory(Name::new().o("other")),
        _ => GeneralName::RegisteredId(vec![1, 3, 1]),
    }
}
