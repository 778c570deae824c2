//! A rollover on disk: its state and the record of the last publication in one file, which is replaced in one step.
//!
//! ```text
//! <home>/namespaces/<namespace>/rollover/
//!   lock              taken by the command that goes on with the rollover; reading takes no lock
//!   state.json        the state and the publication: whatever ends a command, one of two whole states is found
//!   bundle-both.pem   files for people, made from the state and made anew when they are missing
//! ```

use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::time::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use super::CertificateId;
use super::Rollover;
use crate::keep::Holder;
use crate::keep::Home;
use crate::keep::KeepError;
use crate::keep::disk::Access;
use crate::keep::disk::HeldLock;
use crate::keep::home::is_missing;
use crate::keep::lock;
use crate::keep::place::Output;
use crate::keep::place::Overwrite;
use crate::keep::place::place_file;
use crate::keep::slot::NAMESPACES;
use crate::keep::slot::check_name;
use crate::publish::Publication;
use crate::rotate::moment;

/// All that is kept of a rollover. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where it stands.
    pub rollover: Rollover,
    /// Under which name the old CA is kept; `None` when its key lies elsewhere.
    pub old_authority: Option<String>,
    /// Under which name the new CA is kept, or is going to be.
    pub new_authority: String,
    /// Every CA certificate that was ever part of it, as PEM, so that a bundle can be put together from ids.
    pub certificates: String,
    /// What became of the last update.
    pub publication: Option<Publication>,
    /// Until when an update that never seemed to arrive may still do so.
    pub in_flight_until: Option<Timestamp>,
    /// Was it begun at a pretended time, so that no time in it is a real one?
    pub rehearsal: bool,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    format: u32,
    rollover: Rollover,
    old_authority: Option<String>,
    new_authority: String,
    certificates: String,
    publication: Option<String>,
    #[serde(with = "moment::option")]
    in_flight_until: Option<Timestamp>,
    #[serde(default)]
    rehearsal: bool,
}

impl Record {
    /// Reads the record of a Namespace; `None` when there never was a rollover.
    ///
    /// # Errors
    /// [`KeepError::Damaged`] when the file is not what was written, and when the disk says no.
    pub fn load(home: &Home, namespace: &str) -> Result<Option<Self>, KeepError> {
        let path = Record::path(home, namespace)?;
        let bytes = match home.disk().read(&path) {
            Err(error) if is_missing(&error) => return Ok(None),
            other => other.map_err(KeepError::disk(&path, "read"))?,
        };
        let damaged = |what: String| KeepError::Damaged { path: path.clone(), what };
        let stored: Stored = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if stored.format != FORMAT {
            return Err(damaged(format!(
                "it is of format {}, and this program knows {FORMAT}",
                stored.format
            )));
        }
        let publication = match &stored.publication {
            None => None,
            Some(line) => Some(
                Publication::from_json(line)
                    .ok_or_else(|| damaged("the record of the publication cannot be read".to_owned()))?,
            ),
        };
        Ok(Some(Record {
            rollover: stored.rollover,
            old_authority: stored.old_authority,
            new_authority: stored.new_authority,
            certificates: stored.certificates,
            publication,
            in_flight_until: stored.in_flight_until,
            rehearsal: stored.rehearsal,
        }))
    }

    /// The file of the record of a Namespace, whether it is there or not.
    ///
    /// # Errors
    /// When the name is none.
    pub fn path(home: &Home, namespace: &str) -> Result<PathBuf, KeepError> {
        Ok(directory(home, namespace)?.join(STATE))
    }

    /// The name of the CA that signs now, when it is kept here.
    pub fn signing_authority(&self) -> Option<&str> {
        match self.rollover.phase.signing() {
            super::Side::Old => self.old_authority.as_deref(),
            super::Side::New => Some(&self.new_authority),
        }
    }

    /// Is nothing left to do, so that another rollover may begin?
    pub fn is_over(&self) -> bool {
        matches!(self.rollover.phase, super::Phase::OldRemoved | super::Phase::Aborted)
            && self.rollover.open_requests.is_empty()
            && !matches!(self.publication, Some(Publication::InDoubt(_)))
    }

    /// A certificate that was ever part of it.
    pub fn certificate(&self, id: CertificateId) -> Option<Certificate> {
        let known = Bundle::read(self.certificates.as_bytes());
        known.certificates().find(|certificate| CertificateId::of(certificate) == id).cloned()
    }

    /// The certificates of these ids, as the canonical text of a bundle; `None` when one of them was never seen.
    pub fn text_of(&self, ids: &[CertificateId]) -> Option<String> {
        self.der_of(ids).map(|der| Bundle::read(&der).canonical_pem())
    }

    pub(super) fn der_of(&self, ids: &[CertificateId]) -> Option<Vec<u8>> {
        let known = Bundle::read(self.certificates.as_bytes());
        let der = |id: &CertificateId| {
            let mut all = known.certificates();
            all.find(|certificate| CertificateId::of(certificate) == *id).map(|found| found.der().to_vec())
        };
        ids.iter().map(der).collect::<Option<Vec<_>>>().map(|all| all.concat())
    }

    /// Takes note of certificates that were not known.
    pub fn learn(&mut self, bundle: &Bundle) {
        for certificate in bundle.certificates() {
            if self.certificate(CertificateId::of(certificate)).is_none() {
                self.certificates.push_str(&crate::mint::certificate_pem(certificate.der()));
            }
        }
    }

    fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec_pretty(&Stored {
            format: FORMAT,
            rollover: self.rollover.clone(),
            old_authority: self.old_authority.clone(),
            new_authority: self.new_authority.clone(),
            certificates: self.certificates.clone(),
            publication: self.publication.as_ref().map(Publication::to_json),
            in_flight_until: self.in_flight_until,
            rehearsal: self.rehearsal,
        })
    }
}

/// The one who goes on with the rollover of a Namespace, as long as it lives.
pub struct RolloverStore<'h> {
    home: &'h Home,
    directory: PathBuf,
    _lock: Box<dyn HeldLock>,
}

impl<'h> RolloverStore<'h> {
    /// Takes the lock of a Namespace's rollover. It is not the lock of the home: while a server is waited for, others may write.
    ///
    /// # Errors
    /// [`KeepError::StoreBusy`] when somebody else goes on with it; what the disk says.
    pub fn open(
        home: &'h Home,
        namespace: &str,
        holder: &Holder,
        patience: Duration,
    ) -> Result<Self, KeepError> {
        let directory = directory(home, namespace)?;
        for part in [directory.parent().unwrap_or(&directory), &directory] {
            home.make_directory(part)?;
        }
        let lock = lock::take(home.disk(), &directory.join(LOCK), holder, patience)?;
        for name in home.names_in(&directory)?.iter().filter(|name| name.starts_with(ASIDE)) {
            let path = directory.join(name);
            home.disk().remove_file(&path).map_err(KeepError::disk(&path, "remove"))?;
        }
        Ok(RolloverStore { home, directory, _lock: lock })
    }

    /// Where its files lie.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The state directory.
    pub fn home(&self) -> &'h Home {
        self.home
    }

    /// Puts a record in the place of the one before, in one step, and safely.
    ///
    /// # Errors
    /// What the disk says; the record before is there then, or this one, and never half of either.
    pub fn save(&self, record: &Record) -> Result<(), KeepError> {
        let path = self.directory.join(STATE);
        let bytes = record
            .to_json()
            .map_err(|error| KeepError::Damaged { path: path.clone(), what: error.to_string() })?;
        self.place(&path, &bytes)
    }

    /// Writes a file for people beside the state.
    ///
    /// # Errors
    /// What the disk says.
    pub fn write_file(&self, name: &str, text: &str) -> Result<PathBuf, KeepError> {
        check_name(name)?;
        let path = self.directory.join(name);
        self.place(&path, text.as_bytes())?;
        Ok(path)
    }

    /// Writes the bundle by which certificates of this Namespace are judged when nobody names another one.
    ///
    /// # Errors
    /// What the disk says.
    pub fn write_bundle(&self, text: &str) -> Result<(), KeepError> {
        let folder = self.directory.parent().unwrap_or(&self.directory);
        self.place(&folder.join(BUNDLE), text.as_bytes())
    }

    fn place(&self, path: &Path, bytes: &[u8]) -> Result<(), KeepError> {
        place_file(self.home.disk(), &Output { path, bytes, access: Access::FILE }, Overwrite::Force)
    }
}

impl fmt::Debug for RolloverStore<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RolloverStore({})", self.directory.display())
    }
}

fn directory(home: &Home, namespace: &str) -> Result<PathBuf, KeepError> {
    check_name(namespace)?;
    Ok(home.path().join(NAMESPACES).join(namespace).join(DIRECTORY))
}

const FORMAT: u32 = 1;
const DIRECTORY: &str = "rollover";
const STATE: &str = "state.json";
const LOCK: &str = "lock";

/// The bundle that `mtlsmith new` writes for a Namespace, kept at what the server shows.
const BUNDLE: &str = "ca-bundle.pem";

/// What files are called before they get their name.
const ASIDE: &str = ".mtlsmith-";
