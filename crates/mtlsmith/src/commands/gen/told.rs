//! What is told of a certificate that was minted: for people, or as JSON for scripts.

use std::path::PathBuf;

use clap::Args;
use mtlsmith_ca::mint::Issued;
use mtlsmith_report::Minted;
use mtlsmith_report::pretty_json;
use mtlsmith_validate::time::Timestamp;
use serde::Serialize;

use crate::commands::format::TextOrJson;
use crate::failure::Failure;
use crate::session::Place;
use crate::session::Session;

/// In which form it is told.
#[derive(Debug, Clone, Args)]
pub(crate) struct TextOrJsonArguments {
    /// The form in which the result is told
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: TextOrJson,
}

impl TextOrJsonArguments {
    /// Is it told to a script?
    pub(crate) fn is_json(&self) -> bool {
        self.format == TextOrJson::Json
    }
}

/// What was minted.
pub(crate) struct Told<'a> {
    /// What it is, such as `client certificate`.
    pub(crate) what: &'static str,
    pub(crate) issued: &'a Issued,
    /// The generation of the state directory that it became.
    pub(crate) generation: Option<u64>,
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) now: Timestamp,
}

/// The same for scripts: a contract with whoever reads it.
#[derive(Serialize)]
struct Wire {
    schema: u32,
    serial: String,
    subject: String,
    issuer: String,
    not_before: String,
    not_after: String,
    sha1: String,
    sha256: String,
    generation: Option<u64>,
    certificate: Option<String>,
    key: Option<String>,
}

impl Told<'_> {
    /// Says it on standard output.
    pub(crate) fn write(
        &self,
        form: &TextOrJsonArguments,
        session: &mut Session<'_, '_>,
    ) -> Result<(), Failure> {
        let text = match form.format {
            TextOrJson::Text => self.text(session),
            TextOrJson::Json => pretty_json(&self.wire()),
        };
        session.write(text.as_bytes())
    }

    /// For people, on standard error, where standard output is the certificate itself.
    pub(crate) fn say(&self, session: &mut Session<'_, '_>) {
        if !session.is_quiet() {
            let text = self.minted(session.is_quiet(), |minted| {
                mtlsmith_report::minted(minted, &session.style(Place::Talk))
            });
            session.talk(&text);
        }
    }

    fn text(&self, session: &Session<'_, '_>) -> String {
        self.minted(session.is_quiet(), |minted| {
            mtlsmith_report::minted(minted, &session.style(Place::Output))
        })
    }

    fn minted(&self, quiet: bool, render: impl FnOnce(&Minted<'_>) -> String) -> String {
        let certificate = self.issued.certificate();
        let (subject, issuer) = (certificate.subject().to_string(), certificate.issuer().to_string());
        let path = |path: &PathBuf| path.display().to_string();
        let mut rows = Vec::new();
        rows.extend(self.certificate.as_ref().map(|file| ("certificate", path(file))));
        rows.extend(self.key.as_ref().map(|file| ("key", path(file))));
        rows.extend(self.generation.map(|number| ("generation", number.to_string())));
        // Which files there are is said even to those who want to hear little.
        if !quiet {
            rows.push(("serial", self.issued.serial().to_string()));
            rows.push(("SHA-1", certificate.sha1_hex()));
        }
        render(&Minted {
            what: self.what,
            subject: &subject,
            key: &certificate.key().to_string(),
            issuer: (subject != issuer).then_some(&issuer),
            until: certificate.not_after(),
            now: self.now,
            rows: &rows,
        })
    }

    fn wire(&self) -> Wire {
        let certificate = self.issued.certificate();
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        Wire {
            schema: 1,
            serial: self.issued.serial().to_string(),
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            not_before: certificate.not_before().to_string(),
            not_after: certificate.not_after().to_string(),
            sha1: certificate.sha1_hex(),
            sha256: certificate.sha256_hex(),
            generation: self.generation,
            certificate: path(&self.certificate),
            key: path(&self.key),
        }
    }
}
