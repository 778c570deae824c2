//! `whole-bundle-refused`: one bad certificate makes the upload of the good ones fail.

use crate::bundle::Member;
use crate::finding::Draft;
use crate::finding::Finding;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Rule;
use crate::rule::Severity;
use crate::rule::TCLD_406;
use crate::rule::rule;

rule! {
    /// One bad certificate makes the upload of the whole bundle fail.
    ///
    /// ## Why it matters
    /// Temporal Cloud judges the bundle as a whole at every change. A certificate that has expired, say, makes the upload fail even when
    /// the change is about another one, and even when the change is to remove another expired one.
    ///
    /// ## How to fix
    /// Build the bundle without any such certificate and upload it as a whole: `tcld namespace accepted-client-ca set`, since `add` and
    /// `remove` fail as long as one of them stays.
    pub(super) static RULE = {
        code: "BND-018",
        name: "whole-bundle-refused",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Observed,
        since: FIRST_RULES,
        until: None,
        cites: &[TCLD_406],
        message: "the upload of all {certificates} certificates fails because of {refused}",
        help: "{repair}",
        check: Check::Conclusion(check),
    }
}

fn check(context: &Context<'_>, found: &[Finding]) -> Option<Draft> {
    let members = &context.bundle.members;
    let refused: Vec<(&Member, &'static str)> =
        members.iter().filter_map(|member| Some((member, fault(member, found)?))).collect();
    if refused.is_empty() || refused.len() == members.len() {
        return None; // where all are refused, nothing good goes down with the bad
    }
    let draft = Draft::new()
        .fact("certificates", members.len())
        .fact("refused", sentence(&refused))
        .fact("count", refused.len())
        .fact("repair", repair(&refused));
    let related = refused.iter().take(NAMED);
    Some(related.fold(draft, |draft, (member, _)| {
        draft.related(Subject::Certificate(member.index), "refused for itself")
    }))
}

/// The first fault for which Temporal Cloud refuses this certificate.
fn fault(member: &Member, found: &[Finding]) -> Option<&'static str> {
    let about = |subject| subject == Subject::Certificate(member.index);
    let refuses = |rule: &Rule| rule.severity == Severity::Error && rule.effect == Effect::Upload;
    found
        .iter()
        .find(|finding| refuses(finding.rule) && about(finding.subject))
        .map(|finding| finding.rule.name)
}

fn sentence(refused: &[(&Member, &'static str)]) -> String {
    let mut named: Vec<String> = refused
        .iter()
        .take(NAMED)
        .map(|(member, fault)| format!("certificate {} ({fault})", member.number()))
        .collect();
    if refused.len() > NAMED {
        named.push(format!("{} more", refused.len() - NAMED));
    }
    named.join(", ")
}

/// The command that takes them out.
fn repair(refused: &[(&Member, &'static str)]) -> String {
    let readable = refused.iter().filter_map(|(member, _)| member.certificate()).take(NAMED);
    let fingerprints: Vec<String> =
        readable.map(|certificate| format!("--fingerprint {}", certificate.sha1_hex())).collect();
    if fingerprints.is_empty() {
        return "delete what cannot be read, and upload the rest as the whole bundle with `set`".to_owned();
    }
    format!(
        "repair them, or upload what is left as the whole bundle with `set`: mtlsmith bundle remove FILE {} --output new.pem",
        fingerprints.join(" ")
    )
}

/// How many of the refused certificates are named.
const NAMED: usize = 4;

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;
    use crate::rules::testing::messages_at;

    fn ending(name: &str, seconds_from_now: i64) -> String {
        testkit::root_builder(name).not_after(testkit::NOW + seconds_from_now).self_signed().pem()
    }

    #[test]
    fn one_expired_certificate_among_three_is_named() {
        let text = format!("{}{}{}", testkit::root("a").pem(), ending("old", -1), testkit::root("b").pem());
        assert_eq!(
            messages(&RULE, &text),
            ["the upload of all 3 certificates fails because of certificate 2 (expired)"]
        );
        assert!(findings(&RULE, &text)[0].help().contains("mtlsmith bundle remove FILE --fingerprint "));
    }

    #[test]
    fn each_reason_is_told() {
        let junk = testkit::pem_block("CERTIFICATE", b"junk");
        let early = testkit::root_builder("early").not_before(testkit::NOW + 1).self_signed().pem();
        let leaf = testkit::leaf("worker", &testkit::root("a")).pem();
        let found = messages(&RULE, format!("{}{junk}{early}{leaf}", testkit::root("a").pem()));
        assert_eq!(
            found,
            ["the upload of all 4 certificates fails because of certificate 2 (unreadable-certificate), \
              certificate 3 (not-yet-valid), certificate 4 (end-entity-in-bundle)"]
        );
    }

    #[test]
    fn the_second_of_not_after_and_of_not_before_decide() {
        let good = testkit::root("a").pem();
        assert!(findings(&RULE, format!("{good}{}", ending("old", 1))).is_empty());
        assert_eq!(findings(&RULE, format!("{good}{}", ending("old", 0))).len(), 1);
        let early = testkit::root_builder("early").not_before(testkit::NOW + 10).self_signed().pem();
        assert_eq!(messages_at(&RULE, format!("{good}{early}"), testkit::NOW + 9).len(), 1);
        assert!(messages_at(&RULE, format!("{good}{early}"), testkit::NOW + 10).is_empty());
    }

    #[test]
    fn six_refused_ones_are_named_up_to_the_fourth() {
        let old: String = (0..6).map(|index| ending(&format!("old {index}"), -1)).collect();
        let found = findings(&RULE, format!("{old}{}", testkit::root("a").pem()));
        assert!(found[0].message().ends_with("certificate 4 (expired), 2 more"), "{}", found[0].message());
        assert_eq!((found[0].related.len(), found[0].help().matches("--fingerprint").count()), (4, 4));
    }

    #[test]
    fn a_bundle_that_is_good_or_bad_throughout_is_left_to_the_other_rules() {
        assert!(findings(&RULE, testkit::bundle(&[&testkit::root("a"), &testkit::root("b")])).is_empty());
        assert!(findings(&RULE, format!("{}{}", ending("old", -1), ending("older", -2))).is_empty());
        assert!(findings(&RULE, "").is_empty());
    }

    #[test]
    fn four_refused_ones_are_all_named() {
        let old: String = (0..4).map(|index| ending(&format!("old {index}"), -1)).collect();
        let found = messages(&RULE, format!("{old}{}", testkit::root("a").pem()));
        assert!(found[0].ends_with("certificate 4 (expired)"), "{found:?}");
    }
}
