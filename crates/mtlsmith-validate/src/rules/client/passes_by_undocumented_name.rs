//! `passes-by-undocumented-name`: the client would pass by a name of which nobody knows whether filters see it.

use crate::admission::ClientContext;
use crate::filters::Undocumented;
use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// The client would pass by a name of which nobody knows whether filters see it.
    ///
    /// ## Why it matters
    /// Temporal's page says subject alternative name and no more. DNS names are sure to be compared; whether URIs, mail addresses
    /// and IP addresses are is not documented, so they are not counted here.
    ///
    /// ## How to fix
    /// Have the certificate issued with a DNS name or a common name that a filter matches.
    pub(super) static RULE = {
        code: "FLT-113",
        name: "passes-by-undocumented-name",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Manage certificate filters: subject alternative name")],
        message: "a URI, mail address or IP address of the client's certificate would pass a filter; only DNS names are sure to be \
                  compared",
        help: "issue the certificate with a DNS name, or filter by its common name",
        check: Check::ClientFilters(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    let Some(filters) = context.trust.filters() else { return };
    let answer = filters.matches(context.names());
    if !answer.is_admitted() && answer.notes.contains(&Undocumented::AlternativeNameNotDns) {
        findings.add(Subject::Certificate(0), Draft::new());
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;
    use crate::rules::testing::client_messages_with;

    #[test]
    fn a_uri_that_matches_is_told_and_does_not_count() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").uri("spiffe://acme/worker").signed_by(&root);
        let filters = br#"{"filters":[{"subjectAlternativeName":"spiffe://acme/worker"}]}"#;
        assert_eq!(client_messages_with(&RULE, &[&leaf], &[&root], filters).len(), 1);
        let by_dns = br#"{"filters":[{"subjectAlternativeName":"spiffe://*"},{"commonName":"worker"}]}"#;
        assert!(client_messages_with(&RULE, &[&leaf], &[&root], by_dns).is_empty());
        assert!(client_messages(&RULE, &[&leaf], &[&root]).is_empty());
    }

    #[test]
    fn a_client_that_no_name_of_any_kind_admits_is_for_another_rule() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").uri("spiffe://acme/worker").signed_by(&root);
        let filters = br#"{"filters":[{"commonName":"another"}]}"#;
        assert!(client_messages_with(&RULE, &[&leaf], &[&root], filters).is_empty());
    }
}
