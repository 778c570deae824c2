//! What DER of a private key tells of it: its form, its kind, and the public half where it is carried along.

use super::KeyForm;
use crate::der::Reader;
use crate::der::tag;
use crate::key::PublicKey;
use crate::oid;

/// What was seen in the DER of a private key.
pub(super) struct Content {
    pub(super) form: KeyForm,
    pub(super) kind: Option<PublicKey>,
    /// SubjectPublicKeyInfo.
    pub(super) public: Option<Vec<u8>>,
}

impl Content {
    const fn closed(form: KeyForm) -> Self {
        Content { form, kind: None, public: None }
    }

    /// Reads PKCS#8, PKCS#1 or SEC1.
    pub(super) fn read(der: &[u8]) -> Self {
        if is_encrypted(der) {
            return Content::closed(KeyForm::EncryptedPkcs8);
        }
        let seen = |form, (kind, public)| Content { form, kind: Some(kind), public };
        if let Some(key) = pkcs8(der) {
            return seen(KeyForm::Pkcs8, key);
        }
        if let Some(key) = sec1(der, None) {
            return seen(KeyForm::Sec1, key);
        }
        match pkcs1(der) {
            Some(key) => seen(KeyForm::Pkcs1, key),
            None => Content::closed(KeyForm::Unreadable),
        }
    }
}

/// A kind of key, and the SubjectPublicKeyInfo where it is known.
type Seen = (PublicKey, Option<Vec<u8>>);

/// EncryptedPrivateKeyInfo (RFC 5958 section 3): an algorithm, and octets.
pub(super) fn is_encrypted(der: &[u8]) -> bool {
    let Some(mut info) = Reader::new(der).enter(tag::SEQUENCE) else { return false };
    let Some(mut algorithm) = info.enter(tag::SEQUENCE) else { return false };
    algorithm.object_identifier().is_some() && info.content(tag::OCTET_STRING).is_some() && info.is_empty()
}

/// OneAsymmetricKey (RFC 5958 section 2).
fn pkcs8(der: &[u8]) -> Option<Seen> {
    let mut info = Reader::new(der).enter(tag::SEQUENCE)?;
    info.unsigned()?;
    let algorithm = info.content(tag::SEQUENCE)?;
    let key = info.content(tag::OCTET_STRING)?;
    info.optional(tag::context_constructed(0))?;
    let public = info.optional(tag::context(1))?.and_then(|bits| bits.split_first()).map(|(_, bytes)| bytes);
    let mut identifier = Reader::new(algorithm);
    let kind = identifier.object_identifier()?;
    match kind {
        oid::RSA_ENCRYPTION => pkcs1(key),
        oid::EC_PUBLIC_KEY => sec1(key, Some(identifier.rest())),
        oid::ED25519 => {
            let public = public.map(|public| key_info(algorithm, public));
            Some((PublicKey::Ed25519, public))
        }
        _ => {
            let public_half = public.map(|public| key_info(algorithm, public));
            Some((PublicKey::read(algorithm, public.unwrap_or_default()), public_half))
        }
    }
}

/// RSAPrivateKey (RFC 8017 appendix A.1.2), which starts with the public half.
fn pkcs1(der: &[u8]) -> Option<Seen> {
    let mut key = Reader::new(der).enter(tag::SEQUENCE)?;
    key.unsigned()?;
    let modulus = key.element(tag::INTEGER)?.full;
    let exponent = key.element(tag::INTEGER)?.full;
    key.integer()?;
    let numbers = element(tag::SEQUENCE, &[modulus, exponent].concat());
    let algorithm = [&element(tag::OBJECT_IDENTIFIER, oid::RSA_ENCRYPTION)[..], &[0x05, 0x00]].concat();
    Some((PublicKey::read(&algorithm, &numbers), Some(key_info(&algorithm, &numbers))))
}

/// ECPrivateKey (RFC 5915 section 3); `outer` are the parameters of the PKCS#8 around it, if any.
fn sec1(der: &[u8], outer: Option<&[u8]>) -> Option<Seen> {
    let mut key = Reader::new(der).enter(tag::SEQUENCE)?;
    if key.unsigned()? != 1 {
        return None;
    }
    key.content(tag::OCTET_STRING)?;
    let inner = key.optional(tag::context_constructed(0))?;
    let public = key.optional(tag::context_constructed(1))?;
    let parameters = outer.or(inner).unwrap_or_default();
    let algorithm = [&element(tag::OBJECT_IDENTIFIER, oid::EC_PUBLIC_KEY)[..], parameters].concat();
    let point = public.and_then(|public| Some(Reader::new(public).bit_string()?.0));
    let kind = PublicKey::read(&algorithm, point.unwrap_or_default());
    Some((kind, point.map(|point| key_info(&algorithm, point))))
}

/// A SubjectPublicKeyInfo from the content of its algorithm identifier and the bytes of its bit string.
fn key_info(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    let bits = element(tag::BIT_STRING, &[&[0], key].concat());
    element(tag::SEQUENCE, &[element(tag::SEQUENCE, algorithm), bits].concat())
}

/// A DER element.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut der = vec![tag];
    let length = content.len().to_be_bytes();
    let significant = length.iter().position(|&byte| byte != 0).and_then(|zeros| length.get(zeros..));
    match (significant.unwrap_or(&[0]), content.len()) {
        (short, 0..128) => der.extend_from_slice(short),
        (long, _) => {
            der.push(0x80 | u8::try_from(long.len()).unwrap_or_default());
            der.extend_from_slice(long);
        }
    }
    der.extend_from_slice(content);
    der
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::der;
    use mtlsmith_testkit::oid as kit;

    use super::*;
    use crate::key::Curve;

    #[test]
    fn lengths_are_written_in_their_shortest_form() {
        for length in [0, 1, 127, 128, 255, 256, 65_536] {
            assert_eq!(element(0x04, &vec![7; length]), der::octet_string(&vec![7; length]), "{length}");
        }
    }

    #[test]
    fn an_encrypted_key_is_an_algorithm_and_octets_and_nothing_else() {
        let algorithm = der::sequence(&[&der::object_identifier(kit::SHA256)]);
        assert!(is_encrypted(&der::sequence(&[&algorithm, &der::octet_string(&[1])])));
        assert!(!is_encrypted(&der::sequence(&[&algorithm, &der::octet_string(&[1]), &der::null()])));
        assert!(!is_encrypted(&der::sequence(&[&algorithm])));
        assert!(!is_encrypted(&der::sequence(&[&der::sequence(&[]), &der::octet_string(&[1])])));
        assert!(!is_encrypted(Key::p256("closed").pkcs8_der()) && !is_encrypted(b"text"));
    }

    #[test]
    fn a_key_without_its_public_half_still_tells_its_curve() {
        let named = der::context_constructed(0, &der::object_identifier(kit::P521));
        let key = der::sequence(&[&der::integer(1), &der::octet_string(&[1; 66]), &named]);
        let content = Content::read(&key);
        assert_eq!(content.form, KeyForm::Sec1);
        assert_eq!(content.kind.unwrap().ec().unwrap().curve, Curve::P521);
        assert_eq!(content.public, None);
        let other_version = der::sequence(&[&der::integer(2), &der::octet_string(&[1; 66]), &named]);
        assert_eq!(Content::read(&other_version).form, KeyForm::Unreadable);
    }

    #[test]
    fn an_ed25519_key_tells_its_public_half_where_it_is_written() {
        let algorithm = der::sequence(&[&der::object_identifier(kit::ED25519)]);
        let secret = der::octet_string(&der::octet_string(&[1; 32]));
        let with = der::sequence(&[
            &der::integer(1),
            &algorithm,
            &secret,
            &der::context_primitive(1, &[&[0], &[7; 32][..]].concat()),
        ]);
        let public = Content::read(&with).public.unwrap();
        assert_eq!(public, der::sequence(&[&algorithm, &der::bit_string(&[7; 32])]));
        let without = der::sequence(&[&der::integer(0), &algorithm, &secret]);
        assert_eq!(Content::read(&without).kind, Some(PublicKey::Ed25519));
        assert_eq!(Content::read(&without).public, None);
    }

    #[test]
    fn another_kind_of_key_is_named_by_its_identifier() {
        let algorithm = der::sequence(&[&der::object_identifier(kit::ED448)]);
        let key = der::sequence(&[&der::integer(0), &algorithm, &der::octet_string(&[1])]);
        assert_eq!(Content::read(&key).kind, Some(PublicKey::Ed448));
    }
}
