//! From a text to filters, in every shape the official tools hold them, and what in the text those tools read otherwise.

use super::filter::Filter;
use super::filter::FilterSet;
use super::filter::Shape;
use super::json;
use super::json::Kind;
use super::json::Member;
use super::json::Value;
use super::pattern::Field;
use super::spelling::Spelling;

/// What the text says beyond the filters themselves.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// Was there a text at all?
    pub(crate) is_text: bool,
    /// Why the text is no JSON.
    pub(crate) fault: Option<json::Fault>,
    /// What the official tools drop, refuse or read in different ways.
    pub(crate) oddities: Vec<Oddity>,
    /// The line of each field of each filter.
    field_lines: Vec<[Option<usize>; 4]>,
}

impl Reading {
    pub(super) fn line_of(&self, filter: usize, field: Field) -> Option<usize> {
        let lines = self.field_lines.get(filter)?;
        Field::ALL.iter().zip(lines).find(|(own, _)| **own == field).and_then(|(_, line)| *line)
    }
}

/// Something that one tool or another reads otherwise than it looks.
#[derive(Debug)]
pub(crate) struct Oddity {
    pub(crate) line: usize,
    pub(crate) filter: Option<usize>,
    pub(crate) kind: OddityKind,
}

/// What it is.
#[derive(Debug)]
pub(crate) enum OddityKind {
    /// The document has no key under which filters are looked for; what it has instead.
    NoFilters { found: String },
    /// A field that no tool, or not the one for this shape, knows; and the key that was perhaps meant.
    Unknown { key: String, meant: Option<&'static str> },
    /// A field in a case that tcld reads and the others do not.
    OtherCase { key: String, meant: &'static str },
    /// A value of another type than text, or a filter that is no object.
    NotText { what: String, found: &'static str },
    /// A key that stands again in the same object.
    Repeated { key: String },
}

/// Reads a text; always answers.
pub(super) fn read(text: &[u8]) -> (FilterSet, Reading) {
    let mut set = FilterSet { shape: Shape::Unknown, ..FilterSet::default() };
    let mut reading = Reading { is_text: true, ..Reading::default() };
    match json::read(text) {
        Err(fault) => reading.fault = Some(fault),
        Ok(document) => {
            let mut reader = Reader { set: &mut set, reading: &mut reading };
            reader.document(&document);
        }
    }
    (set, reading)
}

struct Reader<'a> {
    set: &'a mut FilterSet,
    reading: &'a mut Reading,
}

impl Reader<'_> {
    fn odd(&mut self, line: usize, filter: Option<usize>, kind: OddityKind) {
        self.reading.oddities.push(Oddity { line, filter, kind });
    }

    fn document(&mut self, document: &Value) {
        match &document.kind {
            Kind::Array(_) => self.list(Shape::BareArray, document),
            Kind::Object(members) => self.object(members, document),
            other => {
                let found = noun(other).to_owned();
                self.odd(document.place.line, None, OddityKind::NoFilters { found });
            }
        }
    }

    fn object(&mut self, members: &[Member], document: &Value) {
        let spec = last(members, &["spec"]).and_then(fields_of).unwrap_or(members);
        let of_spec = last(spec, &["mtlsAuth", "mtls_auth"]).and_then(fields_of);
        let listed = of_spec.and_then(|auth| last(auth, &["certificateFilters", "certificate_filters"]));
        if let Some(list) = last_in_any_case(members, "filters") {
            self.repeated_lists(members, "filters");
            self.list(Shape::Tcld, list);
        } else if let Some(list) = listed {
            self.list(Shape::NamespaceSpec, list);
        } else if of_spec.is_some() {
            self.set.shape = Shape::NamespaceSpec;
        } else if let Some(list) = last(members, &["certificate_filters"]) {
            self.repeated_lists(members, "certificate_filters");
            self.list(Shape::Terraform, list);
        } else if let Some(list) = last(members, &["certificateFilters"]) {
            self.repeated_lists(members, "certificateFilters");
            let found = "`certificateFilters` at the top".to_owned();
            self.odd(document.place.line, None, OddityKind::NoFilters { found });
            self.list(Shape::CloudApiFragment, list);
        } else if members.is_empty() {
            self.set.shape = Shape::Tcld; // what tcld writes for a set without filters
        } else if members.iter().any(|member| Spelling::of(&member.key).is_some()) {
            self.set.shape = Shape::OneFilter;
            self.filter(document);
        } else {
            self.odd(document.place.line, None, OddityKind::NoFilters { found: keys(members) });
        }
    }

    fn repeated_lists(&mut self, members: &[Member], key: &str) {
        for member in members.iter().filter(|member| member.key.eq_ignore_ascii_case(key)).skip(1) {
            self.odd(member.place.line, None, OddityKind::Repeated { key: member.key.clone() });
        }
    }

    fn list(&mut self, shape: Shape, list: &Value) {
        self.set.shape = shape;
        match &list.kind {
            Kind::Array(items) => items.iter().for_each(|item| self.filter(item)),
            Kind::Null => {}
            other => {
                let what = "the list of filters".to_owned();
                self.odd(list.place.line, None, OddityKind::NotText { what, found: noun(other) });
            }
        }
    }

    fn filter(&mut self, item: &Value) {
        let index = self.set.filters.len();
        let mut filter = Filter::default();
        let mut lines = [None; 4];
        match &item.kind {
            Kind::Object(members) => {
                for (place, member) in members.iter().enumerate() {
                    let before = members.get(..place).unwrap_or_default();
                    filter = self.field(index, filter, member, before, &mut lines);
                }
            }
            Kind::Null => {} // Go reads a filter without fields
            other => {
                let what = "the filter itself".to_owned();
                self.odd(item.place.line, Some(index), OddityKind::NotText { what, found: noun(other) });
            }
        }
        self.set.filters.push(filter);
        self.set.lines.push(item.place.line);
        self.reading.field_lines.push(lines);
    }

    fn field(
        &mut self,
        index: usize,
        filter: Filter,
        member: &Member,
        before: &[Member],
        lines: &mut [Option<usize>; 4],
    ) -> Filter {
        let key = member.key.clone();
        let line = member.place.line;
        let spelling = Spelling::of(&key);
        let reader = self.set.shape;
        let meant = spelling.map(|spelling| match reader {
            Shape::Terraform => spelling.field.snake_case(),
            _ => spelling.field.as_str(),
        });
        let Some(spelling) = spelling.filter(|spelling| spelling.is_read_in(reader)) else {
            self.odd(line, Some(index), OddityKind::Unknown { key, meant });
            return filter;
        };
        let same = |other: &Member| {
            let other = Spelling::of(&other.key);
            other.is_some_and(|other| other.field == spelling.field && other.is_read_in(reader))
        };
        if before.iter().rev().take(REPEATS_SOUGHT).any(same) {
            self.odd(line, Some(index), OddityKind::Repeated { key: key.clone() });
        }
        if let Some(meant) = meant.filter(|_| spelling.is_other_case()) {
            self.odd(line, Some(index), OddityKind::OtherCase { key: key.clone(), meant });
        }
        if let Some((_, own)) = Field::ALL.iter().zip(lines).find(|(field, _)| **field == spelling.field) {
            *own = Some(line);
        }
        match &member.value.kind {
            Kind::Text(text) => filter.with(spelling.field, text.as_str()),
            Kind::Null => filter,
            other => {
                self.odd(line, Some(index), OddityKind::NotText { what: key, found: noun(other) });
                filter
            }
        }
    }
}

/// Keys of one filter that are looked back at for one that stands twice; a filter has four.
const REPEATS_SOUGHT: usize = 64;

/// Keys named when a document has none of the right ones.
const KEYS_NAMED: usize = 4;

fn last<'a>(members: &'a [Member], keys: &[&str]) -> Option<&'a Value> {
    members.iter().rev().find(|member| keys.contains(&member.key.as_str())).map(|member| &member.value)
}

fn last_in_any_case<'a>(members: &'a [Member], key: &str) -> Option<&'a Value> {
    members.iter().rev().find(|member| member.key.eq_ignore_ascii_case(key)).map(|member| &member.value)
}

fn fields_of(value: &Value) -> Option<&[Member]> {
    match &value.kind {
        Kind::Object(members) => Some(members),
        _ => None,
    }
}

fn keys(members: &[Member]) -> String {
    let named: Vec<String> =
        members.iter().take(KEYS_NAMED).map(|member| format!("`{}`", member.key)).collect();
    let more = if members.len() > KEYS_NAMED { " and more" } else { "" };
    format!("{}{more}", named.join(", "))
}

fn noun(kind: &Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Boolean => "true or false",
        Kind::Number => "a number",
        Kind::Text(_) => "a text",
        Kind::Array(_) => "an array",
        Kind::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
