//! `false-root`: a certificate that looks like a root and that no key of the bundle signed.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::graph::Link;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::TCLD_406;
use crate::rule::rfc5280;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// A certificate looks like a root, and no key of the bundle signed it.
    ///
    /// ## Why it matters
    /// Temporal Cloud demands that each certificate is a root or was issued by another one of the bundle. This one is neither: it was
    /// damaged or edited after it was signed, or it belongs to an older key of the same name that is not here. Go never looks at the
    /// signature of what it is told to trust, so a handshake would not notice.
    ///
    /// ## How to fix
    /// Fetch the root again from its source. If it ties a new key to an old one, upload the self-signed certificate of the new key.
    pub(super) static RULE = {
        code: "CHN-105",
        name: "false-root",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("Certificate requirements: a root, or issued by another certificate of the bundle"),
            TCLD_406,
            rfc5280("section 3.2: self-issued and self-signed certificates"),
        ],
        message: "the certificate names itself, \"{name}\", as its issuer, but neither its own key nor another of the bundle signed it",
        help: "fetch it again from the CA that made it; its signature does not fit its content",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    let unsigned = matches!(context.graph.node(index)?.link, Link::WrongKey(_));
    (unsigned && certificate.is_self_issued())
        .then(|| Draft::new().fact("name", certificate.subject().to_string()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::RULE;
    use crate::Verdict;
    use crate::check_bundle;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;
    use crate::rules::testing::profile;
    use crate::time::Timestamp;

    #[test]
    fn a_root_with_a_broken_signature_is_refused() {
        let bundle = testkit::root_builder("one 1").corrupt_signature().self_signed().pem();
        let told = "the certificate names itself, \"CN=one 1,O=acme\", as its issuer, but neither its own key nor another of the bundle signed it";
        assert_eq!(messages(&RULE, &bundle), [told]);
        let report = check_bundle(bundle.as_bytes(), profile(), Timestamp::from_unix(testkit::NOW));
        assert_eq!(report.verdict(), Verdict::Refused);
    }

    #[test]
    fn a_key_change_whose_old_key_is_absent_is_refused() {
        let old = testkit::root("one");
        let new = testkit::root_builder("one").key(Key::p256("new")).signed_by(&old);
        assert_eq!(findings(&RULE, new.pem()).len(), 1);
        assert!(findings(&RULE, testkit::bundle(&[&old, &new])).is_empty());
    }

    #[test]
    fn true_roots_and_orphans_are_left_alone() {
        assert!(findings(&RULE, testkit::root("one").pem()).is_empty());
        assert!(findings(&RULE, testkit::intermediate("two", &testkit::root("one")).pem()).is_empty());
    }
}
