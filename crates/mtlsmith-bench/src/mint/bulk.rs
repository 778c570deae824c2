//! Ten thousand client certificates with their keys on disk, durable: against a shell loop of openssl, of which a part is run, and
//! against writing the same files followed by one sync.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use super::programs::in_workshop;
use crate::measure::Goal;
use crate::measure::judge;
use crate::measure::median;
use crate::measure::readable;
use crate::measure::say;

const LEAVES: u32 = 10_000;
const IN_LOOP: u32 = 50;

/// How often both are done, one after the other: the disk has better and worse seconds.
const TURNS: u32 = 3;

/// How it is done with every OpenSSL: a key with its request, then the certificate.
const REQUEST_AND_SIGN: &str = "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=w$i -keyout l$i.key -out l$i.csr \
     && openssl x509 -req -in l$i.csr -CA ca.pem -CAkey ca.key -days 30 -out l$i.pem";

/// Since OpenSSL 3, without a request.
const IN_ONE_STEP: &str = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -CA ca.pem -CAkey ca.key -subj /CN=w$i \
     -days 30 -keyout l$i.key -out l$i.pem";

/// Prints the figures; `false` when a goal is missed.
pub(super) fn run(mtlsmith: &Path) -> bool {
    // It runs in another folder, where a relative path leads nowhere.
    let mtlsmith = mtlsmith.canonicalize().ok();
    let met = mtlsmith.and_then(|mtlsmith| in_workshop("bulk", |folder| measured(&mtlsmith, folder)));
    met.unwrap_or_else(|| {
        say("    the ten thousand could not be minted");
        false
    })
}

fn measured(mtlsmith: &Path, folder: &Path) -> Option<bool> {
    let list: String = (0..LEAVES).map(|number| format!("worker-{number}\n")).collect();
    fs::write(folder.join("leaves.csv"), format!("name\n{list}")).ok()?;
    let bulk = "gen leaf --quiet --namespace orders.a1b2c --from leaves.csv";
    let looped = |body: &str| {
        let all = format!("for i in $(seq {IN_LOOP}); do ({body}) 2>/dev/null || exit 1; done; sync");
        timed(Path::new("sh"), &["-c", &all], folder, "none").map(|time| time / IN_LOOP)
    };
    let (two_steps, one_step) = (looped(REQUEST_AND_SIGN)?, looped(IN_ONE_STEP)?);
    let below = |home: &str, options: &str| {
        let words: Vec<&str> = bulk.split(' ').chain(options.split_whitespace()).collect();
        timed(mtlsmith, &words, folder, home).map(|time| time / LEAVES)
    };
    let mut turns = Vec::new();
    for turn in 0..TURNS {
        let own = below(&format!("home-{turn}"), "--ca-cert ca.pem --ca-key ca.key")?;
        turns.push((own, same_files(&folder.join(format!("same-{turn}"))).ok()? / LEAVES));
    }
    let own = median_time(turns.iter().map(|(own, _)| *own));
    let same = median_time(turns.iter().map(|(_, same)| *same));
    timed(mtlsmith, &["new", "orders.a1b2c", "--quiet"], folder, "home-p384")?;
    let p384 = below("home-p384", "")?;
    say(&format!(
        "  {LEAVES} on disk, durable: {} each below the P-256 CA of the shell loop, {} below a P-384 CA as `new` makes it; \
         openssl in a shell loop {} each (in one step, as OpenSSL 3 can, {}); the same files alone and one sync {} each",
        readable(own),
        readable(p384),
        readable(two_steps),
        readable(one_step),
        readable(same),
    ));
    let over = |other: Duration| other.as_secs_f64() / own.as_secs_f64();
    say(&format!("    shell loop of openssl in one step / mtlsmith: {:.1}", over(one_step)));
    let met = judge("shell loop of openssl / mtlsmith", over(two_steps), Goal::AtLeast(100.0));
    let over_same = median(turns.iter().map(|(own, same)| same.as_secs_f64() / own.as_secs_f64()).collect());
    Some(met & judge("the same files and one sync / mtlsmith", over_same, Goal::AtLeast(0.8)))
}

fn median_time(times: impl Iterator<Item = Duration>) -> Duration {
    Duration::from_secs_f64(median(times.map(|time| time.as_secs_f64()).collect()))
}

fn timed(program: &Path, words: &[&str], folder: &Path, home: &str) -> Option<Duration> {
    let mut command = Command::new(program);
    command.args(words).current_dir(folder).env("MTLSMITH_HOME", folder.join(home));
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    command.status().ok()?.success().then(|| start.elapsed())
}

/// Writes as many files into the same directories and links, on one thread, and makes them safe at the end.
fn same_files(root: &Path) -> std::io::Result<Duration> {
    const GENERATION: &str = "1-0123456789abcdef0123456789abcdef";
    let start = Instant::now();
    for number in 0..LEAVES {
        let slot = root.join(format!("worker-{number}"));
        let generation = slot.join(GENERATION);
        fs::create_dir_all(&generation)?;
        symlink(GENERATION, slot.join("current"))?;
        for (name, bytes) in [("tls.crt", 900), ("tls.key", 241)] {
            let mut options = fs::OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(0o600).open(generation.join(name))?;
            file.write_all(&vec![b'x'; bytes])?;
        }
    }
    rustix::fs::syncfs(fs::File::open(root)?)?;
    Ok(start.elapsed())
}
