//! Text from certificates, made fit for logs.

use std::borrow::Cow;
use std::fmt::Write;

use mtlsmith_validate::certificate::Certificate;

/// The longest text, in bytes: names in certificates are attacker text and may be long.
pub const SHOWN_BYTES: usize = 1_024;

/// Attacker text made harmless for a log: control characters and what reverses the direction of writing are escaped, the length is
/// bounded.
pub(crate) fn shown<'a>(text: impl Into<Cow<'a, str>>) -> String {
    let text = text.into();
    if text.len() <= SHOWN_BYTES && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.into_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let is_unsafe = character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if is_unsafe {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
        if shown.len() > SHOWN_BYTES {
            let end = (0..=SHOWN_BYTES - 3).rev().find(|&end| shown.is_char_boundary(end)).unwrap_or(0);
            shown.truncate(end);
            shown.push('…');
            break;
        }
    }
    shown
}

/// The subject of a certificate, made harmless.
pub(crate) fn shown_subject(certificate: &Certificate) -> String {
    let subject = certificate.subject();
    let mut text = String::with_capacity(subject.as_der().len());
    // A String takes everything.
    let _ = write!(text, "{subject}");
    shown(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attacker_text_is_escaped_and_bounded() {
        assert_eq!(shown("CN=a\nb\u{202e}"), "CN=a\\u{a}b\\u{202e}");
        assert_eq!(shown("CN=Müller"), "CN=Müller");
        for text in ["ü".repeat(5_000), "\n".repeat(5_000), "x".repeat(SHOWN_BYTES + 1)] {
            let shown = shown(&text);
            assert!(shown.len() <= SHOWN_BYTES && shown.ends_with('…'), "{}", shown.len());
        }
        assert_eq!(shown("x".repeat(SHOWN_BYTES)).len(), SHOWN_BYTES);
    }
}
