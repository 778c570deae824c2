//! What every format says about settings and the certificates behind them.

use mtlsmith_testkit as testkit;

use super::testing::SETTINGS;
use super::testing::in_every_state;
use super::testing::rendered;
use super::testing::report;
use super::testing::states;
use crate::Format;
use crate::testing::HOSTILE_NAME;

#[test]
fn the_answer_stands_behind_the_findings_in_words() {
    let texts = in_every_state(Format::Text);
    for (text, wanted) in texts.iter().zip([
        "\nprofile default (/tls/worker.pem): admitted until ",
        "\nprofile default (/tls/worker.pem): refused: CHN-009 not-issued-by-bundle\n",
        "\nprofile default (/tls/worker.pem): contested: ",
        "\nprofile default (/tls/worker.pem): not decided: no bundle given\n",
        "\nprofile default (/tls/worker.pem): refused: KEY-001 key-of-another-certificate\n",
        "\nrefused: as it stands profile default cannot connect.\n",
    ]) {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
    assert!(texts[0].contains(", and its certificate gets in."), "{}", texts[0]);
    assert!(
        texts[3].contains("help: to have it decided: mtlsmith config check temporal.toml --bundle ca.pem"),
        "{}",
        texts[3]
    );
    assert!(!texts[4].contains("to have it decided"), "a bundle would not help: {}", texts[4]);
}

#[test]
fn a_finding_points_at_the_setting_and_names_the_file() {
    let reports = states();
    let text = rendered(Format::Text, &reports[4], 100);
    assert!(text.contains("error[KEY-001]") && text.contains("--> temporal.toml:6"), "{text}");
    assert!(text.contains("= file: /tls/worker.key, the private key (of profile default)"), "{text}");
    let github = rendered(Format::Github, &reports[4], 100);
    assert!(
        github.contains(
            "::error title=key-of-another-certificate (KEY-001),file=temporal.toml,line=6,endLine=6::"
        ),
        "{github}"
    );
    let sarif: serde_json::Value = serde_json::from_str(&rendered(Format::Sarif, &reports[4], 100)).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 6);
    assert_eq!(
        result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "file:///tls/worker.key"
    );
    assert_eq!(sarif["runs"][0]["properties"]["clients"][0]["decision"], "refused");
    let junit = rendered(Format::Junit, &reports[4], 100);
    assert!(junit.contains("profile default is admitted (/tls/worker.pem)"), "{junit}");
    let html = rendered(Format::Html, &reports[0], 100);
    assert!(html.contains("<h2>Path</h2>") && html.contains("admitted until "), "{html}");
}

#[test]
fn what_was_not_decided_fails_nowhere() {
    let reports = states();
    assert!(rendered(Format::Junit, &reports[3], 100).contains("failures=\"0\""));
    assert!(!rendered(Format::Github, &reports[3], 100).contains("::error"));
}

#[test]
fn every_line_keeps_to_the_columns_but_for_commands() {
    for columns in [80, 140] {
        for report in states() {
            let text = rendered(Format::Text, &report, columns);
            let too_long =
                text.lines().find(|line| line.chars().count() > columns && !line.contains("mtlsmith "));
            assert_eq!(too_long, None, "{text}");
        }
    }
}

#[test]
fn no_part_of_a_key_is_in_any_format() {
    for format in Format::ALL {
        for report in states() {
            let output = rendered(*format, &report, 100);
            for part in report.files.iter().filter_map(|files| files.key.as_ref()) {
                let text = String::from_utf8_lossy(part.content.expose()).into_owned();
                let body = text.lines().filter(|line| line.len() > 32 && !line.contains("-----"));
                for part in body.filter_map(|line| line.get(..24)) {
                    assert!(!output.contains(part), "{format:?}: {output}");
                }
            }
        }
    }
}

#[test]
fn a_hostile_name_is_text_in_every_format() {
    let root = testkit::root("one");
    let name = testkit::Name::new().cn(HOSTILE_NAME);
    let leaf = testkit::leaf_builder("x").subject(name).not_after(testkit::NOW - 1).signed_by(&root);
    let report = report(SETTINGS, leaf.pem(), leaf.key().pkcs8_pem(), Some(root.pem()));
    for format in Format::ALL {
        let output = rendered(*format, &report, 100);
        assert!(!output.contains(['\u{1b}', '\u{202e}', '\u{0}', '\r']), "{format:?}: {output}");
        if *format != Format::Json {
            assert!(!output.contains("##[") && !output.contains("\n::add-mask"), "{format:?}: {output}");
        }
        if matches!(format, Format::Html | Format::Junit) {
            assert!(!output.contains("<script") && !output.contains("<img"), "{format:?}: {output}");
        }
    }
}
