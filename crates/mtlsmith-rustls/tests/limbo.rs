//! The client cases of x509-limbo, which lie outside the repository, through the verifier: nobody gets in whom other implementations
//! agree to refuse.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails loudly and says what it measured"
)]

mod support;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use mtlsmith_rustls::server::NamespaceVerifier;
use mtlsmith_validate::Profile;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::time::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::UnixTime;
use rustls::pki_types::pem::PemObject;
use rustls::server::danger::ClientCertVerifier;
use serde_json::Value;

fn cases() -> Option<Vec<Value>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora/limbo-client.jsonl");
    let Ok(text) = fs::read_to_string(path) else {
        mtlsmith_testkit::not_tested("the client cases of x509-limbo are not here");
        return None;
    };
    Some(text.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect())
}

fn joined(list: &Value) -> String {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn whom_others_agree_to_refuse_is_never_let_in() {
    let Some(cases) = cases() else { return };
    for provider in support::providers() {
        let profile = Profile::temporal_cloud_with(provider.signature_verification_algorithms.all);
        let (mut admitted, mut refused, mut cautious) = (0, 0, 0);
        for case in &cases {
            let id = case["id"].as_str().unwrap();
            let trust = NamespaceTrust::read(joined(&case["trusted_certs"]).as_bytes(), None, &profile);
            let verifier = NamespaceVerifier::new("orders.a1b2c", trust, &provider);
            let chain = format!(
                "{}{}",
                case["peer_certificate"].as_str().unwrap(),
                joined(&case["untrusted_intermediates"])
            );
            let chain: Result<Vec<CertificateDer<'static>>, _> =
                CertificateDer::pem_slice_iter(chain.as_bytes()).collect();
            let Ok(chain) = chain else { continue };
            let at = case["validation_time"].as_str().and_then(Timestamp::parse_rfc3339);
            let at = at.unwrap_or(Timestamp::from_unix(1_795_449_600));
            let at = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at.unix()).unwrap()));
            let is_in = verifier.verify_client_cert(&chain[0], &chain[1..], at).is_ok();
            match (is_in, case["consensus"].as_str().unwrap()) {
                (true, "reject") => panic!("{id} is let in"),
                (true, _) => admitted += 1,
                (false, "admit") => cautious += 1,
                (false, _) => refused += 1,
            }
        }
        println!("x509-limbo: {admitted} let in, {refused} refused, {cautious} refused that others let in");
        assert!(admitted > 0 && refused > 0);
    }
}
