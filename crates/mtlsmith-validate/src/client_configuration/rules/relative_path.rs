//! `relative-path`: a path in temporal.toml is relative.

use super::GO_SDK;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Origin;
use crate::client_configuration::files::holds_pem;
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
    /// A path in temporal.toml is relative.
    ///
    /// ## Why it matters
    /// Clients count a relative path from the folder in which they were started, not from that of the file. The same file then
    /// works in one shell and not in another, or under systemd.
    ///
    /// ## How to fix
    /// Write the whole path.
    pub(super) static RULE = {
        code: "CFG-906",
        name: "relative-path",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[GO_SDK],
        message: "{key} of {client} is {path}, which counts from the folder in which the program is started",
        help: "write the whole path",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    for setting in client.settings.iter().filter(|setting| setting.item.is_path()) {
        let Some(text) = setting.text().filter(|_| client.origin == Origin::Profile) else { continue };
        let is_whole = text.starts_with(['/', '\\']) || text.get(1..2) == Some(":");
        if !is_whole && !text.is_empty() && !is_unexpanded(text) && !holds_pem(text) {
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
    fn a_relative_path_is_told() {
        let text = profile(ADDRESS, NAMESPACE, "").replace("/tls/tls.crt", "certs/tls.crt");
        assert_eq!(
            messages(&RULE, &text),
            [
                "5: client_cert_path of profile default is certs/tls.crt, which counts from the folder in which the program is \
              started"
            ]
        );
    }

    #[test]
    fn whole_paths_pass() {
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
        let text = profile(ADDRESS, NAMESPACE, "").replace("\"/tls/tls.crt\"", "'C:\\tls.crt'");
        assert!(messages(&RULE, &text).is_empty());
    }
}
