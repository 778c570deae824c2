//! `base64-behind-path`: the file of a path setting holds base64 of PEM.

use super::environment_reference;
use super::go_tls;
use crate::client_configuration::ConfigurationContext;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::finding::shown;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// The file of a path setting holds base64 of PEM.
    ///
    /// ## Why it matters
    /// SDKs take the file as it is and find no PEM in it: the worker ends with an error when it starts. Such a file is mostly a
    /// value of a Secret of Kubernetes, copied without decoding it.
    ///
    /// ## How to fix
    /// Decode the file once, as base64 -d does.
    pub(super) static RULE = {
        code: "CFG-507",
        name: "base64-behind-path",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go_tls("X509KeyPair: failed to find any PEM data"), environment_reference("TEMPORAL_TLS_CLIENT_CERT_PATH")],
        message: "{owner} has base64 of PEM at {name}; no SDK decodes it",
        help: "decode the file once: base64 -d",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    for loaded in context.loaded {
        let files = &loaded.files;
        for part in [&files.certificate, &files.key, &files.server_ca].into_iter().flatten() {
            if part.is_file && part.content.expose().trim_ascii_start().starts_with(b"LS0tLS1") {
                let draft = Draft::new().fact("name", shown(&part.name));
                findings.of_owner(&files.owner, &part.place, draft);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::messages;
    use crate::client_configuration::rules::testing::messages_with;
    use crate::client_configuration::rules::testing::profile;

    #[test]
    fn base64_of_a_certificate_and_of_a_key_is_flagged() {
        let text = profile(ADDRESS, NAMESPACE, "");
        let files = [("/tls/tls.crt", "LS0tLS1CRUdJTiBDRVJU"), ("/tls/tls.key", "\nLS0tLS1CRUdJTiBQUklW")];
        assert_eq!(
            messages_with(&RULE, &text, &files),
            [
                "5: profile default has base64 of PEM at /tls/tls.crt; no SDK decodes it",
                "6: profile default has base64 of PEM at /tls/tls.key; no SDK decodes it"
            ]
        );
    }

    #[test]
    fn pem_passes_and_what_stands_in_the_settings_has_a_rule_of_its_own() {
        let text = profile(ADDRESS, NAMESPACE, "");
        let certificate = mtlsmith_testkit::root("a").pem();
        assert!(messages_with(&RULE, &text, &[("/tls/tls.crt", &certificate)]).is_empty());
        assert!(messages(&RULE, "TEMPORAL_TLS_CLIENT_CERT_DATA=LS0tLS1CRUdJTiBDRVJU\n").is_empty());
    }
}
