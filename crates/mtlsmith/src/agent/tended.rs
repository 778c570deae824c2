//! One Namespace: its CA, what it trusts, its certificates, as they were when they were last read. Nothing is read again that did not
//! change. During and after a rollover its record says which CA issues.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::SlotKind;
use mtlsmith_ca::keep::generation::GenerationName;
use mtlsmith_ca::rotate::LeafPolicy;
use mtlsmith_ca::rotate::LeafStep;
use mtlsmith_ca::rotate::perform::Hook;
use mtlsmith_ca::rotate::perform::LiveTrust;
use mtlsmith_ca::rotate::rollover::Record;
use mtlsmith_validate::Profile;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::time::Timestamp;

use super::config::NamespaceConfig;
use super::counters::LeafFacts;
use super::counters::Missing;
use super::followed::Followed;
use super::kept::Kept;
use super::live::Known;
use super::live::LiveReader;
use super::stamp::Stamp;
use crate::failure::Failure;
use crate::minting::AuthorityArguments;
use crate::minting::CA_KEY;
use crate::minting::IssuingAuthority;
use crate::minting::PassphraseArguments;
use crate::minting::SignerArguments;
use crate::rotating::LiveFiles;
use crate::session::Session;

/// A Namespace and what is known of it.
pub(super) struct Tended {
    pub(super) config: NamespaceConfig,
    folder: PathBuf,
    pub(super) sources: Option<Sources>,
    pub(super) leaves: BTreeMap<Slot, Kept>,
    /// Why nothing can be replaced, when that is so.
    pub(super) problem: Option<String>,
    pub(super) followed: Followed,
    /// What was last told of how Temporal Cloud was asked.
    pub(super) told: Told,
    /// Did a command hold the rollover's lock when it was last wanted?
    pub(super) is_waiting: bool,
    hooks: BTreeMap<String, Arc<[Hook]>>,
    hooks_of_all: Arc<[Hook]>,
}

/// What was told already, so that it is not told at each look.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) problem: Option<String>,
    pub(super) changes: u64,
    pub(super) untrusted: bool,
    pub(super) missing: Vec<Missing>,
}

/// What all Namespaces are read with.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) home: &'a Home,
    pub(super) profile: &'a Profile,
    pub(super) reader: &'a LiveReader,
}

/// Who issues, and what is trusted.
pub(super) struct Sources {
    pub(super) issuing: IssuingAuthority,
    pub(super) live: LiveTrust,
    /// Does the live bundle hold the CA that issues?
    pub(super) is_trusted: bool,
    origin: Origin,
}

/// From what it was read: while that is the same, so is all that follows.
#[derive(PartialEq, Eq)]
struct Origin {
    authority: Option<GenerationName>,
    files: LiveFiles,
    stamps: Vec<Stamp>,
    signing: Option<String>,
    answers: u64,
}

impl Sources {
    /// Which of Temporal Cloud's answers this is; 0 when it is not asked.
    pub(super) fn answers(&self) -> u64 {
        self.origin.answers
    }
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
            followed: Followed::default(),
            told: Told::default(),
            is_waiting: false,
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

    /// What the configuration names and these places, sorted, do not have.
    pub(super) fn missing(&self, slots: &[Slot]) -> Vec<Missing> {
        let config = &self.config;
        let missing =
            |name: Option<&str>| Missing { namespace: config.name.clone(), name: name.map(str::to_owned) };
        if config.leaves.is_empty() {
            let is_there = slots.iter().any(|slot| slot.namespace() == Some(&config.name));
            return if is_there { Vec::new() } else { vec![missing(None)] };
        }
        let names = config.leaves.iter().map(|leaf| leaf.name.as_str());
        let is_there = |name: &str| {
            Slot::leaf(Some(&config.name), name).is_ok_and(|slot| slots.binary_search(&slot).is_ok())
        };
        names.filter(|name| !is_there(name)).map(|name| missing(Some(name))).collect()
    }

    /// Reads again what changed. Returns a problem that was not there before.
    pub(super) fn refresh(
        &mut self,
        around: &Around<'_>,
        slots: &[Slot],
        now: Timestamp,
        session: &Session<'_, '_>,
    ) -> Option<String> {
        let problem = self.refresh_sources(around, now, session).err();
        // That the first answer is not there yet is no news.
        let is_news =
            problem.is_some() && problem != self.problem && problem.as_deref() != Some(NO_ANSWER_YET);
        self.problem = problem;
        if let Some(sources) = &self.sources {
            let mine =
                slots.iter().filter(|slot| slot.kind() == SlotKind::Leaf && self.hooks_of(slot).is_some());
            let mine: Vec<Slot> = mine.cloned().collect();
            self.leaves.retain(|slot, _| mine.binary_search(slot).is_ok());
            for slot in mine {
                let kept = self.leaves.entry(slot.clone()).or_insert_with(Kept::unknown);
                kept.refresh(around.home, &slot, sources, now);
            }
        }
        self.problem.clone().filter(|_| is_news)
    }

    /// The CA and what is trusted, when one of them changed.
    fn refresh_sources(
        &mut self,
        around: &Around<'_>,
        now: Timestamp,
        session: &Session<'_, '_>,
    ) -> Result<(), String> {
        let Around { home, profile, .. } = *around;
        if self.followed.refresh(home, &self.config)? {
            // Whatever moved the rollover on may have moved the bundle on.
            around.reader.want(&self.config.name);
        }
        let known = around.reader.known(&self.config.name);
        let origin = self.origin(home, known.as_ref(), self.sources.as_ref());
        if self.problem.is_none() && self.sources.as_ref().is_some_and(|known| known.origin == origin) {
            return Ok(());
        }
        let issuing = self.authority(home, profile, now, session)?;
        let live = match known {
            None => origin.files.read(&issuing, profile)?,
            Some(Known { live: Some(live), .. }) => {
                let filters = live.filters.clone().map(FilterSet::new);
                LiveTrust::read(&live.bundle, filters, profile)
            }
            Some(Known { problem, .. }) => {
                let why = problem.map(|problem| format!("what is live is not known: {problem}"));
                return Err(why.unwrap_or_else(|| NO_ANSWER_YET.to_owned()));
            }
        };
        let is_trusted = issuing.authority.certificates().any(|certificate| live.holds(certificate));
        let authority = issuing.name.as_deref().and_then(|name| current_authority(home, name));
        // Everything else was looked at before it was read: what changed in between is found by the next look.
        let origin = Origin { authority, ..origin };
        self.sources = Some(Sources { issuing, live, is_trusted, origin });
        // What was known followed from what was trusted.
        for kept in self.leaves.values_mut() {
            kept.generation = None;
        }
        Ok(())
    }

    fn origin(&self, home: &Home, known: Option<&Known>, sources: Option<&Sources>) -> Origin {
        let (bundle, filters) = (self.config.bundle.clone(), self.config.filters.clone());
        let folder = Some(self.folder.as_path()).filter(|_| self.config.live.is_none());
        let files = LiveFiles::find(bundle, filters, folder);
        let stamps =
            [&files.bundle, &files.filters].into_iter().flatten().map(|path| Stamp::of(path)).collect();
        let authority = sources.and_then(|sources| sources.issuing.name.as_deref());
        Origin {
            authority: authority.and_then(|name| current_authority(home, name)),
            files,
            stamps,
            signing: self.followed.signing.clone(),
            answers: known.map_or(0, |known| known.changes),
        }
    }

    /// Does all that was read still hold? Asked under the lock of the rollover, before anything is issued.
    pub(super) fn is_current(&self, around: &Around<'_>, record: &Record) -> bool {
        let Some(sources) = &self.sources else { return false };
        let signing = Followed::signing(around.home, &self.config, record).ok().flatten();
        let known = around.reader.known(&self.config.name);
        signing == self.followed.signing
            && sources.origin == self.origin(around.home, known.as_ref(), Some(sources))
    }

    fn authority(
        &self,
        home: &Home,
        profile: &Profile,
        now: Timestamp,
        session: &Session<'_, '_>,
    ) -> Result<IssuingAuthority, String> {
        let config = &self.config;
        let name = self.followed.signing.clone().or_else(|| config.authority.clone());
        // The key of a CA that a rollover has minted is kept here, whoever held that of the CA before it.
        let is_kept = self.followed.signing.as_deref().is_some_and(|name| has_key(home, name));
        let signer = if is_kept { Vec::new() } else { config.signer.clone() };
        let passphrase = PassphraseArguments::of_file(config.passphrase_file.clone());
        let arguments = AuthorityArguments::of_agent(name, passphrase, SignerArguments::of_program(signer));
        let opened = arguments.from_home(home, Some(&config.name), profile, now, session);
        opened.map_err(|failure| match failure {
            // A refusal has a line for each rule.
            Failure::Said { message, .. } => message.lines().map(str::trim).collect::<Vec<_>>().join(" "),
            Failure::BrokenPipe => String::new(),
        })
    }

    /// Is this generation the one that was read?
    pub(super) fn knows(&self, slot: &Slot, generation: Option<u64>) -> bool {
        let read = self.leaves.get(slot).and_then(|kept| kept.generation.as_ref()).map(|name| name.number);
        read.is_some() && read == generation
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

/// Temporal Cloud was asked a moment ago.
const NO_ANSWER_YET: &str = "what is live is not known: there is no answer yet";

fn has_key(home: &Home, name: &str) -> bool {
    Slot::authority(name).is_ok_and(|slot| home.current_path(&slot).join(CA_KEY).exists())
}

fn current_authority(home: &Home, name: &str) -> Option<GenerationName> {
    Slot::authority(name).ok().and_then(|slot| home.current(&slot).ok().flatten())
}
