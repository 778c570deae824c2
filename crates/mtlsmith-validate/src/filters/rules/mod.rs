//! Rules about certificate filters: the text they stand in, each filter, and the set as a whole.

mod alternative_name_not_dns;
mod blank_filter_field;
mod blanks_around_filter_value;
mod covered_filter;
mod duplicate_filter;
mod duplicate_filter_but_for_case;
mod filter_field_in_other_case;
mod filter_value_not_text;
mod filter_value_too_long;
mod filter_without_fields;
mod filters_for_one_tool;
mod filters_not_json;
mod leading_dot_wildcard;
mod misplaced_wildcard;
mod no_filters;
mod no_filters_found;
mod non_ascii_filter_value;
mod overly_broad_filter;
mod repeated_filter_field;
#[cfg(test)]
mod testing;
mod too_many_filters;
mod unknown_filter_field;

use crate::rule::Cite;
use crate::rule::Rule;
use crate::rule::official_tool;

/// In the order of the manual.
pub(crate) static RULES: &[&Rule] = &[
    &too_many_filters::RULE,
    &filter_without_fields::RULE,
    &unknown_filter_field::RULE,
    &no_filters_found::RULE,
    &filters_not_json::RULE,
    &filter_value_not_text::RULE,
    &repeated_filter_field::RULE,
    &filter_field_in_other_case::RULE,
    &filters_for_one_tool::RULE,
    &misplaced_wildcard::RULE,
    &leading_dot_wildcard::RULE,
    &blanks_around_filter_value::RULE,
    &blank_filter_field::RULE,
    &duplicate_filter::RULE,
    &duplicate_filter_but_for_case::RULE,
    &covered_filter::RULE,
    &overly_broad_filter::RULE,
    &alternative_name_not_dns::RULE,
    &non_ascii_filter_value::RULE,
    &filter_value_too_long::RULE,
    &no_filters::RULE,
];

/// How tcld reads and checks filters.
const TCLD: Cite =
    official_tool("tcld app/cafilters.go", "https://github.com/temporalio/tcld/blob/main/app/cafilters.go");

/// How cloud-cli reads filters.
const CLOUD_CLI: Cite = official_tool(
    "cloud-cli internal/namespace",
    "https://github.com/temporalio/cloud-cli/tree/main/internal/namespace",
);

/// What the Cloud API says about a filter.
const CLOUD_API: Cite = official_tool(
    "cloud-api namespace/v1/message.proto: CertificateFilterSpec",
    "https://github.com/temporalio/cloud-api/blob/main/temporal/api/cloud/namespace/v1/message.proto",
);

/// Filters that are compared with each other; a set may have 25, and a longer list is refused for its length.
const COMPARED: usize = 400;

#[cfg(test)]
mod tests {
    use super::testing::findings;

    #[test]
    fn the_file_that_temporal_documents_has_no_finding() {
        let text = r#"{ "filters": [ { "commonName": "worker-*", "organizationalUnit": "orders" },
            { "subjectAlternativeName": "*.orders.acme.internal" } ] }"#;
        for rule in super::RULES {
            assert!(findings(rule, text).is_empty(), "{}", rule.code);
        }
    }
}
