//! The list of certificates to mint: CSV with a line of headings, or JSON. It is gone through row by row, as often as need be, and never
//! held in memory whole: it may have a million rows.

use std::collections::BTreeSet;
use std::fmt;

use mtlsmith_ca::mint::Lifetime;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::SeqAccess;
use serde::de::Visitor;

use crate::failure::Failure;
use crate::minting;
use crate::minting::Names;
use crate::session::shown;

/// One certificate of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    /// Where it stands: the number of its line or object.
    #[serde(skip)]
    pub(super) number: u64,
    /// Its name in the state directory.
    pub(super) name: String,
    #[serde(default)]
    pub(super) namespace: Option<String>,
    #[serde(default)]
    pub(super) organization: Option<String>,
    #[serde(default)]
    pub(super) organization_unit: Vec<String>,
    #[serde(default)]
    pub(super) common_name: Option<String>,
    #[serde(default)]
    pub(super) dns: Vec<String>,
    #[serde(default)]
    pub(super) uri: Vec<String>,
    #[serde(default)]
    pub(super) email: Vec<String>,
    #[serde(default)]
    pub(super) ip: Vec<String>,
    #[serde(default)]
    pub(super) validity_period: Option<String>,
}

impl Row {
    /// Its names, the common name being the Namespace's where none is given.
    pub(super) fn names<'a>(
        &'a self,
        namespace: Option<&'a str>,
        organization: Option<&'a str>,
    ) -> Names<'a> {
        Names {
            organization: self.organization.as_deref().or(organization),
            units: &self.organization_unit,
            common_name: self.common_name.as_deref().or(namespace),
            dns: &self.dns,
            uri: &self.uri,
            email: &self.email,
            ip: &self.ip,
        }
    }

    /// How long it is to be valid, where it says so.
    pub(super) fn lifetime(&self) -> Result<Option<Lifetime>, Failure> {
        self.validity_period.as_deref().map(minting::lifetime).transpose().map_err(Failure::could_not_run)
    }
}

/// A list that can be read from its first row to its last.
pub(super) struct List<'b> {
    bytes: &'b [u8],
    /// The headings of CSV; none for JSON.
    headings: Option<Vec<String>>,
    /// How many rows it has.
    pub(super) rows: usize,
    /// The Namespaces that its rows name.
    pub(super) namespaces: BTreeSet<String>,
}

/// What is done with some rows.
type Each<'e> = &'e mut dyn FnMut(Vec<Row>) -> Result<(), Failure>;

impl<'b> List<'b> {
    /// Reads it once from end to end, so that all of it is known to be readable. JSON begins with a bracket.
    pub(super) fn open(bytes: &'b [u8]) -> Result<Self, Failure> {
        let headings = match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'[' | b'{') => None,
            _ => Some(headings(bytes)?),
        };
        let mut list = List { bytes, headings, rows: 0, namespaces: BTreeSet::new() };
        let (mut rows, mut namespaces) = (0, BTreeSet::new());
        list.in_parts(READ_TOGETHER, &mut |part| {
            rows += part.len();
            for namespace in part.into_iter().filter_map(|row| row.namespace) {
                namespaces.insert(namespace);
            }
            Ok(())
        })?;
        if rows == 0 {
            return Err(Failure::could_not_run("the list is empty; nothing was minted").hint(FORM));
        }
        (list.rows, list.namespaces) = (rows, namespaces);
        Ok(list)
    }

    /// Hands out all rows in order, so many at a time.
    pub(super) fn in_parts(&self, size: usize, each: Each<'_>) -> Result<(), Failure> {
        match &self.headings {
            None => json(self.bytes, size, each),
            Some(headings) => csv(self.bytes, headings, size, each),
        }
    }

    /// In words, where the row of a number stands.
    pub(super) fn place(&self, number: u64) -> String {
        format!("{} {number}", if self.headings.is_some() { "line" } else { "object" })
    }
}

fn json(bytes: &[u8], size: usize, each: Each<'_>) -> Result<(), Failure> {
    let mut failed = None;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = reader.deserialize_seq(Parts { size, each, failed: &mut failed }).and_then(|()| reader.end());
    match (failed, read) {
        (Some(failure), _) => Err(failure),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => {
            // Its own words repeat what stands there.
            let (line, column) = (error.line(), error.column());
            let message = format!("the list cannot be read from line {line}, column {column} on");
            Err(Failure::could_not_run(message).hint(
                "it is an array of objects such as {\"name\":\"billing\",\"dns\":[\"billing.acme.internal\"]}",
            ))
        }
    }
}

/// Takes the objects of an array as they come.
struct Parts<'e> {
    size: usize,
    each: Each<'e>,
    /// What came of it, when that was no fault of the JSON.
    failed: &'e mut Option<Failure>,
}

impl<'de> Visitor<'de> for Parts<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut objects: A) -> Result<(), A::Error> {
        let mut number = 0;
        loop {
            let mut part = Vec::new();
            while part.len() < self.size
                && let Some(row) = objects.next_element::<Row>()?
            {
                number += 1;
                part.push(Row { number, ..row });
            }
            if part.is_empty() {
                return Ok(());
            }
            if let Err(failure) = (self.each)(part) {
                *self.failed = Some(failure);
                return Err(serde::de::Error::custom("not gone on with"));
            }
        }
    }
}

fn reader(bytes: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes)
}

fn unreadable(error: csv::Error) -> Failure {
    Failure::could_not_run(format!("the list cannot be read: {}", shown(error))).hint(FORM)
}

fn headings(bytes: &[u8]) -> Result<Vec<String>, Failure> {
    let headings: Vec<String> = reader(bytes)
        .headers()
        .map_err(unreadable)?
        .iter()
        .map(|heading| heading.trim_start_matches('\u{feff}').to_owned())
        .collect();
    if let Some(unknown) = headings.iter().find(|heading| !COLUMNS.contains(&heading.as_str())) {
        // What does not look like the name of a column may be anything, also a key that was named by mistake.
        let is_name = unknown.len() <= LONGEST_HEADING
            && unknown.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b' '));
        let unknown =
            if is_name { format!("the column \"{unknown}\", which") } else { "a column that".to_owned() };
        return Err(Failure::could_not_run(format!("the list has {unknown} means nothing here")).hint(FORM));
    }
    if !headings.iter().any(|heading| heading == "name") {
        return Err(Failure::could_not_run("the list has no column \"name\"").hint(FORM));
    }
    Ok(headings)
}

fn csv(bytes: &[u8], headings: &[String], size: usize, each: Each<'_>) -> Result<(), Failure> {
    let mut reader = reader(bytes);
    let mut record = csv::StringRecord::new();
    loop {
        let mut part = Vec::new();
        while part.len() < size && reader.read_record(&mut record).map_err(unreadable)? {
            part.push(row(headings, &record));
        }
        if part.is_empty() {
            return Ok(());
        }
        each(part)?;
    }
}

fn row(headings: &[String], record: &csv::StringRecord) -> Row {
    let mut row = Row { number: record.position().map_or(0, csv::Position::line), ..Row::default() };
    for (heading, value) in headings.iter().zip(record).filter(|(_, value)| !value.is_empty()) {
        let several = || value.split(';').map(|one| one.trim().to_owned()).collect();
        match heading.as_str() {
            "name" => value.clone_into(&mut row.name),
            "namespace" => row.namespace = Some(value.to_owned()),
            "organization" => row.organization = Some(value.to_owned()),
            "organization_unit" => row.organization_unit = several(),
            "common_name" => row.common_name = Some(value.to_owned()),
            "dns" => row.dns = several(),
            "uri" => row.uri = several(),
            "email" => row.email = several(),
            "ip" => row.ip = several(),
            _ => row.validity_period = Some(value.to_owned()),
        }
    }
    row
}

/// As many rows are read at a time when nothing else is done with them.
const READ_TOGETHER: usize = 1_000;

/// The names of columns are shorter.
const LONGEST_HEADING: usize = 24;

/// The columns, and the names of the JSON fields.
const COLUMNS: [&str; 10] = [
    "name",
    "namespace",
    "organization",
    "organization_unit",
    "common_name",
    "dns",
    "uri",
    "email",
    "ip",
    "validity_period",
];

const FORM: &str = "CSV begins with a line of headings: name,namespace,organization,organization_unit,common_name,dns,uri,email,ip,validity_period; \
     only name is needed; several values of one field are separated by semicolons";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], together: usize) -> Result<Vec<Row>, Failure> {
        let list = List::open(bytes)?;
        let mut rows = Vec::new();
        list.in_parts(together, &mut |part| {
            assert!(part.len() <= together);
            rows.extend(part);
            Ok(())
        })?;
        assert_eq!(rows.len(), list.rows);
        Ok(rows)
    }

    #[test]
    fn csv_and_json_say_the_same_however_much_is_read_at_a_time() {
        let csv = b"name,dns,organization_unit\nbilling,a.example; b.example,billing\n\"ship,ping\",,\n";
        let json = br#"[{"name":"billing","dns":["a.example","b.example"],"organization_unit":["billing"]},{"name":"ship,ping"}]"#;
        for together in [1, 2, 3] {
            let (from_csv, from_json) = (read(csv, together).unwrap(), read(json, together).unwrap());
            let without_place = |rows: &[Row]| -> Vec<Row> {
                rows.iter().cloned().map(|row| Row { number: 0, ..row }).collect()
            };
            assert_eq!((from_csv[1].number, from_json[1].number), (3, 2));
            assert_eq!(without_place(&from_csv), without_place(&from_json));
        }
    }

    #[test]
    fn the_namespaces_of_a_list_are_known_and_what_a_reader_says_ends_the_reading() {
        for list in [
            &b"name,namespace\na,one.x\nb,\nc,two.x\nd,one.x\n"[..],
            br#"[{"name":"a","namespace":"two.x"},{"name":"b","namespace":"one.x"},{"name":"c"},{"name":"d"}]"#,
        ] {
            let list = List::open(list).unwrap();
            assert_eq!(list.namespaces.iter().map(String::as_str).collect::<Vec<_>>(), ["one.x", "two.x"]);
            let mut parts = 0;
            let ended = list.in_parts(1, &mut |_| {
                parts += 1;
                if parts == 2 { Err(Failure::no("enough")) } else { Ok(()) }
            });
            assert_eq!(parts, 2);
            assert!(matches!(ended, Err(Failure::Said { message, .. }) if message == "enough"));
        }
    }

    #[test]
    fn what_means_nothing_is_told() {
        for bad in [
            "nam\na\n",
            "name,colour\na,red\n",
            "name\n",
            "name,dns\na\n",
            "[{\"name\":\"a\",\"colour\":1}]",
            "[{\"name\":\"a\"}] x",
            "{\"name\":\"a\"}",
            "[]",
            "",
        ] {
            assert!(List::open(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
