//! `TEMPORAL_*` variables: files for Docker and systemd, scripts of exports, and the environment of the process.

use super::assignments;
use super::assignments::Assignment;
use super::keys;
use super::model::Client;
use super::model::Form;
use super::model::Item;
use super::model::Origin;
use super::model::Setting;
use super::model::SettingPlace;
use super::reading::ClientConfiguration;
use super::reading::OddityKind;
use super::reading::process;
use super::reading::value;

/// Reads a file of assignments.
pub(super) fn read(text: &str) -> ClientConfiguration {
    let mut configuration = ClientConfiguration::of(Form::Environment);
    let mut client = Client::new("the environment".to_owned(), Origin::EnvironmentFile, None);
    let read = assignments::read(text);
    let mut seen: Vec<(&str, usize)> = Vec::new();
    for Assignment { name, value, line } in &read.found {
        let line = *line;
        if name.starts_with("TEMPORAL_") {
            match seen.iter().find(|(other, _)| other == name) {
                Some((_, first)) => {
                    configuration.odd(Some(line), OddityKind::Repeated { name: name.clone(), first: *first })
                }
                None if seen.len() < NAMES_REMEMBERED => seen.push((name, line)),
                None => {}
            }
        }
        take(&mut configuration, &mut client, name, value, SettingPlace::Line(line));
    }
    for (name, line) in read.not_understood {
        configuration.odd(Some(line), OddityKind::NotUnderstood { name });
    }
    client.line = client.settings.first().and_then(|setting| match setting.place {
        SettingPlace::Line(line) => Some(line),
        SettingPlace::Variable(_) => None,
    });
    configuration.clients.push(client);
    configuration
}

/// The variables of the running process.
pub(super) fn of_process(variables: &[(String, String)]) -> ClientConfiguration {
    let mut configuration = ClientConfiguration::of(Form::Environment);
    let mut client = process();
    for (name, value) in variables {
        take(&mut configuration, &mut client, name, value, SettingPlace::Variable(name.clone()));
    }
    configuration.clients.push(client);
    configuration
}

/// Takes one variable as a setting, or as an oddity.
pub(super) fn take(
    configuration: &mut ClientConfiguration,
    client: &mut Client,
    name: &str,
    text: &str,
    place: SettingPlace,
) {
    if is_promql(text) {
        configuration.promql.push(place.clone());
    }
    client.runs_dotnet |= name.starts_with("DOTNET_") || name.starts_with("ASPNETCORE_");
    match keys::of_variable(name) {
        Some(variable) if variable.item == Item::Other => {}
        Some(variable) => client.settings.push(Setting {
            item: variable.item,
            key: name.to_owned(),
            place,
            value: value(variable.item, text),
            is_legacy: variable.is_legacy,
        }),
        None => {
            if let Some(meant) = keys::meant_variable(name) {
                let kind = OddityKind::UnknownVariable { name: name.to_owned(), meant };
                configuration.oddities.push(super::reading::Oddity { place: Some(place), kind });
            }
        }
    }
}

/// Is it a URL of the endpoint for PromQL?
pub(super) fn is_promql(text: &str) -> bool {
    text.len() < LONGEST_URL && text.contains(".tmprl.cloud/prometheus")
}

/// Names that are compared with later ones; a client reads fewer than thirty.
const NAMES_REMEMBERED: usize = 256;

/// URLs that are looked at are shorter.
const LONGEST_URL: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client_configuration::assignments::assigned;
    use crate::client_configuration::assignments::closing;

    fn values(text: &str) -> Vec<(String, String, usize)> {
        let all = assignments::read(text).found;
        all.into_iter().map(|found| (found.name, found.value, found.line)).collect()
    }

    #[test]
    fn assignments_are_read_in_every_usual_shape() {
        let text = "# a comment\nexport A=1\n  B = 2\nC='three # no comment'\nD=four # comment\nE=\"a \\\" b\"\n\
            Environment=\"TEMPORAL_X=5\"\nnot an assignment\nF=\n";
        let read = values(text);
        let read: Vec<(&str, &str, usize)> =
            read.iter().map(|(name, value, line)| (name.as_str(), value.as_str(), *line)).collect();
        assert_eq!(
            read,
            [
                ("A", "1", 2),
                ("C", "three # no comment", 4),
                ("D", "four", 5),
                ("E", "a \\\" b", 6),
                ("TEMPORAL_X", "5", 7),
                ("F", "", 9),
            ]
        );
    }

    #[test]
    fn a_quoted_value_goes_on_over_lines() {
        let text = "K=\"-----BEGIN PRIVATE KEY-----\nMHcC\n-----END PRIVATE KEY-----\"\nN=1\n";
        let read = values(text);
        assert_eq!(read.len(), 2);
        assert!(read[0].1.ends_with("KEY-----") && read[1].2 == 4, "{read:?}");
        assert_eq!(values("K=\"never closed\nA=1").len(), 1);
    }

    #[test]
    fn variables_become_settings() {
        let read = read(
            "TEMPORAL_ADDRESS=a:1\nTEMPORAL_TLS_CERT=x\nTEMPORAL_TLS_CLIENT_CERT=y\nTEMPORAL_ADDRESS=b:1\n",
        );
        let client = &read.clients[0];
        assert_eq!(client.text(Item::Address), Some("b:1"));
        assert!(client.settings[1].is_legacy && client.certificate().is_none());
        assert_eq!(read.oddities.len(), 2);
    }

    #[test]
    fn names_begin_with_a_letter_or_a_low_line_and_quotes_end_where_they_end() {
        assert_eq!(assigned("_A=1"), Some(("_A", "1")));
        assert_eq!((assigned("1A=1"), assigned("-A=1"), assigned("=1")), (None, None, None));
        assert_eq!(closing(r"a\'b'", '\'', false), Some(2));
        assert_eq!(closing(r#"a\"b""#, '"', true), Some(4));
    }

    #[test]
    fn variables_that_say_nothing_about_certificates_are_no_settings() {
        let client = read("TEMPORAL_GRPC_META_X=1\nTEMPORAL_NAMESPACE=a.b\n").clients.remove(0);
        assert_eq!(client.settings.iter().map(|setting| setting.item).collect::<Vec<_>>(), [Item::Namespace]);
        assert_eq!(client.line, Some(2));
    }

    #[test]
    fn the_variables_of_a_process_have_their_names_for_a_place() {
        let read = of_process(&[("TEMPORAL_NAMESPACE".to_owned(), "a.b".to_owned())]);
        let places: Vec<_> = read.clients[0].settings.iter().map(|setting| setting.place.clone()).collect();
        assert_eq!(places, [SettingPlace::Variable("TEMPORAL_NAMESPACE".to_owned())]);
    }

    #[test]
    fn so_many_names_are_remembered_and_urls_looked_at_to_their_limit() {
        let names =
            |count: usize| (0..count).map(|index| format!("TEMPORAL_X{index}=1\n")).collect::<String>();
        let repeated = |text: &str| {
            let oddities = read(text).oddities;
            oddities.iter().filter(|odd| matches!(odd.kind, OddityKind::Repeated { .. })).count()
        };
        let again = |index: usize| format!("{}TEMPORAL_X{index}=1\n", names(NAMES_REMEMBERED + 1));
        assert_eq!(repeated(&again(0)), 1);
        assert_eq!(repeated(&again(NAMES_REMEMBERED - 1)), 1);
        assert_eq!(repeated(&again(NAMES_REMEMBERED)), 0);
        let url = |length: usize| format!("{:a<length$}", "https://x.tmprl.cloud/prometheus");
        assert!(is_promql(&url(LONGEST_URL - 1)) && !is_promql(&url(LONGEST_URL)));
    }
}
