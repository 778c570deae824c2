//! Signing by a PKCS#11 token: the key is made in it and never leaves it.

use std::fmt;
use std::path::Path;
use std::sync::Mutex;

use aws_lc_rs::digest;
use cryptoki::context::CInitializeArgs;
use cryptoki::context::CInitializeFlags;
use cryptoki::context::Pkcs11;
use cryptoki::error::Error;
use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use cryptoki::object::AttributeType;
use cryptoki::object::KeyType;
use cryptoki::object::ObjectClass;
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;

use crate::mint::MintError;
use crate::mint::der;
use crate::mint::der::tag;
use crate::mint::key::KeyAlgorithm;
use crate::mint::key::Passphrase;
use crate::mint::key::PublicKey;

use super::Signer;

/// A key in a PKCS#11 token.
pub struct Pkcs11Signer {
    // Sessions must not be used from two threads at once.
    session: Mutex<Session>,
    key: ObjectHandle,
    public_key: PublicKey,
    token: String,
}

impl Pkcs11Signer {
    /// Opens the key with this label in the token with that label, by way of a PKCS#11 module (a shared library) and the token's PIN.
    /// The public key is read from the token too.
    ///
    /// # Errors
    /// [`MintError::SigningFailed`] when the module, the token or the key is not there or the PIN is wrong, and what
    /// [`PublicKey::read`] says of the key.
    pub fn open(module: &Path, token: &str, key: &str, pin: &Passphrase) -> Result<Self, MintError> {
        let failed = |problem: String| failed(token, problem);
        let library = |error: Error| failed(error.to_string());
        let context = Pkcs11::new(module).map_err(library)?;
        // Another signer of this process may have initialised the module, and logged in, already.
        unless(
            RvError::CryptokiAlreadyInitialized,
            context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)),
        )
        .map_err(library)?;
        let slots = context.get_slots_with_token().map_err(library)?;
        let is_meant = |slot: &&cryptoki::slot::Slot| {
            context.get_token_info(**slot).is_ok_and(|info| info.label().trim_end() == token)
        };
        let slot = slots
            .iter()
            .find(is_meant)
            .ok_or_else(|| failed("there is no token with this label".to_owned()))?;
        let session = context.open_ro_session(*slot).map_err(library)?;
        let pin = pin.text().ok_or_else(|| failed("its PIN is not text".to_owned()))?;
        let pin = AuthPin::new(pin.into());
        unless(RvError::UserAlreadyLoggedIn, session.login(UserType::User, Some(&pin))).map_err(library)?;
        let label = Attribute::Label(key.as_bytes().to_vec());
        let one = |class: ObjectClass, what: &str| {
            let found = session.find_objects(&[Attribute::Class(class), label.clone()]).map_err(library)?;
            match found.as_slice() {
                [one] => Ok(*one),
                found => Err(failed(format!(
                    "it has {} {what} keys with the label \"{key}\"; name one",
                    found.len()
                ))),
            }
        };
        let private = one(ObjectClass::PRIVATE_KEY, "private")?;
        let public = one(ObjectClass::PUBLIC_KEY, "public")?;
        let info = public_key_info(&session, public)
            .ok_or_else(|| failed("its public key cannot be read".to_owned()))?;
        let public_key = PublicKey::read(&info)?;
        Ok(Pkcs11Signer { session: Mutex::new(session), key: private, public_key, token: token.to_owned() })
    }
}

/// The result, this one refusal not counting as one.
fn unless(harmless: RvError, result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(Error::Pkcs11(refusal, _)) if refusal == harmless => Ok(()),
        other => other,
    }
}

fn failed(token: &str, problem: String) -> MintError {
    MintError::SigningFailed { signer: format!("the PKCS#11 token \"{token}\""), problem }
}

/// The SubjectPublicKeyInfo of a public key object.
fn public_key_info(session: &Session, key: ObjectHandle) -> Option<Vec<u8>> {
    let asked = [
        AttributeType::KeyType,
        AttributeType::EcParams,
        AttributeType::EcPoint,
        AttributeType::Modulus,
        AttributeType::PublicExponent,
    ];
    let (mut rsa, mut parameters, mut point, mut modulus, mut exponent) = (false, None, None, None, None);
    // One by one: a token may refuse the whole question for an attribute that the key does not have.
    for attribute in asked.into_iter().filter_map(|kind| session.get_attributes(key, &[kind]).ok()).flatten()
    {
        match attribute {
            Attribute::KeyType(kind) => rsa = kind == KeyType::RSA,
            Attribute::EcParams(der) => parameters = Some(der),
            Attribute::EcPoint(der) => point = Some(der),
            Attribute::Modulus(number) => modulus = Some(number),
            Attribute::PublicExponent(number) => exponent = Some(number),
            _ => {}
        }
    }
    if rsa {
        let key = der::wrap(tag::SEQUENCE, &[&unsigned(&modulus?), &unsigned(&exponent?)]);
        return Some(info(RSA_ENCRYPTION, &key));
    }
    let point = point?;
    // The point is wrapped in an OCTET STRING (PKCS#11 section 6.3.3); some tokens leave the wrapping out.
    let bare = der::only(&point, tag::OCTET_STRING).unwrap_or(&point);
    Some(info(&[EC_PUBLIC_KEY, &parameters?].concat(), bare))
}

fn info(identifier: &[u8], bits: &[u8]) -> Vec<u8> {
    der::wrap(tag::SEQUENCE, &[&der::wrap(tag::SEQUENCE, &[identifier]), &der::bit_string(bits)])
}

fn unsigned(number: &[u8]) -> Vec<u8> {
    match number.first() {
        Some(first) if first & 0x80 != 0 => der::wrap(tag::INTEGER, &[&[0], number]),
        _ => der::wrap(tag::INTEGER, &[number]),
    }
}

impl Signer for Pkcs11Signer {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign(&self, to_be_signed: &[u8]) -> Result<Vec<u8>, MintError> {
        let library = |error: Error| failed(&self.token, error.to_string());
        let session =
            self.session.lock().map_err(|_| failed(&self.token, "another thread broke off".to_owned()))?;
        let algorithm = self.public_key.algorithm();
        if let KeyAlgorithm::Rsa { .. } = algorithm {
            return session.sign(&Mechanism::Sha256RsaPkcs, self.key, to_be_signed).map_err(library);
        }
        let hash = digest::digest(algorithm.digest(), to_be_signed);
        let raw = session.sign(&Mechanism::Ecdsa, self.key, hash.as_ref()).map_err(library)?;
        // The token gives r and s side by side; certificates want them in a SEQUENCE.
        let (r, s) = raw.split_at_checked(raw.len() / 2).unwrap_or_default();
        Ok(der::wrap(tag::SEQUENCE, &[&integer(r), &integer(s)]))
    }
}

/// A DER INTEGER from a number of fixed length.
fn integer(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count().min(number.len().saturating_sub(1));
    unsigned(number.get(zeros..).unwrap_or_default())
}

impl fmt::Debug for Pkcs11Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Pkcs11Signer { session: _, key: _, public_key, token } = self;
        write!(f, "Pkcs11Signer({token:?}, {}, [secret])", public_key.algorithm())
    }
}

/// OBJECT IDENTIFIER id-ecPublicKey (RFC 5480 section 2.1.1).
const EC_PUBLIC_KEY: &[u8] = &[tag::OBJECT_IDENTIFIER, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];

/// OBJECT IDENTIFIER rsaEncryption and NULL (RFC 3279 section 2.3.1).
const RSA_ENCRYPTION: &[u8] = &[tag::OBJECT_IDENTIFIER, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_fixed_length_become_minimal_integers() {
        assert_eq!(integer(&[0, 0, 1]), [2, 1, 1]);
        assert_eq!(integer(&[0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[0, 0]), [2, 1, 0]);
    }
}
