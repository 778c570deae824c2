//! What the servers that may stand in front of a Namespace make of a chain.

use std::fmt;

use super::Place;
use crate::path::Anchors;
use crate::path::PathFault;
use crate::path::PathFaultKind;

/// A kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Server {
    /// Whose code verifies certificates.
    pub family: Family,
    /// What it trusts of the bundle.
    pub anchors: Anchors,
}

/// Whose code verifies certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Go's `crypto/tls` and `crypto/x509`.
    Go,
    /// OpenSSL and BoringSSL.
    OpenSsl,
}

/// A server and what it makes of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    /// The server.
    pub server: Server,
    /// What it makes of the chain.
    pub view: View,
}

/// What a server makes of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    /// It verifies, by this path: the leaf first.
    Admits(Vec<Place>),
    /// It does not.
    Refuses(Fault),
    /// It depends on the release, or on which of several possible issuers is tried first.
    Varies(Vec<Place>, Fault),
}

/// Why a server refuses: the fault of the path that got furthest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong. A member index within, as in [`PathFaultKind::NameConstraint`], counts the bundle first and what the client
    /// presents behind it.
    pub kind: PathFaultKind,
    /// The certificate that it is wrong with.
    pub at: Place,
    /// The path up to there, the leaf first.
    pub path: Vec<Place>,
}

impl View {
    /// Does every server of this kind admit?
    pub const fn admits(&self) -> bool {
        matches!(self, View::Admits(_))
    }

    /// Does every server of this kind refuse?
    pub const fn refuses(&self) -> bool {
        matches!(self, View::Refuses(_))
    }

    /// The path by which it verifies, if by any.
    pub fn path(&self) -> Option<&[Place]> {
        match self {
            View::Admits(path) | View::Varies(path, _) => Some(path),
            View::Refuses(_) => None,
        }
    }

    /// What stands against the chain, if anything.
    pub const fn fault(&self) -> Option<&Fault> {
        match self {
            View::Admits(_) => None,
            View::Refuses(fault) | View::Varies(_, fault) => Some(fault),
        }
    }
}

impl Fault {
    pub(super) fn of(fault: PathFault, trusted: usize) -> Self {
        let place = |index| Place::of(index, trusted);
        Fault { kind: fault.kind, at: place(fault.at), path: fault.path.into_iter().map(place).collect() }
    }
}

/// The places of a path that a search found.
pub(super) fn places(path: &[usize], trusted: usize) -> Vec<Place> {
    path.iter().map(|&index| Place::of(index, trusted)).collect()
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.family, self.anchors) {
            (Family::Go, Anchors::Roots) => "a Go server that trusts the roots of the bundle",
            (Family::Go, Anchors::EveryMember) => "a Go server that trusts every CA of the bundle",
            (Family::OpenSsl, Anchors::Roots) => {
                "an OpenSSL-family server that trusts the roots of the bundle"
            }
            (Family::OpenSsl, Anchors::EveryMember) => {
                "an OpenSSL-family server that trusts every CA of the bundle"
            }
        })
    }
}
