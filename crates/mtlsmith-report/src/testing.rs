//! What the tests of all formats share: inputs with faults and with malice, rendered at a fixed time.

use mtlsmith_testkit as testkit;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::budget::Budget;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::time::Timestamp;

use crate::Detail;
use crate::Document;
use crate::Format;
use crate::Style;

/// The report of an input, at the time for which the test kit makes its certificates.
pub(crate) fn report(input: &[u8]) -> Report {
    check_bundle(input, &Profile::temporal_cloud(), Timestamp::from_unix(testkit::NOW))
}

/// The inputs, checked and rendered.
pub(crate) fn rendered(format: Format, inputs: &[(&str, Vec<u8>)]) -> String {
    let reports: Vec<Report> = inputs.iter().map(|(_, input)| report(input)).collect();
    let documents: Vec<Document<'_>> = inputs
        .iter()
        .zip(&reports)
        .map(|((name, input), report)| Document { name, input, report, client: None })
        .collect();
    crate::render(format, &documents, &Style { color: false, columns: 100, detail: Detail::Verbose })
}

/// A bundle with an expired root behind a byte-order mark, a good chain, and an intermediate whose root is missing.
pub(crate) fn sample() -> String {
    let old = testkit::root_builder("old root").not_after(testkit::NOW - testkit::days(12)).self_signed();
    let root = testkit::root("root");
    let issuing = testkit::intermediate_builder("issuing")
        .not_after(testkit::NOW + testkit::days(400))
        .signed_by(&root);
    let orphan = testkit::intermediate("orphan", &testkit::root("absent root"));
    format!("\u{feff}{}", testkit::bundle(&[&old, &root, &issuing, &orphan]))
}

/// The sample and a clean file, with the findings of a few rules alone, so that a new rule does not change the stored output.
pub(crate) fn rendered_sample(format: Format) -> String {
    let (faulty, clean) = (sample(), testkit::root("root").pem());
    let few = |input: &str| {
        let mut report = report(input.as_bytes());
        report.findings.retain(|finding| ["BND-005", "CA-022", "CHN-004"].contains(&finding.rule.code));
        report.rules_run = 3;
        report.budget = Budget::default();
        report
    };
    let (faulty_report, clean_report) = (few(&faulty), few(&clean));
    let documents = [
        Document { name: "certs/sample.pem", input: faulty.as_bytes(), report: &faulty_report, client: None },
        Document { name: "certs/clean.pem", input: clean.as_bytes(), report: &clean_report, client: None },
    ];
    crate::render(format, &documents, &Style { color: false, columns: 100, detail: Detail::Verbose })
}

/// Compares with the stored output of the sample, whatever the version.
#[track_caller]
pub(crate) fn golden(extension: &str, output: &str) {
    let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
    testkit::golden::check(&format!("report/sample.{extension}"), &output.replace(&version, "\"VERSION\""));
}

/// A name that tries to break out of every format: markup, workflow commands, links, escapes, and a turned reading direction.
pub(crate) const HOSTILE_NAME: &str = concat!(
    "</text><script>alert(1)</script>\"'><img onerror=alert(1) src=x>",
    "\n::add-mask::stolen%0A::error::x\r##[add-mask]y,a:b",
    "`](javascript:1)|[click](https://evil.example)*_@team",
    "]]>&amp;\u{0}\u{1b}[31m\u{202e}\u{200b}\u{fffe}end"
);

/// A bundle of an expired root with the hostile name and an intermediate below another one that is missing.
pub(crate) fn hostile() -> String {
    let name = || testkit::Name::new().o("acme").cn(HOSTILE_NAME);
    let root = testkit::root_builder("hostile")
        .subject(name())
        .not_after(testkit::NOW - testkit::days(3))
        .self_signed();
    let absent = testkit::root_builder("absent").subject(name().ou("absent")).self_signed();
    testkit::bundle(&[&root, &testkit::intermediate("below", &absent)])
}

/// The block of a private key, and the same damaged in the ways that hide what it is.
fn damaged(pem: &str) -> Vec<String> {
    let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let (base64, body) = (lines.concat(), lines.join("\n"));
    let part = &base64[48..84];
    let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    vec![
        pem.to_owned(),
        format!("-----BEGIN PRIVATE KE{base64}\n{end}\n"),
        format!("-----BEGIN PRIVATE KE{}-----\n{body}\n{end}\n", &part[..24]),
        format!("-----BEGIN {part}-----\n{body}\n{end}\n"),
        format!("{begin}\n{body}\n-----END {part}-----\n"),
        format!("-----BEGIN {part}-----\n{body}\n-----END {part}-----\n"),
        format!("{begin}\n{body}\n-----END {part}-----"),
        format!("{body}\n-----END {part}-----"),
        format!("{begin}{part}{end}\n"),
        format!("-----BEGIN {} {}-----\n{body}\n{end}\n", &part[..12], &part[12..24]),
        pem.replace("-----", "----"),
        pem.replace("BEGIN ", "BEGIN\t"),
        pem.replace("-----", "—————"),
        pem.replace("BEGIN", "Begin"),
        body.clone(),
        pem.replace("PRIVATE KEY", "CERTIFICATE"),
    ]
}

#[test]
fn no_format_ever_shows_a_byte_of_a_private_key() {
    let (root, other) = (testkit::root("root").pem(), testkit::root("other").pem());
    let secret = testkit::Key::p256("a key that nobody may see").pkcs8_pem();
    let base64: String = secret.lines().filter(|line| !line.starts_with("-----")).collect();
    let parts: Vec<&str> = (0..=base64.len() - 12).map(|start| &base64[start..start + 12]).collect();
    // Every part holds one of these whole, and they are faster to look for.
    let sixths: Vec<&str> = (0..base64.len() / 6).map(|sixth| &base64[6 * sixth..6 * sixth + 6]).collect();
    for block in damaged(&secret) {
        for bundle in [format!("{root}{block}{other}"), format!("{block}{root}"), format!("{root}{block}")] {
            let report = report(bundle.as_bytes());
            let document =
                Document { name: "ca.pem", input: bundle.as_bytes(), report: &report, client: None };
            let style = Style { color: false, columns: 100, detail: Detail::Verbose };
            let mut outputs: Vec<String> =
                Format::ALL.iter().map(|format| crate::render(*format, &[document], &style)).collect();
            outputs.push(crate::inspect(&document, &style));
            outputs.push(crate::step_summary(&[document]));
            for output in outputs {
                let may_show = sixths.iter().any(|sixth| output.contains(sixth));
                let shown = parts.iter().find(|part| may_show && output.contains(**part));
                assert_eq!(shown, None, "{block}: {output}");
            }
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for format in Format::ALL {
        assert_eq!(rendered_sample(*format), rendered_sample(*format));
    }
}
