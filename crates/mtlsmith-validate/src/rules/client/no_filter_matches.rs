//! `no-filter-matches`: the client's certificate passes none of the Namespace's certificate filters.

use crate::admission::ClientContext;
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
    /// The certificate passes none of the Namespace's certificate filters.
    ///
    /// ## Why it matters
    /// With filters, chaining to the bundle is not enough: every field of at least one filter has to match. The client sees
    /// "Request unauthorized." or PERMISSION_DENIED, and not which field it was.
    ///
    /// ## How to fix
    /// Issue the certificate with the field that a filter asks for, or add a filter for it.
    pub(super) static RULE = {
        code: "FLT-011",
        name: "no-filter-matches",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Manage certificate filters: a client needs to match at least one filter")],
        message: "the certificate passes no filter ({count} in all); the nearest is filter {filter}, which wants {field} \"{wanted}\" and finds {present}",
        help: "issue the certificate with {field} \"{wanted}\", or see what a filter for it would be: mtlsmith filter suggest --certs worker.pem",
        check: Check::ClientFilters(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    let Some(filters) = context.trust.filters() else { return };
    let Outcome::Refused { differences } = filters.matches(context.names()).outcome else { return };
    let fields_of =
        |filter: usize| differences.iter().filter(|difference| difference.filter == filter).count();
    let Some(nearest) =
        differences.iter().min_by_key(|difference| (fields_of(difference.filter), difference.filter))
    else {
        return;
    };
    let present = match nearest.present {
        [] => "none".to_owned(),
        [one] => format!("\"{one}\""),
        [one, others @ ..] => format!("\"{one}\" and {} more", others.len()),
    };
    let draft = Draft::new()
        .fact("count", filters.filters.len())
        .fact("filter", nearest.filter + 1)
        .fact("field", nearest.field.as_str())
        .fact("wanted", nearest.wanted.value().to_owned())
        .fact("present", present);
    findings.add(Subject::Certificate(0), draft);
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages_with;

    #[test]
    fn names_the_nearest_filter_and_the_field() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let filters =
            br#"{"filters":[{"commonName":"starter","organization":"other"},{"commonName":"starter"}]}"#;
        assert_eq!(
            client_messages_with(&RULE, &[&leaf], &[&root], filters),
            [
                "the certificate passes no filter (2 in all); the nearest is filter 2, which wants commonName \"starter\" and finds \"worker\""
            ]
        );
        let fitting = br#"{"filters":[{"commonName":"WORK*"}]}"#;
        assert!(client_messages_with(&RULE, &[&leaf], &[&root], fitting).is_empty());
    }
}
