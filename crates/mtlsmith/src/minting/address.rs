//! The address of a Namespace as the command line says it, judged by the rules of `config check` before anything is written.

use std::collections::BTreeSet;
use std::net::Ipv6Addr;

use mtlsmith_ca::keep::export::Connection;
use mtlsmith_ca::keep::export::temporal_toml;
use mtlsmith_ca::publish::NamespaceName;
use mtlsmith_report::harmless_configuration_finding;
use mtlsmith_validate::client_configuration::ConfigurationCheck;
use mtlsmith_validate::client_configuration::ConfigurationReport;
use mtlsmith_validate::rule::Severity;

use super::export_failure;
use crate::failure::Failure;
use crate::session::Session;
use crate::session::shown;

/// Where a Namespace answers.
fn address_of(namespace: &NamespaceName) -> String {
    format!("{namespace}.tmprl.cloud:7233")
}

/// The address that was given, else the usual one. What stands against it as an error refuses it; warnings are told.
pub(crate) fn address(
    given: Option<&str>,
    namespace: &NamespaceName,
    session: &mut Session<'_, '_>,
) -> Result<String, Failure> {
    let usual = address_of(namespace);
    let Some(given) = given else { return Ok(usual) };
    let refused = |problem: &str| {
        let message = format!("the address {} {problem}; nothing was written", shown(given));
        Failure::no(message).hint(format!("an address is HOST:PORT, such as {usual}"))
    };
    // What every rule stands against has nothing to do with the address.
    let known: BTreeSet<&str> =
        judge(&usual, namespace)?.findings.iter().map(|found| found.rule.code).collect();
    let report = judge(given, namespace)?;
    let new = report.findings.iter().filter(|found| !known.contains(found.rule.code));
    for found in new {
        let found = harmless_configuration_finding(found);
        let message = found.message();
        let message = message.replacen("profile default", "the client", 1);
        let code = found.rule.code;
        if found.rule.severity == Severity::Error {
            let message = format!("the address is refused: {message} [{code}]; nothing was written");
            return Err(Failure::no(message).hint(found.help()));
        }
        session.warning(&format!("{code} with this address {message}"));
    }
    match problem(given) {
        Some(problem) => Err(refused(problem)),
        None => Ok(given.to_owned()),
    }
}

/// What the rules say of a client with this address.
fn judge(address: &str, namespace: &NamespaceName) -> Result<ConfigurationReport, Failure> {
    let connection = Connection {
        address: if address.is_empty() { " " } else { address },
        namespace: namespace.as_str(),
        certificate_path: "tls.crt",
        key_path: "tls.key",
        server_name: None,
    };
    let text = temporal_toml("", "default", &connection).map_err(|error| export_failure(&error))?;
    Ok(ConfigurationCheck::default().run("temporal.toml", text.as_bytes()))
}

/// What no client can connect to, whatever server it is.
fn problem(address: &str) -> Option<&'static str> {
    let Some((host, port)) = address.rsplit_once(':') else { return Some("has no port") };
    match port.parse::<u16>() {
        _ if port.is_empty() => return Some("has no port"),
        Ok(0) | Err(_) => return Some("has a port that is no number from 1 to 65535"),
        Ok(_) => {}
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_name = host.starts_with(|first: char| first.is_ascii_alphanumeric()) && host.bytes().all(allowed);
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_ip = bracketed.is_some_and(|host| host.parse::<Ipv6Addr>().is_ok());
    match (host.is_empty(), is_name && !host.contains("..") || is_ip) {
        (true, _) => Some("has no host"),
        (_, false) => Some("has a host that is no name of one"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_and_a_port_are_needed() {
        for address in [
            "orders.a1b2c.tmprl.cloud:7233",
            "localhost:7233",
            "[fd00::1]:7233",
            "10.0.0.1:1",
            "my_proxy:65535",
        ] {
            assert_eq!(problem(address), None, "{address}");
        }
        for address in [
            "foo",
            "foo:",
            ":7233",
            "foo:0",
            "foo:65536",
            "foo:x",
            "a b:1",
            "a..b:1",
            "-a:1",
            "fd00::1:x",
            "",
            "a/b:1",
        ] {
            assert!(problem(address).is_some(), "{address}");
        }
    }
}
