//! `key-reused`: two certificates of the file have the same key.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

use super::own;

rule! {
    /// Two certificates of the file have the same key.
    ///
    /// ## Why it matters
    /// A certificate that was renewed with the old key shares its fate: if the key leaks, both are lost, and replacing one of them
    /// helps nothing.
    ///
    /// ## How to fix
    /// Make a new key for each certificate.
    pub(super) static RULE = {
        code: "KEY-008",
        name: "key-reused",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Compromised certificates: a new key is made")],
        message: "certificate {number} of the file has the same key as the client's certificate",
        help: "make a new key for the next certificate",
        check: Check::Presented(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    let Some((own, leaf)) = own(context) else { return };
    for member in context.presented.iter().filter(|member| member.index != own) {
        let shares = |other: &&Certificate| {
            other.subject_public_key_info() == leaf.subject_public_key_info() && other.der() != leaf.der()
        };
        if member.certificate().is_some_and(|other| shares(&other)) {
            findings.add(Subject::Certificate(member.index), Draft::new().fact("number", member.number()));
        }
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn a_renewed_certificate_with_the_old_key_is_told() {
        let root = testkit::root("one");
        let builder = testkit::leaf_builder("worker");
        let (old, new) =
            (builder.signed_by(&root), builder.clone().not_before(testkit::NOW).signed_by(&root));
        assert_eq!(
            client_messages(&RULE, &[&new, &root, &old], &[&root]),
            ["certificate 3 of the file has the same key as the client's certificate"]
        );
        assert!(client_messages(&RULE, &[&new, &new, &root], &[&root]).is_empty(), "a copy is no renewal");
    }
}
