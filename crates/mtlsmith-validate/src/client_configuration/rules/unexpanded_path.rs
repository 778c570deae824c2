//! `unexpanded-path`: a path starts with a mark that only a shell replaces.

use super::GO_SDK;
use super::RUST_CORE;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Origin;
use crate::client_configuration::files::is_unexpanded;
use crate::client_configuration::finding::shown;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A path starts with a mark that only a shell replaces.
    ///
    /// ## Why it matters
    /// A shell makes a home directory of ~ and a value of $HOME. The SDKs open the path as it stands, and there is no folder
    /// called ~.
    ///
    /// ## How to fix
    /// Write the whole path.
    pub(super) static RULE = {
        code: "CFG-806",
        name: "unexpanded-path",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[GO_SDK, RUST_CORE],
        message: "{key} of {client} is {path}; no SDK replaces the start of it",
        help: "write the whole path",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    for setting in client.settings.iter().filter(|setting| setting.item.is_path()) {
        // The shell that reads a file of exports replaces it, and Kubernetes replaces $(NAME).
        let is_replaced = client.origin == Origin::EnvironmentFile;
        let text =
            setting.text().filter(|text| !is_replaced && is_unexpanded(text) && !text.starts_with("$("));
        if let Some(text) = text {
            findings.of_setting(client, setting, Draft::new().fact("path", shown(text)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::messages;
    use crate::client_configuration::rules::testing::profile;

    #[test]
    fn a_tilde_and_a_variable_are_flagged() {
        for path in ["~/tls.crt", "$HOME/tls.crt", "%USERPROFILE%/tls.crt"] {
            let text = profile(ADDRESS, NAMESPACE, "").replace("/tls/tls.crt", path);
            assert_eq!(
                messages(&RULE, &text),
                [format!(
                    "5: client_cert_path of profile default is {path}; no SDK replaces the start of it"
                )]
            );
        }
    }

    #[test]
    fn whole_paths_pass_and_a_shell_does_its_work() {
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
        assert!(messages(&RULE, "export TEMPORAL_TLS_CLIENT_CERT_PATH=~/tls.crt\n").is_empty());
    }
}
