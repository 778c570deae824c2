//! What `renew`, `rekey` and the agent share: hooks from the command line, who may read the next pair, failures as the user reads them.

mod hooks;
mod live;
mod missing;

use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::Sharing;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::rotate::perform::RotationError;

use crate::failure::Failure;
use crate::minting::keep_failure;
use crate::minting::mint_failure;
use crate::session::shown;

pub(crate) use hooks::AFTERWARDS;
pub(crate) use hooks::HookArguments;
pub(crate) use live::LiveFiles;
pub(crate) use missing::absence;
pub(crate) use missing::meant;
pub(crate) use missing::missing;
pub(crate) use missing::unknown_namespace;

/// Nothing was replaced.
pub(crate) fn rotation_failure(error: &RotationError) -> Failure {
    match error {
        RotationError::Keep(mtlsmith_ca::keep::KeepError::Rejected { .. }) => {
            let text = shown_sentence(error);
            let hint = if text.contains(FILTER_RULES) {
                REFUSED_NAMES
            } else {
                "the pair that was in force still is"
            };
            Failure::no(text).hint(hint)
        }
        RotationError::Keep(error) => keep_failure(error),
        RotationError::Mint(error) => mint_failure(error),
        RotationError::NoCertificate { .. } | RotationError::NoKey { .. } => {
            let text = shown_sentence(error);
            let (message, advice) = text.split_once("; ").unwrap_or((&text, ""));
            Failure::could_not_run(message).hint(advice)
        }
        RotationError::Clock(_) => Failure::refused(shown_sentence(error)),
    }
}

/// The same in one line.
pub(crate) fn shown_sentence(error: &RotationError) -> String {
    match error {
        RotationError::Mint(error) => crate::minting::refusal_sentences(error),
        other => mtlsmith_report::for_terminal(&other.to_string()),
    }
}

/// Who may read the next pair: whoever may read the one in force.
#[cfg(unix)]
pub(crate) fn sharing_in_force(home: &Home, slot: &Slot) -> Sharing {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::metadata(home.current_path(slot).join(crate::state::LEAF_KEY)).ok();
    let shared = found.filter(|metadata| metadata.mode() & 0o040 != 0);
    shared.map_or(Sharing::Owner, |metadata| Sharing::Group(metadata.gid()))
}

/// Who may read the next pair.
#[cfg(not(unix))]
pub(crate) fn sharing_in_force(_: &Home, _: &Slot) -> Sharing {
    Sharing::Owner
}

/// A place, as it may stand in a sentence.
pub(crate) fn told(slot: &Slot) -> String {
    match slot.namespace() {
        Some(namespace) => format!("{} of {}", shown(slot.name()), shown(namespace)),
        None => shown(slot.name()),
    }
}

/// The rules about filters have codes that begin so.
pub(crate) const FILTER_RULES: &str = "FLT-";

/// What helps a certificate with names that the filters refuse: another one with these names does not.
const REFUSED_NAMES: &str = "the pair that was in force still is; a new certificate has the same names. Give it others that the filters let in: mtlsmith gen leaf --namespace NAMESPACE --name NAME --force --ou UNIT; or let these in: mtlsmith filter suggest";

/// What issues, for the ledger.
pub(crate) const TOOL_VERSION: &str = concat!("mtlsmith ", env!("CARGO_PKG_VERSION"));
