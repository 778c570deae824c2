//! What holds for every command: help, colours, pipes, completions, manual pages.

use std::process::Command;
use std::process::Stdio;

use crate::Folder;
use crate::NOW;
use crate::bundle;

/// Every command; the test of the manual pages names one that is missing here.
const COMMANDS: [&str; 50] = [
    "access",
    "agent",
    "bundle add",
    "bundle check",
    "bundle diff",
    "bundle inspect",
    "bundle normalize",
    "bundle remove",
    "bundle",
    "cert check",
    "cert export",
    "cert inspect",
    "cert needs-renewal",
    "cert p12",
    "cert",
    "completions",
    "compromise",
    "config check",
    "config",
    "explain",
    "filter check",
    "filter diff",
    "filter match",
    "filter suggest",
    "filter",
    "gen ca",
    "gen csr",
    "gen intermediate",
    "gen leaf",
    "gen",
    "inventory expiring",
    "inventory export",
    "inventory list",
    "inventory verify",
    "inventory",
    "man",
    "new",
    "rekey",
    "renew",
    "rollover abort",
    "rollover commit",
    "rollover plan",
    "rollover start",
    "rollover status",
    "rollover",
    "rules diff",
    "rules explain",
    "rules list",
    "rules",
    "sign",
];

#[test]
fn every_command_has_help_that_fits_a_terminal() {
    let folder = Folder::new();
    for command in COMMANDS.into_iter().chain([""]) {
        let help = folder.run(&format!("{command} --help")).ends(0, &[]);
        assert!(help.stdout.contains("Usage: mtlsmith") && help.stderr.is_empty(), "{help:?}");
        assert_eq!(folder.run(&format!("{command} -h")).stdout, help.stdout);
        for line in help.stdout.lines() {
            assert!(line.chars().count() <= 100, "{command}: {line}");
        }
        // Examples are copied: no terminal of a usual width breaks one.
        let examples = help.stdout.split("Examples:\n").nth(1).unwrap_or_default();
        for line in examples.lines().take_while(|line| line.starts_with("  ")) {
            let first = line.trim_start().split(' ').next().unwrap_or_default();
            let is_whole =
                ["mtlsmith", "#", "git", "kubectl", "tcld"].contains(&first) || line.starts_with("      ");
            assert!(line.chars().count() < 80 && is_whole, "{command}: {line}");
        }
        let is_group = help.stdout.contains("\nCommands:\n") && !command.is_empty();
        assert!(is_group || help.stdout.contains("Examples:\n"), "{command}");
    }
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let folder = Folder::new();
    folder.run("").ends(2, &["Usage: mtlsmith"]);
    folder.run("bundle chek ca.pem").ends(2, &["check"]);
    folder.run("bundle check").ends(2, &["<FILE>"]);
    for verb in ["check", "inspect", "normalize", "diff", "add", "remove"] {
        let hint = format!("hint: did you mean: mtlsmith bundle {verb}\n");
        folder.run(&format!("{verb} ca.pem")).ends(2, &[&hint]);
    }
    folder.run("explain expired").ends(1, &["did you mean: mtlsmith rules explain expired"]);
    assert!(!folder.run("nonsense").ends(2, &[]).stderr.contains("hint:"));
    folder.run("bundle check ca.pem --color pink").ends(2, &["pink"]);
}

#[test]
fn both_programs_tell_their_version() {
    for program in [env!("CARGO_BIN_EXE_mtlsmith"), env!("CARGO_BIN_EXE_temporal-mtls")] {
        let output = Command::new(program).arg("--version").output().unwrap();
        let expected = format!("mtlsmith {}\n", env!("CARGO_PKG_VERSION"));
        assert!(output.status.success());
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    }
}

#[test]
fn colours_follow_the_user_and_the_conventions() {
    let folder = Folder::with(&[("ca.pem", &bundle(&["a"]))]);
    let line = format!("bundle inspect ca.pem --at {NOW}");
    let colored = |text: &str| text.contains('\u{1b}');
    assert!(!colored(&folder.run(&line).stdout), "a pipe is not coloured");
    assert!(colored(&folder.run(&format!("{line} --color always")).stdout));
    assert!(colored(&folder.run_with_variable(&line, "CLICOLOR_FORCE", "1").stdout));
    assert!(!colored(
        &folder.run_with_variable(&format!("{line} --color never"), "CLICOLOR_FORCE", "1").stdout
    ));
    let both = crate::outcome(folder.command(&line).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1"));
    assert!(!colored(&both.stdout), "NO_COLOR wins");
    let missing = "bundle check missing.pem";
    assert!(!colored(&folder.run(missing).stderr));
    assert!(colored(&folder.run(&format!("{missing} --color always")).stderr));
    assert!(colored(&folder.run("--color=always --help").stdout));
    assert!(!colored(&folder.run_with_variable("--help", "NO_COLOR", "1").stdout));
}

#[test]
fn names_cannot_play_tricks_on_the_terminal() {
    let trick = mtlsmith_testkit::root("x\u{1b}[2Jy\u{202e}z");
    let folder = Folder::with(&[("trick.pem", trick.pem().as_bytes()), ("ca.pem", &bundle(&["a"]))]);
    for line in ["bundle add ca.pem trick.pem", "bundle diff ca.pem trick.pem", "bundle inspect trick.pem"] {
        let outcome = folder.run(&format!("{line} --at {NOW}"));
        for text in [&outcome.stdout, &outcome.stderr] {
            assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{line}: {outcome:?}");
        }
    }
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let folder = Folder::with(&[("ca.pem", &bundle(&["a"]))]);
    for line in ["bundle check ca.pem --format html", "completions bash", "man", "rules list", "--help"] {
        let mut command = folder.command(line);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{line}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_with_2() {
    let folder = Folder::with(&[("ca.pem", &bundle(&["a"]))]);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = folder.command(&format!("bundle check ca.pem --at {NOW}")).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .contains("error: cannot write standard output: no space left")
    );
}

#[test]
fn completions_are_made_for_every_shell() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = folder.run(&format!("completions {shell}")).ends(0, &[]).stdout;
        assert!(script.contains("normalize") && script.contains("mtlsmith"), "{shell}");
    }
    folder.run("completions tcsh").ends(2, &["[possible values: bash"]);
}

#[test]
fn manual_pages_are_made_for_every_command() {
    let folder = Folder::new();
    let page = folder.run("man").ends(0, &[]).stdout;
    assert!(page.contains(".TH MTLSMITH 1"), "{page}");
    let outcome = folder.run("man --output pages").ends(0, &[]);
    let written = std::fs::read_dir(folder.path("pages")).unwrap().count();
    assert_eq!(written, COMMANDS.len() + 1, "a page per command, and one for the program");
    assert_eq!(outcome.stderr, format!("note: wrote {written} pages to pages\n"));
    for command in COMMANDS {
        let name = command.replace(' ', "-");
        let page = folder.read(&format!("pages/mtlsmith-{name}.1"));
        assert!(page.contains(&format!("mtlsmith\\-{}", name.replace('-', "\\-"))), "{name}: {page}");
    }
    folder.run("man --output pages").ends(3, &["exists already"]);
    folder.run("man --output pages --force").ends(0, &[]);
}

#[test]
fn names_with_blanks_are_quoted_in_commands() {
    let folder = Folder::new();
    folder.write("my ca.pem", format!("\u{feff}{}", mtlsmith_testkit::root("a").pem()));
    folder.write("key ca.pem", crate::private_key().0);
    let run = |words: &[&str]| crate::outcome(folder.command("bundle").args(words).stdin(Stdio::null()));
    run(&["normalize", "my ca.pem", "--check"])
        .ends(1, &["mtlsmith bundle normalize 'my ca.pem' --output 'my ca.pem' --force"]);
    run(&["normalize", "key ca.pem"]).ends(1, &["mtlsmith bundle check 'key ca.pem' says more"]);
    run(&["inspect", "key ca.pem"]).ends(1, &["mtlsmith bundle check 'key ca.pem' says more"]);
    run(&["diff", "my ca.pem", "key ca.pem"]).ends(2, &["mtlsmith bundle check 'key ca.pem' says"]);
}
