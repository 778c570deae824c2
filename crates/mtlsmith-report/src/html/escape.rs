//! Foreign text in a page: no markup is left in it, in elements, attributes and SVG alike, and what cannot be seen is written out.

use unicode_width::UnicodeWidthChar;

use crate::defuse;

/// Text for the content of an element or for an attribute in quotes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in defuse::for_page(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The same for a place of so many pixels in an SVG, where text does not wrap: what is too long loses its middle, since names of CAs
/// often differ in their last characters alone.
pub(super) fn escape_to_fit(text: &str, pixels: i64, font_size: i64) -> String {
    let harmless = defuse::for_page(text);
    let room = pixels * 100 / font_size;
    if harmless.chars().map(width).sum::<i64>() <= room {
        return escape(&harmless);
    }
    let room = room - width('…');
    let head = taken(harmless.chars(), room * 3 / 5);
    let tail: String = taken(harmless.chars().rev(), room * 2 / 5).chars().rev().collect();
    escape(&format!("{}…{}", head.trim_end(), tail.trim_start()))
}

/// As many characters as there is room for.
fn taken(characters: impl Iterator<Item = char>, room: i64) -> String {
    let mut used = 0;
    let fitting = characters.take_while(|&character| {
        used += width(character);
        used <= room
    });
    fitting.collect()
}

/// The width of a character in hundredths of the font size, on the wide side of what sans-serif fonts have.
fn width(character: char) -> i64 {
    match character {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 32,
        'f' | 'r' | 't' | '(' | ')' | '[' | ']' | '-' | '/' | '\\' | '"' | '*' => 42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 96,
        '<' | '>' | '=' | '+' | '#' => 84,
        'A'..='Z' | '&' | '_' => 70,
        _ if character.width() == Some(2) => 102,
        _ if character.width() == Some(0) => 0,
        _ => 60,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_unseen_characters_become_text() {
        assert_eq!(escape("<a href=\"x\">'&\u{202e}"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;\\u{202e}");
    }

    #[test]
    fn long_text_loses_its_middle_before_it_is_escaped() {
        assert_eq!(escape_to_fit("short", 100, 12), "short");
        let cut = escape_to_fit("&&&&&&&&&&&&&&&&&&&&", 60, 12);
        assert_eq!(cut, "&amp;&amp;&amp;…&amp;&amp;");
        assert_eq!(escape_to_fit("CA 2026-01 of acme, number one", 100, 12), "CA 2026…r one");
    }
}
