//! `rules`.

use crate::Folder;

#[test]
fn the_list_has_every_rule_of_the_day() {
    let folder = Folder::new();
    let text = folder.run("rules list").ends(0, &[]).stdout;
    let output: serde_json::Value =
        serde_json::from_str(&folder.run("rules list --format json").ends(0, &[]).stdout).unwrap();
    let rules = output["rules"].as_array().unwrap();
    assert!(output["schema"] == 1 && rules.len() >= 5);
    for rule in rules {
        assert!(text.contains(rule["code"].as_str().unwrap()), "{rule}");
        assert!(text.contains(rule["name"].as_str().unwrap()), "{rule}");
    }
    let before = folder.run("rules list --ruleset 2022-08-01 --format json").ends(0, &[]).stdout;
    let before: serde_json::Value = serde_json::from_str(&before).unwrap();
    assert_eq!(before["ruleset"], "2022-08-01");
    assert!(before["rules"].as_array().unwrap().len() < rules.len());
}

#[test]
fn a_rule_is_explained_by_code_and_by_name() {
    let folder = Folder::new();
    let by_code = folder.run("rules explain ca-022").ends(0, &[]).stdout;
    assert!(by_code.contains("expired") && by_code.contains("CA-022"), "{by_code}");
    assert_eq!(folder.run("rules explain expired").ends(0, &[]).stdout, by_code);
    folder.run("rules explain expird").ends(2, &["error: there is no rule \"expird\"", "expired (CA-022)"]);
    folder.run("rules explain CA-999").ends(2, &["hint: mtlsmith rules list"]);
    folder.run("rules explain qqq").ends(2, &["hint: mtlsmith rules list"]);
}

#[test]
fn rules_of_two_days_are_compared() {
    let folder = Folder::new();
    let same = folder.run("rules diff 2026-08-01 2026-08-01").ends(0, &[]).stdout;
    assert!(same.starts_with("Same rules: "), "{same}");
    let came = folder.run("rules diff 2022-08-01 2026-08-01").ends(1, &[]).stdout;
    assert!(came.lines().all(|line| line.starts_with("+ ")) && came.contains(", since 20"), "{came}");
    let gone = folder.run("rules diff 2026-08-01 2022-08-01 --format json").ends(1, &[]).stdout;
    let gone: serde_json::Value = serde_json::from_str(&gone).unwrap();
    assert_eq!(gone["dropped"].as_array().unwrap().len(), came.lines().count());
    folder.run("rules diff yesterday 2026-08-01").ends(2, &["a date looks like"]);
}

#[test]
fn days_without_rules_are_refused() {
    let folder = Folder::with(&[("ca.pem", &crate::bundle(&["a"]))]);
    for (day, words) in [
        ("2020-01-01", "there are no rules before 2022-08-01"),
        ("2022-07-31", "there are no rules before 2022-08-01"),
        ("2999-01-01", "the newest rules are of 20"),
    ] {
        for line in [
            format!("bundle check ca.pem --ruleset {day}"),
            format!("bundle add ca.pem ca.pem --ruleset {day}"),
            format!("rules list --ruleset {day}"),
            format!("rules diff {day} 2026-08-01"),
            format!("rules diff 2026-08-01 {day}"),
        ] {
            assert_eq!(folder.run(&line).ends(2, &[words]).stdout, "", "{line}");
        }
    }
}
