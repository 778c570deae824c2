//! `bundle check`.

use mtlsmith_testkit as testkit;

use crate::Folder;
use crate::NOW;
use crate::bundle;
use crate::private_key;

const FORMATS: [&str; 6] = ["text", "json", "sarif", "junit", "github", "html"];

/// A bundle with an expired member: refused.
fn expired() -> Vec<u8> {
    testkit::root_builder("old").not_after(testkit::NOW - 1).self_signed().pem().into_bytes()
}

#[test]
fn a_good_bundle_ends_with_0_and_an_expired_one_with_1() {
    let folder = Folder::with(&[("good.pem", &bundle(&["a"])), ("old.pem", &expired())]);
    let good = folder.run(&format!("bundle check good.pem --at {NOW}")).ends(0, &[]);
    assert!(good.stdout.contains("accepted") && good.stderr.is_empty(), "{good:?}");
    let old = folder.run(&format!("bundle check old.pem --at {NOW}")).ends(1, &[]);
    assert!(old.stdout.contains("CA-022") && old.stdout.contains("refused"), "{old:?}");
}

#[test]
fn fail_on_moves_the_limit() {
    let folder = Folder::with(&[("old.pem", &expired())]);
    folder.run(&format!("bundle check old.pem --at {NOW} --fail-on never")).ends(0, &[]);
    folder.run(&format!("bundle check old.pem --at {NOW} --fail-on notice")).ends(1, &[]);
    let quiet = folder.run(&format!("bundle check old.pem --at {NOW} --fail-on never --quiet")).ends(0, &[]);
    assert_eq!(quiet.stderr, "");
    folder.run("bundle check old.pem --fail-on sometimes").ends(2, &["[possible values: error, warning"]);
}

#[test]
fn several_files_come_out_in_the_order_given() {
    let folder = Folder::new();
    let names: Vec<String> = (0..40).map(|number| format!("{:02}.pem", (number * 7) % 40)).collect();
    for name in &names {
        folder.write(name, bundle(&[name]));
    }
    let line = format!("bundle check {} --at {NOW} --format json", names.join(" "));
    let output: serde_json::Value = serde_json::from_str(&folder.run(&line).ends(0, &[]).stdout).unwrap();
    let documents = output["documents"].as_array().unwrap();
    let shown: Vec<&str> = documents.iter().map(|document| document["name"].as_str().unwrap()).collect();
    assert_eq!(shown, names);
}

#[test]
fn patterns_are_expanded_and_an_empty_one_is_named() {
    let folder = Folder::with(&[
        ("a.pem", &bundle(&["a"])),
        ("deep/er/b.pem", &bundle(&["b"])),
        ("deep/c.txt", b"no bundle"),
    ]);
    let found = folder.run(&format!("bundle check **/*.pem --at {NOW} --format json")).ends(0, &[]);
    assert!(found.stdout.contains("\"a.pem\"") && found.stdout.contains("\"deep/er/b.pem\""), "{found:?}");
    folder.run("bundle check a.pem *.crt").ends(2, &["error: no file matches *.crt", "hint: "]);
}

#[test]
fn standard_input_has_a_name_of_its_own() {
    let folder = Folder::new();
    let line = format!("bundle check - --at {NOW} --format json");
    let outcome = folder.run_with_input(&line, bundle(&["a"])).ends(0, &[]);
    assert!(outcome.stdout.contains("\"<stdin>\""));
    let outcome = folder.run_with_input(&format!("{line} --stdin-filename ca.pem"), expired()).ends(1, &[]);
    assert!(outcome.stdout.contains("\"ca.pem\""));
    folder.run("bundle check - -").ends(2, &["- is given twice"]);
    folder.run("bundle check - --filters -").ends(2, &["cannot be both the bundle and its filters"]);
}

#[test]
fn what_cannot_be_read_is_named_and_ends_with_2() {
    let folder = Folder::with(&[("good.pem", &bundle(&["a"])), ("folder/x.pem", &bundle(&["b"]))]);
    let text = folder.run(&format!("bundle check good.pem missing.pem --at {NOW}"));
    let text = text.ends(2, &["error: cannot read missing.pem: no such file or directory\n"]);
    assert!(text.stdout.contains("good.pem"), "the others are still shown: {text:?}");
    let json = folder.run("bundle check good.pem missing.pem --format json").ends(2, &["missing.pem"]);
    assert_eq!(json.stdout, "", "half a report for machines is none");
    folder
        .run("bundle check folder")
        .ends(2, &["error: folder is a directory", "hint: ", "name a file in it: folder/x.pem"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_fails_while_it_is_read_is_named() {
    Folder::new().run("bundle check /proc/self/mem").ends(2, &["error: cannot read /proc/self/mem: "]);
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with(&[("ca.pem", &bundle(&["a"]))]);
    let path = folder.path("ca.pem");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    let outcome = folder.run(&format!("bundle check ca.pem --at {NOW}"));
    if std::fs::File::open(&path).is_ok() {
        outcome.ends(0, &[]); // the superuser reads everything
    } else {
        outcome.ends(2, &["error: cannot read ca.pem: permission denied"]);
    }
}

#[test]
fn a_huge_file_is_refused_before_it_is_read() {
    let folder = Folder::new();
    std::fs::File::create(folder.path("huge.pem")).unwrap().set_len(300 * 1024 * 1024).unwrap();
    let started = std::time::Instant::now();
    folder.run("bundle check huge.pem").ends(2, &["error: huge.pem is larger than 256 MiB", "hint: "]);
    assert!(started.elapsed().as_secs_f32() < 2.0);
}

#[test]
fn filters_are_counted_and_wrong_ones_are_explained() {
    let folder = Folder::with(&[
        ("ca.pem", &bundle(&["a"])),
        ("filters.json", br#"{"filters":[{"commonName":"worker-*"}]}"#),
        ("wrong.json", br#"{"filter":[{"commonName":"worker-*"}]}"#),
        ("broken.json", b"{"),
    ]);
    let line = |file: &str| format!("bundle check ca.pem --at {NOW} --format json --filters {file}");
    let found = folder.run(&line("filters.json")).ends(0, &[]);
    let output: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(output["documents"][0]["filters"]["count"], 1);
    folder.run(&line("wrong.json")).ends(
        2,
        &[
            "error: wrong.json: line 1: FLT-103 the document has `filter` where tcld looks for `filters`",
            "hint: ",
        ],
    );
    folder
        .run(&line("broken.json"))
        .ends(2, &["error: broken.json: line 1: FLT-203 the text is no JSON: ", "hint: "]);
    folder.run(&line("missing.json")).ends(2, &["error: cannot read missing.json"]);
}

#[test]
fn times_dates_and_durations_are_checked() {
    let folder = Folder::with(&[("ca.pem", &bundle(&["a"]))]);
    folder.run("bundle check ca.pem --at tomorrow").ends(2, &["a time looks like 2026-11-23T16:00:00Z"]);
    folder.run("bundle check ca.pem --ruleset newest").ends(2, &["a date looks like 2026-11-23"]);
    folder.run("bundle check ca.pem --expiry-warning 3w").ends(2, &["unknown unit 'w'"]);
    folder.run("bundle check ca.pem --expiry-warning -3d").ends(2, &["cannot be negative"]);
    folder
        .run("bundle check ca.pem --expiry-notice 3d --expiry-warning 1y")
        .ends(2, &["--expiry-notice must not be shorter than --expiry-warning"]);
    folder
        .run(&format!("bundle check ca.pem --at {NOW} --expiry-warning 15d --expiry-urgent 5d"))
        .ends(0, &[]);
}

#[test]
fn on_github_the_format_is_github_and_the_summary_is_appended() {
    let folder = Folder::with(&[("old.pem", &expired()), ("summary.md", b"# before\n")]);
    let line = format!("bundle check old.pem --at {NOW}");
    let on_github = |line: &str| {
        crate::outcome(
            folder
                .command(line)
                .env("GITHUB_ACTIONS", "true")
                .env("GITHUB_STEP_SUMMARY", folder.path("summary.md")),
        )
    };
    let outcome = on_github(&line).ends(1, &[]);
    assert!(outcome.stdout.starts_with("::error "), "{outcome:?}");
    let summary = folder.read("summary.md");
    assert!(summary.starts_with("# before\n") && summary.contains("| refused |"), "{summary}");
    let outcome = on_github(&format!("{line} --format text")).ends(1, &[]);
    assert!(!outcome.stdout.contains("::error"), "{outcome:?}");
    assert_eq!(folder.read("summary.md"), summary, "text appends nothing");
    let outcome = folder.run_with_variable(&line, "GITHUB_ACTIONS", "false");
    assert!(!outcome.stdout.contains("::error"), "{outcome:?}");
}

#[test]
fn a_summary_that_cannot_be_written_is_only_a_warning() {
    let folder = Folder::with(&[("ca.pem", &bundle(&["a"]))]);
    let line = format!("bundle check ca.pem --at {NOW} --format github");
    let outcome = folder.run_with_variable(&line, "GITHUB_STEP_SUMMARY", "/nowhere/summary.md");
    outcome.ends(0, &["warning: cannot write the step summary to /nowhere/summary.md"]);
}

#[test]
fn a_private_key_is_never_echoed() {
    let (key, body) = private_key();
    let mut input = bundle(&["a"]);
    input.extend_from_slice(key.as_bytes());
    let folder = Folder::with(&[("ca.pem", &input)]);
    for format in FORMATS {
        let outcome = folder.run(&format!("bundle check ca.pem --verbose --format {format} --fail-on never"));
        let outcome = outcome.ends(0, &[]);
        assert!(!outcome.stdout.is_empty() && !outcome.stdout.contains(body), "{format}: {outcome:?}");
    }
    for command in
        ["inspect", "inspect --format json", "inspect --format html", "normalize", "normalize --check"]
    {
        let outcome = folder.run(&format!("bundle {command} ca.pem"));
        assert!(!outcome.stdout.contains(body) && !outcome.stderr.contains(body), "{command}: {outcome:?}");
    }
    folder.write("b.pem", bundle(&["b"]));
    for line in ["bundle add ca.pem b.pem", "bundle add b.pem ca.pem", "bundle diff ca.pem b.pem"] {
        let outcome = folder.run(line);
        assert!(!outcome.stdout.contains(body) && !outcome.stderr.contains(body), "{line}: {outcome:?}");
    }
}

#[test]
fn output_goes_into_a_file_all_or_nothing() {
    let folder = Folder::with(&[("old.pem", &expired())]);
    let line = format!("bundle check old.pem --at {NOW} --format sarif --output report.sarif");
    let outcome = folder.run(&line).ends(1, &["note: wrote report.sarif"]);
    assert_eq!(outcome.stdout, "");
    let report = folder.read("report.sarif");
    assert!(report.contains("CA-022"));
    folder.run(&line).ends(3, &["error: report.sarif exists already", "hint: ", "--force"]);
    assert_eq!(folder.read("report.sarif"), report);
    folder.run(&format!("{line} --force --quiet")).ends(1, &[]);
    folder
        .run(&format!("bundle check old.pem --at {NOW} --output nowhere/report"))
        .ends(2, &["error: cannot write nowhere/report: no such file or directory"]);
    assert_eq!(folder.names(), ["old.pem", "report.sarif"]);
    let dash = folder.run(&format!("bundle check old.pem --at {NOW} --output -")).ends(1, &[]);
    assert!(dash.stdout.contains("CA-022"));
}

#[test]
fn quiet_says_less_and_verbose_says_more() {
    let folder = Folder::with(&[("old.pem", &expired())]);
    let length = |option: &str| folder.run(&format!("bundle check old.pem --at {NOW} {option}")).stdout.len();
    assert!(length("--quiet") < length("") && length("") < length("--verbose"));
    folder.run("bundle check old.pem -q -v").ends(2, &["cannot be used with"]);
}

#[test]
fn a_failure_is_explained_where_the_findings_are_not_seen() {
    let folder = Folder::with(&[("old.pem", &expired()), ("good.pem", &bundle(&["a"]))]);
    let reason = "error: old.pem: ";
    for options in
        ["--format json", "--format sarif", "--format junit", "--format html", "--format github", "-o report"]
    {
        let line = format!("bundle check old.pem good.pem --at {NOW} {options}");
        let outcome = folder.run(&line).ends(1, &[reason, " at or above error\n"]);
        assert!(!outcome.stderr.contains("good.pem"), "{outcome:?}");
    }
    let calm = folder.run(&format!("bundle check good.pem --at {NOW} --format json")).ends(0, &[]);
    assert_eq!(calm.stderr, "");
    for options in ["", "--quiet", "--verbose"] {
        let outcome = folder.run(&format!("bundle check old.pem --at {NOW} {options}")).ends(1, &[]);
        assert_eq!(outcome.stderr, "", "{options}: standard output says why");
    }
}

#[test]
fn a_quiet_failure_of_an_accepted_bundle_is_explained() {
    let text = format!("# a comment\n{}", testkit::root("a").pem());
    let folder = Folder::with(&[("ca.pem", text.as_bytes())]);
    let line = format!("bundle check ca.pem --at {NOW} --fail-on notice --quiet");
    let outcome = folder.run(&line).ends(1, &["error: ca.pem: ", " at or above notice\n"]);
    assert!(outcome.stdout.starts_with("ca.pem: accepted ("), "{outcome:?}");
}

#[test]
fn ten_failing_files_are_named_and_the_rest_is_counted() {
    let folder = Folder::new();
    let names: Vec<String> = (10..23).map(|number| format!("{number}.pem")).collect();
    for name in &names {
        folder.write(name, expired());
    }
    let line = format!("bundle check {} --at {NOW} --format json", names.join(" "));
    let outcome = folder.run(&line).ends(1, &["error: 3 files more with findings at or above error\n"]);
    assert_eq!(outcome.stderr.lines().count(), 11);
}

#[test]
fn annotations_are_heard_even_when_they_go_to_a_file_too() {
    let folder = Folder::with(&[("old.pem", &expired())]);
    let line = format!("bundle check old.pem --at {NOW} --output report.txt --force");
    let outcome = folder.run(&format!("{line} --format github")).ends(1, &[]);
    assert!(outcome.stdout.starts_with("::error "), "{outcome:?}");
    assert_eq!(folder.read("report.txt"), outcome.stdout);
    let outcome = folder.run_with_variable(&line, "GITHUB_ACTIONS", "true").ends(1, &[]);
    assert!(outcome.stdout.starts_with("::error "), "{outcome:?}");
}

#[test]
fn filters_behind_a_byte_order_mark_are_refused_as_the_tools_do() {
    let filters = "\u{feff}{\"filters\":[{\"commonName\":\"a\"}]}";
    let folder = Folder::with(&[("ca.pem", &bundle(&["a"])), ("filters.json", filters.as_bytes())]);
    folder
        .run(&format!("bundle check ca.pem --filters filters.json --at {NOW}"))
        .ends(2, &["error: filters.json: line 1: FLT-203 the text is no JSON: a byte order mark"]);
}

#[cfg(unix)]
#[test]
fn a_pattern_neither_waits_for_a_pipe_nor_goes_round_in_a_circle() {
    let folder = Folder::with(&[("deep/ca.pem", &bundle(&["a"])), ("deep/er/next.pem", &bundle(&["b"]))]);
    for link in ["deep/one", "deep/two", "deep/er/three"] {
        std::os::unix::fs::symlink(folder.path("deep"), folder.path(link)).unwrap();
    }
    let made = std::process::Command::new("mkfifo").arg(folder.path("deep/pipe.pem")).status().unwrap();
    assert!(made.success());
    let outcome =
        folder.run(&format!("bundle check **/*.pem ./deep/ca.pem --format text --quiet --at {NOW}"));
    let names: Vec<&str> =
        outcome.stdout.lines().filter_map(|line| line.split_once(':')).map(|it| it.0).collect();
    assert_eq!((outcome.code, names), (0, vec!["deep/ca.pem", "deep/er/next.pem"]));
}
