//! Client configurations as teams have them, against the findings that are written down beside each; and bytes that nobody has.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test reads files and fails loudly"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use mtlsmith_testkit::Rng;
use mtlsmith_testkit::golden;
use mtlsmith_validate::client_configuration::ConfigurationCheck;
use mtlsmith_validate::client_configuration::ConfigurationReport;
use mtlsmith_validate::client_configuration::SettingPlace;
use mtlsmith_validate::error_text;

fn folder() -> PathBuf {
    golden::testdata().join("client-configuration")
}

/// Every file but the expectations, by name.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending != "expect" && ending != "md"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

fn told(report: &ConfigurationReport) -> String {
    let lines = report.findings.iter().map(|finding| {
        let place = match &finding.place {
            Some(SettingPlace::Line(line)) => line.to_string(),
            Some(SettingPlace::Variable(name)) => name.clone(),
            None => "-".to_owned(),
        };
        format!("{place} {} {}\n", finding.rule.code, finding.rule.name)
    });
    lines.collect()
}

#[test]
fn every_file_has_the_findings_that_stand_beside_it() {
    let files = files();
    assert!(files.len() >= 15, "{}", files.len());
    let mut seen = BTreeSet::new();
    for (name, text) in files {
        let report = ConfigurationCheck::default().run(&name, &text);
        let found = told(&report);
        seen.extend(report.findings.iter().map(|finding| finding.rule.code));
        let beside = folder().join(format!("{name}.expect"));
        if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
            fs::write(&beside, &found).unwrap();
        }
        let wanted = fs::read_to_string(&beside).unwrap_or_default();
        assert_eq!(golden::difference(&wanted, &found), None, "{name}");
    }
    assert!(seen.len() >= 30, "the files show {} rules: {seen:?}", seen.len());
}

#[test]
fn any_bytes_are_read_to_the_same_answer_without_a_panic() {
    let seeds = files();
    let mut random = Rng::new(0x5eed);
    for round in 0..ROUNDS {
        let (name, seed) = &seeds[round % seeds.len()];
        let mut text = seed.clone();
        for _ in 0..1 + random.below(4) {
            damage(&mut text, &mut random);
        }
        let name = if round % 3 == 0 { "" } else { name.as_str() };
        let check =
            ConfigurationCheck { profile: (round % 5 == 0).then_some("default"), ..Default::default() };
        let first = told(&check.run(name, &text));
        assert_eq!(first, told(&check.run(name, &text)), "{}", String::from_utf8_lossy(&text));
        error_text::explain(&String::from_utf8_lossy(&text));
    }
}

#[test]
fn no_finding_repeats_a_secret_however_the_file_is_damaged() {
    let seeds = files();
    let mut random = Rng::new(0xca11);
    for round in 0..ROUNDS {
        let (name, seed) = &seeds[round % seeds.len()];
        let text = String::from_utf8_lossy(seed);
        let secrets = ["not-a-real-key", "not-a-real-password", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="];
        let text = secrets.iter().fold(text.into_owned(), |text, old| text.replace(old, SECRET));
        let mut text = text.into_bytes();
        damage(&mut text, &mut random);
        let report = ConfigurationCheck::default().run(name, &text);
        for finding in &report.findings {
            let shown = format!("{} {} {finding:?}", finding.message(), finding.help());
            assert!(!shown.contains(&SECRET[4..24]), "{shown}\n{}", String::from_utf8_lossy(&text));
        }
    }
}

/// One of the ways in which a file comes to harm.
fn damage(text: &mut Vec<u8>, random: &mut Rng) {
    if text.is_empty() {
        text.push(b'[');
    }
    let at = random.below(text.len());
    match random.below(6) {
        0 => text[at] = u8::try_from(random.below(256)).unwrap(),
        1 => text.truncate(at),
        2 => {
            let end = (at + random.below(40)).min(text.len());
            text.drain(at..end);
        }
        3 => {
            let mark = MARKS[random.below(MARKS.len())];
            text.splice(at..at, mark.bytes());
        }
        4 => {
            let end = (at + random.below(200)).min(text.len());
            let copy: Vec<u8> = text[at..end].to_vec();
            let to = random.below(text.len());
            text.splice(to..to, copy);
        }
        _ => {
            let to = random.below(text.len());
            text.swap(at, to);
        }
    }
}

const MARKS: &[&str] = &[
    "\"\"\"",
    "'",
    "[profile.",
    "&a ",
    "*a",
    "<<: ",
    "{",
    "}",
    "[[",
    "\n- ",
    "---\n",
    "${X}",
    "=",
    ":",
    "\u{feff}",
    "\0",
    "|\n",
    ">-\n",
    "!!binary ",
    "-----BEGIN PRIVATE KEY-----",
    "~/",
    "\t",
    "\r",
    "#",
];

/// It stands in the place of every secret.
const SECRET: &str = "MHcCAQEEIPs3cr3tP4rtOfAKeyThatNobodyMaySee0000";

/// Damaged files per test.
const ROUNDS: usize = 4_000;
