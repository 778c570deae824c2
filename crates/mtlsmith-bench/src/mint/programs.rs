//! Whole programs that make one client certificate with a new P-256 key below the same CA, start-up and files included.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use mtlsmith_testkit as testkit;

use crate::measure::Candidate;
use crate::measure::Goal;
use crate::measure::PROGRAM;
use crate::measure::compare;
use crate::measure::judge;
use crate::measure::readable;
use crate::measure::say;

/// A program that others wrote, and how it is asked for one certificate.
struct Peer {
    name: &'static str,
    program: &'static str,
    /// Its arguments, once for each time that it must be called.
    lines: &'static [&'static str],
    /// The names of what it was asked to write.
    writes: &'static [&'static str],
}

const PEERS: [Peer; 5] = [
    Peer {
        name: "openssl req -x509",
        program: "openssl",
        lines: &[
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -CA ca.pem -CAkey ca.key -subj /CN=worker -days 30 \
              -keyout openssl.key -out openssl.pem",
        ],
        writes: &["openssl.pem", "openssl.key"],
    },
    Peer {
        name: "certtool, called twice",
        program: "certtool",
        lines: &[
            "--generate-privkey --ecc --curve secp256r1 --outfile certtool.key",
            "--generate-certificate --load-privkey certtool.key --load-ca-certificate ca.pem --load-ca-privkey ca.key \
              --template certtool.template --outfile certtool.pem",
        ],
        writes: &["certtool.pem", "certtool.key"],
    },
    Peer {
        name: "mkcert",
        program: "mkcert",
        lines: &["-client -ecdsa -cert-file mkcert.pem -key-file mkcert.key worker"],
        writes: &["mkcert.pem", "mkcert.key"],
    },
    Peer {
        name: "cfssl, no files",
        program: "cfssl",
        lines: &["gencert -loglevel 5 -ca ca.pem -ca-key ca.key cfssl.json"],
        writes: &[],
    },
    Peer {
        name: "step",
        program: "step",
        lines: &[
            "certificate create worker step.pem step.key --ca ca.pem --ca-key ca.key --no-password --insecure --force \
              --profile leaf --kty EC --curve P-256",
        ],
        writes: &["step.pem", "step.key"],
    },
];

/// What mtlsmith may need over a program that makes a key, signs and writes as durably.
const OVER_BARE: f64 = 1.5;

/// Prints the figures; `false` when a goal is missed.
pub(super) fn run(mtlsmith: &Path, bare: Option<&Path>, rounds: usize) -> bool {
    say("mint: whole program, one client certificate with a new P-256 key, files written");
    let bare = bare.is_none_or(|bare| {
        in_workshop("bare", |folder| Some(against_bare(folder, mtlsmith, bare, rounds))).unwrap_or(false)
    });
    bare & in_workshop("peers", |folder| Some(against_peers(folder, mtlsmith, rounds))).unwrap_or(false)
}

/// Does something in a folder with a CA, which is gone afterwards.
pub(super) fn in_workshop<T>(purpose: &str, work: impl FnOnce(&Path) -> Option<T>) -> Option<T> {
    let folder = std::env::temp_dir().join(format!("mtlsmith-bench-mint-{purpose}-{}", std::process::id()));
    let done = workshop(&folder).and_then(|()| work(&folder));
    let _ = std::fs::remove_dir_all(&folder); // the next run has a folder of its own
    done
}

/// Against the least that any program does: start, read the CA's key, make a key, sign, write two files and wait for the disk.
fn against_bare(folder: &Path, mtlsmith: &Path, bare: &Path, rounds: usize) -> bool {
    let candidates = vec![
        called("bare, durable", folder, bare, &["ca.key safe-NUMBER.pem safe-NUMBER.key --durable"]),
        called("bare, not durable", folder, bare, &["ca.key bare-NUMBER.pem bare-NUMBER.key"]),
        called("mtlsmith", folder, mtlsmith, &[OWN]),
    ];
    let figures = compare(candidates, rounds);
    for figure in &figures {
        say(&format!("  {:<24}{:>12} ({:>6.3}x)", figure.name, readable(figure.time), figure.ratio));
    }
    let own = figures.last().map_or(f64::INFINITY, |figure| figure.ratio);
    judge("mtlsmith / bare, durable", own, Goal::AtMost(OVER_BARE))
}

fn against_peers(folder: &Path, mtlsmith: &Path, rounds: usize) -> bool {
    let mut candidates = vec![called("mtlsmith", folder, mtlsmith, &[OWN])];
    for peer in &PEERS {
        let candidate = called(peer.name, folder, Path::new(peer.program), peer.lines);
        match tried(candidate, folder, peer) {
            Ok(candidate) => candidates.push(candidate),
            Err(why) => say(&format!("    !!!! NOT MEASURED: {} {why}", peer.program)),
        }
    }
    let mut met = true;
    for figure in compare(candidates, rounds) {
        say(&format!("  {:<24}{:>12} ({:>6.3}x)", figure.name, readable(figure.time), figure.ratio));
        if figure.name != "mtlsmith" {
            met &= judge(&format!("{} / mtlsmith", figure.name), figure.ratio, Goal::AtLeast(1.0));
        }
    }
    met
}

const OWN: &str = "gen leaf --quiet --common-name worker --ca-cert ca.pem --ca-key ca.key --cert own-NUMBER.pem --key own-NUMBER.key";
/// A folder with a CA for the programs.
fn workshop(folder: &Path) -> Option<()> {
    let ca = testkit::root_builder("acme bench 2026").not_before(0).not_after(4_000_000_000).self_signed();
    let (pem, key) = (ca.pem(), ca.key().pkcs8_pem());
    std::fs::create_dir_all(folder.join("mkcert")).ok()?;
    for (name, text) in [
        ("ca.pem", pem.as_str()),
        ("ca.key", &key),
        ("mkcert/rootCA.pem", &pem),
        ("mkcert/rootCA-key.pem", &key),
        ("certtool.template", "cn = \"worker\"\nexpiration_days = 30\nsigning_key\ntls_www_client\n"),
        ("cfssl.json", "{\"CN\":\"worker\",\"key\":{\"algo\":\"ecdsa\",\"size\":256}}"),
    ] {
        std::fs::write(folder.join(name), text).ok()?;
        std::fs::set_permissions(folder.join(name), Permissions::from_mode(0o600)).ok()?;
    }
    Some(())
}

/// A program run in a folder, its start-up included. `NUMBER` in its arguments is another one each time: who replaces a file also pays
/// for taking the old one away, and on ext4 for looking past what was taken away of late.
fn called(name: &'static str, folder: &Path, path: &Path, lines: &[&'static str]) -> Candidate<'static> {
    let (path, folder, lines) = (path.to_owned(), folder.to_owned(), lines.to_vec());
    let mut number = 0_u64;
    let run = move |repetitions: u64| {
        let start = Instant::now();
        for _ in 0..repetitions {
            number += 1;
            for line in &lines {
                let mut command = Command::new(&path);
                let line = line.replace("NUMBER", &number.to_string());
                command
                    .args(line.split_whitespace())
                    .current_dir(&folder)
                    .env("CAROOT", folder.join("mkcert"));
                let status =
                    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
                status.ok()?.success().then_some(())?;
            }
        }
        Some(start.elapsed())
    };
    Candidate { name, slice: PROGRAM, run: Box::new(run) }
}

/// The program, when it is there and writes what it should; else why it is not measured.
fn tried(
    mut candidate: Candidate<'static>,
    folder: &Path,
    peer: &Peer,
) -> Result<Candidate<'static>, &'static str> {
    let mut there = Command::new(peer.program);
    // mkcert takes every word for a name, and writes a certificate for it.
    there.arg("version").current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if there.status().is_err() {
        return Err("is not installed");
    }
    let done: Option<Duration> = (candidate.run)(1);
    let is_written = |name: &&str| std::fs::metadata(folder.join(name)).is_ok_and(|file| file.len() > 0);
    if done.is_some() && peer.writes.iter().all(is_written) {
        Ok(candidate)
    } else {
        Err("is another program of that name, or failed")
    }
}
