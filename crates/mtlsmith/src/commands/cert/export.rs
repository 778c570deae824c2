//! `cert export`: what is kept for a Namespace, in the forms that other programs read.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;
use mtlsmith_ca::keep::export::Connection;
use mtlsmith_ca::keep::export::ExportError;
use mtlsmith_ca::keep::export::SecretManifest;
use mtlsmith_ca::keep::export::environment;
use mtlsmith_ca::keep::export::kubernetes_secret;
use mtlsmith_ca::keep::export::systemd_credentials;
use mtlsmith_ca::keep::export::temporal_toml;
use mtlsmith_ca::keep::export::terraform_variables;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::filters::FilterSet;
use zeroize::Zeroizing;

use super::pair::KeptArguments;
use super::pair::KeptPair;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::failure::file_failure;
use crate::minting;
use crate::minting::BUNDLE_FILE;
use crate::minting::FILTERS_FILE;
use crate::minting::export_failure;
use crate::session::Session;
use crate::session::shown;
use crate::state;

/// Write what is kept for a Namespace in the form of another program: a Kubernetes Secret, Terraform variables, settings
///
/// A Kubernetes Secret holds the key, so it is never written to a terminal. A temporal.toml that is there is edited in place: the
/// profile is set, and everything else in it stays, comments too.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The form
    #[arg(value_enum, value_name = "FORM")]
    form: Form,
    #[command(flatten)]
    kept: KeptArguments,
    /// Write to FILE instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite FILE if it exists
    #[arg(long, requires = "output")]
    force: bool,
    /// The address of the Namespace [default: NAMESPACE.tmprl.cloud:7233]
    #[arg(long, value_name = "HOST:PORT")]
    address: Option<String>,
    /// The profile of temporal.toml to set
    #[arg(long, value_name = "NAME", default_value = "default")]
    profile: String,
    /// The name of the Kubernetes Secret
    #[arg(long, value_name = "NAME", default_value = "temporal-client-tls")]
    secret_name: String,
    /// The Kubernetes namespace of the Secret
    #[arg(long, value_name = "NAME")]
    secret_namespace: Option<String>,
}

/// What other programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A Secret of the type kubernetes.io/tls, with the key
    Kubernetes,
    /// The CA bundle and the filters as variables: *.auto.tfvars.json
    Terraform,
    /// Variables for a shell, docker --env-file or a .env file
    Env,
    /// A drop-in for a systemd service, which hands over key and certificate
    Systemd,
    /// A profile of temporal.toml
    Toml,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let edits = arguments.form == Form::Toml;
    let output = arguments.output.as_deref().filter(|path| !minting::is_standard_output(path));
    if let Some(file) = output {
        minting::may_write(&[file], arguments.force || edits)?;
    }
    let kept = arguments.kept.read(session)?;
    let text = match arguments.form {
        Form::Kubernetes => secret(arguments, &kept)?,
        Form::Terraform => Zeroizing::new(terraform(&kept)?),
        Form::Env => Zeroizing::new(with_connection(arguments, &kept, session, environment)?),
        Form::Systemd => Zeroizing::new(with_connection(arguments, &kept, session, systemd_credentials)?),
        Form::Toml => {
            let existing = existing(output)?;
            let profile = &arguments.profile;
            Zeroizing::new(with_connection(arguments, &kept, session, |to| {
                temporal_toml(&existing, profile, to)
            })?)
        }
    };
    let is_secret = arguments.form == Form::Kubernetes;
    match output {
        Some(file) if is_secret || edits => {
            minting::write_key(file, text.as_bytes(), arguments.force || edits)?
        }
        Some(file) => minting::place_public_file(file, text.as_bytes(), arguments.force)?,
        None if is_secret && session.environment.output_is_terminal => {
            return Err(Failure::refused("the Secret holds the key, and a terminal is no place for it")
                .hint("write it to a file with --output, or pipe it: | kubectl apply --filename -"));
        }
        None => session.write(text.as_bytes())?,
    }
    if let Some(file) = output {
        session.note(&format!("wrote {}", shown(file.display())));
    }
    Ok(Exit::Done)
}

fn secret(arguments: &Arguments, kept: &KeptPair) -> Result<Zeroizing<String>, Failure> {
    let certificate = kept.certificate()?;
    let until = Bundle::read(certificate).certificates().next().map(|leaf| leaf.not_after().to_string());
    let annotations: Vec<(&str, &str)> =
        until.as_deref().map(|until| ("mtlsmith/not-after", until)).into_iter().collect();
    let manifest = SecretManifest {
        name: &arguments.secret_name,
        namespace: arguments.secret_namespace.as_deref(),
        annotations: &annotations,
        certificate_pem: certificate,
        key_pem: kept.key()?,
    };
    kubernetes_secret(&manifest).map_err(|error| export_failure(&error))
}

/// The bundle and the filters that `new` has written.
fn terraform(kept: &KeptPair) -> Result<String, Failure> {
    let namespace = kept.slot.namespace().ok_or_else(no_namespace)?;
    let folder = kept.home.path().join("namespaces").join(namespace);
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read(&path).map_err(|error| {
            file_failure("read", path.display(), &error).hint(format!(
                "mtlsmith new {namespace} writes what is missing there, and changes nothing else"
            ))
        })
    };
    let bundle = read(BUNDLE_FILE)?;
    let (filters, _) = FilterSet::read(&read(FILTERS_FILE)?);
    terraform_variables(&bundle, &filters.filters).map_err(|error| export_failure(&error))
}

fn with_connection(
    arguments: &Arguments,
    kept: &KeptPair,
    session: &mut Session<'_, '_>,
    write: impl FnOnce(&Connection<'_>) -> Result<String, ExportError>,
) -> Result<String, Failure> {
    let namespace = arguments.kept.namespace.as_ref().ok_or_else(no_namespace)?;
    let current = kept.home.current_path(&kept.slot);
    let path = |name: &str| {
        let path = current.join(name);
        path.to_str().map(str::to_owned).ok_or_else(|| {
            Failure::could_not_run(format!(
                "{} is no UTF-8 text, so no file can name it",
                shown(path.display())
            ))
        })
    };
    let (certificate, key) = (path(state::LEAF_CERTIFICATE)?, path(state::LEAF_KEY)?);
    let address = minting::address(arguments.address.as_deref(), namespace, session)?;
    let connection = Connection {
        address: &address,
        namespace: namespace.as_str(),
        certificate_path: &certificate,
        key_path: &key,
        server_name: None,
    };
    write(&connection).map_err(|error| export_failure(&error))
}

/// The file that is there, as text; nothing when there is none.
fn existing(file: Option<&Path>) -> Result<String, Failure> {
    let Some(file) = file else { return Ok(String::new()) };
    match fs::read_to_string(file) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(file_failure("read", file.display(), &error)),
    }
}

fn no_namespace() -> Failure {
    Failure::could_not_run("the Namespace is not known").hint("name it with --namespace orders.a1b2c")
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith cert export kubernetes --namespace orders.a1b2c \\
      | kubectl apply --filename -
  mtlsmith cert export terraform --namespace orders.a1b2c \\
      --output mtls.auto.tfvars.json
  mtlsmith cert export toml --namespace orders.a1b2c --profile orders \\
      --output ~/.config/temporalio/temporal.toml
  mtlsmith cert export systemd --namespace orders.a1b2c \\
      --output /etc/systemd/system/worker.service.d/temporal.conf

Exit status: 0 written, 2 could not run, 3 the file is there already, or a key would be shown";
