//! Runs a program: an argument vector, a time limit, output that is bounded and made harmless. No key is in its arguments or variables.

use super::super::LEAF_CERTIFICATE;
use super::super::LEAF_KEY;
use super::ExecuteHook;
use crate::keep::Home;
use crate::keep::Slot;
use crate::publish::command::run;

pub(super) fn run(hook: &ExecuteHook, home: &Home, slot: &Slot) -> Result<(), String> {
    let current = home.current_path(slot);
    let path = |name: &str| current.join(name).display().to_string();
    let generation = home.current(slot).map_err(|error| error.to_string())?;
    let variables = [
        ("MTLSMITH_SLOT", slot.to_string()),
        ("MTLSMITH_NAME", slot.name().to_owned()),
        ("MTLSMITH_NAMESPACE", slot.namespace().unwrap_or_default().to_owned()),
        ("MTLSMITH_GENERATION", generation.map(|name| name.number.to_string()).unwrap_or_default()),
        ("MTLSMITH_CERTIFICATE", path(LEAF_CERTIFICATE)),
        ("MTLSMITH_KEY", path(LEAF_KEY)),
    ];
    let finished = run::run_with(&hook.arguments, &variables, hook.time_limit)
        .map_err(|error| format!("it could not be started: {error}"))?;
    if finished.ended == run::Ended::Code(0) {
        return Ok(());
    }
    let said = if finished.errors.is_empty() { &finished.output } else { &finished.errors };
    match harmless(said) {
        said if said.is_empty() => Err(finished.ended.to_string()),
        said => Err(format!("{}, and said: {said}", finished.ended)),
    }
}

/// The end of what a program wrote, where errors stand, in one line without anything that moves a cursor.
fn harmless(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_end();
    let mut last: Vec<char> = text.chars().rev().take(TOLD).collect();
    last.reverse();
    let last: String = last.into_iter().collect();
    last.escape_debug().to_string()
}

/// As many characters are told.
const TOLD: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_says_is_cut_and_escaped() {
        assert_eq!(harmless(b"a\x1b[31m\nb\n"), "a\\u{1b}[31m\\nb");
        assert_eq!(harmless(&[b'x'; 5_000]).len(), TOLD);
        assert_eq!(harmless(b"\n"), "");
    }
}
