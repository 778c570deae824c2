//! Where markers, line ends and lines are, each stretch of a text being looked at once: what keeps the survey linear.

use memchr::memchr;
use memchr::memmem;

use super::go::finder;

/// The places of a marker. Each stretch of the text is searched once, however often one asks.
pub(super) struct Occurrences<'a> {
    text: &'a [u8],
    finder: memmem::Finder<'static>,
    next: Option<usize>,
}

impl<'a> Occurrences<'a> {
    pub(super) fn new(text: &'a [u8], marker: &'static [u8]) -> Self {
        let finder = finder(marker);
        let next = finder.find(text);
        Occurrences { text, finder, next }
    }

    /// The first place at or behind an offset; offsets must not decrease from call to call.
    pub(super) fn first_from(&mut self, offset: usize) -> Option<usize> {
        if self.next.is_some_and(|next| next < offset) {
            self.next = self.text.get(offset..).and_then(|rest| self.finder.find(rest)).map(|at| offset + at);
        }
        self.next
    }

    /// The place found last.
    pub(super) fn peek(&self) -> Option<usize> {
        self.next
    }

    pub(super) fn count_from(&self, offset: usize) -> usize {
        self.finder.find_iter(self.text.get(offset..).unwrap_or_default()).count()
    }
}

/// The line ends, searched once where a text is one long line.
pub(super) struct Newlines<'a> {
    text: &'a [u8],
    from: usize,
    at: Option<usize>,
}

impl<'a> Newlines<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Newlines { text, from: 0, at: None }
    }

    /// The start of the line behind the one that holds this offset.
    pub(super) fn line_behind(&mut self, offset: usize) -> usize {
        match self.at {
            Some(at) if (self.from..=at).contains(&offset) => {}
            _ => {
                let rest = self.text.get(offset..).unwrap_or_default();
                self.from = offset;
                self.at = Some(memchr(b'\n', rest).map_or(self.text.len(), |at| offset + at));
            }
        }
        self.at.map_or(self.text.len(), |at| (at + 1).min(self.text.len()))
    }
}

/// Counts lines as the text is walked from front to back, so that no stretch is counted twice.
pub(super) struct LineCounter<'a> {
    text: &'a [u8],
    counted_to: usize,
    line: usize,
}

impl<'a> LineCounter<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        LineCounter { text, counted_to: 0, line: 1 }
    }

    /// The line of a byte; offsets must not decrease from call to call.
    pub(super) fn line_of(&mut self, offset: usize) -> usize {
        let passed = self.text.get(self.counted_to..offset).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', passed).count();
        self.counted_to = offset.max(self.counted_to);
        self.line
    }
}
