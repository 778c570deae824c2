//! The agent: keeps the client certificates of many Namespaces fresh, until it is told to stop.
//!
//! One thread decides and rotates: it looks, by the wall clock, at everything that is in force, replaces what is due, and sleeps in short
//! steps, so that a clock that was set and a laptop that slept do no harm. Four threads run hooks, which may take long. One thread
//! answers for metrics, one waits for signals, one asks Temporal Cloud what is live.

mod config;
mod counters;
mod fleet;
mod followed;
mod hooks;
mod http;
mod kept;
mod live;
mod log;
mod look;
mod metrics;
mod notify;
mod rolling;
mod rotate;
mod stamp;
mod tended;
mod wake;

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use mtlsmith_validate::time::Timestamp;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::failure::reason;
use crate::minting::keep_failure;
use crate::rotating;
use crate::session::Session;
use crate::session::shown;
use crate::state::HomeArguments;
use config::Config;
use counters::Counters;
use fleet::Fleet;
use hooks::HookPool;
use log::Level;
use log::Log;
use notify::Notify;
use stamp::Stamp;
use wake::Wake;

/// How the agent runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Until it is told to stop.
    Stay,
    /// One look, hooks included.
    Once,
    /// The configuration is read, and nothing else is done.
    Check,
}

/// A running agent.
pub(crate) struct Agent {
    path: PathBuf,
    stamp: Stamp,
    config: Config,
    fleet: Fleet,
    hooks: HookPool,
    counters: Arc<Counters>,
    wake: Arc<Wake>,
    notify: Notify,
    log: Log,
    /// The clocks at the beginning of the last look: on the wall, and that of the machine, which nobody sets.
    clocks: Option<(Timestamp, Instant)>,
    /// Were certificates issued in the future, by the clock of the last look?
    clock_is_doubted: bool,
}

/// Runs it.
pub(crate) fn run(path: &Path, mode: Mode, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let stamp = Stamp::of(path);
    let config = read(path).map_err(Failure::could_not_run)?;
    if mode == Mode::Check {
        return check(path, &config, session);
    }
    let counters = Arc::new(Counters::default());
    let wake = Arc::new(Wake::default());
    let beside = Some(Arc::clone(&wake)).filter(|_| mode == Mode::Stay);
    let fleet = Fleet::open(&config, beside, session)?;
    let agent = Agent {
        path: path.to_owned(),
        stamp,
        hooks: HookPool::start(Arc::clone(&wake), session.environment.now),
        fleet,
        config,
        counters,
        wake,
        notify: Notify::of(session),
        log: Log,
        clocks: None,
        clock_is_doubted: false,
    };
    match mode {
        Mode::Once => agent.once(session),
        _ => agent.stay(session),
    }
}

/// Says whether the configuration names what is there.
fn check(path: &Path, config: &Config, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let path = shown(path.display());
    let Some(home) = HomeArguments::of_agent(config.home.clone()).open_if_there(session)? else {
        session.warning("the state directory is not there yet, so nothing was looked up in it");
        session.note(&format!("{path}: it can be used"));
        return Ok(Exit::Done);
    };
    let mut absent = Vec::new();
    for namespace in &config.namespaces {
        let names: Vec<Option<&str>> = match namespace.leaves.as_slice() {
            [] => vec![None],
            leaves => leaves.iter().map(|leaf| Some(leaf.name.as_str())).collect(),
        };
        for name in names {
            let found = rotating::missing(&home, Some(&namespace.name), name);
            absent.extend(found.map_err(|error| keep_failure(&error))?);
        }
    }
    if absent.is_empty() {
        session.note(&format!("{path}: it can be used"));
        return Ok(Exit::Done);
    }
    for failure in absent {
        if let Failure::Said { message, hint, .. } = failure {
            session.error(&format!("{path}: {message}"));
            hint.iter().for_each(|hint| session.hint(hint));
        }
    }
    Ok(Exit::Findings)
}

/// Reads the configuration.
fn read(path: &Path) -> Result<Config, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read {}: {}", shown(path.display()), reason(&error)))?;
    config::read(&text).map_err(|problem| format!("{}: {problem}", shown(path.display())))
}

impl Agent {
    fn once(mut self, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
        self.fleet.reader.read_all(session.environment.now);
        self.look(session);
        while self.hooks.is_busy() {
            self.wake.sleep(std::time::Duration::from_secs(1));
            self.take_hook_results(session);
        }
        self.publish(session);
        let failures = self.counters.failures();
        self.hooks.stop();
        Ok(if failures == 0 { Exit::Done } else { Exit::CouldNotRun })
    }

    fn stay(mut self, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
        let signals = wake::listen(&self.wake).map_err(|error| {
            Failure::could_not_run(format!("signals cannot be waited for: {}", reason(&error)))
        })?;
        let mut server = self.serve(session)?;
        self.notify.say("READY=1");
        let namespaces = self.config.namespaces.len();
        self.log.say(session, Level::Info, "started", &[("namespaces", &namespaces)]);
        while !self.wake.should_stop() {
            if self.wake.take_reload() || self.stamp != Stamp::of(&self.path) {
                self.reload(&mut server, session);
            }
            self.look(session);
            self.publish(session);
            self.notify.alive();
            self.wake.sleep(self.pause((session.environment.now)()));
        }
        self.notify.say("STOPPING=1");
        self.log.say(session, Level::Info, "stopping", &[]);
        if let Some(server) = server {
            server.stop();
        }
        self.hooks.stop();
        self.take_hook_results(session);
        signals.close();
        self.log.say(session, Level::Info, "stopped", &[]);
        Ok(Exit::Done)
    }

    fn serve(&mut self, session: &mut Session<'_, '_>) -> Result<Option<http::Server>, Failure> {
        let Some(address) = self.config.listen else { return Ok(None) };
        let server = http::Server::start(address, Arc::clone(&self.counters)).map_err(|error| {
            Failure::could_not_run(format!("cannot listen on {address}: {}", reason(&error)))
        })?;
        self.log.say(session, Level::Info, "listening", &[("address", &server.address())]);
        Ok(Some(server))
    }

    /// Takes the new configuration, when it is sound; else the old one stays.
    fn reload(&mut self, server: &mut Option<http::Server>, session: &mut Session<'_, '_>) {
        self.notify.reloading();
        self.stamp = Stamp::of(&self.path);
        let taken = read(&self.path).and_then(|config| {
            let wake = Some(Arc::clone(&self.wake));
            let fleet = Fleet::open(&config, wake, session).map_err(|failure| match failure {
                Failure::Said { message, .. } => message,
                Failure::BrokenPipe => String::new(),
            })?;
            Ok((config, fleet))
        });
        self.counters.reloaded(taken.is_ok());
        match taken {
            Err(problem) => self.log.say(session, Level::Error, "not-reloaded", &[("problem", &problem)]),
            Ok((config, fleet)) => {
                let moved = config.listen != self.config.listen;
                (self.config, self.fleet) = (config, fleet);
                if moved {
                    if let Some(old) = server.take() {
                        old.stop();
                    }
                    match self.serve(session) {
                        Ok(new) => *server = new,
                        Err(Failure::Said { message, .. }) => {
                            self.log.say(session, Level::Error, "not-listening", &[("problem", &message)]);
                        }
                        Err(Failure::BrokenPipe) => {}
                    }
                }
                self.log.say(session, Level::Info, "reloaded", &[]);
            }
        }
        self.notify.say("READY=1");
    }
}
