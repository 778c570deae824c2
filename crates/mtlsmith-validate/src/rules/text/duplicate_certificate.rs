//! `duplicate-certificate`: a certificate stands in the bundle twice.

use crate::bundle::Member;
use crate::finding::Draft;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::official_tool;
use crate::rule::rule;

rule! {
    /// A certificate stands in the bundle twice.
    ///
    /// ## Why it matters
    /// The copy counts against the limits of 16 certificates and 32 KB. `tcld` refuses to add a certificate that is already there, while the
    /// newer command line drops it in silence.
    ///
    /// ## How to fix
    /// Delete one of the two.
    pub(super) static RULE = {
        code: "BND-015",
        name: "duplicate-certificate",
        severity: Severity::Warning,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[official_tool("tcld app/ca.go, add: a fingerprint that is already there is an error; cloud-cli drops it", "https://github.com/temporalio/tcld")],
        message: "certificate {number} is certificate {earlier} once more (SHA-1 {sha1})",
        help: "delete one of the two{where}",
        check: Check::EachMember(check),
    }
}

fn check(context: &Context<'_>, member: &Member) -> Option<Draft> {
    let earlier = context.graph.node(member.index)?.duplicate_of?;
    let place = context.bundle.lines(member.index);
    let place =
        place.map_or(String::new(), |lines| format!(", such as lines {} to {}", lines.first, lines.last));
    let draft =
        Draft::new().fact("number", member.number()).fact("earlier", earlier + 1).fact("where", place);
    Some(
        draft
            .fact("sha1", member.certificate()?.sha1_hex())
            .related(Subject::Certificate(earlier), "the same certificate"),
    )
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::finding::Subject;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn each_copy_is_flagged_with_its_original() {
        let (a, b) = (testkit::root("a"), testkit::root("b"));
        let found = findings(&RULE, testkit::bundle(&[&a, &b, &a, &a]));
        let places: Vec<_> = found.iter().map(|finding| (finding.subject, finding.related[0].0)).collect();
        let original = Subject::Certificate(0);
        assert_eq!(places, [(Subject::Certificate(2), original), (Subject::Certificate(3), original)]);
    }

    #[test]
    fn the_fingerprint_is_that_of_the_official_tools() {
        let a = testkit::root("a");
        let text = testkit::bundle(&[&a, &a]);
        let sha1 = crate::bundle::Bundle::read(text.as_bytes()).members[0].certificate().unwrap().sha1_hex();
        assert_eq!(
            messages(&RULE, &text),
            [format!("certificate 2 is certificate 1 once more (SHA-1 {sha1})")]
        );
        assert!(findings(&RULE, &text)[0].help().contains(", such as lines "));
    }

    #[test]
    fn copies_without_lines_are_flagged_too() {
        let der = testkit::root("a").der().to_vec();
        let found = findings(&RULE, [der.clone(), der].concat());
        assert!(found.len() == 1 && found[0].help() == "delete one of the two");
    }

    #[test]
    fn certificates_that_differ_in_one_second_are_two() {
        let late = testkit::root_builder("a").not_after(testkit::NOT_AFTER - 1).self_signed();
        assert!(findings(&RULE, testkit::bundle(&[&testkit::root("a"), &late])).is_empty());
    }
}
