//! What minting, keeping and exporting refuse, as the user reads it: the rule with its code, what is wrong, and what to do.

use std::path::Path;

use mtlsmith_ca::keep::KeepError;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::SlotKind;
use mtlsmith_ca::keep::export::ExportError;
use mtlsmith_ca::mint::MintError;
use mtlsmith_report::for_terminal;

use crate::failure::Failure;

/// Nothing was minted. What the validator refuses is an answer; what cannot be done at all is none.
pub(crate) fn mint_failure(error: &MintError) -> Failure {
    let MintError::Refused { what, refusals } = error else {
        let (message, advice) = sentence(error);
        let failure = match error {
            MintError::KeyKindRefused { .. }
            | MintError::SubjectRefused { .. }
            | MintError::AlternativeNameRefused { .. }
            | MintError::LifetimeRefused { .. }
            | MintError::OutlivesAuthority { .. }
            | MintError::AuthorityEndsTooSoon { .. }
            | MintError::AuthorityNotValid { .. }
            | MintError::RequestRefused { .. } => Failure::no(message),
            _ => Failure::could_not_run(message),
        };
        return match advice {
            Some(advice) => failure.hint(advice),
            None => failure,
        };
    };
    let list: String = refusals
        .iter()
        .map(|one| format!("\n  {} {}: {}", one.code, one.name, for_terminal(&one.message)))
        .collect();
    let failure = Failure::no(format!("{what} is refused, and nothing was minted:{list}"));
    match refusals.first() {
        Some(first) => failure.hint(for_terminal(&first.help)),
        None => failure,
    }
}

/// The same in one line, for a list of many.
pub(crate) fn refusal_sentences(error: &MintError) -> String {
    match error {
        MintError::Refused { what, refusals } => {
            let all: Vec<String> = refusals
                .iter()
                .map(|one| format!("{} {}: {}", one.code, one.name, for_terminal(&one.message)))
                .collect();
            format!("{what} is refused: {}", all.join("; "))
        }
        other => sentence(other).0,
    }
}

/// The sentence with its rule, and what to do, which stands behind the last semicolon.
fn sentence(error: &MintError) -> (String, Option<String>) {
    let text = for_terminal(&error.to_string());
    let (message, advice) = match text.rsplit_once("; ") {
        Some((message, advice)) => (message.to_owned(), Some(advice.to_owned())),
        None => (text, None),
    };
    match error.code() {
        Some(code) => (format!("{message} [{code}]"), advice),
        None => (message, advice),
    }
}

/// Nothing was kept, or nothing could be read.
pub(crate) fn keep_failure(error: &KeepError) -> Failure {
    let text = for_terminal(&error.to_string());
    let (message, advice) = match text.rsplit_once("; ") {
        Some((message, advice)) => (message.to_owned(), Some(advice.to_owned())),
        None => (text, None),
    };
    let failure = match error {
        KeepError::Exists { .. } => {
            return Failure::refused(message)
                .hint("choose another file, or overwrite it with --force; nothing was written");
        }
        KeepError::Unlinked { slot, .. } => {
            let failure = Failure::refused(message);
            let slot = Slot::parse(slot);
            return match slot.as_ref().and_then(|slot| Some((slot.namespace()?, slot.name()))) {
                Some((namespace, name)) => {
                    failure.hint(format!("put it in force again: mtlsmith new {namespace} --name {name}"))
                }
                None => failure
                    .hint("the next command that issues with it, or in its place, puts it in force again"),
            };
        }
        KeepError::Damaged { path, .. } => {
            let failure = Failure::could_not_run(message);
            return match slot_of(path) {
                Some(slot) => failure.hint(replacement(&slot)),
                None => failure.hint("restore it from a backup"),
            };
        }
        KeepError::ClockBehind { .. } => {
            return Failure::could_not_run(message).hint(
                "set the clock right first; if it is right, and one that ran ahead has issued that, go on with: mtlsmith rekey \
                 --namespace NAMESPACE --name NAME --clock-is-right",
            );
        }
        KeepError::WrongKind { .. }
        | KeepError::LooseMode { .. }
        | KeepError::OpenDirectory { .. }
        | KeepError::LedgerBroken { .. }
        | KeepError::ForeignOwner { .. }
        | KeepError::SharedAuthority { .. }
        | KeepError::Stale { .. } => Failure::refused(message),
        _ => Failure::could_not_run(message),
    };
    match advice {
        Some(advice) => failure.hint(advice),
        None => failure,
    }
}

/// The place of a generation, which lies in it.
fn slot_of(path: &Path) -> Option<Slot> {
    let parts: Vec<&str> = path.parent()?.iter().filter_map(|part| part.to_str()).collect();
    // The last parts that are a place, so that it does not matter where the state directory lies.
    let last = |number: usize| parts.len().checked_sub(number).and_then(|from| parts.get(from..));
    [4, 2].into_iter().filter_map(last).find_map(|parts| Slot::parse(&parts.join("/")))
}

/// What to do about something that is not as it was put there.
pub(crate) fn replacement(slot: &Slot) -> String {
    match (slot.kind(), slot.namespace()) {
        (SlotKind::Authority, _) => format!(
            "restore {slot} from a backup: a CA whose key is lost issues nothing more, and another one comes in \
             its place with a rollover"
        ),
        (SlotKind::Leaf, namespace) => {
            let namespace = namespace.map_or_else(String::new, |name| format!(" --namespace {name}"));
            format!(
                "restore it from a backup, or put a new one in its place: mtlsmith gen leaf{namespace} --name {} \
                 --force",
                slot.name()
            )
        }
    }
}

/// A form that cannot hold what it should.
pub(crate) fn export_failure(error: &ExportError) -> Failure {
    Failure::could_not_run(for_terminal(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn a_refusal_names_its_rule_and_its_repair() {
        let error = "ed25519".parse::<mtlsmith_ca::mint::key::KeyKind>().unwrap_err();
        let Failure::Said { exit, message, hint } = mint_failure(&error) else { panic!("a sentence") };
        assert_eq!(exit, Exit::Findings);
        assert!(message.ends_with("Temporal Cloud lists RSA and ECDSA alone [CA-005]"), "{message}");
        assert_eq!(hint.as_deref(), Some("take p256"));
    }

    #[test]
    fn what_is_damaged_is_told_with_the_command_that_replaces_it() {
        for (path, words) in [
            (
                "/srv/namespaces/x/leaves/kept/namespaces/a.b/leaves/w/3-ab",
                "--namespace a.b --name w --force",
            ),
            ("home/leaves/w/3-ab", "mtlsmith gen leaf --name w --force"),
            ("home/authorities/a.b/1-ab", "restore authorities/a.b from a backup"),
            ("home/ledger.head", "from a backup"),
        ] {
            let error = KeepError::Damaged { path: path.into(), what: "x".to_owned() };
            let Failure::Said { hint, .. } = keep_failure(&error) else { panic!("a sentence") };
            assert!(hint.as_deref().unwrap().contains(words), "{path}: {hint:?}");
        }
    }

    #[test]
    fn what_stands_there_already_is_refused_for_safety() {
        let error = KeepError::Exists { path: "ca.key".into() };
        let Failure::Said { exit, hint, .. } = keep_failure(&error) else { panic!("a sentence") };
        assert_eq!(exit, Exit::Refused);
        assert!(hint.unwrap().contains("--force"));
    }
}
