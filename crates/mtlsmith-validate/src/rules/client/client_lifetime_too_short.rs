//! `client-lifetime-too-short`: the client's certificate lives shorter than two connections.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Fact;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::official_tool;
use crate::rule::rule;

rule! {
    /// The client's certificate lives shorter than two connections.
    ///
    /// ## Why it matters
    /// Temporal Cloud closes connections about every five minutes, and the client connects anew with the certificate it has. One
    /// that lives less than ten minutes has often ended by then.
    ///
    /// ## How to fix
    /// Give certificates an hour or more, and renew them when two thirds of it are over.
    pub(super) static RULE = {
        code: "EE-008",
        name: "client-lifetime-too-short",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[official_tool("temporal-worker-cert-rotation README.md: the frontend closes connections every 5 minutes", "https://github.com/temporal-sa/temporal-worker-cert-rotation")],
        message: "the client's certificate lives for {lifetime}; connections are closed and made anew every 5 minutes",
        help: "give the next certificate a lifetime of at least an hour",
        check: Check::EndEntity(check),
    }
}

fn check(_: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    let lifetime = leaf.not_after().since(leaf.not_before());
    (lifetime < SHORTEST).then(|| Draft::new().fact("lifetime", Fact::Duration(lifetime)))
}

/// Twice the time after which connections are closed, in seconds.
const SHORTEST: i64 = 600;

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn ten_minutes_are_enough_and_a_second_less_is_not() {
        let root = testkit::root("one");
        let living = |seconds| {
            testkit::leaf_builder("worker")
                .not_before(testkit::NOW)
                .not_after(testkit::NOW + seconds)
                .signed_by(&root)
        };
        assert!(client_messages(&RULE, &[&living(600)], &[&root]).is_empty());
        let found = client_messages(&RULE, &[&living(599)], &[&root]);
        assert!(found[0].starts_with("the client's certificate lives for 9 minutes;"), "{found:?}");
    }
}
