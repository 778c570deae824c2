//! Publishing through the Cloud Ops API against a server that fails on demand: after every fault at every moment, what we record is
//! never ahead of the server, and going on leads to the end.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test fails loudly and says what it measured"
)]

use std::collections::BTreeMap;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use mtlsmith_ca::publish;
use mtlsmith_ca::publish::ApiKey;
use mtlsmith_ca::publish::BundlePublisher;
use mtlsmith_ca::publish::CloudOps;
use mtlsmith_ca::publish::Doubt;
use mtlsmith_ca::publish::Intent;
use mtlsmith_ca::publish::NamespaceName;
use mtlsmith_ca::publish::Outcome;
use mtlsmith_ca::publish::Proof;
use mtlsmith_ca::publish::Publication;
use mtlsmith_ca::publish::PublicationError;
use mtlsmith_ca::publish::ReadError;
use mtlsmith_ca::publish::Reason;
use mtlsmith_ca::publish::Retry;
use mtlsmith_ca::publish::cloud_ops::Clock;
use mtlsmith_ca::publish::cloud_ops::Endpoint;
use mtlsmith_ca::publish::cloud_ops::Patience;
use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Rng;
use mtlsmith_testkit::cloud_ops::FakeCloud;
use mtlsmith_testkit::cloud_ops::Fault;
use mtlsmith_testkit::cloud_ops::Moment;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::filters::Filter;
use pki_types::PrivateKeyDer;
use rustls::ServerConfig;
use rustls::ServerConnection;
use rustls::StreamOwned;
use zeroize::Zeroizing;

const NAMESPACE: &str = "orders.a1b2c";
const KEY: &str = "tmprl_SECRET-0123456789";

/// A clock on which waiting takes no time.
#[derive(Default)]
struct Impatient(Duration);

impl Clock for Impatient {
    fn elapsed(&self) -> Duration {
        self.0
    }

    fn wait(&mut self, pause: Duration) {
        self.0 += pause;
    }
}

fn namespace() -> NamespaceName {
    NamespaceName::new(NAMESPACE).unwrap()
}

fn publisher_to(url: &str, key: &str, request: Duration) -> CloudOps {
    let patience = Patience { request, tries: 3, ..Patience::default() };
    let key = ApiKey::from_bytes(Zeroizing::new(key.as_bytes().to_vec())).unwrap();
    CloudOps::new(Endpoint::new(url).unwrap(), key, patience, Box::<Impatient>::default(), &[])
}

fn publisher(cloud: &FakeCloud) -> CloudOps {
    publisher_to(&cloud.url(), KEY, Duration::from_secs(60))
}

fn two_roots() -> [testkit::Certificate; 2] {
    [testkit::root("old"), testkit::root("new")]
}

fn cloud_with(bundle: &str, known: &[testkit::Certificate]) -> FakeCloud {
    FakeCloud::start(NAMESPACE, KEY, bundle, &known.iter().collect::<Vec<_>>())
}

fn text_of(certificates: &[testkit::Certificate]) -> String {
    testkit::bundle(&certificates.iter().collect::<Vec<_>>())
}

fn intent(publisher: &mut CloudOps, bundle: &str) -> Intent {
    Intent::new(&publisher.read(&namespace()).unwrap(), bundle.as_bytes(), None).unwrap()
}

/// The specification without what a publication may change.
fn foreign(cloud: &FakeCloud) -> serde_json::Value {
    let mut spec = cloud.spec();
    spec["mtlsAuth"].as_object_mut().unwrap().remove("acceptedClientCa");
    spec.as_object_mut().unwrap().remove("retentionDays");
    spec
}

fn assert_no_key(text: &str) {
    assert!(!text.contains(KEY) && !text.contains("SECRET"), "the key stands in {text}");
}

/// Goes on until there is nothing more to do, as a caller would.
fn converge(cloud: &FakeCloud, publisher: &mut CloudOps, mut record: Publication, bundle: &str) -> Outcome {
    let mut next: Option<Intent> = None;
    for _ in 0..8 {
        let outcome = match (&record, next.take()) {
            (Publication::InDoubt(open), _) => {
                let open = open.clone();
                publish::resume::<()>(publisher, &open, |publication| {
                    record = publication.clone();
                    Ok(())
                })
            }
            (last, intent) => {
                let (last, intent) = (last.clone(), intent.unwrap_or_else(|| last.intent().clone()));
                publish::publish::<()>(publisher, Some(&last), &intent, |publication| {
                    record = publication.clone();
                    Ok(())
                })
            }
        };
        match outcome.unwrap() {
            published @ Outcome::Published { .. } => return published,
            Outcome::Unknown { .. } => cloud.finish_operations(),
            Outcome::NotPublished { retry: Retry::After(_), .. } => {}
            Outcome::NotPublished { retry: Retry::NextAttempt(_), .. } => {
                next = Some(record.intent().next_attempt());
            }
            Outcome::NotPublished { retry: Retry::FreshIntent, .. } => next = Some(intent(publisher, bundle)),
            stuck @ Outcome::NotPublished { .. } => return stuck,
        }
    }
    panic!("no end in sight: {record:?}");
}

#[test]
fn a_publication_reads_updates_polls_and_reads_back_and_keeps_what_is_not_its_own() {
    let roots = two_roots();
    let cloud = cloud_with(&roots[0].pem(), &roots);
    let before = foreign(&cloud);
    let mut publisher = publisher(&cloud);
    let target = text_of(&roots);
    let intent = intent(&mut publisher, &target);
    let outcome = publisher.publish(&intent);
    let expected = publish::ResourceVersion::new(&cloud.version());
    assert_eq!(outcome, Outcome::Published { resource_version: Some(expected), proof: Proof::ReadBack });
    assert_eq!((cloud.bundle(), foreign(&cloud)), (target, before));
    let (own, operation) =
        (format!("/cloud/namespaces/{NAMESPACE}"), format!("/cloud/operations/{}", intent.operation()));
    assert_eq!(
        cloud.log()[1..],
        [format!("GET {own}"), format!("POST {own}"), format!("GET {operation}"), format!("GET {own}")]
    );
}

#[test]
fn filters_are_published_with_the_bundle_and_left_alone_without() {
    let roots = two_roots();
    let cloud = cloud_with(&roots[0].pem(), &roots);
    let mut publisher = publisher(&cloud);
    let filters = vec![Filter::default().with(Field::CommonName, "worker-*")];
    let live = publisher.read(&namespace()).unwrap();
    let with = Intent::new(&live, text_of(&roots).as_bytes(), Some(filters.clone())).unwrap();
    assert!(matches!(publisher.publish(&with), Outcome::Published { .. }));
    assert_eq!(publisher.read(&namespace()).unwrap().filters, Some(filters.clone()));
    let without = intent(&mut publisher, &roots[1].pem());
    assert!(matches!(publisher.publish(&without), Outcome::Published { .. }));
    assert_eq!(publisher.read(&namespace()).unwrap().filters, Some(filters));
}

#[test]
fn what_is_live_already_is_not_sent() {
    let roots = two_roots();
    let cloud = cloud_with(&text_of(&roots).replace('\n', "\r\n"), &roots);
    let mut publisher = publisher(&cloud);
    let intent = intent(&mut publisher, &text_of(&roots));
    assert!(matches!(publisher.publish(&intent), Outcome::Published { .. }));
    assert_eq!(cloud.updates_seen(), 0);
}

#[test]
fn a_bundle_that_the_server_refuses_is_refused_with_the_number_of_the_member() {
    let good = testkit::root("good");
    let expired = testkit::root_builder("expired").not_after(testkit::NOW - testkit::days(1)).self_signed();
    let orphan = testkit::intermediate("orphan", &testkit::root("elsewhere"));
    let many: Vec<testkit::Certificate> =
        (0..17).map(|number| testkit::root(&format!("root {number}"))).collect();
    let table = [
        (vec![good.clone(), expired], "certificate 2 (CN=expired,O=acme) has expired on 20"),
        (vec![good.clone(), orphan], "certificate 2 (CN=orphan,O=acme) has no complete chain to a root"),
        (many, "too many ca certificates: 17"),
    ];
    for (members, expected) in table {
        let mut known = members.clone();
        known.push(good.clone());
        let cloud = cloud_with(&good.pem(), &known);
        let mut publisher = publisher(&cloud);
        let intent = intent(&mut publisher, &text_of(&members));
        let outcome = publisher.publish(&intent);
        let Outcome::NotPublished { reason: Reason::Rejected(rejection), retry: Retry::Never } = &outcome
        else {
            panic!("{outcome:?}");
        };
        assert!(rejection.to_string().contains(expected), "{rejection}");
        assert_eq!((cloud.bundle(), cloud.updates_seen()), (good.pem(), 1));
    }
}

#[test]
fn an_expired_member_that_is_live_does_not_keep_us_from_publishing_a_bundle_without_it() {
    let (good, new) = (testkit::root("good"), testkit::root("new"));
    let expired = testkit::root_builder("expired").not_after(testkit::NOW - testkit::days(1)).self_signed();
    let known = [good.clone(), new.clone(), expired.clone()];
    let cloud = cloud_with(&text_of(&[good.clone(), expired]), &known);
    let mut publisher = publisher(&cloud);
    let intent = intent(&mut publisher, &text_of(&[good, new]));
    assert!(matches!(publisher.publish(&intent), Outcome::Published { .. }));
}

#[test]
fn a_namespace_that_has_moved_on_is_a_conflict_and_is_not_overwritten() {
    let roots = two_roots();
    for at_the_last_moment in [false, true] {
        let cloud = cloud_with(&roots[0].pem(), &roots);
        let mut publisher = publisher(&cloud);
        let stale = intent(&mut publisher, &text_of(&roots));
        if at_the_last_moment {
            cloud.fault(Moment::Update, Fault::ChangedByAnother);
        } else {
            cloud.changed_by_another();
        }
        let outcome = publisher.publish(&stale);
        let found = Some(publish::ResourceVersion::new(&cloud.version()));
        assert_eq!(
            outcome,
            Outcome::NotPublished { reason: Reason::Conflict { found }, retry: Retry::FreshIntent }
        );
        assert_eq!((cloud.bundle(), cloud.updates_seen()), (roots[0].pem(), usize::from(at_the_last_moment)));
        let record = Publication::after(&stale, &outcome);
        let fresh = intent(&mut publisher, &text_of(&roots));
        let outcome = publish::publish::<()>(&mut publisher, Some(&record), &fresh, |_| Ok(())).unwrap();
        assert!(matches!(outcome, Outcome::Published { .. }));
    }
}

#[test]
fn a_failed_operation_is_repeated_only_under_a_new_id() {
    let roots = two_roots();
    let cloud = cloud_with(&roots[0].pem(), &roots);
    let mut publisher = publisher(&cloud);
    let first = intent(&mut publisher, &text_of(&roots));
    cloud.fault(Moment::Poll, Fault::OperationFails("a region is away".to_owned()));
    let outcome = publisher.publish(&first);
    assert!(outcome.to_string().ends_with("the operation failed: a region is away"), "{outcome}");
    assert!(matches!(outcome, Outcome::NotPublished { retry: Retry::NextAttempt(_), .. }), "{outcome:?}");
    assert_eq!(publisher.resolve(&first), outcome);
    assert_eq!(publisher.publish(&first), outcome);
    assert!(matches!(publisher.publish(&first.next_attempt()), Outcome::Published { .. }));
    assert_eq!(cloud.effects(), 1);
}

#[test]
fn a_rate_limit_is_waited_for_and_then_named_with_its_time() {
    let roots = two_roots();
    let cloud = cloud_with(&roots[0].pem(), &roots);
    let mut publisher = publisher(&cloud);
    let intent = intent(&mut publisher, &text_of(&roots));
    for _ in 0..3 {
        cloud.fault(Moment::Update, Fault::StatusBefore(429));
    }
    let after = Retry::After(Duration::from_secs(7));
    assert_eq!(
        publisher.publish(&intent),
        Outcome::NotPublished { reason: Reason::RateLimited, retry: after }
    );
    for _ in 0..2 {
        cloud.fault(Moment::Update, Fault::StatusBefore(429));
    }
    assert!(matches!(publisher.publish(&intent), Outcome::Published { .. }));
    assert_eq!(cloud.effects(), 1);
}

#[test]
fn a_long_operation_ends_in_doubt_and_is_found_again() {
    let roots = two_roots();
    let cloud = cloud_with(&roots[0].pem(), &roots);
    cloud.operations_take(1_000_000);
    let mut publisher = publisher(&cloud);
    let intent = intent(&mut publisher, &text_of(&roots));
    let doubt = Outcome::Unknown { doubt: Doubt::StillRunning };
    assert_eq!(publisher.publish(&intent), doubt);
    assert_eq!(publisher.resolve(&intent), doubt);
    cloud.finish_operations();
    assert!(matches!(publisher.resolve(&intent), Outcome::Published { .. }));
    assert_eq!((cloud.updates_seen(), cloud.effects()), (1, 1));
}

#[test]
fn the_key_is_shown_by_nothing_even_when_the_server_repeats_it() {
    let roots = two_roots();
    let cloud = cloud_with(&roots[0].pem(), &roots);
    let mut good = publisher(&cloud);
    assert_no_key(&format!("{good:?}"));
    let intent = intent(&mut good, &text_of(&roots));
    cloud.fault(Moment::Update, Fault::EchoesKey);
    let outcome = good.publish(&intent);
    assert_no_key(&format!("{outcome} {outcome:?}"));
    assert!(
        outcome.to_string().contains("[API key]") && !outcome.to_string().contains('\u{1b}'),
        "{outcome}"
    );
    let mut wrong = publisher_to(&cloud.url(), "SECRET-of-another", Duration::from_secs(60));
    let error = wrong.read(&namespace()).unwrap_err();
    assert!(matches!(&error, ReadError::Denied(_)));
    assert_no_key(&format!("{error} {error:?}"));
}

#[test]
fn a_server_that_is_not_there_or_speaks_no_tls_gets_nothing() {
    let roots = two_roots();
    let cloud = cloud_with(&roots[0].pem(), &roots);
    let intent = intent(&mut publisher(&cloud), &text_of(&roots));
    let requests = cloud.log().len();
    let over_tls = cloud.url().replace("http://", "https://");
    let gone = cloud_with(&roots[0].pem(), &roots).url();
    for url in [over_tls, gone] {
        let outcome = publisher_to(&url, KEY, Duration::from_secs(60)).publish(&intent);
        assert!(
            matches!(
                outcome,
                Outcome::NotPublished { reason: Reason::NothingSent(_), retry: Retry::After(_) }
            ),
            "{outcome:?}"
        );
        assert_no_key(&format!("{outcome} {outcome:?}"));
    }
    assert_eq!(cloud.log().len(), requests);
}

/// Answers one request over TLS, and says what it was; `None` when the client does not trust the server.
fn serve_one_over_tls(listener: &TcpListener, config: Arc<ServerConfig>) -> Option<String> {
    let (stream, _) = listener.accept().unwrap();
    let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        request.push(byte[0]);
    }
    let body = format!(r#"{{"namespace":{{"namespace":"{NAMESPACE}","resourceVersion":"v1","spec":{{}}}}}}"#);
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    stream.conn.send_close_notify();
    stream.flush().unwrap();
    Some(String::from_utf8(request).unwrap())
}

#[test]
fn over_tls_the_key_goes_only_to_a_server_that_a_trusted_root_vouches_for() {
    // TLS looks at the clock of the system, so these certificates outlive the usual ones of the test kit.
    let (start, end) = (0, 4_102_444_800);
    let root = testkit::root_builder("proxy").not_before(start).not_after(end).self_signed();
    let server = testkit::leaf_builder("server")
        .not_before(start)
        .not_after(end)
        .extended_key_usage(&[testkit::oid::SERVER_AUTH])
        .ip([127, 0, 0, 1])
        .signed_by(&root);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = PrivateKeyDer::try_from(server.key().pkcs8_der().to_vec()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![server.der().to_vec().into()], key)
        .unwrap();
    let config = Arc::new(config);
    for more_roots in [vec![], vec![root.der().to_vec()]] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let config = Arc::clone(&config);
        let served = std::thread::spawn(move || serve_one_over_tls(&listener, config));
        let key = ApiKey::from_bytes(Zeroizing::new(KEY.as_bytes().to_vec())).unwrap();
        let patience = Patience { tries: 1, ..Patience::default() };
        let clock = Box::<Impatient>::default();
        let mut publisher = CloudOps::new(Endpoint::new(&url).unwrap(), key, patience, clock, &more_roots);
        let read = publisher.read(&namespace());
        let request = served.join().unwrap();
        if more_roots.is_empty() {
            assert!(matches!(read, Err(ReadError::NoAnswer(_))), "{read:?}");
            assert_eq!(request, None);
        } else {
            assert_eq!(read.unwrap().resource_version, Some(publish::ResourceVersion::new("v1")));
            let request = request.unwrap();
            assert!(request.contains(&format!("authorization: Bearer {KEY}\r\n")), "{request}");
            assert!(request.contains("temporal-cloud-api-version: v"), "{request}");
        }
    }
}

fn all_faults() -> Vec<Fault> {
    let mut faults: Vec<Fault> = [429, 500, 502, 503, 504, 408].map(Fault::StatusBefore).to_vec();
    faults.extend([500, 502, 503, 504].map(Fault::StatusAfter));
    faults.extend([
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::CutWithin,
        Fault::HangBefore,
        Fault::HangAfter,
        Fault::GarbageAfter,
        Fault::EchoesKey,
        Fault::Redirect,
        Fault::ChangedByAnother,
        Fault::OperationFails("a region is away".to_owned()),
        Fault::OperationStuck,
        Fault::ShowsOldState,
    ]);
    faults
}

#[test]
fn after_every_fault_at_every_moment_the_record_is_not_ahead_and_going_on_leads_to_the_end() {
    let roots = two_roots();
    let (old, target) = (roots[0].pem(), text_of(&roots));
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for moment in Moment::ALL {
        for fault in all_faults() {
            for times in [1, 2, 4] {
                let hangs = matches!(fault, Fault::HangBefore | Fault::HangAfter);
                if hangs && times == 2 {
                    continue; // each one takes real time
                }
                let about = format!("{moment:?} {fault:?} {times}");
                let cloud = cloud_with(&old, &roots);
                cloud.operations_take(2);
                let before = foreign(&cloud);
                let request = Duration::from_millis(if hangs { 250 } else { 60_000 });
                let mut publisher = publisher_to(&cloud.url(), KEY, request);
                let intent = Intent::new(
                    &publisher_to(&cloud.url(), KEY, Duration::from_secs(60)).read(&namespace()).unwrap(),
                    target.as_bytes(),
                    None,
                )
                .unwrap();
                for _ in 0..times {
                    cloud.fault(moment, fault.clone());
                }
                let mut record = None;
                let outcome = publish::publish::<()>(&mut publisher, None, &intent, |publication| {
                    assert!(record.is_some() || matches!(publication, Publication::InDoubt(_)), "{about}");
                    if let Publication::Published { intent, .. } = publication {
                        assert_eq!(cloud.bundle(), intent.bundle(), "{about}: ahead of the server");
                    }
                    assert_no_key(&publication.to_json());
                    record = Publication::from_json(&publication.to_json());
                    Ok(())
                })
                .unwrap();
                assert_no_key(&format!("{outcome} {outcome:?}"));
                cloud.clear_faults();
                if let Outcome::NotPublished { .. } = outcome {
                    cloud.finish_operations();
                    assert_eq!(cloud.bundle(), old, "{about}: {outcome:?} and yet it took effect");
                }
                *seen.entry(name_of(&outcome)).or_default() += 1;
                let mut patient = publisher_to(&cloud.url(), KEY, Duration::from_secs(60));
                let end = match outcome {
                    published @ Outcome::Published { .. } => published,
                    Outcome::NotPublished { retry: Retry::Never, .. } => {
                        continue_with_fresh(&cloud, &mut patient, &target)
                    }
                    _ => converge(&cloud, &mut patient, record.unwrap(), &target),
                };
                assert!(matches!(end, Outcome::Published { .. }), "{about}: {end:?}");
                assert_eq!(
                    (cloud.bundle(), foreign(&cloud), cloud.effects()),
                    (target.clone(), before, 1),
                    "{about}"
                );
            }
        }
    }
    eprintln!("outcomes after one publication under a fault: {seen:?}");
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), ["not published", "published", "unknown"]);
}

fn name_of(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Published { .. } => "published",
        Outcome::NotPublished { .. } => "not published",
        Outcome::Unknown { .. } => "unknown",
    }
}

/// A refusal that nothing but a change of something else ends; here the fault is over.
fn continue_with_fresh(cloud: &FakeCloud, publisher: &mut CloudOps, bundle: &str) -> Outcome {
    cloud.finish_operations();
    let fresh = intent(publisher, bundle);
    publisher.publish(&fresh)
}

/// Any faults in any order, crashes of the recording included, through a whole rollover and back.
#[test]
fn random_faults_and_crashes_never_put_the_record_ahead_and_end_consistent() {
    let (mut crashes, mut met, mut effects) = (0, 0, 0);
    for seed in 0..150 {
        let mut rng = Rng::new(seed);
        let roots = two_roots();
        let targets = [text_of(&roots), roots[1].pem(), text_of(&roots), roots[0].pem()];
        let cloud = cloud_with(&roots[0].pem(), &roots);
        cloud.operations_take(rng.below(4));
        let mut record: Option<Publication> = None;
        for target in &targets {
            let mut faults: Vec<Fault> = all_faults();
            // Hanging takes real time. A reader that lags by a whole publication could show the target of another one.
            faults.retain(|fault| {
                !matches!(fault, Fault::HangBefore | Fault::HangAfter | Fault::ShowsOldState)
            });
            for _ in 0..rng.below(6) {
                cloud.fault(*rng.pick(&Moment::ALL), rng.pick(&faults).clone());
            }
            let mut rounds = 0;
            while cloud.bundle() != *target || !matches!(record, Some(Publication::Published { .. })) {
                rounds += 1;
                assert!(rounds < 60, "seed {seed}: no end; {record:?}");
                if rounds == 20 {
                    cloud.clear_faults();
                    cloud.finish_operations();
                }
                // Each round is a new process: it has the record and nothing else.
                let mut publisher = publisher(&cloud);
                let crash = rng.percent(15);
                let mut kept = record.clone();
                let mut writes = 0;
                let mut write = |publication: &Publication| {
                    writes += 1;
                    if crash && writes == 2 {
                        return Err("crashed");
                    }
                    if let Publication::Published { intent, .. } = publication {
                        assert_eq!(cloud.bundle(), intent.bundle(), "seed {seed}: ahead of the server");
                    }
                    kept = Publication::from_json(&publication.to_json());
                    Ok(())
                };
                let outcome = match &record {
                    Some(Publication::InDoubt(open)) => {
                        cloud.finish_operations();
                        publish::resume(&mut publisher, open, &mut write)
                    }
                    last => {
                        let Ok(live) = publisher.read(&namespace()) else { continue };
                        let fresh = Intent::new(&live, target.as_bytes(), None).unwrap();
                        let next = match last.as_ref().map(Publication::intent) {
                            Some(last) => fresh.following(last),
                            None => fresh,
                        };
                        publish::publish(&mut publisher, last.as_ref(), &next, &mut write)
                    }
                };
                crashes += usize::from(matches!(outcome, Err(PublicationError::AnswerNotRecorded { .. })));
                if let Ok(outcome) = &outcome {
                    assert_no_key(&format!("{outcome} {outcome:?}"));
                }
                record = kept;
            }
            cloud.clear_faults();
        }
        let Some(Publication::Published { intent, .. }) = &record else { panic!("seed {seed}: {record:?}") };
        assert_eq!(intent.bundle(), cloud.bundle(), "seed {seed}");
        effects += cloud.effects();
        met += cloud.faults_met();
    }
    eprintln!(
        "600 publications, {met} faults met, {crashes} crashes before the answer was recorded, {effects} effects"
    );
    assert!(met > 300 && crashes > 20 && effects >= 600);
}
