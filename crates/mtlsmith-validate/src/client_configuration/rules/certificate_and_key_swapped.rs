//! `certificate-and-key-swapped`: where the certificate belongs stands the private key, or the other way round.

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
    /// Where the certificate belongs stands the private key, or the other way round.
    ///
    /// ## Why it matters
    /// No SDK puts them right. Go says that the inputs may have been switched; the others say that there is no certificate, or
    /// no valid private key.
    ///
    /// ## How to fix
    /// Exchange the two settings.
    pub(super) static RULE = {
        code: "CFG-406",
        name: "certificate-and-key-swapped",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go_tls("X509KeyPair")],
        message: "{owner} has a private key where its certificate belongs ({certificate}), and a certificate where its key belongs ({key})",
        help: "exchange the two",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    for loaded in context.loaded.iter().filter(|loaded| loaded.is_swapped()) {
        let files = &loaded.files;
        let (Some(certificate), Some(key)) = (&files.certificate, &files.key) else { continue };
        let draft = Draft::new().fact("certificate", shown(&certificate.name)).fact("key", shown(&key.name));
        findings.of_owner(&files.owner, &certificate.place, draft);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::ADDRESS;
    use crate::client_configuration::rules::testing::NAMESPACE;
    use crate::client_configuration::rules::testing::messages_with;
    use crate::client_configuration::rules::testing::profile;

    #[test]
    fn exchanged_files_are_flagged() {
        let certificate = mtlsmith_testkit::root("a").pem();
        let key = mtlsmith_testkit::Key::p256("b").pkcs8_pem();
        let text = profile(ADDRESS, NAMESPACE, "");
        let found = messages_with(&RULE, &text, &[("/tls/tls.crt", &key), ("/tls/tls.key", &certificate)]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            messages_with(&RULE, &text, &[("/tls/tls.crt", &certificate), ("/tls/tls.key", &key)]).is_empty()
        );
    }

    #[test]
    fn one_file_with_both_passes() {
        let both = mtlsmith_testkit::root("a").pem() + &mtlsmith_testkit::Key::p256("b").pkcs8_pem();
        let text = profile(ADDRESS, NAMESPACE, "");
        assert!(messages_with(&RULE, &text, &[("/tls/tls.crt", &both), ("/tls/tls.key", &both)]).is_empty());
    }
}
