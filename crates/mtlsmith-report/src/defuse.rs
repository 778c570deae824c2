//! Text from certificates and file names, made harmless for a terminal and measured as a terminal shows it.
//!
//! A name in a certificate may hold escape sequences, characters that turn the reading direction, and characters that nobody sees.
//! All of them become visible escapes such as `\u{202e}`, so that what is read is what is there.

use unicode_width::UnicodeWidthChar;

/// The text with everything written out that a terminal would obey or hide: control characters, line ends of any kind, marks of
/// direction, zero-width and other invisible characters, blanks other than the plain one, and piles of combining marks.
///
/// Where the terminal is the log of a GitHub job, the runner takes `##[` for the start of a command anywhere in a line, and `::` where
/// a line begins. So the first is broken up too, and the second wherever a line may begin when the text is laid out: at its start and
/// behind blanks. An IPv6 address keeps its colons.
pub fn for_terminal(text: &str) -> String {
    written_out(text, |written, next| {
        // One colon alone counts too: another may follow in the sentence around the name.
        (written.is_empty() || written.ends_with(' ')) && matches!(next, None | Some(':'))
    })
}

/// The same for a page, in which no line begins with what comes from outside: every colon stays.
pub(crate) fn for_page(text: &str) -> String {
    written_out(text, |_, _| false)
}

/// `is_start` says of a colon, by what is before and behind it, whether it may be the start of a command.
fn written_out(text: &str, is_start: fn(&str, Option<char>) -> bool) -> String {
    let mut harmless = String::with_capacity(text.len());
    let mut marks = 0;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        marks = if character_width(character) == 0 { marks + 1 } else { 0 };
        match character {
            '[' if harmless.ends_with("##") => harmless.push_str("\\u{5b}"),
            ':' if is_start(&harmless, characters.peek().copied()) => harmless.push_str("\\u{3a}"),
            _ if is_obeyed_or_hidden(character) || marks > MARKS_SHOWN => {
                harmless.extend(character.escape_default());
            }
            _ => harmless.push(character),
        }
    }
    harmless
}

/// The text cut to so many columns, the last of them `…` when something is missing. To be used on text that is harmless already.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(1);
    let mut used = 0;
    let kept = text.chars().take_while(|&character| {
        used += character_width(character);
        used <= room
    });
    let mut cut: String = kept.collect();
    cut.push('…');
    cut
}

/// Text from a certificate as it is shown in a place of so many columns.
pub(crate) fn shown(text: &str, columns: usize) -> String {
    fit(&for_terminal(text), columns)
}

/// How many columns a text takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(character_width).sum()
}

fn character_width(character: char) -> usize {
    character.width().unwrap_or(0)
}

/// Would a terminal act on the character, or show nothing where it stands? The ranges are the control and format characters
/// (Unicode categories Cc, Cf, Zl, Zp), the other characters that Unicode calls default-ignorable, private use, and all blanks but
/// U+0020, which look like it and are not.
pub(crate) fn is_obeyed_or_hidden(character: char) -> bool {
    let blank = character.is_whitespace() && character != ' ';
    character.is_control()
        || blank
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
            | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

/// Scripts in use stack two or three marks on a letter; more only serves to write over the lines above.
const MARKS_SHOWN: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_or_hides_is_written_out() {
        for (text, harmless) in [
            ("\u{1b}[31mred\u{7}", "\\u{1b}[31mred\\u{7}"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{9b}2J\u{7f}", "\\u{9b}2J\\u{7f}"),
            ("moc.live\u{202e}x\u{2066}", "moc.live\\u{202e}x\\u{2066}"),
            ("pay\u{200b}pal\u{feff}\u{ad}", "pay\\u{200b}pal\\u{feff}\\u{ad}"),
            ("a\u{2028}b\u{a0}c\u{3000}", "a\\u{2028}b\\u{a0}c\\u{3000}"),
            ("\u{e0041}\u{fe0f}\u{200d}", "\\u{e0041}\\u{fe0f}\\u{200d}"),
            ("a ##[add-mask]###[x]#[y]", "a ##\\u{5b}add-mask]###\\u{5b}x]#[y]"),
            ("::add-mask::x  ::y :", "\\u{3a}:add-mask::x  \\u{3a}:y \\u{3a}"),
        ] {
            assert_eq!(for_terminal(text), harmless);
        }
    }

    #[test]
    fn names_in_every_script_stay_as_they_are() {
        for text in [
            "Société Générale",
            "株式会社",
            "ООО Ромашка",
            "e\u{301}",
            "हिन्दी",
            "CN=worker, O=\"acme\" \\+",
            "2001:db8::1",
            "a: b",
        ] {
            assert_eq!(for_terminal(text), text);
        }
    }

    #[test]
    fn a_pile_of_marks_is_written_out_behind_the_fourth() {
        let pile = format!("a{}", "\u{301}".repeat(6));
        assert_eq!(for_terminal(&pile), format!("a{}\\u{{301}}\\u{{301}}", "\u{301}".repeat(4)));
    }

    #[test]
    fn a_cut_text_ends_in_an_ellipsis_and_keeps_its_columns() {
        assert_eq!(fit("worker", 6), "worker");
        assert_eq!(fit("workers", 6), "worke…");
        assert_eq!(fit("株式会社", 8), "株式会社");
        assert_eq!(fit("株式会社", 6), "株式…");
        assert_eq!(width(&fit("株式会社", 6)), 5);
        assert_eq!(fit("abc", 1), "…");
    }
}
