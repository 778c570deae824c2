//! Compares an output with the one stored under `testdata/`, and stores it anew when told to.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// Compares `actual` with `testdata/⟨path⟩` of the workspace. With `UPDATE=1` in the environment it writes
/// the file instead.
///
/// # Panics
/// When the texts differ, with the differing lines; when the file is missing; when it cannot be written.
#[track_caller]
pub fn check(path: &str, actual: &str) {
    let update = std::env::var_os("UPDATE").is_some_and(|value| value == "1");
    let result =
        if update { store(&testdata().join(path), actual) } else { compare(&testdata().join(path), actual) };
    if let Err(difference) = result {
        panic!("testdata/{path}: {difference}\nTo accept the new output, run the test again with UPDATE=1.");
    }
}

/// The `testdata` folder of the workspace.
pub fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata")
}

/// The lines that differ, as `-` stored and `+` new, with their line numbers; `None` when the texts are
/// equal.
pub fn difference(stored: &str, new: &str) -> Option<String> {
    if stored == new {
        return None;
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (lines(stored), lines(new));
    let same_start = old.iter().zip(&new).take_while(|(left, right)| left == right).count();
    let (old_rest, new_rest) = (&old[same_start..], &new[same_start..]);
    let from_end = old_rest.iter().rev().zip(new_rest.iter().rev());
    let same_end = from_end.take_while(|(left, right)| left == right).count();
    let mut out = Vec::new();
    if let Some(before) = same_start.checked_sub(1) {
        out.push(format!("  {:>4} {}", before + 1, old[before].escape_debug()));
    }
    list(&mut out, '-', same_start, &old_rest[..old_rest.len() - same_end]);
    list(&mut out, '+', same_start, &new_rest[..new_rest.len() - same_end]);
    Some(out.join("\n"))
}

fn compare(path: &Path, actual: &str) -> Result<(), String> {
    let stored = fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    match difference(&stored, actual) {
        Some(difference) => Err(format!("the output differs (- stored, + new):\n{difference}")),
        None => Ok(()),
    }
}

fn store(path: &Path, actual: &str) -> Result<(), String> {
    let folder = path.parent().expect("a file in testdata has a folder");
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, actual));
    written.map_err(|error| format!("cannot be written: {error}"))
}

/// Lines with their ends, so that a missing final newline is a difference.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn list(out: &mut Vec<String>, sign: char, start: usize, lines: &[&str]) {
    for (place, line) in lines.iter().enumerate().take(MOST_LINES) {
        out.push(format!("{sign} {:>4} {}", start + place + 1, line.escape_debug()));
    }
    if lines.len() > MOST_LINES {
        out.push(format!("{sign}      … and {} more lines", lines.len() - MOST_LINES));
    }
}

/// Enough to see what changed, little enough to read in a test log.
const MOST_LINES: usize = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_no_difference() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), None);
    }

    #[test]
    fn a_changed_line_is_shown_with_its_number_and_the_line_before() {
        let shown = difference("a\nb\nc\n", "a\nx\nc\n").expect("they differ");
        assert_eq!(shown, "     1 a\\n\n-    2 b\\n\n+    2 x\\n");
    }

    #[test]
    fn a_missing_final_newline_is_a_difference() {
        assert_eq!(difference("a\n", "a").expect("they differ"), "-    1 a\\n\n+    1 a");
    }

    #[test]
    fn stored_files_compare_equal_until_something_changes() {
        let folder = std::env::temp_dir().join(format!("mtlsmith-golden-{}", std::process::id()));
        let path = folder.join("deep/file.txt");
        assert!(compare(&path, "text\n").expect_err("nothing is stored").starts_with("cannot be read"));
        store(&path, "text\n").expect("the folder for temporary files is writable");
        assert_eq!(compare(&path, "text\n"), Ok(()));
        assert!(compare(&path, "other\n").expect_err("it differs").contains("+    1 other"));
        fs::remove_dir_all(folder).expect("what was made can be removed");
    }
}
