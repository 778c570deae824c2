//! One Namespace: its CA, what it trusts, its certificates, as they were when they were last read. Nothing is read again that did not
//! change.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::SlotKind;
use mtlsmith_ca::keep::generation::GenerationName;
use mtlsmith_ca::rotate::Failures;
use mtlsmith_ca::rotate::LeafPolicy;
use mtlsmith_ca::rotate::LeafState;
use mtlsmith_ca::rotate::LeafStep;
use mtlsmith_ca::rotate::decide_leaf;
use mtlsmith_ca::rotate::perform::Hook;
use mtlsmith_ca::rotate::perform::InForceLeaf;
use mtlsmith_ca::rotate::perform::LiveTrust;
use mtlsmith_ca::rotate::perform::look;
use mtlsmith_validate::Profile;
use mtlsmith_validate::filters::CertificateNames;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::name::Name;
use mtlsmith_validate::time::Timestamp;

use super::config::NamespaceConfig;
use super::counters::LeafFacts;
use super::counters::Named;
use super::stamp::Stamp;
use crate::failure::Failure;
use crate::minting::AuthorityArguments;
use crate::minting::IssuingAuthority;
use crate::minting::PassphraseArguments;
use crate::minting::SignerArguments;
use crate::rotating::LiveFiles;
use crate::rotating::shown_sentence;
use crate::session::Session;
use crate::state::LEAF_CERTIFICATE;

/// A Namespace and what is known of it.
pub(super) struct Tended {
    pub(super) config: NamespaceConfig,
    folder: PathBuf,
    pub(super) sources: Option<Sources>,
    pub(super) leaves: BTreeMap<Slot, Kept>,
    /// Why nothing can be replaced, when that is so.
    pub(super) problem: Option<String>,
    hooks: BTreeMap<String, Arc<[Hook]>>,
    hooks_of_all: Arc<[Hook]>,
}

/// Who issues, and what is trusted.
pub(super) struct Sources {
    pub(super) issuing: IssuingAuthority,
    pub(super) live: LiveTrust,
    authority: Option<GenerationName>,
    files: LiveFiles,
    stamps: Vec<Stamp>,
}

/// A certificate that is in force.
pub(super) struct Kept {
    generation: Option<GenerationName>,
    pub(super) state: Option<LeafState>,
    /// Another CA issued it than the one that issues now.
    foreign: bool,
    pub(super) failures: Option<Failures>,
    facts: Option<LeafFacts>,
    /// Why it cannot be read.
    pub(super) problem: Option<String>,
}

impl Tended {
    pub(super) fn new(config: &NamespaceConfig, home: &Home) -> Self {
        let hooks = config.leaves.iter().map(|leaf| {
            let all: Vec<Hook> = leaf.hooks.iter().chain(&config.hooks).cloned().collect();
            (leaf.name.clone(), Arc::from(all))
        });
        Tended {
            folder: home.path().join("namespaces").join(&config.name),
            sources: None,
            leaves: BTreeMap::new(),
            problem: None,
            hooks: hooks.collect(),
            hooks_of_all: config.hooks.clone().into(),
            config: config.clone(),
        }
    }

    pub(super) fn hooks_of(&self, slot: &Slot) -> Option<Arc<[Hook]>> {
        if slot.namespace() != Some(&self.config.name) {
            return None;
        }
        match self.hooks.get(slot.name()) {
            Some(hooks) => Some(Arc::clone(hooks)),
            None if self.config.leaves.is_empty() => Some(Arc::clone(&self.hooks_of_all)),
            None => None,
        }
    }

    /// Reads again what changed. Returns a problem that was not there before.
    pub(super) fn refresh(
        &mut self,
        home: &Home,
        slots: &[Slot],
        profile: &Profile,
        now: Timestamp,
        session: &Session<'_, '_>,
    ) -> Option<String> {
        let problem = self.refresh_sources(home, profile, now, session).err();
        let is_news = problem.is_some() && problem != self.problem;
        self.problem = problem;
        if let Some(sources) = &self.sources {
            let mine =
                slots.iter().filter(|slot| slot.kind() == SlotKind::Leaf && self.hooks_of(slot).is_some());
            let mine: Vec<Slot> = mine.cloned().collect();
            self.leaves.retain(|slot, _| mine.binary_search(slot).is_ok());
            for slot in mine {
                let kept = self.leaves.entry(slot.clone()).or_insert_with(Kept::unknown);
                kept.refresh(home, &slot, sources, now);
            }
        }
        self.problem.clone().filter(|_| is_news)
    }

    /// The CA and what is trusted, when one of them changed.
    fn refresh_sources(
        &mut self,
        home: &Home,
        profile: &Profile,
        now: Timestamp,
        session: &Session<'_, '_>,
    ) -> Result<(), String> {
        let files =
            LiveFiles::find(self.config.bundle.clone(), self.config.filters.clone(), Some(&self.folder));
        let stamps: Vec<Stamp> =
            [&files.bundle, &files.filters].into_iter().flatten().map(|path| Stamp::of(path)).collect();
        let is_same = |sources: &Sources| {
            let current = sources.issuing.name.as_deref().and_then(|name| current_authority(home, name));
            sources.authority == current && sources.files == files && sources.stamps == stamps
        };
        if self.problem.is_none() && self.sources.as_ref().is_some_and(is_same) {
            return Ok(());
        }
        let issuing = self.authority(home, profile, now, session)?;
        let live = files.read(&issuing, profile)?;
        let authority = issuing.name.as_deref().and_then(|name| current_authority(home, name));
        self.sources = Some(Sources { issuing, live, authority, files, stamps });
        // What was known followed from what was trusted.
        for kept in self.leaves.values_mut() {
            kept.generation = None;
        }
        Ok(())
    }

    fn authority(
        &self,
        home: &Home,
        profile: &Profile,
        now: Timestamp,
        session: &Session<'_, '_>,
    ) -> Result<IssuingAuthority, String> {
        let config = &self.config;
        let passphrase = PassphraseArguments::of_file(config.passphrase_file.clone());
        let signer = SignerArguments::of_program(config.signer.clone());
        let arguments = AuthorityArguments::of_agent(config.authority.clone(), passphrase, signer);
        let opened = arguments.from_home(home, Some(&config.name), profile, now, session);
        opened.map_err(|failure| match failure {
            Failure::Said { message, .. } => message,
            Failure::BrokenPipe => String::new(),
        })
    }

    /// What is told of its certificates.
    pub(super) fn facts(&self, policy: &LeafPolicy, now: Timestamp) -> impl Iterator<Item = LeafFacts> {
        self.leaves.values().filter_map(move |kept| {
            let mut facts = kept.facts.clone()?;
            facts.failures = kept.failures.map_or(0, |failures| failures.count);
            facts.due = kept.step(policy, now).map(|step| match step {
                LeafStep::Wait { until, .. } => until,
                LeafStep::Rotate { .. } | LeafStep::ClockLooksWrong { .. } => now,
            });
            Some(facts)
        })
    }
}

fn current_authority(home: &Home, name: &str) -> Option<GenerationName> {
    Slot::authority(name).ok().and_then(|slot| home.current(&slot).ok().flatten())
}

impl Kept {
    fn unknown() -> Self {
        Kept { generation: None, state: None, foreign: false, failures: None, facts: None, problem: None }
    }

    /// Reads it again when another generation is in force, or when it did not get in.
    fn refresh(&mut self, home: &Home, slot: &Slot, sources: &Sources, now: Timestamp) {
        let current = home.current(slot).ok().flatten();
        let works = self.state.is_some_and(|state| state.effective_expiry.is_some());
        if current.is_some() && current == self.generation && works {
            return;
        }
        match look(home, slot, &sources.live, now) {
            Ok(found) => {
                self.state = Some(found.state(slot, None));
                self.foreign = found.is_of_another(sources.issuing.authority.certificate());
                self.facts = Some(facts(home, slot, &found));
                self.problem = None;
            }
            Err(error) => {
                (self.state, self.facts) = (None, None);
                self.problem = Some(shown_sentence(&error));
            }
        }
        self.generation = current;
    }

    /// What to do about it; nothing is known of one that cannot be read.
    pub(super) fn step(&self, policy: &LeafPolicy, now: Timestamp) -> Option<LeafStep> {
        let mut state = LeafState { failures: self.failures, ..self.state? };
        if self.foreign {
            // It is to be replaced however long it works; what failed before still delays that.
            state.effective_expiry = None;
        }
        Some(decide_leaf(&state, policy, now))
    }

    /// It was replaced: nothing that was known of it holds.
    pub(super) fn replaced(&mut self) {
        (self.generation, self.failures) = (None, None);
    }

    /// It could not be replaced.
    pub(super) fn failed(&mut self, now: Timestamp) {
        let count = self.failures.map_or(0, |failures| failures.count).saturating_add(1);
        self.failures = Some(Failures { count, last_at: now });
        self.generation = None;
    }
}

fn facts(home: &Home, slot: &Slot, found: &InForceLeaf) -> LeafFacts {
    let certificate = &found.certificate;
    LeafFacts {
        namespace: slot.namespace().unwrap_or_default().to_owned(),
        name: slot.name().to_owned(),
        path: home.current_path(slot).join(LEAF_CERTIFICATE).display().to_string(),
        serial: decimal(certificate.serial()),
        subject: subject(&CertificateNames::of(certificate)),
        issuer: named(certificate.issuer()),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        effective_expiry: found.effective_expiry,
        due: None,
        failures: 0,
    }
}

fn subject(names: &CertificateNames<'_>) -> Named {
    let first = |field| names.present(field).first().map(ToString::to_string).unwrap_or_default();
    Named {
        common_name: first(Field::CommonName),
        organization: first(Field::Organization),
        unit: first(Field::OrganizationalUnit),
    }
}

/// The same of a name without a certificate: from its text, whose values were escaped as RFC 4514 says.
fn named(name: Name<'_>) -> Named {
    let text = name.to_string();
    let value = |prefix: &str| {
        text.split(',').find_map(|part| part.strip_prefix(prefix)).unwrap_or_default().to_owned()
    };
    Named { common_name: value("CN="), organization: value("O="), unit: value("OU=") }
}

/// A number of any size in decimal digits.
fn decimal(bytes: &[u8]) -> String {
    let mut digits: Vec<u8> = vec![0];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            let sum = u32::from(*digit) * 256 + carry;
            *digit = u8::try_from(sum % 10).unwrap_or(0);
            carry = sum / 10;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 10).unwrap_or(0));
            carry /= 10;
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0'.saturating_add(*digit))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_are_told_in_decimal_digits() {
        assert_eq!(decimal(&[]), "0");
        assert_eq!(decimal(&[0, 255]), "255");
        assert_eq!(decimal(&[1, 0, 0]), "65536");
        assert_eq!(decimal(&[0xff; 16]), u128::MAX.to_string());
    }
}
