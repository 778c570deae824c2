//! `sign`: a certificate for a key that somebody else keeps.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use mtlsmith_ca::keep::Sharing;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::mint::CertificateRequest;
use mtlsmith_ca::mint::LeafRequest;
use mtlsmith_ca::mint::Lifetime;
use mtlsmith_ca::publish::NamespaceName;
use mtlsmith_validate::Profile;
use mtlsmith_validate::time::Timestamp;

use super::r#gen::Told;
use super::r#gen::leaf;
use crate::arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Source;
use crate::input::StandardInput;
use crate::minting;
use crate::minting::AuthorityArguments;
use crate::minting::NameArguments;
use crate::minting::TargetArguments;
use crate::minting::chain_pem;
use crate::minting::keep_failure;
use crate::minting::mint_failure;
use crate::minting::mint_leaf;
use crate::rotating;
use crate::session::Session;
use crate::session::shown;
use crate::state;
use crate::state::HomeArguments;
use crate::state::KeptLeaf;
use crate::state::issuance;

/// Sign a certificate request: its key is taken, after its signature was checked, and nothing else of it
///
/// Names come from the options alone, never from the request. A CA of the state directory records what it signs there.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The request: PKCS#10, PEM or DER; - is standard input
    #[arg(value_name = "CSR")]
    request: OsString,
    #[command(flatten)]
    standard_input: StandardInput,
    /// How long it is valid, with s, m (minutes), h, d or y (365 days), or until when (RFC 3339) [default: 30d, never longer than
    /// its CA]
    #[arg(short = 'd', long, value_name = "TIME", value_parser = minting::lifetime)]
    validity_period: Option<Lifetime>,
    /// Write the certificate to FILE instead of standard output
    #[arg(long = "certificate-file", visible_alias = "cert", value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// The Namespace that it is for, by its full name such as orders.a1b2c
    #[arg(short, long, value_name = "NAME", value_parser = leaf::namespace)]
    namespace: Option<NamespaceName>,
    /// Its name in the state directory, when a CA of the state directory signs [default: worker]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Overwrite FILE if it exists; in the state directory: put a new generation in force beside the old one
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    home: HomeArguments,
    /// Mint for this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
    #[command(flatten)]
    names: NameArguments,
    #[command(flatten)]
    authority: AuthorityArguments,
    #[command(flatten)]
    target: TargetArguments,
}

impl Arguments {
    /// The file for the certificate, unless standard output is meant.
    fn file(&self) -> Option<&std::path::Path> {
        self.certificate.as_deref().filter(|path| !minting::is_standard_output(path))
    }
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let now = session.now(arguments.at);
    if let Some(file) = arguments.file() {
        minting::may_write(&[file], arguments.force)?;
    }
    let source = Source::one(&arguments.request, &arguments.standard_input);
    let bytes = source.read(session)?;
    minting::expect(minting::Contents::Request, &source.name, &bytes)?;
    let request = CertificateRequest::read(&bytes).map_err(|error| mint_failure(&error))?;
    let namespace = arguments.namespace.as_ref().map(NamespaceName::as_str);
    let names = arguments.names.names(namespace);
    if names.organization.is_none() && names.units.is_empty() && names.common_name.is_none() {
        return Err(Failure::could_not_run(
            "the certificate has no name yet: of the request nothing but its key is taken",
        )
        .hint(format!(
            "it asks for \"{}\"; say with --cn, --org and --ou what it gets",
            shown(request.subject())
        )));
    }
    let mut wanted = LeafRequest::new(names.subject()?);
    wanted.alternative_names = names.alternative_names()?;
    if let Some(lifetime) = arguments.validity_period {
        wanted.lifetime = lifetime;
    }
    sign(arguments, &request, &wanted, now, session)
}

fn sign(
    arguments: &Arguments,
    request: &CertificateRequest,
    wanted: &LeafRequest,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let profile = Profile::temporal_cloud();
    let namespace = arguments.namespace.as_ref().map(NamespaceName::as_str);
    let (home, issuing) = match arguments.authority.from_files(&profile, now, session)? {
        Some(issuing) => (None, issuing),
        None => {
            state::refuse_time_to_come(now, session)?;
            let home = arguments.home.open(session)?;
            if let Some(namespace) = namespace
                && !arguments.authority.is_named()
                && !arguments.target.is_named()
                && let Some(unknown) =
                    rotating::unknown_namespace(&home, namespace).map_err(|error| keep_failure(&error))?
            {
                return Err(unknown);
            }
            let issuing = arguments.authority.from_home(&home, namespace, &profile, now, session)?;
            (Some(home), issuing)
        }
    };
    let folder = home.as_ref().zip(namespace).map(|(home, name)| home.path().join("namespaces").join(name));
    let target = arguments.target.read(folder.as_deref(), session)?.for_clients(&issuing.pem(), &profile);
    let mint = || {
        mint_leaf(wanted, request.public_key(), &issuing.authority, target.as_ref(), &profile, now)
            .map_err(|error| mint_failure(&error))
    };
    let (issued, generation) = match &home {
        None => (mint()?, None),
        Some(home) => {
            let slot = Slot::leaf(namespace, arguments.name.as_deref().unwrap_or(leaf::USUAL_NAME))
                .map_err(|error| keep_failure(&error))?;
            let mut writer = state::lock(home, "sign", now, session)?;
            let current = state::current_for(&writer, home, &slot, session)?;
            if let Some(number) = current.filter(|_| !arguments.force) {
                return Err(Failure::refused(format!(
                    "{slot} is there already, generation {number}; nothing was signed"
                ))
                .hint("give it another name with --name, or put a new one in its place with --force"));
            }
            let issued = mint()?;
            let names = wanted.alternative_names.iter().map(ToString::to_string).collect();
            let above = Some((&issuing.authority, issuing.name.as_deref()));
            let issuance = issuance(&issued, request.public_key(), above, names, namespace, "sign");
            let chain = chain_pem(&issued, &issuing.authority);
            let kept = KeptLeaf {
                slot: &slot,
                chain: &chain,
                key: None,
                issuance: &issuance,
                expected: current,
                sharing: Sharing::Owner,
            };
            let number = kept.commit(&mut writer, now)?.name.number;
            (issued, Some(number))
        }
    };
    let chain = chain_pem(&issued, &issuing.authority);
    match arguments.file() {
        Some(file) => minting::place_public_file(file, chain.as_bytes(), arguments.force)?,
        None => session.write(chain.as_bytes())?,
    }
    let certificate = arguments.file().map(std::path::Path::to_owned);
    Told { what: "client certificate", issued: &issued, generation, certificate, key: None, now }
        .say(session);
    Ok(Exit::Done)
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith sign worker.csr --cn orders.a1b2c --org acme --ca-cert ca.pem \\
      --ca-key ca.key > worker.pem
  mtlsmith sign worker.csr --namespace orders.a1b2c --name billing \\
      --cert billing.pem

Exit status: 0 signed, 1 a rule stands against it, 2 could not run, 3 something is there already; nothing was changed";
