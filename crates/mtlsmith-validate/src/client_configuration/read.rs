//! What kind of file a text is, and reading it as that.

use super::assignments;
use super::environment;
use super::manifest;
use super::model::Form;
use super::reading::ClientConfiguration;
use super::reading::OddityKind;
use super::toml;

/// Reads a text; the name of its file helps to tell what it is.
pub(super) fn read(name: &str, text: &[u8]) -> ClientConfiguration {
    let mut configuration = ClientConfiguration::default();
    if text.len() > LARGEST_CONFIGURATION {
        configuration.odd(None, OddityKind::TooLarge("it is larger than 1 MiB"));
        return configuration;
    }
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let text = match std::str::from_utf8(text) {
        Ok(text) => text,
        Err(error) => {
            let before = text.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
            configuration.odd(Some(line), OddityKind::Unreadable("it is no UTF-8 text"));
            return configuration;
        }
    };
    match form(name, text) {
        Some(Form::Toml) => toml::read(text, 1),
        Some(Form::Environment) => environment::read(text),
        Some(Form::Manifest) => manifest::read(text),
        None => {
            let reason = "it is neither TOML, nor variables, nor a manifest";
            configuration.odd(None, OddityKind::Unreadable(reason));
            configuration
        }
    }
}

/// By the ending of the name, else by the first line that shows it.
fn form(name: &str, text: &str) -> Option<Form> {
    let ending = name.rsplit(['/', '\\']).next().and_then(|file| file.rsplit_once('.')).map(|(_, end)| end);
    match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("toml") => return Some(Form::Toml),
        Some("yaml" | "yml" | "json") => return Some(Form::Manifest),
        Some("env" | "service") => return Some(Form::Environment),
        _ => {}
    }
    let meant = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let all: Vec<&str> = meant.take(LINES_LOOKED_AT).collect();
    let first = all.first()?;
    // The units of systemd have tables too.
    if matches!(*first, "[Unit]" | "[Service]") {
        return Some(Form::Environment);
    }
    let is_table = first.starts_with('[') && first.ends_with(']') && !first.contains('"');
    if is_table || all.iter().any(|line| line.starts_with("[profile")) {
        return Some(Form::Toml);
    }
    if first.starts_with(['{', '[']) || *first == "---" || first.starts_with("--- ") {
        return Some(Form::Manifest);
    }
    if assignments::is_assignment(first) {
        return Some(Form::Environment);
    }
    let is_pair = |line: &&str, mark: char| {
        let key = line.split_once(mark).map(|(key, _)| key.trim_end());
        key.is_some_and(|key| !key.is_empty() && key.chars().all(is_of_key))
    };
    if is_pair(first, '=') {
        return Some(Form::Toml);
    }
    let is_yaml = is_pair(first, ':') || first.starts_with("- ");
    match is_yaml {
        true => Some(Form::Manifest),
        false => all.iter().any(|line| assignments::is_assignment(line)).then_some(Form::Environment),
    }
}

fn is_of_key(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | '"')
}

/// Kubernetes stores no object larger than this.
pub const LARGEST_CONFIGURATION: usize = 1024 * 1024;

/// Lines from which the kind of a file is told.
const LINES_LOOKED_AT: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_recognised_by_name_or_content() {
        for (name, text, form_of_it) in [
            ("x.toml", "", Some(Form::Toml)),
            ("x.yml", "", Some(Form::Manifest)),
            ("dir.toml/production.env", "", Some(Form::Environment)),
            ("", "# c\n[profile.default]\n", Some(Form::Toml)),
            ("", "profile.default.address = \"x\"", Some(Form::Toml)),
            ("", "apiVersion: v1\nkind: Secret\n", Some(Form::Manifest)),
            ("", "{\"kind\": \"Secret\"}", Some(Form::Manifest)),
            ("", "export TEMPORAL_ADDRESS=x\n", Some(Form::Environment)),
            ("", "$env:TEMPORAL_ADDRESS = 'x'\n", Some(Form::Environment)),
            ("worker.service", "[Unit]\n", Some(Form::Environment)),
            ("override.conf", "[Service]\nEnvironment=TEMPORAL_ADDRESS=x\n", Some(Form::Environment)),
            (".env", "TEMPORAL_ADDRESS=x\n", Some(Form::Environment)),
            ("", "#!/bin/sh\nset -e\nexport TEMPORAL_ADDRESS=x\n", Some(Form::Environment)),
            ("", "-----BEGIN PRIVATE KEY-----\nMHcC\n-----END PRIVATE KEY-----\n", None),
            ("", "", None),
        ] {
            assert_eq!(form(name, text), form_of_it, "{name} {text}");
        }
    }

    #[test]
    fn a_file_of_the_largest_size_is_read_and_a_larger_one_is_not() {
        let text = |length: usize| {
            let mut text = b"TEMPORAL_ADDRESS=localhost:7233\n".to_vec();
            text.resize(length, b'\n');
            text
        };
        assert_eq!(read("", &text(LARGEST_CONFIGURATION)).oddities, []);
        assert_eq!(read("", &text(LARGEST_CONFIGURATION + 1)).oddities.len(), 1);
    }

    #[test]
    fn a_text_without_a_name_is_known_by_its_first_lines() {
        for (text, form_of_it) in [
            ("# [profile]\nkind: Secret\n", Some(Form::Manifest)),
            ("\n\n[other]\nx = 1\n", Some(Form::Toml)),
            ("[\"a\"]\n", Some(Form::Manifest)),
            ("x = 1\n[profile.default]\n", Some(Form::Toml)),
            ("---\nkind: Secret\n", Some(Form::Manifest)),
            ("--- # a comment\nkind: Secret\n", Some(Form::Manifest)),
            ("- kind: Secret\n", Some(Form::Manifest)),
            ("\"a b\" = 1\n", None),
            ("a sentence: and more\n", None),
            (": nothing\n", None),
            ("= nothing\n", None),
        ] {
            assert_eq!(form("", text), form_of_it, "{text}");
        }
    }

    #[test]
    fn what_is_no_utf8_is_told_by_its_line() {
        let line = |text: &[u8]| read("", text).oddities[0].place.clone();
        assert_eq!(line(b"A=1\nB=2\nC=\xff\n"), Some(super::super::SettingPlace::Line(3)));
        assert_eq!(line(b"\xff"), Some(super::super::SettingPlace::Line(1)));
    }
}
