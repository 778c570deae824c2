//! Tells systemd how it stands: `sd_notify`, by a datagram to the socket that it names.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crate::session::Session;

/// The socket, when there is one.
pub(super) struct Notify {
    socket: Option<UnixDatagram>,
    /// How often a sign of life is expected.
    pub(super) watchdog: Option<Duration>,
}

impl Notify {
    /// As `NOTIFY_SOCKET` and `WATCHDOG_USEC` say.
    pub(super) fn of(session: &Session<'_, '_>) -> Self {
        let variable =
            |name: &str| session.environment.set_variable(name).and_then(|value| value.into_string().ok());
        let watchdog =
            variable("WATCHDOG_USEC").and_then(|text| text.parse().ok()).map(Duration::from_micros);
        Notify { socket: variable("NOTIFY_SOCKET").and_then(|name| connect(&name)), watchdog }
    }

    /// Says something; nobody is told when systemd does not listen.
    pub(super) fn say(&self, state: &str) {
        if let Some(socket) = &self.socket {
            let _ = socket.send(state.as_bytes());
        }
    }

    /// A sign of life.
    pub(super) fn alive(&self) {
        if self.watchdog.is_some() {
            self.say("WATCHDOG=1");
        }
    }

    /// That the configuration is being read, with the time that systemd wants beside it.
    pub(super) fn reloading(&self) {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let microseconds = now.tv_sec.saturating_mul(1_000_000).saturating_add(now.tv_nsec / 1_000);
        self.say(&format!("RELOADING=1\nMONOTONIC_USEC={microseconds}"));
    }
}

fn connect(name: &str) -> Option<UnixDatagram> {
    let socket = UnixDatagram::unbound().ok()?;
    // Whoever does not listen must not hold up the rotations.
    socket.set_nonblocking(true).ok()?;
    match name.strip_prefix('@') {
        None => socket.connect(name).ok()?,
        Some(name) => connect_abstract(&socket, name)?,
    }
    Some(socket)
}

#[cfg(target_os = "linux")]
fn connect_abstract(socket: &UnixDatagram, name: &str) -> Option<()> {
    use std::os::linux::net::SocketAddrExt;
    let address = std::os::unix::net::SocketAddr::from_abstract_name(name.as_bytes()).ok()?;
    socket.connect_addr(&address).ok()
}

#[cfg(not(target_os = "linux"))]
fn connect_abstract(_: &UnixDatagram, _: &str) -> Option<()> {
    None
}
