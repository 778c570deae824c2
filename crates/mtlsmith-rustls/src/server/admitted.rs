//! What the application learns about a handshake.

use std::fmt;
use std::sync::Arc;

use mtlsmith_validate::admission::Admitted;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::fingerprint::Fingerprint;
use mtlsmith_validate::time::Timestamp;

use super::cache::LeafId;
use crate::text::shown;
use crate::text::shown_subject;

/// A client that was let in: its certificate was verified, and it has shown that it holds the key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdmittedClient {
    /// The Namespace it was let into.
    pub namespace: Arc<str>,
    /// The subject of its certificate, control characters escaped.
    pub subject: String,
    /// SHA-256 of its certificate; printed in lower-case hexadecimal.
    pub sha256: Fingerprint,
    /// The certificate filter that it passed, counted from 0; `None` when the Namespace has no filters.
    pub filter: Option<usize>,
    /// The effective expiry: from this second on it would not be let in any more. An application that holds connections open for
    /// long closes them then.
    pub until: Timestamp,
}

/// A client that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedClient {
    /// The Namespace that it asked for.
    pub namespace: Arc<str>,
    /// The subject of its certificate, control characters escaped; empty when the certificate cannot be read.
    pub subject: String,
    /// SHA-256 of its certificate, printed in lower-case hexadecimal; `None` when it cannot be read.
    pub sha256: Option<Fingerprint>,
    /// The code of the rule that stands against it, such as `CHN-009`; empty when rustls-webpki alone refuses.
    pub code: &'static str,
    /// Why, in a sentence; control characters escaped, at most [`SHOWN_BYTES`](super::SHOWN_BYTES) bytes.
    pub reason: String,
}

/// Whom to tell about each handshake. Called on the thread of the handshake, so it must not wait.
pub trait Observer: Send + Sync + fmt::Debug {
    /// A client was let in: its certificate was verified, and it has shown that it holds the key.
    fn admitted(&self, client: &AdmittedClient);
    /// A client was refused.
    fn refused(&self, client: &RefusedClient);
}

impl AdmittedClient {
    pub(super) fn of(namespace: &Arc<str>, leaf: &Certificate, id: LeafId, admitted: &Admitted) -> Self {
        AdmittedClient {
            namespace: Arc::clone(namespace),
            subject: shown_subject(leaf),
            sha256: Fingerprint::Sha256(id),
            filter: admitted.filter,
            until: admitted.until,
        }
    }

    #[cfg(test)]
    pub(super) fn for_tests(namespace: &str) -> Self {
        let until = Timestamp::from_unix(0);
        let (subject, sha256) = ("CN=worker".to_owned(), Fingerprint::Sha256([0; 32]));
        AdmittedClient { namespace: namespace.into(), subject, sha256, filter: None, until }
    }
}

impl RefusedClient {
    pub(super) fn new(
        namespace: &Arc<str>,
        leaf: Option<&Certificate>,
        code: &'static str,
        reason: &str,
    ) -> Self {
        RefusedClient {
            namespace: Arc::clone(namespace),
            subject: leaf.map(shown_subject).unwrap_or_default(),
            sha256: leaf.map(|leaf| Fingerprint::Sha256(leaf.sha256())),
            code,
            reason: shown(reason),
        }
    }
}
