//! `secret-rotation-without-restart`: a new certificate in the Secret of a Connection does not restart the workers.

use super::WORKER_CONTROLLER_PODS;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Origin;
use crate::client_configuration::SettingPlace;
use crate::client_configuration::finding::shown_name;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A new certificate in the Secret of a Connection does not restart the workers.
    ///
    /// ## Why it matters
    /// The worker controller rolls pods out anew when the name of the Secret changes, not when its content does. Workers whose
    /// SDK reads the certificate once go on with the old one until it expires.
    ///
    /// ## How to fix
    /// Use an SDK that loads certificates anew, restart the workers after each rotation, or give the Secret a new name with each
    /// certificate.
    pub(super) static RULE = {
        code: "CFG-014",
        name: "secret-rotation-without-restart",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[WORKER_CONTROLLER_PODS],
        message: "{client} takes its certificate from Secret {secret}; a new certificate in it does not restart the workers",
        help: "restart the workers after each rotation, or name the Secret anew",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    if let Some(secret) = client.certificate_secret.as_ref().filter(|_| client.origin == Origin::Connection) {
        findings.of_client(
            client,
            Some(SettingPlace::Line(secret.line)),
            Draft::new().fact("secret", shown_name(&secret.name)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    const HEAD: &str = "apiVersion: temporal.io/v1alpha1\nkind: Connection\nmetadata: {name: cloud}\nspec:\n";

    #[test]
    fn a_connection_with_a_secret_is_told() {
        assert_eq!(
            messages(&RULE, &format!("{HEAD}  mutualTLSSecretRef: {{name: tls}}\n")),
            [
                "5: Connection cloud takes its certificate from Secret tls; a new certificate in it does not restart the workers"
            ]
        );
    }

    #[test]
    fn api_keys_are_not() {
        assert!(messages(&RULE, &format!("{HEAD}  apiKeySecretRef: {{name: a, key: b}}\n")).is_empty());
    }
}
