//! `subject-not-tied-to-generation`: nothing in the name of a CA changes with the next rotation.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::thread;

rule! {
    /// Nothing in the name of the CA changes with its next generation.
    ///
    /// ## Why it matters
    /// A rotation puts the new CA beside the old one. When both have the same subject, chains may be built to the wrong one,
    /// and Temporal once documented such bundles as unsupported. A subject without any digit is likely to be used again for the
    /// next CA.
    ///
    /// ## How to fix
    /// Put a date or a number into the common name of the next CA, such as `acme Temporal client CA 2026-06`.
    pub(super) static RULE = {
        code: "CA-030",
        name: "subject-not-tied-to-generation",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[
            thread(
                "documentation pull request 1945: unique subjects for several CAs",
                "https://github.com/temporalio/documentation/pull/1945",
            ),
            thread("temporalio/tcld issue 396", "https://github.com/temporalio/tcld/issues/396"),
        ],
        message: "the subject of the CA, \"{subject}\", has no date and no number, so the next CA is likely to get \
                  the same one",
        help: "put a date or a number into the common name of the next CA, such as CN=acme Temporal client CA \
               2026-06",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let subject = certificate.subject();
    let untied = !subject.attributes().any(|attribute| attribute.has_digit())
        && certificate.is_ca()
        && !subject.is_empty();
    untied.then(|| Draft::new().fact("subject", subject.to_string()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn named(subject: &str) -> String {
        testkit::root_builder("a").subject(subject).self_signed().pem()
    }

    #[test]
    fn a_name_without_a_digit_is_told() {
        assert_eq!(
            messages(&RULE, named("O=acme,CN=ca")),
            [
                "the subject of the CA, \"CN=ca,O=acme\", has no date and no number, so the next CA is likely to get the same one"
            ]
        );
    }

    #[test]
    fn a_digit_in_any_attribute_is_enough() {
        assert!(findings(&RULE, named("O=acme,CN=ca 2026")).is_empty());
        assert!(findings(&RULE, named("OU=g7,CN=ca")).is_empty());
    }

    #[test]
    fn leafs_and_empty_subjects_are_left_to_other_rules() {
        let root = testkit::root("a");
        assert!(findings(&RULE, testkit::leaf("worker", &root).pem()).is_empty());
        assert!(findings(&RULE, named("")).is_empty());
    }
}
