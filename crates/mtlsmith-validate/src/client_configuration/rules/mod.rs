//! Rules about client configurations: addresses and Namespaces, keys that nobody reads, the certificate and its key, what the server
//! is trusted by, and the ways in which Kubernetes hands all of it on.

mod address_of_another_namespace;
mod address_with_scheme;
mod address_without_port;
mod api_key_beside_certificate;
mod base64_behind_path;
mod base64_in_data_setting;
mod certificate_and_key_swapped;
mod client_ca_in_secret;
mod configuration_too_large;
mod connection_with_two_credentials;
mod data_in_path_setting;
mod escaped_line_ends_in_data;
mod half_of_a_key_pair;
mod host_verification_disabled;
mod legacy_variable;
mod legacy_variable_overrides;
mod legacy_variables_alone;
mod line_not_understood;
mod long_namespace_name;
mod malformed_namespace;
mod namespace_without_account;
mod no_certificate_behind_setting;
mod no_credentials;
mod no_private_key_behind_setting;
mod not_a_namespace_endpoint;
mod nothing_configured;
mod own_ca_as_server_root;
mod path_and_data_mixed;
mod path_and_data_of_one_item;
mod path_in_data_setting;
mod paths_ignored_by_dotnet;
mod placeholder_left;
mod private_endpoint_without_server_name;
mod profile_not_found;
mod promql_endpoint_retired;
mod proxy_without_server_root;
mod referenced_file_missing;
mod referenced_file_not_here;
mod regional_endpoint_with_certificate;
mod relative_path;
mod repeated_key;
mod repeated_variable;
mod secret_of_other_type;
mod secret_rotation_without_restart;
mod secret_value_encoded_twice;
mod secret_value_not_base64;
mod secret_without_tls_keys;
mod server_name_not_a_host;
mod server_root_replaced;
mod setting_of_wrong_type;
mod switch_variable_not_boolean;
#[cfg(test)]
pub(super) mod testing;
mod tls_disabled;
mod unexpanded_path;
mod unknown_configuration_key;
mod unknown_temporal_variable;
mod unreadable_configuration;
mod unusual_port;
mod wrong_server_name;

use super::ConfigurationContext;
use super::ConfigurationFindings;
use super::reading::OddityKind;
use crate::finding::Draft;
use crate::rule::Cite;
use crate::rule::Rule;
use crate::rule::official_tool;
use crate::rule::thread;

/// In the order of the manual.
pub(crate) static RULES: &[&Rule] = &[
    &regional_endpoint_with_certificate::RULE,
    &not_a_namespace_endpoint::RULE,
    &address_without_port::RULE,
    &unusual_port::RULE,
    &address_with_scheme::RULE,
    &address_of_another_namespace::RULE,
    &placeholder_left::RULE,
    &namespace_without_account::RULE,
    &malformed_namespace::RULE,
    &long_namespace_name::RULE,
    &own_ca_as_server_root::RULE,
    &server_root_replaced::RULE,
    &unknown_configuration_key::RULE,
    &unknown_temporal_variable::RULE,
    &unreadable_configuration::RULE,
    &setting_of_wrong_type::RULE,
    &profile_not_found::RULE,
    &nothing_configured::RULE,
    &configuration_too_large::RULE,
    &repeated_variable::RULE,
    &repeated_key::RULE,
    &line_not_understood::RULE,
    &half_of_a_key_pair::RULE,
    &path_and_data_mixed::RULE,
    &referenced_file_missing::RULE,
    &referenced_file_not_here::RULE,
    &certificate_and_key_swapped::RULE,
    &no_certificate_behind_setting::RULE,
    &no_private_key_behind_setting::RULE,
    &no_credentials::RULE,
    &unexpanded_path::RULE,
    &relative_path::RULE,
    &path_and_data_of_one_item::RULE,
    &data_in_path_setting::RULE,
    &path_in_data_setting::RULE,
    &base64_in_data_setting::RULE,
    &escaped_line_ends_in_data::RULE,
    &base64_behind_path::RULE,
    &legacy_variable::RULE,
    &legacy_variable_overrides::RULE,
    &legacy_variables_alone::RULE,
    &api_key_beside_certificate::RULE,
    &connection_with_two_credentials::RULE,
    &private_endpoint_without_server_name::RULE,
    &wrong_server_name::RULE,
    &server_name_not_a_host::RULE,
    &host_verification_disabled::RULE,
    &switch_variable_not_boolean::RULE,
    &tls_disabled::RULE,
    &secret_without_tls_keys::RULE,
    &secret_of_other_type::RULE,
    &secret_value_not_base64::RULE,
    &secret_value_encoded_twice::RULE,
    &client_ca_in_secret::RULE,
    &secret_rotation_without_restart::RULE,
    &proxy_without_server_root::RULE,
    &paths_ignored_by_dotnet::RULE,
];

/// Those about other endpoints of a Namespace.
pub(crate) static NAMESPACE_RULES: &[&Rule] = &[&promql_endpoint_retired::RULE];

/// Tells what was odd in reading the text, in the rule's words where the kind of oddity is its own.
fn tell_oddities(
    context: &ConfigurationContext<'_>,
    findings: &mut ConfigurationFindings<'_>,
    words: impl Fn(&OddityKind) -> Option<Draft>,
) {
    for oddity in &context.configuration.oddities {
        if let Some(draft) = words(&oddity.kind) {
            findings.of_place(oddity.place.clone(), draft);
        }
    }
}

/// Base64, escaped line ends and paths in place of PEM have rules of their own.
fn is_told_elsewhere(content: &[u8]) -> bool {
    let text = std::str::from_utf8(content).unwrap_or_default().trim();
    // PEM has more than one line.
    let is_path =
        !text.is_empty() && text.lines().count() == 1 && text.len() < 256 && text.contains(['/', '\\']);
    text.starts_with("LS0tLS1") || text.starts_with("-----BEGIN") && text.contains("\\n") || is_path
}

/// Temporal's list of settings, by section.
const fn environment_reference(place: &'static str) -> Cite {
    Cite {
        document: "Temporal: Environment configuration",
        place,
        url: "https://docs.temporal.io/references/client-environment-configuration",
    }
}

/// Temporal's page on Namespaces.
const fn temporal_namespaces(place: &'static str) -> Cite {
    Cite { document: "Temporal Cloud: Namespaces", place, url: "https://docs.temporal.io/cloud/namespaces" }
}

/// Temporal's page on PrivateLink and Private Service Connect.
const fn connectivity(place: &'static str) -> Cite {
    Cite {
        document: "Temporal Cloud: Connectivity",
        place,
        url: "https://docs.temporal.io/cloud/connectivity",
    }
}

/// Go's loader of a certificate and its key.
const fn go_tls(place: &'static str) -> Cite {
    Cite { document: "Go standard library", place, url: "https://pkg.go.dev/crypto/tls" }
}

/// How the Go SDK and the `temporal` CLI read settings.
const GO_SDK: Cite = official_tool(
    "sdk-go contrib/envconfig",
    "https://github.com/temporalio/sdk-go/tree/main/contrib/envconfig",
);

/// How the SDKs on Temporal's Rust core read them: Python, TypeScript, .NET, Ruby, Rust.
const RUST_CORE: Cite = official_tool(
    "sdk-rust crates/common/src/envconfig.rs",
    "https://github.com/temporalio/sdk-rust/blob/main/crates/common/src/envconfig.rs",
);

/// How the `temporal` CLI reads its old variables.
const CLI: Cite = official_tool(
    "temporal CLI cliext/client.go",
    "https://github.com/temporalio/cli/blob/main/cliext/client.go",
);

/// What the worker controller demands of a Connection and its Secret.
const WORKER_CONTROLLER: Cite = official_tool(
    "temporal-worker-controller api/v1alpha1/connection_types.go",
    "https://github.com/temporalio/temporal-worker-controller/blob/main/api/v1alpha1/connection_types.go",
);

/// How the worker controller hands a Secret on to pods.
const WORKER_CONTROLLER_PODS: Cite = official_tool(
    "temporal-worker-controller internal/k8s/deployments.go",
    "https://github.com/temporalio/temporal-worker-controller/blob/main/internal/k8s/deployments.go",
);

/// What temporal-proxy demands of its upstreams.
const PROXY: Cite = official_tool(
    "temporal-proxy internal/transport/creds",
    "https://github.com/temporalio/temporal-proxy/tree/main/internal/transport/creds",
);

/// Kubernetes' page on Secrets.
const KUBERNETES_SECRETS: Cite = Cite {
    document: "Kubernetes: Secrets",
    place: "Types of Secret",
    url: "https://kubernetes.io/docs/concepts/configuration/secret/",
};

/// The samples that told users to pass their own CA as the server's, and the correction.
const SAMPLES_252: Cite = thread(
    "temporalio/samples-typescript pull request 252",
    "https://github.com/temporalio/samples-typescript/pull/252",
);

/// Temporal's sample of the wrong keys, where the Go SDK's documentation shows a file.
const GO_GUIDE: Cite = Cite {
    document: "Temporal: Go SDK, Temporal Client",
    place: "the sample of temporal.toml",
    url: "https://docs.temporal.io/develop/go/client/temporal-client",
};

/// What the Terraform provider says about the endpoint for PromQL.
const TERRAFORM_METRICS: Cite = official_tool(
    "terraform-provider-temporalcloud docs/resources/metrics_endpoint.md",
    "https://github.com/temporalio/terraform-provider-temporalcloud/blob/main/docs/resources/metrics_endpoint.md",
);
