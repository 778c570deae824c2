//! Why a pair on the disk is not presented.

use std::fmt;
use std::path::Path;

/// A pair was not taken; what was presented before still is.
#[derive(Clone, PartialEq, Eq)]
pub struct ReloadError {
    reason: Reason,
    text: String,
}

/// The kinds of reasons. The first half is a pair that could not be loaded, the second one that was, and was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// A file is missing, too large, or cannot be read.
    Unreadable,
    /// The files changed each time they were read.
    StillChanging,
    /// There is no certificate in the file, or one that cannot be parsed.
    NoCertificate,
    /// There is no private key in the file, or one under a passphrase.
    NoKey,
    /// The provider of cryptography cannot load the key.
    KeyNotLoadable,
    /// The thread that watches the files could not be started.
    NotWatched,
    /// The key is not the certificate's.
    KeyMismatch,
    /// The certificate, or one above it in the file, is not valid yet.
    NotYetValid,
    /// The certificate, or one above it in the file, is valid no longer.
    Expired,
    /// The Namespace would not let the certificate in.
    NotAdmitted,
    /// None of the Namespace's certificate filters matches.
    FilteredOut,
    /// Some servers would let the certificate in and others not, while the one presented now is still good.
    Contested,
}

impl ReloadError {
    pub(super) fn new(reason: Reason, subject: impl fmt::Display, what: impl fmt::Display) -> Self {
        ReloadError { reason, text: format!("{subject}: {what}") }
    }

    pub(super) fn at(reason: Reason, path: &Path, what: impl fmt::Display) -> Self {
        ReloadError::new(reason, path.display(), what)
    }

    /// The kind of reason.
    pub fn reason(&self) -> Reason {
        self.reason
    }
}

impl fmt::Display for ReloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ReloadError {
    /// The sentence, since this is what a `main` that returns an error prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for ReloadError {}

impl Reason {
    /// Could the pair be loaded, and was it refused for what it says?
    pub const fn is_refusal(self) -> bool {
        !matches!(
            self,
            Reason::Unreadable
                | Reason::StillChanging
                | Reason::NoCertificate
                | Reason::NoKey
                | Reason::KeyNotLoadable
                | Reason::NotWatched
        )
    }

    /// The name for metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::Unreadable => "unreadable",
            Reason::StillChanging => "still-changing",
            Reason::NoCertificate => "no-certificate",
            Reason::NoKey => "no-key",
            Reason::KeyNotLoadable => "key-not-loadable",
            Reason::NotWatched => "not-watched",
            Reason::KeyMismatch => "key-mismatch",
            Reason::NotYetValid => "not-yet-valid",
            Reason::Expired => "expired",
            Reason::NotAdmitted => "not-admitted",
            Reason::FilteredOut => "filtered-out",
            Reason::Contested => "contested",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
