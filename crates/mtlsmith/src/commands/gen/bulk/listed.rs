//! The slots of a list: in which row each stands, what is wrong with the rows, and what the store has of them already.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::BuildHasher;
use std::hash::RandomState;
use std::num::NonZeroUsize;

use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::KeepError;
use mtlsmith_ca::keep::Slot;

use super::super::leaf::Arguments;
use crate::failure::Failure;
use crate::minting::keep_failure;
use crate::session::Session;
use crate::session::counted;
use crate::session::shown;

/// Two hashes of a slot's name: 128 bits, so that no two names meet, and a million of them fit into little memory.
type Key = (u64, u64);

/// The slots of a list, each with the number of its row.
pub(super) struct Listed {
    hashers: (RandomState, RandomState),
    rows: HashMap<Key, u64>,
}

impl Listed {
    pub(super) fn new() -> Self {
        Listed { hashers: (RandomState::new(), RandomState::new()), rows: HashMap::new() }
    }

    fn key(&self, slot: &Slot) -> Key {
        (self.hashers.0.hash_one(slot.path()), self.hashers.1.hash_one(slot.path()))
    }

    fn has(&self, slot: &Slot) -> bool {
        self.rows.contains_key(&self.key(slot))
    }

    /// The row that it stands in already, when there is one.
    pub(super) fn add(&mut self, slot: &Slot, number: u64) -> Option<u64> {
        let key = self.key(slot);
        match self.rows.entry(key) {
            Entry::Occupied(first) => Some(*first.get()),
            Entry::Vacant(place) => {
                place.insert(number);
                None
            }
        }
    }
}

/// What is wrong with a list: the first faults, and how many there are.
#[derive(Default)]
pub(super) struct Faults {
    told: Vec<String>,
    number: usize,
}

impl Faults {
    pub(super) fn add(&mut self, fault: String) {
        self.number += 1;
        if self.told.len() < FAULTS_TOLD {
            self.told.push(fault);
        }
    }

    /// Tells them, and ends with the number of them.
    pub(super) fn refuse(self, session: &mut Session<'_, '_>) -> Result<(), Failure> {
        if self.number == 0 {
            return Ok(());
        }
        self.told.iter().for_each(|fault| session.error(&shown(fault)));
        let more = self.number - self.told.len();
        let more = if more > 0 { format!(", {more} of them not shown") } else { String::new() };
        let number = counted(self.number, "fault");
        Err(Failure::no(format!("the list has {number}{more}; nothing was minted"))
            .hint("repair the rows and run it again"))
    }
}

/// What the store has of a list.
pub(super) struct There {
    /// Minted for it before.
    pub(super) done: BTreeSet<Slot>,
    /// The generation that is to be replaced.
    pub(super) replaced: HashMap<Slot, u64>,
}

impl There {
    /// What stands in the place of a row and is not of this list is in the way.
    pub(super) fn of(
        arguments: &Arguments,
        home: &Home,
        batch: &str,
        listed: &Listed,
        threads: NonZeroUsize,
    ) -> Result<Self, Failure> {
        let failed = |error: KeepError| keep_failure(&error);
        let done = home.delivered_slots(batch, threads).map_err(failed)?;
        let (mut replaced, mut in_the_way) = (HashMap::new(), Vec::new());
        let slots = home.slots().map_err(failed)?;
        for slot in slots.into_iter().filter(|slot| listed.has(slot) && !done.contains(slot)) {
            let Some(current) = home.current(&slot).map_err(failed)? else { continue };
            if !arguments.force {
                in_the_way.push(slot.to_string());
            }
            replaced.insert(slot, current.number);
        }
        match in_the_way.as_slice() {
            [] => Ok(There { done, replaced }),
            [first, others @ ..] => {
                let more =
                    if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
                Err(Failure::refused(format!("{}{more}: there already; nothing was minted", shown(first)))
                    .hint("--force puts new ones in force beside the old ones"))
            }
        }
    }
}

/// As many faults of a list are told.
const FAULTS_TOLD: usize = 20;
