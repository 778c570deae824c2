//! Distinguished names to mint: UTF8String, one attribute per RDN, most general first, and nothing that a validator dislikes.

mod alternative;
mod spiffe;
mod uri;

use std::fmt;

use mtlsmith_validate::name::Name;

use super::MintError;
use super::der;
use super::der::tag;

pub use alternative::AlternativeName;
pub(super) use alternative::agree;

/// The subject of a certificate to be minted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    der: Vec<u8>,
}

impl Subject {
    /// A subject of an organization, any number of units, and a common name, in this order; at least one of them.
    ///
    /// # Errors
    /// [`MintError::SubjectRefused`] for a value that is empty, longer than 64 characters (X.520), has blanks around it, or holds
    /// control characters or those that turn the direction of writing; for a unit twice; and for a subject without attributes.
    pub fn new(
        organization: Option<&str>,
        units: &[&str],
        common_name: Option<&str>,
    ) -> Result<Self, MintError> {
        let attributes = organization
            .map(|value| (ORGANIZATION, value))
            .into_iter()
            .chain(units.iter().map(|value| (UNIT, *value)))
            .chain(common_name.map(|value| (COMMON_NAME, value)));
        let mut names = Vec::new();
        let mut seen: Vec<(&str, String)> = Vec::new();
        for (attribute, value) in attributes {
            attribute.check(value)?;
            let folded = (attribute.short, value.to_lowercase());
            if seen.contains(&folded) {
                return Err(attribute.refused(value, "it is there twice; give it once"));
            }
            seen.push(folded);
            names.extend(attribute.encode(value));
        }
        if names.is_empty() {
            return Err(MintError::SubjectRefused {
                attribute: "subject",
                value: String::new(),
                problem: "it is empty; give at least a common name or an organization",
                code: Some(EMPTY_SUBJECT),
            });
        }
        Ok(Subject { der: der::wrap(tag::SEQUENCE, &[&names]) })
    }

    /// The subject that a certificate has, byte for byte.
    pub fn of_certificate(certificate: &mtlsmith_validate::certificate::Certificate) -> Self {
        Subject { der: certificate.subject().as_der().to_vec() }
    }

    /// A subject that is there already, byte for byte: what is reissued keeps its name. The draft is judged like any other.
    pub fn of(name: Name<'_>) -> Self {
        Subject { der: name.as_der().to_vec() }
    }

    /// The name as encoded.
    pub fn name(&self) -> Name<'_> {
        Name::from_der(&self.der)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name().fmt(f)
    }
}

#[derive(Clone, Copy)]
struct AttributeType {
    short: &'static str,
    oid: [u8; 3],
}

impl AttributeType {
    fn check(self, value: &str) -> Result<(), MintError> {
        let problem = if value.trim().is_empty() {
            "it is empty; leave it out or give a value"
        } else if value.trim() != value {
            "it has blanks around it; take them off"
        } else if value.chars().count() > CHARACTERS {
            "it is longer than 64 characters, the most that X.520 allows; shorten it"
        } else if value.chars().any(is_unprintable) {
            "it holds a character that cannot be seen; take it out"
        } else {
            return Ok(());
        };
        Err(self.refused(value, problem))
    }

    fn refused(self, value: &str, problem: &'static str) -> MintError {
        let value =
            value.chars().map(|letter| if is_unprintable(letter) { '\u{fffd}' } else { letter }).collect();
        MintError::SubjectRefused { attribute: self.short, value, problem, code: None }
    }

    /// One RDN.
    fn encode(self, value: &str) -> Vec<u8> {
        let oid = der::wrap(tag::OBJECT_IDENTIFIER, &[&self.oid]);
        let value = der::wrap(tag::UTF8_STRING, &[value.as_bytes()]);
        der::wrap(tag::SET, &[&der::wrap(tag::SEQUENCE, &[&oid, &value])])
    }
}

/// Control characters, and those that are invisible or turn the direction of writing: names that look alike must be alike.
fn is_unprintable(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// RFC 5280 appendix A.1: ub-common-name, ub-organization-name and ub-organizational-unit-name.
const CHARACTERS: usize = 64;

// RFC 5280 appendix A.1.
const ORGANIZATION: AttributeType = AttributeType { short: "O", oid: [0x55, 0x04, 0x0a] };
const UNIT: AttributeType = AttributeType { short: "OU", oid: [0x55, 0x04, 0x0b] };
const COMMON_NAME: AttributeType = AttributeType { short: "CN", oid: [0x55, 0x04, 0x03] };

/// `CA-029 empty-subject`.
const EMPTY_SUBJECT: &str = "CA-029";

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;

    #[test]
    fn attributes_are_written_most_general_first_and_repeated_units_stay() {
        let subject = Subject::new(Some("acme"), &["billing", "eu"], Some("worker")).unwrap();
        let expected = testkit::Name::parse("O=acme,OU=billing,OU=eu,CN=worker");
        assert_eq!(subject.name().as_der(), expected.der());
        assert_eq!(subject.to_string(), "CN=worker,OU=eu,OU=billing,O=acme");
    }

    #[test]
    fn a_subject_without_attributes_breaks_the_rule_on_empty_subjects() {
        assert_eq!(Subject::new(None, &[], None).unwrap_err().code(), Some("CA-029"));
    }

    #[test]
    fn values_that_would_mislead_are_refused() {
        let long = "x".repeat(65);
        for value in ["", " ", " a", "a ", "a\n", "a\u{202e}b", "a\u{200b}", "\0", &long] {
            let refused = Subject::new(Some(value), &[], Some("worker"));
            assert!(matches!(refused, Err(MintError::SubjectRefused { attribute: "O", .. })), "{value:?}");
        }
        assert!(Subject::new(None, &["eu", "EU"], None).is_err());
        assert!(Subject::new(None, &[], Some(&"ü".repeat(64))).is_ok());
    }
}
