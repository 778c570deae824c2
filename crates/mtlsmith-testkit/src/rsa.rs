//! RSA signatures: by the crypto library where it offers the padding, by hand where it does not.

use aws_lc_rs::digest::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::RsaEncoding;

use crate::der;
use crate::key::RsaSecret;
use crate::number::Modulus;
use crate::number::bytes_of;
use crate::signature::Hash;
use crate::signature::filler;

/// A signature by the crypto library.
pub(crate) fn by_library(secret: &RsaSecret, encoding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
    let mut out = vec![0; secret.pair.public_modulus_len()];
    secret.pair.sign(encoding, &SystemRandom::new(), message, &mut out).expect("the key is long enough");
    out
}

/// EMSA-PKCS1-v1_5, RFC 8017 9.2.
pub(crate) fn pkcs1_padded(secret: &RsaSecret, hash: Hash, message: &[u8]) -> Vec<u8> {
    let digest = digest(hash.algorithm(), message);
    let info = der::sequence(&[&hash.identifier(), &der::octet_string(digest.as_ref())]);
    let filling = vec![0xff; secret.modulus.len() - info.len() - 3];
    [&[0, 1][..], &filling, &[0], &info].concat()
}

/// EMSA-PSS, RFC 8017 9.1.1, for a modulus of whole bytes. The salt follows from the message.
pub(crate) fn pss_padded(secret: &RsaSecret, hash: Hash, salt_len: usize, message: &[u8]) -> Vec<u8> {
    let salt = filler(message, 7, salt_len);
    let inner = digest(hash.algorithm(), message);
    let outer = digest(hash.algorithm(), &[&[0; 8], inner.as_ref(), &salt].concat());
    let block_len = secret.modulus.len() - outer.as_ref().len() - 1;
    let zeros = vec![0; block_len - salt_len - 1];
    let mut block = [zeros.as_slice(), &[1], &salt].concat();
    for (counter, part) in (0u32..).zip(block.chunks_mut(outer.as_ref().len())) {
        let mask = digest(hash.algorithm(), &[outer.as_ref(), &counter.to_be_bytes()].concat());
        part.iter_mut().zip(mask.as_ref()).for_each(|(byte, mask)| *byte ^= mask);
    }
    block[0] &= 0x7f;
    [block.as_slice(), outer.as_ref(), &[0xbc]].concat()
}

/// The bare RSA operation on a padded block.
pub(crate) fn private_operation(secret: &RsaSecret, block: &[u8]) -> Vec<u8> {
    let modulus = Modulus::new(&secret.modulus);
    let number = bytes_of(&modulus.power(&modulus.reduce(block), &secret.private_exponent));
    number[number.len() - secret.modulus.len()..].to_vec()
}
