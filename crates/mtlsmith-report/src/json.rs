//! The report as JSON, for programs: every value apart, versioned, with a schema. Not for people, and no sentence has to be parsed.

pub(crate) mod configuration;
mod convert;
mod convert_client;
mod wire;
mod wire_client;

use std::io;

use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::ser::Formatter;
use serde_json::ser::PrettyFormatter;

use crate::Document;
use crate::defuse;

/// The documents as one JSON object.
pub(crate) fn render(documents: &[Document<'_>]) -> String {
    pretty(&wire::Output {
        schema: SCHEMA,
        tool: wire::Tool { name: "mtlsmith", version: env!("CARGO_PKG_VERSION") },
        documents: documents.iter().map(convert::document).collect(),
    })
}

/// The JSON Schema (draft 2020-12) of what [`Format::Json`](crate::Format::Json) writes.
pub fn schema() -> String {
    pretty(
        &SchemaSettings::draft2020_12()
            .for_serialize()
            .into_generator()
            .into_root_schema_for::<wire::Output>(),
    )
}

/// JSON over several lines with a final newline. Characters that a terminal obeys or hides are written as `\uXXXX`, which means the
/// same to every reader of JSON, and so is the bracket of `##[`, which the runner of a GitHub job obeys.
pub fn pretty(value: &impl Serialize) -> String {
    let mut bytes = Vec::with_capacity(4096);
    let formatter = Harmless(PrettyFormatter::new());
    // Writing into memory cannot fail, and none of the types written has a key that is not text.
    let written = value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter));
    debug_assert!(written.is_ok(), "{written:?}");
    bytes.push(b'\n');
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The version of the format.
const SCHEMA: u32 = 1;

struct Harmless(PrettyFormatter<'static>);

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if !fragment.contains(defuse::is_obeyed_or_hidden) && !fragment.contains("##[") {
            return writer.write_all(fragment.as_bytes());
        }
        let mut hashes = 0;
        for character in fragment.chars() {
            let is_command = character == '[' && hashes > 1;
            hashes = if character == '#' { hashes + 1 } else { 0 };
            if is_command || defuse::is_obeyed_or_hidden(character) {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            } else {
                write!(writer, "{character}")?;
            }
        }
        Ok(())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use mtlsmith_testkit as testkit;
    use serde_json::Value;

    use super::*;
    use crate::testing;

    fn read(text: &str) -> Value {
        serde_json::from_str(text).expect("what is written is JSON")
    }

    /// The output, after the schema has agreed with it.
    fn valid(inputs: &[(&str, Vec<u8>)]) -> Value {
        let output = testing::rendered(crate::Format::Json, inputs);
        assert!(output.ends_with("}\n"));
        let value = read(&output);
        let validator =
            jsonschema::options().should_validate_formats(true).build(&read(&schema())).expect("a schema");
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        value
    }

    #[test]
    fn the_schema_is_the_one_in_the_documentation() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/report.schema.json");
        if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
            std::fs::write(&path, schema()).expect("docs is writable");
        }
        let stored = std::fs::read_to_string(&path).expect("docs/report.schema.json; UPDATE=1 writes it");
        assert!(stored == schema(), "docs/report.schema.json is stale; run this test with UPDATE=1");
    }

    #[test]
    fn a_document_with_faults_is_written_as_stored() {
        testing::golden("json", &testing::rendered_sample(crate::Format::Json));
    }

    #[test]
    fn outputs_of_every_kind_of_input_follow_the_schema() {
        let root = testkit::root("root");
        let broken = testkit::pem_block("CERTIFICATE", b"no certificate");
        valid(&[]);
        valid(&[("clean.pem", root.pem().into_bytes())]);
        valid(&[("der", root.der().to_vec()), ("empty", Vec::new()), ("noise", b"\xff\0\x1b[31m".to_vec())]);
        valid(&[("broken.pem", format!("{broken}{}", root.pem()).into_bytes())]);
        valid(&[("sample.pem", testing::sample().into_bytes())]);
        valid(&[("hostile.pem", testing::hostile().into_bytes())]);
    }

    #[test]
    fn another_version_or_a_missing_field_does_not_follow_the_schema() {
        let validator = jsonschema::validator_for(&read(&schema())).expect("a schema");
        let mut value = valid(&[("clean.pem", testkit::root("root").pem().into_bytes())]);
        value["schema"] = 2.into();
        assert!(!validator.is_valid(&value));
        value["schema"] = 1.into();
        assert!(validator.is_valid(&value));
        value["documents"][0]["certificates"][0]["sha256"] = "12".into();
        assert!(!validator.is_valid(&value));
        value["documents"][0].as_object_mut().expect("an object").remove("verdict");
        assert!(!validator.is_valid(&value));
    }

    #[test]
    fn values_are_apart_from_the_sentence() {
        let root = testkit::root_builder("old").not_after(testkit::NOW - testkit::days(12)).self_signed();
        let value = valid(&[("old.pem", root.pem().into_bytes())]);
        let document = &value["documents"][0];
        assert_eq!((&document["verdict"], &document["upload"]), (&"refused".into(), &"refused".into()));
        let findings = document["findings"].as_array().expect("findings");
        let expired = findings.iter().find(|finding| finding["code"] == "CA-022").expect("it expired");
        assert_eq!(expired["facts"]["ago"]["seconds"], 12 * 86_400);
        assert_eq!(expired["facts"]["not_after"]["time"], "2026-06-03T00:00:00Z");
        assert_eq!(expired["subject"]["number"], 1);
        assert_eq!(document["certificates"][0]["sha256"], root.sha256_hex());
        assert_eq!(document["certificates"][0]["issuers"][0], 1);
    }

    #[test]
    fn the_first_end_stands_beside_the_last() {
        let ending = |name: &str, days| {
            testkit::root_builder(name).not_after(testkit::NOW + testkit::days(days)).self_signed()
        };
        let text = testkit::bundle(&[&ending("long", 400), &ending("short", 2)]);
        let document = &valid(&[("two.pem", text.into_bytes())])["documents"][0];
        assert_eq!(document["first_effective_expiry"], "2026-06-17T00:00:00Z");
        assert_eq!(document["effective_expiry"], "2027-07-20T00:00:00Z");
        let none = &valid(&[("empty", Vec::new())])["documents"][0];
        assert_eq!(none["first_effective_expiry"], Value::Null);
    }

    #[test]
    fn what_a_terminal_obeys_is_escaped_and_still_means_the_same() {
        let output =
            testing::rendered(crate::Format::Json, &[("hostile.pem", testing::hostile().into_bytes())]);
        assert!(
            !output.contains(|character| character != '\n' && defuse::is_obeyed_or_hidden(character)),
            "{output}"
        );
        assert!(!output.contains("##["), "{output}");
        let subject = &read(&output)["documents"][0]["certificates"][0]["subject"];
        assert!(
            subject
                .as_str()
                .is_some_and(|subject| subject.contains("\u{202e}") && subject.contains("\u{1b}[31m"))
        );
    }
}
