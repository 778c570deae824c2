//! The files that follow from the certificates: the bundle, the filters, and a profile in the settings. Each is made where it is missing;
//! what is there stays, but for a profile that is added beside the others.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::export::Connection;
use mtlsmith_ca::keep::export::tcld_filters;
use mtlsmith_ca::keep::export::temporal_toml;
use mtlsmith_validate::client_configuration::ConfigurationCheck;
use mtlsmith_validate::client_configuration::Item;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::filters::Filter;

use super::Arguments;
use super::make::Made;
use super::make::Minted;
use super::make::Wanted;
use crate::failure::Failure;
use crate::input::read_regular;
use crate::minting::export_failure;
use crate::minting::keep_failure;
use crate::session::shown;

/// A file that is going to be written.
pub(super) struct NewFile {
    pub(super) path: PathBuf,
    pub(super) text: String,
    /// Is it there already, and gets something added?
    pub(super) replaces: bool,
}

/// What is missing, with its text; what stands in the place of a file and is none is refused before anything is written.
pub(super) fn plan(
    arguments: &Arguments,
    wanted: &Wanted,
    home: &Home,
    made: &mut Made,
    minted: &Minted,
) -> Result<Vec<NewFile>, Failure> {
    let mut files = Vec::new();
    let file = |path: &Path, text: String| NewFile { path: path.to_owned(), text, replaces: false };
    for path in [&made.bundle, &made.filters, &made.settings] {
        if is_there(path) {
            read_regular(path).map_err(|message| {
                Failure::refused(message).hint("move it away: mtlsmith new makes what is missing")
            })?;
        }
    }
    if !is_there(&made.bundle) {
        let pem = match minted.authority_pem() {
            Some(pem) => pem.to_owned(),
            None => {
                let generation = home.read(&made.authority).map_err(|error| keep_failure(&error))?;
                String::from_utf8_lossy(generation.file("ca.crt").unwrap_or_default()).into_owned()
            }
        };
        files.push(file(&made.bundle, pem));
        made.new.push("bundle");
    }
    if !is_there(&made.filters) {
        let text =
            tcld_filters(&[filter(arguments.namespace.as_str())]).map_err(|error| export_failure(&error))?;
        files.push(file(&made.filters, text));
        made.new.push("filters");
    }
    let settings = settings(arguments, wanted, made)?;
    made.profile = settings.profile;
    if let Some(text) = settings.text {
        let replaces = is_there(&made.settings);
        files.push(NewFile { path: made.settings.clone(), text, replaces });
        made.new.push("settings");
    }
    Ok(files)
}

/// Admits whoever is called like the Namespace, as every certificate is that is made for it here.
pub(super) fn filter(namespace: &str) -> Filter {
    Filter::default().with(Field::CommonName, namespace)
}

/// A link that leads nowhere is something, too.
pub(super) fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// The profile that names this certificate, and the text to write when it is not there yet.
struct Settings {
    profile: String,
    text: Option<String>,
}

/// The first certificate has the profile that every client takes by itself; each further one has a profile of its own name.
fn settings(arguments: &Arguments, wanted: &Wanted, made: &Made) -> Result<Settings, Failure> {
    let text = |path: &Path| {
        path.to_str().map(str::to_owned).ok_or_else(|| {
            Failure::could_not_run(format!(
                "{} is no UTF-8 text, so no settings can name it",
                shown(path.display())
            ))
            .hint("choose another state directory with --home")
        })
    };
    let (certificate, key) = (text(&made.certificate)?, text(&made.key)?);
    let existing = match is_there(&made.settings) {
        false => String::new(),
        true => {
            let bytes = read_regular(&made.settings).map_err(Failure::could_not_run)?;
            String::from_utf8(bytes).map_err(|_| {
                Failure::could_not_run(format!("{} is no UTF-8 text", shown(made.settings.display())))
                    .hint("move it away: mtlsmith new writes another one")
            })?
        }
    };
    let read = ConfigurationCheck::default().run(SETTINGS_FILE, existing.as_bytes()).configuration;
    let names = |client: &&mtlsmith_validate::client_configuration::Client| {
        client.text(Item::CertificatePath) == Some(certificate.as_str())
    };
    let profile_of = |name: &str| name.strip_prefix("profile ").unwrap_or(name).to_owned();
    if let Some(client) = read.clients.iter().find(names) {
        return Ok(Settings { profile: profile_of(&client.name), text: None });
    }
    let profile = if existing.is_empty() { USUAL_PROFILE } else { arguments.name.as_str() };
    if read.clients.iter().any(|client| profile_of(&client.name) == profile) {
        // Somebody has set it to something else: it stays, and the check tells of it.
        return Ok(Settings { profile: profile.to_owned(), text: None });
    }
    let connection = Connection {
        address: &wanted.address,
        namespace: arguments.namespace.as_str(),
        certificate_path: &certificate,
        key_path: &key,
        server_name: None,
    };
    let text = temporal_toml(&existing, profile, &connection)
        .map_err(|error| export_failure(&error).prefixed(&shown(made.settings.display())))?;
    Ok(Settings { profile: profile.to_owned(), text: Some(text) })
}

/// The settings for the CLI and every SDK.
pub(super) const SETTINGS_FILE: &str = "temporal.toml";

/// The profile that clients take when none is named.
pub(super) const USUAL_PROFILE: &str = "default";
