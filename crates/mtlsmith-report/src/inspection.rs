//! What is in a client's file: its certificates as a tree, the names that filters compare, and its keys as far as anybody may see them.

use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::filters::CertificateNames;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::private_key::PrivateKey;
use mtlsmith_validate::private_key::PrivateKeyFile;

use crate::Document;
use crate::Style;
use crate::client::shortened;
use crate::html;
use crate::keys::SDKS;
use crate::keys::loads;
use crate::keys::public_key_sha256;
use crate::text::layout::Tone;
use crate::text::layout::count;
use crate::text::layout::paint;
use crate::text::table;
use crate::text::table::Cell;
use crate::text::table::Column;
use crate::text::table::Row;
use crate::tree;

/// For people at a terminal.
pub fn text(document: &Document<'_>, keys: &PrivateKeyFile, style: &Style) -> String {
    let mut text = tree::render_chain(document, style);
    let names = names(document);
    if !names.is_empty() {
        let rows: Vec<Row> = names.iter().map(|(field, values)| pair(field, values, None)).collect();
        text.push('\n');
        text.push_str(&table::render(&columns("certificate 1", "as filters see it"), &rows, style));
    }
    for (index, key) in keys.keys().iter().enumerate() {
        let heading = heading(keys, index, key);
        text.push_str(&format!("\n{}\n", paint(style, Tone::Strong, &heading)));
        for (name, value) in facts(document, key) {
            // A fingerprint has the line to itself, so that it is whole on a narrow terminal.
            let gap = if value.len() > NAME_AND_VALUE { "\n  " } else { " " };
            text.push_str(&format!("  {}{gap}{value}\n", paint(style, Tone::Faint, name)));
        }
        text.push('\n');
        let load = SDKS.iter().zip(loads(key, keys.is_pem()));
        let rows: Vec<Row> = load
            .map(|(sdk, loads)| {
                let words = loads.in_words();
                let tone = if words.starts_with("yes") { Tone::Good } else { Tone::Bad };
                pair(sdk, &words, Some(tone))
            })
            .collect();
        text.push_str(&table::render(&columns("who", "loads it"), &rows, style));
    }
    text
}

/// One self-contained page.
pub fn html(document: &Document<'_>, keys: &PrivateKeyFile) -> String {
    let mut more = String::new();
    let names = names(document);
    if !names.is_empty() {
        more.push_str("<h2>Certificate 1 as filters see it</h2>\n");
        write_pairs(&mut more, names.iter().map(|(field, values)| (*field, values.clone())));
    }
    for (index, key) in keys.keys().iter().enumerate() {
        more.push_str(&format!("<h2>{}</h2>\n", html::escaped(&heading(keys, index, key))));
        let loaded = SDKS.iter().zip(loads(key, keys.is_pem()));
        let loaded = loaded.map(|(sdk, loads)| (*sdk, loads.in_words()));
        write_pairs(&mut more, facts(document, key).into_iter().chain(loaded));
    }
    html::inspection(document, &more)
}

fn write_pairs<'a>(page: &mut String, pairs: impl Iterator<Item = (&'a str, String)>) {
    page.push_str("<table>\n<tbody>\n");
    for (name, value) in pairs {
        let value = html::escaped(&value);
        page.push_str(&format!(
            "<tr><td class=\"quiet\">{name}</td><td class=\"value\"><bdi>{value}</bdi></td></tr>\n"
        ));
    }
    page.push_str("</tbody>\n</table>\n");
}

/// `private key: P-256, PKCS#8`, with its number where there are several.
fn heading(keys: &PrivateKeyFile, index: usize, key: &PrivateKey) -> String {
    let kind = key.kind().map_or_else(|| "kind not to be seen".to_owned(), ToString::to_string);
    let number = if keys.keys().len() > 1 { format!(" {}", index + 1) } else { String::new() };
    let envelope = if keys.is_pem() { "PEM" } else { "DER" };
    format!("private key{number}: {kind}, {}, {envelope}", key.form().as_str())
}

fn facts(document: &Document<'_>, key: &PrivateKey) -> Vec<(&'static str, String)> {
    let public = public_key_sha256(key).unwrap_or_else(|| "not to be seen".to_owned());
    let mut facts = vec![("SHA-256 of the public half:", public)];
    if let Some(info) = key.public_key_info() {
        let has_it = |member: &&Member| {
            member.certificate().is_some_and(|certificate| certificate.subject_public_key_info() == info)
        };
        let owners = document.report.bundle.members.iter().filter(has_it);
        let owners: Vec<String> = owners.map(|member| format!("certificate {}", member.number())).collect();
        if !document.report.bundle.members.is_empty() {
            let belongs =
                if owners.is_empty() { "no certificate of this file".to_owned() } else { owners.join(", ") };
            facts.push(("belongs to:", belongs));
        }
    }
    facts
}

/// The values of the first certificate by the field of a filter.
fn names(document: &Document<'_>) -> Vec<(&'static str, String)> {
    let Some(certificate) = document.report.bundle.certificate(0).filter(|certificate| !certificate.is_ca())
    else {
        return Vec::new();
    };
    let names = CertificateNames::of(certificate);
    let fields =
        [Field::CommonName, Field::Organization, Field::OrganizationalUnit, Field::SubjectAlternativeName];
    let told = fields.map(|field| {
        let values = names.present(field);
        let shown: Vec<String> =
            values.iter().take(VALUES_SHOWN).map(|value| format!("\"{}\"", shortened(value))).collect();
        let more = values.len().saturating_sub(VALUES_SHOWN);
        let more = if more > 0 { format!(" and {}", count(more, "other")) } else { String::new() };
        let words = if shown.is_empty() { "none".to_owned() } else { shown.join(", ") + &more };
        (field.as_str(), words)
    });
    told.into()
}

fn pair(name: &str, value: &str, tone: Option<Tone>) -> Row {
    let value = tone.map_or_else(|| Cell::of(value), |tone| Cell::of(value).toned(tone));
    Row { cells: vec![Cell::of(name).toned(Tone::Faint), value], below: None }
}

fn columns(first: &'static str, second: &'static str) -> [Column; 2] {
    [Column { heading: first, at_least: None }, Column { heading: second, at_least: Some(24) }]
}

/// A longer value has a line to itself.
const NAME_AND_VALUE: usize = 56;

/// Names of one kind that are told.
const VALUES_SHOWN: usize = 8;
