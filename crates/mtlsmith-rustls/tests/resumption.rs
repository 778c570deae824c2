//! A client that keeps every session it is given and offers it wherever it goes: each handshake is a full one all the same, so that no
//! session leads from one Namespace into another, past a replaced bundle, or past an expiry.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

mod support;

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

use mtlsmith_rustls::server::NamespaceDirectory;
use mtlsmith_testkit as testkit;
use rustls::AlertDescription;
use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::HandshakeKind;
use rustls::NamedGroup;
use rustls::ServerConfig;
use rustls::ServerConnection;
use rustls::client::ClientSessionStore;
use rustls::client::Resumption;
use rustls::client::Tls12ClientSessionValue;
use rustls::client::Tls13ClientSessionValue;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;
use support::Ended;
use support::Moving;
use support::ORDERS;
use support::VERSIONS;
use support::alert;
use support::client;
use support::generous;
use support::live;
use support::live::Live;
use support::providers;
use support::serve;
use support::server_certificate;
use support::shake_with;

const BILLING: &str = "billing.a1b2c.tmprl.cloud";

/// Offers whatever session anybody gave it to everybody.
#[derive(Debug, Default)]
struct Hoard {
    tls12: Mutex<Option<Tls12ClientSessionValue>>,
    tls13: Mutex<Vec<Tls13ClientSessionValue>>,
    offered: AtomicUsize,
}

impl Hoard {
    fn count<T>(&self, session: Option<T>) -> Option<T> {
        self.offered.fetch_add(usize::from(session.is_some()), Ordering::Relaxed);
        session
    }
}

impl ClientSessionStore for Hoard {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        *self.tls12.lock().unwrap() = Some(value);
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.count(self.tls12.lock().unwrap().clone())
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.tls13.lock().unwrap().push(value);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.count(self.tls13.lock().unwrap().pop())
    }
}

/// One handshake with whatever the client has hoarded: the alert, when it is refused.
fn visit(
    config: &Arc<ClientConfig>,
    name: &'static str,
    choose: impl Fn(Option<&str>) -> Arc<ServerConfig>,
) -> (Option<AlertDescription>, Option<HandshakeKind>) {
    let mut client = ClientConnection::new(Arc::clone(config), name.try_into().unwrap()).unwrap();
    if let Some(mut early) = client.early_data() {
        early.write_all(b"too early").unwrap();
    }
    let ended = shake_with(&mut client, choose);
    if let Ended::Finished(server) = &ended {
        assert_eq!(server.handshake_kind(), client.handshake_kind());
    }
    (alert(ended), client.handshake_kind())
}

#[test]
fn every_handshake_is_a_full_one_whatever_is_offered() {
    let (one, two) = (testkit::root("one"), testkit::root("two"));
    let ends = testkit::NOW + 600;
    let leaf = testkit::leaf_builder("worker").not_after(ends).signed_by(&one);
    for provider in providers() {
        for version in VERSIONS {
            let clock = Arc::new(Moving(AtomicI64::new(testkit::NOW)));
            let own = server_certificate(&provider);
            let directory = NamespaceDirectory::new(support::SUFFIX, Arc::clone(&provider), Arc::clone(&own));
            let directory = directory.unwrap().with_clock(clock.clone());
            serve(&directory, "orders.a1b2c", &[&one], "");
            serve(&directory, "billing.a1b2c", &[&two], "");
            let hoard = Arc::new(Hoard::default());
            let mut config = Arc::unwrap_or_clone(client(&provider, &[&leaf], version));
            config.resumption = Resumption::store(hoard.clone());
            config.enable_early_data = true;
            let config = Arc::new(config);
            let generous = generous(&provider, own);
            visit(&config, ORDERS, |_| Arc::clone(&generous));
            let (_, kind) = visit(&config, ORDERS, |_| Arc::clone(&generous));
            assert_eq!(kind, Some(HandshakeKind::Resumed), "the client does offer its session");
            let ours = |name: &'static str| {
                // A ticket of TLS 1.3 is offered once: here is a new one.
                visit(&config, ORDERS, |_| Arc::clone(&generous));
                let before = hoard.offered.load(Ordering::Relaxed);
                let (alert, kind) =
                    visit(&config, name, |name| Arc::clone(&directory.config_for(name).unwrap().config));
                assert_eq!(hoard.offered.load(Ordering::Relaxed), before + 1);
                assert_ne!(kind, Some(HandshakeKind::Resumed));
                alert
            };
            assert_eq!((ours(ORDERS), ours(ORDERS)), (None, None));
            assert_eq!(ours(BILLING), Some(AlertDescription::UnknownCA), "another Namespace");
            serve(&directory, "orders.a1b2c", &[&two], "");
            assert_eq!(ours(ORDERS), Some(AlertDescription::UnknownCA), "the bundle was replaced");
            serve(&directory, "orders.a1b2c", &[&one], "");
            assert_eq!(ours(ORDERS), None);
            clock.0.store(ends + 1, Ordering::Relaxed);
            assert_eq!(ours(ORDERS), Some(AlertDescription::CertificateExpired));
        }
    }
}

/// Serves on the loopback interface and resumes sessions; closes each connection once it stands.
fn start_generous(config: Arc<ServerConfig>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut byte = [0];
            // The client's first byte: by then the handshake is over and the tickets are on their way.
            let _ = rustls::Stream::new(&mut connection, &mut stream).read(&mut byte); // who fails is not resumed either
            connection.send_close_notify();
            let _ = connection.write_tls(&mut stream);
        }
    });
    port
}

/// Connects with `openssl s_client`, which offers the session of a file and keeps one there; what it says of the session.
fn s_client(live: &Live, port: u16, version: &str, name: &str, session: &str) -> String {
    let file = live.path(session);
    let mut command = Command::new("openssl");
    command.args(["s_client", "-ign_eof", version, "-alpn", "h2", "-servername", name]);
    command.args(["-connect", &format!("127.0.0.1:{port}")]).arg("-sess_out").arg(&file);
    command.arg("-CAfile").arg(live.path("server-ca.pem"));
    command.arg("-cert").arg(live.path("good.crt")).arg("-key").arg(live.path("good.key"));
    if file.exists() {
        command.arg("-sess_in").arg(&file);
    }
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = spawned.unwrap();
    let opening =
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let _ = child.stdin.take().unwrap().write_all(opening); // who is refused may be gone already
    let output = child.wait_with_output().unwrap();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn openssl_offers_its_session_in_vain() {
    if Command::new("openssl").arg("version").stdout(Stdio::null()).status().is_err() {
        mtlsmith_testkit::not_tested("sessions that openssl s_client offers: it is not installed");
        return;
    }
    let live = Live::start();
    live.write("good", &live::leaf("worker", 1, &live.root));
    let two = live::root("live two");
    live.directory.set("billing.a1b2c", two.pem().as_bytes(), None, UnixTime::now()).unwrap();
    let generous = start_generous(generous(&mtlsmith_rustls::default_provider(), live.server_certificate()));
    let mut admitted = 0;
    for version in ["-tls1_3", "-tls1_2"] {
        let file = format!("session{version}");
        assert!(s_client(&live, generous, version, ORDERS, &file).contains("New, TLSv1."), "{version}");
        let again = s_client(&live, generous, version, ORDERS, &file);
        assert!(again.contains("Reused, TLSv1."), "the client does offer its session: {version} {again}");
        for (name, is_in) in [(ORDERS, true), (ORDERS, true), (BILLING, false), (ORDERS, true)] {
            let said = s_client(&live, live.port, version, name, &file);
            assert!(!said.contains("Reused, "), "{version} {name}: {said}");
            admitted += usize::from(is_in);
            assert_eq!(live.told.admitted.lock().unwrap().len(), admitted, "{version} {name}: {said}");
            assert_eq!(said.contains("alert unknown ca"), !is_in, "{version} {name}: {said}");
        }
    }
    // What was kept from the Namespace's own server is no better once the bundle is another.
    live.directory.set("orders.a1b2c", two.pem().as_bytes(), None, UnixTime::now()).unwrap();
    for version in ["-tls1_3", "-tls1_2"] {
        let said = s_client(&live, live.port, version, ORDERS, &format!("session{version}"));
        assert!(said.contains("alert unknown ca") && !said.contains("Reused, "), "{version}: {said}");
    }
}
