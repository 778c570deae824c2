//! Text of others made fit for a terminal, a log and a record: control characters out, length bounded.

/// The text with control characters and marks that turn the direction of writing replaced, cut to a number of characters. Line
/// breaks stay; the server lists the faults of a bundle in lines.
pub(super) fn defused(text: &str, characters: usize) -> String {
    let mut shown = String::new();
    for (index, character) in text.trim().chars().enumerate() {
        if index == characters {
            shown.push('…');
            break;
        }
        shown.push(if is_harmless(character) { character } else { '\u{fffd}' });
    }
    shown
}

fn is_harmless(character: char) -> bool {
    let turns =
        matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    matches!(character, '\n' | '\t') || !(character.is_control() || turns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(defused("  a\x1b[31mb\nc\u{202e}d ", 100), "a\u{fffd}[31mb\nc\u{fffd}d");
        assert_eq!(defused("12345", 5), "12345");
        assert_eq!(defused("123456", 5), "12345…");
    }
}
