//! `cert p12`: a certificate and its key as PKCS#12, for Java.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use mtlsmith_ca::keep::export::pkcs12;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_validate::bundle::Bundle;
use zeroize::Zeroizing;

use super::pair::KeptArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Source;
use crate::input::StandardInput;
use crate::minting;
use crate::minting::export_failure;
use crate::minting::mint_failure;
use crate::session::Session;
use crate::session::shown;

/// Write a certificate and its key as a PKCS#12 key store, for Java
///
/// From two files, or from the state directory with --namespace. The password is the first line of a file, or in
/// MTLSMITH_P12_PASSWORD, or asked for at a terminal; keytool wants at least six characters.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The certificate, behind it those that are sent along
    #[arg(value_name = "CERTIFICATE", requires = "key")]
    certificate: Option<OsString>,
    /// Its key
    #[arg(value_name = "KEY", conflicts_with = "namespace")]
    key: Option<OsString>,
    #[command(flatten)]
    kept: KeptArguments,
    /// Write the key store to FILE, readable by you alone; - is standard output, when that is no terminal
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Overwrite FILE if it exists
    #[arg(long)]
    force: bool,
    /// The password is the first line of FILE
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// How the entry is called in the key store
    #[arg(long, value_name = "NAME", default_value = "temporal")]
    alias: String,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let to_output = minting::is_standard_output(&arguments.output);
    if !to_output {
        minting::may_write(&[&arguments.output], arguments.force)?;
    } else if session.environment.output_is_terminal {
        return Err(Failure::refused("the key store holds the key, and a terminal is no place for it")
            .hint("write it to a file with --output, or pipe it"));
    }
    let (certificate, key) = pair(arguments, session)?;
    let given = minting::given(arguments.password_file.as_ref(), "MTLSMITH_P12_PASSWORD", session)?;
    let password = match given {
        Some(password) => Some(password),
        None => minting::ask("password for the key store", session)?,
    };
    let Some(password) = password else {
        return Err(Failure::could_not_run("the password for the key store is missing")
            .hint("give it with --password-file FILE or in MTLSMITH_P12_PASSWORD"));
    };
    let store = pkcs12(&arguments.alias, &certificate, &key, password.text()?)
        .map_err(|error| export_failure(&error))?;
    if to_output {
        session.write(&store)?;
        return Ok(Exit::Done);
    }
    minting::write_key(&arguments.output, &store, arguments.force)?;
    session.note(&format!(
        "wrote {}, entry \"{}\"",
        shown(arguments.output.display()),
        shown(&arguments.alias)
    ));
    Ok(Exit::Done)
}

/// The certificates as PEM and the key as PKCS#8, which belong together.
fn pair(
    arguments: &Arguments,
    session: &mut Session<'_, '_>,
) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>), Failure> {
    let (Some(certificate), Some(key_file)) = (&arguments.certificate, &arguments.key) else {
        let kept = arguments.kept.read(session)?;
        return Ok((kept.certificate()?.to_vec(), Zeroizing::new(kept.key()?.to_vec())));
    };
    let input = StandardInput { stdin_filename: "<stdin>".to_owned() };
    let certificates = Source::one(certificate, &input).read(session)?;
    let key = Zeroizing::new(Source::one(key_file, &input).read(session)?);
    minting::expect_pair(
        ("CERTIFICATE", certificate.display(), &certificates),
        ("KEY", key_file.display(), &key),
    )?;
    let key = PrivateKey::read_plain(&key).map_err(|error| mint_failure(&error))?;
    let bundle = Bundle::read(&certificates);
    let first = bundle.certificates().next();
    if first.is_none_or(|first| first.subject_public_key_info() != key.public_key_info()) {
        return Err(Failure::no("the key is not that of the first certificate; nothing was written")
            .hint("mtlsmith cert inspect shows which key belongs to which certificate"));
    }
    let text = key.pkcs8_pem().map_err(|error| mint_failure(&error))?;
    Ok((bundle.canonical_pem().into_bytes(), Zeroizing::new(text.as_bytes().to_vec())))
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith cert p12 worker.pem worker.key --output worker.p12 \\
      --password-file secret.txt
  mtlsmith cert p12 --namespace orders.a1b2c --output worker.p12

Exit status: 0 written, 1 key and certificate do not fit, 2 could not run, 3 the file is there already";
