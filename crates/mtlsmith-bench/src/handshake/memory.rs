//! One handshake between two connections of this process.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::ServerConfig;
use rustls::ServerConnection;

use super::SERVER_NAME;
use crate::measure::processor_time;

/// What the server spent on a full handshake; `None` when it fails.
pub(super) fn handshake(server: &Arc<ServerConfig>, client: &Arc<ClientConfig>) -> Option<Duration> {
    let mut client = ClientConnection::new(Arc::clone(client), SERVER_NAME.try_into().ok()?).ok()?;
    let start = processor_time();
    let mut server = ServerConnection::new(Arc::clone(server)).ok()?;
    let mut spent = processor_time().saturating_sub(start);
    let mut bytes = Vec::with_capacity(8_192);
    while client.is_handshaking() || server.is_handshaking() {
        bytes.clear();
        while client.wants_write() {
            client.write_tls(&mut bytes).ok()?;
        }
        let start = processor_time();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            server.read_tls(&mut rest).ok()?;
            server.process_new_packets().ok()?;
        }
        bytes.clear();
        while server.wants_write() {
            server.write_tls(&mut bytes).ok()?;
        }
        spent += processor_time().saturating_sub(start);
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            client.read_tls(&mut rest).ok()?;
            client.process_new_packets().ok()?;
        }
    }
    Some(spent)
}
