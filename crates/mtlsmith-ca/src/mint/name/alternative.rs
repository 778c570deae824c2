//! Subject alternative names to mint: DNS, URI, e-mail, IP, each checked so that every reader reads it.

use std::fmt;
use std::net::IpAddr;

use mtlsmith_validate::certificate::GeneralName;
use rcgen::SanType;

use crate::mint::MintError;

use super::spiffe;
use super::uri;

/// A subject alternative name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlternativeName(Kind);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Dns(String),
    Uri(String),
    Email(String),
    Ip(IpAddr),
}

impl AlternativeName {
    /// A host name: letters, digits, hyphens and underscores, in labels of at most 63 characters, 253 in all.
    ///
    /// # Errors
    /// [`MintError::AlternativeNameRefused`] for anything else, wildcards included: certificate filters compare the text as it is.
    pub fn dns(name: &str) -> Result<Self, MintError> {
        let problem = if name.contains('*') {
            Some("clients carry no wildcards; give the name of the host or workload")
        } else {
            host_problem(name)
        };
        accepted("DNS", name, problem, Kind::Dns)
    }

    /// A URI with a scheme; `spiffe://` ones are checked against the SPIFFE ID standard.
    ///
    /// # Errors
    /// [`MintError::AlternativeNameRefused`] when Go would refuse the certificate for it, or when it is no SPIFFE ID.
    pub fn uri(text: &str) -> Result<Self, MintError> {
        let is_spiffe = text.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("spiffe:"));
        let problem = if is_spiffe { spiffe::problem(text) } else { uri::problem(text) };
        accepted("URI", text, problem, Kind::Uri)
    }

    /// An e-mail address: ASCII, `local@host`.
    ///
    /// # Errors
    /// [`MintError::AlternativeNameRefused`] for anything else.
    pub fn email(address: &str) -> Result<Self, MintError> {
        let local = |text: &str| {
            let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
            (1..=64).contains(&text.len())
                && text.bytes().all(letters)
                && !text.starts_with('.')
                && !text.ends_with('.')
                && !text.contains("..")
        };
        let problem = match address.rsplit_once('@') {
            Some((name, host)) if local(name) && host_problem(host).is_none() => None,
            _ => Some("it is not of the form local@host in plain ASCII"),
        };
        accepted("e-mail", address, problem, Kind::Email)
    }

    /// An IP address.
    ///
    /// # Errors
    /// [`MintError::AlternativeNameRefused`] for an IPv4 address in the clothes of an IPv6 one, which readers take for either.
    pub fn ip(address: IpAddr) -> Result<Self, MintError> {
        let mapped = matches!(address, IpAddr::V6(six) if six.to_ipv4_mapped().is_some());
        let problem = mapped.then_some("it is an IPv4 address written as IPv6; give it as IPv4");
        accepted("IP", &address.to_string(), problem, |_| Kind::Ip(address))
    }

    /// A name of a certificate that is to be issued again.
    ///
    /// # Errors
    /// [`MintError::AlternativeNameRefused`] for a name that would not be minted today, and for kinds other than these four.
    pub fn of(name: &GeneralName<'_>) -> Result<Self, MintError> {
        let refused = || MintError::AlternativeNameRefused {
            kind: "alternative",
            value: name.to_string().escape_debug().to_string(),
            problem: "it is of a kind that is not minted; make a new certificate with the names that it needs",
        };
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| refused());
        match *name {
            GeneralName::Dns(bytes) => AlternativeName::dns(&text(bytes)?),
            GeneralName::Uri(bytes) => AlternativeName::uri(&text(bytes)?),
            GeneralName::Email(bytes) => AlternativeName::email(&text(bytes)?),
            GeneralName::Ip(bytes) => match (<[u8; 4]>::try_from(bytes), <[u8; 16]>::try_from(bytes)) {
                (Ok(four), _) => AlternativeName::ip(four.into()),
                (_, Ok(sixteen)) => AlternativeName::ip(sixteen.into()),
                _ => Err(refused()),
            },
            _ => Err(refused()),
        }
    }

    /// The name as the engine takes it.
    pub(in crate::mint) fn engine(&self) -> Result<SanType, MintError> {
        let failed = |error: rcgen::Error| MintError::Engine { problem: error.to_string() };
        Ok(match &self.0 {
            Kind::Dns(name) => SanType::DnsName(name.as_str().try_into().map_err(failed)?),
            Kind::Uri(text) => SanType::URI(text.as_str().try_into().map_err(failed)?),
            Kind::Email(address) => SanType::Rfc822Name(address.as_str().try_into().map_err(failed)?),
            Kind::Ip(address) => SanType::IpAddress(*address),
        })
    }

    fn is_spiffe(&self) -> bool {
        matches!(&self.0, Kind::Uri(text) if text.starts_with("spiffe:"))
    }
}

impl fmt::Display for AlternativeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Dns(name) => write!(f, "DNS:{name}"),
            Kind::Uri(text) => write!(f, "URI:{text}"),
            Kind::Email(address) => write!(f, "email:{address}"),
            Kind::Ip(address) => write!(f, "IP:{address}"),
        }
    }
}

/// Can these names stand in one certificate?
///
/// # Errors
/// [`MintError::AlternativeNameRefused`] for a name twice, too many of them, and a second URI beside a SPIFFE ID.
pub(in crate::mint) fn agree(names: &[AlternativeName]) -> Result<(), MintError> {
    let refused = |name: &AlternativeName, problem| {
        Err(MintError::AlternativeNameRefused { kind: "alternative", value: name.to_string(), problem })
    };
    for (index, name) in names.iter().enumerate() {
        if index >= NAMES {
            return refused(name, "there are more than 100 names; give fewer");
        }
        if names.iter().take(index).any(|other| other == name) {
            return refused(name, "it is there twice; give it once");
        }
    }
    let uris = names.iter().filter(|name| matches!(name.0, Kind::Uri(_))).count();
    match names.iter().find(|name| name.is_spiffe()) {
        // X.509-SVID section 2: exactly one URI SAN.
        Some(name) if uris > 1 => refused(name, "a SPIFFE ID must be the only URI; leave the others out"),
        _ => Ok(()),
    }
}

/// What is wrong with a host name.
pub(super) fn host_problem(name: &str) -> Option<&'static str> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.len() > 253 {
        Some("it is longer than 253 characters")
    } else if !name.split('.').all(label) {
        Some(
            "it is no host name: letters, digits, hyphens and underscores between dots, at most 63 characters each",
        )
    } else {
        None
    }
}

fn accepted(
    kind: &'static str,
    value: &str,
    problem: Option<&'static str>,
    name: impl FnOnce(String) -> Kind,
) -> Result<AlternativeName, MintError> {
    match problem {
        None => Ok(AlternativeName(name(value.to_owned()))),
        Some(problem) => {
            let value =
                value.chars().map(|letter| if super::is_unprintable(letter) { '\u{fffd}' } else { letter });
            Err(MintError::AlternativeNameRefused { kind, value: value.collect(), problem })
        }
    }
}

/// More than any client needs, and few enough for a certificate that fits into a handshake.
const NAMES: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_taken_and_all_else_is_not() {
        for name in ["worker.acme.internal", "a", "x_y.z", "1.2.3.4", &"a".repeat(63)] {
            assert!(AlternativeName::dns(name).is_ok(), "{name}");
        }
        let long = "a".repeat(64);
        for name in ["", ".", "a.", ".a", "a..b", "My Org", "*.acme", "-a", "a-", "ü.de", "a/b", &long] {
            assert!(AlternativeName::dns(name).is_err(), "{name}");
        }
    }

    #[test]
    fn addresses_are_taken_in_one_spelling() {
        assert!(AlternativeName::email("team@acme.example").is_ok());
        for address in ["team", "@acme", "a@", "a b@acme", "a..b@acme", "ä@acme"] {
            assert!(AlternativeName::email(address).is_err(), "{address}");
        }
        assert_eq!(AlternativeName::ip("::1".parse().unwrap()).unwrap().to_string(), "IP:::1");
        assert!(AlternativeName::ip("::ffff:10.0.0.1".parse().unwrap()).is_err());
    }

    #[test]
    fn a_spiffe_id_is_the_only_uri() {
        let spiffe = AlternativeName::uri("spiffe://acme.example/worker").unwrap();
        let other = AlternativeName::uri("temporal://payments.a1b2c/worker").unwrap();
        let dns = AlternativeName::dns("worker.acme").unwrap();
        assert!(agree(&[spiffe.clone(), dns.clone()]).is_ok());
        assert!(agree(&[other.clone(), spiffe]).is_err());
        assert!(agree(&[dns.clone(), other, dns]).is_err());
    }
}
