//! The host of a URI, as far as Go's `net/url` and `crypto/x509` take one.
//!
//! Certificates hold URIs of which Go looks at the host alone, but it refuses a certificate with a URI that it cannot read; so what
//! else is in a URI matters here as much as `url.Parse` looks at it.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

/// Which rules percent-escapes and characters follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Host,
    Zone,
    Other,
}

/// The host with its port, `Ok("")` when the URI has none, or `None` when Go cannot read the URI.
pub(crate) fn host(uri: &str) -> Option<String> {
    let (uri, fragment) = uri.split_once('#').unwrap_or((uri, ""));
    unescaped(fragment, Part::Other)?;
    if uri.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return None;
    }
    if uri == "*" {
        return Some(String::new());
    }
    let (scheme, rest) = scheme(uri)?;
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    if !rest.starts_with('/') {
        if !scheme.is_empty() {
            return Some(String::new());
        }
        let first_segment = rest.split_once('/').map_or(rest, |(segment, _)| segment);
        if first_segment.contains(':') {
            return None;
        }
    }
    let authority = rest.strip_prefix("//").filter(|behind| !scheme.is_empty() || !behind.starts_with('/'));
    let Some(behind) = authority else {
        return unescaped(rest, Part::Other).map(|_| String::new());
    };
    let (authority, path) = behind.split_at(behind.find('/').unwrap_or(behind.len()));
    let host = host_of_authority(scheme, authority)?;
    unescaped(path, Part::Other)?;
    Some(host)
}

/// The scheme, empty when there is none, and what follows it.
fn scheme(uri: &str) -> Option<(&str, &str)> {
    let end = uri.bytes().enumerate().find(|(index, byte)| match byte {
        b'a'..=b'z' | b'A'..=b'Z' => false,
        b'0'..=b'9' | b'+' | b'-' | b'.' => *index == 0,
        _ => true,
    });
    match end {
        Some((0, b':')) => None,
        Some((at, b':')) => Some((uri.get(..at)?, uri.get(at + 1..)?)),
        _ => Some(("", uri)),
    }
}

fn host_of_authority(scheme: &str, authority: &str) -> Option<String> {
    let Some((user, host)) = authority.rsplit_once('@') else { return host_with_port(scheme, authority) };
    let host = host_with_port(scheme, host)?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    unescaped(name, Part::Other)?;
    unescaped(password, Part::Other)?;
    user.bytes().all(allowed).then_some(host)
}

fn host_with_port(scheme: &str, host: &str) -> Option<String> {
    match host.rfind('[') {
        Some(0) => return bracketed(host),
        Some(_) => return None,
        None => {}
    }
    if let (Some(first), Some(last)) = (host.find(':'), host.rfind(':')) {
        // More than one colon passes for historical reasons, unless the scheme is HTTP.
        let strict = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        let port = host.get(if strict { first } else { last }..)?;
        if !is_port(port) {
            return None;
        }
    }
    unescaped(host, Part::Host)
}

/// `[2001:db8::1]`, with a zone and a port perhaps.
fn bracketed(host: &str) -> Option<String> {
    let (inside, port) = host.strip_prefix('[')?.rsplit_once(']')?;
    if !is_port(port) {
        return None;
    }
    let literal = match inside.find("%25") {
        Some(zone) => {
            let (address, zone) = inside.split_at(zone);
            unescaped(address, Part::Host)? + &unescaped(zone, Part::Zone)?
        }
        None => unescaped(inside, Part::Host)?,
    };
    (is_address(&literal) && literal.parse::<Ipv4Addr>().is_err()).then(|| format!("[{literal}]{port}"))
}

/// Empty, or a colon and digits.
fn is_port(text: &str) -> bool {
    text.is_empty()
        || text.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Takes percent-escapes out; `None` where one is broken or a character is not allowed. Bytes that then are no UTF-8 are replaced:
/// no host with them is a domain name, so nobody looks at them.
fn unescaped(text: &str, part: Part) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte != b'%' {
            if part != Part::Other && byte < 0x80 && !is_host_character(byte) {
                return None;
            }
            bytes.push(byte);
            continue;
        }
        let (digits, behind) = rest.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits)
            .ok()
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        let value = u8::from_str_radix(digits, 16).ok()?;
        let allowed = match part {
            Part::Host => value >= 0x80 || digits == "25",
            Part::Zone => digits == "25" || value == b' ' || is_host_character(value),
            Part::Other => true,
        };
        if !allowed {
            return None;
        }
        bytes.push(value);
        rest = behind;
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_host_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!$&'()*+,;=:[]<>\"-_.~".contains(&byte)
}

/// The domain within a host that constraints are compared with, or why there is none.
pub(super) fn domain(host: &str) -> Result<String, &'static str> {
    if host.is_empty() {
        return Err("is a URI without a host");
    }
    let domain = if host.contains(':') && !host.ends_with(']') {
        without_port(host).ok_or("is a URI whose host cannot be read")?.to_owned()
    } else {
        host.to_ascii_lowercase()
    };
    if is_address(&domain) || (domain.starts_with('[') && domain.ends_with(']')) {
        return Err("is a URI with an IP address for a host");
    }
    Ok(domain)
}

fn without_port(host: &str) -> Option<&str> {
    let (before, _) = host.rsplit_once(':')?;
    match host.strip_prefix('[') {
        Some(inside) => {
            let (inside, behind) = inside.split_once(']')?;
            let port = behind.strip_prefix(':').filter(|port| !port.contains(':'))?;
            (!inside.contains('[') && !port.contains(['[', ']'])).then_some(inside)
        }
        None => (!before.contains(':') && !host.contains(['[', ']'])).then_some(before),
    }
}

/// An IP address without brackets, with a zone perhaps.
fn is_address(text: &str) -> bool {
    match text.split_once('%') {
        Some((address, zone)) => !zone.is_empty() && address.parse::<Ipv6Addr>().is_ok(),
        None => text.parse::<IpAddr>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_uri_is_found() {
        for (uri, expected) in [
            ("spiffe://acme/worker", Some("acme")),
            ("https://w.acme.internal:8443/a?b#c", Some("w.acme.internal:8443")),
            ("https://user:pass@acme/", Some("acme")),
            ("urn:uuid:1", Some("")),
            ("mailto:a@b", Some("")),
            ("/path", Some("")),
            ("//host/path", Some("host")),
            ("///path", Some("")),
            ("", Some("")),
            ("*", Some("")),
            ("https://[2001:db8::1]:1/", Some("[2001:db8::1]:1")),
            ("https://[fe80::1%25en0]/", Some("[fe80::1%en0]")),
            ("https://10.0.0.1/", Some("10.0.0.1")),
            ("ldap://a:1:2/", Some("a:1:2")),
            ("1a://x", None),
            (":x", None),
            ("a b", Some("")),
            ("a:b:c", Some("")),
            ("1:2", None),
            ("https://a:1:2/", None),
            ("https://a b/", None),
            ("https://a%41/", None),
            ("https://a/%4", None),
            ("https://a/#%zz", None),
            ("https://[1.2.3.4]/", None),
            ("https://[::1/", None),
            ("https://a:x/", None),
            ("https://us er@a/", None),
            ("https://a\u{1}/", None),
        ] {
            assert_eq!(host(uri).as_deref(), expected, "{uri:?}");
        }
    }

    #[test]
    fn the_domain_is_the_host_without_its_port() {
        assert_eq!(domain("ACME.internal"), Ok("acme.internal".to_owned()));
        assert_eq!(domain("acme:8443"), Ok("acme".to_owned()));
        for host in ["", "10.0.0.1", "10.0.0.1:80", "[::1]", "[::1]:80", "[fe80::1%en0]", "a:1:2"] {
            assert!(domain(host).is_err(), "{host:?}");
        }
    }

    #[test]
    fn what_an_authority_may_hold_is_read_as_go_reads_it() {
        for (uri, expected) in [
            ("a+b-c.1://host/", Some("host")),
            ("+a://host/", None),
            ("https://a\u{7f}/", None),
            ("https://a\tb/", None),
            ("s:////host/path", Some("")),
            ("////host/path", Some("")),
            ("https://b\u{fc}cher/", Some("b\u{fc}cher")),
            ("https://a\u{80}/", Some("a\u{80}")),
            ("https://a%25b/", Some("a%b")),
            ("https://b%c3%bccher/", Some("b\u{fc}cher")),
            ("https://a%7fb/", None),
            ("https://[fe80::1%25a%20b]/", Some("[fe80::1%a b]")),
            ("https://[fe80::1%25a%25b]/", Some("[fe80::1%a%b]")),
            ("https://[fe80::1%25a%7fb]/", None),
            ("https://[fe80::1%25a%41]/", Some("[fe80::1%aA]")),
        ] {
            assert_eq!(host(uri).as_deref(), expected, "{uri:?}");
        }
    }

    #[test]
    fn brackets_and_ports_stand_where_they_belong_or_the_host_cannot_be_read() {
        for (host, expected) in [
            ("[acme]:80", Ok("acme")),
            ("[acme]:80:1", Err("is a URI whose host cannot be read")),
            ("[a[b]:80", Err("is a URI whose host cannot be read")),
            ("[acme]:8[0", Err("is a URI whose host cannot be read")),
            ("[acme]:8]0", Err("is a URI whose host cannot be read")),
            ("acme]:80", Err("is a URI whose host cannot be read")),
            ("[acme", Ok("[acme")),
            ("acme]", Ok("acme]")),
            ("[acme]", Err("is a URI with an IP address for a host")),
            ("acme%zone", Ok("acme%zone")),
        ] {
            assert_eq!(domain(host), expected.map(str::to_owned), "{host:?}");
        }
    }

    #[test]
    fn control_characters_are_refused_behind_the_host_too() {
        for uri in ["https://a/\u{1}", "https://a/\u{7f}", "https://a/?\u{1f}", "urn:\u{7f}"] {
            assert_eq!(host(uri), None, "{uri:?}");
        }
        assert_eq!(host("https://a/ ?#\u{1}").as_deref(), Some("a"));
    }
}
