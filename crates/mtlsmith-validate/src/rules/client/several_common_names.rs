//! `several-common-names`: the client's certificate has several common names.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

rule! {
    /// The client's certificate has several common names.
    ///
    /// ## Why it matters
    /// Go keeps the last common name of a subject only, so a certificate filter may see one of them and not the other.
    ///
    /// ## How to fix
    /// Keep one common name, and put other names into the Subject Alternative Name.
    pub(super) static RULE = {
        code: "EE-010",
        name: "several-common-names",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509/pkix, FillFromRDNSequence: the last common name stays")],
        message: "the client's certificate has {count} common names, and Go sees the last one alone: \"{last}\"",
        help: "issue the next certificate with one common name",
        check: Check::EndEntity(check),
    }
}

fn check(context: &ClientContext<'_>, _: &Certificate) -> Option<Draft> {
    let names = &context.names().common_names;
    let last = names.last().filter(|_| names.len() > 1)?;
    Some(Draft::new().fact("count", names.len()).fact("last", last.to_string()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn two_common_names_are_told() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").subject("O=acme,CN=a,CN=b").signed_by(&root);
        assert_eq!(
            client_messages(&RULE, &[&leaf], &[&root]),
            ["the client's certificate has 2 common names, and Go sees the last one alone: \"b\""]
        );
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &root)], &[&root]).is_empty());
    }
}
