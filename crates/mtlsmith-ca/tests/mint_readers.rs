//! What is minted, as others read it: OpenSSL, Go, webpki, and a TLS server that demands client certificates.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads files, fails loudly and says what it measured"
)]

mod mint_support;

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use mint_support::OpenSsl;
use mint_support::key;
use mint_support::leaf_request;
use mint_support::mint_leaf;
use mint_support::profile;
use mint_support::root;
use mtlsmith_ca::mint::Authority;
use mtlsmith_ca::mint::CaRequest;
use mtlsmith_ca::mint::Draft;
use mtlsmith_ca::mint::Judgement;
use mtlsmith_ca::mint::Subject;
use mtlsmith_ca::mint::SystemRandom;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_testkit as testkit;
use mtlsmith_validate::signature;
use mtlsmith_validate::time::Timestamp;
use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::RootCertStore;
use rustls::SupportedProtocolVersion;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;

/// A client certificate, the CAs above it, and its key: one key kind throughout.
struct Minted {
    kind: KeyKind,
    root: String,
    intermediate: Option<Vec<u8>>,
    leaf: Vec<u8>,
    key: PrivateKey,
}

/// The real time: `openssl s_server` asks for no other.
fn clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_unix(since.as_secs().try_into().unwrap())
}

/// Every key kind as a root, below it as an intermediate or not, and as a client.
fn minted() -> Vec<Minted> {
    let now = clock();
    let mut all = Vec::new();
    for kind in KeyKind::ALL {
        let (root_key, issuing_key, leaf_key) = (key(kind), key(kind), key(kind));
        let root = root(&root_key, Some(1), now);
        let above = Authority::new(root.pem().as_bytes(), Box::new(root_key), profile(), now).unwrap();
        let direct = mint_leaf(&leaf_request("direct"), leaf_key.public_key(), &above, now).unwrap();
        let request = CaRequest::new(Subject::new(Some("acme"), &[], Some("issuing")).unwrap());
        let draft =
            Draft::intermediate(&request, issuing_key.public_key(), &above, now, &SystemRandom).unwrap();
        let intermediate = draft.check(&Judgement::by(profile())).unwrap().sign().unwrap();
        let file = intermediate.pem() + &root.pem();
        let issuing = Authority::new(file.as_bytes(), Box::new(issuing_key), profile(), now).unwrap();
        let below = mint_leaf(&leaf_request("below"), leaf_key.public_key(), &issuing, now).unwrap();
        let again = PrivateKey::read_plain(&leaf_key.pkcs8().unwrap()).unwrap();
        let (pem, sent) = (root.pem(), Some(intermediate.der().to_vec()));
        all.push(Minted {
            kind,
            root: pem.clone(),
            intermediate: sent,
            leaf: below.der().to_vec(),
            key: again,
        });
        all.push(Minted { kind, root: pem, intermediate: None, leaf: direct.der().to_vec(), key: leaf_key });
    }
    all
}

fn pem(der: &[u8]) -> String {
    testkit::pem_block("CERTIFICATE", der)
}

#[test]
fn every_reader_accepts_every_kind_of_key_in_every_place() {
    let all = minted();
    all.iter().for_each(webpki_admits);
    openssl_admits(&all);
    go_admits(&all);
    handshakes(&all);
}

fn webpki_admits(minted: &Minted) {
    let root = mtlsmith_validate::bundle::Bundle::read(minted.root.as_bytes());
    let root = CertificateDer::from(root.certificate(0).unwrap().der().to_vec());
    let anchors = [webpki::anchor_from_trusted_cert(&root).unwrap()];
    let leaf = CertificateDer::from(minted.leaf.as_slice());
    let sent: Vec<_> = minted.intermediate.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let now = UnixTime::since_unix_epoch(SystemTime::now().duration_since(UNIX_EPOCH).unwrap());
    let usage = webpki::KeyUsage::client_auth();
    let end_entity = webpki::EndEntityCert::try_from(&leaf).unwrap();
    let verified =
        end_entity.verify_for_usage(signature::aws_lc_rs(), &anchors, &sent, now, usage, None, None);
    assert!(verified.is_ok(), "{}: {:?}", minted.kind, verified.err());
}

fn openssl_admits(all: &[Minted]) {
    let Some(openssl) = OpenSsl::found("minted certificates as OpenSSL verifies them") else { return };
    for minted in all {
        openssl.write("root.pem", &minted.root);
        openssl.write("leaf.pem", pem(&minted.leaf));
        openssl.write("sent.pem", minted.intermediate.as_deref().map(pem).unwrap_or_default());
        let untrusted = if minted.intermediate.is_some() { "-untrusted sent.pem" } else { "" };
        openssl.run(&format!("verify -x509_strict -purpose sslclient -CAfile root.pem {untrusted} leaf.pem"));
        openssl.write("leaf.key", minted.key.pkcs8_pem().unwrap().as_bytes());
        let public = openssl.run("pkey -in leaf.key -pubout");
        assert_eq!(openssl.run("x509 -in leaf.pem -noout -pubkey"), public, "{}", minted.kind);
    }
}

fn go_admits(all: &[Minted]) {
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("oracle");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/oracle");
    let built = Command::new("go").args(["build", "-o"]).arg(&program).arg(".").current_dir(source).output();
    let Ok(built) = built else {
        return testkit::not_tested("minted certificates as Go verifies them: go is missing");
    };
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let mut questions = String::new();
    for (number, minted) in all.iter().enumerate() {
        let peer = pem(&minted.leaf) + &minted.intermediate.as_deref().map(pem).unwrap_or_default();
        questions += &format!(
            "{{\"id\":{number},\"trusted_certs\":[{}],\"untrusted_intermediates\":[],\"peer_certificate\":{},\"validation_time\":\"{}\"}}\n",
            text(&minted.root),
            text(&peer),
            clock()
        );
    }
    let mut child =
        Command::new(&program).arg("chain").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(questions.as_bytes()).unwrap();
    let answers = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(answers.lines().count(), all.len(), "{answers}");
    for (answer, minted) in answers.lines().zip(all) {
        assert!(answer.contains("\"admitted\":true"), "{}: {answer}", minted.kind);
    }
}

/// A JSON string of PEM text.
fn text(pem: &str) -> String {
    format!("\"{}\"", pem.replace('\n', "\\n"))
}

/// `openssl s_server` that demands a client certificate below one CA; ended when dropped.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(openssl: &OpenSsl, version: &str) -> Self {
        let words = format!(
            "s_server -accept 127.0.0.1:0 -naccept 1 -cert server.pem -key server.key -CAfile root.pem -Verify 4 \
             -verify_return_error -www {version}"
        );
        let mut child = Command::new("openssl")
            .args(words.split_whitespace())
            .current_dir(openssl.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let accepting = lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("ACCEPT ")).unwrap();
        let port = accepting.rsplit(':').next().unwrap().trim().parse().unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Server { child, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn handshakes(all: &[Minted]) {
    let Some(openssl) = OpenSsl::found("handshakes with minted certificates") else { return };
    let days = testkit::days(1);
    let (start, end) = (clock().unix() - days, clock().unix() + days);
    let authority = testkit::root_builder("server ca").not_before(start).not_after(end).self_signed();
    let server = testkit::leaf_builder("server")
        .not_before(start)
        .not_after(end)
        .no_subject_alternative_name()
        .dns("localhost")
        .no_extended_key_usage()
        .extended_key_usage(&[testkit::oid::SERVER_AUTH])
        .signed_by(&authority);
    openssl.write("server-ca.pem", authority.pem());
    openssl.write("server.pem", server.pem());
    openssl.write("server.key", server.key().pkcs8_pem());
    let versions: [(&str, &'static SupportedProtocolVersion); 2] =
        [("-tls1_3", &rustls::version::TLS13), ("-tls1_2", &rustls::version::TLS12)];
    for (flag, version) in versions {
        for minted in all {
            openssl.write("root.pem", &minted.root);
            let answer = match (minted.kind, flag) {
                // OpenSSL's TLS 1.2 server wants the curve among the groups that the client offers, and rustls offers no P-521.
                (KeyKind::P521, "-tls1_2") => ask_by_openssl(&openssl, flag, minted),
                _ => ask(&openssl, flag, client(&authority, version, Some(minted))),
            };
            assert!(answer.contains("HTTP/1.0 200"), "{} {flag}: {answer}", minted.kind);
        }
        // The server means it: without a certificate, and with one of another CA, it answers nothing.
        assert!(!ask(&openssl, flag, client(&authority, version, None)).contains("200"));
        openssl.write("root.pem", &all[0].root);
        assert!(!ask(&openssl, flag, client(&authority, version, all.last())).contains("200"));
    }
}

fn client(
    server_ca: &testkit::Certificate,
    version: &'static SupportedProtocolVersion,
    minted: Option<&Minted>,
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(server_ca.der().to_vec())).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[version]).unwrap();
    let builder = builder.with_root_certificates(roots);
    let Some(minted) = minted else { return builder.with_no_client_auth() };
    let chain = std::iter::once(&minted.leaf).chain(&minted.intermediate);
    let chain = chain.map(|der| CertificateDer::from(der.clone())).collect();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(minted.key.pkcs8().unwrap().to_vec()));
    builder.with_client_auth_cert(chain, key).unwrap()
}

/// What the server answers to a request; what went wrong, when it does not.
fn ask(openssl: &OpenSsl, flag: &str, config: ClientConfig) -> String {
    let server = Server::start(openssl, flag);
    let name = ServerName::try_from("localhost").unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut socket = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    socket.set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
    let mut stream = rustls::Stream::new(&mut connection, &mut socket);
    if let Err(error) = stream.write_all(b"GET / HTTP/1.0\r\n\r\n") {
        return error.to_string();
    }
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        // The server closes without a farewell.
        Err(error) if answer.is_empty() => error.to_string(),
        _ => String::from_utf8_lossy(&answer).into_owned(),
    }
}

/// The same with `openssl s_client`.
fn ask_by_openssl(openssl: &OpenSsl, flag: &str, minted: &Minted) -> String {
    let server = Server::start(openssl, flag);
    openssl.write("leaf.pem", pem(&minted.leaf));
    openssl.write("leaf.key", minted.key.pkcs8_pem().unwrap().as_bytes());
    openssl.write("sent.pem", minted.intermediate.as_deref().map(pem).unwrap_or_default());
    let chain = if minted.intermediate.is_some() { "-cert_chain sent.pem" } else { "" };
    let words = format!(
        "s_client -connect 127.0.0.1:{} {flag} -quiet -CAfile server-ca.pem -verify_return_error -cert leaf.pem -key leaf.key {chain}",
        server.port
    );
    let mut child = Command::new("openssl")
        .args(words.split_whitespace())
        .current_dir(openssl.directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.as_mut().unwrap().write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut answer).unwrap();
    drop(child.stdin.take());
    child.wait().unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
