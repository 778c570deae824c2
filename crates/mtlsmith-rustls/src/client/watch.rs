//! The thread that looks at the files.

use std::convert::Infallible;
use std::io;
use std::sync::Weak;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

/// Something that looks at the disk now and then.
pub(super) trait Watched: Send + Sync + 'static {
    /// Looks once.
    fn look(&self);
}

/// Ends the thread when dropped; nothing is ever sent.
#[derive(Debug)]
pub(super) struct Watching {
    _alive: Sender<Infallible>,
}

/// Starts a thread that looks every so often, until the answer is dropped.
pub(super) fn watch(watched: Weak<impl Watched>, every: Duration) -> io::Result<Watching> {
    let (alive, ended) = mpsc::channel();
    let name = "mtlsmith-rotation".to_owned();
    thread::Builder::new().name(name).spawn(move || run(&watched, &ended, every))?;
    Ok(Watching { _alive: alive })
}

fn run(watched: &Weak<impl Watched>, ended: &Receiver<Infallible>, every: Duration) {
    while ended.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
        let Some(watched) = watched.upgrade() else { return };
        watched.look();
    }
}
