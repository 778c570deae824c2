//! Fingerprints: how people name a certificate, read from whatever they paste.

use std::fmt;
use std::str::FromStr;

use crate::certificate::Certificate;
use crate::certificate::hex;

/// A certificate's fingerprint as people paste it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fingerprint {
    /// The one that Temporal's tools show.
    Sha1([u8; 20]),
    /// The one that everybody else shows.
    Sha256([u8; 32]),
}

impl Fingerprint {
    /// Is it the fingerprint of this certificate?
    pub fn is_of(&self, certificate: &Certificate) -> bool {
        match self {
            Fingerprint::Sha1(digest) => *digest == certificate.sha1(),
            Fingerprint::Sha256(digest) => *digest == certificate.sha256(),
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Fingerprint::Sha1(digest) => hex(digest),
            Fingerprint::Sha256(digest) => hex(digest),
        })
    }
}

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    /// Reads 40 or 64 hexadecimal digits of any case, with or without colons; what OpenSSL prints before a `=` is passed over.
    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let digits = text.rsplit('=').next().unwrap_or_default().trim();
        let digits: Vec<u32> = digits
            .chars()
            .filter(|&character| character != ':')
            .map(|character| character.to_digit(16).ok_or(NotAFingerprint))
            .collect::<Result<_, _>>()?;
        let bytes: Vec<u8> = digits
            .chunks_exact(2)
            .filter_map(|pair| u8::try_from(pair.iter().fold(0, |byte, digit| byte * 16 + digit)).ok())
            .collect();
        match (digits.len(), bytes.first_chunk(), bytes.first_chunk()) {
            (40, Some(digest), _) => Ok(Fingerprint::Sha1(*digest)),
            (64, _, Some(digest)) => Ok(Fingerprint::Sha256(*digest)),
            _ => Err(NotAFingerprint),
        }
    }
}

/// The text is neither 40 nor 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAFingerprint;

impl fmt::Display for NotAFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fingerprint has 40 (SHA-1) or 64 (SHA-256) hexadecimal digits")
    }
}

impl std::error::Error for NotAFingerprint {}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(text: &str) -> Fingerprint {
        text.parse().unwrap()
    }

    #[test]
    fn fingerprints_are_read_as_people_paste_them() {
        let plain = "00112233445566778899aabbccddeeff01234567";
        let colons = "SHA1 Fingerprint=00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:01:23:45:67";
        assert_eq!(fingerprint(plain), fingerprint(colons));
        assert_eq!(fingerprint(colons).to_string(), plain);
        assert!(matches!(fingerprint(&"ab".repeat(32)), Fingerprint::Sha256(_)));
        for wrong in ["", "abc", &"a".repeat(39), &"a".repeat(41), &"g".repeat(40), &"ab".repeat(33)] {
            assert_eq!(wrong.parse::<Fingerprint>(), Err(NotAFingerprint));
        }
    }

    #[test]
    fn what_a_fingerprint_has_is_told_to_whoever_lacks_it() {
        let told = "a fingerprint has 40 (SHA-1) or 64 (SHA-256) hexadecimal digits";
        assert_eq!("abc".parse::<Fingerprint>().unwrap_err().to_string(), told);
    }
}
