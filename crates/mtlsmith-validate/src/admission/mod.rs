//! Would this client certificate get in? A Namespace's CA bundle and certificate filters are read once; then any number of chains are
//! decided against them.
//!
//! The answer has three values, since nobody outside knows what verifies certificates in front of Temporal Cloud: *admitted* when a Go
//! server and every server of the OpenSSL family admit, *refused* when none does or when a documented rule or a filter stands against
//! it, *contested* when it depends on the server. Each signature is checked once, whichever model asks first.
//!
//! ```
//! use mtlsmith_validate::admission::{Decision, NamespaceTrust, presented};
//! use mtlsmith_validate::{Profile, time::Timestamp};
//!
//! let trust = NamespaceTrust::read(b"no certificate", None, &Profile::temporal_cloud());
//! let now = Timestamp::parse_rfc3339("2026-11-23T16:00:00Z").unwrap();
//! let chain = presented([b"no certificate either"]);
//! assert!(matches!(trust.decide(&chain, now), Decision::Refused(_)));
//! ```

mod access;
mod check;
mod context;
mod decision;
mod openssl;
mod opinion;
mod trust;

pub use access::Access;
pub use access::AccessIndex;
pub use access::SharedCa;
pub use check::ClientAnswer;
pub use check::ClientCheck;
pub use check::ClientFileCheck;
pub use check::KeyInput;
pub(crate) use context::ClientContext;
pub use decision::Admitted;
pub use decision::Contested;
pub use decision::Decision;
pub use decision::Refused;
pub use opinion::Family;
pub use opinion::Fault;
pub use opinion::Opinion;
pub use opinion::Server;
pub use opinion::View;
pub use trust::NamespaceTrust;

use std::fmt;

use crate::bundle::Member;
use crate::bundle::member;

/// Certificates that a client may present: TLS stacks stop at 10 (OpenSSL's default depth is 100); more is an attack on path search.
pub const PRESENTED_CERTIFICATES: usize = 32;

/// Bytes that a presented chain may have, DER: 128 KB, which is above what TLS stacks take as one Certificate message.
pub const PRESENTED_BYTES: usize = 131_072;

/// A certificate of a chain: where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The client presented it: index into what it presented; 0 is the leaf.
    Presented(usize),
    /// A member of the bundle: index into `Bundle::members`.
    Trusted(usize),
}

impl Place {
    /// From an index into a path search's space.
    pub(crate) fn of(index: usize, trusted: usize) -> Self {
        match index.checked_sub(trusted) {
            Some(presented) => Place::Presented(presented),
            None => Place::Trusted(index),
        }
    }
}

impl fmt::Display for Place {
    /// `certificate 2 of the client's file`, `CA certificate 1 of the bundle`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Presented(index) => write!(f, "certificate {} of the client's file", index + 1),
            Place::Trusted(index) => write!(f, "CA certificate {} of the bundle", index + 1),
        }
    }
}

/// Reads what a client presents in a handshake: DER certificates, the leaf first. At most [`PRESENTED_CERTIFICATES`] of
/// [`PRESENTED_BYTES`] in all are read; one more is kept unread, so that the decision can refuse the chain for its size.
pub fn presented(chain: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Vec<Member> {
    let chain = chain.into_iter();
    let mut members = Vec::with_capacity(chain.size_hint().0.min(PRESENTED_CERTIFICATES));
    let mut bytes = 0;
    for der in chain {
        let der = der.as_ref();
        bytes += der.len();
        let fits = members.len() < PRESENTED_CERTIFICATES && bytes <= PRESENTED_BYTES;
        members.push(if fits {
            member(members.len(), None, der, true)
        } else {
            Member::not_read(members.len())
        });
        if !fits {
            break;
        }
    }
    members
}
