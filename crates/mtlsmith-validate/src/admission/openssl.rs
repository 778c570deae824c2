//! How OpenSSL 3 and BoringSSL verify a client's chain (`X509_verify_cert` with the purpose of a TLS client).
//!
//! Unlike Go, both build one chain and keep it: the issuer is looked for among what the server trusts first and among what the client
//! presents second, by folded name and key identifier; the first that looks likely is taken, and nobody comes back when that one leads
//! nowhere. Which of several namesakes a server trusts comes first is not specified, so every order is followed here. What the two
//! libraries, their usual security levels, or those orders decide differently comes out as [`View::Varies`].

mod build;
mod facts;
mod issuers;
mod judge;
mod names;
mod purpose;
mod template;
#[cfg(test)]
mod tests;

use super::opinion::Fault;
use super::opinion::View;
use super::opinion::places;
use crate::budget::Budget;
use crate::bundle::Bundle;
use crate::bundle::Member;
use crate::name_constraints;
use crate::path::Anchors;
use crate::path::PathFault;
use crate::path::PathFaultKind;
use crate::path::Space;
use crate::path::go_reads;
use crate::time::Timestamp;

use facts::Facts;
use facts::Library;
pub(super) use facts::Noted;

/// What the libraries note about each member of a bundle, by its index; nothing of those that cannot be read.
pub(super) fn note(bundle: &Bundle) -> Vec<Option<Noted>> {
    let note = |member| Member::certificate(member).map(|it| Noted::of(it, go_reads(member)));
    bundle.members.iter().map(note).collect()
}

/// What servers of the family make of the leaf of a space. `members` is what was noted about the members of the bundle.
pub(super) fn view(
    space: &Space<'_>,
    members: &[Option<Noted>],
    anchors: Anchors,
    now: Timestamp,
    budget: &mut Budget,
) -> View {
    let leaf = space.trusted();
    if space.certificate(leaf).is_none() {
        let unreadable = PathFault { kind: PathFaultKind::Unreadable, at: leaf, path: vec![leaf] };
        return View::Refuses(Fault::of(unreadable, leaf));
    }
    let mut family = Family {
        space,
        members,
        anchors,
        now,
        budget,
        comparisons: name_constraints::COMPARISONS,
        facts: Vec::with_capacity(4),
        tally: Tally::default(),
    };
    for library in [Library::OpenSsl, Library::BoringSsl] {
        build::follow(&mut family, library);
    }
    family.into_view()
}

/// What is asked, and what has been found so far.
struct Family<'s, 'a> {
    space: &'s Space<'a>,
    members: &'s [Option<Noted>],
    anchors: Anchors,
    now: Timestamp,
    budget: &'s mut Budget,
    /// Comparisons of names with constraints that are left.
    comparisons: usize,
    facts: Vec<(usize, Facts<'a>)>,
    tally: Tally,
}

/// The outcomes of every library on every order.
#[derive(Default)]
struct Tally {
    admitted: Option<Vec<usize>>,
    /// The fault, of which library, and whether a whole chain stood when it was found.
    refused: Option<(Library, bool, PathFault)>,
    unsure: Option<(Vec<usize>, PathFault)>,
}

impl Tally {
    /// Is it known already that it depends?
    fn varies(&self) -> bool {
        self.admitted.is_some() && (self.refused.is_some() || self.unsure.is_some())
    }

    fn admit(&mut self, chain: &[usize]) {
        self.admitted.get_or_insert_with(|| chain.to_vec());
    }

    /// Keeps the first fault, unless one of the same library was found on a whole chain.
    fn refuse(&mut self, library: Library, whole: bool, fault: PathFault) {
        let tells_more = |(by, before, _): &(Library, bool, PathFault)| *by == library && whole && !before;
        if self.refused.as_ref().is_none_or(tells_more) {
            self.refused = Some((library, whole, fault));
        }
    }

    fn doubt(&mut self, chain: &[usize], fault: PathFault) {
        self.unsure.get_or_insert_with(|| (chain.to_vec(), fault));
    }
}

impl<'a> Family<'_, 'a> {
    /// What is known about the certificate at an index; `None` when it cannot be read.
    fn facts(&mut self, index: usize) -> Option<Facts<'a>> {
        if let Some((_, facts)) = self.facts.iter().find(|(known, _)| *known == index) {
            return Some(*facts);
        }
        let certificate = self.space.certificate(index)?;
        let noted = match self.members.get(index) {
            Some(noted) => (*noted)?,
            None => Noted::of(certificate, self.space.go_reads(index)),
        };
        let facts = Facts::of(certificate, noted);
        self.facts.push((index, facts));
        Some(facts)
    }

    /// Does a chain end in any certificate that is trusted, instead of a self-signed one?
    fn takes_partial_chains(&self) -> bool {
        self.anchors == Anchors::EveryMember
    }

    fn into_view(mut self) -> View {
        let trusted = self.space.trusted();
        // A presented certificate that a library cannot read ends the handshake, wherever it stands.
        let unread = (trusted..trusted + self.space.presented.len())
            .find(|&index| !self.facts(index).is_some_and(|facts| facts.noted.is_parsed));
        let Tally { admitted, refused, unsure } = self.tally;
        let refused = refused.map(|(_, _, fault)| fault);
        let in_doubt =
            unread.map(|at| PathFault { kind: PathFaultKind::ReadDifferently, at, path: vec![at] });
        match (admitted, unsure) {
            (Some(path), None) => match refused.or(in_doubt) {
                None => View::Admits(places(&path, trusted)),
                Some(fault) => View::Varies(places(&path, trusted), Fault::of(fault, trusted)),
            },
            (Some(path), Some((_, doubt))) => {
                View::Varies(places(&path, trusted), Fault::of(refused.unwrap_or(doubt), trusted))
            }
            (None, Some((path, doubt))) => {
                View::Varies(places(&path, trusted), Fault::of(refused.unwrap_or(doubt), trusted))
            }
            (None, None) => {
                let missing =
                    || PathFault { kind: PathFaultKind::IssuerMissing, at: trusted, path: vec![trusted] };
                View::Refuses(Fault::of(refused.unwrap_or_else(missing), trusted))
            }
        }
    }
}
