//! One client certificate as it was when it was last read: nothing is read again that did not change.

use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::generation::GenerationName;
use mtlsmith_ca::rotate::Failures;
use mtlsmith_ca::rotate::LeafPolicy;
use mtlsmith_ca::rotate::LeafState;
use mtlsmith_ca::rotate::LeafStep;
use mtlsmith_ca::rotate::decide_leaf;
use mtlsmith_ca::rotate::perform::InForceLeaf;
use mtlsmith_ca::rotate::perform::look;
use mtlsmith_validate::filters::CertificateNames;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::name::Name;
use mtlsmith_validate::time::Timestamp;

use super::counters::LeafFacts;
use super::counters::Named;
use super::tended::Sources;
use crate::rotating::shown_sentence;
use crate::state::LEAF_CERTIFICATE;

/// A certificate that is in force.
pub(super) struct Kept {
    pub(super) generation: Option<GenerationName>,
    pub(super) state: Option<LeafState>,
    /// Another CA issued it than the one that issues now, and that one is trusted already.
    foreign: bool,
    pub(super) failures: Option<Failures>,
    /// What was in force when that failed.
    failed_with: Option<GenerationName>,
    pub(super) facts: Option<LeafFacts>,
    /// Why it cannot be read.
    pub(super) problem: Option<String>,
}

impl Kept {
    pub(super) fn unknown() -> Self {
        Kept {
            generation: None,
            state: None,
            foreign: false,
            failures: None,
            failed_with: None,
            facts: None,
            problem: None,
        }
    }

    /// Reads it again when another generation is in force, or when it did not get in.
    pub(super) fn refresh(&mut self, home: &Home, slot: &Slot, sources: &Sources, now: Timestamp) {
        let current = home.current(slot).ok().flatten();
        let works = self.state.is_some_and(|state| state.effective_expiry.is_some());
        if current.is_some() && current == self.generation && works {
            return;
        }
        if self.failed_with.is_some() && current != self.failed_with {
            (self.failures, self.failed_with) = (None, None);
        }
        match look(home, slot, &sources.live, now) {
            Ok(found) => {
                self.state = Some(found.state(slot, None));
                self.foreign =
                    sources.is_trusted && found.is_of_another(sources.issuing.authority.certificate());
                self.facts = Some(facts(home, slot, &found));
                self.problem = None;
            }
            Err(error) => {
                (self.state, self.facts) = (None, None);
                self.problem = Some(shown_sentence(&error));
            }
        }
        self.generation = current;
    }

    /// What to do about it; nothing is known of one that cannot be read.
    pub(super) fn step(&self, policy: &LeafPolicy, now: Timestamp) -> Option<LeafStep> {
        let mut state = LeafState { failures: self.failures, ..self.state? };
        if self.foreign {
            // It is to be replaced however long it works; what failed before still delays that.
            state.effective_expiry = None;
        }
        Some(decide_leaf(&state, policy, now))
    }

    /// It was replaced: nothing that was known of it holds.
    pub(super) fn replaced(&mut self) {
        (self.generation, self.failures, self.failed_with) = (None, None, None);
    }

    /// It could not be replaced.
    pub(super) fn failed(&mut self, now: Timestamp) {
        let count = self.failures.map_or(0, |failures| failures.count).saturating_add(1);
        self.failures = Some(Failures { count, last_at: now });
        self.failed_with = self.generation.take().or(self.failed_with.take());
    }
}

fn facts(home: &Home, slot: &Slot, found: &InForceLeaf) -> LeafFacts {
    let certificate = &found.certificate;
    LeafFacts {
        namespace: slot.namespace().unwrap_or_default().to_owned(),
        name: slot.name().to_owned(),
        path: home.current_path(slot).join(LEAF_CERTIFICATE).display().to_string(),
        serial: decimal(certificate.serial()),
        subject: subject(&CertificateNames::of(certificate)),
        issuer: named(certificate.issuer()),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        effective_expiry: found.effective_expiry,
        due: None,
        failures: 0,
    }
}

fn subject(names: &CertificateNames<'_>) -> Named {
    let first = |field| names.present(field).first().map(ToString::to_string).unwrap_or_default();
    Named {
        common_name: first(Field::CommonName),
        organization: first(Field::Organization),
        unit: first(Field::OrganizationalUnit),
    }
}

/// The same of a name without a certificate: from its text, whose values were escaped as RFC 4514 says.
fn named(name: Name<'_>) -> Named {
    let text = name.to_string();
    let value = |prefix: &str| {
        text.split(',').find_map(|part| part.strip_prefix(prefix)).unwrap_or_default().to_owned()
    };
    Named { common_name: value("CN="), organization: value("O="), unit: value("OU=") }
}

/// A number of any size in decimal digits.
fn decimal(bytes: &[u8]) -> String {
    let mut digits: Vec<u8> = vec![0];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            let sum = u32::from(*digit) * 256 + carry;
            *digit = u8::try_from(sum % 10).unwrap_or(0);
            carry = sum / 10;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 10).unwrap_or(0));
            carry /= 10;
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0'.saturating_add(*digit))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_are_told_in_decimal_digits() {
        assert_eq!(decimal(&[]), "0");
        assert_eq!(decimal(&[0, 255]), "255");
        assert_eq!(decimal(&[1, 0, 0]), "65536");
        assert_eq!(decimal(&[0xff; 16]), u128::MAX.to_string());
    }
}
