//! The second model, one rule at a time.

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::BasicConstraints;
use mtlsmith_testkit::CertificateBuilder;
use mtlsmith_testkit::GeneralName;
use mtlsmith_testkit::Key;
use mtlsmith_testkit::KeyUsage;
use mtlsmith_testkit::NOW;
use mtlsmith_testkit::Name;
use mtlsmith_testkit::NameConstraints;
use mtlsmith_testkit::SignatureAlgorithm;
use mtlsmith_testkit::days;
use mtlsmith_testkit::der;
use mtlsmith_testkit::oid;

use crate::admission::Family;
use crate::admission::NamespaceTrust;
use crate::admission::Place;
use crate::admission::View;
use crate::admission::presented;
use crate::budget::Budget;
use crate::bundle::Bundle;
use crate::graph::Graph;
use crate::name_constraints;
use crate::path;
use crate::path::Anchors;
use crate::path::CheckedWith;
use crate::path::PathFaultKind;
use crate::path::Space;
use crate::profile::Profile;
use crate::signature::IssuerKeys;
use crate::signature::default_algorithms;
use crate::time::Timestamp;

use super::Tally;
use super::build;
use super::facts::Library;

type Chain<'c> = &'c [&'c testkit::Certificate];

fn view_at(chain: Chain<'_>, bundle: Chain<'_>, anchors: Anchors, now: i64) -> View {
    let trust = NamespaceTrust::read(testkit::bundle(bundle).as_bytes(), None, &Profile::temporal_cloud());
    let chain = presented(chain.iter().map(|certificate| certificate.der()));
    let opinions = trust.opinions_on(&chain, Timestamp::from_unix(now), &mut Budget::default());
    let mut opinions = opinions.into_iter().filter(|opinion| opinion.server.anchors == anchors);
    opinions.find(|opinion| opinion.server.family == Family::OpenSsl).unwrap().view
}

fn view(chain: Chain<'_>, bundle: Chain<'_>) -> View {
    view_at(chain, bundle, Anchors::Roots, NOW)
}

fn refusal(chain: Chain<'_>, bundle: Chain<'_>) -> PathFaultKind {
    match view(chain, bundle) {
        View::Refuses(fault) => fault.kind,
        other => panic!("{other:?}"),
    }
}

fn doubt(chain: Chain<'_>, bundle: Chain<'_>) -> PathFaultKind {
    match view(chain, bundle) {
        View::Varies(_, fault) => fault.kind,
        other => panic!("{other:?}"),
    }
}

/// What one library by itself makes of a chain.
fn by(library: Library, chain: Chain<'_>, bundle: Chain<'_>, anchors: Anchors) -> View {
    let bundle = Bundle::read(testkit::bundle(bundle).as_bytes());
    let graph = Graph::of(&bundle, default_algorithms(), &mut Budget::default());
    let noted = super::note(&bundle);
    let presented = presented(chain.iter().map(|certificate| certificate.der()));
    let keys = IssuerKeys::default();
    let signatures = CheckedWith { algorithms: default_algorithms(), keys: &keys };
    let space = Space::new(&bundle, &graph, &presented, &signatures);
    let mut family = super::Family {
        space: &space,
        members: &noted,
        anchors,
        now: Timestamp::from_unix(NOW),
        budget: &mut Budget::default(),
        comparisons: name_constraints::COMPARISONS,
        facts: Vec::new(),
        tally: Tally::default(),
    };
    build::follow(&mut family, library);
    family.into_view()
}

/// What OpenSSL by itself and BoringSSL by itself make of a chain: `admits`, or the fault and whether it is certain.
fn each(chain: Chain<'_>, bundle: Chain<'_>, anchors: Anchors) -> [String; 2] {
    [Library::OpenSsl, Library::BoringSsl].map(|library| match by(library, chain, bundle, anchors) {
        View::Admits(_) => "admits".to_owned(),
        View::Refuses(fault) => format!("refuses: {:?}", fault.kind),
        View::Varies(_, fault) => format!("varies: {:?}", fault.kind),
    })
}

fn leaf() -> CertificateBuilder {
    testkit::leaf_builder("worker")
}

#[test]
fn a_clean_chain_is_admitted_by_its_path() {
    let root = testkit::root("root");
    let middle = testkit::intermediate("issuing", &root);
    let leaf = testkit::leaf("worker", &middle);
    let path = vec![Place::Presented(0), Place::Presented(1), Place::Trusted(0)];
    assert_eq!(view(&[&leaf, &middle], &[&root]), View::Admits(path));
    let path = vec![Place::Presented(0), Place::Trusted(0), Place::Trusted(1)];
    assert_eq!(view(&[&leaf, &middle], &[&middle, &root]), View::Admits(path), "what is trusted comes first");
}

#[test]
fn each_library_by_itself_climbs_as_it_does() {
    let (root, other) = (testkit::root("root"), testkit::root("other"));
    let middle = testkit::intermediate("issuing", &root);
    let (leaf, stranger) = (testkit::leaf("worker", &middle), testkit::leaf("worker", &other));
    let over = testkit::root_builder("root").not_after(NOW - 1).self_signed();
    let one = testkit::root_builder("one").signed_by_key("O=acme,CN=two", &Key::p256("ca two"));
    let two = testkit::root_builder("two").signed_by_key("O=acme,CN=one", &Key::p256("ca one"));
    let circling = testkit::leaf("worker", &one);
    let over_one = testkit::root_builder("issuing").not_after(NOW - days(1)).signed_by(&root);
    let below = testkit::leaf("worker", &over_one);
    let again = testkit::root_builder("issuing").signed_by(&root);
    let [over_text, over_one_text] = [NOW - 1, NOW - days(1)]
        .map(|end| format!("{:?}", PathFaultKind::Expired(Timestamp::from_unix(end))));
    let expired = format!("refuses: {over_text}");
    for (chain, bundle, roots, every_member) in [
        (&[&leaf, &middle][..], &[&root][..], ["admits"; 2], ["admits"; 2]),
        (&[&leaf], &[&middle, &root], ["admits"; 2], ["admits"; 2]),
        (&[&leaf], &[&root], ["refuses: IssuerMissing"; 2], ["refuses: IssuerMissing"; 2]),
        (&[&leaf], &[&middle], ["refuses: IssuerMissing"; 2], ["admits"; 2]),
        (&[&leaf], &[&leaf], ["refuses: IssuerMissing"; 2], ["admits"; 2]),
        (&[&leaf], &[&middle, &over], [expired.as_str(); 2], ["admits", &expired]),
        (&[&stranger, &other], &[&root], ["refuses: UntrustedRoot"; 2], ["refuses: UntrustedRoot"; 2]),
        (&[&stranger, &other], &[&stranger], ["refuses: UntrustedRoot"; 2], ["admits"; 2]),
        (&[&circling], &[&one, &two], ["refuses: Loop"; 2], ["admits", "varies: Loop"]),
        (
            &[&below, &over_one, &again],
            &[&root],
            ["admits", &format!("refuses: {over_one_text}")],
            ["admits", &format!("refuses: {over_one_text}")],
        ),
        (
            &[&below],
            &[&over_one, &again, &root],
            ["admits", &format!("varies: {over_one_text}")],
            ["admits", &format!("varies: {over_one_text}")],
        ),
    ] {
        let subjects: Vec<&[u8]> = bundle.iter().map(|member| member.subject_der()).collect();
        assert_eq!(each(chain, bundle, Anchors::Roots), roots, "{subjects:?}");
        assert_eq!(each(chain, bundle, Anchors::EveryMember), every_member, "{subjects:?}");
    }
}

#[test]
fn a_self_signed_leaf_must_be_the_very_one_that_is_trusted() {
    let builder = leaf().no_key_usage().no_ski().no_aki();
    let (leaf, namesake) = (builder.self_signed(), builder.clone().serial(&[9]).self_signed());
    let refused = ["refuses: SelfSigned"; 2];
    for (bundle, roots, every_member) in [
        (&[&leaf][..], ["admits"; 2], ["admits"; 2]),
        (&[&namesake], refused, refused),
        (&[&namesake, &leaf], ["varies: SelfSigned"; 2], ["admits", "varies: SelfSigned"]),
        (&[], refused, refused),
    ] {
        assert_eq!(each(&[&leaf], bundle, Anchors::Roots), roots);
        assert_eq!(each(&[&leaf], bundle, Anchors::EveryMember), every_member);
    }
}

#[test]
fn each_library_by_itself_judges_certificates_as_it_does() {
    let root = testkit::root("root");
    let path_length = BasicConstraints { ca: false, path_len: Some(0), critical: true };
    let lenient = |builder: CertificateBuilder| builder.no_basic_constraints();
    let distribution = || leaf().extension(oid::CRL_DISTRIBUTION_POINTS, true, der::sequence(&[]));
    let netscape = |critical| leaf().extension(&[2, 16, 840, 1, 113730, 1, 1], critical, vec![3, 2, 7, 128]);
    let proxy = |critical| leaf().extension(&[1, 3, 6, 1, 5, 5, 7, 1, 14], critical, der::sequence(&[]));
    const OCSP_NO_CHECK: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 48, 1, 5];
    let [unknown, netscape_unknown, proxy_unknown, no_check_unknown] =
        ["2.5.29.31", "2.16.840.1.113730.1.1", "1.3.6.1.5.5.7.1.14", "1.3.6.1.5.5.7.48.1.5"]
            .map(|kind| format!("refuses: {:?}", PathFaultKind::UnknownCriticalExtension(kind.to_owned())));
    for (builder, expected) in [
        (leaf().basic_constraints(path_length), ["admits", "refuses: InvalidExtension"]),
        (leaf().key_usage(&[]), ["refuses: InvalidExtension", "refuses: ClientKeyUsage"]),
        (leaf().authority_key_identifier(&[1; 20]), ["refuses: IdentifierMismatch"; 2]),
        (distribution(), ["admits", &unknown]),
        (netscape(true), ["varies: ReadDifferently", &netscape_unknown]),
        (netscape(false), ["varies: ReadDifferently"; 2]),
        (proxy(true), [&proxy_unknown; 2]),
        (proxy(false), [&proxy_unknown, "admits"]),
        (leaf().extension(OCSP_NO_CHECK, true, der::null()), ["admits", &no_check_unknown]),
        (
            leaf().signature_algorithm(SignatureAlgorithm::EcdsaSha1),
            ["varies: WeakAlgorithm", "varies: SignatureNotChecked"],
        ),
        (leaf().corrupt_signature(), ["refuses: WrongKey"; 2]),
    ] {
        assert_eq!(each(&[&builder.signed_by(&root)], &[&root], Anchors::Roots), expected);
    }
    let first = || testkit::root_builder("root").version(1).no_basic_constraints().no_key_usage();
    for (builder, expected) in [
        (lenient(testkit::root_builder("root")), ["admits", "varies: NotACa"]),
        (lenient(testkit::root_builder("root")).no_key_usage(), ["refuses: NotACa", "varies: NotACa"]),
        (first().no_ski().no_aki(), ["admits"; 2]),
        (
            testkit::root_builder("root").key_usage(&[KeyUsage::CrlSign]),
            ["refuses: MayNotSign", "refuses: IdentifierMismatch"],
        ),
    ] {
        let root = builder.self_signed();
        assert_eq!(each(&[&testkit::leaf("worker", &root)], &[&root], Anchors::Roots), expected);
    }
    let middle = lenient(testkit::root_builder("issuing")).signed_by(&root);
    let leaf = testkit::leaf("worker", &middle);
    assert_eq!(each(&[&leaf, &middle], &[&root], Anchors::Roots), ["refuses: NotACa"; 2]);
    assert_eq!(each(&[&leaf], &[&middle, &root], Anchors::Roots), ["refuses: NotACa", "varies: NotACa"]);
    let strict = testkit::root_builder("issuing").policy_constraints(Some(0), None).signed_by(&root);
    let leaf = testkit::leaf("worker", &strict);
    assert_eq!(each(&[&leaf, &strict], &[&root], Anchors::Roots), ["admits", "varies: Policy"]);
}

#[test]
fn the_fault_of_a_whole_chain_is_told_with_the_path_up_to_it() {
    let root = testkit::root_builder("root").not_after(NOW - 1).self_signed();
    let middle = testkit::intermediate("issuing", &root);
    let forged = leaf().corrupt_signature().signed_by(&middle);
    let good = testkit::leaf("worker", &middle);
    let whole = [Place::Presented(0), Place::Presented(1), Place::Trusted(0)];
    for (leaf, at, length) in [(&forged, Place::Presented(0), 1), (&good, Place::Trusted(0), 3)] {
        let View::Refuses(fault) = view(&[leaf, &middle], &[&root]) else { panic!("not refused") };
        assert_eq!((fault.at, &fault.path[..]), (at, &whole[..length]));
    }
}

#[test]
fn names_are_folded() {
    let root = testkit::root("root");
    let leaf = leaf().issuer_name(Name::new().o("ACME").cn("  Root ")).signed_by(&root);
    assert!(view(&[&leaf], &[&root]).admits());
    let middle = testkit::root_builder("two").issuer_name(Name::new().o("Acme").cn("root")).signed_by(&root);
    let leaf = testkit::leaf("worker", &middle);
    assert!(view(&[&leaf], &[&middle, &root]).admits(), "within the bundle too");
}

#[test]
fn a_leaf_named_like_its_issuer_is_called_self_signed_unless_identifiers_say_otherwise() {
    let root = testkit::root("root");
    let named = leaf().subject(Name::new().o("acme").cn("ROOT"));
    let without = named.clone().no_ski().no_aki();
    let limited = without.signed_by(&root);
    assert_eq!(doubt(&[&limited], &[&root]), PathFaultKind::SelfSigned, "BoringSSL looks at its Key Usage");
    assert_eq!(refusal(&[&without.no_key_usage().signed_by(&root)], &[&root]), PathFaultKind::SelfSigned);
    assert!(view(&[&named.signed_by(&root)], &[&root]).admits());
}

#[test]
fn a_self_signed_certificate_of_the_client_ends_the_search() {
    let (root, other) = (testkit::root("root"), testkit::root("other"));
    let leaf = testkit::leaf("worker", &other);
    assert_eq!(refusal(&[&leaf, &other], &[&root]), PathFaultKind::UntrustedRoot);
    assert_eq!(refusal(&[&leaf], &[&root]), PathFaultKind::IssuerMissing);
}

#[test]
fn identifiers_choose_the_issuer() {
    let root = testkit::root("root");
    let odd = leaf().authority_key_identifier(&[1; 20]).signed_by(&root);
    assert_eq!(refusal(&[&odd], &[&root]), PathFaultKind::IdentifierMismatch);
    let serial = der::sequence(&[&der::context_primitive(2, &[99])]);
    let issuer = der::context_constructed(1, &der::context_constructed(4, &Name::new().cn("x").der()));
    for value in [serial, der::sequence(&[&issuer])] {
        let odd = leaf().no_aki().extension(oid::AUTHORITY_KEY_IDENTIFIER, false, value).signed_by(&root);
        assert_eq!(refusal(&[&odd], &[&root]), PathFaultKind::IdentifierMismatch);
    }
}

#[test]
fn which_namesake_comes_first_is_not_known() {
    let root = testkit::root("root");
    let namesake = testkit::root_builder("root").key(Key::p256("namesake")).self_signed();
    let bare = leaf().no_aki().signed_by(&root);
    assert_eq!(doubt(&[&bare], &[&root, &namesake]), PathFaultKind::WrongKey);
    assert!(view(&[&testkit::leaf("worker", &root)], &[&namesake, &root]).admits(), "the identifier tells");
    let renewed = testkit::root_builder("root").not_before(NOW - days(1)).self_signed();
    assert!(view(&[&bare], &[&root, &renewed]).admits(), "both lead to the end");
}

#[test]
fn openssl_passes_over_namesakes_that_are_over_and_boringssl_does_not() {
    let root = testkit::root("root");
    let over = testkit::root_builder("root").not_after(NOW - days(1)).self_signed();
    let leaf = testkit::leaf("worker", &root);
    assert!(matches!(doubt(&[&leaf], &[&root, &over]), PathFaultKind::Expired(_)));
    assert!(matches!(refusal(&[&leaf], &[&over]), PathFaultKind::Expired(_)));
}

#[test]
fn the_second_of_not_after_is_over() {
    let root = testkit::root("root");
    let leaf = leaf().not_before(NOW).not_after(NOW + 10).signed_by(&root);
    let at = |now| view_at(&[&leaf], &[&root], Anchors::Roots, now);
    assert!(at(NOW).admits() && at(NOW + 9).admits());
    assert!(at(NOW - 1).refuses() && at(NOW + 10).refuses());
}

#[test]
fn the_leaf_must_be_of_use_to_a_client() {
    let root = testkit::root("root");
    let judge = |builder: CertificateBuilder| refusal(&[&builder.signed_by(&root)], &[&root]);
    assert_eq!(judge(leaf().key_usage(&[KeyUsage::KeyEncipherment])), PathFaultKind::ClientKeyUsage);
    assert_eq!(
        judge(leaf().extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE])),
        PathFaultKind::ExtendedKeyUsage
    );
    assert_eq!(judge(leaf().extended_key_usage(&[])), PathFaultKind::ExtendedKeyUsage);
    let critical = leaf().extension(oid::PRIVATE_EXTENSION, true, der::null());
    let unknown = PathFaultKind::UnknownCriticalExtension("1.3.6.1.4.1.99999.1".to_owned());
    assert_eq!(judge(critical), unknown);
    for good in [
        leaf().key_usage(&[KeyUsage::KeyAgreement]),
        leaf().no_key_usage().no_extended_key_usage().no_basic_constraints(),
        leaf()
            .version(1)
            .no_basic_constraints()
            .no_key_usage()
            .no_extended_key_usage()
            .no_ski()
            .no_aki()
            .no_subject_alternative_name(),
    ] {
        assert!(view(&[&good.signed_by(&root)], &[&root]).admits());
    }
}

#[test]
fn what_the_libraries_see_differently_varies() {
    let root = testkit::root("root");
    let path_length = BasicConstraints { ca: false, path_len: Some(0), critical: true };
    let cases = [
        (leaf().basic_constraints(path_length), PathFaultKind::InvalidExtension),
        (leaf().signature_algorithm(SignatureAlgorithm::EcdsaSha1), PathFaultKind::WeakAlgorithm),
        (leaf().serial(&[0x80]), PathFaultKind::ReadDifferently),
    ];
    for (builder, fault) in cases {
        assert_eq!(doubt(&[&builder.signed_by(&root)], &[&root]), fault);
    }
    let lenient = testkit::root_builder("root").no_basic_constraints().self_signed();
    assert_eq!(doubt(&[&testkit::leaf("worker", &lenient)], &[&lenient]), PathFaultKind::NotACa);
    let server = testkit::root_builder("root").extended_key_usage(&[oid::SERVER_AUTH]).self_signed();
    assert_eq!(doubt(&[&testkit::leaf("worker", &server)], &[&server]), PathFaultKind::ExtendedKeyUsage);
}

#[test]
fn self_issued_certificates_do_not_count_towards_path_lengths() {
    let root = testkit::root_builder("root").ca(Some(1)).self_signed();
    let issuing = testkit::root_builder("issuing").signed_by(&root);
    let rolled = testkit::root_builder("issuing").key(Key::p256("rolled")).signed_by(&issuing);
    let leaf_of_rolled = testkit::leaf("worker", &rolled);
    assert!(view(&[&leaf_of_rolled, &rolled, &issuing], &[&root]).admits());
    let third = testkit::root_builder("third").signed_by(&issuing);
    let leaf = testkit::leaf("worker", &third);
    let short = testkit::root_builder("issuing").ca(Some(0)).signed_by(&root);
    let too_long = PathFaultKind::PathTooLong { allowed: 0, found: 1 };
    assert_eq!(refusal(&[&leaf, &third, &short], &[&root]), too_long);
}

#[test]
fn partial_chains_end_in_any_member() {
    let root = testkit::root("root");
    let middle = testkit::intermediate("issuing", &root);
    let leaf = testkit::leaf("worker", &middle);
    assert_eq!(refusal(&[&leaf], &[&middle]), PathFaultKind::IssuerMissing);
    assert!(view_at(&[&leaf], &[&middle], Anchors::EveryMember, NOW).admits());
    assert!(view_at(&[&leaf], &[&leaf], Anchors::EveryMember, NOW).admits(), "the leaf itself is trusted");
    // OpenSSL stops at the first trusted certificate; BoringSSL climbs on to the one that is over.
    let over = testkit::root_builder("root").not_after(NOW - 1).self_signed();
    assert!(matches!(view_at(&[&leaf], &[&middle, &over], Anchors::EveryMember, NOW), View::Varies(..)));
}

#[test]
fn a_leaf_that_is_trusted_itself_needs_nothing_above_it_where_partial_chains_are_taken() {
    let (root, other) = (testkit::root("root"), testkit::root("other"));
    let leaf = testkit::leaf("worker", &other);
    let at = |chain: Chain<'_>, bundle: Chain<'_>, anchors| view_at(chain, bundle, anchors, NOW);
    assert!(
        at(&[&leaf, &other], &[&leaf], Anchors::EveryMember).admits(),
        "what it sends along is no matter"
    );
    assert!(at(&[&leaf, &other], &[&root], Anchors::EveryMember).refuses());
    assert!(at(&[&leaf, &other], &[&leaf], Anchors::Roots).refuses());
    let useless = self::leaf().key_usage(&[]).signed_by(&root);
    assert!(at(&[&useless], &[&root], Anchors::EveryMember).refuses(), "a Key Usage that allows nothing");
    assert!(at(&[&useless], &[&useless], Anchors::Roots).refuses());
}

#[test]
fn cross_signed_cas_that_lead_nowhere_are_left() {
    let one = testkit::root_builder("one").signed_by_key("O=acme,CN=two", &Key::p256("ca two"));
    let two = testkit::root_builder("two").signed_by_key("O=acme,CN=one", &Key::p256("ca one"));
    let leaf = testkit::leaf("worker", &one);
    assert_eq!(refusal(&[&leaf], &[&one, &two]), PathFaultKind::Loop);
}

#[test]
fn name_constraints_hold_by_kind() {
    let limited = |permitted| {
        let constraints = NameConstraints { permitted: vec![permitted], excluded: Vec::new() };
        testkit::root_builder("root").name_constraints(constraints, true).self_signed()
    };
    let judge = |limit: GeneralName, name: GeneralName| {
        let root = limited(limit);
        let leaf = leaf().no_subject_alternative_name().dns("w.acme").alternative_name(name).signed_by(&root);
        match view(&[&leaf], &[&root]) {
            View::Admits(_) => "admits",
            View::Refuses(_) => "refuses",
            View::Varies(..) => "varies",
        }
    };
    let email = |text: &str| GeneralName::Email(text.to_owned());
    let uri = |text: &str| GeneralName::Uri(text.to_owned());
    let dns = |text: &str| GeneralName::Dns(text.to_owned());
    let network = GeneralName::IpNetwork([10, 0, 0, 0].into(), [255, 0, 0, 0].into());
    let directory = |name: &str| GeneralName::Directory(Name::new().o(name));
    for (limit, name, expected) in [
        (dns("acme"), dns("v.acme"), "admits"),
        (dns("acme"), dns("v.other"), "refuses"),
        (email("acme"), email("a@acme"), "admits"),
        (email("acme"), email("a@w.acme"), "refuses"),
        (email(".acme"), email("a@w.acme"), "admits"),
        (email("a@acme"), email("b@acme"), "refuses"),
        (email("acme"), email("\"a b\"@acme"), "varies"),
        (email("acme"), email("acme"), "refuses"),
        (uri("acme"), uri("spiffe://acme/x"), "admits"),
        (uri("acme"), uri("spiffe://w.acme/x"), "refuses"),
        (uri(".acme"), uri("https://w.acme:1/"), "admits"),
        (uri("acme"), uri("urn:x"), "refuses"),
        (uri("acme"), uri("https://u@acme/"), "varies"),
        (network.clone(), GeneralName::Ip([10, 1, 1, 1].into()), "varies"),
        (network.clone(), GeneralName::Ip([11, 1, 1, 1].into()), "refuses"),
        (network, dns("v.acme"), "admits"),
        (directory("ACME"), dns("v.acme"), "admits"),
        (directory("other"), dns("v.acme"), "refuses"),
        (GeneralName::RegisteredId(vec![1, 3, 1]), GeneralName::RegisteredId(vec![1, 3, 1]), "refuses"),
    ] {
        assert_eq!(judge(limit.clone(), name.clone()), expected, "{name:?} under {limit:?}");
    }
}

#[test]
fn a_common_name_like_a_host_stands_under_constraints_in_some_releases() {
    let permitted = vec![GeneralName::Dns("acme".to_owned())];
    let constraints = NameConstraints { permitted, excluded: Vec::new() };
    let root = testkit::root_builder("root").name_constraints(constraints, true).self_signed();
    let named =
        |name: &str| leaf().no_subject_alternative_name().subject(Name::new().cn(name)).signed_by(&root);
    assert!(matches!(doubt(&[&named("w.other")], &[&root]), PathFaultKind::NameConstraint { .. }));
    assert!(matches!(doubt(&[&named("w.acme")], &[&root]), PathFaultKind::NameConstraint { .. }));
    assert!(view(&[&named("a worker")], &[&root]).admits());
}

#[test]
fn many_namesakes_are_answered_within_the_budget() {
    let key = |number: usize| Key::p256(&format!("mesh {}", number % 4));
    let name = "O=acme,CN=mesh";
    let members: Vec<testkit::Certificate> = (0..16_u8)
        .map(|number| {
            let (own, above) = (usize::from(number) / 4, usize::from(number) % 4);
            let builder = testkit::root_builder("x").subject(name).key(key(own)).serial(&[number + 1]);
            builder.no_ski().no_aki().signed_by_key(name, &key(above))
        })
        .collect();
    let bundle: Vec<&testkit::Certificate> = members.iter().collect();
    let trust = NamespaceTrust::read(testkit::bundle(&bundle).as_bytes(), None, &Profile::temporal_cloud());
    let chain = presented([leaf().no_aki().signed_by_key(name, &key(0)).der()]);
    let mut budget = Budget::default();
    trust.opinions_on(&chain, Timestamp::from_unix(NOW), &mut budget);
    assert!(!budget.is_exhausted() && budget.steps_spent() < 2_000, "{} steps", budget.steps_spent());
}

#[test]
fn a_fault_gives_way_to_one_that_the_same_library_found_on_a_whole_chain() {
    let fault = |at| path::PathFault { kind: PathFaultKind::Loop, at, path: vec![at] };
    let kept = |faults: &[(Library, bool)]| {
        let mut tally = Tally::default();
        for (at, (library, whole)) in faults.iter().enumerate() {
            tally.refuse(*library, *whole, fault(at));
        }
        tally.refused.unwrap().2.at
    };
    use Library::{BoringSsl, OpenSsl};
    assert_eq!(kept(&[(OpenSsl, false), (OpenSsl, false)]), 0);
    assert_eq!(kept(&[(OpenSsl, false), (OpenSsl, true)]), 1);
    assert_eq!(kept(&[(OpenSsl, true), (OpenSsl, true)]), 0);
    assert_eq!(kept(&[(OpenSsl, true), (OpenSsl, false)]), 0);
    assert_eq!(kept(&[(OpenSsl, false), (BoringSsl, true)]), 0);
}

#[test]
fn it_varies_when_one_admits_and_another_does_not_or_may_not() {
    let fault = || path::PathFault { kind: PathFaultKind::Loop, at: 0, path: vec![0] };
    let mut tally = Tally::default();
    tally.refuse(Library::OpenSsl, true, fault());
    tally.doubt(&[0], fault());
    assert!(!tally.varies(), "nobody admits");
    tally.admit(&[0]);
    assert!(tally.varies());
    let mut doubted = Tally::default();
    doubted.admit(&[0]);
    assert!(!doubted.varies());
    doubted.doubt(&[0], fault());
    assert!(doubted.varies());
    let mut refused = Tally::default();
    refused.admit(&[0]);
    refused.refuse(Library::BoringSsl, false, fault());
    assert!(refused.varies());
}

#[test]
fn a_search_that_may_take_no_step_knows_nothing() {
    let root = testkit::root("root");
    let bundle = Bundle::read(root.pem().as_bytes());
    let graph = Graph::of(&bundle, default_algorithms(), &mut Budget::default());
    let noted = super::note(&bundle);
    let presented = presented([testkit::leaf("worker", &root).der()]);
    let keys = Default::default();
    let signatures = CheckedWith { algorithms: default_algorithms(), keys: &keys };
    let space = Space::new(&bundle, &graph, &presented, &signatures);
    let now = Timestamp::from_unix(NOW);
    let with = |steps| super::view(&space, &noted, Anchors::Roots, now, &mut Budget::new(9, steps));
    assert!(matches!(with(0), View::Varies(_, fault) if fault.kind == PathFaultKind::TooComplex));
    assert!(with(9).admits());
}

#[test]
fn the_directory_name_of_an_identifier_is_the_first_one() {
    let root = testkit::root("root");
    let directory = |name: &[u8]| der::context_constructed(4, name);
    let other = directory(&Name::new().cn("x").der());
    let own = directory(&Name::new().o("acme").cn("root").der());
    let dns = der::context_primitive(2, b"acme");
    let judge = |names: &[&[u8]]| {
        let issuer = der::context_constructed(1, &names.concat());
        let value = der::sequence(&[&issuer, &der::context_primitive(2, root.serial())]);
        let leaf = leaf().no_aki().extension(oid::AUTHORITY_KEY_IDENTIFIER, false, value).signed_by(&root);
        each(&[&leaf], &[&root], Anchors::Roots)
    };
    assert_eq!(judge(&[&own]), ["admits"; 2]);
    assert_eq!(judge(&[&dns, &own]), ["admits"; 2]);
    assert_eq!(judge(&[&own, &other]), ["admits"; 2]);
    assert_eq!(judge(&[&other, &own]), ["refuses: IdentifierMismatch"; 2]);
}

#[test]
fn an_issuer_whose_identifier_differs_is_seen_among_what_the_client_presents() {
    let root = testkit::root("root");
    let middle = testkit::intermediate("issuing", &root);
    let odd = leaf().authority_key_identifier(&[1; 20]).signed_by(&middle);
    assert_eq!(refusal(&[&odd, &middle], &[&root]), PathFaultKind::IdentifierMismatch);
    assert_eq!(refusal(&[&odd], &[&root]), PathFaultKind::IssuerMissing);
}

#[test]
fn of_namesakes_that_are_over_openssl_takes_the_one_that_lasted_longest() {
    let ending = |end| testkit::root_builder("root").not_after(end).self_signed();
    let (first, last) = (ending(NOW - days(2)), ending(NOW - days(1)));
    let leaf = leaf().signed_by(&first);
    let told = format!("refuses: {:?}", PathFaultKind::Expired(Timestamp::from_unix(NOW - days(1))));
    for bundle in [[&first, &last], [&last, &first]] {
        assert_eq!(each(&[&leaf], &bundle, Anchors::Roots)[0], told);
    }
    let root = testkit::root("above");
    let ending = |end| testkit::root_builder("issuing").not_after(end).signed_by(&root);
    let (first, last) = (ending(NOW - days(2)), ending(NOW - days(1)));
    let leaf = self::leaf().signed_by(&first);
    for [one, two] in [[&first, &last], [&last, &first]] {
        assert_eq!(each(&[&leaf, one, two], &[&root], Anchors::Roots)[0], told);
    }
}

#[test]
fn the_name_that_stands_outside_its_constraints_is_told() {
    let constraints =
        NameConstraints { permitted: vec![GeneralName::Dns("acme".to_owned())], excluded: Vec::new() };
    let root = testkit::root_builder("root").name_constraints(constraints, true).self_signed();
    let leaf = leaf().no_subject_alternative_name().dns("v.other").signed_by(&root);
    let PathFaultKind::NameConstraint { name, .. } = refusal(&[&leaf], &[&root]) else {
        panic!("another fault")
    };
    assert_eq!(name, "DNS:v.other");
}

#[test]
fn a_trusted_leaf_that_boringssl_objects_to_is_left_in_doubt() {
    let own =
        leaf().no_ski().no_aki().key_usage(&[KeyUsage::KeyEncipherment, KeyUsage::KeyCertSign]).self_signed();
    let usage = ["refuses: ClientKeyUsage", "varies: ClientKeyUsage"];
    assert_eq!(each(&[&own], &[&own], Anchors::Roots), usage);
}

#[test]
fn a_signature_of_another_kind_than_the_issuers_key_finds_no_issuer() {
    let root = testkit::root_builder("root").key(Key::rsa2048("root")).self_signed();
    let ecdsa = SignatureAlgorithm::EcdsaSha256;
    let odd =
        leaf().inner_signature_algorithm(ecdsa.clone()).outer_signature_algorithm(ecdsa).signed_by(&root);
    assert_eq!(refusal(&[&odd], &[&root]), PathFaultKind::IdentifierMismatch);
}

#[test]
fn extensions_before_version_3_are_read_differently() {
    let root = testkit::root("root");
    let bare =
        || leaf().version(1).no_ski().no_aki().no_basic_constraints().no_key_usage().no_extended_key_usage();
    assert!(view(&[&bare().no_subject_alternative_name().signed_by(&root)], &[&root]).admits());
    assert_eq!(doubt(&[&bare().signed_by(&root)], &[&root]), PathFaultKind::ReadDifferently);
}

/// A certificate of which it is not certain that both libraries read it alike.
fn uncertain(builder: CertificateBuilder) -> CertificateBuilder {
    builder.extension(&[2, 16, 840, 1, 113730, 1, 1], false, vec![3, 2, 7, 128])
}

fn expired_at(end: i64, view: &str) -> String {
    format!("{view}: {:?}", PathFaultKind::Expired(Timestamp::from_unix(end)))
}

#[test]
fn openssl_does_not_return_to_the_presented_ones_behind_a_trusted_one() {
    let root = testkit::root("root");
    let upper = testkit::root_builder("upper").signed_by(&root);
    let middle = testkit::root_builder("issuing").signed_by(&upper);
    let leaf = testkit::leaf("worker", &middle);
    let [openssl, _] = each(&[&leaf, &upper], &[&middle, &root], Anchors::Roots);
    assert_eq!(openssl, "refuses: IdentifierMismatch");
    let [openssl, _] = each(&[&leaf, &middle, &upper], &[&root], Anchors::Roots);
    assert_eq!(openssl, "admits", "as long as none is trusted it climbs by what is presented");
}

#[test]
fn boringssl_takes_no_second_root_from_the_client() {
    let root = testkit::root("root");
    let again = testkit::root_builder("root").serial(&[9]).self_signed();
    let leaf = testkit::leaf("worker", &root);
    for chain in [&[&leaf, &root][..], &[&leaf, &root, &again], &[&leaf, &again, &root]] {
        assert_eq!(each(chain, &[&leaf], Anchors::EveryMember)[1], "admits", "the leaf itself is trusted");
        assert_eq!(each(chain, &[], Anchors::EveryMember)[1], "refuses: UntrustedRoot");
    }
}

#[test]
fn boringssl_may_stop_below_a_root_that_it_perhaps_does_not_read() {
    let root = |builder: fn(CertificateBuilder) -> CertificateBuilder| {
        builder(testkit::root_builder("root").not_after(NOW - 1)).self_signed()
    };
    let middle = testkit::intermediate("issuing", &testkit::root("root"));
    let leaf = testkit::leaf("worker", &middle);
    let judge = |root: &testkit::Certificate| each(&[&leaf], &[&middle, root], Anchors::EveryMember);
    assert_eq!(judge(&root(|root| root))[1], expired_at(NOW - 1, "refuses"));
    assert_eq!(judge(&root(uncertain))[1], expired_at(NOW - 1, "varies"));
}

#[test]
fn boringssl_calls_a_leaf_self_signed_that_it_perhaps_does_not_read_among_the_trusted() {
    let own = uncertain(leaf().no_key_usage().no_ski().no_aki()).self_signed();
    let expected = ["varies: ReadDifferently", "varies: SelfSigned"];
    assert_eq!(each(&[&own], &[&own], Anchors::EveryMember), expected);
}

#[test]
fn openssl_tries_what_is_presented_only_if_it_perhaps_does_not_read_a_trusted_one_that_is_over() {
    let root = testkit::root("root");
    let issuing = |builder: CertificateBuilder| builder.signed_by(&root);
    let over = || testkit::root_builder("issuing").not_after(NOW - 1);
    let again = issuing(testkit::root_builder("issuing"));
    let leaf = testkit::leaf("worker", &again);
    let judge = |trusted| each(&[&leaf, &again], &[&trusted, &root], Anchors::Roots);
    assert_eq!(judge(issuing(over()))[0], expired_at(NOW - 1, "refuses"));
    assert_eq!(judge(issuing(uncertain(over())))[0], expired_at(NOW - 1, "varies"));
}

#[test]
fn of_issuers_that_ended_together_openssl_takes_the_first_that_is_presented() {
    let root = testkit::root("root");
    let ending =
        |serial, end| testkit::root_builder("issuing").serial(&[serial]).not_after(end).signed_by(&root);
    let end = NOW - days(1);
    let at = |one: &testkit::Certificate, two: &testkit::Certificate| {
        let leaf = testkit::leaf("worker", one);
        match by(Library::OpenSsl, &[&leaf, one, two], &[&root], Anchors::Roots) {
            View::Refuses(fault) => fault.at,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(at(&ending(8, end), &ending(9, end)), Place::Presented(1));
    assert_eq!(at(&ending(8, end), &ending(9, end - 1)), Place::Presented(1));
    assert_eq!(at(&ending(8, end), &ending(9, end + 1)), Place::Presented(2));
}

#[test]
fn a_library_looks_for_an_issuer_256_times() {
    // Every level doubles the ways up, and none leads to a root: seven levels are 255 places to look at, eight are 511.
    let judge = |levels: usize| {
        let issuer =
            |level: usize| (format!("O=acme,CN=level {}", level + 1), format!("level {}", level + 1));
        let members: Vec<testkit::Certificate> = (0..levels * 2)
            .map(|number| {
                let (level, serial) = (number / 2, u8::try_from(number + 1).unwrap());
                let (name, key) = issuer(level);
                let builder = testkit::root_builder("x").subject(format!("O=acme,CN=level {level}").as_str());
                let builder = builder.key(Key::p256(&format!("level {level}"))).serial(&[serial]);
                builder.no_ski().no_aki().signed_by_key(name.as_str(), &Key::p256(&key))
            })
            .collect();
        let bundle: Vec<&testkit::Certificate> = members.iter().collect();
        let leaf = leaf().no_aki().signed_by_key("O=acme,CN=level 0", &Key::p256("level 0"));
        each(&[&leaf], &bundle, Anchors::Roots)
    };
    assert_eq!(judge(7), ["refuses: IssuerMissing"; 2]);
    assert_eq!(judge(8), ["varies: IssuerMissing"; 2]);
}

#[test]
fn elements_too_many_are_refused_or_read_differently_and_the_fault_is_told_of_who_has_it() {
    let long = der::sequence(&[&der::boolean(true), &der::integer(1), &der::integer(1)]);
    let root = testkit::root_builder("root").no_basic_constraints();
    let root = root.extension(oid::BASIC_CONSTRAINTS, true, long).self_signed();
    let View::Refuses(fault) = view(&[&testkit::leaf("worker", &root)], &[&root]) else {
        panic!("not refused")
    };
    assert_eq!((fault.kind, fault.at), (PathFaultKind::InvalidExtension, Place::Trusted(0)));
    let root = testkit::root("root");
    let names = der::sequence(&[&der::tagged(0x16, b"acme")]);
    let named = leaf().no_subject_alternative_name().subject_alternative_name_raw(false, names);
    assert_eq!(refusal(&[&named.signed_by(&root)], &[&root]), PathFaultKind::InvalidExtension);
    let longer = leaf().mutate_tbs(|tbs| *tbs = der::sequence(&[der::split(tbs)[0].1, &der::null()]));
    assert_eq!(doubt(&[&longer.signed_by(&root)], &[&root]), PathFaultKind::ReadDifferently);
}
