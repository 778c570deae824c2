//! `common-name-not-printable`: a common name of the client's certificate has control characters.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rfc5280;
use crate::rule::rule;

rule! {
    /// A common name of the client's certificate has control characters.
    ///
    /// ## Why it matters
    /// Line ends and other control characters cannot be typed into a filter, and they garble logs and tables that show the name.
    ///
    /// ## How to fix
    /// Issue the certificate again with a common name of printable characters; look for a line end that a script has added.
    pub(super) static RULE = {
        code: "EE-112",
        name: "common-name-not-printable",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[rfc5280("section 4.1.2.4: names are text")],
        message: "the common name of the client's certificate has a control character (U+{code})",
        help: "issue the next certificate with a common name of printable characters",
        check: Check::EndEntity(check),
    }
}

fn check(context: &ClientContext<'_>, _: &Certificate) -> Option<Draft> {
    let mut characters = context.names().common_names.iter().flat_map(|name| name.chars());
    let control = characters.find(|character| character.is_control())?;
    Some(Draft::new().fact("code", format!("{:04X}", u32::from(control))))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Name;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn a_line_end_in_a_name_is_told() {
        let root = testkit::root("one");
        let named =
            |name| testkit::leaf_builder("worker").subject(Name::new().o("acme").cn(name)).signed_by(&root);
        assert_eq!(
            client_messages(&RULE, &[&named("worker\n")], &[&root]),
            ["the common name of the client's certificate has a control character (U+000A)"]
        );
        assert!(client_messages(&RULE, &[&named("worker \u{e4}")], &[&root]).is_empty());
    }
}
