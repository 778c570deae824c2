//! The two generations of a rollover beside everything else in the bundle, and until when a leaf works through each.

use mtlsmith_validate::Profile;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::time::Timestamp;

use super::state::Authority;
use super::state::CertificateId;
use super::state::LeafCertificate;
use super::state::Side;
use crate::rotate::trust::Ends;
use crate::rotate::trust::Trust;

/// A bundle with both generations in it.
#[derive(Debug)]
pub struct Generations<'a> {
    whole: Bundle,
    old: Vec<usize>,
    new: Vec<usize>,
    profile: &'a Profile,
}

/// The same, linked.
#[derive(Debug)]
pub struct LinkedGenerations<'a> {
    trust: Trust<'a>,
    generations: &'a Generations<'a>,
    all: Ends,
    without_old: Ends,
    without_new: Ends,
    others: Ends,
}

impl<'a> Generations<'a> {
    /// The live bundle with the new generation behind it; `old` are members of the live bundle.
    pub fn of(live: &[u8], old: &[usize], new: &[Certificate], profile: &'a Profile) -> Self {
        let live = Bundle::read(live);
        let mut der: Vec<u8> = Vec::new();
        // Members that cannot be read are left out, so that positions move.
        let (mut count, mut old_positions, mut new_positions) = (0, Vec::new(), Vec::new());
        for member in &live.members {
            let Some(certificate) = member.certificate() else { continue };
            if old.contains(&member.index) {
                old_positions.push(count);
            } else if new.iter().any(|new| new.der() == certificate.der()) {
                new_positions.push(count);
            }
            der.extend_from_slice(certificate.der());
            count += 1;
        }
        for certificate in new.iter().filter(|new| !live.certificates().any(|live| live.der() == new.der())) {
            der.extend_from_slice(certificate.der());
            new_positions.push(count);
            count += 1;
        }
        Generations { whole: Bundle::read(&der), old: old_positions, new: new_positions, profile }
    }

    /// Checks the links.
    pub fn trust(&'a self) -> LinkedGenerations<'a> {
        let trust = Trust::of(&self.whole, self.profile);
        let both: Vec<usize> = self.old.iter().chain(&self.new).copied().collect();
        LinkedGenerations {
            all: trust.ends(),
            without_old: trust.ends_without(&self.old),
            without_new: trust.ends_without(&self.new),
            others: trust.ends_without(&both),
            generations: self,
            trust,
        }
    }
}

impl LinkedGenerations<'_> {
    /// Until when a leaf works through each generation. Costs the signature checks of the leaf, no more.
    pub fn measure(&self, leaf: &Certificate, presented: &[Certificate]) -> LeafCertificate {
        let anchored = self.trust.anchor(leaf, presented);
        let under_others = self.others.of(&anchored);
        let longer =
            |end: Option<Timestamp>| end.filter(|end| under_others.is_none_or(|others| others < *end));
        LeafCertificate {
            id: CertificateId::of(leaf),
            under_old: longer(self.without_new.of(&anchored)),
            under_new: longer(self.without_old.of(&anchored)),
            under_others,
        }
    }

    /// The certificates of one generation.
    pub fn authorities(&self, side: Side) -> Vec<Authority> {
        let members = match side {
            Side::Old => &self.generations.old,
            Side::New => &self.generations.new,
        };
        let authority = |&member: &usize| {
            let certificate = self.generations.whole.certificate(member)?;
            Some(Authority {
                id: CertificateId::of(certificate),
                name: certificate.subject().to_string(),
                until: self.all.member(member).unwrap_or_else(|| certificate.not_after()),
            })
        };
        members.iter().filter_map(authority).collect()
    }
}
