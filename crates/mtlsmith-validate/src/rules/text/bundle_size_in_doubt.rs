//! `bundle-size-in-doubt`: the PEM text lies between two readings of "32 KB".

use super::bundle_too_large::command;
use crate::finding::Draft;
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
    /// The PEM text is larger than 32,000 bytes and not larger than 32,768.
    ///
    /// ## Why it matters
    /// Temporal documents a limit of 32 KB and does not say whether a KB has 1,000 or 1,024 bytes. Between the two the upload may be
    /// refused.
    ///
    /// ## How to fix
    /// Let `mtlsmith bundle normalize` take out everything but the certificates, or drop a CA that nothing uses.
    pub(super) static RULE = {
        code: "BND-103",
        name: "bundle-size-in-doubt",
        severity: Severity::Warning,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate requirements: 32 KB"), temporal_limits("Certificates: 32 KB per bundle, before base64")],
        message: "the PEM text is {bytes} bytes long: more than {cautious}, the smaller reading of 32 KB, and within {limit}, the larger",
        help: "{command}",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let (bundle, limits) = (context.bundle, &context.profile.limits);
    let in_doubt = bundle.bytes > limits.cautious_bundle_bytes && bundle.bytes <= limits.bundle_bytes;
    if bundle.form != Form::Pem || !in_doubt {
        return;
    }
    let draft = Draft::new()
        .fact("bytes", bundle.bytes)
        .fact("cautious", limits.cautious_bundle_bytes)
        .fact("limit", limits.bundle_bytes)
        .fact("command", command(bundle, limits.cautious_bundle_bytes));
    findings.add(Subject::Bundle, draft);
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
    fn both_ends_of_the_doubt_are_flagged() {
        assert_eq!(findings(&RULE, of_size(32_001)).len(), 1);
        assert_eq!(
            messages(&RULE, of_size(32_768)),
            [
                "the PEM text is 32,768 bytes long: more than 32,000, the smaller reading of 32 KB, and within 32,768, the larger"
            ]
        );
    }

    #[test]
    fn below_it_and_above_it_there_is_no_doubt() {
        assert!(findings(&RULE, of_size(32_000)).is_empty());
        assert!(findings(&RULE, of_size(32_769)).is_empty());
    }
}
