//! `client-ca-in-secret`: the Secret of a client certificate has its CA beside it.

use super::SAMPLES_252;
use super::WORKER_CONTROLLER;
use crate::bundle::Bundle;
use crate::client_configuration::ConfigurationContext;
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
    /// The Secret of a client certificate has its CA beside it.
    ///
    /// ## Why it matters
    /// cert-manager writes the CA of the client certificate into ca.crt. The worker controller adds it to the roots of the
    /// system, which does no harm. Most SDK settings replace the roots by it, and then refuse Temporal Cloud's server.
    ///
    /// ## How to fix
    /// Use ca.crt for nothing when connecting to Temporal Cloud.
    pub(super) static RULE = {
        code: "CFG-413",
        name: "client-ca-in-secret",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[WORKER_CONTROLLER, SAMPLES_252],
        message: "Secret {name} has the CA of its own certificate as ca.crt; give it to no client as the CA of the server",
        help: "leave the server CA of the client unset",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    for secret in &context.configuration.secrets {
        let content = |key: &str| secret.entry(key)?.value.as_ref().map(|value| Bundle::read(value.expose()));
        let (Some(certificate), Some(ca)) = (content("tls.crt"), content("ca.crt")) else { continue };
        let is_own = certificate
            .certificates()
            .any(|own| ca.certificates().any(|ca| own.issuer().links_to(ca.subject())));
        if let Some(entry) = secret.entry("ca.crt").filter(|_| is_own) {
            let draft = Draft::new().fact("name", secret.shown_name());
            findings.of_place(Some(SettingPlace::Line(entry.line)), draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    fn secret(certificate: &str, ca: &str) -> String {
        let indented = |pem: &str| pem.replace('\n', "\n    ");
        format!(
            "kind: Secret\nmetadata: {{name: tls}}\nstringData:\n  ca.crt: |\n    {}\n  tls.crt: |\n    {}\n",
            indented(ca),
            indented(certificate)
        )
    }

    #[test]
    fn the_ca_of_the_certificate_is_told() {
        let root = mtlsmith_testkit::root("clients");
        let leaf = mtlsmith_testkit::leaf_builder("worker").signed_by(&root);
        assert_eq!(messages(&RULE, &secret(&leaf.pem(), &root.pem())).len(), 1);
        let other = mtlsmith_testkit::root("other");
        assert!(messages(&RULE, &secret(&leaf.pem(), &other.pem())).is_empty());
    }
}
