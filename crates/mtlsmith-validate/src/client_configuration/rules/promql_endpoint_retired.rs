//! `promql-endpoint-retired`: a URL is that of the endpoint for PromQL, which Temporal Cloud turns off.

use super::TERRAFORM_METRICS;
use crate::client_configuration::ConfigurationContext;
use crate::client_configuration::ConfigurationFindings;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

rule! {
    /// A URL is that of the endpoint for PromQL, which Temporal Cloud turns off.
    ///
    /// ## Why it matters
    /// The endpoint under tmprl.cloud/prometheus, with its own CA bundle of the account, is deprecated since 2026-04-02 and is
    /// turned off on 2026-10-05. Dashboards and alerts behind it fall silent.
    ///
    /// ## How to fix
    /// Move to the OpenMetrics endpoint, which takes API keys.
    pub(super) static RULE = {
        code: "NS-004",
        name: "promql-endpoint-retired",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[TERRAFORM_METRICS],
        message: "this is the endpoint for PromQL, which Temporal Cloud turns off on 2026-10-05",
        help: "move to the OpenMetrics endpoint",
        check: Check::Configuration(check),
    }
}

fn check(context: &ConfigurationContext<'_>, findings: &mut ConfigurationFindings<'_>) {
    for place in &context.configuration.promql {
        findings.of_place(Some(place.clone()), Draft::new());
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::client_configuration::rules::testing::messages;

    #[test]
    fn the_old_endpoint_is_flagged() {
        let text = "TEMPORAL_ADDRESS=a:1\nPROMETHEUS=https://a1b2c.tmprl.cloud/prometheus/api/v1\n";
        assert_eq!(messages(&RULE, text).len(), 1);
    }

    #[test]
    fn other_endpoints_pass() {
        assert!(messages(&RULE, "PROMETHEUS=https://metrics.temporal.io/v1/metrics\n").is_empty());
    }
}
