//! `common-name-too-long`: a common name of the client's certificate is longer than 64 characters.

use std::borrow::Cow;

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
    /// A common name of the client's certificate is longer than 64 characters.
    ///
    /// ## Why it matters
    /// X.520 ends common names at 64 characters. Go takes longer ones; OpenSSL refuses to make them, and other tools may cut them
    /// off or fail.
    ///
    /// ## How to fix
    /// Shorten the common name; long host names fit into the Subject Alternative Name.
    pub(super) static RULE = {
        code: "EE-012",
        name: "common-name-too-long",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[rfc5280("appendix A.1: ub-common-name is 64")],
        message: "the common name of the client's certificate has {count} characters; X.520 allows {limit}",
        help: "issue the next certificate with a shorter common name",
        check: Check::EndEntity(check),
    }
}

fn check(context: &ClientContext<'_>, _: &Certificate) -> Option<Draft> {
    let too_long = |name: &&Cow<'_, str>| name.len() > LIMIT && name.chars().count() > LIMIT;
    let name = context.names().common_names.iter().find(too_long)?;
    Some(Draft::new().fact("count", name.chars().count()).fact("limit", LIMIT))
}

/// RFC 5280 appendix A.1, `ub-common-name`.
const LIMIT: usize = 64;

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Name;

    use super::RULE;
    use crate::rules::testing::client_messages;

    fn sentences(name: &str) -> Vec<String> {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").subject(Name::new().o("acme").cn(name)).signed_by(&root);
        client_messages(&RULE, &[&leaf], &[&root])
    }

    #[test]
    fn characters_are_counted_and_64_are_allowed() {
        assert!(sentences(&"a".repeat(64)).is_empty());
        assert!(sentences(&"\u{e4}".repeat(64)).is_empty());
        assert_eq!(
            sentences(&"a".repeat(65)),
            ["the common name of the client's certificate has 65 characters; X.520 allows 64"]
        );
    }
}
