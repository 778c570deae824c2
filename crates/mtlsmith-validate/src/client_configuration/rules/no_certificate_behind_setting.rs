//! `no-certificate-behind-setting`: there is no certificate where a setting leads.

use super::go_tls;
use super::is_told_elsewhere;
use crate::client_configuration::ConfigurationContext;
use crate::client_configuration::ConfigurationFindings;
use crate::client_configuration::files::holds_certificate;
use crate::client_configuration::finding::shown;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// There is no certificate where a setting leads.
    ///
    /// ## Why it matters
    /// SDKs want the client certificate in PEM, its own certificate first. A file in another form, or an empty one, ends in an
    /// error when the worker starts.
    ///
    /// ## How to fix
    /// Put the certificate in PEM there. mtlsmith bundle inspect FILE says what a file is.
    pub(super) static RULE = {
        code: "CFG-506",
        name: "no-certificate-behind-setting",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go_tls("X509KeyPair: failed to find any PEM data in certificate input")],
        message: "{owner} has no certificate in PEM at {name}",
        help: "put the client certificate in PEM there; mtlsmith bundle inspect FILE says what a file is",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    for loaded in context.loaded {
        let parts =
            [(&loaded.files.certificate, &loaded.certificate), (&loaded.files.server_ca, &loaded.server_ca)];
        for (part, bundle) in parts {
            let (Some(part), Some(bundle)) = (part, bundle) else { continue };
            let is_pem = bundle.scan.blocks.iter().any(|block| block.skipped().is_none());
            let is_told = is_told_elsewhere(part.content.expose()) || loaded.is_swapped();
            if holds_certificate(bundle) && is_pem || is_told {
                continue;
            }
            let draft = Draft::new().fact("name", shown(&part.name));
            findings.of_owner(&loaded.files.owner, &part.place, draft);
        }
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
    fn files_without_a_certificate_are_flagged() {
        let text = profile(ADDRESS, NAMESPACE, "");
        for content in ["", "hello\nworld\n"] {
            assert_eq!(
                messages_with(&RULE, &text, &[("/tls/tls.crt", content), ("/tls/tls.key", "")]),
                ["5: profile default has no certificate in PEM at /tls/tls.crt"],
                "{content}"
            );
        }
    }

    #[test]
    fn a_certificate_passes() {
        let certificate = mtlsmith_testkit::root("a").pem();
        let text = profile(ADDRESS, NAMESPACE, "");
        assert!(messages_with(&RULE, &text, &[("/tls/tls.crt", &certificate)]).is_empty());
    }

    #[test]
    fn what_other_rules_tell_is_passed_over_and_no_more_than_that() {
        passes_over_what_others_tell(&RULE, "/tls/tls.crt");
    }

    #[test]
    fn pem_of_another_kind_is_flagged_unless_the_certificate_stands_in_the_place_of_the_key() {
        let text = profile(ADDRESS, NAMESPACE, "");
        let key = mtlsmith_testkit::Key::p256("b").pkcs8_pem();
        let certificate = mtlsmith_testkit::root("a").pem();
        let flagged = |behind_key: &str| {
            messages_with(&RULE, &text, &[("/tls/tls.crt", &key), ("/tls/tls.key", behind_key)]).len()
        };
        assert_eq!((flagged(&key), flagged(&certificate)), (1, 0));
    }
}
