//! The certificates and keys behind the settings: those that stand in the file itself, and those that the caller has read for it.

use crate::bundle::Bundle;
use crate::pem;

use super::address::Endpoint;
use super::model::Client;
use super::model::Item;
use super::model::KubernetesSecret;
use super::model::Secret;
use super::model::Setting;
use super::model::SettingPlace;
use super::model::Value;
use super::reading::ClientConfiguration;

/// Reads the files that a configuration names: this crate reads none itself.
pub trait ReferencedFiles {
    /// Everything in a file, its path as the configuration spells it.
    ///
    /// # Errors
    /// What keeps the file from being read.
    fn read(&self, path: &str) -> Result<Secret, FileProblem>;
}

/// Why there is no file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileProblem {
    /// There is none at that path.
    Missing,
    /// The system does not let it be read, and why.
    Unreadable(String),
    /// Nobody looks at files.
    NotLookedAt,
}

/// No files at all: paths are judged as text.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

impl ReferencedFiles for NoFiles {
    fn read(&self, _path: &str) -> Result<Secret, FileProblem> {
        Err(FileProblem::NotLookedAt)
    }
}

/// What one client presents and trusts, as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientFiles {
    /// Whose they are: the name of the client, or of the Secret.
    pub owner: String,
    /// The Namespace for which they are presented, by its full name, where the configuration says so.
    pub namespace: Option<String>,
    /// The client certificate, with whatever chain stands behind it.
    pub certificate: Option<FilePart>,
    /// Its private key.
    pub key: Option<FilePart>,
    /// The CA by which the server is trusted.
    pub server_ca: Option<FilePart>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePart {
    /// The path, or the key under which it stands.
    pub name: String,
    /// Is it a file of its own, and `name` its path?
    pub is_file: bool,
    /// The setting that leads to it.
    pub place: SettingPlace,
    /// Its content.
    pub content: Secret,
}

/// The files of one client, read.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) files: ClientFiles,
    /// The client as an index; `None` for a Secret.
    pub(crate) client: Option<usize>,
    pub(crate) certificate: Option<Bundle>,
    pub(crate) server_ca: Option<Bundle>,
}

/// A file that could not be read.
#[derive(Debug)]
pub(crate) struct Unread {
    pub(crate) client: usize,
    pub(crate) place: SettingPlace,
    pub(crate) key: String,
    pub(crate) path: String,
    pub(crate) problem: FileProblem,
}

/// Gathers what stands behind the settings of all clients and in all Secrets.
pub(super) fn gather(
    configuration: &ClientConfiguration,
    files: &dyn ReferencedFiles,
) -> (Vec<Loaded>, Vec<Unread>) {
    let mut unread = Vec::new();
    let clients = configuration.clients.iter().enumerate().map(|(index, client)| {
        let mut part = |items: [Item; 2]| part(client, index, items, files, &mut unread);
        let files = ClientFiles {
            owner: client.name.clone(),
            namespace: namespace_of(client),
            certificate: part([Item::CertificateData, Item::CertificatePath]),
            key: part([Item::KeyData, Item::KeyPath]),
            server_ca: part([Item::ServerCaData, Item::ServerCaPath]),
        };
        Loaded::of(files, Some(index))
    });
    let mut loaded: Vec<Loaded> = clients.collect();
    loaded.extend(
        configuration.secrets.iter().map(|secret| Loaded::of(of_secret(secret, configuration), None)),
    );
    loaded.retain(|loaded| {
        let files = &loaded.files;
        files.certificate.is_some() || files.key.is_some() || files.server_ca.is_some()
    });
    (loaded, unread)
}

impl Loaded {
    fn of(files: ClientFiles, client: Option<usize>) -> Self {
        let read = |part: &Option<FilePart>| part.as_ref().map(|part| Bundle::read(part.content.expose()));
        let (certificate, server_ca) = (read(&files.certificate), read(&files.server_ca));
        Loaded { files, client, certificate, server_ca }
    }
}

impl Loaded {
    /// Do certificate and key stand in each other's places?
    pub(crate) fn is_swapped(&self) -> bool {
        let (Some(certificate), Some(key)) = (&self.files.certificate, &self.files.key) else { return false };
        let no_certificate = self.certificate.as_ref().is_some_and(|bundle| !holds_certificate(bundle));
        no_certificate
            && holds_private_key(&certificate.content)
            && !holds_private_key(&key.content)
            && holds_certificate(&Bundle::read(key.content.expose()))
    }
}

fn part(
    client: &Client,
    index: usize,
    items: [Item; 2],
    files: &dyn ReferencedFiles,
    unread: &mut Vec<Unread>,
) -> Option<FilePart> {
    let setting = client.first_of(&items)?;
    let found = |content: Secret, name: &str, is_file: bool| FilePart {
        name: name.to_owned(),
        is_file,
        place: setting.place.clone(),
        content,
    };
    match &setting.value {
        Value::Hidden(secret) => Some(found(secret.clone(), &setting.key, false)),
        Value::Text(path) if is_looked_for(client, path) => match files.read(path) {
            Ok(content) => Some(found(content, path, true)),
            Err(problem) => {
                unread.push(missing(index, setting, path, problem));
                None
            }
        },
        _ => None,
    }
}

fn missing(client: usize, setting: &Setting, path: &str, problem: FileProblem) -> Unread {
    Unread { client, place: setting.place.clone(), key: setting.key.clone(), path: path.to_owned(), problem }
}

/// Paths within containers lead nowhere here, and what is no path is told by rules of its own.
fn is_looked_for(client: &Client, path: &str) -> bool {
    use super::model::Origin;
    let may_be_here = client.origin.is_here() || client.origin == Origin::EnvironmentFile;
    may_be_here && !holds_pem(path) && !is_unexpanded(path)
}

/// Does a path start with a mark that a shell alone replaces?
pub(super) fn is_unexpanded(path: &str) -> bool {
    path.starts_with("~/") || path == "~" || path.starts_with('$') || path.starts_with('%')
}

/// Is it PEM?
pub(super) fn holds_pem(text: &str) -> bool {
    text.contains("-----BEGIN")
}

/// The Namespace by its full name: as the setting says, or else as the address does.
fn namespace_of(client: &Client) -> Option<String> {
    let named = client.text(Item::Namespace).filter(|name| name.contains('.')).map(str::to_owned);
    named.or_else(|| match client.endpoint()? {
        Endpoint::Namespace { name, account } => Some(format!("{name}.{account}")),
        _ => None,
    })
}

/// The Namespace of a Secret is that of the clients that take their certificate from it, when they agree.
fn namespace_behind(secret: &KubernetesSecret, configuration: &ClientConfiguration) -> Option<String> {
    let takes = |client: &&Client| {
        client.certificate_secret.as_ref().is_some_and(|reference| reference.name == secret.name)
    };
    let mut namespaces = configuration.clients.iter().filter(takes).map(namespace_of);
    let first = namespaces.next()??;
    namespaces.all(|other| other.as_deref() == Some(&first)).then_some(first)
}

fn of_secret(secret: &KubernetesSecret, configuration: &ClientConfiguration) -> ClientFiles {
    let part = |key: &str| {
        let entry = secret.entry(key)?;
        let content = entry.value.clone().filter(|value| !value.expose().is_empty())?;
        Some(FilePart {
            name: key.to_owned(),
            is_file: false,
            place: SettingPlace::Line(entry.line),
            content,
        })
    };
    ClientFiles {
        owner: format!("Secret {}", secret.name),
        namespace: namespace_behind(secret, configuration),
        certificate: part("tls.crt"),
        key: part("tls.key"),
        server_ca: None,
    }
}

/// Does the content hold a private key in PEM, encrypted or not?
pub(crate) fn holds_private_key(content: &Secret) -> bool {
    pem::scan(content.expose()).blocks.iter().any(pem::Block::is_private_key)
}

/// Does the content hold a certificate?
pub(crate) fn holds_certificate(bundle: &Bundle) -> bool {
    bundle.certificates().next().is_some()
}
