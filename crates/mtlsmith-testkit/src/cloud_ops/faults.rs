//! What can go wrong, and when.

use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::http::Reply;
use super::http::Request;

/// A moment of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The Namespace is read before any update has arrived.
    Read,
    /// An update arrives.
    Update,
    /// An operation is asked for.
    Poll,
    /// The Namespace is read after an update has arrived.
    ReadBack,
}

impl Moment {
    /// All of them.
    pub const ALL: [Moment; 4] = [Moment::Read, Moment::Update, Moment::Poll, Moment::ReadBack];
}

/// What goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This status instead of handling the request; 429 comes with `retry-after`.
    StatusBefore(u16),
    /// The request is handled and answered with this status all the same.
    StatusAfter(u16),
    /// The connection is closed before the request is handled.
    CutBefore,
    /// The request is handled and the connection closed without a byte.
    CutAfter,
    /// The request is handled and the answer stops in the middle.
    CutWithin,
    /// Nothing is handled and nothing answered until the client gives up.
    HangBefore,
    /// The request is handled and nothing answered until the client gives up.
    HangAfter,
    /// The request is handled and answered with something that is no JSON.
    GarbageAfter,
    /// The API key is repeated in an error, as some proxies do.
    EchoesKey,
    /// The request is not handled and the client sent elsewhere.
    Redirect,
    /// Somebody else changes the Namespace just before the request is handled.
    ChangedByAnother,
    /// The running operation fails with this reason; then the request is handled.
    OperationFails(String),
    /// A reader of the Namespace is shown the state before the last change.
    ShowsOldState,
    /// The running operation makes no progress from now on.
    OperationStuck,
}

/// Does the fault come instead of handling the request?
pub(super) fn comes_before(fault: &Option<Fault>) -> bool {
    matches!(
        fault,
        Some(
            Fault::StatusBefore(_)
                | Fault::CutBefore
                | Fault::HangBefore
                | Fault::EchoesKey
                | Fault::Redirect
        )
    )
}

/// Writes the answer, as far as the fault lets it.
pub(super) fn write(
    stream: &mut TcpStream,
    reply: Option<Reply>,
    fault: &Option<Fault>,
    request: &Request,
    stopped: &AtomicBool,
) {
    let handled = reply.unwrap_or(Reply { status: 500, body: String::new() });
    let bytes = match fault {
        Some(Fault::StatusBefore(429)) => {
            Reply::error(429, 8, "rate limit exceeded, please retry later").bytes("retry-after: 7\r\n")
        }
        Some(Fault::StatusBefore(status) | Fault::StatusAfter(status)) => {
            Reply::error(*status, 13, "something went wrong").bytes("")
        }
        Some(Fault::CutBefore | Fault::CutAfter) => return,
        Some(Fault::HangBefore | Fault::HangAfter) => return hang(stream, stopped),
        Some(Fault::CutWithin) => {
            let whole = handled.bytes("");
            whole[..whole.len() - handled.body.len() / 2 - 1].to_vec()
        }
        Some(Fault::GarbageAfter) => Reply { status: 200, body: "<html>welcome</html>".to_owned() }.bytes(""),
        Some(Fault::EchoesKey) => {
            let sent = request.header("authorization").unwrap_or_default();
            Reply::error(400, 3, &format!("bad header authorization: {sent}\u{1b}[31m")).bytes("")
        }
        Some(Fault::Redirect) => {
            let elsewhere = format!("location: http://127.0.0.1:9{}\r\n", request.path);
            Reply { status: 307, body: String::new() }.bytes(&elsewhere)
        }
        _ => handled.bytes(""),
    };
    // The client may have given up.
    let _ = stream.write_all(&bytes).and_then(|()| stream.flush());
}

fn hang(stream: &mut TcpStream, stopped: &AtomicBool) {
    let _ = stream.set_read_timeout(Some(Duration::from_millis(20)));
    while !stopped.load(Ordering::SeqCst) {
        match stream.read(&mut [0; 16]) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if is_timeout(&error) => {}
            Err(_) => return,
        }
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}
