//! `gen csr`: a key and a request that somebody else's CA can sign.

use std::path::PathBuf;

use clap::Args;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_ca::mint::write_request;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::read_named;
use crate::minting;
use crate::minting::KeyArguments;
use crate::minting::NameArguments;
use crate::minting::mint_failure;
use crate::session::Session;
use crate::session::shown;

/// Make a key and a certificate request for it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Write the request to FILE; - is standard output
    #[arg(long, value_name = "FILE")]
    csr: PathBuf,
    /// Write the new key to FILE, readable by you alone
    #[arg(
        long = "key-file",
        visible_alias = "key",
        value_name = "FILE",
        required_unless_present = "from_key"
    )]
    key: Option<PathBuf>,
    /// Ask for the key in FILE, instead of a new one
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    from_key: Option<PathBuf>,
    #[command(flatten)]
    kind: KeyArguments,
    /// Overwrite files that exist
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    names: NameArguments,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let to_output = minting::is_standard_output(&arguments.csr);
    let csr = (!to_output).then_some(&arguments.csr);
    let wanted: Vec<&std::path::Path> =
        [csr, arguments.key.as_ref()].into_iter().flatten().map(PathBuf::as_path).collect();
    minting::may_write(&wanted, arguments.force)?;
    let names = arguments.names.names(None);
    let (subject, alternatives) = (names.subject()?, names.alternative_names()?);
    let key = match &arguments.from_key {
        None => {
            let kind = arguments.kind.named()?.unwrap_or(KeyKind::P256);
            if let Some(caution) = kind.caution() {
                session.warning(caution);
            }
            PrivateKey::generate(kind)
        }
        Some(path) => {
            let bytes = zeroize::Zeroizing::new(read_named(path)?);
            minting::expect(minting::Contents::PrivateKey, path.display(), &bytes)?;
            PrivateKey::read_plain(&bytes)
        }
    };
    let key = key.map_err(|error| mint_failure(&error))?;
    let request = write_request(&subject, &alternatives, &key).map_err(|error| mint_failure(&error))?;
    match &arguments.key {
        Some(file) if to_output => {
            let text = key.pkcs8_pem().map_err(|error| mint_failure(&error))?;
            minting::write_key(file, text.as_bytes(), arguments.force)?;
            session.write(request.as_bytes())?;
            session.note(&format!("wrote {}", shown(file.display())));
        }
        None if to_output => session.write(request.as_bytes())?,
        Some(file) => {
            let text = key.pkcs8_pem().map_err(|error| mint_failure(&error))?;
            minting::write_pair((&arguments.csr, file), &request, &text, arguments.force)?;
            session.note(&format!("wrote {} and {}", shown(arguments.csr.display()), shown(file.display())));
        }
        None => {
            minting::place_public_file(&arguments.csr, request.as_bytes(), arguments.force)?;
            session.note(&format!("wrote {}", shown(arguments.csr.display())));
        }
    }
    Ok(Exit::Done)
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith gen csr --org acme --cn orders.a1b2c --csr worker.csr \\
      --key worker.key
  mtlsmith sign worker.csr --cn orders.a1b2c --ca-cert ca.pem --ca-key ca.key \\
      > worker.pem

Exit status: 0 made, 1 a rule stands against it, 2 could not run, 3 something is there already; nothing was changed";
