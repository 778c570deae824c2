//! Does the ledger say what was written? If not: which line is the first that was changed, dropped or moved.

use serde::Deserialize;

use super::GENESIS;
use super::Ledger;
use super::entry::own_hash;
use super::scan::Broken;
use super::scan::for_each_line;
use crate::keep::error::KeepError;

/// What a check of the whole ledger found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many whole lines there are.
    pub lines: u64,
    /// How many bytes of an unfinished line follow them: a writer is at work or was interrupted; the next writer removes them.
    pub unfinished: u64,
    /// The first fault; `None` when every line is as it was written.
    pub fault: Option<Fault>,
}

/// The first fault of a ledger. Lines are counted from 1, as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// This line was changed.
    Changed {
        /// The number of the line.
        line: u64,
    },
    /// Lines were dropped, beginning with this one.
    Dropped {
        /// The number of the first line that is missing.
        line: u64,
    },
    /// This line stands further down than it was written.
    Moved {
        /// The number of the line.
        line: u64,
    },
    /// The last lines were cut off, beginning with this one.
    CutOff {
        /// The number of the first line that is missing.
        line: u64,
    },
}

impl Fault {
    /// The number of the line.
    pub fn line(&self) -> u64 {
        match self {
            Fault::Changed { line }
            | Fault::Dropped { line }
            | Fault::Moved { line }
            | Fault::CutOff { line } => *line,
        }
    }
}

impl Fault {
    /// What is wrong with the line, as in "line 3: …".
    pub fn what(&self) -> &'static str {
        match self {
            Fault::Changed { .. } => "it was changed",
            Fault::Dropped { .. } => "it was dropped",
            Fault::Moved { .. } => "it was moved further down",
            Fault::CutOff { .. } => "the ledger was cut off before it",
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Changed { line } => write!(f, "line {line} was changed"),
            Fault::Dropped { line } => write!(f, "line {line} was dropped"),
            Fault::Moved { line } => write!(f, "line {line} was moved further down"),
            Fault::CutOff { line } => write!(f, "the ledger was cut off before line {line}"),
        }
    }
}

/// How far the check has come.
struct Progress {
    lines: u64,
    previous: String,
    end: u64,
    /// The line that was expected, and what stood there instead.
    broken: Option<(u64, Oddity)>,
    /// Was the line that was expected found further down?
    found_below: bool,
    /// Did the line that the head tells of come, and was it that one?
    head: Option<bool>,
}

/// What chains a line to the one before it.
#[derive(Deserialize)]
struct Link<'a> {
    line: u64,
    previous: &'a str,
    hash: &'a str,
}

enum Oddity {
    Unreadable,
    OtherNumber(u64),
    OtherPrevious,
}

impl Ledger<'_> {
    /// Checks every line and the end.
    ///
    /// # Errors
    /// When the disk says no, or the file that tells where the ledger ends is missing or damaged.
    pub fn verify(&self) -> Result<Verified, KeepError> {
        // The head first: the ledger only grows, so a writer at work does no harm.
        let head = self.read_head()?;
        let file = self.open()?;
        let mut progress = Progress {
            lines: 0,
            previous: GENESIS.to_owned(),
            end: 0,
            broken: None,
            found_below: false,
            head: None,
        };
        for_each_line(&*file, 0..file.length(), &mut |offset, line| {
            progress.take(offset, line);
            if progress.lines == head.lines && progress.broken.is_none() {
                progress.head = Some(progress.previous == head.hash && progress.end == head.length);
            }
            Ok(())
        })
        .map_err(|broken| match broken {
            Broken::Disk(source) => KeepError::disk(&self.path(), "read")(source),
            other => self.broken_line(other),
        })?;
        let unfinished = file.length().saturating_sub(progress.end);
        if progress.broken.is_none() && progress.lines > head.lines && !head.has_sum() {
            // Whoever adds lines leaves a head with a sum, from before them or from behind them.
            let what = "it tells of fewer lines than there are and has no sum".to_owned();
            return Err(KeepError::Damaged { path: self.head_path(), what });
        }
        let fault = progress.fault().or(match progress.head {
            _ if head.lines == 0 => None,
            Some(true) => None,
            // All lines fit each other, but the end is another one: somebody wrote the chain anew.
            Some(false) => Some(Fault::Changed { line: head.lines }),
            None => Some(Fault::CutOff { line: progress.lines.saturating_add(1) }),
        });
        Ok(Verified { lines: progress.lines, unfinished, fault })
    }
}

impl Progress {
    fn take(&mut self, offset: u64, line: &[u8]) {
        self.end = offset.saturating_add(u64::try_from(line.len()).unwrap_or(0)).saturating_add(1);
        self.lines = self.lines.saturating_add(1);
        let entry: Option<Link<'_>> =
            own_hash(line).is_some().then(|| serde_json::from_slice(line).ok()).flatten();
        if let Some((expected, _)) = &self.broken {
            self.found_below |= entry.is_some_and(|entry| entry.line == *expected);
            return;
        }
        let oddity = match entry {
            None => Oddity::Unreadable,
            Some(entry) if entry.line != self.lines => Oddity::OtherNumber(entry.line),
            Some(entry) if entry.previous != self.previous => Oddity::OtherPrevious,
            Some(entry) => {
                entry.hash.clone_into(&mut self.previous);
                return;
            }
        };
        self.broken = Some((self.lines, oddity));
    }

    fn fault(&self) -> Option<Fault> {
        let (line, oddity) = self.broken.as_ref()?;
        let line = *line;
        Some(match oddity {
            Oddity::Unreadable => Fault::Changed { line },
            Oddity::OtherNumber(_) if self.found_below => Fault::Moved { line },
            Oddity::OtherNumber(number) if *number > line => Fault::Dropped { line },
            // A line of a lower number stands here: a copy was put in.
            Oddity::OtherNumber(_) => Fault::Changed { line },
            // This line is as it was hashed, and has the number it should: the one before it was written anew with a hash of its own.
            Oddity::OtherPrevious => Fault::Changed { line: line.saturating_sub(1).max(1) },
        })
    }
}
