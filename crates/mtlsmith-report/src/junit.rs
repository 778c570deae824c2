//! JUnit XML for CI servers: a file is a suite, a finding is a test case. Errors fail; warnings and notices pass and say what they
//! know in their output. A clean file has one passing case, since an empty suite is read as "no tests ran".

pub(crate) mod configuration;

use mtlsmith_validate::Verdict;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::finding::Subject;
use mtlsmith_validate::rule::Rule;
use mtlsmith_validate::rule::Severity;
use quick_junit::NonSuccessKind;
use quick_junit::Report;
use quick_junit::TestCase;
use quick_junit::TestCaseStatus;
use quick_junit::TestSuite;

use crate::Document;
use crate::client::Client;
use crate::client::file_of;
use crate::defuse;
use crate::place::counting_note;
use crate::place::lines_in_file;

/// The documents as one set of suites.
pub(crate) fn render(documents: &[Document<'_>]) -> String {
    written(documents.iter().map(suite))
}

fn written(suites: impl Iterator<Item = TestSuite>) -> String {
    let mut report = Report::new("mtlsmith");
    report.add_test_suites(suites);
    // Writing into memory cannot fail, and the texts hold no character that XML forbids.
    let written = report.to_string();
    debug_assert!(written.is_ok(), "{written:?}");
    written.unwrap_or_default()
}

fn suite(document: &Document<'_>) -> TestSuite {
    let name = legal(document.name);
    let mut suite = TestSuite::new(name.as_str());
    suite.add_property(("verdict", document.report.verdict().as_str()));
    if let Some(client) = Client::of(document) {
        suite.add_property(("decision", client.word()));
        if let Some(until) = client.until() {
            suite.add_property(("until", until.to_string().as_str()));
        }
    }
    suite.add_property(("now", document.report.now.to_string().as_str()));
    suite.add_property(("ruleset", document.report.ruleset.to_string().as_str()));
    if let Some(client) = Client::of(document) {
        suite.add_test_case(decision(&client, &name));
    }
    suite.add_test_cases(document.report.findings.iter().map(|finding| case(document, &name, finding)));
    if document.report.findings.is_empty() && document.report.client.is_none() {
        let mut case = TestCase::new("no findings", TestCaseStatus::success());
        case.set_classname(name.as_str());
        case.extra.insert("file".into(), name.as_str().into());
        suite.add_test_case(case);
    }
    suite
}

/// The decision as a case of its own, which passes when the client is admitted everywhere.
fn decision(client: &Client<'_>, file: &str) -> TestCase {
    let sentence = legal(&format!("{}{}", client.word(), client.words(Finding::message)));
    let passes = client.report().verdict() == Verdict::Accepted;
    answer("the client is admitted", passes, client.word(), &sentence, file)
}

/// A case that passes or fails with a sentence.
fn answer(title: &str, passes: bool, word: &str, sentence: &str, file: &str) -> TestCase {
    let mut case = if passes {
        let mut case = TestCase::new(title, TestCaseStatus::success());
        case.set_system_out(sentence);
        case
    } else {
        let mut failure = TestCaseStatus::non_success(NonSuccessKind::Failure);
        failure.set_type(word).set_message(sentence);
        TestCase::new(title, failure)
    };
    case.set_classname(file);
    case.extra.insert("file".into(), file.into());
    case
}

fn case(document: &Document<'_>, suite: &str, finding: &Finding) -> TestCase {
    let rule = finding.rule;
    let file = legal(file_of(document, finding.subject));
    let message = legal(&finding.message());
    let lines = lines_in_file(document, finding.subject);
    let place = match lines {
        Some(lines) if lines.first == lines.last => format!("{file}, line {}", lines.first),
        Some(lines) => format!("{file}, lines {} to {}", lines.first, lines.last),
        None => file.clone(),
    };
    let help = legal(&finding.help());
    let description =
        format!("{}: {message}\n{place}\nhelp: {help}{}", rule.severity.as_str(), counting_note(document));
    let title = format!("{} {}{}", rule.code, rule.name, about(document, finding.subject));
    let mut case = of_rule(title, rule, &message, &description);
    case.set_classname(suite);
    case.extra.insert("file".into(), file.as_str().into());
    if let Some(lines) = lines {
        case.extra.insert("line".into(), lines.first.to_string().as_str().into());
    }
    case
}

/// The case of a finding: it fails when the finding is an error.
fn of_rule(title: String, rule: &Rule, message: &str, description: &str) -> TestCase {
    if rule.severity == Severity::Error {
        let mut failure = TestCaseStatus::non_success(NonSuccessKind::Failure);
        failure.set_type(rule.name).set_message(message).set_description(description);
        return TestCase::new(title, failure);
    }
    let mut case = TestCase::new(title, TestCaseStatus::success());
    case.set_system_out(description);
    case
}

/// Text that XML may hold: what cannot be seen is written out, and so are the two characters that XML 1.0 section 2.2 leaves out
/// beside the control characters.
fn legal(text: &str) -> String {
    defuse::for_terminal(text).replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}

fn about(document: &Document<'_>, subject: Subject) -> String {
    match subject {
        Subject::Bundle => String::new(),
        Subject::Line(_) if document.report.bundle.base64_layers > 0 => String::new(),
        Subject::Block(index) => format!(" (block {})", index + 1),
        Subject::Certificate(index) => format!(" (certificate {})", index + 1),
        Subject::Line(line) => format!(" (line {line})"),
        Subject::Key => " (private key)".to_owned(),
        Subject::Trusted(index) => format!(" (CA certificate {} of the bundle)", index + 1),
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use quick_junit::Report;

    use crate::Format;
    use crate::testing;

    fn read(output: &str) -> Report {
        Report::deserialize_from_str(output).expect("what is written is JUnit")
    }

    #[test]
    fn a_document_with_faults_is_written_as_stored() {
        let output = testing::rendered_sample(Format::Junit);
        testing::golden("xml", &output);
        let report = read(&output);
        assert_eq!(
            report.test_suites.iter().map(|suite| (suite.tests, suite.failures)).collect::<Vec<_>>(),
            [(3, 3), (1, 0)]
        );
    }

    #[test]
    fn errors_fail_and_the_rest_passes_with_its_text() {
        let input = testing::sample();
        let report = testing::report(input.as_bytes());
        let output = read(&testing::rendered(Format::Junit, &[("ca.pem", input.into_bytes())]));
        let suite = &output.test_suites[0];
        assert_eq!(suite.tests, report.findings.len());
        assert_eq!(suite.failures, report.count(mtlsmith_validate::rule::Severity::Error));
        for case in &suite.test_cases {
            let passed = matches!(case.status, quick_junit::TestCaseStatus::Success { .. });
            assert_eq!(passed, case.system_out.is_some());
        }
    }

    #[test]
    fn a_clean_file_has_one_passing_case() {
        let input = testkit::root("root").pem();
        let mut report = testing::report(input.as_bytes());
        report.findings.clear();
        let document =
            crate::Document { name: "clean.pem", input: input.as_bytes(), report: &report, client: None };
        let output = read(&super::render(&[document]));
        assert_eq!((output.tests, output.failures), (1, 0));
        assert_eq!(output.test_suites[0].test_cases[0].name.as_str(), "no findings");
    }

    #[test]
    fn names_with_markup_and_forbidden_characters_leave_the_xml_whole() {
        let output = testing::rendered(
            Format::Junit,
            &[("a<b>&\"\u{1}\u{ffff}.pem", testing::hostile().into_bytes())],
        );
        assert!(!output.contains("<script"), "{output}");
        assert!(!output.contains(|c| c != '\n' && crate::defuse::is_obeyed_or_hidden(c)), "{output}");
        let suite = &read(&output).test_suites[0];
        assert_eq!(suite.name.as_str(), "a<b>&\"\\u{1}\\u{ffff}.pem");
    }
}
