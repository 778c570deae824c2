//! A client certificate or a Namespace that was asked for and is not there: what is, and what may have been meant.

use std::collections::BTreeSet;

use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::KeepError;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::SlotKind;

use crate::failure::Failure;
use crate::input::is_there;
use crate::minting::BUNDLE_FILE;
use crate::minting::FILTERS_FILE;
use crate::session::shown;

/// The failure when nothing is in force at a place; `None` when something is.
pub(crate) fn missing(
    home: &Home,
    namespace: Option<&str>,
    name: Option<&str>,
) -> Result<Option<Failure>, KeepError> {
    let mut leaves = home.slots()?;
    leaves.retain(|slot| slot.kind() == SlotKind::Leaf);
    let of_it: Vec<&str> =
        leaves.iter().filter(|slot| slot.namespace() == namespace).map(Slot::name).collect();
    if name.is_none_or(|name| of_it.contains(&name)) && !of_it.is_empty() {
        return Ok(None);
    }
    if let (false, Some(name)) = (of_it.is_empty(), name) {
        let whose = namespace.map_or_else(String::new, |namespace| format!(" of {}", shown(namespace)));
        let message = format!("there is no client certificate {}{whose}", shown(name));
        let hint = format!("{}those that are there: {}", meant(name, &of_it), told(&of_it));
        return Ok(Some(Failure::could_not_run(message).hint(hint)));
    }
    let all: BTreeSet<&str> = leaves.iter().filter_map(Slot::namespace).collect();
    let all: Vec<&str> = all.into_iter().collect();
    let (message, asked) = match namespace {
        Some(namespace) => (format!("there is no client certificate of {}", shown(namespace)), namespace),
        None => (
            "no Namespace was named, and there is no client certificate outside of the Namespaces".to_owned(),
            "",
        ),
    };
    let hint = match all.as_slice() {
        [] => "make one: mtlsmith gen leaf; or name another state directory with --home".to_owned(),
        all if namespace.is_none() => {
            format!("name one with --namespace; Namespaces with certificates: {}", told(all))
        }
        all => format!("{}Namespaces with certificates: {}", meant(asked, all), told(all)),
    };
    Ok(Some(Failure::could_not_run(message).hint(hint)))
}

/// The same as one sentence, for who goes on without it.
pub(crate) fn absence(
    home: &Home,
    namespace: Option<&str>,
    name: Option<&str>,
) -> Result<Option<String>, KeepError> {
    Ok(missing(home, namespace, name)?.and_then(|failure| match failure {
        Failure::Said { message, hint, .. } => {
            Some(hint.map_or_else(|| message.clone(), |hint| format!("{message}; {hint}")))
        }
        Failure::BrokenPipe => None,
    }))
}

/// The failure when the state directory has never heard of a Namespace for which something is to be issued, though it knows others: the
/// name may be mistyped, and nothing would judge what is issued. `None` when it is known, or none is.
pub(crate) fn unknown_namespace(home: &Home, namespace: &str) -> Result<Option<Failure>, KeepError> {
    let slots = home.slots()?;
    let is_authority = |slot: &&Slot| slot.kind() == SlotKind::Authority;
    let mut known: BTreeSet<String> = slots.iter().filter_map(Slot::namespace).map(str::to_owned).collect();
    let folder = home.path().join("namespaces").join(namespace);
    let is_own = |slot: &Slot| slot.name() == namespace;
    if known.contains(namespace)
        || slots.iter().filter(is_authority).any(is_own)
        || [BUNDLE_FILE, FILTERS_FILE].iter().any(|file| is_there(&folder.join(file)))
    {
        return Ok(None);
    }
    // A CA may be kept under another name than that of the Namespace that it was made for.
    let read = home.ledger().for_each(|entry| known.extend(entry.namespace));
    // A ledger that cannot be read is told by the writer, who needs it whole.
    if read.is_err() || known.is_empty() || known.contains(namespace) {
        return Ok(None);
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let message = format!(
        "{} is not known here, so nothing would judge what is issued for it; nothing was minted",
        shown(namespace)
    );
    let meant = meant(namespace, &known);
    let hint = format!(
        "{meant}Namespaces that are known: {}; for another one: mtlsmith new {}, or name its bundle with --bundle, or the CA that is to \
         issue with --authority",
        told(&known),
        shown(namespace)
    );
    Ok(Some(Failure::could_not_run(message).hint(hint)))
}

/// `did you mean orders.a1b2c? `, when something is near.
pub(crate) fn meant(asked: &str, known: &[&str]) -> String {
    let slips = |one: &str| strsim::damerau_levenshtein(asked, one);
    let begins = |one: &str| !asked.is_empty() && one.split('.').next() == Some(asked);
    let near = known.iter().filter(|one| slips(one) <= SLIPS.min(asked.len() / 2) || begins(one));
    let nearest = near.min_by_key(|one| slips(one));
    nearest.map_or_else(String::new, |one| format!("did you mean {}? ", shown(one)))
}

fn told(names: &[&str]) -> String {
    let (first, rest) = names.split_at(names.len().min(TOLD));
    let first: Vec<String> = first.iter().map(shown).collect();
    let rest = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    format!("{}{rest}", first.join(", "))
}

/// Slips of the hand at most.
const SLIPS: usize = 3;

/// As many names are told.
const TOLD: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_offered_and_nothing_else() {
        let known = ["orders.a1b2c", "billing.a1b2c"];
        assert_eq!(meant("ordesr.a1b2c", &known), "did you mean orders.a1b2c? ");
        assert_eq!(meant("orders", &known), "did you mean orders.a1b2c? ");
        assert_eq!(meant("nosuch.xyz", &known), "");
        assert_eq!(meant("", &known), "");
        let many: Vec<String> = (0..20).map(|number| format!("n{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(told(&many).ends_with("n11 and 8 more"));
    }
}
