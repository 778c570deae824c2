//! `half-of-a-key-pair`: a client certificate is set without its private key, or the key without the certificate.

use super::GO_SDK;
use super::environment_reference;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A client certificate is set without its private key, or the key without the certificate.
    ///
    /// ## Why it matters
    /// A client certificate is of use only with its private key. Go refuses the settings; other SDKs refuse them or connect
    /// without a certificate, and the server answers that one is required.
    ///
    /// ## How to fix
    /// Set both, both as paths or both as data.
    pub(super) static RULE = {
        code: "CFG-006",
        name: "half-of-a-key-pair",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[GO_SDK, environment_reference("TLS variables")],
        message: "{client} has {present} without {missing}",
        help: "set {missing} too",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    if client.is_partial {
        return;
    }
    let (setting, present, missing) = match (client.certificate(), client.key()) {
        (Some(certificate), None) => (certificate, "a client certificate", "its private key"),
        (None, Some(key)) => (key, "a private key", "its client certificate"),
        _ => return,
    };
    findings.of_setting(client, setting, Draft::new().fact("present", present).fact("missing", missing));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::messages;
    use crate::client_configuration::rules::testing::profile;

    #[test]
    fn one_without_the_other_is_flagged() {
        assert_eq!(
            messages(&RULE, "TEMPORAL_ADDRESS=a:1\nTEMPORAL_TLS_CLIENT_CERT_PATH=/c\n"),
            ["2: the environment has a client certificate without its private key"]
        );
        assert_eq!(
            messages(&RULE, "TEMPORAL_TLS_CLIENT_KEY_DATA=k\n"),
            ["1: the environment has a private key without its client certificate"]
        );
    }

    #[test]
    fn both_or_neither_pass() {
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
        assert!(messages(&RULE, "TEMPORAL_ADDRESS=a:1\n").is_empty());
    }
}
