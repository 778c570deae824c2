//! A certificate and its key out of the state directory, both of the same generation.

use clap::Args;
use mtlsmith_ca::keep::Generation;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::publish::NamespaceName;

use crate::commands::r#gen::leaf;
use crate::failure::Failure;
use crate::minting::keep_failure;
use crate::rotating;
use crate::session::Session;
use crate::session::shown;
use crate::state;
use crate::state::HomeArguments;

/// Which one.
#[derive(Debug, Clone, Args)]
pub(super) struct KeptArguments {
    /// The Namespace, by its full name such as orders.a1b2c
    #[arg(short, long, value_name = "NAME", value_parser = leaf::namespace)]
    pub(super) namespace: Option<NamespaceName>,
    /// The certificate's name in the state directory
    #[arg(long, value_name = "NAME", default_value = leaf::USUAL_NAME)]
    pub(super) name: String,
    #[command(flatten)]
    pub(super) home: HomeArguments,
}

/// A certificate with its key, read once.
pub(super) struct KeptPair {
    pub(super) home: Home,
    pub(super) slot: Slot,
    generation: Generation,
}

impl KeptArguments {
    /// Reads the generation in force.
    pub(super) fn read(&self, session: &Session<'_, '_>) -> Result<KeptPair, Failure> {
        let namespace = self.namespace.as_ref().map(NamespaceName::as_str);
        let slot = Slot::leaf(namespace, &self.name).map_err(|error| keep_failure(&error))?;
        let home = self.home.open(session)?;
        let generation = home.read(&slot).map_err(|error| match error.is_absence() {
            true => match rotating::missing(&home, namespace, Some(&self.name)) {
                Ok(Some(failure)) => failure,
                _ => Failure::could_not_run(format!("there is no {} in the state directory", shown(&slot)))
                    .hint(
                        "mtlsmith inventory list shows what is there; --namespace and --name say which one",
                    ),
            },
            false => keep_failure(&error),
        })?;
        Ok(KeptPair { home, slot, generation })
    }
}

impl KeptPair {
    /// The certificate, and behind it those that it sends along.
    pub(super) fn certificate(&self) -> Result<&[u8], Failure> {
        self.file(state::LEAF_CERTIFICATE)
    }

    /// The key.
    pub(super) fn key(&self) -> Result<&[u8], Failure> {
        self.file(state::LEAF_KEY)
    }

    fn file(&self, name: &str) -> Result<&[u8], Failure> {
        self.generation.file(name).ok_or_else(|| {
            Failure::could_not_run(format!(
                "{} has no {name}: its key is kept by whoever asked for it",
                shown(&self.slot)
            ))
        })
    }
}
