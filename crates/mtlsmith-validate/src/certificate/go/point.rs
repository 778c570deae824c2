//! Does a point lie on its curve? Go asks that of every elliptic curve key when it reads a certificate, and refuses the certificate
//! otherwise. Public numbers only, so time may depend on them.

use crate::key::Curve;

/// Room for 521 bits and one more, least significant limb first.
const LIMBS: usize = 9;

type Number = [u64; LIMBS];

/// Is `04 || x || y` a point of the curve `y² = x³ - 3x + b`? `None` for curves that Go does not know.
pub(super) fn is_on_curve(curve: &Curve, point: &[u8]) -> Option<bool> {
    let (prime, b) = parameters(curve)?;
    let (prime, b) = (from_hexadecimal(prime), from_hexadecimal(b));
    let coordinates = point.get(1..).unwrap_or_default();
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    let (x, y) = (from_bytes(x), from_bytes(y));
    if !is_less(&x, &prime) || !is_less(&y, &prime) {
        return Some(false);
    }
    // Montgomery's product of a and b is ab/R. Every term ends up divided by R², so no number has to be converted first; and with 3x
    // on the left none has to be subtracted.
    let field = Field { prime, negated_inverse: negated_inverse(prime[0]) };
    let one = from_bytes(&[1]);
    let thrice = field.sum(&field.sum(&x, &x), &x);
    let left = field.product(&field.sum(&field.product(&y, &y), &field.product(&thrice, &one)), &one);
    let cube = field.product(&field.product(&x, &x), &x);
    let constant = field.product(&field.product(&b, &one), &one);
    Some(left == field.sum(&cube, &constant))
}

/// The prime of the field and the `b` of the curve (FIPS 186-4 appendix D.1.2).
fn parameters(curve: &Curve) -> Option<(&'static str, &'static str)> {
    Some(match curve {
        Curve::P224 => (
            "ffffffffffffffffffffffffffffffff000000000000000000000001",
            "b4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4",
        ),
        Curve::P256 => (
            "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
            "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        ),
        Curve::P384 => (
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
            "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
        ),
        Curve::P521 => (
            "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
        ),
        _ => return None,
    })
}

fn from_hexadecimal(digits: &str) -> Number {
    let bytes: Vec<u8> = digits
        .as_bytes()
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    from_bytes(&bytes)
}

/// From big-endian bytes, at most 66 of them.
fn from_bytes(bytes: &[u8]) -> Number {
    let mut number = [0; LIMBS];
    for (limb, chunk) in number.iter_mut().zip(bytes.rchunks(8)) {
        *limb = chunk.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
    }
    number
}

fn is_less(one: &Number, other: &Number) -> bool {
    one.iter().rev().lt(other.iter().rev())
}

/// Numbers modulo a prime.
struct Field {
    prime: Number,
    /// -1/prime modulo 2^64.
    negated_inverse: u64,
}

impl Field {
    fn sum(&self, one: &Number, other: &Number) -> Number {
        let mut sum = [0; LIMBS];
        let mut carry = false;
        for (limb, (one, other)) in sum.iter_mut().zip(one.iter().zip(other)) {
            let (partial, first) = one.overflowing_add(*other);
            let (total, second) = partial.overflowing_add(u64::from(carry));
            *limb = total;
            carry = first || second;
        }
        self.reduced(sum)
    }

    /// A number below twice the prime, brought below it.
    fn reduced(&self, number: Number) -> Number {
        if is_less(&number, &self.prime) {
            return number;
        }
        let mut difference = [0; LIMBS];
        let mut borrow = false;
        for (limb, (one, other)) in difference.iter_mut().zip(number.iter().zip(&self.prime)) {
            let (partial, first) = one.overflowing_sub(*other);
            let (total, second) = partial.overflowing_sub(u64::from(borrow));
            *limb = total;
            borrow = first || second;
        }
        difference
    }

    /// Montgomery's product: `one * other / R` with R = 2^576.
    fn product(&self, one: &Number, other: &Number) -> Number {
        let mut sum = [0; LIMBS];
        for factor in one {
            let above = add_multiple(&mut sum, other, *factor);
            let fill = sum[0].wrapping_mul(self.negated_inverse);
            let more = add_multiple(&mut sum, &self.prime, fill);
            // The lowest limb is zero now: that is the division by 2^64.
            sum.rotate_left(1);
            sum[LIMBS - 1] = above.wrapping_add(more);
        }
        self.reduced(sum)
    }
}

/// Adds a multiple of a number, and returns what does not fit. Primes of at most 521 bits leave the top limb nearly empty, so that
/// two such remainders never overflow together.
fn add_multiple(sum: &mut Number, number: &Number, factor: u64) -> u64 {
    let mut carry = 0;
    for (limb, digit) in sum.iter_mut().zip(number) {
        let total = u128::from(*digit) * u128::from(factor) + u128::from(*limb) + u128::from(carry);
        *limb = low(total);
        carry = low(total >> 64);
    }
    carry
}

fn low(number: u128) -> u64 {
    u64::try_from(number & u128::from(u64::MAX)).unwrap_or_default()
}

/// -1/n modulo 2^64 for an odd n, by Newton's method: each round doubles the bits that are right, and n itself has three.
fn negated_inverse(n: u64) -> u64 {
    let mut inverse = n;
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(n.wrapping_mul(inverse)));
    }
    inverse.wrapping_neg()
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::spki;

    use super::*;
    use crate::der::Reader;
    use crate::der::tag;

    fn point(spki: &[u8]) -> Vec<u8> {
        let mut reader = Reader::new(spki).enter(tag::SEQUENCE).unwrap();
        reader.content(tag::SEQUENCE).unwrap();
        reader.bit_string().unwrap().0.to_vec()
    }

    #[test]
    fn real_keys_lie_on_their_curves_and_their_neighbours_do_not() {
        let p224 = point(&spki::ec_p224());
        let keys = [
            (Curve::P224, p224),
            (Curve::P256, Key::p256("on the curve").public_key_bytes()),
            (Curve::P384, Key::p384("on the curve").public_key_bytes()),
            (Curve::P521, Key::p521("on the curve").public_key_bytes()),
        ];
        for (curve, mut point) in keys {
            assert_eq!(is_on_curve(&curve, &point), Some(true), "{curve}");
            *point.last_mut().unwrap() ^= 1;
            assert_eq!(is_on_curve(&curve, &point), Some(false), "{curve}");
        }
        assert_eq!(is_on_curve(&Curve::P256, &point(&spki::ec_off_curve_p256())), Some(false));
        assert_eq!(is_on_curve(&Curve::Explicit, &[4]), None);
    }

    #[test]
    fn a_coordinate_that_is_not_below_the_prime_is_no_coordinate() {
        let mut point = Key::p256("on the curve").public_key_bytes();
        point[1..33].fill(0xff);
        assert_eq!(is_on_curve(&Curve::P256, &point), Some(false));
    }
}
