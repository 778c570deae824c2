//! All Namespaces of the configuration, over one state directory.

use std::sync::Arc;

use mtlsmith_ca::keep::Home;
use mtlsmith_ca::rotate::perform::Hook;
use mtlsmith_validate::Profile;

use super::config::Config;
use super::live::LiveReader;
use super::tended::Tended;
use super::wake::Wake;
use crate::failure::Failure;
use crate::session::Session;
use crate::state::HomeArguments;

/// What the agent looks after.
pub(super) struct Fleet {
    pub(super) home: Home,
    pub(super) profile: Profile,
    pub(super) namespaces: Vec<Tended>,
    /// Who asks Temporal Cloud what is live.
    pub(super) reader: LiveReader,
    /// Hooks that an agent before this one left, or a disk that was full, have not been looked for yet.
    pub(super) is_new: bool,
}

impl Fleet {
    /// Opens the state directory. What is wrong with a single Namespace is for each look to find out.
    /// Whoever asks Temporal Cloud does so beside the agent that is to be woken; without one when it is told to.
    pub(super) fn open(
        config: &Config,
        wake: Option<Arc<Wake>>,
        session: &Session<'_, '_>,
    ) -> Result<Self, Failure> {
        let home = HomeArguments::of_agent(config.home.clone()).open(session)?;
        let namespaces = config.namespaces.iter().map(|one| Tended::new(one, &home)).collect();
        let reader = LiveReader::start(config, &home, wake, session);
        Ok(Fleet { home, profile: Profile::temporal_cloud(), namespaces, reader, is_new: true })
    }

    /// The hooks of a leaf; none when it is not looked after.
    pub(super) fn hooks_of(&self, slot: &mtlsmith_ca::keep::Slot) -> Option<Arc<[Hook]>> {
        self.namespaces.iter().find_map(|namespace| namespace.hooks_of(slot))
    }
}
