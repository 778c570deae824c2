//! `whole-bundle-refused`: one bad certificate makes the upload of the good ones fail.

use crate::bundle::Member;
use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
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
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let members = &context.bundle.members;
    let is_refused = |member: &&Member| reason(context, member).is_some();
    let count = members.iter().filter(is_refused).count();
    if count == 0 || count == members.len() {
        return; // where all are refused, nothing good goes down with the bad
    }
    let draft = Draft::new()
        .fact("certificates", members.len())
        .fact("refused", sentence(context, count))
        .fact("count", count)
        .fact("repair", repair(members.iter().filter(is_refused)));
    let related = members.iter().filter(is_refused).take(NAMED);
    let draft = related
        .fold(draft, |draft, member| draft.related(Subject::Certificate(member.index), "refused for itself"));
    findings.add(Subject::Bundle, draft);
}

/// Why Temporal Cloud refuses a certificate whatever stands beside it.
fn reason(context: &Context<'_>, member: &Member) -> Option<&'static str> {
    let Some(certificate) = member.certificate() else { return Some("cannot be read") };
    if certificate.not_after() <= context.now {
        return Some("expired");
    }
    if certificate.not_before() > context.now {
        return Some("is not valid yet");
    }
    (!certificate.is_ca()).then_some("is no CA certificate")
}

fn sentence(context: &Context<'_>, count: usize) -> String {
    let reasons = context.bundle.members.iter().filter_map(|member| Some((member, reason(context, member)?)));
    let mut named: Vec<String> = reasons
        .take(NAMED)
        .map(|(member, reason)| format!("certificate {}, which {reason}", member.number()))
        .collect();
    if count > NAMED {
        named.push(format!("{} more", count - NAMED));
    }
    named.join("; ")
}

/// The command that takes them out.
fn repair<'a>(refused: impl Iterator<Item = &'a Member>) -> String {
    let readable = refused.filter_map(Member::certificate).take(NAMED);
    let fingerprints: Vec<String> =
        readable.map(|certificate| format!("--fingerprint {}", certificate.sha1_hex())).collect();
    if fingerprints.is_empty() {
        return "delete what cannot be read, and upload the rest as the whole bundle with `set`".to_owned();
    }
    format!(
        "upload what is left as the whole bundle with `set`: mtlsmith bundle remove FILE {} --output ca.pem",
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
            ["the upload of all 3 certificates fails because of certificate 2, which expired"]
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
            ["the upload of all 4 certificates fails because of certificate 2, which cannot be read; \
              certificate 3, which is not valid yet; certificate 4, which is no CA certificate"]
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
        assert!(
            found[0].message().ends_with("certificate 4, which expired; 2 more"),
            "{}",
            found[0].message()
        );
        assert_eq!((found[0].related.len(), found[0].help().matches("--fingerprint").count()), (4, 4));
    }

    #[test]
    fn a_bundle_that_is_good_or_bad_throughout_is_left_to_the_other_rules() {
        assert!(findings(&RULE, testkit::bundle(&[&testkit::root("a"), &testkit::root("b")])).is_empty());
        assert!(findings(&RULE, format!("{}{}", ending("old", -1), ending("older", -2))).is_empty());
        assert!(findings(&RULE, "").is_empty());
    }
}
