//! What was minted, and where it lies.

use mtlsmith_validate::time::Timestamp;

use super::columns;
use super::layout::Tone;
use super::layout::duration;
use super::layout::pad;
use super::layout::paint;
use super::layout::wrap;
use crate::Detail;
use crate::Style;
use crate::defuse;

/// A certificate that was minted.
#[derive(Debug, Clone, Copy)]
pub struct Minted<'a> {
    /// What it is, such as `client certificate`.
    pub what: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// Its key, such as `P-256`.
    pub key: &'a str,
    /// The subject of the CA that issued it; `None` when that is itself.
    pub issuer: Option<&'a str>,
    /// Until when it works.
    pub until: Timestamp,
    /// When it was minted.
    pub now: Timestamp,
    /// What lies where: a label and a text.
    pub rows: &'a [(&'a str, String)],
}

/// For people at a terminal; for a quiet user nothing but where it lies.
pub fn render(minted: &Minted<'_>, style: &Style) -> String {
    let label_columns = minted.rows.iter().map(|(label, _)| defuse::width(label)).max().unwrap_or(0);
    if style.detail == Detail::Quiet {
        return minted
            .rows
            .iter()
            .take(1)
            .map(|(_, text)| format!("{}\n", defuse::for_terminal(text)))
            .collect();
    }
    let subject = defuse::for_terminal(minted.subject);
    let left = duration(minted.until.since(minted.now));
    let below =
        minted.issuer.map(|issuer| format!(", below {}", defuse::for_terminal(issuer))).unwrap_or_default();
    let about = format!("{}, {}, until {} ({left}){below}", minted.what, minted.key, minted.until.date());
    let mut text =
        format!("{}\n{}\n\n", paint(style, Tone::Strong, &subject), wrap(&about, columns(style)).join("\n"));
    for (label, value) in minted.rows {
        let label = paint(style, Tone::Faint, &pad(label, label_columns));
        text.push_str(&format!("  {label}  {}\n", defuse::for_terminal(value)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_what_was_minted_and_where_it_lies() {
        let now = Timestamp::parse_rfc3339("2026-11-23T16:00:00Z").unwrap();
        let minted = Minted {
            what: "client certificate",
            subject: "CN=a\u{1b}",
            key: "P-256",
            issuer: Some("CN=ca"),
            until: now.plus(30 * 86_400),
            now,
            rows: &[("certificate", "a.pem".to_owned()), ("key", "a.key".to_owned())],
        };
        let style = Style { color: false, columns: 80, detail: Detail::Normal };
        assert_eq!(
            render(&minted, &style),
            "CN=a\\u{1b}\nclient certificate, P-256, until 2026-12-23 (30 days), below CN=ca\n\n  certificate  a.pem\n  key          a.key\n"
        );
        assert_eq!(render(&minted, &Style { detail: Detail::Quiet, ..style }), "a.pem\n");
    }
}
