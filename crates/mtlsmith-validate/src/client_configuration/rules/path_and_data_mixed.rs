//! `path-and-data-mixed`: the certificate is set as a path and its key as data, or the other way round.

use super::GO_SDK;
use super::RUST_CORE;
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
    /// The certificate is set as a path and its key as data, or the other way round.
    ///
    /// ## Why it matters
    /// The Go SDK and the temporal CLI refuse a path beside data: cannot have client key/cert path with data. The SDKs on the
    /// Rust core take it.
    ///
    /// ## How to fix
    /// Use paths for both, or data for both.
    pub(super) static RULE = {
        code: "CFG-106",
        name: "path-and-data-mixed",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[GO_SDK, RUST_CORE],
        message: "{client} has {certificate} beside {other}; Go and the temporal CLI refuse a path beside data",
        help: "use paths for both, or data for both",
        check: Check::EachClient(check),
    }
}

fn check(client: &Client, findings: &mut ConfigurationFindings<'_>) {
    let certificate = (client.setting(Item::CertificatePath), client.setting(Item::CertificateData));
    let key = (client.setting(Item::KeyPath), client.setting(Item::KeyData));
    let (first, second) = match (certificate, key) {
        ((Some(path), None), (None, Some(data))) => (path, data),
        ((None, Some(data)), (Some(path), None)) => (data, path),
        _ => return,
    };
    let draft = Draft::new().fact("certificate", shown(&first.key)).fact("other", shown(&second.key));
    findings.of_setting(client, second, draft);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::messages;
    use crate::client_configuration::rules::testing::profile;

    #[test]
    fn a_path_beside_data_is_flagged() {
        let text = "TEMPORAL_TLS_CLIENT_CERT_PATH=/c\nTEMPORAL_TLS_CLIENT_KEY_DATA=k\n";
        assert_eq!(
            messages(&RULE, text),
            [
                "2: the environment has TEMPORAL_TLS_CLIENT_CERT_PATH beside TEMPORAL_TLS_CLIENT_KEY_DATA; Go and the temporal CLI \
              refuse a path beside data"
            ]
        );
    }

    #[test]
    fn two_paths_and_two_data_pass() {
        assert!(messages(&RULE, &profile(ADDRESS, NAMESPACE, "")).is_empty());
        assert!(
            messages(&RULE, "TEMPORAL_TLS_CLIENT_CERT_DATA=c\nTEMPORAL_TLS_CLIENT_KEY_DATA=k\n").is_empty()
        );
    }

    #[test]
    fn either_half_may_be_the_path() {
        let mixed = |certificate: &str, key: &str| {
            let text = format!(
                "[profile.default.tls]\nclient_cert_{certificate} = \"x\"\nclient_key_{key} = \"y\"\n"
            );
            messages(&RULE, &text).len()
        };
        assert_eq!((mixed("path", "data"), mixed("data", "path")), (1, 1));
        assert_eq!((mixed("path", "path"), mixed("data", "data")), (0, 0));
    }
}
