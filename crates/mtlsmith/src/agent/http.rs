//! Answers `GET /metrics` and `GET /healthz`, on this machine alone. Each connection has one short request and a few seconds.

use std::io;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use mtlsmith_validate::time::Timestamp;

use super::counters::Counters;
use super::metrics;

/// The thread that answers.
pub(super) struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Server {
    pub(super) fn start(address: SocketAddr, counters: Arc<Counters>) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&stop);
        let answer = move || accept(&listener, &counters, &until);
        let thread = std::thread::Builder::new().name("metrics".to_owned()).spawn(answer)?;
        Ok(Server { address, stop, thread })
    }

    /// Where it listens; the port too when any was asked for.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the thread: a connection of our own wakes it.
    pub(super) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        if TcpStream::connect_timeout(&self.address, PATIENCE).is_ok() {
            let _ = self.thread.join(); // it holds nothing that could be lost
        }
    }
}

fn accept(listener: &TcpListener, counters: &Arc<Counters>, stop: &AtomicBool) {
    let busy = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let Ok(stream) = stream else {
            // No more descriptors, most likely; others need the time more than we do.
            std::thread::sleep(Duration::from_millis(100));
            continue;
        };
        if busy.fetch_add(1, Ordering::Relaxed) >= MOST_AT_ONCE {
            busy.fetch_sub(1, Ordering::Relaxed);
            continue;
        }
        let (counters, done) = (Arc::clone(counters), Arc::clone(&busy));
        let answer = move || {
            // Whoever asked has gone away, or never asked.
            let _ = serve(stream, &counters);
            done.fetch_sub(1, Ordering::Relaxed);
        };
        if std::thread::Builder::new().name("scrape".to_owned()).spawn(answer).is_err() {
            busy.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn serve(mut stream: TcpStream, counters: &Counters) -> io::Result<()> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = request(&mut stream)?;
    let (status, kind, body) = answer(&request, counters);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    if !request.starts_with("HEAD ") {
        stream.write_all(body.as_bytes())?;
    }
    stream.flush()
}

/// The head of the request.
fn request(stream: &mut TcpStream) -> io::Result<String> {
    let start = Instant::now();
    let mut read = Vec::new();
    let mut part = [0; 1_024];
    while !read.windows(4).any(|end| end == b"\r\n\r\n") {
        let left = PATIENCE.saturating_sub(start.elapsed());
        if left.is_zero() || read.len() > LONGEST_REQUEST {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut part)? {
            0 => break,
            count => read.extend_from_slice(part.get(..count).unwrap_or_default()),
        }
    }
    Ok(String::from_utf8_lossy(&read).into_owned())
}

fn answer(request: &str, counters: &Counters) -> (&'static str, &'static str, String) {
    let mut words = request.split_ascii_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if method != "GET" && method != "HEAD" {
        return ("405 Method Not Allowed", PLAIN, "GET alone\n".to_owned());
    }
    let counted = counters.snapshot();
    match target.split('?').next().unwrap_or_default() {
        "/metrics" => {
            let now = counted.looked_at.unwrap_or(Timestamp::from_unix(0));
            ("200 OK", PROMETHEUS, metrics::text(&counted, now))
        }
        "/healthz" if counted.is_healthy() => ("200 OK", PLAIN, "ok\n".to_owned()),
        "/healthz" => {
            ("503 Service Unavailable", PLAIN, "the agent has not looked for too long\n".to_owned())
        }
        _ => ("404 Not Found", PLAIN, "there are /metrics and /healthz\n".to_owned()),
    }
}

const PLAIN: &str = "text/plain; charset=utf-8";

const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How long a connection may take to ask, and to be answered.
const PATIENCE: Duration = Duration::from_secs(5);

/// Requests of scrapers have some hundred bytes.
const LONGEST_REQUEST: usize = 8 * 1024;

/// As many scrapers are answered at the same time; more are turned away.
const MOST_AT_ONCE: usize = 8;
