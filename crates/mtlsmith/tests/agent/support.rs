//! What the tests of the agent share: a state directory, the program as a child, and a clock that is a file.

use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use mtlsmith::Environment;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::RealDisk;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::time::Timestamp;
use rustix::process::Pid;
use rustix::process::Signal;

pub(crate) const NAMESPACE: &str = "orders.a1b2c";
pub(crate) const DAY: i64 = 86_400;

/// The variable that names the file with the time. The shipped program knows nothing of it: only [`virtual_program`] reads it.
const CLOCK: &str = "MTLSMITH_TEST_CLOCK";

/// The variable with the arguments of the child, one a line.
const ARGUMENTS: &str = "MTLSMITH_TEST_ARGUMENTS";

/// A directory with all that an agent needs.
#[derive(Clone)]
pub(crate) struct Place {
    directory: Arc<tempfile::TempDir>,
}

/// A running agent; it is ended when the test ends.
pub(crate) struct Agent {
    child: Child,
    log: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Self {
        Place { directory: Arc::new(tempfile::tempdir().unwrap()) }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        // In one step, as an editor does it that does not want half of a file to be read.
        let aside = self.path(&format!(".{name}.new"));
        fs::write(&aside, text).unwrap();
        fs::rename(aside, self.path(name)).unwrap();
    }

    pub(crate) fn home(&self) -> Home {
        Home::open(RealDisk, self.path("home")).unwrap()
    }

    /// The certificate in force, whose key was looked at.
    pub(crate) fn in_force(&self, name: &str) -> (u64, Certificate) {
        let generation = self.home().read(&slot(name)).unwrap();
        let bundle = Bundle::read(generation.file("tls.crt").unwrap());
        let certificate = bundle.certificate(0).unwrap().clone();
        let key = PrivateKey::read_plain(generation.file("tls.key").unwrap()).unwrap();
        assert_eq!(key.public_key_info(), certificate.subject_public_key_info(), "the pair does not fit");
        (generation.number(), certificate)
    }

    pub(crate) fn set_clock(&self, now: Timestamp) {
        self.write("clock", &now.unix().to_string());
    }

    /// The shipped program.
    pub(crate) fn shipped(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mtlsmith"));
        self.settle(&mut command);
        command.args(line.split_whitespace());
        command
    }

    /// The same program in a child of this test, with the time from the file `clock`.
    pub(crate) fn under_virtual_clock(&self, line: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        self.settle(&mut command);
        command.args(["--exact", "support::virtual_program", "--nocapture", "--test-threads=1"]);
        let arguments: Vec<&str> = line.split_whitespace().collect();
        command.env(CLOCK, self.path("clock")).env(ARGUMENTS, arguments.join("\n"));
        command
    }

    fn settle(&self, command: &mut Command) {
        command.current_dir(self.directory.path()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("MTLSMITH_HOME", self.path("home"));
    }

    /// Makes the CA and the first certificate with a lifetime, then the others.
    pub(crate) fn furnish(&self, at: Timestamp, lifetime: &str, leaves: &[&str]) {
        self.set_clock(at);
        ended(self.under_virtual_clock(&format!("new {NAMESPACE} --name {} -d {lifetime}", leaves[0])), 0);
        if leaves.len() > 1 {
            self.write("leaves.csv", &format!("name\n{}\n", leaves[1..].join("\n")));
            let line = format!("gen leaf --namespace {NAMESPACE} --from leaves.csv -d {lifetime}");
            ended(self.under_virtual_clock(&line), 0);
        }
    }

    pub(crate) fn start(&self, mut command: Command) -> Agent {
        let log = self.path("agent.log");
        let file = fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let child = command.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        Agent { child, log }
    }
}

impl Agent {
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Waits for an event.
    pub(crate) fn wait_for(&mut self, event: &str, times: usize) {
        let wanted = format!("\"event\":\"{event}\"");
        let start = Instant::now();
        while self.log().matches(&wanted).count() < times {
            assert!(self.child.try_wait().unwrap().is_none(), "the agent has ended: {}", self.log());
            assert!(start.elapsed() < PATIENCE, "no {event} for the {times}th time: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Where it answers for metrics.
    pub(crate) fn address(&mut self) -> SocketAddr {
        self.wait_for("listening", 1);
        let log = self.log();
        log.split("\"address\":\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
    }

    /// Tells it to stop, and waits for that.
    pub(crate) fn stop(mut self) -> String {
        self.signal(Signal::TERM);
        let status = self.child.wait().unwrap();
        let log = self.log();
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(log.contains("\"event\":\"stopped\""), "{log}");
        log
    }

    /// Ends it without a word.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It has ended already when everything went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn slot(name: &str) -> Slot {
    Slot::leaf(Some(NAMESPACE), name).unwrap()
}

/// Runs a command to its end.
#[track_caller]
pub(crate) fn ended(mut command: Command, code: i32) -> Output {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}{}", String::from_utf8_lossy(&output.stdout));
    output
}

/// One request to the agent: the status, and what follows the head.
pub(crate) fn get(address: SocketAddr, target: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: here\r\n\r\n").as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// The value of a metric without labels, or with exactly these.
pub(crate) fn metric(body: &str, name: &str) -> i64 {
    let line = body.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    line.unwrap_or_else(|| panic!("no {name}: {body}")).rsplit(' ').next().unwrap().parse().unwrap()
}

/// The time in the file.
pub(crate) fn virtual_now() -> Timestamp {
    let path = std::env::var_os(CLOCK).expect("a clock");
    let text = fs::read_to_string(Path::new(&path)).expect("the time");
    Timestamp::from_unix(text.trim().parse().expect("seconds"))
}

/// The program itself, when this test was started as a child by [`Place::under_virtual_clock`].
#[test]
fn virtual_program() {
    let Ok(arguments) = std::env::var(ARGUMENTS) else { return };
    let mut environment = Environment { now: virtual_now, ..Environment::of_process() };
    let all = std::iter::once("mtlsmith").chain(arguments.lines()).map(Into::into);
    let exit = mtlsmith::run(all, &mut environment);
    // The harness around us would say that all is well.
    std::process::exit(i32::from(exit.code()));
}

/// A loaded machine is slow; nothing here waits for longer than it has to.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
