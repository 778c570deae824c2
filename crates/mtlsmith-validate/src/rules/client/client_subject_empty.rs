//! `client-subject-empty`: the subject of the client's certificate is empty.

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
use crate::rule::temporal_certificates;

rule! {
    /// The subject of the client's certificate is empty.
    ///
    /// ## Why it matters
    /// Every empty name is the same name, so no second certificate of the chain may have one, and no filter on common name,
    /// organization or unit can match it. Logs show nothing to tell the client by.
    ///
    /// ## How to fix
    /// Give each client a common name of its own.
    pub(super) static RULE = {
        code: "EE-009",
        name: "client-subject-empty",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("Certificate requirements: distinguished names are unique within a chain"),
            rfc5280("section 4.1.2.6: the subject may be empty when alternative names are critical"),
        ],
        message: "the subject of the client's certificate is empty",
        help: "issue the next certificate with a subject, such as O=acme,CN=worker-1",
        check: Check::EndEntity(check),
    }
}

fn check(_: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    leaf.subject().is_empty().then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Name;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn an_empty_subject_is_told() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").subject(Name::empty()).signed_by(&root);
        assert_eq!(
            client_messages(&RULE, &[&leaf], &[&root]),
            ["the subject of the client's certificate is empty"]
        );
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &root)], &[&root]).is_empty());
    }
}
