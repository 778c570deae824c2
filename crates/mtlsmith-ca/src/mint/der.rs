//! As much DER as minting needs: walking along elements that were written by a library, and wrapping bytes into an element.

/// DER tags.
pub(super) mod tag {
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    #[cfg(feature = "pkcs11")]
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
}

/// One element: its tag, its content, and all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    pub(super) full: &'a [u8],
}

/// The first element of `bytes`, and what follows it; `None` when the bytes are no definite-length DER.
pub(super) fn next(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, after_tag) = bytes.split_first()?;
    let (&first, mut after_length) = after_tag.split_first()?;
    let mut length = usize::from(first);
    if first & 0x80 != 0 {
        let (digits, rest) = after_length.split_at_checked(usize::from(first & 0x7f))?;
        if digits.is_empty() || digits.len() > 4 {
            return None;
        }
        length = digits.iter().fold(0, |sum, &digit| sum << 8 | usize::from(digit));
        after_length = rest;
    }
    let (content, rest) = after_length.split_at_checked(length)?;
    let full = bytes.get(..bytes.len() - rest.len())?;
    Some((Element { tag, content, full }, rest))
}

/// The first element, when it has this tag.
pub(super) fn expect(bytes: &[u8], tag: u8) -> Option<(Element<'_>, &[u8])> {
    next(bytes).filter(|(element, _)| element.tag == tag)
}

/// The content of the one element that `bytes` consist of, when it has this tag.
pub(super) fn only(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    expect(bytes, tag).filter(|(_, rest)| rest.is_empty()).map(|(element, _)| element.content)
}

/// An element with the parts as its content, one after the other.
pub(super) fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = Vec::with_capacity(length + 6);
    bytes.push(tag);
    write_length(length, &mut bytes);
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

/// A BIT STRING of whole bytes.
pub(super) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    wrap(tag::BIT_STRING, &[&[0], bytes])
}

/// The bytes of a BIT STRING's content, when it has no unused bits.
pub(super) fn whole_bytes(bit_string: &[u8]) -> Option<&[u8]> {
    bit_string.strip_prefix(&[0])
}

fn write_length(length: usize, bytes: &mut Vec<u8>) {
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => bytes.push(short),
        _ => {
            let digits = length.to_be_bytes();
            let significant = digits.iter().skip_while(|digit| **digit == 0);
            bytes.push(0x80 | significant.clone().fold(0, |count, _| count + 1));
            bytes.extend(significant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrapped_is_read_back() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = vec![7; length];
            let bytes = [wrap(tag::SEQUENCE, &[&content]), vec![1, 2]].concat();
            let (element, rest) = next(&bytes).unwrap();
            assert_eq!((element.tag, element.content, rest), (tag::SEQUENCE, &content[..], &[1, 2][..]));
            assert_eq!(element.full, &bytes[..bytes.len() - 2]);
        }
    }

    #[test]
    fn broken_bytes_are_no_element() {
        for bytes in [&[][..], &[0x30], &[0x30, 0x80], &[0x30, 0x01], &[0x30, 0x85, 0, 0, 0, 0, 0]] {
            assert_eq!(next(bytes), None, "{bytes:?}");
        }
        assert_eq!(only(&[0x30, 0x00, 0x00], tag::SEQUENCE), None);
        assert_eq!(only(&[0x31, 0x00], tag::SEQUENCE), None);
    }
}
