//! `new`: everything that a Namespace needs for mutual TLS, in one step. Run again, it says what is there and makes what is missing.

mod check;
mod files;
mod make;
mod screen;
mod unchanged;

use clap::Args;
use mtlsmith_ca::mint::Lifetime;
use mtlsmith_ca::publish::NamespaceName;
use mtlsmith_validate::time::Timestamp;

use crate::arguments;
use crate::commands::r#gen::TextOrJsonArguments;
use crate::commands::r#gen::leaf;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::minting;
use crate::minting::KeyArguments;
use crate::minting::PassphraseArguments;
use crate::session::Session;
use crate::state::HomeArguments;
use crate::state::SharingArguments;

/// Make everything that a Namespace needs for mutual TLS: a CA, a worker's certificate, the bundle to upload, filters and settings
///
/// All of it is judged before the first byte is written, and read back from the disk and judged again before a word is said. Run again,
/// it changes nothing that is there, makes what is missing, and names the options that what is there does not follow. With another
/// --name it makes a further certificate below the same CA, with a profile of that name in the settings.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The Namespace by its full name, such as orders.a1b2c
    #[arg(value_name = "NAMESPACE", value_parser = leaf::namespace)]
    namespace: NamespaceName,
    /// The organization (O) of both certificates [default: the Namespace's name without its account]
    #[arg(long, visible_alias = "org", value_name = "NAME")]
    organization: Option<String>,
    /// The name of the certificate, which is also its unit (OU)
    #[arg(long, value_name = "NAME", default_value = leaf::USUAL_NAME)]
    name: String,
    /// How long the certificate is valid, with s, m (minutes), h, d or y (365 days), or until when (RFC 3339) [default: 30d]
    #[arg(short = 'd', long, value_name = "TIME", value_parser = minting::lifetime)]
    validity_period: Option<Lifetime>,
    /// How long the CA is valid [default: 1y]
    #[arg(long, value_name = "TIME", value_parser = minting::lifetime)]
    ca_validity_period: Option<Lifetime>,
    #[command(flatten)]
    kind: KeyArguments,
    /// The address of the Namespace [default: NAMESPACE.tmprl.cloud:7233]
    #[arg(long, value_name = "HOST:PORT")]
    address: Option<String>,
    #[command(flatten)]
    sharing: SharingArguments,
    #[command(flatten)]
    home: HomeArguments,
    #[command(flatten)]
    passphrase: PassphraseArguments,
    #[command(flatten)]
    form: TextOrJsonArguments,
    /// Mint for this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let now = session.now(arguments.at);
    crate::state::refuse_time_to_come(now, session)?;
    let (home, made, wanted) = make::everything(arguments, now, session)?;
    let checked = check::everything(&home, &made, now)?;
    let left = unchanged::of(arguments, &wanted, &made, &checked)?;
    screen::show(
        &screen::Shown { arguments, home: &home, made: &made, checked: &checked, unchanged: &left, now },
        session,
    )?;
    Ok(if checked.faults.is_empty() { Exit::Done } else { Exit::Findings })
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith new orders.a1b2c
  mtlsmith new orders.a1b2c --organization acme --name billing -d 7d
  mtlsmith new orders.a1b2c --home /srv/mtlsmith --group temporal

Exit status: 0 all is there and in order, 1 something stands against what is there, 2 could not run, 3 refused for safety";
