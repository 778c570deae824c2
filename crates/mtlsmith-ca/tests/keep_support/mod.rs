//! What the tests of keeping share: a store with made-up pairs, and the questions that are asked after every accident.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::time::Duration;

use mtlsmith_ca::keep::Committed;
use mtlsmith_ca::keep::Delivery;
use mtlsmith_ca::keep::Generation;
use mtlsmith_ca::keep::Holder;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::Issuance;
use mtlsmith_ca::keep::KeepError;
use mtlsmith_ca::keep::NewFile;
use mtlsmith_ca::keep::Sharing;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::Writer;
use mtlsmith_validate::time::Timestamp;

/// The time of every test that does not care.
pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

pub(crate) fn holder() -> Holder {
    Holder::this_process("test", "keep", NOW)
}

/// Patiently: a child that another test starts has our locks for the moment between its two births.
pub(crate) fn lock(home: &Home) -> Result<Writer<'_>, KeepError> {
    home.lock(&holder(), Duration::from_secs(60), NOW)
}

/// A made-up pair: the key names the certificate that it belongs to.
pub(crate) struct Pair {
    pub(crate) slot: Slot,
    pub(crate) version: u64,
    certificate: Vec<u8>,
    key: Vec<u8>,
    issuance: Issuance,
}

impl Pair {
    pub(crate) fn new(slot: &Slot, version: u64) -> Self {
        let text = format!("{slot} version {version}");
        Pair {
            slot: slot.clone(),
            version,
            certificate: format!("CERTIFICATE {text}\n").into_bytes(),
            key: format!("{KEY_MARK} {text}\n").into_bytes(),
            issuance: issuance(&text, version),
        }
    }

    pub(crate) fn delivery(&self, expected: Option<u64>) -> Delivery<'_> {
        Delivery {
            slot: &self.slot,
            files: vec![
                NewFile { name: "tls.crt", bytes: &self.certificate },
                NewFile { name: "tls.key", bytes: &self.key },
            ],
            issuance: &self.issuance,
            expected,
            sharing: Sharing::Owner,
            keep: 3,
            verify: &|generation| fits(generation).map(|_| ()),
        }
    }
}

pub(crate) fn issuance(text: &str, version: u64) -> Issuance {
    Issuance {
        serial: format!("{version:02x}"),
        certificate_sha256: "c".repeat(64),
        spki_sha256: "d".repeat(64),
        subject: format!("CN={text}"),
        issuer: "CN=ca".to_owned(),
        not_before: NOW,
        not_after: expiry(version),
        effective_expiry: expiry(version),
        names: vec![format!("DNS:{version}.example")],
        namespace: Some("orders.a1b2c".to_owned()),
        authority: Some("ca".to_owned()),
        reason: "new".to_owned(),
        tool_version: "mtlsmith test".to_owned(),
    }
}

/// Each version ends a day after the one before.
pub(crate) fn expiry(version: u64) -> Timestamp {
    NOW.plus(86_400 * i64::try_from(version).unwrap())
}

/// The version of a pair whose files belong together, else why they do not.
pub(crate) fn fits(generation: &Generation) -> Result<u64, String> {
    let text = |name| generation.file(name).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let certificate = text("tls.crt").ok_or("no certificate")?;
    let key = text("tls.key").ok_or("no key")?;
    let of = certificate.strip_prefix("CERTIFICATE ").ok_or("not a certificate")?;
    if key.strip_prefix(KEY_MARK).map(str::trim_start) != Some(of) {
        return Err(format!("{key:?} does not fit {certificate:?}"));
    }
    of.trim_end().rsplit(' ').next().and_then(|version| version.parse().ok()).ok_or("no version".to_owned())
}

/// The version in force; `None` when there is none.
pub(crate) fn version(home: &Home, slot: &Slot) -> Option<u64> {
    match home.read(slot) {
        Ok(generation) => Some(fits(&generation).unwrap()),
        Err(KeepError::NotInStore { .. }) => None,
        Err(error) => panic!("{slot}: {error}"),
    }
}

pub(crate) fn issue(
    home: &Home,
    slot: &Slot,
    number: u64,
    expected: Option<u64>,
) -> Result<Committed, KeepError> {
    let pair = Pair::new(slot, number);
    lock(home)?.issue(&pair.delivery(expected), NOW)
}

pub(crate) fn leaf(name: &str) -> Slot {
    Slot::leaf(Some("orders.a1b2c"), name).unwrap()
}

/// Everything is as it was written, and the ledger says of each slot what is in force.
pub(crate) fn assert_sound(home: &Home, context: &str) {
    let audit = home.audit().unwrap_or_else(|error| panic!("{context}: {error}"));
    assert!(audit.ledger.fault.is_none(), "{context}: {:?}", audit.ledger.fault);
    assert!(audit.faults.is_empty(), "{context}: {:?}", audit.faults);
}

/// What the ledger says is in force ends when the pairs that are in force do.
pub(crate) fn assert_expiries(home: &Home, context: &str) {
    let found: Vec<(String, Timestamp)> = home
        .expiring(NOW.plus(86_400 * 365))
        .unwrap_or_else(|error| panic!("{context}: {error}"))
        .into_iter()
        .map(|entry| (entry.slot, entry.effective_expiry))
        .collect();
    let mut expected: Vec<(String, Timestamp)> = home
        .slots()
        .unwrap()
        .into_iter()
        .filter_map(|slot| version(home, &slot).map(|version| (slot.to_string(), expiry(version))))
        .collect();
    expected.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    assert_eq!(found, expected, "{context}");
}

/// Begins every made-up key.
pub(crate) const KEY_MARK: &str = "PRIVATE KEY";
