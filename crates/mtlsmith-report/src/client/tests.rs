//! The answer about a client in every format: each decision, the words, the schema, and names that try to break out.

use std::sync::Arc;

use mtlsmith_testkit as testkit;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::admission::ClientCheck;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::time::Timestamp;
use serde_json::Value;

use super::ClientFiles;
use crate::Detail;
use crate::Document;
use crate::Format;
use crate::Style;
use crate::testing;

const FILES: ClientFiles<'_> = ClientFiles {
    bundle: "ca.pem",
    bundle_verdict: Verdict::Accepted,
    filters: Some("filters.json"),
    key: Some("worker.key"),
    namespace: Some("orders.a1b2c"),
    at: None,
};

const STYLE: Style = Style { color: false, columns: 100, detail: Detail::Normal };

/// A client's file, a bundle, and the report on the one against the other.
struct Case {
    file: String,
    report: Report,
}

impl Case {
    fn of(
        presented: &[&testkit::Certificate],
        bundle: &[&testkit::Certificate],
        filters: Option<&str>,
    ) -> Self {
        let profile = Profile::temporal_cloud();
        let filters = filters.map(|text| FilterSet::read(text.as_bytes()).0);
        let trust = NamespaceTrust::read(testkit::bundle(bundle).as_bytes(), filters, &profile);
        let check =
            ClientCheck { trust: Arc::new(trust), now: Timestamp::from_unix(testkit::NOW), key: None };
        let file = testkit::bundle(presented);
        let report = check.run(file.as_bytes());
        Case { file, report }
    }

    /// With the findings of two rules alone, so that a new rule does not change what is compared.
    fn decided(mut self) -> Self {
        self.report.findings.retain(|finding| ["CHN-009", "FLT-011"].contains(&finding.rule.code));
        self.report.rules_run = 3;
        self
    }

    fn rendered(&self, format: Format) -> String {
        let document = Document {
            name: "worker.pem",
            input: self.file.as_bytes(),
            report: &self.report,
            client: Some(FILES),
        };
        crate::render(format, &[document], &STYLE)
    }
}

fn ending(days: i64) -> i64 {
    testkit::NOW + testkit::days(days)
}

/// An admitted client whose path ends with its intermediate, by the second filter.
fn admitted() -> Case {
    let root = testkit::root("acme root");
    let issuing = testkit::intermediate_builder("acme issuing").not_after(ending(29)).signed_by(&root);
    let leaf = testkit::leaf_builder("worker").subject("O=acme,OU=orders,CN=worker").signed_by(&issuing);
    let filters = "[{\"commonName\":\"starter\"},\n{\"organizationalUnit\":\"orders\"}]";
    Case::of(&[&leaf, &issuing], &[&root], Some(filters))
}

/// A client that passes no filter.
fn refused() -> Case {
    let root = testkit::root("acme root");
    let leaf = testkit::leaf("worker", &root);
    Case::of(&[&leaf], &[&root], Some("[{\"commonName\":\"starter\",\"organizationalUnit\":\"orders\"}]"))
}

/// A client below a bundle that has an intermediate and no root.
fn contested() -> Case {
    let issuing = testkit::intermediate("acme issuing", &testkit::root("acme root"));
    let leaf = testkit::leaf("worker", &issuing);
    Case::of(&[&leaf], &[&issuing], None)
}

#[test]
fn the_first_line_is_the_decision_in_plain_words() {
    for (case, words) in [
        (
            admitted(),
            "admitted until 2026-07-14 (29 days), through worker < acme issuing < acme root, by filter 2\n(organizationalUnit orders)\n",
        ),
        (
            refused(),
            "refused: the certificate passes no filter (1 in all); the nearest is filter 1, which wants\ncommonName \"starter\" and finds \"worker\"\n",
        ),
        (
            contested(),
            "contested: servers that trust every CA of the bundle admit, servers that trust the roots of the\nbundle alone refuse: ",
        ),
    ] {
        let text = case.rendered(Format::Text);
        assert!(text.starts_with(words), "{text}");
    }
}

#[test]
fn each_answer_is_written_as_stored() {
    for (name, case) in [("admitted", admitted()), ("refused", refused()), ("contested", contested())] {
        let case = case.decided();
        for (format, extension) in [
            (Format::Text, "txt"),
            (Format::Json, "json"),
            (Format::Junit, "xml"),
            (Format::Github, "github"),
        ] {
            let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
            let output = case.rendered(format).replace(&version, "\"VERSION\"");
            testkit::golden::check(&format!("report/client-{name}.{extension}"), &output);
        }
    }
}

#[test]
fn the_path_names_the_file_of_each_certificate_and_what_ends_it() {
    let text = admitted().rendered(Format::Text);
    for part in [
        "CN=worker,OU=orders,O=acme",
        "└─ CN=acme issuing,O=acme",
        "   └─ CN=acme root,O=acme",
        "worker.pem, certificate 2",
        "ca.pem, CA certificate 1",
        "note: the path ends before the client's certificate does, with worker.pem, certificate 2 on 2026-07-14",
        "filter 2 (line 2)",
        "of Namespace orders.a1b2c",
        "temporal workflow list --limit 1 --namespace orders.a1b2c",
    ] {
        assert!(text.replace("\n      ", " ").replace("of\n", "of ").contains(part), "{part}: {text}");
    }
}

#[test]
fn the_json_follows_its_schema_and_has_the_answer_apart() {
    let schema: Value = serde_json::from_str(&crate::schema()).expect("JSON");
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
    let read = |case: &Case| -> Value {
        let value: Value = serde_json::from_str(&case.rendered(Format::Json)).expect("JSON");
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        value["documents"][0].clone()
    };
    let document = read(&admitted());
    let client = &document["client"];
    assert_eq!((&client["decision"], &client["filter"]), (&"admitted".into(), &2.into()));
    assert_eq!(client["until"], "2026-07-14T00:00:00Z");
    assert_eq!((&document["upload"], &document["effective_expiry"]), (&Value::Null, &client["until"]));
    assert_eq!(client["path"][2]["place"]["origin"], "bundle");
    assert_eq!(
        client["path"][1]["place"],
        serde_json::json!({"origin": "client", "file": "worker.pem", "number": 2})
    );
    let client = read(&contested())["client"].clone();
    assert_eq!(client["decision"], "contested");
    assert_eq!(client["servers"].as_array().map(Vec::len), Some(4));
    let refused = read(&refused());
    assert_eq!(refused["client"]["filters"][1]["found"], serde_json::json!([]));
    assert_eq!((&refused["verdict"], &refused["client"]["until"]), (&"refused".into(), &Value::Null));
}

#[test]
fn every_other_format_tells_the_decision_too() {
    let (admitted, refused) = (admitted(), refused());
    let sarif: Value = serde_json::from_str(&admitted.rendered(Format::Sarif)).expect("JSON");
    let client = &sarif["runs"][0]["properties"]["clients"][0];
    assert_eq!((&client["decision"], &client["until"]), (&"admitted".into(), &"2026-07-14T00:00:00Z".into()));
    assert!(admitted.rendered(Format::Junit).contains("<property name=\"decision\" value=\"admitted\"/>"));
    assert!(
        refused
            .rendered(Format::Junit)
            .contains("<failure message=\"refused: the certificate passes no filter")
    );
    assert!(
        admitted
            .rendered(Format::Github)
            .contains("mtlsmith: worker.pem: admitted until 2026-07-14 (29 days)")
    );
    let page = refused.rendered(Format::Html);
    for part in [
        "<h1>Refused</h1>",
        "<ol class=\"path\">",
        "Certificate filters",
        "<td class=\"bad\"><bdi>missing</bdi>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[test]
fn a_ca_of_the_bundle_is_pointed_at_in_its_own_file() {
    let case = contested();
    assert!(case.rendered(Format::Text).contains("--> ca.pem:1\n"), "{}", case.rendered(Format::Text));
    assert!(case.rendered(Format::Github).contains(",file=ca.pem,line=1,endLine="));
    let sarif: Value = serde_json::from_str(&case.rendered(Format::Sarif)).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let uri =
        |result: &Value| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "ca.pem";
    assert!(results.iter().any(uri), "{sarif}");
}

#[test]
fn a_client_s_file_is_never_called_a_bundle() {
    let root = testkit::root("acme root");
    let chain = vec![&root; 40];
    let case = Case::of(&chain, &[&root], None);
    for format in Format::ALL {
        let output = case.rendered(*format);
        assert!(!output.contains("this bundle") && !output.contains(">the bundle<"), "{output}");
    }
    assert!(case.rendered(Format::Text).starts_with("refused: the client presents 40 certificates"));
}

#[test]
fn a_bundle_that_would_be_refused_itself_is_told_with_the_command() {
    let case = refused();
    let client = Some(ClientFiles { bundle_verdict: Verdict::Refused, ..FILES });
    let document = Document { name: "worker.pem", input: case.file.as_bytes(), report: &case.report, client };
    let text = crate::render(Format::Text, &[document], &STYLE);
    assert!(
        text.contains(
            "note: the bundle ca.pem itself would be refused on upload: mtlsmith bundle check ca.pem\n"
        ),
        "{text}"
    );
}

#[test]
fn names_in_the_answer_break_out_of_no_format() {
    let name = || testkit::Name::new().o("acme").cn(testing::HOSTILE_NAME);
    let root = testkit::root_builder("hostile").subject(name().ou("root")).self_signed();
    let leaf = testkit::leaf_builder("leaf").subject(name()).signed_by(&root);
    let stray = testkit::leaf_builder("leaf").subject(name()).signed_by(&testkit::root("other"));
    for leaf in [&leaf, &stray] {
        for filters in
            [None, Some("[{\"commonName\":\"a\\u001b[31m<script>\"}]"), Some("[{\"organization\":\"acme\"}]")]
        {
            let case = Case::of(&[leaf], &[&root], filters);
            let hostile = ClientFiles {
                bundle: "ca\n::error::x<script>.pem",
                key: Some("k\u{1b}[2J.key"),
                namespace: Some("a\n::add-mask::b.c<img>"),
                at: None,
                ..FILES
            };
            for format in Format::ALL {
                let document = Document {
                    name: "w<b>.pem",
                    input: case.file.as_bytes(),
                    report: &case.report,
                    client: Some(hostile),
                };
                let output = crate::render(*format, &[document], &STYLE);
                let bad = |letter: char| letter != '\n' && crate::defuse::is_obeyed_or_hidden(letter);
                assert!(!output.contains(bad), "{output}");
                assert!(!output.contains("\n::add-mask") && !output.contains("##["), "{output}");
                if matches!(format, Format::Html | Format::Junit) {
                    assert!(
                        !output.contains("<script") && !output.contains("<img") && !output.contains("<b>"),
                        "{output}"
                    );
                }
            }
        }
    }
}
