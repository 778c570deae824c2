//! What `inspect` tells about one certificate.

use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::finding::Subject;
use mtlsmith_validate::graph::Link;
use mtlsmith_validate::graph::Node;
use mtlsmith_validate::graph::Role;

use crate::Detail;
use crate::Document;
use crate::defuse;
use crate::text::layout::Standing;
use crate::text::layout::Tone;
use crate::text::layout::count;
use crate::text::layout::duration;
use crate::text::layout::list;
use crate::text::layout::wrap;

/// A labelled value.
pub(super) struct Field {
    pub(super) label: &'static str,
    pub(super) tone: Option<Tone>,
    value: Value,
}

enum Value {
    /// Words, broken at blanks.
    Text(String),
    /// A fingerprint, broken anywhere.
    Hexadecimal(String),
}

impl Field {
    fn text(label: &'static str, value: impl Into<String>) -> Self {
        Field { label, tone: None, value: Value::Text(value.into()) }
    }

    /// A value whose colour says how bad it is.
    pub(super) fn toned(tone: Tone, label: &'static str, value: impl Into<String>) -> Self {
        Field { tone: Some(tone), ..Field::text(label, value) }
    }

    fn hexadecimal(label: &'static str, value: String) -> Self {
        Field { label, tone: None, value: Value::Hexadecimal(value) }
    }

    /// The value in lines of so many columns.
    pub(super) fn lines(&self, columns: usize) -> Vec<String> {
        match &self.value {
            Value::Text(text) => wrap(text, columns.max(24)),
            Value::Hexadecimal(digits) if digits.len() <= columns => vec![digits.clone()],
            Value::Hexadecimal(digits) => {
                let (left, right) = digits.split_at_checked(digits.len().div_ceil(2)).unwrap_or((digits, ""));
                vec![left.to_owned(), right.to_owned()]
            }
        }
    }
}

/// The details of a member in the order in which they are read; few of them when little is to be said.
pub(super) fn fields(document: &Document<'_>, member: &Member, node: &Node, detail: Detail) -> Vec<Field> {
    let Some(certificate) = member.certificate() else { return unreadable(member) };
    let mut fields = vec![Field::text("key", certificate.key().to_string())];
    if detail != Detail::Quiet {
        fields.push(Field::text("signed", signed(document, certificate, node)));
        fields.push(Field::text("serial", serial(certificate.serial())));
    }
    fields.push(valid(document, certificate));
    fields.extend(works_until(document, certificate, node));
    fields.extend(copies(document, member.index));
    if !member.delivered {
        fields.push(not_seen());
    }
    if detail == Detail::Quiet {
        return fields;
    }
    fields.extend(constraints(certificate));
    fields.push(Field::text("usage", usage(certificate)));
    fields.extend(alternative_names(
        certificate,
        if detail == Detail::Verbose { NAMES_SHOWN_VERBOSE } else { NAMES_SHOWN },
    ));
    fields.extend(name_constraints(document, member, certificate));
    fields.push(Field::hexadecimal("SHA-1", certificate.sha1_hex()));
    fields.push(Field::hexadecimal("SHA-256", certificate.sha256_hex()));
    fields
}

fn unreadable(member: &Member) -> Vec<Field> {
    if member.delivered { Vec::new() } else { vec![not_seen()] }
}

fn not_seen() -> Field {
    Field::toned(Tone::Bad, "not seen", "Temporal's tools pass over it in silence")
}

fn signed(document: &Document<'_>, certificate: &Certificate, node: &Node) -> String {
    let algorithm = certificate.signature_algorithm();
    let is_copy =
        |issuer: usize| document.report.graph.node(issuer).is_some_and(|node| node.duplicate_of.is_some());
    let by = |issuers: &[usize]| {
        let originals = issuers.iter().filter(|&&issuer| !is_copy(issuer));
        let words: Vec<String> = originals.map(|issuer| (issuer + 1).to_string()).collect();
        list(&words)
    };
    match (&node.link, node.role) {
        (Link::Signed(_), Role::Root) => format!("{algorithm}, by its own key"),
        (Link::Signed(issuers), _) => format!("{algorithm}, by {}", by(issuers)),
        (Link::Unchecked(issuers), _) => {
            format!("{algorithm}; no algorithm at hand to check whether by {}", by(issuers))
        }
        (Link::WrongKey(_) | Link::Missing | Link::NotReached, _) => algorithm.to_string(),
    }
}

fn valid(document: &Document<'_>, certificate: &Certificate) -> Field {
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    let range = format!("{} to {}", not_before.date(), not_after.date());
    match Standing::of(not_before, not_after, document.report.now) {
        Standing::Left(left) => Field::text("valid", format!("{range}, {} left", duration(left))),
        Standing::Over(ago) => {
            Field::toned(Tone::Bad, "valid", format!("{range}, expired {} ago", duration(ago)))
        }
        Standing::NotYet => {
            let ahead = duration(not_before.since(document.report.now));
            Field::toned(Tone::Bad, "valid", format!("{range}, begins in {ahead}"))
        }
    }
}

/// The effective expiry, where an issuer ends before the certificate does.
fn works_until(document: &Document<'_>, certificate: &Certificate, node: &Node) -> Option<Field> {
    let expiry = node.effective_expiry.filter(|&expiry| expiry != certificate.not_after())?;
    let left = expiry.since(document.report.now);
    Some(if left > 0 {
        let text = format!("{}, {} left: no issuer lasts longer", expiry.date(), duration(left));
        Field::toned(Tone::Careful, "works until", text)
    } else {
        let text = format!("{}, {} ago: no issuer lasted longer", expiry.date(), duration(left));
        Field::toned(Tone::Bad, "works until", text)
    })
}

fn copies(document: &Document<'_>, index: usize) -> Option<Field> {
    let nodes = document.report.graph.nodes().iter().enumerate();
    let copies =
        nodes.filter(|(_, node)| node.duplicate_of == Some(index)).map(|(copy, _)| (copy + 1).to_string());
    let copies: Vec<String> = copies.collect();
    let plural = if copies.len() == 1 { "certificate" } else { "certificates" };
    (!copies.is_empty()).then(|| {
        Field::toned(Tone::Careful, "repeated", format!("byte for byte as {plural} {}", list(&copies)))
    })
}

fn constraints(certificate: &Certificate) -> Option<Field> {
    let depth = match (certificate.is_ca(), certificate.path_length()) {
        (false, _) => return None,
        (true, None) => "any number of CAs below it".to_owned(),
        (true, Some(0)) => "0: no CA below it".to_owned(),
        (true, Some(length)) => format!(
            "{length}: at most {} below it",
            count(usize::try_from(length).unwrap_or(usize::MAX), "CA")
        ),
    };
    Some(Field::text("path length", depth))
}

fn usage(certificate: &Certificate) -> String {
    let key_usage = match certificate.key_usage() {
        None => "any key usage".to_owned(),
        Some(extension) => match extension.get() {
            None => "unreadable key usage".to_owned(),
            Some(usage) => {
                let names: Vec<&str> = usage.names().collect();
                if names.is_empty() { "no key usage".to_owned() } else { names.join(", ") }
            }
        },
    };
    let purposes = match certificate.extended_key_usage() {
        None => "for any purpose".to_owned(),
        Some(extension) => match extension.get() {
            None => "for unreadable purposes".to_owned(),
            Some(usage) if usage.count == 0 => "for an empty list of purposes".to_owned(),
            Some(usage) => format!("for {}", usage.names().join(", ")),
        },
    };
    format!("{key_usage}; {purposes}")
}

fn alternative_names(certificate: &Certificate, at_most: usize) -> Option<Field> {
    let names: Vec<String> =
        certificate.subject_alternative_names().take(NAMES_COUNTED).map(|name| name.to_string()).collect();
    let shown: Vec<String> =
        names.iter().take(at_most).map(|name| defuse::shown(name, NAME_COLUMNS)).collect();
    let more = names.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| Field::text("names", format!("{}{more}", shown.join(", "))))
}

/// What the rule about them says of the constraints, which reads them; else that there are some.
fn name_constraints(document: &Document<'_>, member: &Member, certificate: &Certificate) -> Option<Field> {
    let (_, critical) = certificate.name_constraints_der()?;
    let subject = Subject::Certificate(member.index);
    let told = document
        .report
        .findings
        .iter()
        .find(|f| f.subject == subject && f.rule.name == "name-constraints-present");
    let limits = match told.and_then(|finding| finding.fact("constraints")) {
        Some(limits) => defuse::shown(&limits.to_string(), CONSTRAINTS_COLUMNS),
        None => "the names below it are limited".to_owned(),
    };
    let weak = if critical { "" } else { " (not critical)" };
    Some(Field::text("constraints", format!("{limits}{weak}")))
}

/// `5c:3e:91:…`: long serial numbers are cut, since the fingerprint identifies the certificate anyway.
fn serial(content: &[u8]) -> String {
    let octets: Vec<String> =
        content.iter().take(SERIAL_OCTETS).map(|octet| format!("{octet:02x}")).collect();
    let more = if content.len() > SERIAL_OCTETS { "…" } else { "" };
    format!("{}{more}", octets.join(":"))
}

/// RFC 5280 section 4.1.2.2 allows 20; what goes beyond is cut.
const SERIAL_OCTETS: usize = 20;

const NAMES_SHOWN: usize = 3;
const NAMES_SHOWN_VERBOSE: usize = 100;
const NAME_COLUMNS: usize = 60;
const CONSTRAINTS_COLUMNS: usize = 400;

/// Enough to say how many there are, whatever an attacker packs into one certificate.
const NAMES_COUNTED: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_that_does_not_fit_is_halved() {
        let field = Field::hexadecimal("SHA-256", "0123456789abcdef".repeat(4));
        assert_eq!(field.lines(64).len(), 1);
        assert_eq!(field.lines(63), ["0123456789abcdef".repeat(2), "0123456789abcdef".repeat(2)]);
    }

    #[test]
    fn a_serial_number_is_cut_behind_twenty_octets() {
        assert_eq!(serial(&[0x00, 0xff, 0x0a]), "00:ff:0a");
        assert!(serial(&[1; 21]).ends_with(":01…"));
    }
}
