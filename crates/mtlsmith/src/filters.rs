//! A file of certificate filters, as far as a bundle's check needs it: how many filters there are. Three shapes are taken:
//! `{"filters": [...]}` as tcld writes it, the bare array, and one filter as an object.

mod value;

use mtlsmith_validate::CertificateFilters;

use self::value::Value;
use crate::failure::Failure;
use crate::session::counted;
use crate::session::shown;

/// Counts the filters in the text of a file. Names of keys are compared without case, as Go does.
pub(crate) fn count(text: &[u8], file: &str) -> Result<CertificateFilters, Failure> {
    let file = shown(file);
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let value: Value = serde_json::from_slice(text)
        .map_err(|error| Failure::could_not_run(format!("{file} is not JSON: {error}")))?;
    let wrong = |wrong: String| Failure::could_not_run(format!("{file}: {wrong}")).hint(SHAPES);
    let (filters, spelling) = shape(&value).map_err(wrong)?;
    if filters.len() > MOST_FILTERS {
        let message = format!("{} filters, and a Namespace may have {MOST_FILTERS}", filters.len());
        return Err(Failure::could_not_run(format!("{file}: {message}"))
            .hint("one value with a star in front or at the end can stand for several"));
    }
    let mut count = 0;
    for (index, filter) in filters.iter().enumerate() {
        let filled = check_filter(filter, spelling);
        let filled = filled.map_err(|reason| wrong(format!("filter {}: {reason}", index + 1)))?;
        if filled == Filled::Somewhere {
            count += 1;
        }
    }
    Ok(if count == 0 { CertificateFilters::None } else { CertificateFilters::Present(count) })
}

/// Does the text start with a mark that other readers of JSON do not expect?
pub(crate) fn has_byte_order_mark(text: &[u8]) -> bool {
    text.starts_with(BYTE_ORDER_MARK)
}

/// Does a filter narrow anything?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filled {
    Somewhere,
    Nowhere,
}

/// How the names of fields may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// As in JSON, `commonName`: tcld reads the file.
    CamelCase,
    /// As in Terraform, `common_name`, too.
    Any,
}

fn shape(value: &Value) -> Result<(Vec<&Value>, Spelling), String> {
    let object = match value {
        Value::List(filters) => return Ok((filters.iter().collect(), Spelling::Any)),
        Value::Object(object) => object,
        _ => return Err("the top level is neither an object nor an array".to_owned()),
    };
    let Some((key, first)) = object.first() else { return Ok((Vec::new(), Spelling::Any)) };
    if object.iter().all(|(key, _)| field_of(key).is_some()) {
        return Ok((vec![value], Spelling::Any));
    }
    if let Some((unknown, _)) = object.iter().find(|(key, _)| !key.eq_ignore_ascii_case("filters")) {
        let known = ["filters"].into_iter().chain(FIELDS);
        let meant = did_you_mean(unknown, known, "filters");
        return Err(format!("unknown top-level key {}{meant}", shown_key(unknown)));
    }
    if object.len() > 1 {
        return Err("\"filters\" stands there twice".to_owned());
    }
    match first {
        Value::List(filters) => Ok((filters.iter().collect(), Spelling::CamelCase)),
        Value::Null => Ok((Vec::new(), Spelling::CamelCase)),
        _ => Err(format!("{} is no array", shown_key(key))),
    }
}

fn check_filter(filter: &Value, spelling: Spelling) -> Result<Filled, String> {
    let Value::Object(object) = filter else { return Err("it is no object".to_owned()) };
    let mut filled = Filled::Nowhere;
    let mut seen: Vec<&str> = Vec::new();
    for (key, value) in object {
        let Some(field) = field_of(key) else {
            return Err(format!("unknown key {}{}", shown_key(key), did_you_mean(key, FIELDS, "")));
        };
        if spelling == Spelling::CamelCase && key.contains('_') {
            return Err(format!("tcld passes over {}; it reads \"{field}\"", shown_key(key)));
        }
        if seen.contains(&field) {
            return Err(format!("{field} stands there twice"));
        }
        seen.push(field);
        match value {
            Value::Text(text) if !text.trim().is_empty() => {
                check_star(text).map_err(|wrong| format!("{field} {wrong}"))?;
                filled = Filled::Somewhere;
            }
            Value::Text(_) | Value::Null => {}
            _ => return Err(format!("{field} is no string")),
        }
    }
    Ok(filled)
}

/// One star may stand for any text, as the first or the last character.
fn check_star(text: &str) -> Result<(), &'static str> {
    let text = text.trim();
    let rest = text.strip_prefix('*').or_else(|| text.strip_suffix('*')).unwrap_or(text);
    match rest {
        "" => Err("is a star alone, which is not allowed"),
        rest if rest.contains('*') => Err("has a star elsewhere than once, first or last"),
        _ => Ok(()),
    }
}

/// A key as it may be repeated: a file that was named by mistake may hold anything.
fn shown_key(key: &str) -> String {
    let is_plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    match key.get(..KEY_SHOWN) {
        _ if !is_plain => format!("of {}", counted(key.chars().count(), "character")),
        Some(start) if start.len() < key.len() => format!("\"{start}…\""),
        _ => format!("\"{key}\""),
    }
}

/// The field with this name, in the camelCase of JSON or the snake_case of Terraform.
fn field_of(key: &str) -> Option<&'static str> {
    let snake = |field: &str| {
        let letters = field.chars().flat_map(|letter| {
            letter.is_ascii_uppercase().then_some('_').into_iter().chain([letter.to_ascii_lowercase()])
        });
        letters.collect::<String>()
    };
    FIELDS.into_iter().find(|field| field.eq_ignore_ascii_case(key) || snake(field).eq_ignore_ascii_case(key))
}

/// `; did you mean X?` for the nearest name, or for the usual one.
fn did_you_mean(wrong: &str, known: impl IntoIterator<Item = &'static str>, usual: &'static str) -> String {
    let nearness = |name: &str| strsim::jaro_winkler(&name.to_lowercase(), &wrong.to_lowercase());
    if wrong.len() > KEY_SHOWN {
        return String::new();
    }
    let nearest = known.into_iter().max_by(|one, other| nearness(one).total_cmp(&nearness(other)));
    match nearest.filter(|name| nearness(name) > 0.8).unwrap_or(usual) {
        "" => String::new(),
        name => format!("; did you mean \"{name}\"?"),
    }
}

const FIELDS: [&str; 4] = ["commonName", "organization", "organizationalUnit", "subjectAlternativeName"];

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The limit of Temporal Cloud.
const MOST_FILTERS: usize = 25;

/// As much of an unknown key is repeated.
const KEY_SHOWN: usize = 40;

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
            (r#"[{"commonName":"Example*"},{"ORGANIZATIONAL_UNIT":"b"}]"#, CertificateFilters::Present(2)),
            ("\u{feff}{\"filters\":[{\"commonName\":\"a\"}]}", CertificateFilters::Present(1)),
            ("{}", CertificateFilters::None),
            ("[]", CertificateFilters::None),
        ] {
            assert_eq!(counted(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn there_may_be_25_filters() {
        let filters = |count: usize| format!("[{}]", vec![r#"{"commonName":"a"}"#; count].join(","));
        assert_eq!(counted(&filters(25)), Ok(CertificateFilters::Present(25)));
        assert!(counted(&filters(26)).unwrap_err().contains("26 filters, and a Namespace may have 25"));
    }

    #[test]
    fn of_a_key_that_is_no_name_nothing_is_repeated() {
        for key in ["MHcCAQEEIHQx", "a b", "-----BEGIN PRIVATE KEY-----", "\u{1b}[2J", ""] {
            let message = counted(&serde_json::json!({ key: 1 }).to_string()).unwrap_err();
            let is_name = key == "MHcCAQEEIHQx";
            assert_eq!(message.contains(key) && !key.is_empty(), is_name, "{message}");
        }
        let message = counted(&format!(r#"{{"{}":1}}"#, "x".repeat(41))).unwrap_err();
        assert!(message.ends_with(&format!("unknown top-level key \"{}…\"", "x".repeat(40))), "{message}");
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
            (r#"{"filters":[{"commonName":"a"}],"Filters":[]}"#, r#""filters" stands there twice"#),
            (
                r#"{"filters":[{"commonName":"a","CommonName":""}]}"#,
                "filter 1: commonName stands there twice",
            ),
            (r#"[{"commonName":"a","commonName":"b"}]"#, "filter 1: commonName stands there twice"),
            (r#"[{"common_name":"a","commonName":"b"}]"#, "filter 1: commonName stands there twice"),
            (
                r#"{"filters":[{"common_name":"a"}]}"#,
                r#"filter 1: tcld passes over "common_name"; it reads "commonName""#,
            ),
            (r#"[{"com_monname":"a"}]"#, r#"filter 1: unknown key "com_monname""#),
            (r#"{"commonName":"*"}"#, "filter 1: commonName is a star alone"),
            (r#"{"commonName":"code.*.com"}"#, "commonName has a star elsewhere"),
            (r#"{"commonName":"*a*"}"#, "commonName has a star elsewhere"),
            (r#"{"commonName":"**"}"#, "commonName has a star elsewhere"),
        ] {
            let message = counted(text).unwrap_err();
            assert!(message.contains(part), "{message} does not say {part}");
        }
    }
}
