//! From the leaf to a certificate that is trusted: OpenSSL's `build_chain` and the loops of BoringSSL's `X509_verify_cert`.

use super::Family;
use super::facts::Facts;
use super::facts::Library;
use super::judge;
use crate::path::PathFault;
use crate::path::PathFaultKind;
use crate::path::USUAL_LENGTH;

/// Builds and judges the chain of one library, on every order in which it may find namesakes among what is trusted.
pub(super) fn follow(family: &mut Family<'_, '_>, library: Library) {
    let leaf = family.space.trusted();
    let mut chain = Vec::with_capacity(USUAL_LENGTH);
    chain.push(leaf);
    let mut walk = Walk { family, library, chain, untrusted: 1, steps_left: STEPS };
    match library {
        Library::OpenSsl => walk.climb(true),
        Library::BoringSsl => {
            walk.take_presented();
            walk.climb_to_the_end();
        }
    }
}

/// Issuers that are looked for on behalf of one library: more orders than that are not followed to their end.
const STEPS: usize = 256;

/// Both libraries build chains of this length and a few more unless told otherwise.
const LENGTH: usize = 100;

/// A chain on its way up.
pub(super) struct Walk<'w, 's, 'a> {
    pub(super) family: &'w mut Family<'s, 'a>,
    pub(super) library: Library,
    /// The chain as it stands.
    pub(super) chain: Vec<usize>,
    /// How many of the chain are not taken from what is trusted.
    untrusted: usize,
    steps_left: usize,
}

impl<'a> Walk<'_, '_, 'a> {
    fn top(&mut self) -> Option<(usize, Facts<'a>)> {
        let top = self.chain.last().copied()?;
        Some((top, self.family.facts(top)?))
    }

    /// OpenSSL: looks for the issuer of the last certificate, among what is trusted first; once one of these is taken, there alone.
    fn climb(&mut self, among_presented: bool) {
        let Some((index, top)) = self.top() else { return };
        if top.is_invalid(self.library) {
            // Where the leaf itself is trusted, OpenSSL does not look at its extensions again.
            match self.family.takes_partial_chains() && self.is_leaf_trusted() {
                true => self.doubt(PathFaultKind::InvalidExtension),
                false => self.refuse(PathFaultKind::InvalidExtension, index),
            }
            return;
        }
        if !self.may_go_on() {
            return;
        }
        let choices = self.trusted_issuers(&top);
        for &choice in &choices.members {
            if top.is_self_signed(self.library) {
                self.take_itself(index, choice);
            } else if self.chain.iter().skip(self.untrusted).any(|&above| above == choice) {
                self.refuse(PathFaultKind::Loop, index);
            } else {
                self.chain.push(choice);
                let is_end = self.family.takes_partial_chains() || self.is_self_signed(choice);
                if is_end {
                    self.judge()
                } else {
                    self.climb(false)
                }
                self.chain.pop();
            }
        }
        if choices.perhaps_none {
            self.climb_by_presented(index, &top, among_presented);
        }
    }

    /// OpenSSL: nothing that is trusted fits, so a presented certificate may stand between.
    fn climb_by_presented(&mut self, index: usize, top: &Facts<'a>, allowed: bool) {
        let may_follow = allowed && !top.is_self_signed(self.library);
        match may_follow.then(|| self.presented_issuer(top)).flatten() {
            Some(issuer) => {
                self.chain.push(issuer);
                self.untrusted += 1;
                self.climb(true);
                self.untrusted -= 1;
                self.chain.pop();
            }
            None => self.give_up(index, top),
        }
    }

    /// A self-signed certificate must be the very one that is trusted, not a namesake.
    fn take_itself(&mut self, index: usize, trusted: usize) {
        if !self.family.space.is_same(index, trusted) {
            let Some((_, top)) = self.top() else { return };
            return self.give_up(index, &top);
        }
        self.chain.pop();
        self.chain.push(trusted);
        self.untrusted -= 1;
        self.judge();
        self.untrusted += 1;
        self.chain.pop();
        self.chain.push(index);
    }

    /// No further issuer: the leaf itself may still be trusted, where partial chains are taken.
    fn give_up(&mut self, index: usize, top: &Facts<'a>) {
        let none_trusted = self.untrusted == self.chain.len();
        if none_trusted && self.family.takes_partial_chains() && self.is_leaf_trusted() {
            let untrusted = std::mem::take(&mut self.untrusted);
            self.judge();
            self.untrusted = untrusted;
            return;
        }
        let kind = match (top.is_self_signed(self.library), self.chain.len()) {
            (true, 1) => PathFaultKind::SelfSigned,
            (true, _) => PathFaultKind::UntrustedRoot,
            (false, _) if self.goes_round(top) => PathFaultKind::Loop,
            (false, _) if self.bears_issuers_name(top) => PathFaultKind::IdentifierMismatch,
            (false, _) => PathFaultKind::IssuerMissing,
        };
        if kind == PathFaultKind::IdentifierMismatch
            && let Some(issuer) = self.invalid_namesake(top)
        {
            self.chain.push(issuer);
            self.refuse(PathFaultKind::InvalidExtension, issuer);
            self.chain.pop();
            return;
        }
        self.refuse(kind, index);
    }

    /// BoringSSL, first part: takes presented certificates until the issuer is among the trusted ones.
    fn take_presented(&mut self) {
        while let Some((_, top)) = self.top() {
            if top.is_invalid(self.library) || top.is_self_signed(self.library) || !self.may_go_on() {
                break;
            }
            let choices = self.trusted_issuers(&top);
            if !choices.members.is_empty() {
                if choices.perhaps_none {
                    self.doubt(PathFaultKind::ReadDifferently);
                }
                break;
            }
            let Some(issuer) = self.presented_issuer(&top) else { break };
            self.chain.push(issuer);
            self.untrusted += 1;
        }
        let Some((index, top)) = self.top() else { return };
        if self.chain.len() > 1 && top.is_self_signed(self.library) && !top.is_invalid(self.library) {
            // A self-signed certificate from the client helps nobody; whether the one below is trusted is asked next.
            self.chain.pop();
            self.untrusted -= 1;
            if !self.family.takes_partial_chains() || !self.is_leaf_trusted() {
                self.chain.push(index);
                self.untrusted += 1;
            }
        }
    }

    /// BoringSSL, second part: takes trusted certificates as far as there are any, even past the first.
    fn climb_to_the_end(&mut self) {
        let Some((index, top)) = self.top() else { return };
        if top.is_invalid(self.library) {
            return self.refuse(PathFaultKind::InvalidExtension, index);
        }
        if !self.may_go_on() {
            return;
        }
        let self_signed = top.is_self_signed(self.library);
        if self_signed && self.untrusted < self.chain.len() {
            return self.judge();
        }
        if self_signed && self.chain.len() > 1 {
            return self.refuse(PathFaultKind::UntrustedRoot, index);
        }
        let choices = self.trusted_issuers(&top);
        for &choice in &choices.members {
            if self_signed {
                self.take_only_itself(index, choice);
            } else if self.chain.iter().skip(self.untrusted).any(|&above| above == choice) {
                // It goes round until the chain is as long as allowed.
                match self.family.takes_partial_chains() {
                    true => self.doubt(PathFaultKind::Loop),
                    false => self.refuse(PathFaultKind::Loop, index),
                }
            } else {
                self.chain.push(choice);
                self.climb_to_the_end();
                self.chain.pop();
            }
        }
        if choices.members.is_empty() || choices.perhaps_none {
            match self.family.takes_partial_chains() && self.untrusted < self.chain.len() {
                true => self.judge(),
                false if self_signed => self.refuse(PathFaultKind::SelfSigned, index),
                false => self.give_up(index, &top),
            }
        }
    }

    /// As [`Walk::take_itself`]; BoringSSL does not look whether a self-signed leaf is trusted by another way.
    fn take_only_itself(&mut self, index: usize, trusted: usize) {
        if self.family.space.is_same(index, trusted) {
            self.take_itself(index, trusted);
        } else {
            self.refuse(PathFaultKind::SelfSigned, index);
        }
    }

    fn is_self_signed(&mut self, index: usize) -> bool {
        let library = self.library;
        self.family.facts(index).is_some_and(|facts| facts.is_self_signed(library))
    }

    fn may_go_on(&mut self) -> bool {
        if self.family.tally.varies() {
            return false;
        }
        let may = self.steps_left > 0 && self.chain.len() <= LENGTH && self.family.budget.spend_step();
        self.steps_left = self.steps_left.saturating_sub(1);
        if !may {
            self.doubt(PathFaultKind::TooComplex);
        }
        may
    }

    fn judge(&mut self) {
        judge::judge(self.family, self.library, &self.chain, self.untrusted);
    }

    fn refuse(&mut self, kind: PathFaultKind, at: usize) {
        let path = self.chain.clone();
        self.family.tally.refuse(self.library, false, PathFault { kind, at, path });
    }

    fn doubt(&mut self, kind: PathFaultKind) {
        let Some(at) = self.chain.last().copied() else { return };
        let path = self.chain.clone();
        self.family.tally.doubt(&self.chain, PathFault { kind, at, path });
    }
}
