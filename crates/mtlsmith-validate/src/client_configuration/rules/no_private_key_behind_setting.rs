//! `no-private-key-behind-setting`: there is no private key where a setting leads.

use super::go_tls;
use super::is_told_elsewhere;
use crate::client_configuration::ConfigurationContext;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::files::holds_private_key;
use crate::client_configuration::finding::shown;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// There is no private key where a setting leads.
    ///
    /// ## Why it matters
    /// SDKs want the private key in PEM: PRIVATE KEY for all of them. Another form ends in an error when the worker starts.
    ///
    /// ## How to fix
    /// Put the private key of the certificate there, in PEM and PKCS#8.
    pub(super) static RULE = {
        code: "CFG-606",
        name: "no-private-key-behind-setting",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go_tls("X509KeyPair: failed to find any PEM data in key input")],
        message: "{owner} has no private key in PEM at {name}",
        help: "put the private key of the certificate there, in PEM and PKCS#8",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    for loaded in context.loaded {
        let Some(key) = &loaded.files.key else { continue };
        if holds_private_key(&key.content) || is_told_elsewhere(key.content.expose()) || loaded.is_swapped() {
            continue;
        }
        let draft = Draft::new().fact("name", shown(&key.name));
        findings.of_owner(&loaded.files.owner, &key.place, draft);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::messages_with;
    use crate::client_configuration::rules::testing::passes_over_what_others_tell;
    use crate::client_configuration::rules::testing::profile;

    #[test]
    fn a_certificate_in_place_of_the_key_is_flagged() {
        let certificate = mtlsmith_testkit::root("a").pem();
        let text = profile(ADDRESS, NAMESPACE, "");
        assert_eq!(
            messages_with(&RULE, &text, &[("/tls/tls.crt", &certificate), ("/tls/tls.key", &certificate)]),
            ["6: profile default has no private key in PEM at /tls/tls.key"]
        );
    }

    #[test]
    fn a_key_passes() {
        let key = mtlsmith_testkit::Key::p256("b").pkcs8_pem();
        let text = profile(ADDRESS, NAMESPACE, "");
        assert!(messages_with(&RULE, &text, &[("/tls/tls.key", &key)]).is_empty());
    }

    #[test]
    fn what_other_rules_tell_is_passed_over_and_no_more_than_that() {
        passes_over_what_others_tell(&RULE, "/tls/tls.key");
    }
}
