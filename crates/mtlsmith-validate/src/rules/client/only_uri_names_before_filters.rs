//! `only-uri-names-before-filters`: the client's certificate names its owner in a way that filters may not see.

use crate::admission::ClientContext;
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
    /// The client's certificate names its owner in a way that filters may not see.
    ///
    /// ## Why it matters
    /// SPIFFE and similar systems write a URI into the Subject Alternative Name and leave the subject empty. Such a certificate
    /// chains like any other, but certificate filters on the subject cannot match it, and whether they see URIs is not documented.
    ///
    /// ## How to fix
    /// Have the certificate issued with a common name or a DNS name beside the URI.
    pub(super) static RULE = {
        code: "EE-018",
        name: "only-uri-names-before-filters",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Manage certificate filters: common name, organization, organizational unit, subject alternative name")],
        message: "the client's certificate has \"{name}\" and nothing in its subject or among DNS names that a filter could match",
        help: "issue the certificate with a common name or a DNS name as well",
        check: Check::ClientFilters(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    let names = context.names();
    let Some(filters) = context.trust.filters() else { return };
    let seen = [&names.common_names, &names.organizations, &names.organizational_units, &names.dns_names];
    if filters.filters.is_empty() || seen.iter().any(|values| !values.is_empty()) {
        return;
    }
    if let Some(name) = names.other_names.first() {
        findings.add(Subject::Certificate(0), Draft::new().fact("name", name.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Name;

    use super::RULE;
    use crate::rules::testing::client_messages;
    use crate::rules::testing::client_messages_with;

    const FILTERS: &[u8] = br#"{"filters":[{"subjectAlternativeName":"spiffe://acme*"}]}"#;

    #[test]
    fn a_spiffe_certificate_is_told_when_there_are_filters() {
        let root = testkit::root("one");
        let builder = testkit::leaf_builder("worker").subject(Name::empty()).no_subject_alternative_name();
        let builder = builder.uri("spiffe://acme/worker");
        let leaf = builder.signed_by(&root);
        let found = client_messages_with(&RULE, &[&leaf], &[&root], FILTERS);
        assert!(found[0].starts_with("the client's certificate has \"spiffe://acme/worker\""), "{found:?}");
        assert!(client_messages(&RULE, &[&leaf], &[&root]).is_empty(), "without filters it gets in");
        let named = builder.clone().dns("worker.acme").signed_by(&root);
        assert!(client_messages_with(&RULE, &[&named], &[&root], FILTERS).is_empty());
        let named = builder.subject("CN=worker").signed_by(&root);
        assert!(client_messages_with(&RULE, &[&named], &[&root], FILTERS).is_empty());
    }
}
