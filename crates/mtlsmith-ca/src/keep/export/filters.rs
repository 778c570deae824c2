//! Certificate filters in the file form of `tcld namespace certificate-filters import`.

use mtlsmith_validate::filters::Field;
use mtlsmith_validate::filters::Filter;
use serde::Serialize;

use super::ExportError;

/// The file: one object with the list `filters`; a field that is not set is left out.
///
/// # Errors
/// When a filter is empty or comes twice: the tools refuse both.
pub fn tcld_filters(filters: &[Filter]) -> Result<String, ExportError> {
    check(filters)?;
    let file = File { filters: filters.iter().map(CamelCase::of).collect() };
    // Text always becomes JSON.
    let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
    text.push('\n');
    Ok(text)
}

pub(super) fn check(filters: &[Filter]) -> Result<(), ExportError> {
    if filters.iter().any(|filter| CamelCase::of(filter) == CamelCase::default()) {
        return Err(ExportError::value(
            "list of filters",
            "has a filter without any field, which would mean nothing",
        ));
    }
    let twice = |(index, filter): (usize, &Filter)| {
        filters.iter().take(index).any(|earlier| CamelCase::of(earlier) == CamelCase::of(filter))
    };
    if filters.iter().enumerate().any(twice) {
        return Err(ExportError::value("list of filters", "has the same filter twice"));
    }
    Ok(())
}

/// The text of one field, when it is set and says something.
pub(super) fn field(filter: &Filter, field: Field) -> Option<&str> {
    filter.field(field).map(|pattern| pattern.value()).filter(|value| !value.is_empty())
}

#[derive(Serialize)]
struct File<'a> {
    filters: Vec<CamelCase<'a>>,
}

#[derive(Serialize, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
struct CamelCase<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    common_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organizational_unit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_alternative_name: Option<&'a str>,
}

impl<'a> CamelCase<'a> {
    fn of(filter: &'a Filter) -> Self {
        CamelCase {
            common_name: field(filter, Field::CommonName),
            organization: field(filter, Field::Organization),
            organizational_unit: field(filter, Field::OrganizationalUnit),
            subject_alternative_name: field(filter, Field::SubjectAlternativeName),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mtlsmith_validate::filters::FilterSet;

    #[test]
    fn what_is_written_is_read_as_the_same_filters() {
        let filters = [
            Filter::default().with(Field::CommonName, "worker-*").with(Field::OrganizationalUnit, "or\"ders"),
            Filter::default().with(Field::SubjectAlternativeName, "*.orders.acme.internal"),
        ];
        let text = tcld_filters(&filters).unwrap();
        let (set, findings) = FilterSet::read(text.as_bytes());
        assert_eq!(set.filters, filters);
        assert!(findings.is_empty(), "{text}");
    }

    #[test]
    fn what_the_tools_refuse_is_refused() {
        let one = Filter::default().with(Field::CommonName, "a");
        assert!(tcld_filters(&[one.clone(), one.clone()]).is_err());
        assert!(tcld_filters(&[Filter::default()]).is_err());
        assert!(tcld_filters(&[Filter::default().with(Field::CommonName, "")]).is_err());
        assert!(tcld_filters(&[one]).is_ok());
    }
}
