//! URIs (RFC 3986) as far as a certificate may carry them: Go refuses the whole certificate for one that it cannot parse.

use super::alternative::host_problem;

/// What is wrong with a URI.
pub(super) fn problem(text: &str) -> Option<&'static str> {
    let Some((scheme, rest)) = text.split_once(':') else {
        return Some("it has no scheme such as temporal://");
    };
    let in_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    if !scheme.starts_with(|first: char| first.is_ascii_alphabetic()) || !scheme.bytes().all(in_scheme) {
        return Some("its scheme is not made of letters, digits, +, - and .");
    }
    if rest.is_empty() || text.len() > 2_048 {
        return Some("it has nothing behind its scheme, or more than 2048 characters");
    }
    if !rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || PUNCTUATION.contains(&byte)) {
        return Some("it holds a character that a URI must percent-encode");
    }
    if !percent_signs_are_codes(rest) {
        return Some("a percent sign in it is not followed by two hexadecimal digits");
    }
    rest.strip_prefix("//").and_then(authority_problem)
}

/// What is wrong with the host and port at the start of a text.
fn authority_problem(text: &str) -> Option<&'static str> {
    let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "1"));
    let is_sound = port.parse::<u16>().is_ok() && host_problem(host).is_none();
    (!is_sound).then_some("its host is no host name, with or without a port")
}

fn percent_signs_are_codes(text: &str) -> bool {
    text.split('%').skip(1).all(|behind| {
        let mut digits = behind.bytes().take(2);
        digits.len() == 2 && digits.all(|digit| digit.is_ascii_hexdigit())
    })
}

/// RFC 3986 section 2: unreserved and reserved characters and the percent sign, letters and digits left out.
const PUNCTUATION: &[u8] = b"-._~:/?#[]@!$&'()*+,;=%";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_taken_and_all_else_is_not() {
        for text in
            ["temporal://payments.a1b2c/worker", "urn:uuid:1", "https://acme:443/x?y#z", "mailto:a%20b"]
        {
            assert_eq!(problem(text), None, "{text}");
        }
        for text in [
            "worker",
            "1a:b",
            ":b",
            "a:",
            "https://ac me/",
            "https:///x",
            "https://acme:99999/",
            "https://[::1/",
            "https://ü/",
            "a:%4",
            "a:%zz",
        ] {
            assert!(problem(text).is_some(), "{text}");
        }
    }
}
