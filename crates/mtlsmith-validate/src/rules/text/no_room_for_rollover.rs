//! `no-room-for-rollover`: an old and a new generation of the CAs do not fit side by side.

use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;
use crate::rule::temporal_limits;

rule! {
    /// An old and a new generation of the CAs do not fit side by side.
    ///
    /// ## Why it matters
    /// A rollover without interruption keeps the old CAs in the bundle beside the new ones until every client has a new certificate. With
    /// more than half of the limits in use there is no room for that.
    ///
    /// ## How to fix
    /// Drop CAs that nothing uses, or replace the CAs a few at a time. ECDSA certificates are a third of the size of RSA ones.
    pub(super) static RULE = {
        code: "BND-022",
        name: "no-room-for-rollover",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Rollover: the old and the new CA certificate in one bundle"), temporal_limits("Certificates: 16 CA certificates and 32 KB")],
        message: "{certificates} certificates of {canonical_bytes} bytes leave no room for as many new ones beside them: a Namespace takes {limit} of {bytes_limit} bytes",
        help: "roll over in steps, or first drop what nothing uses: mtlsmith bundle remove FILE --fingerprint SHA --output new.pem",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let (bundle, limits) = (context.bundle, &context.profile.limits);
    let certificates = bundle.members.len();
    let too_many = certificates > limits.certificates / 2;
    let too_large = bundle.canonical_bytes > limits.bundle_bytes / 2;
    if !(too_many || too_large) {
        return;
    }
    let draft = Draft::new()
        .fact("certificates", certificates)
        .fact("canonical_bytes", bundle.canonical_bytes)
        .fact("limit", limits.certificates)
        .fact("bytes_limit", limits.bundle_bytes);
    findings.add(Subject::Bundle, draft);
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::BundleCheck;
    use crate::CertificateFilters;
    use crate::Profile;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;
    use crate::time::Timestamp;

    fn bundle_of(count: usize) -> String {
        (0..count).map(|index| testkit::root(&format!("ca {index}")).pem()).collect()
    }

    /// How often it is told when a Namespace takes so many bytes.
    fn told_with_limit(bytes: usize, bundle: &str) -> usize {
        let mut profile = Profile::temporal_cloud();
        profile.limits.bundle_bytes = bytes;
        let now = Timestamp::from_unix(testkit::NOW);
        let check = BundleCheck { profile: &profile, now, filters: CertificateFilters::NotStated };
        check
            .run(bundle.as_bytes())
            .findings
            .iter()
            .filter(|finding| std::ptr::eq(finding.rule, &RULE))
            .count()
    }

    #[test]
    fn eight_certificates_can_be_doubled_and_nine_cannot() {
        assert!(findings(&RULE, bundle_of(8)).is_empty());
        let bytes = crate::bundle::Bundle::read(bundle_of(9).as_bytes()).canonical_bytes.to_string();
        let bytes = format!("{},{}", &bytes[..bytes.len() - 3], &bytes[bytes.len() - 3..]);
        let sentence = format!(
            "9 certificates of {bytes} bytes leave no room for as many new ones beside them: \
             a Namespace takes 16 of 32,768 bytes"
        );
        assert_eq!(messages(&RULE, bundle_of(9)), [sentence]);
    }

    #[test]
    fn half_of_the_bytes_can_be_doubled_and_one_byte_more_cannot() {
        let bundle = bundle_of(2);
        assert_eq!(told_with_limit(bundle.len() * 2, &bundle), 0);
        assert_eq!(told_with_limit(bundle.len() * 2 - 1, &bundle), 1);
    }

    #[test]
    fn text_around_the_certificates_does_not_count() {
        assert!(findings(&RULE, format!("{}\n{}", "#".repeat(17_000), bundle_of(2))).is_empty());
    }
}
