//! What the application learns about a handshake.

use std::fmt;
use std::sync::Arc;

use mtlsmith_validate::admission::Admitted;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::time::Timestamp;

/// A client that was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdmittedClient {
    /// The Namespace it was let into.
    pub namespace: Arc<str>,
    /// The subject of its certificate, control characters escaped.
    pub subject: String,
    /// SHA-256 of its certificate, lower-case hexadecimal.
    pub sha256: String,
    /// The certificate filter that it passed, counted from 0; `None` when the Namespace has no filters.
    pub filter: Option<usize>,
    /// The effective expiry: from this second on it would not be let in any more. An application that holds connections open for
    /// long closes them then.
    pub until: Timestamp,
}

/// A client that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedClient {
    /// The Namespace that it asked for.
    pub namespace: Arc<str>,
    /// The subject of its certificate, control characters escaped; empty when the certificate cannot be read.
    pub subject: String,
    /// SHA-256 of its certificate, lower-case hexadecimal; empty when it cannot be read.
    pub sha256: String,
    /// The code of the rule that stands against it, such as `CHN-009`; empty when rustls-webpki alone refuses.
    pub code: &'static str,
    /// Why, in a sentence; control characters escaped, at most [`REASON_BYTES`] bytes.
    pub reason: String,
}

/// The longest reason, in bytes: names in certificates are attacker text and may be long.
pub const REASON_BYTES: usize = 1_024;

/// Whom to tell about each handshake. Called on the thread of the handshake, so it must not wait.
pub trait Observer: Send + Sync + fmt::Debug {
    /// A client was let in.
    fn admitted(&self, client: &AdmittedClient);
    /// A client was refused.
    fn refused(&self, client: &RefusedClient);
}

impl AdmittedClient {
    pub(super) fn of(namespace: &Arc<str>, leaf: &Certificate, admitted: &Admitted) -> Self {
        AdmittedClient {
            namespace: Arc::clone(namespace),
            subject: escaped(&leaf.subject().to_string()),
            sha256: leaf.sha256_hex(),
            filter: admitted.filter,
            until: admitted.until,
        }
    }

    #[cfg(test)]
    pub(super) fn for_tests(namespace: &str) -> Self {
        let until = Timestamp::from_unix(0);
        let (subject, sha256) = ("CN=worker".to_owned(), "00".repeat(32));
        AdmittedClient { namespace: namespace.into(), subject, sha256, filter: None, until }
    }
}

impl RefusedClient {
    pub(super) fn new(
        namespace: &Arc<str>,
        leaf: Option<&Certificate>,
        code: &'static str,
        reason: &str,
    ) -> Self {
        RefusedClient {
            namespace: Arc::clone(namespace),
            subject: leaf.map(|leaf| escaped(&leaf.subject().to_string())).unwrap_or_default(),
            sha256: leaf.map(Certificate::sha256_hex).unwrap_or_default(),
            code,
            reason: escaped(reason),
        }
    }
}

/// Attacker text made harmless for a log: control characters and what reverses the direction of writing are escaped, the length is
/// bounded.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        let is_unsafe = character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if is_unsafe {
            escaped.extend(character.escape_unicode());
        } else {
            escaped.push(character);
        }
        if escaped.len() > REASON_BYTES {
            let end = (0..=REASON_BYTES - 3).rev().find(|&end| escaped.is_char_boundary(end)).unwrap_or(0);
            escaped.truncate(end);
            escaped.push('…');
            break;
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attacker_text_is_escaped_and_bounded() {
        assert_eq!(escaped("CN=a\nb\u{202e}"), "CN=a\\u{a}b\\u{202e}");
        assert_eq!(escaped("CN=Müller"), "CN=Müller");
        for text in ["ü".repeat(5_000), "\n".repeat(5_000), "x".repeat(REASON_BYTES + 1)] {
            let shown = escaped(&text);
            assert!(shown.len() <= REASON_BYTES && shown.ends_with('…'), "{}", shown.len());
        }
        assert_eq!(escaped(&"x".repeat(REASON_BYTES)).len(), REASON_BYTES);
    }
}
