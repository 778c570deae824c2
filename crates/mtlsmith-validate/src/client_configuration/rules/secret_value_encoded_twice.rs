//! `secret-value-encoded-twice`: a value of a Secret is base64 of base64.

use super::KUBERNETES_SECRETS;
use super::go_tls;
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
    /// A value of a Secret is base64 of base64.
    ///
    /// ## Why it matters
    /// Kubernetes decodes the values under data once, and those under stringData not at all. What the worker finds in its file
    /// is base64, and no SDK decodes it.
    ///
    /// ## How to fix
    /// Decode the value once.
    pub(super) static RULE = {
        code: "CFG-313",
        name: "secret-value-encoded-twice",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[KUBERNETES_SECRETS, go_tls("X509KeyPair: failed to find any PEM data")],
        message: "{key} of Secret {name} is encoded once too often",
        help: "decode it once: base64 -d",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    for secret in &context.configuration.secrets {
        for entry in &secret.entries {
            let content =
                entry.value.as_ref().map(|value| value.expose().trim_ascii_start()).unwrap_or_default();
            if content.starts_with(b"LS0tLS1CRUdJTi") {
                let draft = Draft::new().fact("key", shown(&entry.key)).fact("name", secret.shown_name());
                findings.of_place(Some(SettingPlace::Line(entry.line)), draft);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    #[test]
    fn base64_under_string_data_is_flagged() {
        let text = "kind: Secret\nmetadata: {name: tls}\nstringData: {tls.crt: LS0tLS1CRUdJTiBDRVJU}\n";
        assert_eq!(messages(&RULE, text), ["3: tls.crt of Secret tls is encoded once too often"]);
        assert_eq!(messages(&RULE, "kind: Secret\ndata: {a: TFMwdExTMUNSVWRKVGk=}\n").len(), 1);
    }

    #[test]
    fn one_encoding_passes() {
        assert!(messages(&RULE, "kind: Secret\ndata: {tls.crt: LS0tLS1CRUdJTiBDRVJU}\n").is_empty());
    }
}
