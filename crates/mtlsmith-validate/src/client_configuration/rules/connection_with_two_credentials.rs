//! `connection-with-two-credentials`: a Connection of the worker controller names a Secret for a certificate and one for an API key.

use super::WORKER_CONTROLLER;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::SettingPlace;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A Connection of the worker controller names a Secret for a certificate and one for an API key.
    ///
    /// ## Why it matters
    /// The API server of Kubernetes refuses it: only one of mutualTLSSecretRef and apiKeySecretRef may be set.
    ///
    /// ## How to fix
    /// Keep one of the two credentials, and delete the other.
    pub(super) static RULE = {
        code: "CFG-109",
        name: "connection-with-two-credentials",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[WORKER_CONTROLLER],
        message: "{client} has both mutualTLSSecretRef and apiKeySecretRef; the cluster refuses it",
        help: "keep one of the two",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    if let (Some(_), Some(secret)) = (&client.certificate_secret, &client.api_key_secret) {
        findings.of_client(client, Some(SettingPlace::Line(secret.line)), Draft::new());
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    const HEAD: &str = "apiVersion: temporal.io/v1alpha1\nkind: Connection\nmetadata: {name: cloud}\nspec:\n";

    #[test]
    fn both_references_are_flagged() {
        let text =
            format!("{HEAD}  mutualTLSSecretRef: {{name: a}}\n  apiKeySecretRef: {{name: b, key: c}}\n");
        assert_eq!(
            messages(&RULE, &text),
            ["6: Connection cloud has both mutualTLSSecretRef and apiKeySecretRef; the cluster refuses it"]
        );
    }

    #[test]
    fn one_reference_passes() {
        assert!(messages(&RULE, &format!("{HEAD}  mutualTLSSecretRef: {{name: a}}\n")).is_empty());
    }
}
