//! `several-values-before-filter`: a filter compares a field that the client's certificate has several times.

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
    /// A filter compares a field that the client's certificate has several times.
    ///
    /// ## Why it matters
    /// Temporal's page does not say whether a filter on organization or unit wants any or all of several values. Here any of them
    /// counts; a server that reads it otherwise refuses the client.
    ///
    /// ## How to fix
    /// Issue the certificate with one organization and one unit, or filter by another field.
    pub(super) static RULE = {
        code: "EE-011",
        name: "several-values-before-filter",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Manage certificate filters: fields, not their several values")],
        message: "a filter compares the {field} of the certificate, which has {count} of them: whether one that matches is enough \
                  is not documented",
        help: "issue the next certificate with one {field}, or filter by its common name",
        check: Check::ClientFilters(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    let Some(filters) = context.trust.filters() else { return };
    for note in filters.matches(context.names()).notes {
        let (field, values) = match note {
            Undocumented::SeveralOrganizations => ("organization", &context.names().organizations),
            Undocumented::SeveralOrganizationalUnits => {
                ("organizational unit", &context.names().organizational_units)
            }
            _ => continue,
        };
        findings.add(Subject::Certificate(0), Draft::new().fact("field", field).fact("count", values.len()));
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages_with;

    fn sentences(subject: &str, filters: &str) -> Vec<String> {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").subject(subject).signed_by(&root);
        client_messages_with(&RULE, &[&leaf], &[&root], filters.as_bytes())
    }

    #[test]
    fn several_units_are_told_when_a_filter_compares_them() {
        let filters = r#"{"filters":[{"organizationalUnit":"b"}]}"#;
        assert_eq!(
            sentences("O=acme,OU=a,OU=b,CN=w", filters),
            [
                "a filter compares the organizational unit of the certificate, which has 2 of them: whether one that matches is enough is not documented"
            ]
        );
        assert!(sentences("O=acme,OU=b,CN=w", filters).is_empty());
        assert!(sentences("O=acme,OU=a,OU=b,CN=w", r#"{"filters":[{"commonName":"w"}]}"#).is_empty());
        assert!(
            sentences("O=x,O=y,CN=w", r#"{"filters":[{"organization":"x"}]}"#)[0]
                .contains("the organization of")
        );
    }
}
