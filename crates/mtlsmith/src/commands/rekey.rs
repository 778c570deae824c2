//! `rekey`: the next certificate with a new key.

use clap::Args;
use mtlsmith_ca::rotate::perform::NewKey;

use super::renew::RotationArguments;
use super::renew::rotate;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::minting::KeyArguments;
use crate::session::Session;

/// Replace a client certificate and its key by new ones
///
/// Names, lifetime and the kind of key stay. Certificate and key change together, in one step. The new pair is judged against the
/// Namespace's bundle and filters before it is put in force; whatever goes wrong, the old pair stays in force.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    rotation: RotationArguments,
    #[command(flatten)]
    kind: KeyArguments,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let kind = arguments.kind.named()?;
    if let Some(caution) = kind.and_then(|kind| kind.caution()) {
        session.warning(caution);
    }
    rotate(&arguments.rotation, NewKey::New(kind), "rekey", session)
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith rekey --namespace orders.a1b2c
  mtlsmith rekey --namespace orders.a1b2c --all --if-due --exec systemctl \\
      --exec-argument reload --exec-argument worker
  mtlsmith rekey --namespace orders.a1b2c --secret-file secret.yaml \\
      --secret-name temporal-cloud-mtls

Exit status: 0 done or not due, 1 a rule or the Namespace stands against it, 2 could not run, 3 refused; the old pair stays in force";
