//! One line of the ledger: what it says, how it is written, and how it is read.
//!
//! A line ends with the hash over everything before it, and holds the hash of the line before it. What a scan over a million lines needs
//! comes first and has a fixed width.

use mtlsmith_validate::time::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

use crate::keep::generation::hex;

/// What a line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// A certificate was issued. The line is written before the files.
    Issued,
    /// A later issuance never reached the disk: what this line repeats is still in force.
    Restored,
    /// The issuance of the line before about this slot never reached the disk, and nothing is in force.
    Withdrawn,
}

/// What the caller knows about a certificate that is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuance {
    /// The serial number in hexadecimal digits.
    pub serial: String,
    /// SHA-256 of the certificate's DER, in hexadecimal digits.
    pub certificate_sha256: String,
    /// SHA-256 of the public key's DER, in hexadecimal digits.
    pub spki_sha256: String,
    /// The subject, as text.
    pub subject: String,
    /// The issuer, as text.
    pub issuer: String,
    /// From when it holds.
    pub not_before: Timestamp,
    /// Until when it says that it holds.
    pub not_after: Timestamp,
    /// Until when it works: the earliest end in its chain.
    pub effective_expiry: Timestamp,
    /// Its alternative names, each with its kind, such as `DNS:worker.example`.
    pub names: Vec<String>,
    /// The Namespace that it is for.
    pub namespace: Option<String>,
    /// The CA that issued it, by its name in the store.
    pub authority: Option<String>,
    /// Why it was issued: `new`, `renew` and so on.
    pub reason: String,
    /// What issued it, with its version.
    pub tool_version: String,
}

/// A line of the ledger. The order of the fields is the order in the line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Until when the certificate works: the earliest end in its chain.
    #[serde(with = "rfc3339")]
    pub effective_expiry: Timestamp,
    /// The place in the store.
    pub slot: String,
    /// What happened.
    pub event: Event,
    /// The generation.
    pub generation: u64,
    /// The digest that the generation's directory is named by.
    pub content: String,
    /// What was issued together has the same number here.
    pub transaction: String,
    /// The number of this line, counted from 1.
    pub line: u64,
    /// When.
    #[serde(with = "rfc3339")]
    pub time: Timestamp,
    /// The serial number in hexadecimal digits.
    pub serial: String,
    /// SHA-256 of the certificate's DER.
    pub certificate_sha256: String,
    /// SHA-256 of the public key's DER.
    pub spki_sha256: String,
    /// The subject.
    pub subject: String,
    /// The issuer.
    pub issuer: String,
    /// From when it holds.
    #[serde(with = "rfc3339")]
    pub not_before: Timestamp,
    /// Until when it says that it holds.
    #[serde(with = "rfc3339")]
    pub not_after: Timestamp,
    /// Its alternative names.
    pub names: Vec<String>,
    /// The Namespace that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The CA that issued it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Why it was issued.
    pub reason: String,
    /// The batch that it was issued in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
    /// What issued it.
    pub tool_version: String,
    /// The hash of the line before; for the first line [`GENESIS`].
    pub previous: String,
    /// The hash of this line: SHA-256 over everything in it before this field.
    #[serde(default, skip_serializing)]
    pub hash: String,
}

impl Entry {
    /// A line about a certificate that is issued, not yet sealed.
    pub(crate) fn issued(
        issuance: &Issuance,
        slot: String,
        (generation, content): (u64, String),
        transaction: &str,
        now: Timestamp,
    ) -> Self {
        let issuance = issuance.clone();
        Entry {
            effective_expiry: issuance.effective_expiry,
            slot,
            event: Event::Issued,
            generation,
            content,
            transaction: transaction.to_owned(),
            line: 0,
            time: now,
            serial: issuance.serial,
            certificate_sha256: issuance.certificate_sha256,
            spki_sha256: issuance.spki_sha256,
            subject: issuance.subject,
            issuer: issuance.issuer,
            not_before: issuance.not_before,
            not_after: issuance.not_after,
            names: issuance.names,
            namespace: issuance.namespace,
            authority: issuance.authority,
            reason: issuance.reason,
            batch: None,
            tool_version: issuance.tool_version,
            previous: String::new(),
            hash: String::new(),
        }
    }

    /// Sets line number and predecessor, computes the hash, and writes the line with its end.
    pub(super) fn seal(&mut self, line: u64, previous: &str) -> String {
        self.line = line;
        previous.clone_into(&mut self.previous);
        // A struct of text and numbers always becomes JSON.
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.truncate(text.len().saturating_sub(1));
        self.hash = hex(Sha256::digest(text.as_bytes()).as_slice());
        text.push_str(HASH_FIELD);
        text.push_str(&self.hash);
        text.push_str("\"}\n");
        text
    }
}

/// The hash that a line states, when it is the hash of the line. `line` is without its end.
pub(super) fn own_hash(line: &[u8]) -> Option<&str> {
    let (body, tail) = line.split_at_checked(line.len().checked_sub(TAIL)?)?;
    let stated = tail.strip_prefix(HASH_FIELD.as_bytes())?.strip_suffix(b"\"}")?;
    let stated = std::str::from_utf8(stated).ok()?;
    (hex(Sha256::digest(body).as_slice()) == stated).then_some(stated)
}

/// The fixed part at the beginning of a line: the effective expiry as text, the slot and the event.
pub(super) struct Front<'a> {
    /// `2026-12-23T16:00:00Z`, which sorts as time does.
    pub(super) effective_expiry: &'a [u8],
    /// The place in the store.
    pub(super) slot: &'a [u8],
    /// Whether nothing is in force any more.
    pub(super) withdrawn: bool,
}

impl<'a> Front<'a> {
    /// `None` when the line does not begin as every line does.
    pub(super) fn of(line: &'a [u8]) -> Option<Self> {
        let rest = line.strip_prefix(b"{\"effective_expiry\":\"")?;
        let (effective_expiry, rest) = rest.split_at_checked(TIME)?;
        let rest = rest.strip_prefix(b"\",\"slot\":\"")?;
        let (slot, rest) = rest.split_at_checked(memchr::memchr(b'"', rest)?)?;
        let withdrawn = rest.strip_prefix(b"\",\"event\":\"")?.starts_with(b"withdrawn\"");
        Some(Front { effective_expiry, slot, withdrawn })
    }
}

/// Times as RFC 3339 text.
mod rfc3339 {
    use mtlsmith_validate::time::Timestamp;
    use serde::Deserialize;
    use serde::Deserializer;
    use serde::Serializer;
    use serde::de::Error;

    pub(super) fn serialize<S: Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(time)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        Timestamp::parse_rfc3339(&text).ok_or_else(|| D::Error::custom("not a time of RFC 3339"))
    }
}

/// What the first line has in place of the hash of the line before it: SHA-256 of `mtlsmith ledger 1` and a line feed.
pub const GENESIS: &str = "2caba771ad015bc4fd4b918c4636680cd30ddd9b20391e09da5ed7ba5574751c";

/// How the hash of a line begins.
const HASH_FIELD: &str = ",\"hash\":\"";

/// How long the end of a line is, from the hash field on.
const TAIL: usize = HASH_FIELD.len() + 64 + 2;

/// How long a time of the years 0 to 9999 is.
const TIME: usize = 20;

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn entry() -> Entry {
        let at = Timestamp::from_unix;
        Entry {
            effective_expiry: at(1_800_000_000),
            slot: "leaves/worker".to_owned(),
            event: Event::Issued,
            generation: 1,
            content: "0".repeat(32),
            transaction: "00".to_owned(),
            line: 0,
            time: at(1_790_000_000),
            serial: "01".to_owned(),
            certificate_sha256: "a".repeat(64),
            spki_sha256: "b".repeat(64),
            subject: "CN=\"quoted\" \\ and\nmore".to_owned(),
            issuer: "CN=ca".to_owned(),
            not_before: at(1_790_000_000),
            not_after: at(1_800_000_000),
            names: vec!["DNS:worker.example".to_owned()],
            namespace: None,
            authority: Some("ca".to_owned()),
            reason: "new".to_owned(),
            batch: None,
            tool_version: "mtlsmith 0.1.0".to_owned(),
            previous: String::new(),
            hash: String::new(),
        }
    }

    #[test]
    fn genesis_is_the_hash_that_its_text_says() {
        assert_eq!(GENESIS, hex(Sha256::digest(b"mtlsmith ledger 1\n").as_slice()));
    }

    #[test]
    fn a_line_is_read_back_as_it_was_written() {
        let mut entry = entry();
        let line = entry.seal(7, GENESIS);
        assert_eq!(line.matches('\n').count(), 1);
        let line = line.trim_end();
        assert_eq!(serde_json::from_str::<Entry>(line).unwrap(), entry);
        assert_eq!(own_hash(line.as_bytes()), Some(entry.hash.as_str()));
        let front = Front::of(line.as_bytes()).unwrap();
        assert_eq!(front.effective_expiry, b"2027-01-15T08:00:00Z");
        assert_eq!((front.slot, front.withdrawn), (b"leaves/worker".as_slice(), false));
    }

    #[test]
    fn every_changed_bit_of_a_line_breaks_its_hash() {
        let line = entry().seal(1, GENESIS).trim_end().as_bytes().to_vec();
        for place in 0..line.len() {
            for bit in 0..8 {
                let mut other = line.clone();
                other[place] ^= 1 << bit;
                assert_eq!(own_hash(&other), None, "byte {place} bit {bit}");
            }
            assert_eq!(own_hash(&line[..place]), None);
        }
    }
}
