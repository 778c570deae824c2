//! The agent's configuration: what it says, as data.

mod read;
mod table;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use mtlsmith_ca::mint::Lifetime;
use mtlsmith_ca::publish::cloud_ops::Endpoint;
use mtlsmith_ca::rotate::perform::Hook;
use mtlsmith_ca::rotate::perform::NewKey;

pub(crate) use read::read;

/// Everything.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    /// The state directory; `None` for the usual one.
    pub(crate) home: Option<PathBuf>,
    /// How long to sleep at most.
    pub(crate) check_every: Duration,
    /// Where metrics are served, on this machine alone.
    pub(crate) listen: Option<SocketAddr>,
    /// A file for the textfile collector of node_exporter.
    pub(crate) textfile: Option<PathBuf>,
    /// The Namespaces.
    pub(crate) namespaces: Vec<NamespaceConfig>,
}

/// A Namespace, whose client certificates are kept fresh.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NamespaceConfig {
    /// Its full name.
    pub(crate) name: String,
    /// The CA that issues, by its name in the state directory.
    pub(crate) authority: Option<String>,
    /// The file whose first line is the passphrase of its key.
    pub(crate) passphrase_file: Option<PathBuf>,
    /// A program that signs with its key.
    pub(crate) signer: Vec<String>,
    /// The live bundle.
    pub(crate) bundle: Option<PathBuf>,
    /// The live filters.
    pub(crate) filters: Option<PathBuf>,
    /// Who is asked for both; `None` when they lie in files.
    pub(crate) live: Option<LiveConfig>,
    /// The same key again, or a new one.
    pub(crate) key: NewKey,
    /// How long certificates are valid; `None` for as long as before.
    pub(crate) lifetime: Option<Lifetime>,
    /// What happens after each rotation.
    pub(crate) hooks: Vec<Hook>,
    /// The certificates with hooks of their own; all of the Namespace when there are none.
    pub(crate) leaves: Vec<LeafConfig>,
}

/// How Temporal Cloud is asked for a Namespace's live bundle and filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LiveConfig {
    /// The file that holds the API key alone; `None` when it is in the environment.
    pub(crate) api_key_file: Option<PathBuf>,
    /// The address of the API.
    pub(crate) endpoint: Endpoint,
    /// How often to ask when nothing happens.
    pub(crate) every: Duration,
}

/// A client certificate.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LeafConfig {
    /// Its name in the state directory.
    pub(crate) name: String,
    /// What happens after its rotation, before that of the Namespace.
    pub(crate) hooks: Vec<Hook>,
}
