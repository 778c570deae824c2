//! The kinds of keys that can be made.

use std::fmt;
use std::str::FromStr;

use crate::mint::MintError;

use super::KeyAlgorithm;

/// A kind of key that can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// ECDSA on P-256, the default of client certificates.
    P256,
    /// ECDSA on P-384, the default of CAs.
    P384,
    /// ECDSA on P-521, which not every SDK can load; see [`KeyKind::caution`].
    P521,
    /// RSA, 2,048 bits.
    Rsa2048,
    /// RSA, 3,072 bits.
    Rsa3072,
    /// RSA, 4,096 bits.
    Rsa4096,
}

impl KeyKind {
    /// Every kind.
    pub const ALL: [KeyKind; 6] =
        [KeyKind::P256, KeyKind::P384, KeyKind::P521, KeyKind::Rsa2048, KeyKind::Rsa3072, KeyKind::Rsa4096];

    /// The name by which users call it, such as `p256`.
    pub const fn as_str(self) -> &'static str {
        match self {
            KeyKind::P256 => "p256",
            KeyKind::P384 => "p384",
            KeyKind::P521 => "p521",
            KeyKind::Rsa2048 => "rsa2048",
            KeyKind::Rsa3072 => "rsa3072",
            KeyKind::Rsa4096 => "rsa4096",
        }
    }

    /// The algorithm of such a key.
    pub const fn algorithm(self) -> KeyAlgorithm {
        match self {
            KeyKind::P256 => KeyAlgorithm::P256,
            KeyKind::P384 => KeyAlgorithm::P384,
            KeyKind::P521 => KeyAlgorithm::P521,
            KeyKind::Rsa2048 => KeyAlgorithm::Rsa { bits: 2_048 },
            KeyKind::Rsa3072 => KeyAlgorithm::Rsa { bits: 3_072 },
            KeyKind::Rsa4096 => KeyAlgorithm::Rsa { bits: 4_096 },
        }
    }

    /// What to know before a client gets such a key.
    pub const fn caution(self) -> Option<&'static str> {
        match self {
            // NOTE: rules.md KEY-005: those SDKs load keys through rustls with ring, which has no P-521.
            KeyKind::P521 => Some(
                "the Python, .NET, Ruby and Rust SDKs and TypeScript Workers cannot load P-521 keys; take p256 or p384 for clients",
            ),
            _ => None,
        }
    }
}

impl FromStr for KeyKind {
    type Err = MintError;

    /// From `p256`, `P-256`, `ecdsa-p256`, `prime256v1`, `secp384r1`, `rsa2048`, `rsa:3072`, `RSA-4096` and the like.
    fn from_str(text: &str) -> Result<Self, MintError> {
        let compact: String = text
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
        let bare = compact.strip_prefix("ecdsa").or(compact.strip_prefix("ec")).unwrap_or(&compact);
        Ok(match bare {
            "p256" | "256" | "prime256v1" | "secp256r1" | "nistp256" => KeyKind::P256,
            "p384" | "384" | "secp384r1" | "nistp384" => KeyKind::P384,
            "p521" | "521" | "secp521r1" | "nistp521" => KeyKind::P521,
            "rsa2048" => KeyKind::Rsa2048,
            "rsa3072" => KeyKind::Rsa3072,
            "rsa4096" => KeyKind::Rsa4096,
            "ed25519" | "ed448" | "eddsa" => return Err(edwards(text)),
            _ => return Err(MintError::UnknownKeyKind { given: text.to_owned() }),
        })
    }
}

/// Why keys on Edwards curves are refused.
pub(super) fn edwards(kind: &str) -> MintError {
    MintError::KeyKindRefused {
        kind: kind.to_owned(),
        reason: "Temporal Cloud lists RSA and ECDSA alone; take p256",
        code: Some(UNSUPPORTED_KEY_TYPE),
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `CA-005 unsupported-key-type`.
pub(super) const UNSUPPORTED_KEY_TYPE: &str = "CA-005";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_by_every_usual_name() {
        for (text, kind) in [
            ("p256", KeyKind::P256),
            ("P-256", KeyKind::P256),
            ("ecdsa-p256", KeyKind::P256),
            ("prime256v1", KeyKind::P256),
            ("EC:secp384r1", KeyKind::P384),
            ("p521", KeyKind::P521),
            ("rsa:2048", KeyKind::Rsa2048),
            ("RSA-3072", KeyKind::Rsa3072),
            ("rsa4096", KeyKind::Rsa4096),
        ] {
            assert_eq!(text.parse::<KeyKind>().unwrap(), kind, "{text}");
        }
        for kind in KeyKind::ALL {
            assert_eq!(kind.to_string().parse::<KeyKind>().unwrap(), kind);
        }
    }

    #[test]
    fn edwards_curves_are_refused_with_the_reason() {
        let refused = "Ed25519".parse::<KeyKind>().unwrap_err();
        assert_eq!(refused.code(), Some("CA-005"));
        assert!(refused.to_string().contains("Temporal Cloud lists RSA and ECDSA alone"), "{refused}");
    }

    #[test]
    fn other_names_are_refused_with_those_that_are_known() {
        for text in ["", "rsa", "rsa1024", "p224", "dsa", "secp256k1"] {
            let refused = text.parse::<KeyKind>().unwrap_err();
            assert!(matches!(refused, MintError::UnknownKeyKind { .. }), "{text}");
            assert!(refused.to_string().contains("p256, p384, p521, rsa2048"), "{refused}");
        }
    }

    #[test]
    fn p521_alone_comes_with_a_caution() {
        let cautious: Vec<_> = KeyKind::ALL.into_iter().filter(|kind| kind.caution().is_some()).collect();
        assert_eq!(cautious, [KeyKind::P521]);
    }
}
