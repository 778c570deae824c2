//! Who may be the issuer: OpenSSL's `get1_trusted_issuer` and `get0_best_issuer_sk`, BoringSSL's `X509_STORE_CTX_get1_issuer` and
//! `find_issuer`.

use super::build::Walk;
use super::facts::Facts;
use super::facts::Library;

/// The trusted certificates that may be taken for an issuer, each on some order.
pub(super) struct Choices {
    pub(super) members: Vec<usize>,
    /// Perhaps there is none, since the library may not read those that there are.
    pub(super) perhaps_none: bool,
}

impl<'a> Walk<'_, '_, 'a> {
    /// Which trusted certificates may be taken for the issuer. OpenSSL prefers those that are valid in time, and of others the one that
    /// ends last; BoringSSL takes the first it meets.
    pub(super) fn trusted_issuers(&mut self, child: &Facts<'a>) -> Choices {
        let mut choices = Choices { members: Vec::new(), perhaps_none: true };
        let mut latest: Option<(usize, Facts<'a>)> = None;
        for index in 0..self.family.space.trusted() {
            let Some(issuer) = self.trusted_namesake(index, child) else { continue };
            if !issuer.is_likely_issuer_of(child, self.library) {
                continue;
            }
            if self.library == Library::BoringSsl || issuer.is_valid_at(self.family.now) {
                choices.members.push(index);
                choices.perhaps_none &= !issuer.noted.is_certain;
            } else if latest.is_none_or(|(_, latest)| ends_later(&issuer, &latest)) {
                latest = Some((index, issuer));
            }
        }
        if let (true, Some((index, issuer))) = (choices.members.is_empty(), latest) {
            choices.members.push(index);
            choices.perhaps_none = !issuer.noted.is_certain;
        }
        choices
    }

    /// The member of the bundle, if it bears the name of the child's issuer.
    fn trusted_namesake(&mut self, index: usize, child: &Facts<'_>) -> Option<Facts<'a>> {
        let node = self.family.space.graph.node(index)?;
        if node.subject_key != child.noted.issuer_key || node.duplicate_of.is_some() {
            return None;
        }
        let subject = self.family.space.certificate(index)?.subject();
        let wanted = child.certificate.issuer();
        if !subject.is_canonically(wanted) {
            return None;
        }
        self.family.facts(index)
    }

    /// The first presented certificate that may be the issuer and is not in the chain yet.
    pub(super) fn presented_issuer(&mut self, child: &Facts<'a>) -> Option<usize> {
        let space = self.family.space;
        let first = space.trusted();
        let mut latest: Option<(usize, Facts<'a>)> = None;
        for index in first + 1..first + space.presented.len() {
            let Some(candidate) = space.certificate(index) else { continue };
            if !candidate.subject().is_canonically(child.certificate.issuer()) || self.chain.contains(&index)
            {
                continue;
            }
            let Some(issuer) = self.family.facts(index) else { continue };
            if !issuer.is_likely_issuer_of(child, self.library) {
                continue;
            }
            if self.library == Library::BoringSsl {
                return Some(index);
            }
            if self.chain.iter().any(|&below| space.is_same(below, index)) {
                continue;
            }
            if issuer.is_valid_at(self.family.now) {
                return Some(index);
            }
            if latest.is_none_or(|(_, latest)| ends_later(&issuer, &latest)) {
                latest = Some((index, issuer));
            }
        }
        latest.map(|(index, _)| index)
    }

    pub(super) fn is_leaf_trusted(&self) -> bool {
        let space = self.family.space;
        (0..space.trusted()).any(|member| space.is_same(member, space.trusted()))
    }

    /// Has the issuer been passed already, so that the way up leads in circles and never to what is trusted?
    pub(super) fn goes_round(&mut self, child: &Facts<'a>) -> bool {
        let library = self.library;
        let wanted = child.certificate.issuer();
        let below: Vec<usize> = self.chain.iter().copied().skip(1).collect();
        below.into_iter().any(|index| {
            self.family.facts(index).is_some_and(|issuer| {
                issuer.certificate.subject().is_canonically(wanted)
                    && issuer.is_likely_issuer_of(child, library)
            })
        })
    }

    /// A certificate with the name of the issuer that is passed over because the library calls it invalid.
    pub(super) fn invalid_namesake(&mut self, child: &Facts<'_>) -> Option<usize> {
        let library = self.library;
        let wanted = child.certificate.issuer();
        let (leaf, end) = (self.family.space.trusted(), self.family.space.presented.len());
        (0..leaf + end).filter(|&index| index != leaf).find(|&index| {
            self.family.facts(index).is_some_and(|issuer| {
                issuer.certificate.subject().is_canonically(wanted) && issuer.is_invalid(library)
            })
        })
    }

    /// Is there a certificate with the name of the issuer at all?
    pub(super) fn bears_issuers_name(&self, child: &Facts<'_>) -> bool {
        let space = self.family.space;
        let wanted = child.certificate.issuer();
        let mut others =
            (0..space.trusted() + space.presented.len()).filter(|&index| index != space.trusted());
        others.any(|index| {
            space.certificate(index).is_some_and(|issuer| issuer.subject().is_canonically(wanted))
        })
    }
}

fn ends_later(one: &Facts<'_>, other: &Facts<'_>) -> bool {
    one.certificate.not_after() > other.certificate.not_after()
}
