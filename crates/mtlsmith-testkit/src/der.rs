//! Writes DER, and writes it wrong on request: nothing here checks what it is given.
//!
//! It is a writer only. It shares no code with the reader under test, so that a mistake in one is not hidden
//! by the same mistake in the other.

/// One value: the tag byte, the shortest length, the content.
pub fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    out.extend(length(content.len()));
    out.extend_from_slice(content);
    out
}

/// A length in the shortest form, as DER asks.
pub fn length(count: usize) -> Vec<u8> {
    if count < 0x80 {
        return vec![count as u8];
    }
    let bytes = without_leading_zeros(&count.to_be_bytes()).to_vec();
    let mut out = vec![0x80 | bytes.len() as u8];
    out.extend(bytes);
    out
}

/// A SEQUENCE of the given encoded parts.
pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tagged(SEQUENCE, &parts.concat())
}

/// A SET of the given encoded parts, in the order given (DER would sort them).
pub fn set(parts: &[&[u8]]) -> Vec<u8> {
    tagged(SET, &parts.concat())
}

/// An OBJECT IDENTIFIER.
pub fn object_identifier(arcs: &[u64]) -> Vec<u8> {
    let mut content = base128(arcs[0] * 40 + arcs[1]);
    for arc in &arcs[2..] {
        content.extend(base128(*arc));
    }
    tagged(OBJECT_IDENTIFIER, &content)
}

/// An INTEGER with these content bytes, unchanged: non-minimal, negative and empty contents are possible.
pub fn integer_raw(content: &[u8]) -> Vec<u8> {
    tagged(INTEGER, content)
}

/// A non-negative INTEGER from an unsigned big-endian number, in the shortest form.
pub fn unsigned_integer(number: &[u8]) -> Vec<u8> {
    let digits = without_leading_zeros(number);
    let mut content = Vec::with_capacity(digits.len() + 1);
    if digits.first().is_none_or(|first| *first >= 0x80) {
        content.push(0);
    }
    content.extend_from_slice(digits);
    tagged(INTEGER, &content)
}

/// A non-negative INTEGER.
pub fn integer(number: u64) -> Vec<u8> {
    unsigned_integer(&number.to_be_bytes())
}

/// A BOOLEAN in DER: `FF` for true.
pub fn boolean(value: bool) -> Vec<u8> {
    tagged(BOOLEAN, &[if value { 0xff } else { 0 }])
}

/// NULL.
pub fn null() -> Vec<u8> {
    vec![0x05, 0x00]
}

/// A BIT STRING of whole bytes.
pub fn bit_string(bytes: &[u8]) -> Vec<u8> {
    tagged(BIT_STRING, &[&[0], bytes].concat())
}

/// A BIT STRING of named bits (Key Usage): bit 0 is the highest bit of the first byte, trailing zeros are
/// left out.
pub fn named_bits(bits: &[usize]) -> Vec<u8> {
    let Some(last) = bits.iter().max() else { return tagged(BIT_STRING, &[0]) };
    let mut bytes = vec![0u8; last / 8 + 1];
    for bit in bits {
        bytes[bit / 8] |= 0x80 >> (bit % 8);
    }
    let unused = 7 - (last % 8) as u8;
    tagged(BIT_STRING, &[&[unused], bytes.as_slice()].concat())
}

/// An OCTET STRING.
pub fn octet_string(bytes: &[u8]) -> Vec<u8> {
    tagged(OCTET_STRING, bytes)
}

/// A constructed context tag, `[number] EXPLICIT` or an implicit constructed one.
pub fn context_constructed(number: u8, content: &[u8]) -> Vec<u8> {
    tagged(0xa0 | number, content)
}

/// A primitive context tag, `[number] IMPLICIT` over a primitive type.
pub fn context_primitive(number: u8, content: &[u8]) -> Vec<u8> {
    tagged(0x80 | number, content)
}

/// Splits DER into its top-level values as (tag, content). Only for bytes this crate or its crypto library
/// wrote.
pub fn split(mut input: &[u8]) -> Vec<(u8, &[u8])> {
    let mut values = Vec::new();
    while !input.is_empty() {
        let (header, count) = match input[1] {
            short @ 0..=0x7f => (2, usize::from(short)),
            long => {
                let digits = usize::from(long & 0x7f);
                let count = input[2..2 + digits].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
                (2 + digits, count)
            }
        };
        values.push((input[0], &input[header..header + count]));
        input = &input[header + count..];
    }
    values
}

pub(crate) fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

fn base128(mut arc: u64) -> Vec<u8> {
    let mut digits = vec![(arc & 0x7f) as u8];
    arc >>= 7;
    while arc > 0 {
        digits.push((arc & 0x7f) as u8 | 0x80);
        arc >>= 7;
    }
    digits.reverse();
    digits
}

/// Tag of BOOLEAN.
pub const BOOLEAN: u8 = 0x01;
/// Tag of INTEGER.
pub const INTEGER: u8 = 0x02;
/// Tag of BIT STRING.
pub const BIT_STRING: u8 = 0x03;
/// Tag of OCTET STRING.
pub const OCTET_STRING: u8 = 0x04;
/// Tag of OBJECT IDENTIFIER.
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// Tag of SEQUENCE.
pub const SEQUENCE: u8 = 0x30;
/// Tag of SET.
pub const SET: u8 = 0x31;
/// Tag of UTCTime.
pub const UTC_TIME: u8 = 0x17;
/// Tag of GeneralizedTime.
pub const GENERALIZED_TIME: u8 = 0x18;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_the_shortest_form() {
        assert_eq!(length(127), [0x7f]);
        assert_eq!(length(128), [0x81, 0x80]);
        assert_eq!(length(255), [0x81, 0xff]);
        assert_eq!(length(256), [0x82, 0x01, 0x00]);
    }

    #[test]
    fn object_identifiers_use_base_128() {
        assert_eq!(object_identifier(&[1, 2, 840, 113549]), [6, 6, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]);
        assert_eq!(object_identifier(&[2, 5, 29, 15]), [6, 3, 0x55, 0x1d, 0x0f]);
    }

    #[test]
    fn integers_keep_their_sign_byte() {
        assert_eq!(integer(0), [2, 1, 0]);
        assert_eq!(integer(127), [2, 1, 127]);
        assert_eq!(integer(128), [2, 2, 0, 128]);
        assert_eq!(integer_raw(&[0xff]), [2, 1, 0xff]);
    }

    #[test]
    fn named_bits_drop_trailing_zeros() {
        assert_eq!(named_bits(&[0]), [3, 2, 7, 0x80]);
        assert_eq!(named_bits(&[5, 6]), [3, 2, 1, 0x06]);
        assert_eq!(named_bits(&[8]), [3, 3, 7, 0x00, 0x80]);
        assert_eq!(named_bits(&[]), [3, 1, 0]);
    }
}
