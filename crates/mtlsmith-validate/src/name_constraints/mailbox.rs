//! Email addresses in certificates: a Mailbox as RFC 2821 section 4.1.2 writes it, with the liberties that Go takes (verify.go,
//! `parseRFC2821Mailbox`).

use super::domain;

/// An email address in its two parts, quotes and backslashes taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mailbox {
    pub(super) local: Vec<u8>,
    /// In lower case: domains are compared without case.
    pub(super) domain: String,
}

impl Mailbox {
    /// Reads an address; `None` when Go cannot.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (local, rest) = match text.strip_prefix('"') {
            Some(quoted) => quoted_string(quoted.as_bytes())?,
            None => dot_string(text.as_bytes())?,
        };
        let domain = std::str::from_utf8(rest.strip_prefix(b"@")?).ok()?;
        domain::is_well_formed(domain, false).then(|| Mailbox { local, domain: domain.to_ascii_lowercase() })
    }
}

/// What stands between quotes, and the rest behind them.
fn quoted_string(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut local = Vec::new();
    let mut rest = text;
    loop {
        let (&byte, behind) = rest.split_first()?;
        rest = behind;
        match byte {
            b'"' => return Some((local, rest)),
            b'\\' => {
                let (&escaped, behind) = rest.split_first()?;
                if !matches!(escaped, 1..=9 | 11 | 12 | 14..=127) {
                    return None;
                }
                local.push(escaped);
                rest = behind;
            }
            1..=8 | 11 | 12 | 14..=33 | 35..=91 | 93..=127 => local.push(byte),
            _ => return None,
        }
    }
}

/// Atoms with dots between them, and the rest behind; a backslash lets any byte pass.
fn dot_string(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut local = Vec::new();
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        let (byte, behind) = match byte {
            b'\\' => {
                let (&escaped, behind) = behind.split_first()?;
                (escaped, behind)
            }
            _ if byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte) => (byte, behind),
            _ => break,
        };
        local.push(byte);
        rest = behind;
    }
    let misplaced = local.first() == Some(&b'.')
        || local.last() == Some(&b'.')
        || local.windows(2).any(|pair| pair == b"..");
    (!local.is_empty() && !misplaced).then_some((local, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_split_at_the_last_unquoted_part() {
        for (text, local, domain) in [
            ("ops@acme.internal", "ops", "acme.internal"),
            ("Ops@ACME.internal", "Ops", "acme.internal"),
            ("\"on call\"@acme", "on call", "acme"),
            ("\"a\\\"b\"@acme", "a\"b", "acme"),
            ("a\\@b@acme", "a@b", "acme"),
            ("a.b+c=d@acme", "a.b+c=d", "acme"),
            ("ops@", "ops", ""),
        ] {
            let mailbox = Mailbox::parse(text).unwrap();
            assert_eq!(
                (mailbox.local.as_slice(), mailbox.domain.as_str()),
                (local.as_bytes(), domain),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "@acme",
            "ops",
            ".ops@acme",
            "ops.@acme",
            "a..b@acme",
            "\"ops@acme",
            "\"\0\"@a",
            "a\\",
            "o ps@acme",
            "a@.b",
            "a@b.",
            "a@b c",
        ] {
            assert_eq!(Mailbox::parse(text), None, "{text:?}");
        }
    }
}
