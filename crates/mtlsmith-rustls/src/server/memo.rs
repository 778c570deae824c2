//! The signatures of one handshake: rustls-webpki and the admission decision both ask, each signature is checked once. After a few
//! wrong ones no further are checked: only a chain made to cost time has many.

use std::fmt;
use std::sync::Mutex;
use std::sync::PoisonError;

use mtlsmith_validate::admission::NamespaceTrust;
use rustls::pki_types::AlgorithmIdentifier;
use rustls::pki_types::InvalidSignature;
use rustls::pki_types::SignatureVerificationAlgorithm;

/// What was checked so far.
struct Memo<'a> {
    trust: &'a NamespaceTrust,
    checked: Mutex<Vec<Checked>>,
    wrong_allowed: usize,
}

/// One signature, with everything that its validity depends on.
struct Checked {
    algorithm: usize,
    /// Key, message and signature, one behind the other, and where they end.
    asked: Vec<u8>,
    ends: [usize; 3],
    outcome: Result<(), InvalidSignature>,
}

/// An algorithm that looks into the memo first.
struct Remembering<'a> {
    number: usize,
    algorithm: &'a dyn SignatureVerificationAlgorithm,
    memo: &'a Memo<'a>,
}

/// Runs `ask` with the algorithms, made to remember for as long as it runs, to use the CA keys that `trust` has read, and to call
/// everything wrong after so many wrong signatures.
pub(super) fn with_memo<T>(
    algorithms: &[&'static dyn SignatureVerificationAlgorithm],
    trust: &NamespaceTrust,
    wrong_allowed: usize,
    ask: impl FnOnce(&[&dyn SignatureVerificationAlgorithm]) -> T,
) -> T {
    let memo = Memo { trust, checked: Mutex::default(), wrong_allowed };
    let remembering: Vec<Remembering<'_>> = algorithms
        .iter()
        .enumerate()
        .map(|(number, algorithm)| Remembering { number, algorithm: *algorithm, memo: &memo })
        .collect();
    let mut asked: Vec<&dyn SignatureVerificationAlgorithm> = Vec::with_capacity(remembering.len());
    for algorithm in &remembering {
        asked.push(algorithm);
    }
    ask(&asked)
}

impl SignatureVerificationAlgorithm for Remembering<'_> {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let mut checked = self.memo.checked.lock().unwrap_or_else(PoisonError::into_inner);
        let parts = [key, message, signature];
        let mut end = 0;
        let ends = parts.map(|part| {
            end += part.len();
            end
        });
        let same = |known: &&Checked| {
            known.algorithm == self.number && known.ends == ends && is_concatenation(&known.asked, parts)
        };
        if let Some(known) = checked.iter().find(same) {
            return known.outcome;
        }
        if checked.iter().filter(|known| known.outcome.is_err()).count() >= self.memo.wrong_allowed {
            return Err(InvalidSignature);
        }
        let outcome = self.memo.trust.verify_signature(self.algorithm, key, message, signature);
        checked.push(Checked { algorithm: self.number, asked: parts.concat(), ends, outcome });
        outcome
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.signature_alg_id()
    }

    fn fips(&self) -> bool {
        self.algorithm.fips()
    }
}

/// Are these the parts, given that they are as long together?
fn is_concatenation(mut whole: &[u8], parts: [&[u8]; 3]) -> bool {
    parts.into_iter().all(|part| whole.strip_prefix(part).map(|rest| whole = rest).is_some())
}

impl fmt::Debug for Remembering<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Remembering").field(&self.algorithm).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering;

    use mtlsmith_validate::Profile;
    use rustls::pki_types::alg_id;

    use super::*;

    #[derive(Debug)]
    struct Counting;

    static ASKED: AtomicUsize = AtomicUsize::new(0);

    impl SignatureVerificationAlgorithm for Counting {
        fn verify_signature(&self, _: &[u8], _: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
            ASKED.fetch_add(1, Ordering::Relaxed);
            if signature == b"good" { Ok(()) } else { Err(InvalidSignature) }
        }

        fn public_key_alg_id(&self) -> AlgorithmIdentifier {
            alg_id::ECDSA_P256
        }

        fn signature_alg_id(&self) -> AlgorithmIdentifier {
            alg_id::ECDSA_SHA256
        }
    }

    #[test]
    fn each_signature_is_checked_once_and_no_two_are_taken_for_one() {
        let trust = NamespaceTrust::read(b"", None, &Profile::temporal_cloud());
        with_memo(&[&Counting], &trust, 2, |algorithms| {
            let check = |key: &[u8], message: &[u8], signature: &[u8]| {
                algorithms[0].verify_signature(key, message, signature).is_ok()
            };
            assert!(check(b"k", b"m", b"good") && check(b"k", b"m", b"good"));
            assert_eq!(ASKED.load(Ordering::Relaxed), 1);
            assert!(!check(b"k", b"m", b"bad") && !check(b"k", b"m", b"bad"));
            assert_eq!(ASKED.load(Ordering::Relaxed), 2);
            assert!(check(b"l", b"m", b"good") && check(b"k", b"n", b"good"));
            assert_eq!(ASKED.load(Ordering::Relaxed), 4);
            assert!(!check(b"k", b"n", b"bad") && !check(b"k", b"o", b"good"), "two wrong ones are enough");
            assert!(check(b"k", b"n", b"good"), "what is known stays known");
            assert_eq!(ASKED.load(Ordering::Relaxed), 5);
        });
    }
}
