//! Where the Cloud Ops API is. The key travels with every request, so nothing but https is accepted, except to this machine.

use std::fmt;
use std::net::IpAddr;

/// The base address of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    base: String,
    scheme: Scheme,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Https,
    /// Plain http to a loopback address.
    Loopback,
}

impl Endpoint {
    /// Temporal Cloud.
    pub fn temporal_cloud() -> Self {
        Endpoint { base: "https://saas-api.tmprl.cloud".to_owned(), scheme: Scheme::Https }
    }

    /// From text such as `https://host` or `http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// [`NotAnEndpoint`] for plain http to anything but a loopback address written as a number, and for anything behind the port.
    pub fn new(text: &str) -> Result<Self, NotAnEndpoint> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let (scheme, authority) = text.split_once("://").ok_or(NotAnEndpoint)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        if authority.is_empty() || !authority.bytes().all(plain) {
            return Err(NotAnEndpoint);
        }
        let scheme = match scheme {
            "https" => Scheme::Https,
            "http" if is_loopback(authority) => Scheme::Loopback,
            _ => return Err(NotAnEndpoint),
        };
        Ok(Endpoint { base: text.to_owned(), scheme })
    }

    pub(super) fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

impl Default for Endpoint {
    fn default() -> Self {
        Endpoint::temporal_cloud()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

/// A name such as `localhost` may lead elsewhere, so only numbers count.
fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) if port.is_empty() || port.starts_with(':') => host,
        Some(_) => return false,
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The text is no address to which an API key may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnEndpoint;

impl fmt::Display for NotAnEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the address of the API starts with https:// and ends behind the host or the port")
    }
}

impl std::error::Error for NotAnEndpoint {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_to_this_machine_alone() {
        for good in
            ["https://example.com", "https://example.com:8443/", "http://127.0.0.1:80", "http://[::1]:80"]
        {
            assert!(Endpoint::new(good).is_ok(), "{good}");
        }
        for wrong in [
            "http://example.com",
            "http://localhost:80",
            "http://127.0.0.1.example.com",
            "http://127.0.0.1@example.com",
            "http://[::1].example.com",
            "https://example.com/path",
            "https://user@example.com",
            "https://",
            "example.com",
            "ftp://example.com",
            "https://example.com\n",
        ] {
            assert_eq!(Endpoint::new(wrong), Err(NotAnEndpoint), "{wrong}");
        }
        assert_eq!(Endpoint::new("https://a/").unwrap().url("/cloud"), "https://a/cloud");
    }
}
