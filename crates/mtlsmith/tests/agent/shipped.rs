//! The program as it is shipped, by the clock of the machine: started, asked, told to read again, told to stop, killed.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use mtlsmith_validate::time::Timestamp;
use rustix::process::Signal;

use super::support::DAY;
use super::support::NAMESPACE;
use super::support::Place;
use super::support::ended;
use super::support::get;
use super::support::metric;

fn today() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_unix(i64::try_from(since.as_secs()).unwrap())
}

fn config(extra: &str) -> String {
    format!(
        "check-every = \"1s\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n[[namespace]]\nname = \"{NAMESPACE}\"\n{extra}"
    )
}

#[test]
fn it_rotates_what_is_due_answers_reads_again_and_stops_when_told() {
    let place = Place::new();
    place.furnish(today().plus(-25 * DAY), "30d", &["one", "two"]);
    place.write(
        "agent.toml",
        &config("hook = [{ exec = [\"sh\", \"-c\", \"echo $MTLSMITH_NAME >> hooks.log\"] }]\n"),
    );
    let socket = UnixDatagram::bind(place.path("notify")).unwrap();
    socket.set_read_timeout(Some(super::support::PATIENCE)).unwrap();
    let listener = std::thread::spawn(move || {
        let (mut told, mut buffer) = (Vec::<String>::new(), [0; 256]);
        while told.last().is_none_or(|state| state != "STOPPING=1") {
            let length = socket.recv(&mut buffer).expect("a word of the agent");
            told.push(String::from_utf8_lossy(&buffer[..length]).into_owned());
        }
        told
    });
    let mut command = place.shipped("agent --config agent.toml");
    command.env("NOTIFY_SOCKET", place.path("notify")).env("WATCHDOG_USEC", "60000000");
    let mut agent = place.start(command);
    agent.wait_for("rotated", 2);
    agent.wait_for("hooks-done", 2);
    let address = agent.address();
    assert_eq!(get(address, "/healthz"), (200, "ok\n".to_owned()));
    assert_eq!(get(address, "/other").0, 404);
    let deadline = std::time::Instant::now() + super::support::PATIENCE;
    loop {
        // Figures are handed over at the end of a look.
        let (status, body) = get(address, "/metrics");
        assert_eq!(status, 200);
        let hooks = metric(&body, "mtlsmith_hooks_total{result=\"success\"}");
        if metric(&body, "mtlsmith_rotations_total{result=\"success\"}") == 2 && hooks == 2 {
            assert_eq!(body.matches("\nx509_cert_not_after{").count(), 2, "{body}");
            assert!(body.contains(&format!("namespace=\"{NAMESPACE}\",name=\"two\"")), "{body}");
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{body}");
        std::thread::sleep(Duration::from_millis(20));
    }
    for name in ["one", "two"] {
        assert_eq!(place.in_force(name).0, 2);
    }
    let mut hooks: Vec<String> =
        std::fs::read_to_string(place.path("hooks.log")).unwrap().lines().map(str::to_owned).collect();
    hooks.sort();
    assert_eq!(hooks, ["one", "two"]);

    agent.signal(Signal::HUP);
    agent.wait_for("reloaded", 1);
    place.write("agent.toml", "nonsense = 1\n");
    agent.wait_for("not-reloaded", 1);
    assert!(agent.log().contains("line 1, column"), "{}", agent.log());
    place.write("agent.toml", &config("key = \"same\"\n"));
    agent.wait_for("reloaded", 2);
    let log = agent.stop();
    assert!(!log.contains("PRIVATE KEY"), "{log}");
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
    }
    let told = listener.join().unwrap();
    assert_eq!(told[0], "READY=1");
    assert_eq!(told.last().unwrap(), "STOPPING=1");
    assert!(told.iter().any(|state| state.starts_with("RELOADING=1\nMONOTONIC_USEC=")), "{told:?}");
    assert!(told.iter().any(|state| state == "WATCHDOG=1"), "{told:?}");
}

#[test]
fn a_hook_that_failed_is_run_by_the_next_agent() {
    let place = Place::new();
    place.furnish(today().plus(-25 * DAY), "30d", &["one"]);
    place.write("agent.toml", &config("hook = [{ exec = [\"test\", \"-e\", \"allowed\"] }]\n"));
    let output = ended(place.shipped("agent --config agent.toml --once"), 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("hooks-failed"));
    assert_eq!(place.in_force("one").0, 2);
    place.write("allowed", "");
    // The clock of the machine is no test's: what is noted as tried a moment ago would be waited for.
    let note = place.path("home/hooks").join(format!("namespaces+{NAMESPACE}+leaves+one+2.json"));
    let text = std::fs::read_to_string(&note).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    value["last_at"] = "2026-01-01T00:00:00Z".into();
    std::fs::write(&note, value.to_string()).unwrap();
    let output = ended(place.shipped("agent --config agent.toml --once"), 0);
    assert!(String::from_utf8_lossy(&output.stderr).contains("hooks-done"));
    assert!(!note.exists());
    assert_eq!(place.in_force("one").0, 2);
}

#[test]
fn a_configuration_that_is_not_understood_is_refused_and_said_where() {
    let place = Place::new();
    place.furnish(today(), "30d", &["one"]);
    place.write("agent.toml", "[[namespace]]\nname = \"orders.a1b2c\"\nbundel = \"x\"\n");
    for mode in ["--check-config", "--once", ""] {
        let output = ended(place.shipped(&format!("agent --config agent.toml {mode}")), 2);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            text.contains("agent.toml: line 3, column") && text.contains("did you mean bundle?"),
            "{text}"
        );
    }
    ended(place.shipped("agent --config missing.toml"), 2);
}
