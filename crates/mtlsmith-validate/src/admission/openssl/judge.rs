//! What both libraries ask of a chain that stands: OpenSSL's `verify_chain` and the end of BoringSSL's `X509_verify_cert`.

use super::Family;
use super::facts::Facts;
use super::facts::Library;
use super::names;
use super::purpose;
use crate::certificate::Certificate;
use crate::certificate::Hash;
use crate::certificate::Policies;
use crate::certificate::SignatureAlgorithm;
use crate::key::Curve;
use crate::key::PublicKey;
use crate::path::PathFault;
use crate::path::PathFaultKind;
use crate::path::policies_are_valid;
use crate::signature::SignatureCheck;

/// What stands against a chain, and the position of the certificate it is about.
pub(super) type Objection = (PathFaultKind, usize);

/// Judges a chain of which the first `untrusted` are not taken from what is trusted, and notes the outcome.
pub(super) fn judge(family: &mut Family<'_, '_>, library: Library, chain: &[usize], untrusted: usize) {
    let facts: Vec<Facts<'_>> = chain.iter().filter_map(|&index| family.facts(index)).collect();
    let mut case = Case { family, library, chain, facts: &facts, untrusted, doubt: None };
    let objection = case.objection();
    let doubt = case.doubt.take();
    let fault = |(kind, position): Objection| PathFault {
        kind,
        at: chain.get(position).copied().unwrap_or_default(),
        path: chain.iter().take(position + 1).copied().collect(),
    };
    match (objection, doubt) {
        (Some(objection), _) => family.tally.refuse(library, true, fault(objection)),
        (None, Some(doubt)) => family.tally.doubt(chain, fault(doubt)),
        (None, None) => family.tally.admit(chain),
    }
}

struct Case<'c, 's, 'a> {
    family: &'c mut Family<'s, 'a>,
    library: Library,
    chain: &'c [usize],
    facts: &'c [Facts<'a>],
    untrusted: usize,
    /// What may stand against the chain, by release or by configuration.
    doubt: Option<Objection>,
}

impl Case<'_, '_, '_> {
    fn objection(&mut self) -> Option<Objection> {
        let facts = self.facts;
        self.extensions()
            .or_else(|| {
                self.strength();
                self.signatures()
            })
            .or_else(|| self.times())
            .or_else(|| {
                let found = names::violation(facts, self.library, self.chain, &mut self.family.comparisons)?;
                if found.is_certain {
                    return Some(found.objection);
                }
                self.doubt.get_or_insert(found.objection);
                None
            })
            .or_else(|| {
                self.policies();
                None
            })
    }

    /// The extensions of each certificate.
    fn extensions(&mut self) -> Option<Objection> {
        let mut below = 0;
        for (position, facts) in self.facts.iter().enumerate() {
            if !facts.noted.is_certain {
                self.doubt.get_or_insert((PathFaultKind::ReadDifferently, position));
            }
            let too_long = facts.certificate.path_length().filter(|&allowed| position > 1 && below > allowed);
            let is_last = position + 1 == self.facts.len();
            let objection = purpose::objection(facts, self.library, position, is_last)
                .or(too_long.map(|allowed| PathFaultKind::PathTooLong { allowed, found: below }));
            match objection.map(|kind| (kind, position)) {
                // Newer BoringSSL asks nothing of what is trusted.
                Some(objection) if self.library == Library::BoringSsl && position >= self.untrusted => {
                    self.doubt.get_or_insert(objection);
                }
                Some(objection) => return Some(objection),
                None => {}
            }
            // Self-issued certificates are not counted (RFC 5280 section 6.1.4).
            if position > 0 && !facts.noted.self_issued {
                below += 1;
            }
        }
        None
    }

    /// OpenSSL's security levels: `openssl verify` asks for none, a server of Debian's for level 2, which is 112 bits.
    fn strength(&mut self) {
        if self.library == Library::BoringSsl {
            return;
        }
        let last = self.facts.len().saturating_sub(1);
        let weak = self.facts.iter().enumerate().position(|(position, facts)| {
            has_weak_key(facts.certificate.key())
                || (position < last && is_weak(facts.certificate.signature_algorithm()))
        });
        if let Some(position) = weak {
            self.doubt.get_or_insert((PathFaultKind::WeakAlgorithm, position));
        }
    }

    /// Every signature but the last certificate's own.
    fn signatures(&mut self) -> Option<Objection> {
        for (position, pair) in self.chain.windows(2).enumerate() {
            let [child, issuer] = *pair else { continue };
            if self.facts.get(position + 1).is_some_and(Facts::may_not_sign) {
                return Some((PathFaultKind::MayNotSign, position + 1));
            }
            match self.family.space.signed(child, issuer, self.family.budget) {
                SignatureCheck::Valid => {}
                SignatureCheck::Invalid => return Some((PathFaultKind::WrongKey, position)),
                SignatureCheck::NoAlgorithm => {
                    self.doubt.get_or_insert((PathFaultKind::SignatureNotChecked, position));
                }
            }
        }
        None
    }

    fn times(&self) -> Option<Objection> {
        let now = self.family.now;
        let position = self.facts.iter().rposition(|facts| !facts.is_valid_at(now))?;
        let certificate = self.facts.get(position)?.certificate;
        let kind = if now < certificate.not_before() {
            PathFaultKind::NotYetValid(certificate.not_before())
        } else {
            PathFaultKind::Expired(certificate.not_after())
        };
        Some((kind, position))
    }

    /// Newer BoringSSL applies what certificates say about policies; the others do so when they are told to.
    fn policies(&mut self) {
        let applies = self.library == Library::BoringSsl && self.doubt.is_none();
        if !applies || !self.facts.iter().any(|facts| Policies::are_stated_in(facts.certificate)) {
            return;
        }
        let chain: Vec<&Certificate> = self.facts.iter().map(|facts| facts.certificate).collect();
        if !policies_are_valid(&chain) {
            self.doubt = Some((PathFaultKind::Policy, 0));
        }
    }
}

/// Fewer than 112 bits of security (NIST SP 800-57 part 1, table 2)?
fn has_weak_key(key: &PublicKey) -> bool {
    match key {
        PublicKey::Rsa(key) => key.modulus_bits < 2_048,
        PublicKey::Ec(key) => !matches!(key.curve, Curve::P224 | Curve::P256 | Curve::P384 | Curve::P521),
        PublicKey::Ed25519 | PublicKey::Ed448 => false,
        _ => true,
    }
}

fn is_weak(algorithm: &SignatureAlgorithm) -> bool {
    match algorithm {
        SignatureAlgorithm::Ed25519 | SignatureAlgorithm::Ed448 => false,
        other => !matches!(other.hash(), Some(Hash::Sha224 | Hash::Sha256 | Hash::Sha384 | Hash::Sha512)),
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::spki;

    use super::*;

    #[test]
    fn keys_below_112_bits_of_security_are_weak() {
        let root = testkit::root("root");
        for (spki, weak) in [
            (spki::rsa_bits(1_024), true),
            (spki::rsa_bits(2_047), true),
            (spki::rsa_bits(2_048), false),
            (spki::rsa_bits(4_096), false),
            (spki::ec_p224(), false),
            (Key::p521("strong").spki_der().to_vec(), false),
            (spki::secp256k1(), true),
            (Key::ed25519("strong").spki_der().to_vec(), false),
            (spki::ed448(), false),
            (spki::dsa(), true),
        ] {
            let leaf = testkit::leaf_builder("leaf").key(Key::from_spki(spki)).signed_by(&root);
            let leaf = Certificate::read(leaf.der()).unwrap().0;
            assert_eq!(has_weak_key(leaf.key()), weak, "{:?}", leaf.key());
        }
    }

    #[test]
    fn signatures_over_short_hashes_are_weak() {
        for (hash, weak) in [
            (Hash::Md5, true),
            (Hash::Sha1, true),
            (Hash::Sha224, false),
            (Hash::Sha256, false),
            (Hash::Sha512, false),
        ] {
            assert_eq!(is_weak(&SignatureAlgorithm::Ecdsa(hash)), weak, "{hash:?}");
            assert_eq!(is_weak(&SignatureAlgorithm::RsaPkcs1(hash)), weak, "{hash:?}");
        }
        assert!(!is_weak(&SignatureAlgorithm::Ed25519) && !is_weak(&SignatureAlgorithm::Ed448));
        assert!(is_weak(&SignatureAlgorithm::Dsa));
    }
}
