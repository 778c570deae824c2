//! What a newcomer is told: what there is, where it lies, and what to do next.

use std::path::Path;

use mtlsmith_ca::keep::Home;
use mtlsmith_report::NextStep;
use mtlsmith_report::Way;
use mtlsmith_report::Workspace;
use mtlsmith_report::WorkspaceCertificate;
use mtlsmith_report::WorkspaceFile;
use mtlsmith_report::pretty_json;
use mtlsmith_report::shell_word;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::filters::CertificateNames;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::time::Timestamp;
use serde::Serialize;

use super::Arguments;
use super::check::Checked;
use super::files::USUAL_PROFILE;
use super::files::is_there;
use super::make::Made;
use super::unchanged::Unchanged;
use crate::failure::Failure;
use crate::minting::BUNDLE_FILE;
use crate::minting::CA_KEY;
use crate::minting::FILTERS_FILE;
use crate::session::Place;
use crate::session::Session;

/// What there is to show.
pub(super) struct Shown<'a> {
    pub(super) arguments: &'a Arguments,
    pub(super) home: &'a Home,
    pub(super) made: &'a Made,
    pub(super) checked: &'a Checked,
    pub(super) unchanged: &'a [Unchanged],
    pub(super) now: Timestamp,
}

/// Shows it; what stands against it comes first, then what was asked for and is not so.
pub(super) fn show(all: &Shown<'_>, session: &mut Session<'_, '_>) -> Result<(), Failure> {
    let Shown { arguments, home, made, checked, unchanged, now } = *all;
    for fault in &checked.faults {
        session.error(&fault.sentence);
        if !fault.help.is_empty() {
            session.hint(&fault.help);
        }
    }
    for one in unchanged {
        session.warning(&one.sentence);
        session.hint(&one.command);
    }
    if arguments.form.is_json() {
        return session.write(pretty_json(&wire(all)).as_bytes());
    }
    let folder = with_tilde(home.path(), session);
    let headline = headline(arguments, made, checked);
    let workspace = Workspace {
        headline: &headline,
        is_sound: checked.faults.is_empty(),
        certificates: &certificates(checked),
        checked: &checked_sentences(checked),
        folder: &folder,
        files: &files(made),
        steps: &steps(arguments, made, checked, &folder),
        now,
    };
    let text = mtlsmith_report::workspace(&workspace, &session.style(Place::Output));
    session.write(text.as_bytes())
}

fn headline(arguments: &Arguments, made: &Made, checked: &Checked) -> String {
    let namespace = &arguments.namespace;
    match (checked.faults.is_empty(), made.new.as_slice()) {
        (false, _) => {
            format!("{namespace} has its CA and certificate, but something stands against them: see above.")
        }
        (true, []) => format!("{namespace} is set up already; nothing was changed."),
        (true, new) if new.contains(&"CA") => {
            format!("{namespace} is ready for mutual TLS.")
        }
        (true, new) => {
            let profile = match made.profile.as_str() {
                profile if new.contains(&"settings") && profile != USUAL_PROFILE => {
                    format!(" (profile {profile})")
                }
                _ => String::new(),
            };
            format!("{namespace} is set up; what was missing was made: {}{profile}.", new.join(", "))
        }
    }
}

fn certificates(checked: &Checked) -> [WorkspaceCertificate; 2] {
    let of = |role, certificate: &Certificate, until| WorkspaceCertificate {
        role,
        subject: certificate.subject().to_string(),
        key: certificate.key().to_string(),
        not_before: certificate.not_before(),
        until,
    };
    let (authority, leaf) = (&checked.authority, &checked.leaf);
    let names = CertificateNames::of(authority);
    let mut ca = of("CA", authority, authority.not_after());
    // What tells one CA from the next stands at the end of its common name.
    if let Some(name) = names.present(Field::CommonName).first() {
        ca.subject = name.to_string();
    }
    let until = checked.until.unwrap_or(leaf.not_after());
    [ca, of("client", leaf, until)]
}

/// One sentence about everything that was judged.
fn checked_sentences(checked: &Checked) -> Vec<String> {
    let mut sentences = checked.well.iter().filter(|sentence| !sentence.is_empty()).cloned();
    let mut told: Vec<String> = sentences.by_ref().collect();
    if let Some(first) = told.first_mut() {
        *first = format!("read back from the disk: {first}");
    }
    told
}

fn files(made: &Made) -> Vec<WorkspaceFile> {
    let file = |path: String, remark, is_secret| WorkspaceFile { path, remark, is_secret };
    let folder = &made.folder;
    let leaf = format!("{}/current", made.leaf);
    vec![
        file(format!("{folder}/{BUNDLE_FILE}"), "what the Namespace is to trust: upload it", false),
        file(format!("{folder}/{FILTERS_FILE}"), "lets in this common name alone", false),
        file(format!("{folder}/temporal.toml"), "settings for the CLI and every SDK", false),
        file(format!("{leaf}/tls.crt"), "the certificate of Workers and Clients", false),
        file(format!("{leaf}/tls.key"), of_key(&made.key, "its key: for them alone"), true),
        file(format!("{}/current/ca.crt", made.authority), "the CA", false),
        file(
            format!("{}/current/ca.key", made.authority),
            of_key(&made.ca_certificate.with_file_name(CA_KEY), "its key: never give it away; back it up"),
            true,
        ),
    ]
}

/// A key may be kept by somebody else, or be lost.
fn of_key(path: &Path, remark: &'static str) -> &'static str {
    if is_there(path) { remark } else { "its key is not here" }
}

fn steps(arguments: &Arguments, made: &Made, checked: &Checked, folder: &str) -> Vec<NextStep> {
    let namespace = arguments.namespace.as_str();
    let command = |tool, text: String| Way { tool, text, is_command: true };
    let words = |tool, text: String| Way { tool, text, is_command: false };
    let step = |what: &str, ways| NextStep { what: what.to_owned(), ways };
    let due = renewal(checked);
    let home = if arguments.home.is_named() { format!(" --home {folder}") } else { String::new() };
    let name = made.leaf.name();
    let profile = match made.profile.as_str() {
        USUAL_PROFILE => String::new(),
        profile => format!("TEMPORAL_PROFILE={} ", shell_word(profile).unwrap_or_else(|| profile.to_owned())),
    };
    let again = command("", format!("mtlsmith rekey --namespace {namespace} --name {name}{home}"));
    if !checked.faults.is_empty() {
        // Nothing is uploaded, and nobody connects, before that is mended.
        let look = command("", format!("mtlsmith new {namespace} --name {name}{home}"));
        return vec![
            step(
                "Where the certificate is what is wrong, make the next one; it appears in the same place.",
                vec![again],
            ),
            step("Mend the rest as it says above, and look again.", vec![look]),
        ];
    }
    vec![
        step("Go where the files are.", vec![command("", format!("cd {folder}/namespaces/{namespace}"))]),
        step(
            "Let the Namespace trust the CA: upload the bundle with one of these.",
            vec![
                command(
                    "tcld",
                    format!(
                        "tcld namespace accepted-client-ca add --namespace {namespace} --ca-certificate-file {BUNDLE_FILE}"
                    ),
                ),
                command(
                    "temporal",
                    format!(
                        "temporal cloud namespace mtls cert-ca create --namespace {namespace} --ca-certificate-file {BUNDLE_FILE}"
                    ),
                ),
                words("Terraform", format!("accepted_client_ca = base64encode(file(\"{BUNDLE_FILE}\"))")),
                words(
                    "browser",
                    format!(
                        "cloud.temporal.io > Namespaces > {namespace} > Edit > Authentication: paste it below the rest"
                    ),
                ),
            ],
        ),
        step(
            "If its CAs issue for others as well, let in this common name alone, of whichever of them. It replaces all filters.",
            vec![command(
                "tcld",
                format!(
                    "tcld namespace certificate-filters import --namespace {namespace} --certificate-filter-file {FILTERS_FILE}"
                ),
            )],
        ),
        step(
            "Connect.",
            vec![command(
                "",
                format!("TEMPORAL_CONFIG_FILE=temporal.toml {profile}temporal workflow list --limit 1"),
            )],
        ),
        step(
            &format!("From {} on, make the next certificate; it appears in the same place.", due.date()),
            vec![again],
        ),
    ]
}

/// When two thirds of the certificate's life are over.
fn renewal(checked: &Checked) -> Timestamp {
    let until = checked.until.unwrap_or(checked.leaf.not_after());
    let life = until.since(checked.leaf.not_before());
    checked.leaf.not_before().plus(life / 3 * 2)
}

/// The path as a shell reads it, with `~` for the home directory where that is shorter.
fn with_tilde(path: &Path, session: &Session<'_, '_>) -> String {
    let text = path.display().to_string();
    let word = shell_word(&text).unwrap_or_else(|| text.clone());
    let home = session.environment.set_variable("HOME").map(std::path::PathBuf::from);
    match home.as_deref().and_then(|home| path.strip_prefix(home).ok()) {
        Some(below) if word == text && home.as_deref() != Some(Path::new("/")) => {
            format!("~/{}", below.display())
        }
        _ => word,
    }
}

/// A contract with whoever reads it.
#[derive(Serialize)]
struct Wire<'a> {
    schema: u32,
    namespace: &'a str,
    home: String,
    /// What was made now; empty when everything was there.
    made: &'a [&'static str],
    sound: bool,
    faults: Vec<&'a str>,
    until: Option<String>,
    bundle: String,
    filters: String,
    settings: String,
    certificate: String,
    key: String,
    /// The profile of the settings that names this certificate.
    profile: &'a str,
    /// What was asked for and is not so, since it was there already.
    not_applied: Vec<&'a str>,
}

fn wire<'a>(all: &Shown<'a>) -> Wire<'a> {
    let Shown { arguments, home, made, checked, unchanged, now: _ } = *all;
    let path = |path: &Path| path.display().to_string();
    Wire {
        schema: 1,
        namespace: arguments.namespace.as_str(),
        home: path(home.path()),
        made: &made.new,
        sound: checked.faults.is_empty(),
        faults: checked.faults.iter().map(|fault| fault.sentence.as_str()).collect(),
        until: checked.until.map(|until| until.to_string()),
        bundle: path(&made.bundle),
        filters: path(&made.filters),
        settings: path(&made.settings),
        certificate: path(&made.certificate),
        key: path(&made.key),
        profile: &made.profile,
        not_applied: unchanged.iter().map(|one| one.sentence.as_str()).collect(),
    }
}
