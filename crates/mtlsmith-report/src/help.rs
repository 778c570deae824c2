//! The repair of a finding: prose, mostly with one command in it that is there to be copied.

use mtlsmith_validate::rule::Rule;

use crate::defuse;

/// A repair taken apart.
pub(crate) struct Repair<'a> {
    /// The words before the command, with their colon; or all there is, when there is no command.
    pub(crate) before: &'a str,
    /// The command.
    pub(crate) command: Option<&'a str>,
    /// The words behind the command, without the comma or semicolon that ended it.
    pub(crate) behind: &'a str,
}

impl<'a> Repair<'a> {
    /// Finds the command: it stands behind a colon and ends at a comma or semicolon, or with the text.
    pub(crate) fn of(text: &'a str) -> Self {
        let start = COMMANDS.iter().filter_map(|command| text.find(&format!(": {command} "))).min();
        let Some((before, rest)) = start.map(|at| text.split_at(at + 1)) else {
            return Repair { before: text, command: None, behind: "" };
        };
        let end = unquoted(rest).find(|&at| rest.get(at..).is_some_and(ends_command)).unwrap_or(rest.len());
        let (command, behind) = rest.split_at(end);
        Repair { before, command: Some(command.trim()), behind: behind.trim_start_matches([',', ';', ' ']) }
    }
}

fn ends_command(rest: &str) -> bool {
    rest.starts_with(", ") || rest.starts_with("; ")
}

/// A command cut before each of its options, which keep their values: where a line or a page may be broken.
pub(crate) fn parts(command: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for at in unquoted(command).filter(|&at| command.get(at..).is_some_and(|rest| rest.starts_with(" -"))) {
        parts.extend(command.get(start..at));
        start = at + 1;
    }
    parts.extend(command.get(start..));
    parts
}

/// The places of the characters that a POSIX shell reads outside of quotes.
fn unquoted(text: &str) -> impl Iterator<Item = usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.char_indices().filter_map(move |(at, letter)| {
        let outside = !quoted && !escaped;
        escaped = letter == '\\' && outside;
        quoted ^= letter == '\'' && (outside || quoted);
        outside.then_some(at)
    })
}

/// The text with the placeholder `FILE` of its commands replaced by the file's name, as a shell reads it. The placeholder stays for
/// standard input, and for a name that cannot be printed as it is.
pub(crate) fn with_file_name(text: &str, name: &str) -> String {
    let Some(name) = shell_word(name).filter(|_| name != "<stdin>" && name != "-") else {
        return text.to_owned();
    };
    let words: Vec<&str> =
        text.split(' ').map(|word| if word == "FILE" { name.as_str() } else { word }).collect();
    words.join(" ")
}

/// Does a fact stand in the repair, and not in the sentence? Then it may be a command, which is worth nothing when it is cut.
pub(crate) fn is_in_help_alone(rule: &Rule, name: &str) -> bool {
    let placeholder = format!("{{{name}}}");
    rule.help.contains(&placeholder) && !rule.message.contains(&placeholder)
}

/// A file name as one word of a POSIX shell, which no command takes for an option; `-` stays what it is. `None` for a name that cannot
/// be printed as it is, so that no command with it can be copied.
///
/// ```
/// assert_eq!(mtlsmith_report::shell_word("my ca.pem").as_deref(), Some("'my ca.pem'"));
/// assert_eq!(mtlsmith_report::shell_word("a\nb.pem"), None);
/// ```
pub fn shell_word(name: &str) -> Option<String> {
    if defuse::for_terminal(name) != name {
        return None;
    }
    let name = if name.starts_with('-') && name != "-" { format!("./{name}") } else { name.to_owned() };
    // A comma is quoted too, since it may end the command within a sentence.
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:+@%".contains(letter);
    let is_plain = !name.is_empty() && name.chars().all(plain);
    Some(if is_plain { name } else { format!("'{}'", name.replace('\'', r"'\''")) })
}

/// What a repair may start with.
const COMMANDS: [&str; 6] = ["mtlsmith", "openssl", "iconv", "tcld", "temporal", "cat"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_told_from_the_words_around_it() {
        let repair = Repair::of("it is Go's: openssl x509 -in 'a, b; c.pem' -out b.pem, where b.pem is new");
        assert_eq!(repair.before, "it is Go's:");
        assert_eq!(repair.command, Some("openssl x509 -in 'a, b; c.pem' -out b.pem"));
        assert_eq!(repair.behind, "where b.pem is new");
        assert_eq!(Repair::of("delete the text").command, None);
    }

    #[test]
    fn a_command_is_cut_before_options_and_not_within_a_name() {
        assert_eq!(
            parts(r"mtlsmith bundle remove 'it'\''s -- mine -x.pem' --output new.pem -q"),
            [r"mtlsmith bundle remove 'it'\''s -- mine -x.pem'", "--output new.pem", "-q"]
        );
    }

    #[test]
    fn a_name_becomes_one_word() {
        for (name, word) in NAMES {
            assert_eq!(with_file_name("add FILE FILES", name), format!("add {word} FILES"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_the_name_back() {
        for (name, word) in NAMES {
            let command = format!("printf %s {word}");
            let output = std::process::Command::new("sh").args(["-c", &command]).output().expect("a shell");
            let read = String::from_utf8(output.stdout).expect("UTF-8");
            assert_eq!(read.trim_start_matches("./"), name);
        }
    }

    #[test]
    fn words_that_are_no_files_keep_their_meaning() {
        assert_eq!(shell_word("-").as_deref(), Some("-"));
        assert_eq!(shell_word("").as_deref(), Some("''"));
        assert_eq!(shell_word("ca:1@x+y%.pem").as_deref(), Some("ca:1@x+y%.pem"));
        assert_eq!(shell_word("a,").as_deref(), Some("'a,'"));
    }

    const NAMES: [(&str, &str); 5] = [
        ("certs/ca.pem", "certs/ca.pem"),
        ("my ca.pem", "'my ca.pem'"),
        ("it's $HOME `x`.pem", r"'it'\''s $HOME `x`.pem'"),
        ("-rf", "./-rf"),
        ("- a.pem", "'./- a.pem'"),
    ];

    #[test]
    fn standard_input_and_unprintable_names_stay_a_placeholder() {
        for name in ["<stdin>", "-", "a\nb.pem", "::x.pem", "\u{1b}[2J.pem", "x##[group].pem"] {
            assert_eq!(with_file_name("add FILE", name), "add FILE");
        }
    }
}
