//! What wakes the agent: time, signals, hooks that have ended.

use std::io;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::thread::JoinHandle;
use std::time::Duration;

use signal_hook::consts::SIGHUP;
use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;
use signal_hook::iterator::Handle;
use signal_hook::iterator::Signals;

/// What was asked for since the last look.
#[derive(Debug, Default)]
pub(super) struct Wake {
    asked: Mutex<Asked>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Asked {
    stop: bool,
    reload: bool,
    look: bool,
}

impl Wake {
    /// Ends the sleep.
    pub(super) fn look(&self) {
        self.ask(|asked| asked.look = true);
    }

    pub(super) fn should_stop(&self) -> bool {
        self.asked().stop
    }

    pub(super) fn take_reload(&self) -> bool {
        std::mem::take(&mut self.asked().reload)
    }

    /// Sleeps until something is asked for, at most so long.
    pub(super) fn sleep(&self, longest: Duration) {
        let asked = self.asked();
        let nothing = |asked: &mut Asked| !(asked.stop || asked.reload || asked.look);
        let waited = self.changed.wait_timeout_while(asked, longest, nothing);
        waited.unwrap_or_else(PoisonError::into_inner).0.look = false;
    }

    fn ask(&self, change: impl FnOnce(&mut Asked)) {
        change(&mut self.asked());
        self.changed.notify_all();
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        // A flag is whole whatever became of the thread that set it.
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread that waits for signals.
pub(super) struct Listening {
    handle: Handle,
    thread: JoinHandle<()>,
}

/// Waits for SIGHUP, SIGTERM and SIGINT.
pub(super) fn listen(wake: &Arc<Wake>) -> io::Result<Listening> {
    let mut signals = Signals::new([SIGHUP, SIGTERM, SIGINT])?;
    let handle = signals.handle();
    let wake = Arc::clone(wake);
    let thread = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            wake.ask(|asked| match signal {
                SIGHUP => asked.reload = true,
                _ => asked.stop = true,
            });
        }
    })?;
    Ok(Listening { handle, thread })
}

impl Listening {
    /// Ends the thread.
    pub(super) fn close(self) {
        self.handle.close();
        let _ = self.thread.join(); // it does nothing that could go wrong
    }
}
