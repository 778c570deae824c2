//! The lines of a finding within the file itself, for formats whose readers show the file.

use mtlsmith_validate::Report;
use mtlsmith_validate::finding::Subject;
use mtlsmith_validate::pem::Lines;

use crate::Document;

/// The lines of a subject in the file as it lies there. Lines of a text that was base64 count in the decoded text, which the file
/// may have fewer of, so then it is the first line that stands for all.
pub(crate) fn lines_in_file(document: &Document<'_>, subject: Subject) -> Option<Lines> {
    if let Some(lines) = lines_in_bundle(document.report, subject) {
        return Some(lines);
    }
    let lines = document.report.lines(subject)?;
    Some(if document.report.bundle.base64_layers > 0 { FIRST_LINE } else { lines })
}

/// The lines of a CA certificate in the Namespace's bundle that a client was judged against.
pub(crate) fn lines_in_bundle(report: &Report, subject: Subject) -> Option<Lines> {
    let Subject::Trusted(index) = subject else { return None };
    let bundle = report.client.as_ref()?.trust.bundle();
    let lines = bundle.lines(index)?;
    Some(if bundle.base64_layers > 0 { FIRST_LINE } else { lines })
}

const FIRST_LINE: Lines = Lines { first: 1, last: 1 };

/// What has to be said with a text that may name lines, when those are not the lines of the file.
pub(crate) fn counting_note(document: &Document<'_>) -> &'static str {
    if document.report.bundle.base64_layers > 0 {
        "\nnote: line numbers count in the decoded text"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use serde_json::Value;

    use crate::Format;
    use crate::testing;

    #[test]
    fn a_file_of_base64_has_no_line_but_the_first() {
        let input = testkit::base64_line(testing::sample().as_bytes()).into_bytes();
        let rendered = |format| testing::rendered(format, &[("ca.pem", input.clone())]);
        let github = rendered(Format::Github);
        let commands = github.lines().filter(|line| line.starts_with("::") && line.contains(",line="));
        assert!(commands.clone().count() > 3, "{github}");
        for command in commands {
            assert!(command.contains(",line=1,endLine=1::ca.pem:1: "), "{command}");
        }
        let junit = rendered(Format::Junit);
        for output in [&github, &junit] {
            assert!(output.contains("note: line numbers count in the decoded text"), "{output}");
        }
        assert!(junit.contains(" line=\"1\"") && !junit.contains(" line=\"12\""), "{junit}");
        let sarif: Value = serde_json::from_str(&rendered(Format::Sarif)).expect("JSON");
        for result in sarif["runs"][0]["results"].as_array().expect("results") {
            for location in [&result["locations"], &result["relatedLocations"]] {
                for location in location.as_array().into_iter().flatten() {
                    let region = &location["physicalLocation"]["region"];
                    assert_eq!((&region["startLine"], &region["endLine"]), (&1.into(), &1.into()));
                }
            }
        }
    }

    #[test]
    fn text_outside_of_the_blocks_is_told_by_its_line() {
        let pem = testkit::root("root").pem();
        let line = pem.lines().count() + 2;
        let input = format!("{pem}\n# the CA of payments\n").into_bytes();
        let rendered = |format| testing::rendered(format, &[("ca.pem", input.clone())]);
        for (format, told) in [
            (Format::Github, format!(",line={line},endLine={line}::ca.pem:{line}: BND-008 ")),
            (Format::Junit, format!("name=\"BND-008 text-after-last-block (line {line})\"")),
            (Format::Html, format!("<span class=\"place\">line {line}</span>")),
            (Format::Text, format!("--> ca.pem:{line}\n")),
        ] {
            let output = rendered(format);
            assert!(output.contains(&told), "{told} in {output}");
            assert!(!output.contains("CA of payments"), "the text may be a secret");
        }
        let json: Value = serde_json::from_str(&rendered(Format::Json)).expect("JSON");
        let findings = json["documents"][0]["findings"].as_array().expect("findings");
        let finding = findings.iter().find(|finding| finding["code"] == "BND-008").expect("text follows");
        let lines = serde_json::json!({"first": line, "last": line});
        assert_eq!(finding["subject"], serde_json::json!({"kind": "line", "number": line, "lines": lines}));
    }
}
