//! `passes-by-organization-alone`: the client passes by an organization that nobody has verified.

use crate::admission::ClientContext;
use crate::admission::Place;
use crate::filters::Field;
use crate::filters::Outcome;
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
    /// The client passes by an organization that nobody has verified.
    ///
    /// ## Why it matters
    /// Below a public CA anybody can buy a certificate, and not every kind of it has its organization verified. A filter that asks
    /// for organization or unit alone lets strangers in.
    ///
    /// ## How to fix
    /// Filter by common name or DNS name, or use a CA of your own.
    pub(super) static RULE = {
        code: "FLT-110",
        name: "passes-by-organization-alone",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Manage certificate filters")],
        message: "filter {filter} compares organization or unit alone, and the chain hangs on the public CA \"{ca}\", which need \
                  not verify them",
        help: "let filter {filter} compare the common name or a DNS name as well",
        check: Check::ClientPath(check),
    }
}

fn check(context: &ClientContext<'_>, path: &[Place], findings: &mut Findings<'_>) {
    let Some(filters) = context.trust.filters() else { return };
    let Outcome::Admitted { filter, by } = filters.matches(context.names()).outcome else { return };
    if by.iter().any(|met| !matches!(met.field, Field::Organization | Field::OrganizationalUnit)) {
        return;
    }
    let well_known = context.profile().well_known;
    let mut certificates = path.iter().filter_map(|place| context.certificate(*place));
    if let Some(ca) = certificates.find(|certificate| well_known.with_key_of(certificate).is_some()) {
        let draft = Draft::new().fact("filter", filter + 1).fact("ca", ca.subject().to_string());
        findings.add(Subject::Certificate(0), draft);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::admission::NamespaceTrust;
    use crate::filters::FilterSet;
    use crate::rules::testing::client_report;
    use crate::rules::testing::profile;
    use crate::rules::testing::said;
    use crate::well_known::WellKnown;

    fn sentences(public: &[&[u8]], filters: &str) -> Vec<String> {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let report = client_report(leaf.pem(), &[&root], |check| {
            let mut profile = profile().clone();
            profile.well_known = WellKnown::of(public);
            let filters = FilterSet::read(filters.as_bytes()).0;
            check.trust = Arc::new(NamespaceTrust::read(root.pem().as_bytes(), Some(filters), &profile));
        });
        said(&RULE, &report)
    }

    #[test]
    fn an_organization_below_a_public_ca_is_told() {
        let root = testkit::root("one");
        let by_organization = r#"{"filters":[{"commonName":"other"},{"organization":"acme"}]}"#;
        let found = sentences(&[root.der()], by_organization);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with(
            "filter 2 compares organization or unit alone, and the chain hangs on the public CA"
        ));
        assert!(sentences(&[], by_organization).is_empty(), "the CA is nobody else's");
        assert!(
            sentences(&[root.der()], r#"{"filters":[{"organization":"acme","commonName":"worker"}]}"#)
                .is_empty()
        );
        assert!(sentences(&[root.der()], r#"{"filters":[{"organization":"other"}]}"#).is_empty());
    }
}
