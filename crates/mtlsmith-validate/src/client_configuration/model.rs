//! What a client configuration says, whatever file it stands in: who connects, with which settings, from which line.

use std::fmt;
use std::sync::Arc;

use super::address::Address;
use super::address::Endpoint;
use super::finding::shown_name;

/// The kinds of files that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// `temporal.toml`, read by every SDK and the `temporal` CLI.
    Toml,
    /// `TEMPORAL_*` variables: an environment file, a script of exports, or the environment itself.
    Environment,
    /// Kubernetes manifests, Compose files and the configuration of temporal-proxy: YAML or JSON.
    Manifest,
}

impl Form {
    /// Words for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Form::Toml => "a client configuration in TOML",
            Form::Environment => "TEMPORAL_ variables",
            Form::Manifest => "a manifest",
        }
    }
}

/// Who connects: a profile, a container, a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// How it is called in sentences, such as `profile default` or `container worker of Deployment orders`.
    pub name: String,
    /// What kind of place its settings stand in.
    pub origin: Origin,
    /// The line where it begins, counted from 1.
    pub line: Option<usize>,
    /// Its settings, in the order of the file.
    pub settings: Vec<Setting>,
    /// May other settings come from somewhere else, such as `envFrom` or program code?
    pub is_partial: bool,
    /// Does it have credentials that are no setting here, such as OAuth tokens of the CLI?
    pub has_other_credentials: bool,
    /// The Secret of Kubernetes that has its certificate.
    pub certificate_secret: Option<SecretReference>,
    /// The Secret of Kubernetes that has its API key.
    pub api_key_secret: Option<SecretReference>,
    /// Does a variable beside the settings show that the program is written in .NET?
    pub runs_dotnet: bool,
}

/// Where the settings of a client stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A profile of `temporal.toml`.
    Profile,
    /// The environment of the running process.
    Process,
    /// A file of environment variables.
    EnvironmentFile,
    /// The environment of a container in a manifest, or a ConfigMap for one.
    Container,
    /// A `Connection` of the worker controller.
    Connection,
    /// An upstream of temporal-proxy.
    ProxyUpstream,
}

impl Origin {
    /// Are the paths in it paths on the machine on which the check runs?
    pub const fn is_here(self) -> bool {
        matches!(self, Origin::Profile | Origin::Process)
    }
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// What it sets.
    pub item: Item,
    /// Its key as it is written.
    pub key: String,
    /// Where it stands.
    pub place: SettingPlace,
    /// Its value.
    pub value: Value,
    /// Is it one of the old variables that the `temporal` CLI alone reads?
    pub is_legacy: bool,
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SettingPlace {
    /// A line of the file, counted from 1.
    Line(usize),
    /// A variable of the running process.
    Variable(String),
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text that may be shown.
    Text(String),
    /// Something that is never shown: a key, an API key, and the data of certificates.
    Hidden(Secret),
    /// True or false.
    Switch(bool),
    /// Set, but its value stands elsewhere: in a Secret, or in the variable of a template.
    Elsewhere,
}

/// Bytes that no output repeats; a clone is the same bytes, not a copy of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<[u8]>);

/// What a setting sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// Host and port of the frontend.
    Address,
    /// The Namespace.
    Namespace,
    /// The API key.
    ApiKey,
    /// TLS on or off.
    Tls,
    /// TLS off or on: the key of TOML is the inverse of the variable.
    TlsDisabled,
    /// The file of the client certificate.
    CertificatePath,
    /// The client certificate itself.
    CertificateData,
    /// The file of its private key.
    KeyPath,
    /// Its private key itself.
    KeyData,
    /// The file of the CA that has signed the server's certificate.
    ServerCaPath,
    /// That CA itself.
    ServerCaData,
    /// The name that the server's certificate must have.
    ServerName,
    /// Accept any name in the server's certificate.
    DisableHostVerification,
    /// A name of the gRPC header `:authority`, codec settings, metadata: nothing that is judged.
    Other,
}

impl Secret {
    /// Keeps bytes from being shown.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Secret(Arc::from(bytes.into()))
    }

    /// The bytes, for those who check them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl Item {
    /// Is its value kept from every output?
    pub const fn is_hidden(self) -> bool {
        matches!(
            self,
            Item::ApiKey | Item::CertificateData | Item::KeyData | Item::ServerCaData | Item::Other
        )
    }

    /// Is it true or false?
    pub const fn is_switch(self) -> bool {
        matches!(self, Item::Tls | Item::TlsDisabled | Item::DisableHostVerification)
    }

    /// Is it the path of a file?
    pub const fn is_path(self) -> bool {
        matches!(self, Item::CertificatePath | Item::KeyPath | Item::ServerCaPath)
    }

    /// Is it PEM in place of a file?
    pub const fn is_data(self) -> bool {
        matches!(self, Item::CertificateData | Item::KeyData | Item::ServerCaData)
    }
}

impl Setting {
    /// Its text, when it has one that may be shown; never that of a secret.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Does it say anything? Empty values count as not set.
    pub fn is_set(&self) -> bool {
        match &self.value {
            Value::Text(text) => !text.is_empty(),
            Value::Hidden(secret) => !secret.expose().is_empty(),
            Value::Switch(_) | Value::Elsewhere => true,
        }
    }
}

impl Client {
    pub(super) fn new(name: String, origin: Origin, line: Option<usize>) -> Self {
        Client {
            name,
            origin,
            line,
            settings: Vec::new(),
            is_partial: false,
            has_other_credentials: false,
            certificate_secret: None,
            api_key_secret: None,
            runs_dotnet: false,
        }
    }

    /// The setting that counts for an item: the last one that says something, the CLI's old variables apart.
    pub fn setting(&self, item: Item) -> Option<&Setting> {
        let last = self.settings.iter().rfind(|setting| setting.item == item && !setting.is_legacy);
        last.filter(|setting| setting.is_set())
    }

    /// The text of the setting that counts.
    pub fn text(&self, item: Item) -> Option<&str> {
        self.setting(item)?.text()
    }

    /// The first of these items that is set.
    pub fn first_of(&self, items: &[Item]) -> Option<&Setting> {
        items.iter().find_map(|item| self.setting(*item))
    }

    /// The setting of the certificate.
    pub fn certificate(&self) -> Option<&Setting> {
        self.first_of(&[Item::CertificatePath, Item::CertificateData])
    }

    /// The setting of the private key.
    pub fn key(&self) -> Option<&Setting> {
        self.first_of(&[Item::KeyPath, Item::KeyData])
    }

    /// Does it present a client certificate?
    pub fn has_certificate(&self) -> bool {
        self.certificate().is_some() || self.key().is_some() || self.certificate_secret.is_some()
    }

    /// Does it present an API key?
    pub fn has_api_key(&self) -> bool {
        self.setting(Item::ApiKey).is_some() || self.api_key_secret.is_some()
    }

    /// The address, taken apart.
    pub(crate) fn address(&self) -> Option<Address<'_>> {
        self.text(Item::Address).map(Address::of)
    }

    /// What the address is an address of.
    pub(crate) fn endpoint(&self) -> Option<Endpoint<'_>> {
        self.address().map(Endpoint::of)
    }

    /// Is it Temporal Cloud that it connects to, by the address or by the form of the Namespace behind a private address?
    pub(crate) fn is_for_cloud(&self) -> bool {
        match self.endpoint() {
            Some(Endpoint::Private | Endpoint::Ip) => {
                self.text(Item::Namespace).is_some_and(|namespace| namespace.contains('.'))
            }
            Some(endpoint) => endpoint.is_cloud(),
            None => false,
        }
    }
}

/// A Secret that something refers to by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretReference {
    /// Its name.
    pub name: String,
    /// The line of the reference.
    pub line: usize,
}

/// A Secret of Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubernetesSecret {
    /// Its name.
    pub name: String,
    /// The line where it begins.
    pub line: usize,
    /// Its type and the line of that; `Opaque` when none is written.
    pub kind: Option<(String, usize)>,
    /// What it holds.
    pub entries: Vec<SecretEntry>,
}

/// One entry of a Secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretEntry {
    /// Its key, such as `tls.crt`.
    pub key: String,
    /// Its line.
    pub line: usize,
    /// The decoded value; `None` when it is no base64.
    pub value: Option<Secret>,
}

impl KubernetesSecret {
    /// Its name, for people: not repeated when it may be a secret that stands in the wrong place.
    pub fn shown_name(&self) -> String {
        shown_name(&self.name)
    }

    /// The entry with a key: the last one, as Kubernetes has it.
    pub fn entry(&self, key: &str) -> Option<&SecretEntry> {
        self.entries.iter().rfind(|entry| entry.key == key)
    }

    /// Its type.
    pub fn kind(&self) -> &str {
        self.kind.as_ref().map_or("Opaque", |(kind, _)| kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_have_their_words_and_secrets_have_none() {
        let words = [Form::Toml, Form::Environment, Form::Manifest].map(Form::as_str);
        assert_eq!(words, ["a client configuration in TOML", "TEMPORAL_ variables", "a manifest"]);
        assert_eq!(format!("{:?}", Secret::new("hush")), "[secret]");
    }

    #[test]
    fn what_is_written_out_is_told_from_paths() {
        assert!(Item::CertificateData.is_data() && Item::KeyData.is_data() && Item::ServerCaData.is_data());
        assert!(!Item::CertificatePath.is_data() && !Item::KeyPath.is_data() && !Item::Namespace.is_data());
    }

    #[test]
    fn a_certificate_a_key_or_a_secret_alone_means_a_client_certificate() {
        let has = |item, name: &str| {
            let mut client = Client::new(String::new(), Origin::Container, None);
            let value = Value::Text("x".to_owned());
            client.settings.push(super::super::reading::setting(item, name, SettingPlace::Line(1), value));
            client.has_certificate()
        };
        assert!(has(Item::CertificatePath, "certificate") && has(Item::KeyPath, "key"));
        assert!(!has(Item::ServerCaPath, "root"));
        let mut client = Client::new(String::new(), Origin::Connection, None);
        client.certificate_secret = Some(SecretReference { name: "tls".to_owned(), line: 1 });
        assert!(client.has_certificate());
    }
}
