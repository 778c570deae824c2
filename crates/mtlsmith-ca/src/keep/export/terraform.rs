//! Variables for the resource `temporalcloud_namespace` of Terraform, as `*.auto.tfvars.json`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::filters::Filter;
use serde::Serialize;

use super::ExportError;
use super::filters;

/// The bundle as base64 of its PEM text, and the filters. An empty list is left out, since the provider refuses it.
///
/// # Errors
/// When the bundle is empty, or a filter is empty or comes twice.
pub fn terraform_variables(bundle_pem: &[u8], filters: &[Filter]) -> Result<String, ExportError> {
    if bundle_pem.is_empty() {
        return Err(ExportError::value("bundle", "is empty"));
    }
    filters::check(filters)?;
    let variables = Variables {
        accepted_client_ca: STANDARD.encode(bundle_pem),
        certificate_filters: filters.iter().map(SnakeCase::of).collect(),
    };
    // Text always becomes JSON.
    let mut text = serde_json::to_string_pretty(&variables).unwrap_or_default();
    text.push('\n');
    Ok(text)
}

#[derive(Serialize)]
struct Variables<'a> {
    accepted_client_ca: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    certificate_filters: Vec<SnakeCase<'a>>,
}

#[derive(Serialize)]
struct SnakeCase<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    common_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organizational_unit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_alternative_name: Option<&'a str>,
}

impl<'a> SnakeCase<'a> {
    fn of(filter: &'a Filter) -> Self {
        SnakeCase {
            common_name: filters::field(filter, Field::CommonName),
            organization: filters::field(filter, Field::Organization),
            organizational_unit: filters::field(filter, Field::OrganizationalUnit),
            subject_alternative_name: filters::field(filter, Field::SubjectAlternativeName),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_are_called_as_the_resource_calls_them() {
        let filters = [Filter::default().with(Field::OrganizationalUnit, "orders")];
        let text = terraform_variables(b"PEM\n", &filters).unwrap();
        let expected = "{\n  \"accepted_client_ca\": \"UEVNCg==\",\n  \"certificate_filters\": [\n    {\n      \
             \"organizational_unit\": \"orders\"\n    }\n  ]\n}\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn no_filter_means_no_list() {
        assert!(!terraform_variables(b"PEM\n", &[]).unwrap().contains("certificate_filters"));
        assert!(terraform_variables(b"", &[]).is_err());
    }
}
