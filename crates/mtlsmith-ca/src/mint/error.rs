//! Why nothing was minted. Every sentence names its subject first, then the values compared, then what to do.

use std::fmt;

use mtlsmith_validate::finding::Fact;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::time::Timestamp;

/// Why nothing was minted. When one of these is returned, no certificate came into being.
#[derive(Debug)]
#[non_exhaustive]
pub enum MintError {
    /// The source of randomness failed.
    RandomnessUnavailable,
    /// A key kind that is not known by that name.
    UnknownKeyKind {
        /// As it was given.
        given: String,
    },
    /// A kind of key that Temporal Cloud or its SDKs do not take.
    KeyKindRefused {
        /// The kind, such as `Ed25519`.
        kind: String,
        /// Why.
        reason: &'static str,
        /// The rule that such a key breaks.
        code: Option<&'static str>,
    },
    /// Bytes that are no private key, or none that can be read.
    KeyUnreadable {
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The key is encrypted, and no passphrase was given.
    PassphraseNeeded,
    /// The passphrase does not open the key.
    WrongPassphrase,
    /// The key is encrypted in a way that is not read, or that would cost too much to try.
    EncryptionRefused {
        /// The way, or the cost and its limit.
        problem: String,
    },
    /// The library could not make a key.
    KeyGenerationFailed {
        /// The kind.
        kind: &'static str,
    },
    /// A part of a subject that must not stand in a certificate.
    SubjectRefused {
        /// The attribute, such as `CN`; `subject` for the whole.
        attribute: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        problem: &'static str,
        /// The rule that it breaks, where there is one.
        code: Option<&'static str>,
    },
    /// A subject alternative name that must not stand in a certificate.
    AlternativeNameRefused {
        /// The kind, such as `DNS`.
        kind: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A lifetime too short to use, too long to be wise, or outside of what certificates can say.
    LifetimeRefused {
        /// The lifetime asked for, in seconds.
        seconds: i64,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A certificate that would be valid for longer than its CA.
    OutlivesAuthority {
        /// The end asked for.
        not_after: Timestamp,
        /// The end of the CA.
        authority: Timestamp,
    },
    /// The CA ends too soon to issue anything below it.
    AuthorityEndsTooSoon {
        /// The end of the CA.
        authority: Timestamp,
        /// The time at which it was asked to issue.
        now: Timestamp,
    },
    /// The CA is not valid at the time of issuing.
    AuthorityNotValid {
        /// The first second of the CA.
        not_before: Timestamp,
        /// Its last one.
        not_after: Timestamp,
        /// The time at which it was asked to issue.
        now: Timestamp,
    },
    /// No certificate was found in what was given as the CA.
    NoAuthorityCertificate,
    /// The private key belongs to none of the certificates given as the CA.
    KeyDoesNotMatchCertificate {
        /// SHA-256 over the public key of the certificate, hexadecimal.
        certificate: String,
        /// SHA-256 over the public key of the private key.
        key: String,
    },
    /// The certificate request cannot be read, or is not signed by its own key.
    RequestRefused {
        /// What is wrong with it.
        problem: String,
    },
    /// The validator refuses what would be, or the CA below which it would stand.
    Refused {
        /// What was judged, such as `the CA certificate`.
        what: &'static str,
        /// Every error that was found; at least one.
        refusals: Vec<Refusal>,
    },
    /// Whoever holds the private key made no signature.
    SigningFailed {
        /// Who was asked.
        signer: String,
        /// What happened.
        problem: String,
    },
    /// The library that writes certificates failed.
    Engine {
        /// What it said.
        problem: String,
    },
    /// What was signed is not what was asked for. It is thrown away.
    NotAsDrafted {
        /// What differs.
        what: &'static str,
        /// As it should be.
        expected: String,
        /// As it is.
        found: String,
    },
}

/// One error that the validator found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code of the rule, such as `CA-022`.
    pub code: &'static str,
    /// Its name, such as `expired`.
    pub name: &'static str,
    /// What is wrong. Holds text from certificates: whoever shows it defuses it.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl From<&Finding> for Refusal {
    fn from(finding: &Finding) -> Self {
        let (code, name) = (finding.rule.code, finding.rule.name);
        Refusal { code, name, message: finding.message(), help: finding.help() }
    }
}

impl MintError {
    /// The code of the rule that stands against it, where a rule does: the first one, when several do.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            MintError::Refused { refusals, .. } => refusals.first().map(|refusal| refusal.code),
            MintError::KeyKindRefused { code, .. } | MintError::SubjectRefused { code, .. } => *code,
            MintError::OutlivesAuthority { .. } => Some(OUTLIVES_ISSUER),
            MintError::AuthorityNotValid { not_before, now, .. } if now < not_before => Some(NOT_YET_VALID),
            MintError::AuthorityNotValid { .. } => Some(EXPIRED),
            _ => None,
        }
    }

    /// Does a rule of this code stand against it?
    pub fn has_code(&self, code: &str) -> bool {
        match self {
            MintError::Refused { refusals, .. } => refusals.iter().any(|refusal| refusal.code == code),
            other => other.code() == Some(code),
        }
    }
}

impl fmt::Display for MintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MintError::RandomnessUnavailable => {
                f.write_str("the source of randomness does not answer; nothing was made, try again")
            }
            MintError::Engine { problem } => write!(f, "the certificate could not be written: {problem}"),
            MintError::NoAuthorityCertificate => {
                f.write_str("the CA file holds no certificate; give the CA's certificate, and those above it")
            }
            MintError::RequestRefused { problem } => write!(f, "the certificate request: {problem}"),
            MintError::SigningFailed { signer, problem } => {
                write!(f, "{signer} made no signature: {problem}")
            }
            MintError::NotAsDrafted { what, expected, found } => write!(
                f,
                "the {what} of the signed certificate is {found} and should be {expected}; it was thrown away, look at the signer"
            ),
            MintError::Refused { what, refusals } => write_refusals(f, what, refusals),
            _ => self.fmt_key(f).or_else(|NotMine| self.fmt_content(f)).unwrap_or(Ok(())),
        }
    }
}

impl std::error::Error for MintError {}

/// The variant is described elsewhere.
struct NotMine;

impl MintError {
    fn fmt_key(&self, f: &mut fmt::Formatter<'_>) -> Result<fmt::Result, NotMine> {
        Ok(match self {
            MintError::UnknownKeyKind { given } => write!(
                f,
                "the key kind \"{given}\" is not known; take one of p256, p384, p521, rsa2048, rsa3072, rsa4096"
            ),
            MintError::KeyKindRefused { kind, reason, .. } => {
                write!(f, "a key of the kind {kind} is refused: {reason}")
            }
            MintError::KeyUnreadable { problem } => write!(f, "the private key cannot be read: {problem}"),
            MintError::PassphraseNeeded => f.write_str("the private key is encrypted; give its passphrase"),
            MintError::WrongPassphrase => f.write_str(
                "the passphrase does not open the private key; give the one it was encrypted with",
            ),
            MintError::EncryptionRefused { problem } => {
                write!(f, "the private key is encrypted in a way that is not read: {problem}; {CONVERT}")
            }
            MintError::KeyGenerationFailed { kind } => write!(f, "a {kind} key could not be made; try again"),
            MintError::KeyDoesNotMatchCertificate { certificate, key } => write!(
                f,
                "the private key is not that of the CA certificate: SHA-256 of the certificate's public key is {certificate}, \
                 of the key's {key}; give the key that belongs to the certificate"
            ),
            _ => return Err(NotMine),
        })
    }

    fn fmt_content(&self, f: &mut fmt::Formatter<'_>) -> Result<fmt::Result, NotMine> {
        Ok(match self {
            MintError::SubjectRefused { attribute, value, problem, .. } => {
                write!(f, "the {attribute} \"{value}\" is refused: {problem}")
            }
            MintError::AlternativeNameRefused { kind, value, problem } => {
                write!(f, "the {kind} name \"{value}\" is refused: {problem}")
            }
            MintError::LifetimeRefused { seconds, problem } => {
                let length = Fact::Duration(*seconds);
                match *seconds < 0 {
                    true => write!(f, "an end that was {length} ago is refused: {problem}"),
                    false => write!(f, "a lifetime of {length} is refused: {problem}"),
                }
            }
            MintError::OutlivesAuthority { not_after, authority } => write!(
                f,
                "the certificate would be valid until {not_after}, but its CA ends {authority}, {} before; ask for less, or leave \
                 the lifetime out",
                Fact::Duration(not_after.since(*authority))
            ),
            MintError::AuthorityEndsTooSoon { authority, now } => write!(
                f,
                "the CA ends {authority}, {} from {now}: too soon to issue below it; roll over to a new CA",
                Fact::Duration(authority.since(*now))
            ),
            MintError::AuthorityNotValid { not_before, not_after, now } => write!(
                f,
                "the CA is valid from {not_before} to {not_after}, and it is {now}; issue with a CA that is valid now"
            ),
            _ => return Err(NotMine),
        })
    }
}

fn write_refusals(f: &mut fmt::Formatter<'_>, what: &str, refusals: &[Refusal]) -> fmt::Result {
    write!(f, "{what} is refused")?;
    for (index, Refusal { code, name, message, help }) in refusals.iter().enumerate() {
        let joint = if index == 0 { ": " } else { "; " };
        write!(f, "{joint}{message} [{code} {name}]; {help}")?;
    }
    Ok(())
}

/// How to turn any key that OpenSSL reads into one that is read here.
pub(super) const CONVERT: &str = "convert it with `openssl pkcs8 -topk8 -in KEY -out NEW`";

/// `CA-022 expired`.
pub(super) const EXPIRED: &str = "CA-022";
/// `CA-023 not-yet-valid`.
pub(super) const NOT_YET_VALID: &str = "CA-023";
/// `CHN-012 outlives-issuer`.
pub(super) const OUTLIVES_ISSUER: &str = "CHN-012";

#[cfg(test)]
mod tests {
    use super::*;

    fn every_error() -> Vec<MintError> {
        let (text, time) = (|| "text".to_owned(), Timestamp::from_unix(0));
        let refusal = Refusal { code: "CA-022", name: "expired", message: text(), help: text() };
        vec![
            MintError::RandomnessUnavailable,
            MintError::UnknownKeyKind { given: text() },
            MintError::KeyKindRefused { kind: text(), reason: "text", code: None },
            MintError::KeyUnreadable { problem: text() },
            MintError::PassphraseNeeded,
            MintError::WrongPassphrase,
            MintError::EncryptionRefused { problem: text() },
            MintError::KeyGenerationFailed { kind: "text" },
            MintError::SubjectRefused { attribute: "CN", value: text(), problem: "text", code: None },
            MintError::AlternativeNameRefused { kind: "DNS", value: text(), problem: "text" },
            MintError::LifetimeRefused { seconds: 1, problem: "text" },
            MintError::OutlivesAuthority { not_after: time, authority: time },
            MintError::AuthorityEndsTooSoon { authority: time, now: time },
            MintError::AuthorityNotValid { not_before: time, not_after: time, now: time },
            MintError::NoAuthorityCertificate,
            MintError::KeyDoesNotMatchCertificate { certificate: text(), key: text() },
            MintError::RequestRefused { problem: text() },
            MintError::Refused { what: "text", refusals: vec![refusal.clone(), refusal] },
            MintError::SigningFailed { signer: text(), problem: text() },
            MintError::Engine { problem: text() },
            MintError::NotAsDrafted { what: "text", expected: text(), found: text() },
        ]
    }

    #[test]
    fn every_error_is_told_in_one_sentence() {
        for error in every_error() {
            let told = error.to_string();
            assert!(told.len() > 20 && !told.ends_with('.') && !told.contains('\n'), "{error:?}: {told}");
            assert!(told.starts_with(char::is_lowercase) || told.starts_with("text"), "{told}");
        }
    }

    #[test]
    fn several_refusals_are_all_told_and_the_first_gives_the_code() {
        let refusal =
            |code| Refusal { code, name: "name", message: "message".to_owned(), help: "help".to_owned() };
        let error =
            MintError::Refused { what: "the CA", refusals: vec![refusal("CA-001"), refusal("CA-002")] };
        assert_eq!(
            error.to_string(),
            "the CA is refused: message [CA-001 name]; help; message [CA-002 name]; help"
        );
        assert_eq!(error.code(), Some("CA-001"));
        assert!(error.has_code("CA-002") && !error.has_code("CA-003"));
    }
}
