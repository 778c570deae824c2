//! GeneralName values: what a Subject Alternative Name or a name constraint holds.

use std::fmt;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

use crate::der::Element;
use crate::der::Reader;
use crate::der::tag;
use crate::name::Name;

/// One name of a Subject Alternative Name extension (RFC 5280 section 4.2.1.6), as bytes: they may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GeneralName<'a> {
    /// dNSName.
    Dns(&'a [u8]),
    /// rfc822Name.
    Email(&'a [u8]),
    /// uniformResourceIdentifier.
    Uri(&'a [u8]),
    /// iPAddress: 4 or 16 bytes, in a name constraint 8 or 32; any other length is kept as it is.
    Ip(&'a [u8]),
    /// directoryName.
    Directory(Name<'a>),
    /// Any other kind; the DER tag.
    Other(u8),
}

impl<'a> GeneralName<'a> {
    pub(crate) fn of(element: Element<'a>) -> Self {
        match element.tag {
            0x81 => GeneralName::Email(element.content),
            0x82 => GeneralName::Dns(element.content),
            0x86 => GeneralName::Uri(element.content),
            0x87 => GeneralName::Ip(element.content),
            0xa4 => GeneralName::Directory(Name::from_der(element.content)),
            other => GeneralName::Other(other),
        }
    }
}

impl fmt::Display for GeneralName<'_> {
    /// As OpenSSL labels them, `DNS:worker.acme`; bytes that are not UTF-8 are replaced, control characters pass through.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GeneralName::Dns(text) => write!(f, "DNS:{}", String::from_utf8_lossy(text)),
            GeneralName::Email(text) => write!(f, "email:{}", String::from_utf8_lossy(text)),
            GeneralName::Uri(text) => write!(f, "URI:{}", String::from_utf8_lossy(text)),
            GeneralName::Ip(bytes) => match (<[u8; 4]>::try_from(*bytes), <[u8; 16]>::try_from(*bytes)) {
                (Ok(four), _) => write!(f, "IP:{}", Ipv4Addr::from(four)),
                (_, Ok(sixteen)) => write!(f, "IP:{}", Ipv6Addr::from(sixteen)),
                _ => write!(f, "IP:{} bytes", bytes.len()),
            },
            GeneralName::Directory(name) => write!(f, "directory name {name}"),
            GeneralName::Other(tag) => write!(f, "another kind of name ({tag:#04x})"),
        }
    }
}

/// The names of an extension, one after the other.
#[derive(Debug, Clone, Copy)]
pub struct GeneralNames<'a> {
    reader: Reader<'a>,
    broken: bool,
}

impl<'a> GeneralNames<'a> {
    /// Over the content of a Subject Alternative Name extension: a SEQUENCE of names.
    pub(crate) fn of_extension(der: &'a [u8]) -> Self {
        let sequence = Reader::new(der).enter(tag::SEQUENCE);
        GeneralNames {
            broken: sequence.is_none() && !der.is_empty(),
            reader: sequence.unwrap_or(Reader::new(&[])),
        }
    }

    /// Did the names stop because of broken DER? Meaningful once the iterator has ended.
    pub fn is_broken(&self) -> bool {
        self.broken
    }
}

impl<'a> Iterator for GeneralNames<'a> {
    type Item = GeneralName<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.broken || self.reader.is_empty() {
            return None;
        }
        match self.reader.any() {
            Some(element) => Some(GeneralName::of(element)),
            None => {
                self.broken = true;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_by_their_length() {
        for (bytes, shown) in [
            (&[10, 0, 0, 1][..], "IP:10.0.0.1"),
            (&[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "IP:2001:db8::1"),
            (&[1, 2, 3], "IP:3 bytes"),
        ] {
            assert_eq!(GeneralName::Ip(bytes).to_string(), shown);
        }
    }

    #[test]
    fn a_list_is_broken_where_an_element_cannot_be_read_and_not_at_its_end() {
        let read = |der: &[u8]| {
            let mut names = GeneralNames::of_extension(der);
            let count = names.by_ref().count();
            (count, names.is_broken())
        };
        assert_eq!(read(&[0x30, 0x03, 0x82, 0x01, 0x61]), (1, false));
        assert_eq!(read(&[0x30, 0x05, 0x82, 0x01, 0x61, 0x82, 0x09]), (1, true));
        assert_eq!(read(&[0x04, 0x00]), (0, true));
        assert_eq!(read(&[]), (0, false));
    }
}
