//! How much of one text from a certificate is told, in every format: a name may be as long as the file, and stand in many findings.

use std::borrow::Cow;

use mtlsmith_validate::Report;
use mtlsmith_validate::finding::Fact;
use mtlsmith_validate::finding::Finding;

use crate::Document;
use crate::help::is_in_help_alone;

/// The text, cut behind its first 1,024 characters with an ellipsis and its true length.
pub fn cut(text: &str) -> Cow<'_, str> {
    cut_at(text, FACT_CHARACTERS)
}

/// Renders the documents with no fact longer than it may be. Reports are copied only where one is.
pub(crate) fn with_cut_facts<T>(documents: &[Document<'_>], render: impl FnOnce(&[Document<'_>]) -> T) -> T {
    let cut: Vec<Option<Report>> = documents.iter().map(|document| with_cut(document.report)).collect();
    if cut.iter().all(Option::is_none) {
        return render(documents);
    }
    let documents: Vec<Document<'_>> = documents
        .iter()
        .zip(&cut)
        .map(|(document, cut)| Document { report: cut.as_ref().unwrap_or(document.report), ..*document })
        .collect();
    render(&documents)
}

fn with_cut(report: &Report) -> Option<Report> {
    let too_long = |finding: &Finding| {
        finding.facts.iter().any(|(name, fact)| match fact {
            Fact::Text(text) => text.len() > limit(finding, name),
            _ => false,
        })
    };
    if !report.findings.iter().any(too_long) {
        return None;
    }
    let mut report = report.clone();
    for finding in &mut report.findings {
        let limits: Vec<usize> = finding.facts.iter().map(|(name, _)| limit(finding, name)).collect();
        for ((_, fact), limit) in finding.facts.iter_mut().zip(limits) {
            if let Fact::Text(text) = fact {
                *text = Cow::Owned(cut_at(text, limit).into_owned());
            }
        }
    }
    Some(report)
}

fn limit(finding: &Finding, name: &str) -> usize {
    if is_in_help_alone(finding.rule, name) { REPAIR_CHARACTERS } else { FACT_CHARACTERS }
}

fn cut_at(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        None => Cow::Borrowed(text),
        Some((at, _)) => {
            let length = Fact::from(text.chars().count());
            Cow::Owned(format!("{}… ({length} characters)", text.get(..at).unwrap_or_default()))
        }
    }
}

/// Longer than any name in use: RFC 5280 allows 64 characters in most parts of one.
const FACT_CHARACTERS: usize = 1_024;

/// A command that names every certificate that was read by its fingerprint, which is worth nothing when it is cut.
const REPAIR_CHARACTERS: usize = 4_096;

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;
    use crate::Format;
    use crate::testing;

    #[test]
    fn a_long_text_is_cut_and_tells_its_length() {
        let short = "é".repeat(1_024);
        assert_eq!(cut(&short), short);
        assert_eq!(cut(&format!("{short}xy")), format!("{short}… (1,026 characters)"));
    }

    #[test]
    fn a_long_name_is_cut_in_every_format() {
        let name = format!("long{}", "x".repeat(50_000));
        let old = testkit::root_builder("old")
            .subject(testkit::Name::new().cn(&name))
            .not_after(testkit::NOW - 1)
            .self_signed();
        let orphan = testkit::intermediate("orphan", &old);
        let input = testkit::bundle(&[&orphan, &orphan, &old, &old]).into_bytes();
        let told = |report: &Report| {
            report.findings.iter().any(|finding| {
                finding.facts.iter().any(|(_, fact)| fact.to_string().len() > 2 * FACT_CHARACTERS)
            })
        };
        let orphans = testkit::bundle(&[&orphan, &testkit::intermediate("another", &old)]).into_bytes();
        assert!(told(&testing::report(&orphans)), "a rule tells the name of an issuer");
        let name = format!("CN={name}");
        for format in Format::ALL {
            let output = testing::rendered(*format, &[("orphans.pem", orphans.clone())]);
            // JSON gives each certificate its whole subject and issuer once.
            let whole = if *format == Format::Json { 2 } else { 0 };
            assert_eq!(output.matches(&name).count(), whole, "{format:?}");
            assert!(testing::rendered(*format, &[("ca.pem", input.clone())]).len() < 700_000, "{format:?}");
        }
    }
}
