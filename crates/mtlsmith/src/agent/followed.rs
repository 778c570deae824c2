//! What a Namespace's rollover means for the agent: which CA issues now. The record is read again when its file changed, and once more
//! under the rollover's lock before anything is issued.

use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::rotate::rollover::CertificateId;
use mtlsmith_ca::rotate::rollover::Record;
use mtlsmith_validate::bundle::Bundle;

use super::config::NamespaceConfig;
use super::stamp::Stamp;
use crate::minting::CA_CERTIFICATE;

/// What was read of the record.
#[derive(Debug, Default)]
pub(super) struct Followed {
    stamp: Option<Stamp>,
    /// Was there ever a rollover?
    pub(super) is_there: bool,
    /// The CA that the record lets issue; `None` when the configuration says it.
    pub(super) signing: Option<String>,
}

impl Followed {
    /// Reads it when it changed; whether it is another one than the last time.
    pub(super) fn refresh(&mut self, home: &Home, config: &NamespaceConfig) -> Result<bool, String> {
        let path = Record::path(home, &config.name).map_err(|error| error.to_string())?;
        let stamp = Stamp::of(&path);
        if self.stamp == Some(stamp) {
            return Ok(false);
        }
        let record = Record::load(home, &config.name).map_err(|error| error.to_string())?;
        self.signing = match &record {
            None => None,
            Some(record) => Followed::signing(home, config, record)?,
        };
        self.is_there = record.is_some();
        Ok(self.stamp.replace(stamp).is_some())
    }

    /// The CA that a record lets issue. One that the configuration names is followed to its successor, unless it is another one that is
    /// trusted beside those of the rollover.
    pub(super) fn signing(
        home: &Home,
        config: &NamespaceConfig,
        record: &Record,
    ) -> Result<Option<String>, String> {
        let Some(signing) = record.signing_authority() else { return Ok(None) };
        let Some(named) = config.authority.as_deref() else { return Ok(Some(signing.to_owned())) };
        let is_of_rollover = named == record.new_authority || record.old_authority.as_deref() == Some(named);
        if is_of_rollover || !is_live(home, named, record)? {
            return Ok(Some(signing.to_owned()));
        }
        Ok(None)
    }
}

/// Did the server show one of the certificates of a CA when it was last looked at?
fn is_live(home: &Home, name: &str, record: &Record) -> Result<bool, String> {
    let slot = Slot::authority(name).map_err(|error| error.to_string())?;
    let generation = home.read(&slot).map_err(|error| error.to_string())?;
    let bundle = Bundle::read(generation.file(CA_CERTIFICATE).unwrap_or_default());
    Ok(bundle
        .certificates()
        .any(|certificate| record.rollover.live.contains(&CertificateId::of(certificate))))
}
