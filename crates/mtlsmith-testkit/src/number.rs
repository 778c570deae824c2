//! Arithmetic modulo an odd number, just enough to sign with ECDSA and RSA by hand.
//!
//! Slow and with timing that depends on the secrets: fit for keys of tests, and for nothing else.

/// An odd modulus with what Montgomery multiplication needs. Limbs are little-endian.
pub(crate) struct Modulus {
    limbs: Vec<u64>,
    /// `-modulus⁻¹ mod 2⁶⁴`
    inverse: u64,
    /// `2^(128·limbs) mod modulus`
    square: Vec<u64>,
}

impl Modulus {
    pub(crate) fn new(big_endian: &[u8]) -> Self {
        let limbs = limbs_of(big_endian, big_endian.len().div_ceil(8));
        let mut inverse = 1u64;
        for _ in 0..6 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(limbs[0].wrapping_mul(inverse)));
        }
        let mut square = vec![0; limbs.len()];
        square[0] = 1;
        for _ in 0..128 * limbs.len() {
            square = double(&square, &limbs);
        }
        Self { limbs, inverse: inverse.wrapping_neg(), square }
    }

    /// Reads a number and reduces it. The number may be longer than the modulus.
    pub(crate) fn reduce(&self, big_endian: &[u8]) -> Vec<u64> {
        let mut out = vec![0; self.limbs.len()];
        for byte in big_endian {
            for bit in (0..8).rev() {
                out = double(&out, &self.limbs);
                if byte >> bit & 1 == 1 {
                    out = self.add(&out, &one(self.limbs.len()));
                }
            }
        }
        out
    }

    /// `a + b mod modulus`, both already reduced.
    pub(crate) fn add(&self, a: &[u64], b: &[u64]) -> Vec<u64> {
        let mut carry = 0u128;
        let mut sum: Vec<u64> = Vec::with_capacity(a.len());
        for (left, right) in a.iter().zip(b) {
            carry += u128::from(*left) + u128::from(*right);
            sum.push(carry as u64);
            carry >>= 64;
        }
        subtract_once(sum, carry != 0, &self.limbs)
    }

    /// `a · b mod modulus`.
    pub(crate) fn multiply(&self, a: &[u64], b: &[u64]) -> Vec<u64> {
        self.montgomery(&self.montgomery(a, b), &self.square)
    }

    /// `base ^ exponent mod modulus`, the exponent as big-endian bytes.
    pub(crate) fn power(&self, base: &[u64], exponent: &[u8]) -> Vec<u64> {
        let base = self.montgomery(base, &self.square);
        let mut out = self.montgomery(&one(self.limbs.len()), &self.square);
        for byte in exponent {
            for bit in (0..8).rev() {
                out = self.montgomery(&out, &out);
                if byte >> bit & 1 == 1 {
                    out = self.montgomery(&out, &base);
                }
            }
        }
        self.montgomery(&out, &one(self.limbs.len()))
    }

    /// `a⁻¹`, for a prime modulus (Fermat).
    pub(crate) fn invert(&self, a: &[u64]) -> Vec<u64> {
        let mut exponent = self.limbs.clone();
        exponent[0] -= 2;
        self.power(a, &bytes_of(&exponent))
    }

    fn montgomery(&self, a: &[u64], b: &[u64]) -> Vec<u64> {
        let count = self.limbs.len();
        let mut sum = vec![0u64; count + 2];
        for digit in b {
            let carry = multiply_add(&mut sum[..count], a, *digit);
            add_at(&mut sum[count..], carry);
            let factor = sum[0].wrapping_mul(self.inverse);
            let carry = multiply_add(&mut sum[..count], &self.limbs, factor);
            add_at(&mut sum[count..], carry);
            sum.remove(0);
            sum.push(0);
        }
        let overflow = sum[count] != 0;
        sum.truncate(count);
        subtract_once(sum, overflow, &self.limbs)
    }
}

/// Whether a big-endian number is zero.
pub(crate) fn is_zero(limbs: &[u64]) -> bool {
    limbs.iter().all(|limb| *limb == 0)
}

/// The number as big-endian bytes, eight for each limb.
pub(crate) fn bytes_of(limbs: &[u64]) -> Vec<u8> {
    limbs.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect()
}

/// Shifts a big-endian number right by fewer than eight bits.
pub(crate) fn shift_right(bytes: &[u8], bits: u32) -> Vec<u8> {
    let mut before = 0u16;
    let shift = |byte: &u8| {
        let window = before << 8 | u16::from(*byte);
        before = u16::from(*byte);
        (window >> bits) as u8
    };
    bytes.iter().map(shift).collect()
}

fn limbs_of(big_endian: &[u8], count: usize) -> Vec<u64> {
    let mut limbs = vec![0u64; count];
    for (place, byte) in big_endian.iter().rev().enumerate() {
        limbs[place / 8] |= u64::from(*byte) << (8 * (place % 8));
    }
    limbs
}

fn one(count: usize) -> Vec<u64> {
    let mut limbs = vec![0; count];
    limbs[0] = 1;
    limbs
}

fn double(a: &[u64], modulus: &[u64]) -> Vec<u64> {
    let mut carry = 0;
    let twice = |limb: &u64| {
        let out = limb << 1 | carry;
        carry = limb >> 63;
        out
    };
    let sum: Vec<u64> = a.iter().map(twice).collect();
    subtract_once(sum, carry != 0, modulus)
}

fn subtract_once(sum: Vec<u64>, overflow: bool, modulus: &[u64]) -> Vec<u64> {
    if !overflow && sum.iter().rev().lt(modulus.iter().rev()) {
        return sum;
    }
    let mut borrow = false;
    let mut out = Vec::with_capacity(sum.len());
    for (left, right) in sum.iter().zip(modulus) {
        let (first, under) = left.overflowing_sub(*right);
        let (second, under_again) = first.overflowing_sub(u64::from(borrow));
        borrow = under || under_again;
        out.push(second);
    }
    out
}

fn multiply_add(sum: &mut [u64], a: &[u64], digit: u64) -> u64 {
    let mut carry = 0u128;
    for (place, limb) in sum.iter_mut().zip(a) {
        carry += u128::from(*place) + u128::from(*limb) * u128::from(digit);
        *place = carry as u64;
        carry >>= 64;
    }
    carry as u64
}

fn add_at(sum: &mut [u64], carry: u64) {
    let (low, over) = sum[0].overflowing_add(carry);
    sum[0] = low;
    sum[1] += u64::from(over);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_and_inverses_agree_with_small_numbers() {
        let modulus = Modulus::new(&[0x03, 0xfd]);
        let number = modulus.reduce(&[7]);
        assert_eq!(modulus.power(&number, &[13]), vec![7u64.pow(6) % 1021 * 7u64.pow(7) % 1021]);
        assert_eq!(modulus.multiply(&modulus.invert(&number), &number), vec![1]);
        assert_eq!(modulus.reduce(&[0x10, 0x00, 0x00]), vec![0x0010_0000 % 1021]);
    }

    #[test]
    fn numbers_of_several_limbs_invert() {
        let prime = [&[0x7f][..], &[0xff; 15]].concat();
        let modulus = Modulus::new(&prime);
        let number = modulus.reduce(b"several limbs, please, and more than the modulus");
        let inverse = modulus.invert(&number);
        assert_eq!(modulus.multiply(&inverse, &number), vec![1, 0]);
    }

    #[test]
    fn shifting_moves_bits_across_bytes() {
        assert_eq!(shift_right(&[0x01, 0x80], 7), [0x00, 0x03]);
        assert_eq!(shift_right(&[0xff, 0x00], 4), [0x0f, 0xf0]);
    }
}
