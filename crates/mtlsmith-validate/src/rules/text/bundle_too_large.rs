//! `bundle-too-large`: the PEM text is larger than a Namespace takes.

use crate::bundle::Bundle;
use crate::finding::Draft;
use crate::finding::Fact;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::input::Form;
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
    /// The PEM text is larger than a Namespace takes.
    ///
    /// ## Why it matters
    /// Temporal Cloud takes 32 KB of PEM text, counted before base64, whichever of this limit and that of 16 certificates comes first.
    /// Comments and text between the certificates count too. The limit is read as 32,768 bytes here.
    ///
    /// ## How to fix
    /// Let `mtlsmith bundle normalize` take out everything but the certificates. If that is not enough, drop CAs that nothing uses, or
    /// replace RSA CAs with ECDSA ones, which need about 900 bytes each.
    pub(super) static RULE = {
        code: "BND-003",
        name: "bundle-too-large",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate requirements: 32 KB"), temporal_limits("Certificates: 32 KB per bundle, before base64")],
        message: "the PEM text is {bytes} bytes long, and a Namespace takes {limit}",
        help: "{command}",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let (bundle, limit) = (context.bundle, context.profile.limits.bundle_bytes);
    if bundle.form != Form::Pem || bundle.bytes <= limit {
        return;
    }
    let draft =
        Draft::new().fact("bytes", bundle.bytes).fact("limit", limit).fact("command", command(bundle, limit));
    findings.add(Subject::Bundle, draft);
}

/// How to get the bundle below so many bytes.
pub(super) fn command(bundle: &Bundle, limit: usize) -> String {
    let canonical = Fact::from(bundle.canonical_bytes);
    if bundle.has_whole_canonical_form() && bundle.canonical_bytes <= limit {
        return format!(
            "the certificates alone take {canonical} bytes: mtlsmith bundle normalize FILE --output new.pem"
        );
    }
    "drop CAs that nothing uses, or replace RSA CAs with ECDSA ones; to see them: mtlsmith bundle inspect FILE".to_owned()
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    /// One root below a comment, so many bytes in all.
    fn of_size(bytes: usize) -> String {
        let root = testkit::root("a").pem();
        format!("{}\n{root}", "#".repeat(bytes - root.len() - 1))
    }

    #[test]
    fn the_last_byte_allowed_is_accepted() {
        assert!(findings(&RULE, of_size(32_768)).is_empty());
    }

    #[test]
    fn one_byte_more_is_flagged() {
        let found = messages(&RULE, of_size(32_769));
        assert_eq!(found, ["the PEM text is 32,769 bytes long, and a Namespace takes 32,768"]);
        assert!(findings(&RULE, of_size(32_769))[0].help().contains("bundle normalize"));
    }

    #[test]
    fn base64_around_the_text_does_not_count() {
        assert!(findings(&RULE, testkit::base64_line(of_size(32_768).as_bytes())).is_empty());
        assert_eq!(findings(&RULE, testkit::base64_line(of_size(32_769).as_bytes())).len(), 1);
    }

    #[test]
    fn certificates_that_are_too_many_bytes_by_themselves_must_be_dropped() {
        let bundle: String = (0..60).map(|index| testkit::root(&format!("ca {index}")).pem()).collect();
        assert!(findings(&RULE, bundle)[0].help().starts_with("drop CAs"));
    }
}
