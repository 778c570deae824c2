//! `proxy-without-server-root`: an upstream of temporal-proxy has a client certificate and no CA for the server.

use super::PROXY;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Item;
use crate::client_configuration::Origin;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// An upstream of temporal-proxy has a client certificate and no CA for the server.
    ///
    /// ## Why it matters
    /// temporal-proxy demands a CA beside a client certificate, and trusts it alone. For Temporal Cloud that is a bundle of
    /// public roots; the CA of the client certificate would make it refuse the server.
    ///
    /// ## How to fix
    /// Set ca to the public roots of the image, mostly /etc/ssl/certs/ca-certificates.crt.
    pub(super) static RULE = {
        code: "CFG-015",
        name: "proxy-without-server-root",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[PROXY],
        message: "{client} has a client certificate, but no CA for the server; temporal-proxy demands one",
        help: "set tls.ca to the public roots, such as /etc/ssl/certs/ca-certificates.crt",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    if client.origin != Origin::ProxyUpstream || client.setting(Item::ServerCaPath).is_some() {
        return;
    }
    if let Some(setting) = client.certificate() {
        findings.of_setting(client, setting, Draft::new());
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    const HEAD: &str = "upstreams:\n- name: cloud\n  hostPort: orders.a1b2c.tmprl.cloud:7233\n  tls:\n    cert: /c\n    key: /k\n";

    #[test]
    fn a_certificate_without_a_ca_is_flagged() {
        assert_eq!(
            messages(&RULE, HEAD),
            [
                "5: upstream cloud has a client certificate, but no CA for the server; temporal-proxy demands one"
            ]
        );
    }

    #[test]
    fn a_ca_passes_and_so_does_an_upstream_without_certificate() {
        assert!(messages(&RULE, &format!("{HEAD}    ca: /etc/ssl/certs/ca-certificates.crt\n")).is_empty());
        assert!(messages(&RULE, "upstreams:\n- name: a\n  hostPort: a:1\n  tls: {}\n").is_empty());
    }
}
