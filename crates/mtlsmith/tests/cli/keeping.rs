//! Where commands keep what they make, when the surroundings are not as usual: a person at a terminal who types a passphrase, a disk that is
//! full or cannot be written.

use std::fs;
use std::process::Command;

use mtlsmith_testkit as testkit;

use crate::Folder;

/// Runs the program in a terminal of its own, types an answer when it is asked, and tells what the terminal showed.
const TERMINAL: &str = r#"
import os, pty, signal, sys
signal.alarm(120)
answer, program, arguments = sys.argv[1], sys.argv[2], sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execv(program, arguments)
shown = b""
asked = False
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    if not part:
        break
    shown += part
    if not asked and shown.rstrip().endswith(b":"):
        asked = True
        os.write(terminal, answer.encode().decode("unicode_escape").encode())
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(status))
"#;

/// The status and what was shown; `None` where there is no Python to hold the other end of a terminal.
fn at_a_terminal(folder: &Folder, line: &str, answer: &str) -> Option<(i32, String)> {
    let python = ["python3", "/usr/bin/python3"].into_iter().find(|name| {
        Command::new(name)
            .args(["-c", "import pty, os; os.waitstatus_to_exitcode"])
            .output()
            .is_ok_and(|done| done.status.success())
    });
    let Some(python) = python else {
        testkit::not_tested("python3 is not installed: a passphrase that is typed at a terminal");
        return None;
    };
    let mut command = Command::new(python);
    command.current_dir(folder.path("")).env("TERM", "dumb").env_remove("MTLSMITH_PASSPHRASE");
    command.args(["-c", TERMINAL, answer, env!("CARGO_BIN_EXE_mtlsmith")]).args(line.split_whitespace());
    let output = command.output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Some((output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap()))
}

#[test]
fn a_passphrase_is_asked_for_at_a_terminal_and_never_shown() {
    let folder = Folder::with(&[("secret.txt", b"correct horse\n")]);
    folder
        .run("gen ca --org acme --ca-cert ca.pem --ca-key ca.key --passphrase-file secret.txt")
        .ends(0, &[]);
    let line = "gen leaf --org acme --ca-cert ca.pem --ca-key ca.key --cert w.pem --key w.key";
    let Some((code, shown)) = at_a_terminal(&folder, line, "battery staple\\n") else { return };
    assert_eq!(code, 2, "{shown}");
    assert!(
        shown.starts_with("passphrase of the CA's key: \r\n") && shown.contains("does not open"),
        "{shown}"
    );
    assert!(!shown.contains("battery") && !folder.path("w.pem").exists(), "{shown}");
    for nothing in ["\\n", "\\x03"] {
        let (code, shown) = at_a_terminal(&folder, line, nothing).unwrap();
        assert_eq!(code, 2, "{shown}");
        assert!(shown.contains("error: ") && !folder.path("w.pem").exists(), "{shown}");
    }
    let (code, shown) = at_a_terminal(&folder, line, "correct horse\\n").unwrap();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("client certificate, P-256") && !shown.contains("horse"), "{shown}");
    folder.run("cert check w.pem w.key --bundle ca.pem").ends(0, &[]);
    // The password of a key store is asked for in the same way.
    let (code, shown) = at_a_terminal(&folder, "cert p12 w.pem w.key --output w.p12", "changeit\\n").unwrap();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.starts_with("password for the key store: \r\n") && !shown.contains("changeit"), "{shown}");
}

#[test]
fn on_a_full_disk_each_command_ends_with_a_sentence_and_goes_on_when_there_is_space() {
    let folder = Folder::new();
    let Some(disk) = testkit::SmallDisk::mount(&folder.path("small"), 192) else {
        return testkit::not_tested("commands on a full disk: this user may not mount");
    };
    let run = |line: &str| folder.run_with_variable(line, "MTLSMITH_HOME", "small/home");
    for free in 0..40_u64 {
        let _ = fs::remove_dir_all(disk.path().join("home"));
        disk.fill(free);
        let mut all_done = true;
        for line in [
            "new orders.a1b2c",
            "gen leaf --namespace orders.a1b2c --name second",
            "gen ca --org acme --name second",
        ] {
            let outcome = run(line);
            // Without its CA there is nothing to say about the leaf but that.
            let is_told = outcome.stderr.contains("space") || outcome.stderr.contains("mtlsmith new");
            assert!(
                outcome.code == 0 || outcome.code == 2 && is_told,
                "{free} pages free: {line}: {outcome:?}"
            );
            assert!(!outcome.stderr.contains("panicked"), "{outcome:?}");
            all_done &= outcome.code == 0;
        }
        disk.clear();
        run("new orders.a1b2c").ends(0, &[]);
        run("gen leaf --namespace orders.a1b2c --name second --force").ends(0, &[]);
        run("inventory verify").ends(0, &[]);
        if all_done {
            assert!(free > 5, "everything fitted into {free} pages");
            return;
        }
    }
    panic!("40 pages are not enough");
}

#[test]
fn on_a_read_only_disk_each_command_ends_with_a_sentence_and_nothing_is_changed() {
    let folder = Folder::new();
    let Some(disk) = testkit::SmallDisk::mount(&folder.path("small"), 192) else {
        return testkit::not_tested("commands on a read-only disk: this user may not mount");
    };
    let run = |line: &str| folder.run_with_variable(line, "MTLSMITH_HOME", "small/home");
    run("new orders.a1b2c").ends(0, &[]);
    disk.remount("ro");
    for line in [
        "new billing.a1b2c",
        "gen leaf --namespace orders.a1b2c --name second",
        "gen ca --org acme --name second",
    ] {
        run(line).ends(2, &["read-only file system", "hint: mount it for writing"]);
    }
    folder
        .run("new orders.a1b2c --home small/other")
        .ends(2, &["read-only file system", "hint: mount it for writing"]);
    run("inventory list").ends(0, &[]);
    run("inventory verify").ends(0, &[]);
    disk.remount("rw");
    run("gen leaf --namespace orders.a1b2c --name second").ends(0, &[]);
}
