//! Runs a program to its end or to a time limit, and keeps a bounded part of what it writes.

use std::fmt;
use std::io;
use std::io::Read;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;
use std::time::Instant;

/// A program that has ended.
pub(crate) struct Finished {
    pub(crate) ended: Ended,
    pub(crate) output: Vec<u8>,
    pub(crate) errors: Vec<u8>,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Code(i32),
    Signal,
    TimeLimit,
}

/// Runs it. `Err` means that it did not start.
pub(super) fn run(arguments: &[String], time_limit: Duration) -> io::Result<Finished> {
    run_with(arguments, &[], time_limit)
}

/// Runs it with some more variables in its environment.
pub(crate) fn run_with(
    arguments: &[String],
    variables: &[(&str, String)],
    time_limit: Duration,
) -> io::Result<Finished> {
    let Some((program, arguments)) = arguments.split_first() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no program"));
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A program that is told of a new certificate has no business with the passphrase of the CA's key.
    for secret in ["MTLSMITH_PASSPHRASE", "MTLSMITH_P12_PASSWORD"] {
        command.env_remove(secret);
    }
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    // A group of its own, so that what the program has started can be ended with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    let output = child.stdout.take().map(collect);
    let errors = child.stderr.take().map(collect);
    let ended = wait(&mut child, time_limit)?;
    Ok(Finished { ended, output: collected(output), errors: collected(errors) })
}

fn wait(child: &mut Child, time_limit: Duration) -> io::Result<Ended> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Ended::from_status(status));
        }
        if start.elapsed() >= time_limit {
            end(child);
            child.wait()?;
            return Ok(Ended::TimeLimit);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // The group is gone when all of it has ended by itself in between.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    // It may have ended by itself in between.
    let _ = child.kill();
}

/// Reads to the end in a thread of its own, so that a full pipe never stops the program; keeps the first part.
fn collect(mut stream: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        let mut part = [0; 8_192];
        while let Ok(length @ 1..) = stream.read(&mut part) {
            let room = LARGEST_OUTPUT.saturating_sub(kept.len()).min(length);
            kept.extend_from_slice(part.get(..room).unwrap_or_default());
        }
        // Nobody listens any more when something the program left behind held the pipe open for too long.
        let _ = sender.send(kept);
    });
    receiver
}

fn collected(stream: Option<Receiver<Vec<u8>>>) -> Vec<u8> {
    stream.and_then(|receiver| receiver.recv_timeout(AFTER_THE_END).ok()).unwrap_or_default()
}

impl Ended {
    fn from_status(status: ExitStatus) -> Self {
        status.code().map_or(Ended::Signal, Ended::Code)
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Code(code) => write!(f, "it ended with code {code}"),
            Ended::Signal => f.write_str("it was ended by a signal"),
            Ended::TimeLimit => f.write_str("it was ended at its time limit"),
        }
    }
}

/// A bundle has at most 32 KB; in base64 and with a few comments it fits twice.
pub(super) const LARGEST_OUTPUT: usize = 128 * 1024;

/// How long to wait for the end of the output when the program has ended; something it left running may hold it open.
const AFTER_THE_END: Duration = Duration::from_secs(5);
