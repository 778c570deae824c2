//! The server that is measured: a thread for each port, one connection after the other.

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use mtlsmith_rustls::server::NamespaceDirectory;
use pki_types::CertificateDer;
use pki_types::PrivateKeyDer;
use pki_types::UnixTime;
use pki_types::pem::PemObject;
use rustls::server::Acceptor;
use rustls::sign::CertifiedKey;
use rustls::sign::SingleCertAndKey;

use crate::handshake::provider;
use crate::measure::say;

const ANSWER: &[u8] = b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

/// Serves until it is killed; prints the ports, the one without TLS first. `None` when a file or a port is missing.
pub(crate) fn serve(folder: &Path) -> Option<()> {
    let provider = provider();
    let certificate = CertificateDer::from_pem_file(folder.join("server.crt")).ok()?;
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).ok()?;
    let own = CertifiedKey::from_der(vec![certificate], key, &provider).ok()?;
    let own = Arc::new(SingleCertAndKey::from(own));
    let directory = NamespaceDirectory::new("tmprl.cloud", provider, own).ok()?.with_protocols(Vec::new());
    let bundle = std::fs::read(folder.join("ca.pem")).ok()?;
    directory.set("orders.a1b2c", &bundle, None, UnixTime::now()).ok()?;
    let plain = TcpListener::bind("127.0.0.1:0").ok()?;
    let tls = TcpListener::bind("127.0.0.1:0").ok()?;
    say(&format!("{} {}", plain.local_addr().ok()?.port(), tls.local_addr().ok()?.port()));
    thread::spawn(move || {
        for stream in plain.incoming().flatten() {
            let _ = answer(stream); // the client has gone
        }
    });
    for stream in tls.incoming().flatten() {
        let _ = connection(&directory, stream); // the client was refused or has gone
    }
    Some(())
}

fn answer(mut stream: impl Read + Write) -> std::io::Result<()> {
    let mut request = [0; 1_024];
    if stream.read(&mut request)? > 0 {
        stream.write_all(ANSWER)?;
    }
    stream.flush()
}

fn connection(directory: &NamespaceDirectory, mut stream: TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut acceptor = Acceptor::default();
    let accepted = loop {
        if acceptor.read_tls(&mut stream).ok()? == 0 {
            return None;
        }
        match acceptor.accept() {
            Ok(Some(accepted)) => break accepted,
            Ok(None) => {}
            Err((_, mut alert)) => return alert.write_all(&mut stream).ok(),
        }
    };
    let served = directory.config_for(accepted.client_hello().server_name());
    let config = served.map_or_else(|_| directory.refusing(), |served| Arc::clone(&served.config));
    let mut connection = match accepted.into_connection(config) {
        Ok(connection) => connection,
        Err((_, mut alert)) => return alert.write_all(&mut stream).ok(),
    };
    let answered = answer(rustls::Stream::new(&mut connection, &mut stream));
    connection.send_close_notify();
    let _ = connection.write_tls(&mut stream); // an alert, or the goodbye
    answered.ok()
}
