//! Keys for tests, by name: the same kind and name is the same key everywhere in a process.
//!
//! Keys on NIST curves and Ed25519 keys follow from their name alone and are the same in every run. RSA keys
//! are made by chance once per process, when first used.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;

use aws_lc_rs::digest;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::Ed25519KeyPair;
use aws_lc_rs::signature::KeyPair;
use aws_lc_rs::signature::RsaKeyPair;

use crate::der;
use crate::ecdsa;
use crate::ecdsa::Curve;
use crate::oid;
use crate::pem;

/// What a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on P-521.
    P521,
    /// RSA with 2048 bits.
    Rsa2048,
    /// RSA with 3072 bits.
    Rsa3072,
    /// RSA with 4096 bits.
    Rsa4096,
    /// Ed25519.
    Ed25519,
    /// Only a public key; signatures made with it are junk.
    PublicOnly,
}

impl KeyKind {
    /// Every kind that makes real signatures.
    pub const SIGNING: [Self; 7] =
        [Self::P256, Self::P384, Self::P521, Self::Rsa2048, Self::Rsa3072, Self::Rsa4096, Self::Ed25519];
}

/// A key pair, or the public half of one. Cloning shares it.
#[derive(Clone)]
pub struct Key {
    slot: Arc<Slot>,
}

struct Slot {
    kind: KeyKind,
    name: String,
    parts: OnceLock<Parts>,
}

struct Parts {
    spki: Vec<u8>,
    pkcs8: Vec<u8>,
    secret: Secret,
}

/// What signing needs.
pub(crate) enum Secret {
    Ec { curve: &'static Curve, scalar: Vec<u8> },
    Rsa(Box<RsaSecret>),
    Ed25519(Ed25519KeyPair),
    None,
}

/// An RSA pair and the numbers for paddings that the crypto library does not make.
pub(crate) struct RsaSecret {
    pub(crate) pair: RsaKeyPair,
    pub(crate) modulus: Vec<u8>,
    pub(crate) private_exponent: Vec<u8>,
}

impl Key {
    /// The key of this kind and name.
    pub fn new(kind: KeyKind, name: &str) -> Self {
        assert!(kind != KeyKind::PublicOnly, "a public key has bytes, not a name: use Key::from_spki");
        static KEYS: OnceLock<Mutex<HashMap<(KeyKind, String), Key>>> = OnceLock::new();
        let mut keys =
            KEYS.get_or_init(Mutex::default).lock().expect("no test panics while it holds the lock");
        let fresh = || Self { slot: Arc::new(Slot { kind, name: name.to_owned(), parts: OnceLock::new() }) };
        keys.entry((kind, name.to_owned())).or_insert_with(fresh).clone()
    }

    /// An ECDSA key on P-256.
    pub fn p256(name: &str) -> Self {
        Self::new(KeyKind::P256, name)
    }

    /// An ECDSA key on P-384.
    pub fn p384(name: &str) -> Self {
        Self::new(KeyKind::P384, name)
    }

    /// An ECDSA key on P-521.
    pub fn p521(name: &str) -> Self {
        Self::new(KeyKind::P521, name)
    }

    /// An RSA key of 2048 bits.
    pub fn rsa2048(name: &str) -> Self {
        Self::new(KeyKind::Rsa2048, name)
    }

    /// An RSA key of 3072 bits.
    pub fn rsa3072(name: &str) -> Self {
        Self::new(KeyKind::Rsa3072, name)
    }

    /// An RSA key of 4096 bits.
    pub fn rsa4096(name: &str) -> Self {
        Self::new(KeyKind::Rsa4096, name)
    }

    /// An Ed25519 key.
    pub fn ed25519(name: &str) -> Self {
        Self::new(KeyKind::Ed25519, name)
    }

    /// A key whose SubjectPublicKeyInfo is these bytes. Signatures made with it are junk of plausible length.
    pub fn from_spki(der: Vec<u8>) -> Self {
        let parts = OnceLock::from(Parts { spki: der, pkcs8: Vec::new(), secret: Secret::None });
        Self { slot: Arc::new(Slot { kind: KeyKind::PublicOnly, name: String::new(), parts }) }
    }

    /// What the key is.
    pub fn kind(&self) -> KeyKind {
        self.slot.kind
    }

    /// The name it was asked for by; empty for [`Key::from_spki`].
    pub fn name(&self) -> &str {
        &self.slot.name
    }

    /// The SubjectPublicKeyInfo.
    pub fn spki_der(&self) -> &[u8] {
        &self.parts().spki
    }

    /// The content of the SubjectPublicKeyInfo's BIT STRING (the point, or the RSAPublicKey).
    pub fn public_key_bytes(&self) -> Vec<u8> {
        let spki = der::split(self.spki_der())[0].1;
        der::split(spki)[1].1[1..].to_vec()
    }

    /// The subject key identifier of this kit: the first 20 bytes of the SHA-256 of the SubjectPublicKeyInfo.
    pub fn identifier(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, self.spki_der()).as_ref()[..20].to_vec()
    }

    /// The private key as PKCS #8 DER.
    pub fn pkcs8_der(&self) -> &[u8] {
        assert!(self.kind() != KeyKind::PublicOnly, "this key has no private half");
        &self.parts().pkcs8
    }

    /// The private key as a `PRIVATE KEY` block.
    pub fn pkcs8_pem(&self) -> String {
        pem::pem_block("PRIVATE KEY", self.pkcs8_der())
    }

    /// The private key in its older form: an `EC PRIVATE KEY` or `RSA PRIVATE KEY` block. Ed25519 has none.
    pub fn traditional_pem(&self) -> String {
        let label = match self.parts().secret {
            Secret::Ec { .. } => "EC PRIVATE KEY",
            Secret::Rsa(_) => "RSA PRIVATE KEY",
            Secret::Ed25519(_) | Secret::None => panic!("{:?} keys have no older form", self.kind()),
        };
        if let Secret::Ec { curve, scalar } = &self.parts().secret {
            let named = der::context_constructed(0, &der::object_identifier(curve.oid));
            return pem::pem_block(label, &ec_private_key(scalar, &named, &curve.point(scalar)));
        }
        let info = der::split(self.pkcs8_der())[0].1;
        pem::pem_block(label, der::split(info)[2].1)
    }

    /// The public key as a `PUBLIC KEY` block.
    pub fn public_pem(&self) -> String {
        pem::pem_block("PUBLIC KEY", self.spki_der())
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.parts().secret
    }

    fn parts(&self) -> &Parts {
        self.slot.parts.get_or_init(|| make(self.slot.kind, &self.slot.name))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Key({:?}, {:?})", self.slot.kind, self.slot.name)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.spki_der() == other.spki_der()
    }
}

impl Eq for Key {}

fn make(kind: KeyKind, name: &str) -> Parts {
    match kind {
        KeyKind::P256 => make_ec(&ecdsa::P256, name),
        KeyKind::P384 => make_ec(&ecdsa::P384, name),
        KeyKind::P521 => make_ec(&ecdsa::P521, name),
        KeyKind::Rsa2048 => make_rsa(KeySize::Rsa2048),
        KeyKind::Rsa3072 => make_rsa(KeySize::Rsa3072),
        KeyKind::Rsa4096 => make_rsa(KeySize::Rsa4096),
        KeyKind::Ed25519 => make_ed25519(name),
        KeyKind::PublicOnly => unreachable!("Key::new refuses this kind"),
    }
}

fn make_ec(curve: &'static Curve, name: &str) -> Parts {
    let scalar = curve.scalar(name);
    let point = curve.point(&scalar);
    let algorithm =
        der::sequence(&[&der::object_identifier(oid::EC_PUBLIC_KEY), &der::object_identifier(curve.oid)]);
    let private = ec_private_key(&scalar, &[], &point);
    Parts {
        spki: der::sequence(&[&algorithm, &der::bit_string(&point)]),
        pkcs8: private_key_info(&algorithm, &private),
        secret: Secret::Ec { curve, scalar },
    }
}

fn ec_private_key(scalar: &[u8], parameters: &[u8], point: &[u8]) -> Vec<u8> {
    let public = der::context_constructed(1, &der::bit_string(point));
    der::sequence(&[&der::integer(1), &der::octet_string(scalar), parameters, &public])
}

fn make_rsa(size: KeySize) -> Parts {
    let pair = RsaKeyPair::generate(size).expect("the crypto library makes RSA keys");
    let pkcs8 = pair.as_der().expect("an RSA key has a DER form").as_ref().to_vec();
    let algorithm = der::sequence(&[&der::object_identifier(oid::RSA_ENCRYPTION), &der::null()]);
    let spki = der::sequence(&[&algorithm, &der::bit_string(pair.public_key().as_ref())]);
    let info = der::split(&pkcs8)[0].1;
    let key = der::split(der::split(info)[2].1)[0].1;
    let numbers = der::split(key);
    let number = |place: usize| der::without_leading_zeros(numbers[place].1).to_vec();
    let (modulus, private_exponent) = (number(1), number(3));
    Parts { spki, pkcs8, secret: Secret::Rsa(Box::new(RsaSecret { pair, modulus, private_exponent })) }
}

fn make_ed25519(name: &str) -> Parts {
    let seed = digest::digest(&digest::SHA256, format!("mtlsmith test key {name}").as_bytes());
    let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).expect("any 32 bytes are a seed");
    let algorithm = der::sequence(&[&der::object_identifier(oid::ED25519)]);
    Parts {
        spki: der::sequence(&[&algorithm, &der::bit_string(pair.public_key().as_ref())]),
        pkcs8: private_key_info(&algorithm, &der::octet_string(seed.as_ref())),
        secret: Secret::Ed25519(pair),
    }
}

fn private_key_info(algorithm: &[u8], private: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::integer(0), algorithm, &der::octet_string(private)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_one_key_and_another_name_another() {
        for kind in [KeyKind::P256, KeyKind::Rsa2048, KeyKind::Ed25519] {
            assert_eq!(Key::new(kind, "a"), Key::new(kind, "a"));
            assert_ne!(Key::new(kind, "a"), Key::new(kind, "b"));
        }
    }

    #[test]
    fn curve_keys_are_the_same_in_every_run() {
        let identifier: String =
            Key::p256("default").identifier().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(identifier, "81fdebd32889974c92bd7a3aa759dfb198a57fe2");
    }

    #[test]
    fn the_crypto_library_reads_the_private_keys() {
        let p384 = aws_lc_rs::signature::EcdsaKeyPair::from_pkcs8(
            &aws_lc_rs::signature::ECDSA_P384_SHA384_ASN1_SIGNING,
            Key::p384("read").pkcs8_der(),
        );
        assert_eq!(p384.expect("it reads").public_key().as_ref(), Key::p384("read").public_key_bytes());
        let ed25519 = Ed25519KeyPair::from_pkcs8_maybe_unchecked(Key::ed25519("read").pkcs8_der());
        assert_eq!(ed25519.expect("it reads").public_key().as_ref(), Key::ed25519("read").public_key_bytes());
    }
}
