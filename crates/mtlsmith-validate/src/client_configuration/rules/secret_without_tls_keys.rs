//! `secret-without-tls-keys`: a Secret for TLS has no tls.crt, or no tls.key.

use super::KUBERNETES_SECRETS;
use super::WORKER_CONTROLLER;
use crate::client_configuration::ConfigurationContext;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::KubernetesSecret;
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
    /// A Secret for TLS has no tls.crt, or no tls.key.
    ///
    /// ## Why it matters
    /// Kubernetes and the worker controller look for exactly these two keys. Under another key the certificate is not found.
    ///
    /// ## How to fix
    /// Make it with kubectl create secret tls NAME --cert=worker.crt --key=worker.key.
    pub(super) static RULE = {
        code: "CFG-013",
        name: "secret-without-tls-keys",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[KUBERNETES_SECRETS, WORKER_CONTROLLER],
        message: "Secret {name} has no {missing}{instead}",
        help: "call the entries tls.crt and tls.key, as kubectl create secret tls does",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    for secret in &context.configuration.secrets {
        let is_for_tls = secret.kind() == "kubernetes.io/tls" || is_referenced(context, secret);
        let missing: Vec<&str> =
            ["tls.crt", "tls.key"].into_iter().filter(|key| secret.entry(key).is_none()).collect();
        if !is_for_tls || missing.is_empty() {
            continue;
        }
        let others = secret
            .entries
            .iter()
            .filter(|entry| !["tls.crt", "tls.key", "ca.crt"].contains(&entry.key.as_str()));
        let others: Vec<String> = others.take(4).map(|entry| shown(&entry.key)).collect();
        let instead = if others.is_empty() { String::new() } else { format!(", but {}", others.join(", ")) };
        let draft = Draft::new().fact("name", secret.shown_name()).fact("missing", missing.join(" and no "));
        findings.of_place(Some(SettingPlace::Line(secret.line)), draft.fact("instead", instead));
    }
}

fn is_referenced(context: &ConfigurationContext<'_>, secret: &KubernetesSecret) -> bool {
    let mut names =
        context.configuration.clients.iter().filter_map(|client| client.certificate_secret.as_ref());
    names.any(|reference| reference.name == secret.name)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    const CONNECTION: &str = "apiVersion: temporal.io/v1alpha1\nkind: Connection\nmetadata: {name: cloud}\nspec:\n  \
        hostPort: orders.a1b2c.tmprl.cloud:7233\n  mutualTLSSecretRef: {name: tls}\n---\n";

    #[test]
    fn other_keys_are_flagged() {
        let text = "kind: Secret\nmetadata: {name: tls}\ntype: kubernetes.io/tls\nstringData:\n  client.pem: x\n  tls.key: y\n";
        assert_eq!(messages(&RULE, text), ["1: Secret tls has no tls.crt, but client.pem"]);
        let text = format!("{CONNECTION}kind: Secret\nmetadata: {{name: tls}}\n");
        assert_eq!(messages(&RULE, &text), ["8: Secret tls has no tls.crt and no tls.key"]);
    }

    #[test]
    fn the_two_keys_pass_and_other_secrets_are_none_of_ours() {
        let text = format!(
            "{CONNECTION}kind: Secret\nmetadata: {{name: tls}}\nstringData: {{tls.crt: x, tls.key: y}}\n"
        );
        assert!(messages(&RULE, &text).is_empty());
        assert!(messages(&RULE, "kind: Secret\nstringData: {password: x}\n").is_empty());
    }
}
