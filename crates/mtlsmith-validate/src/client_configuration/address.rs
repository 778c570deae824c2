//! Addresses and Namespaces of Temporal Cloud, taken apart.

use std::net::IpAddr;

/// An address as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address<'a> {
    /// What stands before `://`.
    pub(crate) scheme: Option<&'a str>,
    pub(crate) host: &'a str,
    pub(crate) port: Option<&'a str>,
}

/// What an address is an address of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint<'a> {
    /// `NAME.ACCOUNT.tmprl.cloud`.
    Namespace { name: &'a str, account: &'a str },
    /// `aws-us-east-1.region.tmprl.cloud`, for Namespaces in several regions.
    Region,
    /// `us-east-1.aws.api.temporal.io`, for API keys.
    RegionalApi,
    /// Any other host of Temporal Cloud.
    OtherCloud,
    /// An endpoint of AWS PrivateLink.
    Private,
    /// A bare IP address that is not this machine.
    Ip,
    /// Anything else: this machine, a server of one's own.
    Other,
}

impl<'a> Address<'a> {
    /// Takes an address apart; nothing is refused.
    pub(crate) fn of(text: &'a str) -> Self {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, text),
        };
        let rest = rest.split('/').next().unwrap_or(rest);
        if let Some((host, behind)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            return Address { scheme, host, port: behind.strip_prefix(':') };
        }
        match rest.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') => Address { scheme, host, port: Some(port) },
            _ => Address { scheme, host: rest, port: None },
        }
    }
}

impl<'a> Endpoint<'a> {
    /// By the host.
    pub(crate) fn of(address: Address<'a>) -> Self {
        Endpoint::of_host(address.host)
    }

    /// By a host without a port.
    pub(crate) fn of_host(host: &'a str) -> Self {
        let host = host.strip_suffix('.').unwrap_or(host);
        if let Some(front) = without_suffix(host, ".tmprl.cloud") {
            return match front.split_once('.') {
                Some((_, region)) if region.eq_ignore_ascii_case("region") => Endpoint::Region,
                Some((name, account)) if !account.contains('.') => Endpoint::Namespace { name, account },
                _ => Endpoint::OtherCloud,
            };
        }
        if without_suffix(host, ".api.temporal.io").is_some() {
            return Endpoint::RegionalApi;
        }
        if without_suffix(host, ".vpce.amazonaws.com").is_some() {
            return Endpoint::Private;
        }
        match host.parse::<IpAddr>() {
            Ok(ip) if !ip.is_loopback() && !ip.is_unspecified() => Endpoint::Ip,
            _ => Endpoint::Other,
        }
    }

    /// Is it a host of Temporal Cloud by its name?
    pub(crate) fn is_cloud(self) -> bool {
        matches!(
            self,
            Endpoint::Namespace { .. } | Endpoint::Region | Endpoint::RegionalApi | Endpoint::OtherCloud
        )
    }
}

fn without_suffix<'a>(host: &'a str, suffix: &str) -> Option<&'a str> {
    let at = host.len().checked_sub(suffix.len())?;
    let (front, back) = host.split_at_checked(at)?;
    (back.eq_ignore_ascii_case(suffix) && !front.is_empty()).then_some(front)
}

/// Letters that a Namespace's name may have: lower case, digits, hyphens; a letter first, no hyphen last.
pub(crate) fn is_namespace_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.bytes().all(allowed)
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.ends_with(|last: char| last != '-')
        && (SHORTEST_NAME..=LONGEST_NAME).contains(&name.len())
}

/// An account's short name: at least five letters and digits.
pub(crate) fn is_account(account: &str) -> bool {
    account.len() >= SHORTEST_ACCOUNT && account.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Temporal documents two characters as the least for a Namespace's name.
pub(crate) const SHORTEST_NAME: usize = 2;

/// Temporal's page on Namespaces says 39.
pub(crate) const DOCUMENTED_NAME: usize = 39;

/// The schema of the Terraform provider says 64; what is longer no source allows.
pub(crate) const LONGEST_NAME: usize = 64;

/// Temporal's page on Namespaces shows account names of five characters and more.
pub(crate) const SHORTEST_ACCOUNT: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_apart() {
        for (text, scheme, host, port) in [
            ("orders.a1b2c.tmprl.cloud:7233", None, "orders.a1b2c.tmprl.cloud", Some("7233")),
            (
                "https://orders.a1b2c.tmprl.cloud:7233/",
                Some("https"),
                "orders.a1b2c.tmprl.cloud",
                Some("7233"),
            ),
            ("orders.a1b2c.tmprl.cloud", None, "orders.a1b2c.tmprl.cloud", None),
            ("[fd00::1]:7233", None, "fd00::1", Some("7233")),
            ("fd00::1", None, "fd00::1", None),
            (":7233", None, "", Some("7233")),
            ("", None, "", None),
        ] {
            assert_eq!(Address::of(text), Address { scheme, host, port }, "{text}");
        }
    }

    #[test]
    fn endpoints_are_told_apart_by_their_host() {
        for (host, endpoint) in [
            ("orders.a1b2c.tmprl.cloud", Endpoint::Namespace { name: "orders", account: "a1b2c" }),
            ("orders.a1b2c.TMPRL.cloud.", Endpoint::Namespace { name: "orders", account: "a1b2c" }),
            ("aws-us-east-1.region.tmprl.cloud", Endpoint::Region),
            ("us-east-1.aws.api.temporal.io", Endpoint::RegionalApi),
            ("saas-api.tmprl.cloud", Endpoint::OtherCloud),
            ("a.b.c.tmprl.cloud", Endpoint::OtherCloud),
            ("vpce-0a1.us-east-1.vpce.amazonaws.com", Endpoint::Private),
            ("10.0.0.5", Endpoint::Ip),
            ("127.0.0.1", Endpoint::Other),
            ("localhost", Endpoint::Other),
            (".tmprl.cloud", Endpoint::Other),
            ("tmprl.cloud.evil.example", Endpoint::Other),
        ] {
            assert_eq!(Endpoint::of_host(host), endpoint, "{host}");
        }
    }

    #[test]
    fn names_end_at_their_limits() {
        assert!(is_namespace_name("or") && is_namespace_name(&"a".repeat(64)));
        for name in ["o", "Orders", "1orders", "orders-", "or_ders", "", &"a".repeat(65)] {
            assert!(!is_namespace_name(name), "{name}");
        }
        assert!(is_account("a1b2c") && !is_account("a1b2") && !is_account("a1-b2"));
    }

    #[test]
    fn a_namespace_is_named_by_letters_digits_and_hyphens() {
        assert!(is_namespace_name("orders-2") && is_namespace_name("o2"));
        for name in ["Orders", "2orders", "-orders", "orders-", "orders_2", "orders.2", "o", ""] {
            assert!(!is_namespace_name(name), "{name}");
        }
    }
}
