//! Many leaves that were minted in the same second do not fall due in the same second, and all are done in time.

use mtlsmith_validate::time::Timestamp;
use rustix::process::Signal;

use super::support::DAY;
use super::support::NAMESPACE;
use super::support::Place;
use super::support::ended;
use super::support::get;
use super::support::metric;

const START: Timestamp = Timestamp::from_unix(1_800_000_000);

/// A few hundred, or as many as `MTLSMITH_HERD` says.
fn size() -> usize {
    std::env::var("MTLSMITH_HERD").map_or(120, |text| text.parse().expect("MTLSMITH_HERD is a number"))
}

#[test]
fn a_herd_is_spread_and_all_of_it_is_rotated() {
    let number = size();
    let names: Vec<String> = (0..number).map(|number| format!("leaf-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let place = Place::new();
    place.furnish(START, "30d", &names);
    let config = format!("[metrics]\nlisten = \"127.0.0.1:0\"\n[[namespace]]\nname = \"{NAMESPACE}\"\n");
    place.write("agent.toml", &config);
    let mut agent = place.start(place.under_virtual_clock("agent --config agent.toml"));
    agent.wait_for("started", 1);
    let address = agent.address();
    let start = std::time::Instant::now();
    // Due after 20 days, moved forward by at most a day and a half.
    let (mut rotated, mut most) = (0, 0);
    for step in 0..=15 {
        place.set_clock(START.plus(20 * DAY - 3 * DAY / 2 + step * DAY / 10));
        agent.signal(Signal::HUP);
        let looks = usize::try_from(step).unwrap() + 1;
        agent.wait_for("reloaded", looks);
        let after = settled(address, START.plus(20 * DAY - 3 * DAY / 2 + step * DAY / 10));
        (most, rotated) = (most.max(after - rotated), after);
    }
    let took = start.elapsed();
    eprintln!(
        "{number} leaves of one second: rotated within a day and a half, at most {most} in a tenth of a day; took {took:.1?}"
    );
    assert_eq!(usize::try_from(rotated).unwrap(), number);
    assert!(usize::try_from(most).unwrap() < number / 4, "{most} of {number} at once");
    agent.stop();
    // All at once, after an agent was away for a year's half: every one has long ended.
    place.set_clock(START.plus(180 * DAY));
    let start = std::time::Instant::now();
    ended(place.under_virtual_clock("agent --config agent.toml --once"), 0);
    eprintln!("{number} leaves due at once: rotated in {:.1?}", start.elapsed());
    assert!(names.iter().step_by(7).all(|name| place.in_force(name).0 == 3));
    ended(place.under_virtual_clock("inventory verify"), 0);
}

/// How many rotations there were when the agent has looked at this time.
fn settled(address: std::net::SocketAddr, now: Timestamp) -> i64 {
    let start = std::time::Instant::now();
    loop {
        let (_, body) = get(address, "/metrics");
        if metric(&body, "mtlsmith_last_look_timestamp_seconds") == now.unix() {
            return metric(&body, "mtlsmith_rotations_total{result=\"success\"}");
        }
        assert!(start.elapsed() < super::support::PATIENCE * 10, "{body}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
