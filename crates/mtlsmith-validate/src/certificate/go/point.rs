//! Does a point lie on its curve? Go asks that of every elliptic curve key when it reads a certificate, and refuses the certificate
//! otherwise. Public numbers only, so time may depend on them.

use std::sync::LazyLock;

use crate::key::Curve;

/// Limbs of 64 bits, least significant first: as many as hold twice a number of the field.
type Number<const LIMBS: usize> = [u64; LIMBS];

/// Is `04 || x || y` a point of the curve `y² = x³ - 3x + b`? `None` for curves that Go does not know.
pub(super) fn is_on_curve(curve: &Curve, point: &[u8]) -> Option<bool> {
    static P224: LazyLock<Equation<4>> = LazyLock::new(|| {
        Equation::new(
            "ffffffffffffffffffffffffffffffff000000000000000000000001",
            "b4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4",
        )
    });
    static P256: LazyLock<Equation<5>> = LazyLock::new(|| {
        Equation::new(
            "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
            "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        )
    });
    static P384: LazyLock<Equation<7>> = LazyLock::new(|| {
        Equation::new(
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
            "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
        )
    });
    static P521: LazyLock<Equation<9>> = LazyLock::new(|| {
        Equation::new(
            "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
        )
    });
    let coordinates = point.get(1..).unwrap_or_default();
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    Some(match curve {
        Curve::P224 => P224.holds(x, y),
        Curve::P256 => P256.holds(x, y),
        Curve::P384 => P384.holds(x, y),
        Curve::P521 => P521.holds(x, y),
        _ => return None,
    })
}

/// The equation of a curve (FIPS 186-4 appendix D.1.2), divided by R².
///
/// Montgomery's product of a and b is ab/R. Every term ends up divided by R², so no coordinate has to be converted first.
struct Equation<const LIMBS: usize> {
    field: Field<LIMBS>,
    /// 3/R.
    three: Number<LIMBS>,
    /// b/R².
    b: Number<LIMBS>,
}

impl<const LIMBS: usize> Equation<LIMBS> {
    /// From the prime of the field and the `b` of the curve.
    fn new(prime: &str, b: &str) -> Self {
        let prime = from_hexadecimal(prime);
        let field = Field { prime, negated_inverse: negated_inverse(prime.first().copied().unwrap_or(1)) };
        let one = from_bytes(&[1]);
        let three = field.product(&from_bytes(&[3]), &one);
        let b = field.product(&field.product(&from_hexadecimal(b), &one), &one);
        Equation { field, three, b }
    }

    /// Is (x, y), big-endian, a solution?
    fn holds(&self, x: &[u8], y: &[u8]) -> bool {
        let Equation { field, three, b } = self;
        let (x, y) = (from_bytes(x), from_bytes(y));
        if !is_less(&x, &field.prime) || !is_less(&y, &field.prime) {
            return false;
        }
        let left = field.product(&field.product(&y, &y), &from_bytes(&[1]));
        let factor = field.difference(&field.product(&x, &x), three);
        left == field.sum(&field.product(&factor, &x), b)
    }
}

fn from_hexadecimal<const LIMBS: usize>(digits: &str) -> Number<LIMBS> {
    let bytes: Vec<u8> = digits
        .as_bytes()
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    from_bytes(&bytes)
}

/// From big-endian bytes, as many as there is room for.
fn from_bytes<const LIMBS: usize>(bytes: &[u8]) -> Number<LIMBS> {
    let mut number = [0; LIMBS];
    for (limb, chunk) in number.iter_mut().zip(bytes.rchunks(8)) {
        *limb = match <[u8; 8]>::try_from(chunk) {
            Ok(whole) => u64::from_be_bytes(whole),
            Err(_) => chunk.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
        };
    }
    number
}

fn is_less<const LIMBS: usize>(one: &Number<LIMBS>, other: &Number<LIMBS>) -> bool {
    one.iter().rev().lt(other.iter().rev())
}

/// Numbers modulo a prime.
struct Field<const LIMBS: usize> {
    prime: Number<LIMBS>,
    /// -1/prime modulo 2^64.
    negated_inverse: u64,
}

impl<const LIMBS: usize> Field<LIMBS> {
    fn sum(&self, one: &Number<LIMBS>, other: &Number<LIMBS>) -> Number<LIMBS> {
        self.reduced(plain_sum(one, other))
    }

    /// One less the other, both below the prime.
    fn difference(&self, one: &Number<LIMBS>, other: &Number<LIMBS>) -> Number<LIMBS> {
        self.reduced(plain_difference(&plain_sum(one, &self.prime), other))
    }

    /// A number below twice the prime, brought below it.
    fn reduced(&self, number: Number<LIMBS>) -> Number<LIMBS> {
        if is_less(&number, &self.prime) { number } else { plain_difference(&number, &self.prime) }
    }

    /// Montgomery's product: `one * other / R` with R = 2^64 to the number of limbs.
    fn product(&self, one: &Number<LIMBS>, other: &Number<LIMBS>) -> Number<LIMBS> {
        let mut sum = [0; LIMBS];
        for factor in one {
            let above = add_multiple(&mut sum, other, *factor);
            let fill = sum.first().copied().unwrap_or_default().wrapping_mul(self.negated_inverse);
            let more = add_multiple(&mut sum, &self.prime, fill);
            // The lowest limb is zero now: that is the division by 2^64.
            sum.rotate_left(1);
            if let Some(top) = sum.last_mut() {
                *top = above.wrapping_add(more);
            }
        }
        self.reduced(sum)
    }
}

fn plain_sum<const LIMBS: usize>(one: &Number<LIMBS>, other: &Number<LIMBS>) -> Number<LIMBS> {
    let mut sum = [0; LIMBS];
    let mut carry = false;
    for (limb, (one, other)) in sum.iter_mut().zip(one.iter().zip(other)) {
        let (partial, first) = one.overflowing_add(*other);
        let (total, second) = partial.overflowing_add(u64::from(carry));
        *limb = total;
        carry = first || second;
    }
    sum
}

fn plain_difference<const LIMBS: usize>(one: &Number<LIMBS>, other: &Number<LIMBS>) -> Number<LIMBS> {
    let mut difference = [0; LIMBS];
    let mut borrow = false;
    for (limb, (one, other)) in difference.iter_mut().zip(one.iter().zip(other)) {
        let (partial, first) = one.overflowing_sub(*other);
        let (total, second) = partial.overflowing_sub(u64::from(borrow));
        *limb = total;
        borrow = first || second;
    }
    difference
}

/// Adds a multiple of a number, and returns what does not fit. Every prime leaves the top limb nearly empty, so that two such
/// remainders never overflow together.
fn add_multiple<const LIMBS: usize>(sum: &mut Number<LIMBS>, number: &Number<LIMBS>, factor: u64) -> u64 {
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

    #[test]
    fn either_coordinate_has_to_be_below_the_prime() {
        let equation = |point: &[u8]| is_on_curve(&Curve::P256, point);
        let mut point = Key::p256("on the curve").public_key_bytes();
        point[33..].fill(0xff);
        assert_eq!(equation(&point), Some(false));
        // The curve has a point with x = 0, and the prime stands for 0 where it is not refused.
        let prime = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
        let root_of_b = "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4";
        let bytes = |text: &str| -> Vec<u8> {
            (0..32).map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap()).collect()
        };
        assert_eq!(equation(&[&[4][..], &[0; 32], &bytes(root_of_b)].concat()), Some(true));
        assert_eq!(equation(&[&[4][..], &bytes(prime), &bytes(root_of_b)].concat()), Some(false));
    }
}
