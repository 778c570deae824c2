//! SPIFFE IDs (SPIFFE-ID standard, sections 2.1 to 2.4).

/// What is wrong with a SPIFFE ID.
pub(super) fn problem(text: &str) -> Option<&'static str> {
    if text.len() > 2_048 {
        return Some("a SPIFFE ID has at most 2048 characters");
    }
    let Some(rest) = text.strip_prefix("spiffe://") else {
        return Some("a SPIFFE ID starts with spiffe:// in small letters");
    };
    let (domain, path) = rest.split_once('/').map_or((rest, None), |(domain, path)| (domain, Some(path)));
    let in_domain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
    if domain.is_empty() || domain.len() > 255 || !domain.bytes().all(in_domain) {
        return Some(
            "the trust domain of a SPIFFE ID has small letters, digits, dots, hyphens and underscores alone",
        );
    }
    let in_path = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let segment = |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(in_path);
    match path {
        Some(path) if !path.split('/').all(segment) => Some(
            "the path of a SPIFFE ID has segments of letters, digits, dots, hyphens and underscores, none empty, and no slash at the end",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_the_standard_are_taken() {
        for id in
            ["spiffe://acme.example", "spiffe://acme.example/ns/payments/sa/worker", "spiffe://a_b-c/A.b_c-D"]
        {
            assert_eq!(problem(id), None, "{id}");
        }
    }

    #[test]
    fn everything_else_is_not() {
        let long = format!("spiffe://a/{}", "x".repeat(2_048));
        for id in [
            "SPIFFE://acme/x",
            "spiffe:acme",
            "spiffe://",
            "spiffe:///x",
            "spiffe://Acme/x",
            "spiffe://acme:80/x",
            "spiffe://me@acme/x",
            "spiffe://acme/",
            "spiffe://acme/x/",
            "spiffe://acme//x",
            "spiffe://acme/../x",
            "spiffe://acme/x?y",
            "spiffe://acme/x#y",
            "spiffe://acme/%41",
            &long,
        ] {
            assert!(problem(id).is_some(), "{id}");
        }
    }
}
