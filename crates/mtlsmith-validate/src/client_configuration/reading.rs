//! What a file was read as, and the oddities on the way that no client shows.

use super::model::Client;
use super::model::Form;
use super::model::Item;
use super::model::KubernetesSecret;
use super::model::Origin;
use super::model::Secret;
use super::model::Setting;
use super::model::SettingPlace;
use super::model::Value;

/// A file, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientConfiguration {
    /// What kind of file it is; `None` when nobody can tell.
    pub form: Option<Form>,
    /// Who connects.
    pub clients: Vec<Client>,
    /// The Secrets of a manifest.
    pub secrets: Vec<KubernetesSecret>,
    pub(crate) oddities: Vec<Oddity>,
    /// The names of all profiles, those that are not judged included.
    pub(crate) profiles: Vec<String>,
    /// Lines of URLs of the endpoint for PromQL.
    pub(crate) promql: Vec<SettingPlace>,
}

/// Something that became no setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Oddity {
    pub(crate) place: Option<SettingPlace>,
    pub(crate) kind: OddityKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OddityKind {
    /// It cannot be read, and why.
    Unreadable(&'static str),
    /// There is more of it than is read.
    TooLarge(&'static str),
    /// A key that nobody reads, and what to do.
    UnknownKey { key: String, repair: String },
    /// A value of the wrong type.
    WrongType { key: String, wanted: &'static str },
    /// A variable that nobody reads, and the one that was meant.
    UnknownVariable { name: String, meant: &'static str },
    /// A variable that stands there a second time, and the line of the first.
    Repeated { name: String, first: usize },
    /// A key that stands a second time in its mapping, and the line of the first.
    RepeatedKey { name: String, first: usize },
    /// A line that mentions a variable and sets none.
    NotUnderstood { name: String },
    /// The profile that was asked for is not there.
    NoProfile { profile: String, known: String },
}

impl ClientConfiguration {
    pub(super) fn of(form: Form) -> Self {
        ClientConfiguration { form: Some(form), ..ClientConfiguration::default() }
    }

    pub(super) fn odd(&mut self, line: Option<usize>, kind: OddityKind) {
        self.oddities.push(Oddity { place: line.map(SettingPlace::Line), kind });
    }
}

/// The value of an item, from text.
pub(super) fn value(item: Item, text: &str) -> Value {
    let is_template = ["${", "{{", "$("].iter().any(|mark| text.contains(mark));
    match item {
        _ if item.is_hidden() && is_template && text.len() < LONGEST_TEMPLATE => Value::Elsewhere,
        _ if item.is_hidden() => Value::Hidden(Secret::new(text)),
        Item::Address | Item::Namespace | Item::ServerName if is_template => Value::Elsewhere,
        _ => Value::Text(text.to_owned()),
    }
}

/// Lays the settings of the environment over those of a profile, as every client does: a variable that is set wins, also when it is
/// set to nothing.
pub(super) fn overlay(client: &mut Client, environment: &Client) {
    for setting in &environment.settings {
        client.settings.retain(|own| own.item != setting.item || own.is_legacy || setting.is_legacy);
        client.settings.push(setting.clone());
    }
    client.runs_dotnet |= environment.runs_dotnet;
}

/// A setting of the running process or of a file.
pub(super) fn setting(item: Item, key: &str, place: SettingPlace, value: Value) -> Setting {
    Setting { item, key: key.to_owned(), place, value, is_legacy: false }
}

/// A client that stands nowhere but in the running process.
pub(super) fn process() -> Client {
    Client::new("the environment".to_owned(), Origin::Process, None)
}

/// A value that is longer than this is no variable of a template, whatever stands in it.
const LONGEST_TEMPLATE: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_come_before_what_a_profile_says_and_beside_its_old_names() {
        let of = |text: &str| super::super::environment::read(text).clients.remove(0);
        let overlaid = |own: &str, variables: &str| {
            let mut client = of(own);
            overlay(&mut client, &of(variables));
            client.settings.iter().map(|setting| setting.key.clone()).collect::<Vec<_>>()
        };
        let (path, old) = ("TEMPORAL_TLS_CLIENT_CERT_PATH", "TEMPORAL_TLS_CERT");
        assert_eq!(
            overlaid("TEMPORAL_NAMESPACE=a.b\n", &format!("{path}=x\n")),
            ["TEMPORAL_NAMESPACE", path]
        );
        assert_eq!(overlaid(&format!("{path}=y\n"), &format!("{path}=x\n")), [path]);
        assert_eq!(overlaid(&format!("{old}=y\n"), &format!("{path}=x\n")), [old, path]);
        assert_eq!(overlaid(&format!("{path}=y\n"), &format!("{old}=x\n")), [path, old]);
        let mut client = of("DOTNET_X=1\n");
        overlay(&mut client, &of("A=1\n"));
        assert!(client.runs_dotnet);
    }

    #[test]
    fn a_template_is_short() {
        let template = |length: usize| value(Item::KeyData, &format!("{:a<length$}", "${KEY}"));
        assert_eq!(template(LONGEST_TEMPLATE - 1), Value::Elsewhere);
        assert!(matches!(template(LONGEST_TEMPLATE), Value::Hidden(_)));
    }

    #[test]
    fn a_template_in_an_address_is_filled_in_elsewhere() {
        for item in [Item::Address, Item::Namespace, Item::ServerName] {
            assert_eq!(value(item, "${HOST}:7233"), Value::Elsewhere);
            assert_eq!(value(item, "a:7233"), Value::Text("a:7233".to_owned()));
        }
        let path = Value::Text("${HOME}/tls.crt".to_owned());
        assert_eq!(value(Item::CertificatePath, "${HOME}/tls.crt"), path, "rules about paths read it");
    }
}
