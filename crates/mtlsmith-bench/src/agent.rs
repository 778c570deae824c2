//! The agent: how fast the planner decides, what an agent costs that has nothing to do, and a herd that is due at once. The agent is the
//! program as it is shipped, by the clock of the machine, on a disk.

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use mtlsmith_ca::rotate::LeafPolicy;
use mtlsmith_ca::rotate::LeafState;
use mtlsmith_ca::rotate::decide_leaf;
use mtlsmith_ca::rotate::identity;
use mtlsmith_validate::time::Timestamp;

use crate::Arguments;
use crate::measure::Goal;
use crate::measure::judge;
use crate::measure::readable;
use crate::measure::say;

/// Prints the figures; `false` when a goal is missed or something could not be measured.
pub(crate) fn run(arguments: &Arguments) -> bool {
    say("agent: the planner in memory; the shipped program with a state directory on disk");
    let mut met = planner();
    let Some(mtlsmith) = arguments.mtlsmith.as_deref() else {
        say("  the program: not measured, no --mtlsmith given");
        return met;
    };
    let rows: [(&str, Measure); 2] = [("idle", idle), ("herd", herd)];
    for (what, measure) in rows {
        match measure(mtlsmith) {
            Ok(well) => met &= well,
            Err(problem) => {
                say(&format!("!!!! NOT MEASURED: {what}: {problem}"));
                met = false;
            }
        }
    }
    met
}

fn planner() -> bool {
    let (now, policy) = (Timestamp::from_unix(1_800_000_000), LeafPolicy::default());
    let leaves: Vec<LeafState> = (0..100_000_i64)
        .map(|number| LeafState {
            identity: identity(&format!("leaf-{number}")),
            issued_at: now.plus(-number * 25),
            effective_expiry: Some(now.plus(30 * DAY - number * 25)),
            failures: None,
        })
        .collect();
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        let due = leaves.iter().filter(|leaf| decide_leaf(leaf, &policy, now).is_rotate()).count();
        black_box(due);
        best = best.min(start.elapsed());
    }
    say(&format!("  planner, {} leaves{:>24}", leaves.len(), readable(best)));
    judge("planner for 100,000 leaves, ms", best.as_secs_f64() * 1e3, Goal::AtMost(100.0))
}

/// A thousand leaves and nothing to do, then a few thousand rotations.
fn idle(mtlsmith: &Path) -> Result<bool, String> {
    let place = Place::new(mtlsmith, "idle", 1_000, None)?;
    let agent = place.start("5s")?;
    let looks = |metrics: &Metrics| metrics.number("mtlsmith_looks_total");
    let first = agent.until(|metrics| looks(metrics) > 0.0)?;
    let (before, memory) = (agent.processor_time()?, agent.memory("VmRSS")?);
    sleep(Duration::from_secs(20));
    let last = agent.metrics()?;
    let spent = agent.processor_time()?.saturating_sub(before);
    let number = looks(&last) - looks(&first);
    // As configured when nobody says anything: a look every 30 seconds.
    let a_minute = spent.as_secs_f64() / number.max(1.0) * 2.0;
    say(&format!(
        "  idle, 1,000 leaves: {spent:.3?} of processor time in 20 s and {number} looks, {a_minute:.3} s a minute; {memory} kB"
    ));
    // Both CAs, back again, and so on: each time all of them are moved.
    let mut after = 0;
    for (pass, words) in (1..).zip(PASSES) {
        place.roll(words)?;
        agent.until(|metrics| metrics.number(SUCCESS) >= f64::from(pass) * 1_000.0)?;
        after = agent.memory("VmRSS")?;
    }
    say(&format!(
        "  after {},000 rotations through a rollover that goes to and fro: {after} kB",
        PASSES.len()
    ));
    let growth = f64::from(after) / f64::from(memory.max(1));
    Ok(judge("memory after 4,000 rotations / before the first", growth, Goal::AtMost(2.0)))
}

/// Ten thousand that all are due when the agent begins.
fn herd(mtlsmith: &Path) -> Result<bool, String> {
    let place = Place::new(mtlsmith, "herd", HERD, Some(long_ago()))?;
    let start = Instant::now();
    let agent = place.start("30s")?;
    agent.until(|metrics| metrics.number(SUCCESS) >= f64::from(HERD))?;
    let took = start.elapsed();
    // What is told of each certificate is handed over at the end of the look.
    let done = agent.until(|metrics| metrics.number("mtlsmith_looks_total") > 0.0)?;
    let (memory, most) = (agent.memory("VmRSS")?, agent.memory("VmHWM")?);
    let spread = done.spread("mtlsmith_certificate_renewal_timestamp_seconds") / 3_600.0;
    let each = took / HERD;
    say(&format!(
        "  herd, {HERD} leaves due at once: {took:.1?}, {} each; they fall due next within {spread:.1} h; {memory} kB, at most {most} kB",
        readable(each)
    ));
    // A twentieth of the thirty days that each is valid.
    Ok(judge("spread of the herd, part of 36 h", spread / 36.0, Goal::AtLeast(0.9)))
}

/// Measures the program at this path; `false` when a goal is missed.
type Measure = fn(&Path) -> Result<bool, String>;

/// A state directory that goes away with it.
struct Place {
    path: PathBuf,
    mtlsmith: PathBuf,
}

impl Place {
    fn new(mtlsmith: &Path, name: &str, leaves: u32, at: Option<Timestamp>) -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("mtlsmith-bench-agent-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).map_err(|error| error.to_string())?;
        let place = Place { path, mtlsmith: mtlsmith.to_owned() };
        let at = at.map(|at| format!(" --at {at}")).unwrap_or_default();
        place.run(&format!("gen ca --org acme --namespace {NAMESPACE} --validity-period 1y{at}"))?;
        let ca = path_of_ca(&place.path);
        fs::copy(ca, place.path.join("live.pem")).map_err(|error| error.to_string())?;
        let names: Vec<String> = (0..leaves).map(|number| format!("leaf-{number}")).collect();
        place.write("leaves.csv", &format!("name\n{}\n", names.join("\n")))?;
        place
            .run(&format!("gen leaf --namespace {NAMESPACE} --from leaves.csv --validity-period 30d{at}"))?;
        Ok(place)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        fs::write(self.path.join(name), text).map_err(|error| error.to_string())
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(&self.mtlsmith);
        command.current_dir(&self.path).env("MTLSMITH_HOME", self.path.join("home"));
        command.args(line.split(' ')).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    fn run(&self, line: &str) -> Result<(), String> {
        let output = self.command(line).stderr(Stdio::piped()).output().map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("{line}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// A command of the rollover, with a file in the place of the server. Status 3: the leaves have to move first, which they do.
    fn roll(&self, words: &str) -> Result<(), String> {
        let publish =
            "--publish command --publish-command cp --publish-argument {bundle} --publish-argument live.pem";
        let read = "--read-command cat --read-argument live.pem";
        let mut command = self.command(&format!("rollover {words} {publish} {read}"));
        let output = command.stderr(Stdio::piped()).output().map_err(|error| error.to_string())?;
        if matches!(output.status.code(), Some(0 | 3)) {
            return Ok(());
        }
        Err(format!("rollover {words}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    fn start(&self, check_every: &str) -> Result<Agent, String> {
        let metrics = "[metrics]\nlisten = \"127.0.0.1:0\"";
        let config =
            format!("check-every = \"{check_every}\"\n{metrics}\n[[namespace]]\nname = \"{NAMESPACE}\"\n");
        self.write("agent.toml", &config)?;
        let log = self.path.join("agent.log");
        let file = fs::File::create(&log).map_err(|error| error.to_string())?;
        let child = self.command("agent --config agent.toml").stderr(file).spawn();
        let mut agent = Agent { child: child.map_err(|error| error.to_string())?, address: String::new() };
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let text = fs::read_to_string(&log).unwrap_or_default();
            if let Some(rest) = text.split("\"address\":\"").nth(1) {
                rest.split('"').next().unwrap_or_default().clone_into(&mut agent.address);
                return Ok(agent);
            }
            sleep(Duration::from_millis(10));
        }
        Err("the agent does not answer".to_owned())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path); // a folder for temporary files
    }
}

/// A running agent.
struct Agent {
    child: Child,
    address: String,
}

impl Agent {
    fn metrics(&self) -> Result<Metrics, String> {
        let failed = |error: std::io::Error| error.to_string();
        let mut stream = TcpStream::connect(&self.address).map_err(failed)?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n").map_err(failed)?;
        let mut text = String::new();
        stream.read_to_string(&mut text).map_err(failed)?;
        Ok(Metrics(text))
    }

    fn until(&self, holds: impl Fn(&Metrics) -> bool) -> Result<Metrics, String> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let metrics = self.metrics()?;
            if holds(&metrics) {
                return Ok(metrics);
            }
            sleep(Duration::from_millis(200));
        }
        Err("what is waited for does not happen".to_owned())
    }

    /// In user and system mode, as the kernel counts it in hundredths of a second.
    fn processor_time(&self) -> Result<Duration, String> {
        let text = self.read("stat")?;
        let behind = text.rsplit(')').next().unwrap_or_default();
        let ticks: u64 =
            behind.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Ok(Duration::from_millis(ticks * 10))
    }

    /// In kB.
    fn memory(&self, field: &str) -> Result<u32, String> {
        let text = self.read("status")?;
        let fields: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once(':')).collect();
        let value = fields.get(field).and_then(|value| value.trim().strip_suffix(" kB"));
        value.and_then(|value| value.parse().ok()).ok_or_else(|| format!("there is no {field}"))
    }

    fn read(&self, file: &str) -> Result<String, String> {
        fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).map_err(|error| error.to_string())
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It has nothing more to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the agent says of itself.
struct Metrics(String);

impl Metrics {
    fn number(&self, name: &str) -> f64 {
        self.values(name).next().unwrap_or_default()
    }

    fn spread(&self, name: &str) -> f64 {
        let (least, most) =
            self.values(name).fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| {
                (least.min(value), most.max(value))
            });
        most - least
    }

    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = f64> + 'a {
        let of_name =
            move |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']));
        self.0.lines().filter(of_name).filter_map(|line| line.rsplit(' ').next()?.parse().ok())
    }
}

fn path_of_ca(place: &Path) -> PathBuf {
    place.join("home/authorities").join(NAMESPACE).join("current/ca.crt")
}

/// Three and a half weeks ago: a certificate of thirty days is due since then.
fn long_ago() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix(i64::try_from(since.as_secs()).unwrap_or_default()).plus(-25 * DAY)
}

const NAMESPACE: &str = "orders.a1b2c";
const SUCCESS: &str = "mtlsmith_rotations_total{result=\"success\"}";
const DAY: i64 = 86_400;
const HERD: u32 = 10_000;
/// What moves all leaves, again and again.
const PASSES: [&str; 4] = [
    "start orders.a1b2c --inventory-complete",
    "abort orders.a1b2c",
    "start orders.a1b2c --resume",
    "abort orders.a1b2c",
];
const PATIENCE: Duration = Duration::from_secs(600);
