//! What kind of thing a file holds, before it is taken for another: options are swapped easily, and the error of a parser would not
//! say so.

use std::fmt::Display;

use crate::failure::Failure;
use crate::session::shown;

/// What a file should hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents {
    Certificate,
    PrivateKey,
    Request,
    PublicKey,
}

impl Contents {
    fn words(self) -> &'static str {
        match self {
            Contents::Certificate => "certificate",
            Contents::PrivateKey => "private key",
            Contents::Request => "certificate request",
            Contents::PublicKey => "public key",
        }
    }

    fn of_label(label: &str) -> Option<Self> {
        match label {
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Some(Contents::Certificate),
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Some(Contents::Request),
            "PUBLIC KEY" | "RSA PUBLIC KEY" => Some(Contents::PublicKey),
            _ if label.ends_with("PRIVATE KEY") => Some(Contents::PrivateKey),
            _ => None,
        }
    }

    /// The kinds of the PEM blocks in a text, by their labels alone: nothing of a key is copied.
    fn all_in(bytes: &[u8]) -> Vec<Self> {
        let labels = bytes.split(|byte| *byte == b'\n').filter_map(|line| {
            let line = std::str::from_utf8(line).ok()?.trim();
            line.strip_prefix("-----BEGIN ")?.strip_suffix("-----")
        });
        labels.filter_map(Contents::of_label).collect()
    }
}

/// Refuses a file that holds something else than it should. What is no PEM is left to who reads it.
pub(crate) fn expect(wanted: Contents, file: impl Display, bytes: &[u8]) -> Result<(), Failure> {
    match other_than(wanted, bytes) {
        None => Ok(()),
        Some(found) => Err(Failure::could_not_run(format!(
            "{} holds a {}, and no {}",
            shown(file),
            found.words(),
            wanted.words()
        ))
        .hint(format!("name the file with the {}", wanted.words()))),
    }
}

/// Refuses a certificate and a key that stand in each other's place, and says so by the names of the options; else each by itself.
pub(crate) fn expect_pair(
    (certificate_option, certificate_file, certificate): (&str, impl Display, &[u8]),
    (key_option, key_file, key): (&str, impl Display, &[u8]),
) -> Result<(), Failure> {
    let is_key = other_than(Contents::Certificate, certificate) == Some(Contents::PrivateKey);
    let is_certificate = other_than(Contents::PrivateKey, key) == Some(Contents::Certificate);
    if is_key && is_certificate {
        let (certificate_file, key_file) = (shown(certificate_file), shown(key_file));
        return Err(Failure::could_not_run(format!(
            "{certificate_option} and {key_option} are swapped: {certificate_file} holds a private key, {key_file} a certificate"
        ))
        .hint(format!("name {key_file} as {certificate_option} and {certificate_file} as {key_option}")));
    }
    expect(Contents::Certificate, certificate_file, certificate)?;
    expect(Contents::PrivateKey, key_file, key)
}

fn other_than(wanted: Contents, bytes: &[u8]) -> Option<Contents> {
    let found = Contents::all_in(bytes);
    if found.contains(&wanted) { None } else { found.first().copied() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_its_labels() {
        let certificate = b"text\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let key = b"-----BEGIN EC PARAMETERS-----\r\n-----END EC PARAMETERS-----\r\n-----BEGIN EC PRIVATE KEY-----\r\n";
        assert_eq!(other_than(Contents::Certificate, certificate), None);
        assert_eq!(other_than(Contents::Certificate, key), Some(Contents::PrivateKey));
        assert_eq!(other_than(Contents::Request, certificate), Some(Contents::Certificate));
        let both = [certificate.as_slice(), key].concat();
        assert_eq!(other_than(Contents::PrivateKey, &both), None);
        assert_eq!(other_than(Contents::PrivateKey, b"\x30\x82\x01"), None);
    }
}
