//! `secret-of-other-type`: a Secret for the worker controller is of a type that it refuses.

use super::WORKER_CONTROLLER;
use crate::client_configuration::ConfigurationContext;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::SettingPlace;
use crate::client_configuration::finding::shown;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A Secret for the worker controller is of a type that it refuses.
    ///
    /// ## Why it matters
    /// The worker controller takes Secrets of the types kubernetes.io/tls and Opaque. Of another type it does not connect.
    ///
    /// ## How to fix
    /// Make the Secret anew with one of the two types; the type of a Secret cannot be changed.
    pub(super) static RULE = {
        code: "CFG-113",
        name: "secret-of-other-type",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[WORKER_CONTROLLER],
        message: "Secret {name} is of the type {kind}; the worker controller takes kubernetes.io/tls and Opaque",
        help: "make it anew with kubectl create secret tls",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    for secret in &context.configuration.secrets {
        let mut names =
            context.configuration.clients.iter().filter_map(|client| client.certificate_secret.as_ref());
        let is_taken = ["kubernetes.io/tls", "Opaque", ""].contains(&secret.kind());
        if let Some((kind, line)) = secret.kind.as_ref().filter(|_| !is_taken)
            && names.any(|reference| reference.name == secret.name)
        {
            let draft = Draft::new().fact("name", secret.shown_name()).fact("kind", shown(kind));
            findings.of_place(Some(SettingPlace::Line(*line)), draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    const CONNECTION: &str = "apiVersion: temporal.io/v1alpha1\nkind: Connection\nmetadata: {name: cloud}\nspec:\n  \
        hostPort: orders.a1b2c.tmprl.cloud:7233\n  mutualTLSSecretRef: {name: tls}\n---\n";

    #[test]
    fn another_type_is_flagged() {
        let text =
            format!("{CONNECTION}kind: Secret\nmetadata: {{name: tls}}\ntype: kubernetes.io/basic-auth\n");
        assert_eq!(messages(&RULE, &text).len(), 1);
    }

    #[test]
    fn the_two_types_pass_and_other_secrets_are_none_of_ours() {
        for kind in ["kubernetes.io/tls", "Opaque"] {
            let text = format!("{CONNECTION}kind: Secret\nmetadata: {{name: tls}}\ntype: {kind}\n");
            assert!(messages(&RULE, &text).is_empty());
        }
        assert!(
            messages(&RULE, "kind: Secret\nmetadata: {name: x}\ntype: kubernetes.io/basic-auth\n").is_empty()
        );
    }
}
