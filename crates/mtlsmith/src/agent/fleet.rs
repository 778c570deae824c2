//! All Namespaces of the configuration, over one state directory.

use std::sync::Arc;

use mtlsmith_ca::keep::Home;
use mtlsmith_ca::rotate::perform::Hook;
use mtlsmith_validate::Profile;

use super::config::Config;
use super::tended::Tended;
use crate::failure::Failure;
use crate::session::Session;
use crate::state::HomeArguments;

/// What the agent looks after.
pub(super) struct Fleet {
    pub(super) home: Home,
    pub(super) profile: Profile,
    pub(super) namespaces: Vec<Tended>,
    /// Hooks that an agent before this one left have not been looked for yet.
    pub(super) is_new: bool,
}

impl Fleet {
    /// Opens the state directory. What is wrong with a single Namespace is for each look to find out.
    pub(super) fn open(config: &Config, session: &Session<'_, '_>) -> Result<Self, Failure> {
        let home = HomeArguments::of_agent(config.home.clone()).open(session)?;
        let namespaces = config.namespaces.iter().map(|one| Tended::new(one, &home)).collect();
        Ok(Fleet { home, profile: Profile::temporal_cloud(), namespaces, is_new: true })
    }

    /// The hooks of a leaf; none when it is not looked after.
    pub(super) fn hooks_of(&self, slot: &mtlsmith_ca::keep::Slot) -> Option<Arc<[Hook]>> {
        self.namespaces.iter().find_map(|namespace| namespace.hooks_of(slot))
    }
}
