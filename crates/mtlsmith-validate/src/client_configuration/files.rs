//! The certificates and keys behind the settings: those that stand in the file itself, and those that the caller has read for it.

use std::sync::Arc;

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
use super::shelf::Shelf;

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
    pub(crate) certificate: Option<Arc<Bundle>>,
    pub(crate) server_ca: Option<Arc<Bundle>>,
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
    let files = &Shelf::of(files);
    let clients = configuration.clients.iter().enumerate().map(|(index, client)| {
        let mut part = |items: [Item; 2]| part(client, index, items, files, &mut unread);
        let found = ClientFiles {
            owner: client.name.clone(),
            namespace: namespace_of(client),
            certificate: part([Item::CertificateData, Item::CertificatePath]),
            key: part([Item::KeyData, Item::KeyPath]),
            server_ca: part([Item::ServerCaData, Item::ServerCaPath]),
        };
        files.loaded(found, Some(index))
    });
    let mut loaded: Vec<Loaded> = clients.collect();
    loaded.extend(
        configuration.secrets.iter().map(|secret| files.loaded(of_secret(secret, configuration), None)),
    );
    loaded.retain(|loaded| {
        let files = &loaded.files;
        files.certificate.is_some() || files.key.is_some() || files.server_ca.is_some()
    });
    (loaded, unread)
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
    files: &Shelf<'_>,
    unread: &mut Vec<Unread>,
) -> Option<FilePart> {
    let setting = client.first_of(&items)?;
    let is_presented = setting.item != Item::ServerCaPath;
    let found = |content: Secret, name: &str, is_file: bool| FilePart {
        name: name.to_owned(),
        is_file,
        place: setting.place.clone(),
        content,
    };
    match &setting.value {
        Value::Hidden(secret) => Some(found(secret.clone(), &setting.key, false)),
        Value::Text(path) if is_looked_for(client, path) => match files.content(path, is_presented) {
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
        owner: format!("Secret {}", secret.shown_name()),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client_configuration::ConfigurationCheck;
    use crate::client_configuration::rules::testing::Files;

    /// What is gathered for a text when these paths lead to a file, and how many could not be read.
    fn gathered(text: &str, paths: &[&str]) -> (Vec<ClientFiles>, usize) {
        let files = Files(paths.iter().map(|path| ((*path).to_owned(), b"content".to_vec())).collect());
        let configuration = ConfigurationCheck::default().run("", text.as_bytes()).configuration;
        let (loaded, unread) = gather(&configuration, &files);
        (loaded.into_iter().map(|loaded| loaded.files).collect(), unread.len())
    }

    fn profile(namespace: &str, address: &str, tls: &str) -> String {
        let connection = format!("namespace = \"{namespace}\"\naddress = \"{address}\"");
        format!("[profile.default]\n{connection}\n[profile.default.tls]\n{tls}\n")
    }

    #[test]
    fn one_file_is_enough() {
        for key in ["client_cert_path", "client_key_path", "server_ca_cert_path"] {
            let text = profile("a.b", "", &format!("{key} = \"/tls/x\""));
            let (files, unread) = gathered(&text, &["/tls/x"]);
            assert_eq!((files.len(), unread), (1, 0), "{key}");
            let found = [&files[0].certificate, &files[0].key, &files[0].server_ca];
            assert_eq!(found.into_iter().flatten().count(), 1, "{key}");
        }
        assert_eq!(gathered(&profile("a.b", "", ""), &["/tls/x"]), (vec![], 0));
    }

    #[test]
    fn a_file_is_looked_for_where_its_path_leads_to_one_here() {
        let by_profile = |path: &str| {
            let (files, unread) =
                gathered(&profile("a.b", "", &format!("client_cert_path = '{path}'")), &[path]);
            (files.len(), unread)
        };
        assert_eq!(by_profile("/tls/x"), (1, 0));
        for elsewhere in ["~/x", "~", "$HOME/x", "%HOME%/x", "-----BEGIN X"] {
            assert_eq!(by_profile(elsewhere), (0, 0), "{elsewhere}");
        }
        let (files, unread) = gathered("TEMPORAL_TLS_CLIENT_CERT_PATH=/tls/x\n", &["/tls/x"]);
        assert_eq!((files.len(), unread), (1, 0), "a file of variables stands beside the files it names");
        let pod = "kind: Pod\nmetadata: {name: w}\nspec:\n  containers:\n  - name: c\n    env:\n    \
                   - {name: TEMPORAL_TLS_CLIENT_CERT_PATH, value: /tls/x}\n";
        assert_eq!(gathered(pod, &["/tls/x"]), (vec![], 0), "paths within a container lead nowhere here");
    }

    #[test]
    fn the_namespace_is_that_of_the_setting_or_of_the_address() {
        let of = |namespace: &str, address: &str| {
            let text = profile(namespace, address, "client_cert_path = \"/tls/x\"");
            gathered(&text, &["/tls/x"]).0.remove(0).namespace
        };
        let orders = Some("orders.a1b2c".to_owned());
        assert_eq!(of("orders.a1b2c", "temporal.internal:7233"), orders);
        assert_eq!(of("orders", "orders.a1b2c.tmprl.cloud:7233"), orders);
        assert_eq!(of("orders", "temporal.internal:7233"), None);
    }

    #[test]
    fn a_secret_belongs_to_the_namespace_on_which_its_clients_agree() {
        let of = |connections: &[(&str, &str)]| {
            let connections = connections.iter().map(|(namespace, secret)| {
                format!(
                    "apiVersion: temporal.io/v1alpha1\nkind: Connection\nmetadata: {{name: c}}\nspec:\n  \
                     hostPort: {namespace}.tmprl.cloud:7233\n  mutualTLSSecretRef: {{name: {secret}}}\n---\n"
                )
            });
            let secret = "kind: Secret\nmetadata: {name: tls}\nstringData: {tls.crt: x, tls.key: \"\"}\n";
            let (mut files, _) = gathered(&(connections.collect::<String>() + secret), &[]);
            assert_eq!(files.len(), 1);
            let files = files.remove(0);
            assert!(files.certificate.is_some() && files.key.is_none(), "an empty value is no key");
            files.namespace
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("a.b1", "tls")]).as_deref(), Some("a.b1"));
        assert_eq!(of(&[("a.b1", "tls"), ("a.b1", "tls")]).as_deref(), Some("a.b1"));
        assert_eq!(of(&[("a.b1", "tls"), ("c.b1", "tls")]), None);
        assert_eq!(of(&[("c.b1", "other"), ("a.b1", "tls")]).as_deref(), Some("a.b1"));
    }
}
