//! A file of certificate filters, as far as a bundle's check needs it: how many filters there are. Three shapes are taken:
//! `{"filters": [...]}` as tcld writes it, the bare array, and one filter as an object.

use mtlsmith_validate::CertificateFilters;
use serde_json::Map;
use serde_json::Value;

use crate::failure::Failure;

/// Counts the filters in the text of a file. Names of keys are compared without case, as Go does.
pub(crate) fn count(text: &[u8], file: &str) -> Result<CertificateFilters, Failure> {
    let value: Value = serde_json::from_slice(text)
        .map_err(|error| Failure::could_not_run(format!("{file} is not JSON: {error}")))?;
    let shape = shape(&value);
    let filters = shape.map_err(|wrong| Failure::could_not_run(format!("{file}: {wrong}")).hint(SHAPES))?;
    let mut count = 0;
    for (index, filter) in filters.iter().enumerate() {
        let filled = check_filter(filter).map_err(|wrong| {
            Failure::could_not_run(format!("{file}: filter {}: {wrong}", index + 1)).hint(SHAPES)
        })?;
        if filled == Filled::Somewhere {
            count += 1;
        }
    }
    Ok(if count == 0 { CertificateFilters::None } else { CertificateFilters::Present(count) })
}

/// Does a filter narrow anything?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filled {
    Somewhere,
    Nowhere,
}

fn shape(value: &Value) -> Result<Vec<&Value>, String> {
    let object = match value {
        Value::Array(filters) => return Ok(filters.iter().collect()),
        Value::Object(object) => object,
        _ => return Err("the top level is neither an object nor an array".to_owned()),
    };
    let Some((key, first)) = object.iter().next() else { return Ok(Vec::new()) };
    if object.keys().all(|key| field_of(key).is_some()) {
        return Ok(vec![value]);
    }
    if let Some(unknown) = object.keys().find(|key| !key.eq_ignore_ascii_case("filters")) {
        let known = ["filters"].into_iter().chain(FIELDS);
        return Err(format!("unknown top-level key {unknown:?}{}", did_you_mean(unknown, known, "filters")));
    }
    match first {
        Value::Array(filters) => Ok(filters.iter().collect()),
        Value::Null => Ok(Vec::new()),
        _ => Err(format!("{key:?} is no array")),
    }
}

fn check_filter(filter: &Value) -> Result<Filled, String> {
    let object: &Map<String, Value> = filter.as_object().ok_or("it is no object")?;
    let mut filled = Filled::Nowhere;
    for (key, value) in object {
        let Some(field) = field_of(key) else {
            return Err(format!("unknown key {key:?}{}", did_you_mean(key, FIELDS, "")));
        };
        match value {
            Value::String(text) if !text.trim().is_empty() => filled = Filled::Somewhere,
            Value::String(_) | Value::Null => {}
            _ => return Err(format!("{field} is no string")),
        }
    }
    Ok(filled)
}

/// The field with this name, in the camelCase of JSON or the snake_case of Terraform.
fn field_of(key: &str) -> Option<&'static str> {
    let plain = key.replace('_', "");
    FIELDS.into_iter().find(|field| field.eq_ignore_ascii_case(&plain))
}

/// `; did you mean X?` for the nearest name, or for the usual one.
fn did_you_mean(wrong: &str, known: impl IntoIterator<Item = &'static str>, usual: &'static str) -> String {
    let nearness = |name: &str| strsim::jaro_winkler(&name.to_lowercase(), &wrong.to_lowercase());
    let nearest = known.into_iter().max_by(|one, other| nearness(one).total_cmp(&nearness(other)));
    match nearest.filter(|name| nearness(name) > 0.8).unwrap_or(usual) {
        "" => String::new(),
        name => format!("; did you mean {name:?}?"),
    }
}

const FIELDS: [&str; 4] = ["commonName", "organization", "organizationalUnit", "subjectAlternativeName"];

const SHAPES: &str = "the shape is {\"filters\": [{\"commonName\": \"...\"}]}; a filter may have commonName, organization, \
                      organizationalUnit and subjectAlternativeName";

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(text: &str) -> Result<CertificateFilters, String> {
        count(text.as_bytes(), "filters.json").map_err(|failure| match failure {
            Failure::Said { message, .. } => message,
            Failure::BrokenPipe => String::new(),
        })
    }

    #[test]
    fn three_shapes_are_counted() {
        for (text, expected) in [
            (r#"{"filters":[{"commonName":"a"},{"organization":"b"}]}"#, CertificateFilters::Present(2)),
            (r#"{"Filters":[{"COMMONNAME":"a"}]}"#, CertificateFilters::Present(1)),
            (r#"[{"common_name":"a"}]"#, CertificateFilters::Present(1)),
            (r#"{"subjectAlternativeName":"*.acme"}"#, CertificateFilters::Present(1)),
            (r#"{"filters":[]}"#, CertificateFilters::None),
            (r#"{"filters":null}"#, CertificateFilters::None),
            (r#"{"filters":[{"commonName":" ","organization":""}]}"#, CertificateFilters::None),
            ("{}", CertificateFilters::None),
            ("[]", CertificateFilters::None),
        ] {
            assert_eq!(counted(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn everything_else_is_named() {
        for (text, part) in [
            ("-----BEGIN", "filters.json is not JSON"),
            ("7", "the top level is neither an object nor an array"),
            (r#"{"filter":[]}"#, r#"unknown top-level key "filter"; did you mean "filters"?"#),
            (r#"{"xyz":[]}"#, r#"unknown top-level key "xyz"; did you mean "filters"?"#),
            (r#"{"comonName":"a"}"#, r#"unknown top-level key "comonName"; did you mean "commonName"?"#),
            (r#"{"filters":[],"more":1}"#, r#"unknown top-level key "more""#),
            (r#"{"filters":{}}"#, r#""filters" is no array"#),
            (r#"[{"comonName":"a"}]"#, r#"filter 1: unknown key "comonName"; did you mean "commonName"?"#),
            (r#"[{"commonName":"a"}, 7]"#, "filter 2: it is no object"),
            (r#"[{"commonName":7}]"#, "filter 1: commonName is no string"),
        ] {
            let message = counted(text).unwrap_err();
            assert!(message.contains(part), "{message} does not say {part}");
        }
    }
}
