//! Private keys as far as anybody may know them: which SDK loads which, and the fingerprint of the public half.

use mtlsmith_validate::key::Curve;
use mtlsmith_validate::key::PublicKey;
use mtlsmith_validate::private_key::KeyForm;
use mtlsmith_validate::private_key::PrivateKey;
use sha2::Digest;
use sha2::Sha256;

/// The programs that load a client's key, by the code that does it for them.
pub const SDKS: [&str; 4] = [
    "Go SDK, temporal CLI, PHP",
    "Java SDK",
    "Python, .NET, Ruby, Rust, TypeScript Worker",
    "TypeScript Client",
];

/// Does a program load a key?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loads {
    /// It does.
    Yes,
    /// It does, under a condition.
    If(&'static str),
    /// It does not; why.
    No(&'static str),
    /// Nothing can be said of the key.
    Unknown,
}

/// Which of the [`SDKS`] load a key that stands in a file, PEM or not.
pub fn loads(key: &PrivateKey, is_pem: bool) -> [Loads; 4] {
    let form = key.form();
    if !is_pem {
        return [Loads::No("it is DER, and PEM is asked for"); 4];
    }
    match form {
        KeyForm::Unreadable => return [Loads::Unknown; 4],
        KeyForm::OpenSsh => return [Loads::No("OpenSSH's form is not read"); 4],
        KeyForm::EncryptedPkcs8 => {
            let [go, _, rust, node] = [Loads::No("there is no setting for a passphrase"); 4];
            return [go, Loads::If("with the passphrase, by setKeyPassword"), rust, node];
        }
        KeyForm::EncryptedLegacy => return [Loads::No("this encryption is not read"); 4],
        _ => {}
    }
    let java = if form == KeyForm::Pkcs8 { Loads::Yes } else { Loads::No("it reads PKCS#8 alone") };
    let rust = if form == KeyForm::Pkcs8 { Loads::Yes } else { Loads::If("in recent releases") };
    match key.kind() {
        None => [Loads::Unknown; 4],
        Some(PublicKey::Rsa(rsa)) => [
            if rsa.modulus_bits > 8_192 { Loads::No("Go takes at most 8,192 bits") } else { Loads::Yes },
            java,
            if (2_048..=4_096).contains(&rsa.modulus_bits) {
                rust
            } else {
                Loads::No("ring takes RSA of 2,048 to 4,096 bits")
            },
            Loads::Yes,
        ],
        Some(PublicKey::Ec(ec)) => match ec.curve {
            Curve::P256 | Curve::P384 => [Loads::Yes, java, rust, Loads::Yes],
            Curve::P521 => [
                Loads::Yes,
                if java == Loads::Yes { Loads::If("depends on the JDK") } else { java },
                Loads::No("ring knows no P-521"),
                Loads::Yes,
            ],
            _ => [Loads::No("this curve is not taken"); 4],
        },
        Some(PublicKey::Ed25519) => {
            [Loads::If(ED25519), Loads::If("depends on the JDK"), Loads::If(ED25519), Loads::If(ED25519)]
        }
        Some(_) => [Loads::No("this kind of key is not taken"); 4],
    }
}

/// SHA-256 over the SubjectPublicKeyInfo of the public half, where that is known.
pub fn public_key_sha256(key: &PrivateKey) -> Option<String> {
    let digest = Sha256::digest(key.public_key_info()?);
    Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Loads {
    /// `yes`, `no: …`, `yes, in recent releases`.
    pub fn in_words(self) -> String {
        match self {
            Loads::Yes => "yes".to_owned(),
            Loads::If(condition) => format!("yes, {condition}"),
            Loads::No(why) => format!("no: {why}"),
            Loads::Unknown => "unknown".to_owned(),
        }
    }
}

const ED25519: &str = "but Temporal's pages do not list Ed25519";

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_validate::private_key::PrivateKeyFile;

    use super::*;

    fn of(pem: &str) -> [Loads; 4] {
        let file = PrivateKeyFile::read(pem.as_bytes(), None);
        loads(file.key().expect("a key"), file.is_pem())
    }

    #[test]
    fn forms_and_kinds_that_some_loader_does_not_take_are_told() {
        let key = testkit::Key::p256("a");
        assert_eq!(of(&key.pkcs8_pem()), [Loads::Yes; 4]);
        let [go, java, rust, node] = of(&key.traditional_pem());
        assert_eq!((go, node), (Loads::Yes, Loads::Yes));
        assert!(matches!((java, rust), (Loads::No(_), Loads::If(_))));
        assert!(matches!(
            of(&testkit::Key::p521("b").pkcs8_pem()),
            [Loads::Yes, Loads::If(_), Loads::No(_), Loads::Yes]
        ));
        assert_eq!(of(&testkit::Key::rsa2048("c").pkcs8_pem()), [Loads::Yes; 4]);
        assert_eq!(of("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), [Loads::Unknown; 4]);
    }

    #[test]
    fn der_is_loaded_by_none_and_a_passphrase_by_java_alone() {
        let file = PrivateKeyFile::read(testkit::Key::p256("a").pkcs8_der(), None);
        let key = file.key().expect("a key");
        assert!(loads(key, file.is_pem()).iter().all(|loads| matches!(loads, Loads::No(_))));
        let encrypted = testkit::pem_block("ENCRYPTED PRIVATE KEY", &[0x30, 0x00]);
        assert!(matches!(of(&encrypted), [Loads::No(_), Loads::If(_), Loads::No(_), Loads::No(_)]));
    }

    #[test]
    fn the_fingerprint_is_that_of_the_certificate_s_key() {
        let leaf = testkit::leaf("worker", &testkit::root("root"));
        let digest: String =
            Sha256::digest(leaf.key().spki_der()).iter().map(|byte| format!("{byte:02x}")).collect();
        let file = PrivateKeyFile::read(leaf.key().pkcs8_pem().as_bytes(), None);
        assert_eq!(file.key().and_then(public_key_sha256), Some(digest));
    }
}
