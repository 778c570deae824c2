//! The client certificates that filters are tried on.

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::edit;
use mtlsmith_validate::edit::Loss;
use mtlsmith_validate::filters::CertificateNames;

use crate::failure::Failure;
use crate::failure::file_failure;
use crate::input;
use crate::input::Source;
use crate::input::StandardInput;
use crate::layout;
use crate::session::Session;
use crate::session::shown;

/// A file, and what is in it.
#[derive(Debug)]
pub(super) struct CertificateFile {
    /// What the user calls it.
    pub(super) name: String,
    report: Report,
}

impl CertificateFile {
    /// Reads a file whose first certificate must be readable: the leaf, as tools write chains.
    pub(super) fn read(source: &Source, session: &mut Session<'_, '_>) -> Result<Self, Failure> {
        let bytes = source.read(session)?;
        let report = check_bundle(&bytes, &Profile::temporal_cloud(), session.now(None));
        let file = CertificateFile { name: source.name.clone(), report };
        let is_key = |loss: &Loss| matches!(loss, Loss::PrivateKey { .. });
        if edit::losses(&file.report.bundle).iter().any(is_key) {
            session.note(&format!("{} holds a private key, which is not needed here", shown(&file.name)));
        }
        if file.first().is_none() {
            let is_empty = file.report.bundle.members.is_empty();
            let what = if is_empty { "holds no certificate" } else { "begins with one that cannot be read" };
            return Err(Failure::could_not_run(format!("{} {what}", shown(&file.name)))
                .hint(format!("mtlsmith bundle inspect {} says more", source.word())));
        }
        Ok(file)
    }

    /// Reads files, those that patterns match, and those in folders that look like certificates; one at least.
    pub(super) fn read_all(paths: &[OsString], session: &mut Session<'_, '_>) -> Result<Vec<Self>, Failure> {
        let files = files(paths)?;
        let sources = input::expand(&files, &StandardInput { stdin_filename: "<stdin>".to_owned() })?;
        if sources.iter().any(Source::is_stdin) {
            return Err(Failure::could_not_run("certificates are read from files here, not from -"));
        }
        sources.iter().map(|source| CertificateFile::read(source, session)).collect()
    }

    /// As [`CertificateFile::read_all`], without the CA certificates, which are no clients; an error when nothing else is there.
    pub(super) fn clients(paths: &[OsString], session: &mut Session<'_, '_>) -> Result<Vec<Self>, Failure> {
        let (authorities, clients): (Vec<Self>, Vec<Self>) =
            CertificateFile::read_all(paths, session)?.into_iter().partition(CertificateFile::is_ca);
        let told = |file: &CertificateFile| format!("{} (\"{}\")", shown(&file.name), shown(file.subject()));
        let names: Vec<String> = authorities.iter().take(NAMES_TOLD).map(told).collect();
        let more = authorities.len().saturating_sub(NAMES_TOLD);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        match (names.as_slice(), clients.is_empty()) {
            ([], _) => Ok(clients),
            (_, false) => {
                let verb = if authorities.len() == 1 { "is a CA certificate" } else { "are CA certificates" };
                session.warning(&format!(
                    "{}{more} {verb} and no client's: left out, since filters look at clients alone",
                    names.join(", ")
                ));
                Ok(clients)
            }
            (_, true) => Err(Failure::could_not_run(format!(
                "{}{more}: CA certificates alone, and filters look at the certificates of clients",
                names.join(", ")
            ))
            .hint("name the certificates that workers present; mtlsmith cert inspect FILE says what a file holds")),
        }
    }

    fn is_ca(&self) -> bool {
        self.first().is_some_and(Certificate::is_ca)
    }

    /// The certificate that a client would present.
    fn first(&self) -> Option<&Certificate> {
        self.report.bundle.certificate(0)
    }

    /// What filters compare of it.
    pub(super) fn names(&self) -> CertificateNames<'_> {
        self.first().map(CertificateNames::of).unwrap_or_default()
    }

    /// Whom it names.
    pub(super) fn subject(&self) -> String {
        self.first().map(|certificate| certificate.subject().to_string()).unwrap_or_default()
    }
}

/// The paths, with every folder replaced by the files in it that look like certificates.
pub(crate) fn files(paths: &[OsString]) -> Result<Vec<OsString>, Failure> {
    let mut files: Vec<OsString> = Vec::with_capacity(paths.len());
    for path in paths {
        match Path::new(path) {
            folder if folder.is_dir() => files.extend(certificates_in(folder)?),
            _ => files.push(path.clone()),
        }
    }
    Ok(files)
}

/// The files in a folder that are called as certificates are, by name; not those in folders below, but for the leaves in force of a
/// state directory.
fn certificates_in(folder: &Path) -> Result<Vec<OsString>, Failure> {
    let failure = |error: std::io::Error| file_failure("read", folder.display(), &error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failure)? {
        let path = entry.map_err(failure)?.path();
        let is_called_so = path.extension().is_some_and(|ending| ENDINGS.iter().any(|own| ending == *own));
        if is_called_so && path.is_file() {
            found.push(path.into_os_string());
        }
    }
    // In the folder of a Namespace the only file *.pem is its bundle, and the clients lie below.
    let kept = layout::leaves_below(folder);
    if !kept.is_empty() && (found.is_empty() || layout::Trust::in_folder(folder).is_some()) {
        return Ok(kept.into_iter().map(PathBuf::into_os_string).collect());
    }
    if found.is_empty() {
        let message = format!("{} holds no file *.pem, *.crt or *.cer", shown(folder.display()));
        return Err(Failure::could_not_run(message).hint("name the files, or a pattern of files"));
    }
    found.sort();
    Ok(found)
}

/// As many CA certificates are named that are left out.
const NAMES_TOLD: usize = 5;

/// How files with certificates end.
const ENDINGS: [&str; 3] = ["pem", "crt", "cer"];
