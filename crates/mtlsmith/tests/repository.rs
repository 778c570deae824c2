//! Rules about the repository itself, as tests: what is not checked does not hold.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads files, fails loudly and says what it measured"
)]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use mtlsmith_validate::rules;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below a folder with this ending.
fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())).flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "target" && name != "corpus" && name != "artifacts")
            {
                files(&path, ending, found);
            }
        } else if path.extension().is_some_and(|own| own == ending) {
            found.push(path);
        }
    }
}

#[test]
fn every_rust_file_says_first_what_it_is_for() {
    let mut found = Vec::new();
    files(&root().join("crates"), "rs", &mut found);
    for file in found {
        assert!(read(&file).starts_with("//! "), "{} does not start with //!", file.display());
    }
}

#[test]
fn every_rule_file_is_listed_and_every_listed_rule_has_its_file() {
    let folder = root().join("crates/mtlsmith-validate/src/rules");
    let mut in_files = BTreeSet::new();
    for group in
        ["text", "certificate", "chain", "client", "../filters/rules", "../client_configuration/rules"]
    {
        for entry in fs::read_dir(folder.join(group)).unwrap().flatten() {
            let text = read(entry.path());
            if text.contains("static RULE:") || text.contains("static RULE =") {
                let stem = entry.path().file_stem().unwrap().to_string_lossy().replace('_', "-");
                let name =
                    text.split("name: \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
                assert!(
                    stem == name,
                    "{}: the file is named {stem}, its rule {name}",
                    entry.path().display()
                );
                in_files.insert(name.to_owned());
            }
        }
    }
    let listed: BTreeSet<String> = rules::all().map(|rule| rule.name.to_owned()).collect();
    assert_eq!(in_files, listed, "files and lists differ");
}

#[test]
fn every_rule_is_documented_cited_and_unmistakable() {
    let mut codes = BTreeSet::new();
    let mut names = BTreeSet::new();
    for rule in rules::all() {
        assert!(
            codes.insert(rule.code) && names.insert(rule.name),
            "{} {} stands twice",
            rule.code,
            rule.name
        );
        assert!(
            rule.summary().len() <= 100 && rule.summary().ends_with('.'),
            "{}: {}",
            rule.code,
            rule.summary()
        );
        for section in ["Why it matters", "How to fix"] {
            assert!(rule.section(section).len() > 20, "{} lacks the section {section}", rule.code);
        }
        assert!(!rule.cites.is_empty() && !rule.help.is_empty(), "{}", rule.code);
        assert!(
            rule.cites.iter().all(|cite| cite.url.starts_with("https://") && !cite.place.is_empty()),
            "{}",
            rule.code
        );
        assert!(!rule.message.ends_with('.') && !rule.message.is_empty(), "{}: {}", rule.code, rule.message);
    }
}

#[test]
fn codes_follow_the_prefix_of_their_group_and_stand_in_order() {
    for group in rules::GROUPS {
        let codes: Vec<&str> = group.rules.iter().map(|rule| rule.code).collect();
        let about_clients = group.prefix == "EE";
        for code in &codes {
            let prefix = code.split('-').next().unwrap_or_default();
            assert!(
                prefix == group.prefix
                    || (about_clients && ["CHN", "FLT", "KEY"].contains(&prefix))
                    || (group.prefix == "CHN" && prefix == "CA"),
                "{code} in {}",
                group.title
            );
            assert!(code.split('-').nth(1).is_some_and(|number| number.len() == 3), "{code}");
        }
        if about_clients {
            continue; // they stand in the order of repair, whatever their codes
        }
        // 106 belongs behind 006: the last two digits are the row of the rule book, the first counts its variants.
        let order = |code: &&str| {
            let number: u32 =
                code.split('-').nth(1).and_then(|number| number.parse().ok()).unwrap_or_default();
            (code.starts_with("CHN"), number % 100, number / 100)
        };
        assert!(codes.is_sorted_by_key(order), "{}: {codes:?}", group.title);
    }
}

/// A code, once published, keeps its meaning: this list only grows.
#[test]
fn codes_are_frozen() {
    let frozen = read(root().join("testdata/rule-codes.txt"));
    let frozen: BTreeMap<&str, &str> = frozen.lines().filter_map(|line| line.split_once(' ')).collect();
    for rule in rules::all() {
        let known = frozen
            .get(rule.code)
            .unwrap_or_else(|| panic!("add to testdata/rule-codes.txt: {} {}", rule.code, rule.name));
        assert_eq!(*known, rule.name, "{} was published under another name", rule.code);
    }
    for (code, name) in frozen {
        assert!(rules::find(code).is_some(), "{code} {name} is gone");
    }
}

#[test]
fn crates_depend_on_each_other_as_the_architecture_says() {
    let architecture = read(root().join("docs/architecture.md"));
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in architecture.lines().filter(|line| line.starts_with("| `mtlsmith")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let edges = cells[3].split(',').filter_map(|edge| edge.trim().strip_prefix('`')?.strip_suffix('`'));
        wanted.insert(cells[1].trim_matches('`').to_owned(), edges.map(str::to_owned).collect());
    }
    for entry in fs::read_dir(root().join("crates")).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == "mtlsmith-fuzz" || name == "mtlsmith-temporal-example" {
            continue;
        }
        let manifest = read(entry.path().join("Cargo.toml"));
        let normal = manifest
            .split("[dependencies]")
            .nth(1)
            .unwrap_or_default()
            .split("\n[")
            .next()
            .unwrap_or_default();
        let edges: BTreeSet<String> = normal
            .lines()
            .filter_map(|line| line.split(['.', ' ', '=']).next())
            .filter(|dependency| dependency.starts_with("mtlsmith"))
            .map(str::to_owned)
            .collect();
        assert_eq!(Some(&edges), wanted.get(&name), "crates/{name}/Cargo.toml against docs/architecture.md");
    }
}

/// Advice that cannot be followed is worse than none.
#[test]
fn every_command_that_a_text_recommends_exists() {
    let mut texts: Vec<(String, String)> = rules::all()
        .map(|rule| (rule.code.to_owned(), format!("{} {}", rule.documentation, rule.help)))
        .collect();
    texts.push(("README.md".to_owned(), read(root().join("README.md"))));
    texts.push(("docs/ci.md".to_owned(), read(root().join("docs/ci.md"))));
    let mut commands: BTreeMap<Vec<String>, String> = BTreeMap::new();
    for (place, text) in texts {
        for tail in text.split("mtlsmith ").skip(1) {
            let words = tail
                .split_whitespace()
                .take(2)
                .take_while(|word| word.chars().all(|c| c.is_ascii_lowercase()));
            let words: Vec<String> = words.map(str::to_owned).collect();
            if words.first().is_some_and(|first| {
                ["bundle", "rules", "completions", "man", "gen", "cert", "rollover"].contains(&first.as_str())
            }) {
                commands.entry(words).or_insert_with(|| place.clone());
            }
        }
    }
    assert!(commands.len() >= 5, "{commands:?}");
    for (words, place) in commands {
        let output =
            Command::new(env!("CARGO_BIN_EXE_mtlsmith")).args(&words).arg("--help").output().unwrap();
        assert!(
            output.status.success(),
            "{place} recommends `mtlsmith {}`, which does not exist",
            words.join(" ")
        );
    }
}

#[test]
fn nothing_names_the_machine_it_was_built_on() {
    let listed = Command::new("git").args(["ls-files"]).current_dir(root()).output();
    let Some(listed) = listed.ok().filter(|output| output.status.success()) else {
        mtlsmith_testkit::not_tested("git does not list the files here");
        return;
    };
    let needles = [
        ["/wo", "rk/"].concat(),
        ["/ro", "ot/"].concat(),
        ["/ho", "me/"].concat(),
        ["crates", ".io"].concat(),
    ];
    for name in String::from_utf8_lossy(&listed.stdout).lines().filter(|name| !name.ends_with("Cargo.lock")) {
        let Ok(text) = fs::read_to_string(root().join(name)) else { continue };
        for needle in &needles {
            assert!(!text.contains(needle.as_str()), "{name} contains {needle}");
        }
    }
}

#[test]
fn the_two_comparisons_of_names_stay_two() {
    use mtlsmith_validate::name::Name;
    // O=Acme and O=acme: another CA to Go's linking, the same name to Temporal's rule of unique names.
    let upper = [
        0x30, 0x0f, 0x31, 0x0d, 0x30, 0x0b, 0x06, 0x03, 0x55, 0x04, 0x0a, 0x0c, 0x04, b'A', b'c', b'm', b'e',
    ];
    let mut lower = upper;
    lower[13] = b'a';
    let (upper, lower) = (Name::from_der(&upper), Name::from_der(&lower));
    assert!(!upper.links_to(lower));
    assert_eq!(upper.canonical(), lower.canonical());
}
