//! `legacy-variables-alone`: a container gets its certificate by old variables alone, which no SDK reads.

use super::CLI;
use super::environment_reference;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Item;
use crate::client_configuration::Origin;
use crate::client_configuration::keys::variable_of;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A container gets its certificate by old variables alone, which no SDK reads.
    ///
    /// ## Why it matters
    /// The worker in the container connects without a client certificate, and the server answers that one is required.
    ///
    /// ## How to fix
    /// Use TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH, or the same with _DATA.
    pub(super) static RULE = {
        code: "CFG-208",
        name: "legacy-variables-alone",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[environment_reference("Legacy TLS variables"), CLI],
        message: "{client} has its certificate in {key} alone, which no SDK reads",
        help: "call it {wanted}",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    if client.origin != Origin::Container || client.is_partial || client.has_certificate() {
        return;
    }
    let items = [Item::CertificatePath, Item::CertificateData];
    let mut old = client.settings.iter().filter(|setting| setting.is_legacy && items.contains(&setting.item));
    if let Some(setting) = old.next().filter(|setting| setting.is_set()) {
        findings.of_setting(client, setting, Draft::new().fact("wanted", variable_of(setting.item)));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    fn pod(names: &[&str]) -> String {
        let variables: Vec<String> =
            names.iter().map(|name| format!("    - {{name: {name}, value: /tls/x}}\n")).collect();
        format!(
            "kind: Pod\nmetadata: {{name: w}}\nspec:\n  containers:\n  - name: worker\n    env:\n{}",
            variables.concat()
        )
    }

    #[test]
    fn a_container_with_old_variables_alone_is_flagged() {
        assert_eq!(
            messages(&RULE, &pod(&["TEMPORAL_TLS_CERT", "TEMPORAL_TLS_KEY"])),
            [
                "7: container worker of Pod w has its certificate in TEMPORAL_TLS_CERT alone, which no SDK reads"
            ]
        );
    }

    #[test]
    fn new_variables_beside_them_pass_and_shells_may_run_the_cli() {
        assert!(messages(&RULE, &pod(&["TEMPORAL_TLS_CERT", "TEMPORAL_TLS_CLIENT_CERT_PATH"])).is_empty());
        assert!(messages(&RULE, "TEMPORAL_TLS_CERT=/c\n").is_empty());
    }

    #[test]
    fn the_variable_of_the_certificate_is_told_and_not_another_old_one() {
        assert!(messages(&RULE, &pod(&["TEMPORAL_TLS_KEY"])).is_empty());
        let found = messages(&RULE, &pod(&["TEMPORAL_TLS_KEY", "TEMPORAL_TLS_CERT"]));
        assert!(found.len() == 1 && found[0].contains(" in TEMPORAL_TLS_CERT alone"), "{found:?}");
    }
}
