//! `same-subject-forbidden`: two different CAs of a bundle have the same name, under the rules of 2023 and 2024.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Date;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::thread;

rule! {
    /// Two different CAs of the bundle have the same name.
    ///
    /// ## Why it matters
    /// Temporal documented from February 2023 on that the CAs of one Namespace need distinct subjects. The sentence has left the
    /// page since; under the rules of that time the upload is refused.
    ///
    /// ## How to fix
    /// Give each generation of a CA a subject of its own, for instance with the month in its common name. One CA that is there twice
    /// with the same key, cross-signed or renewed, is not meant.
    pub(super) static RULE = {
        code: "CHN-003",
        name: "same-subject-forbidden",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: Date::new(2023, 2, 1),
        until: Some(Date::new(2025, 3, 1)),
        cites: &[
            thread("temporalio/documentation pull request 1945", "https://github.com/temporalio/documentation/pull/1945"),
            thread("temporalio/tcld issue 396", "https://github.com/temporalio/tcld/issues/396"),
        ],
        message: "the CA is named \"{name}\", and so is certificate {other}, which has another key: \"{other_name}\"",
        help: "give the newer CA a subject of its own, for example by a common name with the month in it: CN=acme client CA 2026-06",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    super::same_subject::namesake(context, index, certificate)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::check::BundleCheck;
    use crate::profile::Profile;
    use crate::report::CertificateFilters;
    use crate::rule::Date;
    use crate::time::Timestamp;

    fn found_on(ruleset: Date) -> usize {
        let mut profile = Profile::temporal_cloud();
        profile.ruleset = ruleset;
        let namesake = testkit::root_builder("one").key(testkit::Key::p256("other")).self_signed();
        let bundle = testkit::bundle(&[&testkit::root("one"), &namesake]);
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
    fn the_rule_has_its_first_and_its_last_day() {
        assert_eq!(found_on(Date::new(2023, 1, 31)), 0);
        assert_eq!(found_on(Date::new(2023, 2, 1)), 1);
        assert_eq!(found_on(Date::new(2025, 2, 28)), 1);
        assert_eq!(found_on(Date::new(2025, 3, 1)), 0);
    }
}
