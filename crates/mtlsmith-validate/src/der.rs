//! A reader of DER elements that takes and refuses exactly what Go's `cryptobyte` does.
//!
//! The control plane of Temporal Cloud is a Go program, so a certificate exists for it only when this strictness is met: one-byte
//! tags, minimal definite lengths of at most four bytes, minimal integers. Meaning is not for this file; see `certificate`.

/// DER tag bytes that certificates use (X.690 8.1.2, class and constructed bit included).
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    /// `[n]`, primitive.
    pub(crate) const fn context(number: u8) -> u8 {
        0x80 | number
    }
    /// `[n]`, constructed.
    pub(crate) const fn context_constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// One tag-length-value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// Tag, length and content.
    pub(crate) full: &'a [u8],
}

/// A cursor over the content of a constructed element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn peek(&self, tag: u8) -> bool {
        self.rest.first() == Some(&tag)
    }

    /// The next element, whatever its tag.
    pub(crate) fn any(&mut self) -> Option<Element<'a>> {
        let [tag, first, behind @ ..] = self.rest else { return None };
        if tag & 0x1f == 0x1f {
            return None; // a tag number above 30 takes more bytes; no certificate field has one
        }
        let (length, header) =
            if first & 0x80 == 0 { (usize::from(*first), 2) } else { long_length(*first, behind)? };
        let (full, rest) = self.rest.split_at_checked(header.checked_add(length)?)?;
        self.rest = rest;
        Some(Element { tag: *tag, content: full.get(header..)?, full })
    }

    /// The next element, which must have this tag.
    pub(crate) fn element(&mut self, tag: u8) -> Option<Element<'a>> {
        if self.peek(tag) { self.any() } else { None }
    }

    /// The content of the next element, which must have this tag.
    pub(crate) fn content(&mut self, tag: u8) -> Option<&'a [u8]> {
        Some(self.element(tag)?.content)
    }

    /// A reader into the next element, which must have this tag.
    pub(crate) fn enter(&mut self, tag: u8) -> Option<Reader<'a>> {
        self.content(tag).map(Reader::new)
    }

    /// The next element when it has this tag: `Some(None)` when another comes, `None` when it is broken.
    pub(crate) fn optional(&mut self, tag: u8) -> Option<Option<&'a [u8]>> {
        if self.peek(tag) { self.content(tag).map(Some) } else { Some(None) }
    }

    /// An INTEGER's content in its minimal two's complement form.
    pub(crate) fn integer(&mut self) -> Option<&'a [u8]> {
        self.content(tag::INTEGER).filter(|content| integer_is_minimal(content))
    }

    /// A non-negative INTEGER that fits into 63 bits.
    pub(crate) fn unsigned(&mut self) -> Option<u64> {
        let content = self.integer()?;
        if content.first()? & 0x80 != 0 || content.len() > 8 {
            return None;
        }
        Some(content.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)))
    }

    pub(crate) fn boolean(&mut self) -> Option<bool> {
        match self.content(tag::BOOLEAN)? {
            [0x00] => Some(false),
            [0xff] => Some(true),
            _ => None,
        }
    }

    /// An OBJECT IDENTIFIER's content, every arc below 2^31 and minimal.
    pub(crate) fn object_identifier(&mut self) -> Option<&'a [u8]> {
        self.content(tag::OBJECT_IDENTIFIER).filter(|content| object_identifier_is_valid(content))
    }

    /// A BIT STRING's bytes and the number of unused bits at their end.
    pub(crate) fn bit_string(&mut self) -> Option<(&'a [u8], u8)> {
        let (&unused, bytes) = self.content(tag::BIT_STRING)?.split_first()?;
        let padding = bytes.last().map_or(0, |last| last & ((1_u16 << unused.min(8)) - 1).to_be_bytes()[1]);
        if unused > 7 || (bytes.is_empty() && unused != 0) || padding != 0 {
            return None;
        }
        Some((bytes, unused))
    }
}

/// A length in more than one byte, and how many bytes it takes together with the tag.
fn long_length(first: u8, behind: &[u8]) -> Option<(usize, usize)> {
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 4 {
        return None;
    }
    let length = behind.get(..count)?.iter().fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
    if length < 128 || length >> ((count - 1) * 8) == 0 {
        return None;
    }
    Some((usize::try_from(length).ok()?, 2 + count))
}

/// Is this the shortest form of an INTEGER's content?
pub(crate) fn integer_is_minimal(content: &[u8]) -> bool {
    match content {
        [] => false,
        [0x00, second, ..] => second & 0x80 != 0,
        [0xff, second, ..] => second & 0x80 == 0,
        _ => true,
    }
}

fn object_identifier_is_valid(content: &[u8]) -> bool {
    // Attribute types (2.5.4.n) and certificate extensions (2.5.29.n) are nearly all there is.
    if let [0x55, 0x04 | 0x1d, last] = content {
        return last & 0x80 == 0;
    }
    let whole = content.last().is_some_and(|last| last & 0x80 == 0);
    whole && content.split_inclusive(|byte| byte & 0x80 == 0).all(arc_is_valid)
}

/// Seven bits a byte, the first of them not all zero, 31 bits in all.
fn arc_is_valid(arc: &[u8]) -> bool {
    match arc {
        [0x80, ..] => false,
        [first, _, _, _, _] => first & 0x7f < 1 << 3,
        arc => arc.len() < 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_must_be_minimal_and_definite() {
        assert!(Reader::new(&[0x30, 0x00]).any().is_some());
        assert!(Reader::new(&[0x30, 0x80, 0x00, 0x00]).any().is_none(), "indefinite");
        assert!(Reader::new(&[0x30, 0x81, 0x01, 0x00]).any().is_none(), "long form for a short length");
        assert!(
            Reader::new(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x00]).any().is_none(),
            "more than there is"
        );
        let mut long = vec![0x04, 0x81, 0x80];
        long.extend([0; 128]);
        assert_eq!(Reader::new(&long).any().map(|element| element.content.len()), Some(128));
    }

    #[test]
    fn integers_must_be_minimal() {
        let read = |content: &[u8]| {
            let mut bytes = vec![0x02, u8::try_from(content.len()).unwrap()];
            bytes.extend(content);
            Reader::new(&bytes).integer().is_some()
        };
        assert!(read(&[0x00]) && read(&[0x00, 0x80]) && read(&[0xff]) && read(&[0xff, 0x7f]));
        assert!(!read(&[]) && !read(&[0x00, 0x7f]) && !read(&[0xff, 0x80]));
    }

    #[test]
    fn object_identifier_arcs_stay_below_two_to_the_31() {
        let read = |content: &[u8]| {
            let mut bytes = vec![0x06, u8::try_from(content.len()).unwrap()];
            bytes.extend(content);
            Reader::new(&bytes).object_identifier().is_some()
        };
        assert!(read(&[0x55, 0x1d, 0x13]) && read(&[0x2a, 0x87, 0xff, 0xff, 0xff, 0x7f]));
        assert!(
            !read(&[])
                && !read(&[0x55, 0x80, 0x01])
                && !read(&[0x55, 0x9d])
                && !read(&[0x2a, 0x88, 0x80, 0x80, 0x80, 0x00])
        );
    }

    #[test]
    fn bit_strings_have_zero_padding() {
        assert_eq!(Reader::new(&[0x03, 0x02, 0x05, 0xa0]).bit_string(), Some((&[0xa0][..], 5)));
        assert!(Reader::new(&[0x03, 0x02, 0x05, 0xa1]).bit_string().is_none());
        assert!(Reader::new(&[0x03, 0x02, 0x08, 0x00]).bit_string().is_none());
        assert!(Reader::new(&[0x03, 0x01, 0x01]).bit_string().is_none());
        assert_eq!(Reader::new(&[0x03, 0x01, 0x00]).bit_string(), Some((&[][..], 0)));
    }

    #[test]
    fn tags_above_30_are_not_read_and_all_others_are() {
        for tag in [0x1f, 0x3f, 0x5f, 0x7f, 0x9f, 0xbf] {
            assert!(Reader::new(&[tag, 0x01, 0x00]).any().is_none(), "{tag:#04x}");
        }
        for tag in [0x00, 0x02, 0x1e, 0x30, 0x80, 0xa0] {
            assert_eq!(Reader::new(&[tag, 0x00]).any().map(|element| element.tag), Some(tag));
        }
    }

    #[test]
    fn a_long_length_takes_as_few_bytes_as_it_needs_and_at_most_four() {
        let of = |length: &[u8], count: usize| [&[0x04][..], length, &vec![0; count]].concat();
        let read = |der: &[u8]| Reader::new(der).any().map(|element| element.content.len());
        assert_eq!(read(&of(&[0x82, 0x01, 0x00], 256)), Some(256));
        assert_eq!(read(&of(&[0x82, 0x00, 0x80], 128)), None, "a byte too many");
        assert_eq!(read(&of(&[0x83, 0x00, 0x01, 0x00], 256)), None, "a byte too many");
        assert_eq!(read(&of(&[0x84, 0x01, 0x00, 0x00, 0x00], 1 << 24)), Some(1 << 24));
        assert_eq!(read(&of(&[0x85, 0x01, 0x00, 0x00, 0x00, 0x00], 256)), None);
    }

    #[test]
    fn unsigned_numbers_of_up_to_eight_bytes_are_read() {
        let read = |content: &[u8]| {
            let mut bytes = vec![0x02, u8::try_from(content.len()).unwrap()];
            bytes.extend(content);
            Reader::new(&bytes).unsigned()
        };
        assert_eq!(read(&[0x01, 0x02]), Some(258));
        assert_eq!(read(&[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), Some(u64::MAX >> 1));
        assert_eq!(read(&[0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None, "nine bytes");
        assert_eq!(read(&[0x80]), None, "a negative number");
    }
}
