//! Settings in JUnit: a file is a suite, a finding and the answer about a certificate are cases.

use mtlsmith_validate::Verdict;
use quick_junit::TestCase;
use quick_junit::TestCaseStatus;
use quick_junit::TestSuite;

use super::answer;
use super::legal;
use super::of_rule;
use super::written;
use crate::configuration::CheckedConfiguration;
use crate::configuration::Told;

/// The files as one set of suites.
pub(crate) fn render(checked: &[CheckedConfiguration<'_>]) -> String {
    written(checked.iter().map(suite))
}

fn suite(checked: &CheckedConfiguration<'_>) -> TestSuite {
    let name = legal(checked.name);
    let mut suite = TestSuite::new(name.as_str());
    suite.add_property(("verdict", checked.report.verdict().as_str()));
    suite.add_property(("now", checked.now.to_string().as_str()));
    suite.add_property(("ruleset", checked.ruleset.to_string().as_str()));
    let mut cases = Vec::new();
    for told in checked.answers() {
        let title = legal(&format!("{} is admitted ({})", told.owner, told.certificate));
        let sentence = legal(&format!("{}{}", told.word, told.words));
        // What was not decided is no failure: nobody asked.
        let passes = told.verdict == Verdict::Accepted;
        cases.push(answer(&title, passes, told.word, &sentence, &name));
    }
    cases.extend(checked.told().iter().map(|told| case(told, &name)));
    if cases.is_empty() {
        let mut case = TestCase::new("no findings", TestCaseStatus::success());
        case.set_classname(name.as_str());
        case.extra.insert("file".into(), name.as_str().into());
        cases.push(case);
    }
    suite.add_test_cases(cases);
    suite
}

fn case(told: &Told<'_>, suite: &str) -> TestCase {
    let rule = told.rule;
    let message = legal(&told.message);
    let place = match (told.line(), told.variable()) {
        (Some(line), _) => format!("{suite}, line {line}"),
        (None, Some(variable)) => format!("variable {}", legal(variable)),
        (None, None) => suite.to_owned(),
    };
    let within = told.within.as_ref().map(|within| format!("\nfile: {}", legal(&within.words())));
    let (severity, help) = (rule.severity.as_str(), legal(&told.help));
    let description = format!("{severity}: {message}\n{place}{}\nhelp: {help}", within.unwrap_or_default());
    let client = told.client.map(|client| format!(" ({})", legal(client))).unwrap_or_default();
    let mut case = of_rule(format!("{} {}{client}", rule.code, rule.name), rule, &message, &description);
    case.set_classname(suite);
    case.extra.insert("file".into(), suite.into());
    if let Some(line) = told.line() {
        case.extra.insert("line".into(), line.to_string().as_str().into());
    }
    case
}
