//! `too-many-extensions`: more extensions than are read.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rfc5280;
use crate::rule::rule;

rule! {
    /// The certificate has more extensions than are judged here.
    ///
    /// ## Why it matters
    /// CA certificates have about ten extensions. Only the first 64 are read, so that a hostile certificate cannot keep a
    /// reader busy, and what stands behind them can be anything that Go refuses. Nobody vouches for a certificate that was not
    /// read to its end.
    ///
    /// ## How to fix
    /// Issue the certificate again with the extensions that it needs.
    pub(super) static RULE = {
        code: "CA-117",
        name: "too-many-extensions",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[rfc5280("section 4.2: certificate extensions, each of them at most once")],
        message: "the certificate has more than {limit} extensions, and those behind were not judged",
        help: "issue the certificate again with the extensions that it needs; {limit} are read",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    certificate
        .has_unread_extensions()
        .then(|| Draft::new().fact("limit", certificate.read_extensions().list.len()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::CertificateBuilder;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn with_extensions(count: u64) -> String {
        let builder = testkit::root_builder("a").no_ski().no_basic_constraints().no_key_usage();
        let add = |builder: CertificateBuilder, number| {
            builder.extension(&[1, 3, 6, 1, 4, 1, 99_999, 2, number], false, vec![5, 0])
        };
        (0..count).fold(builder, add).self_signed().pem()
    }

    #[test]
    fn sixty_four_are_read_and_one_more_is_told() {
        assert!(findings(&RULE, with_extensions(64)).is_empty());
        let message = "the certificate has more than 64 extensions, and those behind were not judged";
        assert_eq!(messages(&RULE, with_extensions(65)), [message]);
    }
}
