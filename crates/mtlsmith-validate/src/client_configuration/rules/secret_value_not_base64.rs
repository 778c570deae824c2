//! `secret-value-not-base64`: a value under data of a Secret is not base64.

use super::KUBERNETES_SECRETS;
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
    /// A value under data of a Secret is not base64.
    ///
    /// ## Why it matters
    /// Kubernetes refuses the Secret: illegal base64 data. PEM as it is belongs under stringData.
    ///
    /// ## How to fix
    /// Encode the value, or move it to stringData.
    pub(super) static RULE = {
        code: "CFG-213",
        name: "secret-value-not-base64",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[KUBERNETES_SECRETS],
        message: "{key} of Secret {name} is not base64",
        help: "move it to stringData, or encode it with base64 -w0",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    for secret in &context.configuration.secrets {
        for entry in secret.entries.iter().filter(|entry| entry.value.is_none()) {
            let draft = Draft::new().fact("key", shown(&entry.key)).fact("name", secret.shown_name());
            findings.of_place(Some(SettingPlace::Line(entry.line)), draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    #[test]
    fn pem_under_data_is_flagged_and_not_repeated() {
        let text = "kind: Secret\nmetadata: {name: tls}\ndata:\n  tls.key: |\n    -----BEGIN PRIVATE KEY-----\n    MHcC\n";
        assert_eq!(messages(&RULE, text), ["4: tls.key of Secret tls is not base64"]);
    }

    #[test]
    fn base64_and_string_data_pass() {
        let text = "kind: Secret\ndata: {tls.crt: aGVsbG8=}\nstringData: {tls.key: '-----BEGIN'}\n";
        assert!(messages(&RULE, text).is_empty());
    }
}
