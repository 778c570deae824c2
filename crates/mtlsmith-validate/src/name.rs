//! Distinguished names: their attributes, and the two ways to compare them that must never be mixed.
//!
//! *Linking* an issuer to a subject is [`Name::links_to`]: byte for byte, as Go does it. *Uniqueness* of names along a chain is
//! [`Name::canonical`]: case, blanks and string type ignored, as Temporal documents it. A certificate can pass one and fail the other.

use std::borrow::Cow;
use std::fmt;

use crate::der::Reader;
use crate::der::tag;
use crate::oid;
use crate::oid::Oid;

/// DER tags of the string types a name may use (X.520, RFC 5280 section 4.1.2.4).
mod string_tag {
    pub(super) const UTF8: u8 = 0x0c;
    pub(super) const NUMERIC: u8 = 0x12;
    pub(super) const PRINTABLE: u8 = 0x13;
    pub(super) const TELETEX: u8 = 0x14;
    pub(super) const IA5: u8 = 0x16;
    pub(super) const UNIVERSAL: u8 = 0x1c;
    pub(super) const BMP: u8 = 0x1e;
}

/// A distinguished name, borrowed from its certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name<'a>(&'a [u8]);

/// One attribute of a name, such as `CN=worker`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Which relative distinguished name it belongs to, counted from 0; two attributes share one when it is multi-valued.
    pub rdn: usize,
    /// The attribute type.
    pub kind: Oid<'a>,
    tag: u8,
    value: &'a [u8],
}

impl<'a> Name<'a> {
    /// From a DER Name, tag and length included. The bytes need not be well-formed: attributes end where they stop making sense.
    pub const fn from_der(der: &'a [u8]) -> Self {
        Name(der)
    }

    /// The DER bytes, tag and length included.
    pub const fn as_der(self) -> &'a [u8] {
        self.0
    }

    /// Has the name no attribute at all?
    pub fn is_empty(self) -> bool {
        self.attributes().next().is_none()
    }

    /// Does a certificate with this issuer name link to a CA with that subject name? Byte for byte, string types included
    /// (Go `crypto/x509/verify.go`, `isValid`).
    pub fn links_to(self, subject: Name<'_>) -> bool {
        self.0 == subject.0
    }

    /// The attributes in the order of the encoding.
    pub fn attributes(self) -> impl Iterator<Item = Attribute<'a>> {
        let mut sequence = Reader::new(self.0).enter(tag::SEQUENCE);
        let mut set: Option<Reader<'a>> = None;
        let mut rdn = 0;
        std::iter::from_fn(move || {
            loop {
                if let Some(open) = set.as_mut().filter(|open| !open.is_empty()) {
                    let mut attribute = open.enter(tag::SEQUENCE)?;
                    let kind = Oid::from_der_content(attribute.object_identifier()?);
                    let value = attribute.any()?;
                    return Some(Attribute { rdn: rdn - 1, kind, tag: value.tag, value: value.content });
                }
                let sequence = sequence.as_mut().filter(|sequence| !sequence.is_empty())?;
                set = Some(sequence.enter(tag::SET)?);
                rdn += 1;
            }
        })
    }

    /// The values of every attribute of one type, in order.
    pub fn values(self, kind: Oid<'_>) -> impl Iterator<Item = Cow<'a, str>> {
        self.attributes()
            .filter(move |attribute| attribute.kind.as_der_content() == kind.as_der_content())
            .map(|a| a.text())
    }

    /// The common names, in order.
    pub fn common_names(self) -> impl Iterator<Item = Cow<'a, str>> {
        self.values(Oid::from_der_content(oid::COMMON_NAME))
    }

    /// The organizations, in order.
    pub fn organizations(self) -> impl Iterator<Item = Cow<'a, str>> {
        self.values(Oid::from_der_content(oid::ORGANIZATION))
    }

    /// The organizational units, in order; an empty one counts (tcld writes it).
    pub fn organizational_units(self) -> impl Iterator<Item = Cow<'a, str>> {
        self.values(Oid::from_der_content(oid::ORGANIZATIONAL_UNIT))
    }

    /// The form in which names are compared for *uniqueness* along a chain and within a bundle.
    ///
    /// Temporal: "not case sensitive" (certificates page). The rest follows RFC 5280 section 7.1 and OpenSSL's canonical form: string
    /// types are ignored, blanks at the ends are trimmed and runs of blanks squeezed, ASCII letters are folded; the order of
    /// attributes and empty attributes are kept, since tcld's leaf differs from its CA by an empty OU alone.
    pub fn canonical(self) -> String {
        let mut canonical = String::with_capacity(self.0.len());
        for attribute in self.attributes() {
            canonical.push_str(&attribute.rdn.to_string());
            canonical.push('.');
            canonical.push_str(&attribute.kind.to_string());
            canonical.push('=');
            let text = attribute.text();
            for (index, word) in text.split_ascii_whitespace().enumerate() {
                if index > 0 {
                    canonical.push(' ');
                }
                canonical.extend(word.chars().map(|letter| letter.to_ascii_lowercase()));
            }
            canonical.push('\u{0}');
        }
        canonical
    }

    /// Are the canonical forms of both names equal? The same as comparing [`Name::canonical`], without writing either.
    pub fn is_canonically(self, other: Name<'_>) -> bool {
        if self == other {
            return true;
        }
        let mut others = other.attributes();
        self.attributes().all(|one| others.next().is_some_and(|other| one.is_canonically(&other)))
            && others.next().is_none()
    }

    /// Does this name begin with all of another, folded: is it within that directory subtree (RFC 5280 section 4.2.1.10)?
    pub(crate) fn is_within(self, subtree: Name<'_>) -> bool {
        let mut own = self.attributes();
        let mut last = None;
        for wanted in subtree.attributes() {
            if !own.next().is_some_and(|attribute| attribute.is_canonically(&wanted)) {
                return false;
            }
            last = Some(wanted.rdn);
        }
        // A relative name of several attributes is within or without as a whole.
        last.is_none() || own.next().is_none_or(|next| Some(next.rdn) != last)
    }

    /// A number that is the same for names whose canonical forms are equal, and nearly always another for other names: what makes the
    /// comparison of many names cheap.
    pub(crate) fn canonical_key(self) -> u64 {
        let mut key = Fnv::default();
        for attribute in self.attributes() {
            attribute.kind.as_der_content().iter().for_each(|&byte| key.add(byte));
            let text = attribute.text();
            let visible = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
            visible.for_each(|byte| key.add(byte.to_ascii_lowercase()));
            key.add(0);
        }
        key.0
    }

    /// What in the name Go cannot read, if anything: Go then refuses the whole certificate.
    pub fn go_refuses(self) -> Option<NameFault> {
        let Some(mut sequence) = Reader::new(self.0).enter(tag::SEQUENCE) else {
            return Some(NameFault::Structure);
        };
        while !sequence.is_empty() {
            let Some(mut set) = sequence.enter(tag::SET) else { return Some(NameFault::Structure) };
            while !set.is_empty() {
                let read = set.enter(tag::SEQUENCE).and_then(|mut attribute| {
                    attribute.object_identifier()?;
                    attribute.any()
                });
                let Some(value) = read else { return Some(NameFault::Structure) };
                if let Some(fault) = string_fault(value.tag, value.content) {
                    return Some(fault);
                }
            }
        }
        None
    }
}

/// The hash of Fowler, Noll and Vo (FNV-1a, 64 bits): short, and no defence against anyone. Names that collide are compared in full.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn add(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
}

/// Why Go cannot read a name (Go `crypto/x509/parser.go`, `parseASN1String`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameFault {
    /// The DER structure is broken.
    Structure,
    /// A PrintableString with a character it does not have, such as `@` or `_`.
    PrintableString,
    /// A UTF8String that is not UTF-8.
    Utf8String,
    /// An IA5String with a byte above 127.
    Ia5String,
    /// A NumericString with something other than digits and blanks.
    NumericString,
    /// A BMPString of odd length or with surrogates.
    BmpString,
    /// A string type Go does not know; the DER tag.
    UnsupportedType(u8),
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NameFault::Structure => f.write_str("broken DER structure"),
            NameFault::PrintableString => f.write_str("a PrintableString with a character outside its set"),
            NameFault::Utf8String => f.write_str("a UTF8String that is not UTF-8"),
            NameFault::Ia5String => f.write_str("an IA5String with a byte above 127"),
            NameFault::NumericString => f.write_str("a NumericString with something other than digits"),
            NameFault::BmpString => f.write_str("a BMPString that is not UCS-2"),
            NameFault::UnsupportedType(tag) => {
                write!(f, "a string of type {tag:#04x}, which Go does not know")
            }
        }
    }
}

fn string_fault(tag: u8, value: &[u8]) -> Option<NameFault> {
    let printable = |byte: &u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?*&".contains(byte);
    let reserved = |unit: u16| matches!(unit, 0xfffe | 0xffff | 0xfdd0..=0xfdef | 0xd800..=0xdfff);
    match tag {
        string_tag::PRINTABLE => (!value.iter().all(printable)).then_some(NameFault::PrintableString),
        string_tag::UTF8 => std::str::from_utf8(value).is_err().then_some(NameFault::Utf8String),
        string_tag::IA5 => (!value.is_ascii()).then_some(NameFault::Ia5String),
        string_tag::NUMERIC => (!value.iter().all(|byte| byte.is_ascii_digit() || *byte == b' '))
            .then_some(NameFault::NumericString),
        string_tag::BMP => {
            let value = value.strip_suffix(&[0, 0]).unwrap_or(value);
            (!value.len().is_multiple_of(2) || utf16_units(value).any(reserved))
                .then_some(NameFault::BmpString)
        }
        string_tag::TELETEX => None,
        other => Some(NameFault::UnsupportedType(other)),
    }
}

fn utf16_units(value: &[u8]) -> impl Iterator<Item = u16> {
    value.chunks_exact(2).map(|pair| pair.iter().fold(0, |unit, &byte| unit << 8 | u16::from(byte)))
}

impl<'a> Attribute<'a> {
    /// The value as text: T.61 read as Latin-1 and BMPString as UTF-16, as Go does; what cannot be read is replaced.
    pub fn text(&self) -> Cow<'a, str> {
        match self.tag {
            string_tag::TELETEX => Cow::Owned(self.value.iter().copied().map(char::from).collect()),
            string_tag::BMP => {
                let value = self.value.strip_suffix(&[0, 0]).unwrap_or(self.value);
                let characters = char::decode_utf16(utf16_units(value));
                Cow::Owned(characters.map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
            }
            string_tag::UNIVERSAL => {
                let unit = |four: &[u8]| four.iter().fold(0, |sum, &byte| sum << 8 | u32::from(byte));
                let characters = self.value.chunks(4).map(|four| char::from_u32(unit(four)));
                Cow::Owned(characters.map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
            }
            _ => match str::from_utf8(self.value) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => String::from_utf8_lossy(self.value),
            },
        }
    }

    /// Is there a digit of ASCII in the value?
    pub(crate) fn has_digit(&self) -> bool {
        match self.tag {
            string_tag::BMP | string_tag::UNIVERSAL => self.text().bytes().any(|byte| byte.is_ascii_digit()),
            _ => self.value.iter().any(u8::is_ascii_digit),
        }
    }

    /// Same place, same type, same text but for case, blanks and string type?
    fn is_canonically(&self, other: &Attribute<'_>) -> bool {
        if self.rdn != other.rdn || self.kind != other.kind {
            return false;
        }
        if self.value == other.value && self.tag == other.tag {
            return true;
        }
        if self.has_other_ends(other) {
            return false;
        }
        let (one, other) = (self.text(), other.text());
        let mut others = other.split_ascii_whitespace();
        one.split_ascii_whitespace()
            .all(|word| others.next().is_some_and(|other| other.eq_ignore_ascii_case(word)))
            && others.next().is_none()
    }

    /// Does the first or the last character differ, both being of ASCII? Most values that differ are told apart by that already.
    fn has_other_ends(&self, other: &Attribute<'_>) -> bool {
        let wide = |tag| matches!(tag, string_tag::BMP | string_tag::UNIVERSAL);
        if wide(self.tag) || wide(other.tag) {
            return false;
        }
        let (one, other) = (self.value.trim_ascii(), other.value.trim_ascii());
        let differ = |one: Option<&u8>, other: Option<&u8>| match (one, other) {
            (Some(one), Some(other)) => {
                one.is_ascii() && other.is_ascii() && !one.eq_ignore_ascii_case(other)
            }
            _ => false,
        };
        differ(one.first(), other.first()) || differ(one.last(), other.last())
    }

    /// The usual name of the string type, such as `UTF8String`.
    pub fn string_type(&self) -> &'static str {
        match self.tag {
            string_tag::UTF8 => "UTF8String",
            string_tag::NUMERIC => "NumericString",
            string_tag::PRINTABLE => "PrintableString",
            string_tag::TELETEX => "TeletexString",
            string_tag::IA5 => "IA5String",
            string_tag::UNIVERSAL => "UniversalString",
            string_tag::BMP => "BMPString",
            _ => "another string type",
        }
    }

    /// The short name of the attribute type that Go prints, such as `CN`; `None` for types without one.
    pub fn short_name(&self) -> Option<&'static str> {
        Some(match self.kind.as_der_content() {
            [0x55, 0x04, 0x03] => "CN",
            [0x55, 0x04, 0x05] => "SERIALNUMBER",
            [0x55, 0x04, 0x06] => "C",
            [0x55, 0x04, 0x07] => "L",
            [0x55, 0x04, 0x08] => "ST",
            [0x55, 0x04, 0x09] => "STREET",
            [0x55, 0x04, 0x0a] => "O",
            [0x55, 0x04, 0x0b] => "OU",
            [0x55, 0x04, 0x11] => "POSTALCODE",
            [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19] => "DC",
            [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01] => "UID",
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01] => "emailAddress",
            _ => return None,
        })
    }
}

impl fmt::Display for Name<'_> {
    /// Most specific attribute first, `CN=worker,O=acme`, as Temporal's tools print names (Go `pkix.RDNSequence.String`); the special
    /// characters of RFC 4514 section 2.4 are escaped. Control characters pass through: whoever shows the text defuses them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attributes: Vec<_> = self.attributes().collect();
        let mut previous = None;
        for rdn in attributes.chunk_by(|a, b| a.rdn == b.rdn).rev() {
            for attribute in rdn {
                match previous {
                    None => {}
                    Some(rdn) if rdn == attribute.rdn => f.write_str("+")?,
                    Some(_) => f.write_str(",")?,
                }
                previous = Some(attribute.rdn);
                match attribute.short_name() {
                    Some(short) => f.write_str(short)?,
                    None => attribute.kind.fmt(f)?,
                }
                f.write_str("=")?;
                escaped(&attribute.text(), f)?;
            }
        }
        Ok(())
    }
}

fn escaped(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    use fmt::Write;
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'/' | b':' | b'@');
    if text.bytes().all(is_plain) {
        return f.write_str(text);
    }
    let last = text.chars().count().saturating_sub(1);
    for (index, character) in text.chars().enumerate() {
        let special = match character {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => true,
            ' ' => index == 0 || index == last,
            '#' => index == 0,
            _ => false,
        };
        if special {
            f.write_str("\\")?;
        }
        f.write_char(character)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;

    fn der(name: &testkit::Name) -> Vec<u8> {
        name.der().to_vec()
    }

    fn shown(name: &testkit::Name) -> String {
        Name::from_der(&der(name)).to_string()
    }

    #[test]
    fn names_are_shown_as_the_official_tools_show_them() {
        assert_eq!(shown(&testkit::Name::parse("C=DE,O=acme,CN=worker")), "CN=worker,O=acme,C=DE");
        assert_eq!(shown(&testkit::Name::new().o("Acme, Inc.").cn(" x#")), "CN=\\ x#,O=Acme\\, Inc.");
        assert_eq!(
            shown(&testkit::Name::new().o("a").and_text(&[2, 5, 4, 11], testkit::StringType::Utf8, "b")),
            "O=a+OU=b"
        );
        assert_eq!(shown(&testkit::Name::empty()), "");
    }

    #[test]
    fn string_types_and_attribute_types_have_their_usual_names() {
        use testkit::StringType::{Bmp, Ia5, Numeric, Other, Printable, Teletex, Universal, Utf8};
        for (string_type, name) in [
            (Utf8, "UTF8String"),
            (Numeric, "NumericString"),
            (Printable, "PrintableString"),
            (Teletex, "TeletexString"),
            (Ia5, "IA5String"),
            (Universal, "UniversalString"),
            (Bmp, "BMPString"),
            (Other(0x1a), "another string type"),
        ] {
            let der = der(&testkit::Name::new().attribute(&[2, 5, 4, 3], string_type, b"0000"));
            assert_eq!(Name::from_der(&der).attributes().next().unwrap().string_type(), name);
        }
        for (kind, name) in [
            (&[2, 5, 4, 3][..], Some("CN")),
            (&[2, 5, 4, 5], Some("SERIALNUMBER")),
            (&[2, 5, 4, 6], Some("C")),
            (&[2, 5, 4, 7], Some("L")),
            (&[2, 5, 4, 8], Some("ST")),
            (&[2, 5, 4, 9], Some("STREET")),
            (&[2, 5, 4, 10], Some("O")),
            (&[2, 5, 4, 11], Some("OU")),
            (&[2, 5, 4, 17], Some("POSTALCODE")),
            (&[0, 9, 2342, 19_200_300, 100, 1, 25], Some("DC")),
            (&[0, 9, 2342, 19_200_300, 100, 1, 1], Some("UID")),
            (&[1, 2, 840, 113_549, 1, 9, 1], Some("emailAddress")),
            (&[2, 5, 4, 12], None),
        ] {
            let der = der(&testkit::Name::new().text(kind, Utf8, "x"));
            assert_eq!(Name::from_der(&der).attributes().next().unwrap().short_name(), name, "{kind:?}");
        }
    }

    #[test]
    fn uniqueness_ignores_case_blanks_and_string_type_but_keeps_empty_attributes() {
        let canonical = |name: &testkit::Name| Name::from_der(&der(name)).canonical();
        let plain = testkit::Name::new().o("acme inc");
        assert_eq!(canonical(&plain), canonical(&testkit::Name::new().o("  Acme   INC ")));
        assert_eq!(canonical(&plain), canonical(&testkit::Name::new().printable(&[2, 5, 4, 10], "Acme Inc")));
        assert_ne!(canonical(&plain), canonical(&testkit::Name::new().o("acme inc").ou("")));
        let key = |name: &testkit::Name| Name::from_der(&der(name)).canonical_key();
        assert_eq!(key(&plain), key(&testkit::Name::new().printable(&[2, 5, 4, 10], " ACME  Inc")));
        assert_ne!(key(&plain), key(&testkit::Name::new().o("acme inc").ou("")));
        assert_ne!(
            canonical(&testkit::Name::new().o("a").ou("b")),
            canonical(&testkit::Name::new().ou("b").o("a"))
        );
    }

    #[test]
    fn linking_is_byte_for_byte() {
        let utf8 = der(&testkit::Name::new().o("acme"));
        let printable = der(&testkit::Name::new().printable(&[2, 5, 4, 10], "acme"));
        assert!(Name::from_der(&utf8).links_to(Name::from_der(&utf8)));
        assert!(!Name::from_der(&utf8).links_to(Name::from_der(&printable)));
    }

    #[test]
    fn broken_names_end_where_they_stop_making_sense() {
        assert!(Name::from_der(&[0x30, 0x02, 0x31]).is_empty());
        assert_eq!(Name::from_der(&[0x30, 0x02, 0x31]).go_refuses(), Some(NameFault::Structure));
        assert_eq!(Name::from_der(b"").go_refuses(), Some(NameFault::Structure));
    }

    #[test]
    fn strings_go_cannot_read_are_told_apart() {
        let fault = |kind, value: &[u8]| {
            let bytes = der(&testkit::Name::new().attribute(&[2, 5, 4, 3], kind, value));
            Name::from_der(&bytes).go_refuses()
        };
        use testkit::StringType as Type;
        assert_eq!(fault(Type::Printable, b"a*&b"), None);
        assert_eq!(fault(Type::Printable, b"a@b"), Some(NameFault::PrintableString));
        assert_eq!(fault(Type::Utf8, b"\xff"), Some(NameFault::Utf8String));
        assert_eq!(fault(Type::Ia5, b"\x80"), Some(NameFault::Ia5String));
        assert_eq!(fault(Type::Numeric, b"1a"), Some(NameFault::NumericString));
        assert_eq!(fault(Type::Bmp, b"\0a\0"), Some(NameFault::BmpString));
        assert_eq!(fault(Type::Bmp, b"\xd8\x00"), Some(NameFault::BmpString));
        assert_eq!(fault(Type::Universal, b"\0\0\0a"), Some(NameFault::UnsupportedType(0x1c)));
        assert_eq!(fault(Type::Teletex, b"\xe4"), None);
    }

    #[test]
    fn canonical_comparison_agrees_with_the_canonical_forms() {
        use mtlsmith_testkit::StringType;
        let texts = [
            "O=acme,CN=one",
            "O=ACME,CN=One",
            "O=acme,CN=one ",
            "O=acme,CN= o  ne",
            "O=acme,CN=o ne",
            "O=acme",
            "O=acme,OU=",
            "",
        ];
        let types = [
            StringType::Utf8,
            StringType::Printable,
            StringType::Bmp,
            StringType::Universal,
            StringType::Teletex,
        ];
        let mut names: Vec<Vec<u8>> = texts
            .iter()
            .flat_map(|text| {
                types.map(|string_type| testkit::Name::parse(text).with_string_type(string_type).der())
            })
            .collect();
        for value in [&b"\xffa"[..], b"\xfea", b"a\xff", b"A\xfe", b"\xe4", "ä".as_bytes(), b" ", b"\x0ba"] {
            let name = |string_type| testkit::Name::new().attribute(&[2, 5, 4, 3], string_type, value).der();
            names.extend([StringType::Utf8, StringType::Teletex, StringType::Ia5].map(name));
        }
        for one in &names {
            for other in &names {
                let (one, other) = (Name::from_der(one), Name::from_der(other));
                assert_eq!(
                    one.is_canonically(other),
                    one.canonical() == other.canonical(),
                    "{one} and {other}"
                );
            }
        }
    }

    #[test]
    fn attributes_are_numbered_by_their_relative_name_from_zero() {
        let der = der(&testkit::Name::new().c("DE").o("a").and_text(
            &[2, 5, 4, 11],
            testkit::StringType::Utf8,
            "b",
        ));
        let numbers: Vec<usize> = Name::from_der(&der).attributes().map(|attribute| attribute.rdn).collect();
        assert_eq!(numbers, [0, 1, 1]);
    }

    #[test]
    fn the_canonical_form_has_one_blank_between_words() {
        let name = der(&testkit::Name::new().o("  Acme   INC ").cn("a"));
        assert_eq!(Name::from_der(&name).canonical(), "0.2.5.4.10=acme inc\u{0}1.2.5.4.3=a\u{0}");
    }

    #[test]
    fn each_string_type_is_read_in_its_encoding() {
        use testkit::StringType::{Bmp, Teletex, Universal, Utf8};
        for (string_type, value, text) in [
            (Utf8, &[0xc3, 0xa4][..], "\u{e4}"),
            (Teletex, &[0xc3, 0xa4], "\u{c3}\u{a4}"),
            (Bmp, &[0x20, 0xac, 0x00, 0x61], "\u{20ac}a"),
            (Bmp, &[0x00, 0x61, 0x00, 0x00], "a"),
            (Bmp, &[0xd8, 0x00], "\u{fffd}"),
            (Universal, &[0x00, 0x01, 0xf6, 0x00, 0x00, 0x00, 0x00, 0x61], "\u{1f600}a"),
            (Universal, &[0x00, 0x11, 0x00, 0x00], "\u{fffd}"),
        ] {
            let der = der(&testkit::Name::new().attribute(&[2, 5, 4, 3], string_type, value));
            assert_eq!(Name::from_der(&der).attributes().next().unwrap().text(), text, "{string_type:?}");
        }
    }

    #[test]
    fn one_text_is_another_attribute_under_another_type_or_in_another_encoding() {
        use testkit::StringType::{Teletex, Utf8};
        let same = |one: &testkit::Name, other: &testkit::Name| {
            Name::from_der(&der(one)).is_canonically(Name::from_der(&der(other)))
        };
        let name = testkit::Name::new;
        assert!(same(&name().o("acme"), &name().o("acme")));
        assert!(!same(&name().o("acme"), &name().ou("acme")));
        let joined = name().o("acme").and_text(&[2, 5, 4, 11], Utf8, "b");
        assert!(!same(&joined, &name().o("acme").ou("b")));
        let bytes = [0xc3, 0xa4];
        let with = |string_type| name().attribute(&[2, 5, 4, 3], string_type, &bytes);
        assert!(!same(&with(Teletex), &with(Utf8)));
    }

    #[test]
    fn a_number_sign_is_escaped_where_a_value_begins_alone() {
        assert_eq!(shown(&testkit::Name::new().cn("#a#")), "CN=\\#a#");
    }
}
