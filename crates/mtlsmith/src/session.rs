//! One running command: its surroundings, the global options, and how it talks.

use std::fmt::Display;
use std::io::Write;

use anstyle::AnsiColor;
use mtlsmith_report::Detail;
use mtlsmith_report::Style;
use mtlsmith_report::cut;
use mtlsmith_report::for_terminal;
use mtlsmith_validate::time::Timestamp;

use crate::arguments::Global;
use crate::color;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::failure::file_failure;

/// What a command works with.
#[derive(Debug)]
pub(crate) struct Session<'session, 'environment> {
    pub(crate) environment: &'session mut Environment<'environment>,
    global: Global,
}

/// Where a text is going to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Standard output.
    Output,
    /// Standard error.
    Talk,
    /// A file.
    File,
}

impl<'session, 'environment> Session<'session, 'environment> {
    pub(crate) fn new(environment: &'session mut Environment<'environment>, global: Global) -> Self {
        Session { environment, global }
    }

    /// The time to judge for: the one that was asked for, else the clock's.
    pub(crate) fn now(&self, at: Option<Timestamp>) -> Timestamp {
        at.unwrap_or_else(self.environment.now)
    }

    /// How text looks in a place.
    pub(crate) fn style(&self, place: Place) -> Style {
        let detail = match (self.global.quiet, self.global.verbose) {
            (true, _) => Detail::Quiet,
            (_, true) => Detail::Verbose,
            _ => Detail::Normal,
        };
        let is_terminal = match place {
            Place::Output => self.environment.output_is_terminal,
            Place::Talk => self.environment.talk_is_terminal,
            Place::File => false,
        };
        let columns =
            is_terminal.then(|| (self.environment.columns)()).flatten().unwrap_or(COLUMNS_ELSEWHERE);
        Style { color: self.colors(place), columns, detail }
    }

    /// Is the text of a place coloured?
    pub(crate) fn colors(&self, place: Place) -> bool {
        match place {
            Place::File => self.global.color == color::ColorChoice::Always,
            _ => color::is_on(self.global.color, self.environment, place == Place::Talk),
        }
    }

    /// Did the user ask for less?
    pub(crate) fn is_quiet(&self) -> bool {
        self.global.quiet
    }

    /// Did the user answer every question with yes?
    pub(crate) fn says_yes(&self) -> bool {
        self.global.yes
    }

    /// Says what went wrong.
    pub(crate) fn error(&mut self, text: &str) {
        self.say("error", AnsiColor::Red, text);
    }

    /// Says what may go wrong.
    pub(crate) fn warning(&mut self, text: &str) {
        self.say("warning", AnsiColor::Yellow, text);
    }

    /// Says what to do.
    pub(crate) fn hint(&mut self, text: &str) {
        self.say("hint", AnsiColor::Cyan, text);
    }

    /// Says what was done; not to a quiet user.
    pub(crate) fn note(&mut self, text: &str) {
        if !self.global.quiet {
            self.say("note", AnsiColor::Green, text);
        }
    }

    /// Writes text to standard error that is ready as it is.
    pub(crate) fn talk(&mut self, text: &str) {
        // Nobody is left to be told when standard error fails.
        let _ = self.environment.talk.write_all(text.as_bytes()).and_then(|()| self.environment.talk.flush());
    }

    /// Writes data to standard output.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.environment.output.write_all(bytes).and_then(|()| self.environment.output.flush());
        written.map_err(|error| match error.kind() {
            std::io::ErrorKind::BrokenPipe => Failure::BrokenPipe,
            _ => file_failure("write", "standard output", &error),
        })
    }

    /// The lines of the text are ours: whoever puts a name into it has passed it through [`shown`], or the name would make lines too.
    /// What else is in them is made harmless here.
    fn say(&mut self, word: &str, color: AnsiColor, text: &str) {
        let lines: Vec<String> = text.lines().map(for_terminal).collect();
        let text = lines.join("\n");
        let line = if self.colors(Place::Talk) {
            let style = color.on_default().bold();
            format!("{style}{word}:{style:#} {text}\n")
        } else {
            format!("{word}: {text}\n")
        };
        self.talk(&line);
    }
}

/// A name from outside, of a file or from a certificate, as it may stand in a sentence.
pub(crate) fn shown(name: impl Display) -> String {
    for_terminal(&cut(&name.to_string()))
}

/// `1 file`, `2 files`.
pub(crate) fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// The width of text that no terminal shows.
const COLUMNS_ELSEWHERE: usize = 100;
