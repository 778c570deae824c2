//! The list of certificates to mint: CSV with a line of headings, or JSON.

use mtlsmith_ca::mint::Lifetime;
use serde::Deserialize;

use crate::failure::Failure;
use crate::minting;
use crate::minting::Names;
use crate::session::shown;

/// One certificate of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    /// Where it stands, such as `line 3`.
    #[serde(skip)]
    pub(super) place: String,
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

/// Reads the list; JSON begins with a bracket.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Row>, Failure> {
    let rows = match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[' | b'{') => json(bytes),
        _ => csv(bytes),
    }?;
    if rows.is_empty() {
        return Err(Failure::could_not_run("the list is empty; nothing was minted").hint(FORM));
    }
    Ok(rows)
}

fn json(bytes: &[u8]) -> Result<Vec<Row>, Failure> {
    let mut rows: Vec<Row> = serde_json::from_slice(bytes).map_err(|error| {
        // Its own words repeat what stands there.
        let (line, column) = (error.line(), error.column());
        Failure::could_not_run(format!("the list cannot be read from line {line}, column {column} on")).hint(
            "it is an array of objects such as {\"name\":\"billing\",\"dns\":[\"billing.acme.internal\"]}",
        )
    })?;
    for (row, number) in rows.iter_mut().zip(1..) {
        row.place = format!("object {number}");
    }
    Ok(rows)
}

fn csv(bytes: &[u8]) -> Result<Vec<Row>, Failure> {
    let unreadable = |error: csv::Error| {
        Failure::could_not_run(format!("the list cannot be read: {}", shown(error))).hint(FORM)
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let headings: Vec<String> = reader
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
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let line = record.position().map_or(0, csv::Position::line);
        let mut row = Row { place: format!("line {line}"), ..Row::default() };
        for (heading, value) in headings.iter().zip(&record).filter(|(_, value)| !value.is_empty()) {
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
        rows.push(row);
    }
    Ok(rows)
}

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

    #[test]
    fn csv_and_json_say_the_same() {
        let from_csv =
            read(b"name,dns,organization_unit\nbilling,a.example; b.example,billing\n\"ship,ping\",,\n")
                .unwrap();
        let from_json = read(
            br#"[{"name":"billing","dns":["a.example","b.example"],"organization_unit":["billing"]},{"name":"ship,ping"}]"#,
        )
        .unwrap();
        let without_place = |rows: Vec<Row>| -> Vec<Row> {
            rows.into_iter().map(|row| Row { place: String::new(), ..row }).collect()
        };
        assert_eq!(from_csv[1].place, "line 3");
        assert_eq!(without_place(from_csv), without_place(from_json));
    }

    #[test]
    fn what_means_nothing_is_told() {
        for bad in [
            "nam\na\n",
            "name,colour\na,red\n",
            "name\n",
            "name,dns\na\n",
            "[{\"name\":\"a\",\"colour\":1}]",
            "[]",
            "",
        ] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
