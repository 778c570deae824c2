//! `path-and-data-of-one-item`: the same thing is set as a path and as data.

use super::GO_SDK;
use super::RUST_CORE;
use super::environment_reference;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::Item;
use crate::client_configuration::finding::shown;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// The same thing is set as a path and as data.
    ///
    /// ## Why it matters
    /// Clients refuse both at once: cannot specify both.
    ///
    /// ## How to fix
    /// Keep one of the two settings, and delete the other.
    pub(super) static RULE = {
        code: "CFG-007",
        name: "path-and-data-of-one-item",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[environment_reference("TEMPORAL_TLS_CLIENT_CERT_PATH"), GO_SDK, RUST_CORE],
        message: "{client} has both {path} and {data}",
        help: "drop one of the two",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let pairs = [
        (Item::CertificatePath, Item::CertificateData),
        (Item::KeyPath, Item::KeyData),
        (Item::ServerCaPath, Item::ServerCaData),
    ];
    for (path, data) in pairs {
        if let (Some(path), Some(data)) = (client.setting(path), client.setting(data)) {
            let draft = Draft::new().fact("path", shown(&path.key)).fact("data", shown(&data.key));
            findings.of_setting(client, data, draft);
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
    fn both_at_once_are_flagged() {
        let text = profile(ADDRESS, NAMESPACE, "client_key_data = \"x\"\nclient_cert_data = \"\"");
        assert_eq!(
            messages(&RULE, &text),
            ["7: profile default has both client_key_path and client_key_data"]
        );
    }

    #[test]
    fn one_of_them_passes() {
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
    }
}
