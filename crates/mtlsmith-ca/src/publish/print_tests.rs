//! The commands that are written down, word for word.

use mtlsmith_testkit as testkit;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::filters::Filter;

use super::super::ResourceVersion;
use super::*;

fn live(bundle: &str) -> LiveNamespace {
    LiveNamespace {
        namespace: NamespaceName::new("orders-eu.a1b2c").unwrap(),
        resource_version: Some(ResourceVersion::new("v 1")),
        bundle: bundle.as_bytes().to_vec(),
        filters: Some(Vec::new()),
        mtls_enabled: Some(true),
    }
}

fn instructions(live: &LiveNamespace, target: &str, filters: Option<Vec<Filter>>) -> Vec<Instructions> {
    let intent = Intent::new(live, target.as_bytes(), filters).unwrap();
    Instructions::for_all(
        &intent,
        Some(live),
        Path::new("/state/ca bundle.pem"),
        Timestamp::from_unix(testkit::NOW),
    )
}

fn lines(instructions: &[Instructions], tool: Tool) -> Vec<String> {
    let one = instructions.iter().find(|one| one.tool == tool).unwrap();
    one.steps.iter().filter_map(Step::shell_line).collect()
}

fn file<'a>(instructions: &'a [Instructions], ending: &str) -> &'a str {
    let steps = instructions.iter().flat_map(|one| &one.steps);
    steps
        .filter_map(|step| match step {
            Step::File { path, content } if path.ends_with(ending) => Some(content.as_str()),
            _ => None,
        })
        .next()
        .unwrap()
}

#[test]
fn tcld_sets_the_bundle_and_imports_the_filters() {
    let filters =
        vec![Filter::default().with(Field::CommonName, "worker-*").with(Field::OrganizationalUnit, "it's")];
    let (old, new) = (testkit::root("old"), testkit::root("new"));
    let both = testkit::bundle(&[&old, &new]);
    let written = instructions(&live(&old.pem()), &both, Some(filters));
    assert_eq!(
        lines(&written, Tool::Tcld),
        [
            "tcld namespace accepted-client-ca set --namespace orders-eu.a1b2c --ca-certificate-file '/state/ca bundle.pem' \
             --resource-version 'v 1'",
            "tcld namespace certificate-filters import --namespace orders-eu.a1b2c --certificate-filter-file \
             '/state/ca bundle.filters.json'",
        ]
    );
    assert_eq!(file(&written, "ca bundle.pem"), both);
    assert_eq!(
        file(&written, "filters.json"),
        r#"{"filters":[{"commonName":"worker-*","organizationalUnit":"it's"}]}"#
    );
    let cleared = instructions(&live(&old.pem()), &both, Some(Vec::new()));
    assert_eq!(
        lines(&cleared, Tool::Tcld)[1],
        "tcld namespace certificate-filters clear --namespace orders-eu.a1b2c"
    );
}

#[test]
fn temporal_cloud_adds_before_it_removes() {
    let (old, new) = (testkit::root("old"), testkit::root("new"));
    let written = instructions(&live(&old.pem()), &new.pem(), None);
    let command = "temporal cloud namespace mtls cert-ca";
    let file_option = "--namespace orders-eu.a1b2c --ca-certificate-file";
    assert_eq!(
        lines(&written, Tool::TemporalCloud),
        [
            format!("{command} create {file_option} '/state/ca bundle.added.pem' --idempotent"),
            format!("{command} delete {file_option} '/state/ca bundle.removed.pem' --idempotent"),
        ]
    );
    assert_eq!(file(&written, "added.pem"), new.pem());
    assert_eq!(file(&written, "removed.pem"), old.pem());
}

#[test]
fn an_expired_member_is_removed_first_since_it_blocks_every_other_update() {
    let (old, new) = (testkit::root("old"), testkit::root("new"));
    let expired = testkit::root_builder("gone").not_after(testkit::NOW - 1).self_signed();
    let written =
        instructions(&live(&testkit::bundle(&[&old, &expired])), &testkit::bundle(&[&old, &new]), None);
    let verbs: Vec<String> = lines(&written, Tool::TemporalCloud)
        .iter()
        .map(|line| line.split(' ').nth(5).unwrap().to_owned())
        .collect();
    assert_eq!(verbs, ["delete", "create"]);
    let alone = instructions(&live(&expired.pem()), &new.pem(), None);
    assert_eq!(lines(&alone, Tool::TemporalCloud), Vec::<String>::new());
    assert!(alone[1].notes.iter().any(|note| note.contains("switches mTLS off")));
}

#[test]
fn terraform_gets_the_attribute_with_strings_that_hold_no_template() {
    let filters = vec![Filter::default().with(Field::SubjectAlternativeName, "a\"${b}%{c}")];
    let written = instructions(&live(""), &testkit::root("new").pem(), Some(filters));
    let text = written[2].steps.iter().find_map(|step| match step {
        Step::Configuration(text) => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(
        text.unwrap(),
        "resource \"temporalcloud_namespace\" \"orders_eu\" {\n  # all other attributes stay as they are\n  \
         accepted_client_ca = base64encode(file(\"/state/ca bundle.pem\"))\n  certificate_filters = [\n    \
         { subject_alternative_name = \"a\\\"$${b}%%{c}\" },\n  ]\n}\n"
    );
}

#[test]
fn printing_publishes_nothing_and_believes_only_what_it_is_told() {
    let (old, new) = (testkit::root("old"), testkit::root("new"));
    let intent = Intent::new(&live(&old.pem()), new.pem().as_bytes(), None).unwrap();
    let by_hand = Outcome::NotPublished { reason: Reason::ByHand, retry: Retry::Never };
    assert_eq!(PrintedCommands::new().publish(&intent), by_hand);
    assert!(matches!(PrintedCommands::new().resolve(&intent), Outcome::Unknown { .. }));
    assert_eq!(PrintedCommands::told(live(&old.pem())).publish(&intent), by_hand);
    let told = PrintedCommands::told(live(&new.pem())).publish(&intent);
    assert!(matches!(told, Outcome::Published { proof: Proof::ReadBack, .. }));
}

#[test]
fn where_nothing_changes_the_tool_that_adds_and_removes_says_so() {
    let ca = testkit::root("same");
    let written = instructions(&live(&ca.pem()), &ca.pem(), None);
    assert!(lines(&written, Tool::TemporalCloud).is_empty());
    let one = written.iter().find(|one| one.tool == Tool::TemporalCloud).unwrap();
    assert_eq!(one.notes, ["Nothing to add and nothing to remove: these certificates are live already."]);
}
