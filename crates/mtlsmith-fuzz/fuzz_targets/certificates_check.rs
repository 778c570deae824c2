//! Any bytes as the DER inside well-framed blocks (split at each 0xfe): past the armour, where the certificates are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mtlsmith_validate::Profile;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::time::Timestamp;

fuzz_target!(|der: &[u8]| {
    let mut text = String::new();
    for part in der.split(|&byte| byte == 0xfe) {
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        text.push_str(&base64(part));
        text.push_str("\n-----END CERTIFICATE-----\n");
    }
    let report = check_bundle(text.as_bytes(), &Profile::temporal_cloud(), Timestamp::from_unix(1_781_481_600));
    assert!(report.budget.signatures_spent() <= mtlsmith_validate::budget::SIGNATURE_CHECKS);
    for finding in &report.findings {
        assert!(!finding.message().is_empty());
    }
});

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |sum, &byte| sum << 8 | u32::from(byte)) << (8 * (3 - three.len()));
        for index in 0..4 {
            let six = usize::try_from(bits >> (18 - 6 * index) & 63).unwrap_or(0);
            text.push(if index <= three.len() { char::from(ALPHABET[six]) } else { '=' });
        }
    }
    text
}
