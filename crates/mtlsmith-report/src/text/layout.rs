//! What every text is laid out with: wrapping at blanks, padding, plurals, colours that mean something.

use anstyle::AnsiColor;
use anstyle::Style as Ansi;
use mtlsmith_validate::finding::Fact;
use mtlsmith_validate::time::Timestamp;

use crate::Style;
use crate::defuse;

/// Breaks a text at blanks into lines of at most so many columns. A word that is longer keeps a line for itself; line ends in the
/// text stay, and so do runs of blanks within a line, since two names may differ by them. A command in parentheses is one word, so that
/// it can be copied.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let mut current = String::new();
        for word in words(line) {
            let needed = defuse::width(&current) + 1 + defuse::width(word);
            if !current.is_empty() && needed > columns {
                lines.push(std::mem::take(&mut current));
            }
            if !current.is_empty() {
                current.push(' ');
            }
            current.push_str(word);
        }
        lines.push(current);
    }
    lines
}

/// The words of a line; blanks within a command in parentheses part nothing.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = line;
    while let Some((from, to)) = command_in(rest) {
        let (before, behind) = (rest.get(..from).unwrap_or_default(), rest.get(to..).unwrap_or_default());
        let end = behind.find(' ').map_or(rest.len(), |at| to + at);
        let start = before.rfind(' ').map_or(0, |at| at + 1);
        let ahead = rest.get(..start).and_then(|ahead| ahead.strip_suffix(' '));
        words.extend(ahead.into_iter().flat_map(|ahead| ahead.split(' ')));
        words.extend(rest.get(start..end));
        match rest.get(end..).and_then(|behind| behind.strip_prefix(' ')) {
            Some(behind) => rest = behind,
            None => return words,
        }
    }
    words.extend(rest.split(' '));
    words
}

/// The first command in parentheses, from its opening one to behind its closing one.
fn command_in(text: &str) -> Option<(usize, usize)> {
    let from = COMMANDS.iter().filter_map(|command| text.find(command)).min()?;
    let length = text.get(from..)?.find(')')? + 1;
    Some((from, from + length))
}

/// How commands in parentheses begin.
const COMMANDS: [&str; 3] = ["(mtlsmith ", "(openssl ", "(kubectl "];

/// Markdown with paragraphs wrapped in the source, as lines for a terminal: paragraphs and list items are filled anew, code blocks
/// kept as they are.
pub(crate) fn wrap_markdown(markdown: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in paragraphs(markdown) {
        match paragraph {
            Paragraph::Verbatim(line) => lines.push(line.to_owned()),
            Paragraph::Text(text) => lines.extend(wrap(&text, columns)),
            Paragraph::Item(text) => {
                let wrapped = wrap(&text, columns.saturating_sub(2));
                lines.extend(wrapped.iter().enumerate().map(|(index, line)| {
                    let bullet = if index == 0 { "- " } else { "  " };
                    format!("{bullet}{line}")
                }));
            }
        }
    }
    lines
}

enum Paragraph<'a> {
    Verbatim(&'a str),
    Text(String),
    Item(String),
}

fn paragraphs(markdown: &str) -> Vec<Paragraph<'_>> {
    let mut paragraphs: Vec<Paragraph<'_>> = Vec::new();
    let mut in_code = false;
    for line in markdown.lines() {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        if fence {
            continue;
        }
        let item = line.trim_start().strip_prefix("- ");
        match (paragraphs.last_mut(), item) {
            _ if in_code || line.starts_with("    ") || line.trim().is_empty() => {
                paragraphs.push(Paragraph::Verbatim(line))
            }
            (_, Some(item)) => paragraphs.push(Paragraph::Item(item.trim().to_owned())),
            (Some(Paragraph::Text(text) | Paragraph::Item(text)), None) => {
                text.push(' ');
                text.push_str(line.trim());
            }
            _ => paragraphs.push(Paragraph::Text(line.trim().to_owned())),
        }
    }
    paragraphs
}

/// Fills a text up with blanks to so many columns.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(defuse::width(text));
    format!("{text}{}", " ".repeat(missing))
}

/// `1 error`, `2 errors`, `1,024 bytes`.
pub(crate) fn count(number: usize, unit: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {unit}{plural}", Fact::from(number))
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// How a validity stands at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has not begun.
    NotYet,
    /// It lasts for so many seconds.
    Left(i64),
    /// It is over since so many seconds.
    Over(i64),
}

impl Standing {
    /// Of a validity at a time; its last second counts as over, as it does for the rule `expired`.
    pub(crate) fn of(not_before: Timestamp, not_after: Timestamp, now: Timestamp) -> Self {
        match not_after.since(now) {
            ..=0 => Standing::Over(now.since(not_after)),
            _ if now < not_before => Standing::NotYet,
            left => Standing::Left(left),
        }
    }
}

/// A length of time such as `12 days`.
pub(crate) fn duration(seconds: i64) -> String {
    Fact::Duration(seconds).to_string()
}

/// What a colour means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// A heading, a name to find again.
    Strong,
    /// Beside the point.
    Faint,
    /// Fine.
    Good,
    /// To be looked at.
    Careful,
    /// Broken.
    Bad,
}

/// A text in a tone, when the style has colours; else the text.
pub(crate) fn paint(style: &Style, tone: Tone, text: &str) -> String {
    if !style.color || text.is_empty() {
        return text.to_owned();
    }
    let ansi = match tone {
        Tone::Strong => Ansi::new().bold(),
        Tone::Faint => Ansi::new().dimmed(),
        Tone::Good => AnsiColor::Green.on_default().bold(),
        Tone::Careful => AnsiColor::Yellow.on_default().bold(),
        Tone::Bad => AnsiColor::Red.on_default().bold(),
    };
    format!("{ansi}{text}{ansi:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_long_words_stand_alone() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a considerably-long word", 6), ["a", "considerably-long", "word"]);
        assert_eq!(wrap("one\n\ntwo", 20), ["one", "", "two"]);
        assert_eq!(wrap("株式 会社", 5), ["株式", "会社"]);
        assert_eq!(wrap("two  blanks", 20), ["two  blanks"]);
    }

    #[test]
    fn a_command_in_parentheses_is_never_broken() {
        assert_eq!(
            wrap("say so (mtlsmith bundle add a.pem), or not (mtlsmith x).", 16),
            ["say so", "(mtlsmith bundle add a.pem),", "or not", "(mtlsmith x)."]
        );
        assert_eq!(wrap("(mtlsmith a b", 6), ["(mtlsmith", "a b"], "nothing closes it");
        assert_eq!(wrap("(mtlsmith a b)", 6), ["(mtlsmith a b)"]);
    }

    #[test]
    fn markdown_paragraphs_are_filled_anew() {
        let lines = wrap_markdown("one\ntwo\n\n- three\n  four\n- five\n\n```sh\nsix   seven\n```", 8);
        assert_eq!(lines, ["one two", "", "- three", "  four", "- five", "", "six   seven"]);
    }

    #[test]
    fn words_are_listed_and_counted() {
        let words: Vec<String> = ["1", "2", "3"].iter().map(ToString::to_string).collect();
        assert_eq!(list(&words), "1, 2 and 3");
        assert_eq!(list(&["1".to_owned()]), "1");
        assert_eq!(
            (count(1, "error"), count(0, "error"), count(2048, "byte")),
            ("1 error".to_owned(), "0 errors".to_owned(), "2,048 bytes".to_owned())
        );
    }

    #[test]
    fn the_last_second_of_a_validity_is_over() {
        let at = Timestamp::from_unix;
        assert_eq!(Standing::of(at(10), at(20), at(20)), Standing::Over(0));
        assert_eq!(Standing::of(at(10), at(20), at(19)), Standing::Left(1));
        assert_eq!(Standing::of(at(10), at(20), at(9)), Standing::NotYet);
    }

    #[test]
    fn without_colour_no_escape_is_written() {
        let style = Style { color: false, columns: 80, detail: crate::Detail::Normal };
        assert_eq!(paint(&style, Tone::Bad, "x"), "x");
        assert_eq!(paint(&Style { color: true, ..style }, Tone::Bad, "x"), "\u{1b}[1m\u{1b}[31mx\u{1b}[0m");
    }
}
