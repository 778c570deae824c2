//! `unknown-configuration-key`: a key of the file is one that no client reads.

use super::GO_GUIDE;
use super::GO_SDK;
use super::RUST_CORE;
use super::tell_oddities;
use crate::client_configuration::ConfigurationContext;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::finding::shown;
use crate::client_configuration::reading::OddityKind;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A key of the file is one that no client reads.
    ///
    /// ## Why it matters
    /// Clients pass over unknown keys in silence unless they are told to be strict. A certificate under a wrong key is not
    /// presented, and the server answers that one is required. A sample in Temporal's own documentation shows such keys.
    ///
    /// ## How to fix
    /// Write the key in the table that is named in the finding. Settings of TLS stand under [profile.NAME.tls].
    pub(super) static RULE = {
        code: "CFG-005",
        name: "unknown-configuration-key",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Observed,
        since: FIRST_RULES,
        until: None,
        cites: &[GO_SDK, RUST_CORE, GO_GUIDE],
        message: "no client reads the key {key}",
        help: "{repair}",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    tell_oddities(context, findings, |kind| {
        let OddityKind::UnknownKey { key, repair } = kind else { return None };
        Some(Draft::new().fact("key", shown(key)).fact("repair", repair.clone()))
    });
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::advice;
    use crate::client_configuration::rules::testing::messages;

    #[test]
    fn the_keys_of_the_sample_are_flagged_with_their_places() {
        let text = "[profile.cloud]\ntls_client_cert_data = \"x\"\ntls_client_key_path = \"y\"\n";
        assert_eq!(
            messages(&RULE, text),
            [
                "2: no client reads the key tls_client_cert_data",
                "3: no client reads the key tls_client_key_path"
            ]
        );
        assert_eq!(
            advice(&RULE, text),
            [
                "put client_cert_data under [profile.cloud.tls]",
                "put client_key_path under [profile.cloud.tls]"
            ]
        );
    }

    #[test]
    fn every_documented_key_passes() {
        let text = "[profile.a]\naddress = \"x\"\nnamespace = \"y\"\napi_key = \"z\"\nauthority = \"w\"\n[profile.a.codec]\n\
            endpoint = \"e\"\nauth = \"f\"\n[profile.a.grpc_meta]\nmy-key = \"g\"\n[profile.a.tls]\ndisabled = false\n\
            client_cert_path = \"c\"\nclient_cert_data = \"\"\nclient_key_path = \"k\"\nclient_key_data = \"\"\n\
            server_ca_cert_path = \"\"\nserver_ca_cert_data = \"\"\nserver_name = \"\"\ndisable_host_verification = false\n";
        assert_eq!(messages(&RULE, text), [""; 0]);
    }
}
