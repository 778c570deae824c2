//! Lines that set variables, in the ways of environment files, shells, systemd, cmd and PowerShell.

use std::iter::Enumerate;
use std::str::Lines;

use super::keys;

/// One assignment of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) line: usize,
}

/// What a file sets, and which lines could not be understood.
#[derive(Debug, Default)]
pub(super) struct Assignments {
    pub(super) found: Vec<Assignment>,
    /// A variable that is mentioned, and its line.
    pub(super) not_understood: Vec<(String, usize)>,
}

/// Reads all lines.
pub(super) fn read(text: &str) -> Assignments {
    let mut reader =
        Reader { lines: text.lines().enumerate(), line: 0, left: 0, read: Assignments::default() };
    while let Some((index, line)) = reader.lines.next() {
        (reader.line, reader.left) = (index + 1, ASSIGNMENTS_OF_A_LINE);
        reader.statement(line);
    }
    reader.read
}

/// Does a line look like an assignment of a variable?
pub(super) fn is_assignment(line: &str) -> bool {
    !read(line).found.is_empty()
}

struct Reader<'a> {
    lines: Enumerate<Lines<'a>>,
    line: usize,
    /// Assignments that may still stand in this line.
    left: usize,
    read: Assignments,
}

/// Where a value ends that is not in quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// With the line, or before a comment.
    Line,
    /// At a blank: more assignments may follow.
    Blank,
    /// At a semicolon, and a backslash is a letter: PowerShell.
    Semicolon,
}

impl Reader<'_> {
    fn statement(&mut self, line: &str) {
        let line = line.trim_start();
        if line.starts_with(['#', ';']) {
            return;
        }
        if let Some(words) =
            line.strip_prefix("Environment").and_then(|rest| rest.trim_start().strip_prefix('='))
        {
            return self.systemd(words);
        }
        if let Some(rest) = line.get(..5).filter(|start| start.eq_ignore_ascii_case("$env:")) {
            return self.powershell(line.get(rest.len()..).unwrap_or_default());
        }
        let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match first {
            "export" | "declare" | "typeset" | "ENV" => self.shell(rest, false),
            "env" => self.shell(rest, true),
            "set" | "SET" | "setenv" | "setx" => self.set(line, rest.trim()),
            "echo" | "printf" | "unset" => {}
            _ => match assigned(line) {
                Some((name, value)) => {
                    self.value(name, value, End::Line);
                }
                None => self.mentioned(line),
            },
        }
    }

    /// `Environment=A=1 "B=two words"`: words with quotes and escapes, as systemd.exec tells them.
    fn systemd(&mut self, first: &str) {
        let mut text = first.to_owned();
        while text.ends_with('\\') {
            text.pop();
            let Some((_, next)) = self.lines.next() else { break };
            text.push(' ');
            text.push_str(next);
        }
        for word in systemd_words(&text) {
            match assigned(&word) {
                Some((name, value)) => self.push(name, value.to_owned()),
                None => self.mentioned(&word),
            }
        }
    }

    fn powershell(&mut self, text: &str) {
        let pair = text.split_once('=').filter(|(name, _)| is_name(name.trim_end()));
        // Without an assignment it is a use of the variable.
        let Some((name, value)) = pair else { return };
        let rest = self.value(name.trim_end(), value, End::Semicolon);
        let Some(next) = rest.trim_start().strip_prefix(';') else { return };
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                self.statement(next);
            }
            None => self.mentioned(next),
        }
    }

    /// `export A=1 B=2`, `declare -x A="1"`, `env A=1 program`; a name alone passes on what is set elsewhere.
    fn shell(&mut self, text: &str, runs_program: bool) {
        let mut rest = text.trim_start().to_owned();
        while !rest.is_empty() && !rest.starts_with('#') {
            if self.left == 0 {
                return self.mentioned(&rest);
            }
            self.left -= 1;
            if let Some((name, value)) = assigned(&rest) {
                rest = self.value(name, value, End::Blank);
            } else {
                let (word, behind) = rest.split_once(char::is_whitespace).unwrap_or((&rest, ""));
                if runs_program && !word.starts_with('-') {
                    return;
                }
                if !word.starts_with('-') && !is_name(word) {
                    return self.mentioned(&rest);
                }
                rest = behind.to_owned();
            }
            rest = rest.trim_start_matches([' ', '\t', ';']).to_owned();
            // `A=1 && export B=2`, `A=1; export B=2`
            rest = rest.strip_prefix("&&").unwrap_or(&rest).trim_start().to_owned();
        }
    }

    /// `set NAME=value` of cmd, `set -gx NAME value` of fish, `setenv NAME value`, `setx NAME value`.
    fn set(&mut self, line: &str, rest: &str) {
        let quoted = rest.strip_prefix('"').and_then(|rest| rest.rsplit_once('"')).map(|(inner, _)| inner);
        if let Some((name, value)) = assigned(quoted.unwrap_or(rest)) {
            return self.push(name, value.trim().to_owned());
        }
        let mut rest = rest;
        while rest.starts_with('-') {
            rest = rest.split_once(char::is_whitespace).map_or("", |(_, behind)| behind.trim_start());
        }
        match rest.split_once(char::is_whitespace) {
            Some((name, value)) if is_name(name) => {
                self.value(name, value, End::Blank);
            }
            _ => self.mentioned(line),
        }
    }

    /// Takes a value; gives what stands behind it in its line.
    fn value(&mut self, name: &str, text: &str, end: End) -> String {
        let mut value = if end == End::Blank && text.starts_with(char::is_whitespace) {
            text.to_owned()
        } else {
            text.trim().to_owned()
        };
        let mut rest = String::new();
        if let Some(quote @ ('"' | '\'')) = value.chars().next() {
            value.remove(0);
            let escapes = quote == '"' && end != End::Semicolon;
            let line = self.line;
            match self.quoted(&mut value, quote, escapes) {
                Some(at) => {
                    rest = value.get(at + 1..).unwrap_or_default().to_owned();
                    value.truncate(at);
                }
                // A quote that nobody closes takes everything behind it along.
                None => self.mention_in(&value, line),
            }
        } else {
            let at = match end {
                End::Line => value.find(" #"),
                End::Blank => value.find([' ', '\t', ';']),
                End::Semicolon => value.find(';').or_else(|| value.find(" #")),
            };
            rest = value.split_off(at.unwrap_or(value.len()));
            value.truncate(value.trim_end().len());
        }
        self.push(name, value);
        rest
    }

    /// Reads on until the quote is closed, over several lines where need be: a certificate has them.
    fn quoted(&mut self, value: &mut String, quote: char, escapes: bool) -> Option<usize> {
        let mut end = closing(value, quote, escapes);
        while end.is_none() {
            let (_, next) = self.lines.next()?;
            value.push('\n');
            let from = value.len();
            value.push_str(next);
            end = closing(next, quote, escapes).map(|at| from + at);
        }
        end
    }

    fn push(&mut self, name: &str, value: String) {
        self.read.found.push(Assignment { name: name.to_owned(), value, line: self.line });
    }

    fn mentioned(&mut self, text: &str) {
        self.mention_in(text, self.line);
    }

    /// Tells of a variable that stands in a text as if it were set.
    fn mention_in(&mut self, text: &str, line: usize) {
        if self.read.not_understood.len() < LINES_TOLD
            && let Some(name) = mention(text)
        {
            self.read.not_understood.push((name.to_owned(), line));
        }
    }
}

/// The first variable of Temporal that a text seems to set. Behind a dollar sign, a brace or a colon it is a use.
fn mention(text: &str) -> Option<&str> {
    let start = text.len() - text.trim_start().len();
    text.match_indices("TEMPORAL_").find_map(|(at, _)| {
        let (before, from) = (text.get(..at)?, text.get(at..)?);
        let length = from.find(|letter: char| !is_of_name(letter)).unwrap_or(from.len());
        let (name, behind) = from.split_at_checked(length)?;
        let is_use = before.ends_with(|letter: char| is_of_name(letter) || "${%:".contains(letter));
        let is_first = at == start;
        let is_set = behind.trim_start_matches([' ', '\t', '"', '\'']).starts_with(['=', ':', ',']);
        (!is_use && (is_first || is_set) && keys::of_variable(name).is_some()).then_some(name)
    })
}

/// The words of a line of systemd, without their quotes and escapes.
fn systemd_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let escaped = letters.next();
                let own = word.get_or_insert_default();
                match escaped.and_then(unescaped) {
                    Some(meant) => own.push(meant),
                    None => own.extend(std::iter::once('\\').chain(escaped)),
                }
            }
            _ if quote == Some(letter) => quote = None,
            '"' | '\'' if quote.is_none() => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            _ if letter.is_whitespace() && quote.is_none() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// What a letter behind a backslash means to systemd.
fn unescaped(letter: char) -> Option<char> {
    Some(match letter {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        's' => ' ',
        '\\' | '"' | '\'' => letter,
        _ => return None,
    })
}

/// The quote that ends a value; where there are escapes a backslash takes the next letter along.
pub(super) fn closing(text: &str, quote: char, escapes: bool) -> Option<usize> {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if escapes => is_escaped = true,
            _ if letter == quote => return Some(at),
            _ => {}
        }
    }
    None
}

/// `NAME=value`.
pub(super) fn assigned(text: &str) -> Option<(&str, &str)> {
    text.split_once('=').filter(|(name, _)| is_name(name))
}

fn is_name(name: &str) -> bool {
    name.chars().all(is_of_name) && name.starts_with(|first: char| !first.is_ascii_digit())
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// Assignments that are read of one line of a shell.
const ASSIGNMENTS_OF_A_LINE: usize = 100;

/// Lines that are told when they cannot be understood.
const LINES_TOLD: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    /// `NAME=value@line`, and `?NAME@line` for what is not understood.
    fn all(text: &str) -> Vec<String> {
        let read = read(text);
        let found = read.found.iter().map(|found| format!("{}={}@{}", found.name, found.value, found.line));
        found.chain(read.not_understood.iter().map(|(name, line)| format!("?{name}@{line}"))).collect()
    }

    #[test]
    fn systemd_separates_words_and_takes_quotes_away() {
        assert_eq!(all("Environment=\"A=1\"\n"), ["A=1@1"]);
        assert_eq!(
            all("Environment=A=1 \"B=two words\" 'C=3' D='4 5'\n"),
            ["A=1@1", "B=two words@1", "C=3@1", "D=4 5@1"]
        );
        assert_eq!(
            all("[Service]\nEnvironment=A=1 \\\n  B=2\nEnvironment = C=3\n"),
            ["A=1@2", "B=2@2", "C=3@4"]
        );
        assert_eq!(all(r#"Environment="A=x\ny\x\"z""#), ["A=x\ny\\x\"z@1"]);
        assert_eq!(all("Environment=A=1 TEMPORAL_ADDRESS:x\n"), ["A=1@1", "?TEMPORAL_ADDRESS@1"]);
        assert_eq!(all("Environment=\n"), Vec::<String>::new());
    }

    #[test]
    fn shells_export_in_several_ways() {
        for prefix in ["export ", "export\t", "declare -x ", "declare -gx ", "typeset -x ", "env ", "ENV "] {
            assert_eq!(all(&format!("{prefix}A=1 B=\"x y\"\n")), ["A=1@1", "B=x y@1"], "{prefix}");
        }
        assert_eq!(all("export A=1; export B='2' && export C=3 # D=4\n"), ["A=1@1", "B=2@1", "C=3@1"]);
        assert_eq!(all("env A=1 program --set B=2\n"), ["A=1@1"]);
        assert_eq!(all("export TEMPORAL_ADDRESS\nexport A=\n"), ["A=@2"]);
        assert_eq!(all("export K=\"a\nb\" L=1\nM=2\n"), ["K=a\nb@1", "L=1@1", "M=2@3"]);
    }

    #[test]
    fn fish_csh_cmd_and_powershell_are_read() {
        assert_eq!(
            all("set -x A 1\nset -gx B 'x y'\nsetenv C 3\nsetx D 4\n"),
            ["A=1@1", "B=x y@2", "C=3@3", "D=4@4"]
        );
        assert_eq!(all("set A=x y\r\nSET \"B=C:\\tls\\\"\r\nset -e\n"), ["A=x y@1", "B=C:\\tls\\@2"]);
        assert_eq!(
            all("$env:A = \"C:\\tls\\\"; $Env:B='2'\n$env:C=3 # c\nif ($env:TEMPORAL_ADDRESS) {\n"),
            ["A=C:\\tls\\@1", "B=2@1", "C=3@2"]
        );
    }

    #[test]
    fn a_line_that_sets_nothing_readable_is_told_and_a_use_is_not() {
        let name = "TEMPORAL_ADDRESS";
        for text in [
            format!("{name}: x"),
            format!("{name} = x"),
            format!("docker run -e {name}=x image"),
            format!("[ -z x ] && {name}=x"),
            format!("[Environment]::SetEnvironmentVariable('{name}', 'x')"),
            format!("set -x {name}"),
        ] {
            let told = if text.starts_with("set") { Vec::new() } else { vec![format!("?{name}@1")] };
            assert_eq!(all(&text), told, "{text}");
        }
        for text in [
            "$TEMPORAL_ADDRESS",
            "x ${TEMPORAL_ADDRESS:=y}",
            "x TEMPORAL_ADDRESS y",
            "unset TEMPORAL_ADDRESS",
            "x TEMPORAL_Y=1 y",
            "a_TEMPORAL_ADDRESS: x",
        ] {
            assert_eq!(all(text), Vec::<String>::new(), "{text}");
        }
        assert_eq!(
            all("NOTE='it is\nTEMPORAL_ADDRESS=x\n").last().map(String::as_str),
            Some("?TEMPORAL_ADDRESS@1")
        );
        assert_eq!(read(&"TEMPORAL_ADDRESS: x\n".repeat(100)).not_understood.len(), LINES_TOLD);
    }

    #[test]
    fn a_script_of_many_assignments_in_a_line_ends() {
        let many = ASSIGNMENTS_OF_A_LINE + 1;
        assert_eq!(read(&format!("export {}", "A=1 ".repeat(many))).found.len(), ASSIGNMENTS_OF_A_LINE);
        let told = read(&format!("export {}TEMPORAL_ADDRESS=x", "A=1 ".repeat(many))).not_understood;
        assert_eq!(told, [("TEMPORAL_ADDRESS".to_owned(), 1)]);
        let told = read(&format!("{}$env:TEMPORAL_TLS=1", "$env:A=1;".repeat(many + 1)));
        assert_eq!(told.found.len(), many);
        assert_eq!(read(&"$env:A=1;".repeat(100_000)).found.len(), many);
    }
}
