//! Where private keys hide: under labels that are written a little differently, under other labels, and in plain text. And what of a
//! label may be shown: on a damaged line, a part of a key may stand where the label should be.

use base64::Engine;
use memchr::memmem;

use super::go;
use super::skipped::is_base64;
use crate::input;

/// The labels that are in use. Any other text in the place of a label is not repeated to anyone.
const KNOWN_LABELS: &[&str] = &[
    "CERTIFICATE",
    "X509 CERTIFICATE",
    "TRUSTED CERTIFICATE",
    "CERTIFICATE CHAIN",
    "CERTIFICATE REQUEST",
    "NEW CERTIFICATE REQUEST",
    "ATTRIBUTE CERTIFICATE",
    "X509 CRL",
    "PKCS7",
    "PKCS #7 SIGNED DATA",
    "CMS",
    "PKCS12",
    "PUBLIC KEY",
    "RSA PUBLIC KEY",
    "EC PUBLIC KEY",
    "DSA PUBLIC KEY",
    "SSH2 PUBLIC KEY",
    "PGP PUBLIC KEY BLOCK",
    "EC PARAMETERS",
    "DH PARAMETERS",
    "X9.42 DH PARAMETERS",
    "DSA PARAMETERS",
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "DSA PRIVATE KEY",
    "ED25519 PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "ANY PRIVATE KEY",
    "PGP PRIVATE KEY BLOCK",
];

/// The label as it may be shown: itself when it is in use, else only its length.
pub(super) fn shown_label(label: &str) -> String {
    match KNOWN_LABELS.iter().find(|known| **known == label.trim()) {
        Some(known) => (*known).to_owned(),
        None => format!("(an unknown label of {} characters)", label.chars().count()),
    }
}

/// Does a label announce a private key, however its letters and blanks are written?
pub(super) fn announces_private_key(label: &str) -> bool {
    if label == "CERTIFICATE" {
        return false;
    }
    let letters = label.chars().filter(|letter| !letter.is_whitespace());
    let folded: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
    folded.contains("PRIVATEKEY")
}

/// Longer text is not searched for keys: the largest key, RSA with 16,384 bits, is below 13,000 characters.
const SEARCHED: usize = 64 * 1024;

/// Does text outside of all blocks hold a private key: by its name, or as bare base64?
pub(super) fn text_holds_key(text: &[u8]) -> bool {
    let text = text.get(..SEARCHED).unwrap_or(text);
    if memmem::find(&text.to_ascii_uppercase(), b"PRIVATE KEY").is_some() {
        return true;
    }
    let mut run = Vec::new();
    for line in text.split(|&byte| byte == b'\n').chain([&b""[..]]) {
        let line = line.trim_ascii();
        if !line.is_empty() && line.iter().all(|&byte| is_base64(byte)) {
            run.extend_from_slice(line);
        } else if holds_key(&std::mem::take(&mut run)) {
            return true;
        }
    }
    false
}

/// Does base64 text hold a private key? What comes behind its last whole group of four does not matter.
fn holds_key(base64: &[u8]) -> bool {
    let whole = base64.get(..base64.len() / 4 * 4).unwrap_or_default();
    whole.len() >= 32 && (go::BASE64.decode(whole).is_ok_and(|der| input::is_private_key(&der)))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;

    fn base64_of_key() -> String {
        let pem = testkit::Key::p256("hidden").pkcs8_pem();
        pem.lines().filter(|line| !line.starts_with("-----")).map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn bare_base64_of_a_key_is_found_and_other_text_is_not() {
        assert!(text_holds_key(format!("our key:\n{}", base64_of_key()).as_bytes()));
        assert!(text_holds_key(b"----BEGIN EC Private Key----"));
        assert!(!text_holds_key(
            b"# the bundle of the platform team\nsubject=CN = ca\nAAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH\n"
        ));
        assert!(!text_holds_key(testkit::base64_line(testkit::root("a").der()).as_bytes()));
    }

    #[test]
    fn labels_in_use_are_shown_and_nothing_else() {
        assert_eq!(shown_label("EC PRIVATE KEY"), "EC PRIVATE KEY");
        assert_eq!(shown_label("MHcCAQEEIHQ"), "(an unknown label of 11 characters)");
        assert!(announces_private_key("Private  Key") && announces_private_key("ec private key"));
        assert!(!announces_private_key("PUBLIC KEY"));
    }

    #[test]
    fn the_first_64_kibibytes_are_searched() {
        let behind = |blanks: usize| format!("{}PRIVATE KEY", " ".repeat(blanks));
        assert!(text_holds_key(behind(SEARCHED - 11).as_bytes()) && SEARCHED == 65_536);
        assert!(!text_holds_key(behind(SEARCHED - 10).as_bytes()));
    }
}
