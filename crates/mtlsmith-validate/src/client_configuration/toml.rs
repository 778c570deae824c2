//! `temporal.toml`: profiles, their keys, and what stands where no client reads it.

use toml_edit::Document;
use toml_edit::Item as Entry;
use toml_edit::TableLike;

use super::finding::shown_name;
use super::keys;
use super::keys::Table;
use super::model::Client;
use super::model::Form;
use super::model::Item;
use super::model::Origin;
use super::model::SettingPlace;
use super::model::Value;
use super::reading::ClientConfiguration;
use super::reading::OddityKind;
use super::reading::setting;
use super::reading::value;

/// Reads the text of a file; lines count from `first`.
pub(super) fn read(text: &str, first: usize) -> ClientConfiguration {
    let mut configuration = ClientConfiguration::of(Form::Toml);
    let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at);
    let lines = Lines { ends: ends.collect(), first };
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let line = error.span().map(|span| lines.of(span.start));
            configuration.odd(line, OddityKind::Unreadable("it is no valid TOML"));
            return configuration;
        }
    };
    let root = document.as_table();
    let mut reader = Reader { lines, configuration };
    for (key, entry) in root.iter() {
        match (key, entry.as_table_like()) {
            ("profile", Some(profiles)) => reader.profiles(profiles),
            ("profile", None) => reader.wrong_type(root, key, "a table"),
            _ => reader.outside(root, key, entry),
        }
    }
    reader.configuration
}

struct Reader {
    lines: Lines,
    configuration: ClientConfiguration,
}

struct Lines {
    /// Where lines end, so that no place is looked for from the beginning.
    ends: Vec<usize>,
    first: usize,
}

impl Lines {
    fn of(&self, offset: usize) -> usize {
        self.first + self.ends.partition_point(|end| *end < offset)
    }
}

impl Reader {
    /// The line of a key.
    fn line(&self, table: &dyn TableLike, key: &str) -> Option<usize> {
        let (written, entry) = table.get_key_value(key)?;
        let span = written.span().or_else(|| entry.span())?;
        Some(self.lines.of(span.start))
    }

    fn wrong_type(&mut self, table: &dyn TableLike, key: &str, wanted: &'static str) {
        let line = self.line(table, key);
        self.configuration.odd(line, OddityKind::WrongType { key: key.to_owned(), wanted });
    }

    fn unknown(&mut self, table: &dyn TableLike, key: &str, repair: String) {
        let line = self.line(table, key);
        self.configuration.odd(line, OddityKind::UnknownKey { key: key.to_owned(), repair });
    }

    fn profiles(&mut self, profiles: &dyn TableLike) {
        for (name, entry) in profiles.iter() {
            match entry.as_table_like() {
                Some(table) => self.profile(profiles, name, table),
                // `[profile] address = …`: the name of the profile is missing.
                None => {
                    let repair = match keys::meant_in_toml(name) {
                        Some(meant) => in_table("default", meant),
                        None => "a profile is a table: [profile.NAME]".to_owned(),
                    };
                    self.unknown(profiles, name, repair);
                }
            }
        }
    }

    fn profile(&mut self, profiles: &dyn TableLike, name: &str, table: &dyn TableLike) {
        let line = self.line(profiles, name);
        let mut client = Client::new(format!("profile {}", shown_name(name)), Origin::Profile, line);
        self.configuration.profiles.push(name.to_owned());
        for (key, entry) in table.iter() {
            match (key, entry.as_table_like()) {
                ("tls", Some(tls)) => {
                    for (key, entry) in tls.iter() {
                        self.key(&mut client, name, (tls, Table::Tls), key, entry);
                    }
                }
                ("codec", Some(codec)) => {
                    for (key, entry) in codec.iter() {
                        self.key(&mut client, name, (codec, Table::Codec), key, entry);
                    }
                }
                ("tls", None) => self.wrong_type(table, key, "a table"),
                ("oauth", Some(_)) => client.has_other_credentials = true,
                ("codec" | "grpc_meta" | "oauth", _) => {}
                _ => self.key(&mut client, name, (table, Table::Profile), key, entry),
            }
        }
        self.configuration.clients.push(client);
    }

    fn key(
        &mut self,
        client: &mut Client,
        profile: &str,
        (table, kind): (&dyn TableLike, Table),
        key: &str,
        entry: &Entry,
    ) {
        let Some(item) = keys::of_toml(kind, key) else {
            let repair = match keys::meant_in_toml(key) {
                Some(meant) => in_table(profile, meant),
                None => "drop it, no client reads it".to_owned(),
            };
            return self.unknown(table, key, repair);
        };
        let read = match (item.is_switch(), entry.as_bool(), entry.as_str()) {
            (true, Some(switch), _) => Value::Switch(switch),
            (false, _, Some(text)) => value(item, text),
            (true, ..) => return self.wrong_type(table, key, "true or false, without quotes"),
            (false, ..) => return self.wrong_type(table, key, "text in quotes"),
        };
        if item != Item::Other
            && let Some(line) = self.line(table, key)
        {
            client.settings.push(setting(item, key, SettingPlace::Line(line), read));
        }
    }

    /// What stands outside of every profile.
    fn outside(&mut self, root: &dyn TableLike, key: &str, entry: &Entry) {
        let holds_settings = entry.as_table_like().is_some_and(|table| {
            table.iter().any(|(key, _)| key == "tls" || keys::of_toml(Table::Profile, key).is_some())
        });
        let repair = match keys::meant_in_toml(key).filter(|_| entry.as_table_like().is_none()) {
            Some(meant) => in_table("default", meant),
            None if key == "profiles" => "call it profile: [profile.NAME]".to_owned(),
            None if key == "tls" => "put it into a profile: [profile.default.tls]".to_owned(),
            None if holds_settings => format!("make it a profile: [profile.{key}]"),
            None => "drop it, no client reads it".to_owned(),
        };
        self.unknown(root, key, repair);
    }
}

/// `put client_cert_data under [profile.cloud.tls]`.
fn in_table(profile: &str, meant: &str) -> String {
    match meant.strip_prefix("tls.") {
        Some(key) => format!("put {key} under [profile.{profile}.tls]"),
        None => format!("put {meant} under [profile.{profile}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_come_with_their_lines() {
        let text = "# mine\n[profile.default]\naddress = \"orders.a1b2c.tmprl.cloud:7233\"\n\n[profile.default.tls]\n\
            client_cert_path = \"tls.crt\"\ndisabled = false\n";
        let read = read(text, 1);
        let client = &read.clients[0];
        assert_eq!((client.name.as_str(), client.line), ("profile default", Some(2)));
        let settings: Vec<_> =
            client.settings.iter().map(|setting| (setting.item, setting.place.clone())).collect();
        let line = SettingPlace::Line;
        assert_eq!(
            settings,
            [(Item::Address, line(3)), (Item::CertificatePath, line(6)), (Item::TlsDisabled, line(7))]
        );
        assert!(read.oddities.is_empty());
    }

    #[test]
    fn inline_tables_and_dotted_keys_are_the_same() {
        for text in [
            "profile.default = { namespace = \"a.b\", tls = { server_name = \"x\" } }",
            "[profile]\ndefault.namespace = \"a.b\"\ndefault.tls.server_name = \"x\"",
        ] {
            let read = read(text, 1);
            assert_eq!(read.clients[0].text(Item::ServerName), Some("x"), "{text}");
        }
    }

    #[test]
    fn what_nobody_reads_is_named_with_its_repair() {
        let text = "address = \"x\"\n[profile.cloud]\ntls_client_cert_data = \"x\"\n[profile.cloud.tls]\nenabled = true\n\
            [staging]\nnamespace = \"a.b\"\n";
        let read = read(text, 1);
        let told: Vec<(Option<usize>, String)> = read
            .oddities
            .iter()
            .map(|oddity| {
                let line = oddity.place.as_ref().map(|place| match place {
                    SettingPlace::Line(line) => *line,
                    SettingPlace::Variable(_) => 0,
                });
                let OddityKind::UnknownKey { repair, .. } = &oddity.kind else { panic!("{oddity:?}") };
                (line, repair.clone())
            })
            .collect();
        assert!(told.contains(&(Some(1), "put address under [profile.default]".to_owned())), "{told:?}");
        assert!(
            told.contains(&(Some(3), "put client_cert_data under [profile.cloud.tls]".to_owned())),
            "{told:?}"
        );
        assert!(told.contains(&(Some(5), "drop it, no client reads it".to_owned())), "{told:?}");
        assert!(told.contains(&(Some(6), "make it a profile: [profile.staging]".to_owned())), "{told:?}");
    }

    #[test]
    fn broken_toml_points_at_its_line() {
        let read = read("[profile.default]\naddress = \n", 1);
        assert_eq!(read.oddities[0].place, Some(SettingPlace::Line(2)));
    }

    #[test]
    fn what_stands_outside_of_profiles_is_told_with_its_place() {
        let repair = |text: &str| format!("{:?}", read(text, 1).oddities);
        for (text, advice) in [
            ("[profiles.default]\naddress = 1\n", "call it profile: [profile.NAME]"),
            ("[tls]\nserver_name = \"x\"\n", "put it into a profile: [profile.default.tls]"),
            ("[cloud]\naddress = \"x\"\n", "make it a profile: [profile.cloud]"),
            ("[cloud.tls]\nx = 1\n", "make it a profile: [profile.cloud]"),
            ("[other]\nx = 1\n", "drop it, no client reads it"),
        ] {
            assert!(repair(text).contains(advice), "{text}: {}", repair(text));
        }
    }

    #[test]
    fn tables_that_are_none_are_told_and_other_tables_are_passed_over() {
        let oddities = |text: &str| read(text, 1).oddities.len();
        assert_eq!((oddities("profile = 1\n"), oddities("[profile.default]\ntls = 1\n")), (1, 1));
        let others =
            "[profile.default]\ngrpc_meta = { a = \"b\" }\n[profile.default.oauth]\nclient_id = \"x\"\n";
        let read = read(others, 1);
        assert!(read.oddities.is_empty() && read.clients[0].has_other_credentials);
        assert_eq!(oddities("[profile.default.codec]\nno_such_key = \"x\"\n"), 1);
        assert_eq!(oddities("[profile.default]\ncodec = 1\n"), 0);
    }

    #[test]
    fn what_should_be_a_table_is_told_as_such() {
        for text in ["profile = 1\n", "[profile.default]\ntls = 1\n"] {
            let oddities = format!("{:?}", read(text, 1).oddities);
            assert!(oddities.contains("\"a table\""), "{oddities}");
        }
    }
}
