//! Distinguished names with every byte under control: attribute types, string types, order, multi-valued
//! RDNs.

use crate::der;
use crate::oid;

/// The tag of an attribute value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StringType {
    /// UTF8String.
    Utf8,
    /// PrintableString.
    Printable,
    /// IA5String.
    Ia5,
    /// TeletexString (T61String).
    Teletex,
    /// BMPString: UTF-16, big-endian.
    Bmp,
    /// UniversalString: UTF-32, big-endian.
    Universal,
    /// NumericString.
    Numeric,
    /// Any other tag.
    Other(u8),
}

impl StringType {
    /// The tag byte.
    pub fn tag(self) -> u8 {
        match self {
            Self::Utf8 => 0x0c,
            Self::Numeric => 0x12,
            Self::Printable => 0x13,
            Self::Teletex => 0x14,
            Self::Ia5 => 0x16,
            Self::Universal => 0x1c,
            Self::Bmp => 0x1e,
            Self::Other(tag) => tag,
        }
    }

    fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Bmp => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Universal => {
                text.chars().flat_map(|character| u32::from(character).to_be_bytes()).collect()
            }
            _ => text.as_bytes().to_vec(),
        }
    }
}

/// A distinguished name, built attribute by attribute in encoding order.
///
/// ```
/// use mtlsmith_testkit::Name;
/// use mtlsmith_testkit::StringType;
/// use mtlsmith_testkit::oid;
///
/// let unit = (oid::ORGANIZATIONAL_UNIT, StringType::Printable, "blue");
/// let name = Name::new().o("acme").cn("worker").and_text(unit.0, unit.1, unit.2);
/// assert_eq!(Name::parse("O=acme,CN=worker").der(), Name::new().o("acme").cn("worker").der());
/// assert_ne!(name.der(), Name::parse("O=acme,CN=worker").der());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    relative_names: Vec<Vec<Attribute>>,
    raw: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Attribute {
    oid: Vec<u64>,
    tag: u8,
    value: Vec<u8>,
    text: Option<String>,
}

impl Name {
    /// A name without attributes, to add to.
    pub fn new() -> Self {
        Self::default()
    }

    /// The empty name: an empty SEQUENCE.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A name that is exactly these bytes, tag and length included; adding attributes to it has no effect.
    pub fn raw(der: &[u8]) -> Self {
        Self { relative_names: Vec::new(), raw: Some(der.to_vec()) }
    }

    /// Reads `O=acme,CN=x`: comma separated, in encoding order, `\` before a character that is meant itself.
    ///
    /// Keys are CN, O, OU, C, ST, L, DC, UID, emailAddress, serialNumber or a dotted number. Values become
    /// UTF8String, except C and serialNumber (PrintableString), DC and emailAddress (IA5String), as the
    /// standards ask.
    pub fn parse(text: &str) -> Self {
        let mut name = Self::new();
        for part in split_unescaped(text) {
            let (key, value) = part.split_once('=').expect("each part of a name is KEY=value");
            let (oid, string_type) = attribute_type(key.trim());
            name = name.text(&oid, string_type, value);
        }
        name
    }

    /// Adds a commonName, UTF8String.
    pub fn cn(self, text: &str) -> Self {
        self.text(oid::COMMON_NAME, StringType::Utf8, text)
    }

    /// Adds an organizationName, UTF8String.
    pub fn o(self, text: &str) -> Self {
        self.text(oid::ORGANIZATION, StringType::Utf8, text)
    }

    /// Adds an organizationalUnitName, UTF8String.
    pub fn ou(self, text: &str) -> Self {
        self.text(oid::ORGANIZATIONAL_UNIT, StringType::Utf8, text)
    }

    /// Adds a countryName, PrintableString.
    pub fn c(self, text: &str) -> Self {
        self.text(oid::COUNTRY, StringType::Printable, text)
    }

    /// Adds a stateOrProvinceName, UTF8String.
    pub fn st(self, text: &str) -> Self {
        self.text(oid::STATE, StringType::Utf8, text)
    }

    /// Adds a localityName, UTF8String.
    pub fn l(self, text: &str) -> Self {
        self.text(oid::LOCALITY, StringType::Utf8, text)
    }

    /// Adds a domainComponent, IA5String.
    pub fn dc(self, text: &str) -> Self {
        self.text(oid::DOMAIN_COMPONENT, StringType::Ia5, text)
    }

    /// Adds an emailAddress, IA5String.
    pub fn email(self, text: &str) -> Self {
        self.text(oid::EMAIL_ADDRESS, StringType::Ia5, text)
    }

    /// Adds an attribute as PrintableString, whatever characters the text has.
    pub fn printable(self, oid: &[u64], text: &str) -> Self {
        self.text(oid, StringType::Printable, text)
    }

    /// Adds an attribute as an RDN of its own, the text encoded as the string type asks.
    pub fn text(mut self, oid: &[u64], string_type: StringType, text: &str) -> Self {
        self.relative_names.push(vec![encoded(oid, string_type, text)]);
        self
    }

    /// Adds an attribute to the last RDN. The order in the SET is the order of the calls.
    pub fn and_text(mut self, oid: &[u64], string_type: StringType, text: &str) -> Self {
        let last = self.relative_names.last_mut().expect("an attribute to stand beside");
        last.push(encoded(oid, string_type, text));
        self
    }

    /// Adds an attribute as an RDN of its own with exactly these value bytes.
    pub fn attribute(mut self, oid: &[u64], string_type: StringType, value: &[u8]) -> Self {
        self.relative_names.push(vec![exact(oid, string_type, value)]);
        self
    }

    /// Adds an attribute to the last RDN with exactly these value bytes.
    pub fn and_attribute(mut self, oid: &[u64], string_type: StringType, value: &[u8]) -> Self {
        let last = self.relative_names.last_mut().expect("an attribute to stand beside");
        last.push(exact(oid, string_type, value));
        self
    }

    /// Adds an RDN without attributes (an empty SET).
    pub fn empty_relative_name(mut self) -> Self {
        self.relative_names.push(Vec::new());
        self
    }

    /// The same text with every attribute encoded as another string type.
    pub fn with_string_type(mut self, string_type: StringType) -> Self {
        for attribute in self.relative_names.iter_mut().flatten() {
            if let Some(text) = &attribute.text {
                *attribute = encoded(&attribute.oid, string_type, text);
            }
        }
        self
    }

    /// The encoded name.
    pub fn der(&self) -> Vec<u8> {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        let sets = self.relative_names.iter().map(|attributes| {
            let encoded: Vec<Vec<u8>> = attributes.iter().map(Attribute::der).collect();
            der::tagged(der::SET, &encoded.concat())
        });
        der::tagged(der::SEQUENCE, &sets.collect::<Vec<_>>().concat())
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self::parse(text)
    }
}

impl From<&Name> for Name {
    fn from(name: &Name) -> Self {
        name.clone()
    }
}

impl Attribute {
    fn der(&self) -> Vec<u8> {
        der::sequence(&[&der::object_identifier(&self.oid), &der::tagged(self.tag, &self.value)])
    }
}

fn encoded(oid: &[u64], string_type: StringType, text: &str) -> Attribute {
    let value = string_type.encode(text);
    Attribute { oid: oid.to_vec(), tag: string_type.tag(), value, text: Some(text.to_owned()) }
}

fn exact(oid: &[u64], string_type: StringType, value: &[u8]) -> Attribute {
    Attribute { oid: oid.to_vec(), tag: string_type.tag(), value: value.to_vec(), text: None }
}

fn split_unescaped(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut parts = vec![String::new()];
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let last = parts.len() - 1;
        match character {
            '\\' => parts[last].extend(characters.next()),
            ',' => parts.push(String::new()),
            other => parts[last].push(other),
        }
    }
    parts
}

fn attribute_type(key: &str) -> (Vec<u64>, StringType) {
    let (oid, string_type) = match key {
        "CN" => (oid::COMMON_NAME, StringType::Utf8),
        "O" => (oid::ORGANIZATION, StringType::Utf8),
        "OU" => (oid::ORGANIZATIONAL_UNIT, StringType::Utf8),
        "C" => (oid::COUNTRY, StringType::Printable),
        "ST" => (oid::STATE, StringType::Utf8),
        "L" => (oid::LOCALITY, StringType::Utf8),
        "DC" => (oid::DOMAIN_COMPONENT, StringType::Ia5),
        "UID" => (oid::USER_ID, StringType::Utf8),
        "emailAddress" => (oid::EMAIL_ADDRESS, StringType::Ia5),
        "serialNumber" => (oid::SERIAL_NUMBER, StringType::Printable),
        dotted => {
            let arcs = dotted.split('.').map(|arc| arc.parse().expect("a known key or a dotted number"));
            return (arcs.collect(), StringType::Utf8);
        }
    };
    (oid.to_vec(), string_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn string_types_change_the_tag_and_the_bytes() {
        let value = |string_type| {
            let name = Name::new().text(oid::COMMON_NAME, string_type, "é").der();
            name[name.len() - 2 - string_type.encode("é").len()..].to_vec()
        };
        assert_eq!(value(StringType::Utf8), [0x0c, 2, 0xc3, 0xa9]);
        assert_eq!(value(StringType::Bmp), [0x1e, 2, 0x00, 0xe9]);
        assert_eq!(value(StringType::Universal), [0x1c, 4, 0, 0, 0, 0xe9]);
        assert_eq!(value(StringType::Other(0x1a)), [0x1a, 2, 0xc3, 0xa9]);
    }

    #[test]
    fn a_multi_valued_rdn_is_one_set() {
        let name = Name::new().cn("a").and_text(oid::ORGANIZATION, StringType::Utf8, "b").der();
        let sets = der::split(der::split(&name)[0].1);
        assert_eq!(sets.len(), 1);
        assert_eq!(der::split(sets[0].1).len(), 2);
    }

    #[test]
    fn escaped_commas_stay_in_the_value() {
        assert_eq!(Name::parse(r"O=acme\, inc,CN=a=b"), Name::new().o("acme, inc").cn("a=b"));
        assert_eq!(Name::parse(""), Name::empty());
        assert_eq!(Name::parse("O=x,OU="), Name::new().o("x").ou(""));
        assert_eq!(Name::empty().der(), [0x30, 0]);
    }

    #[test]
    fn reencoding_keeps_the_text() {
        let printable = Name::parse("O=acme,CN=x").with_string_type(StringType::Printable);
        let expected = Name::new().printable(oid::ORGANIZATION, "acme").printable(oid::COMMON_NAME, "x");
        assert_eq!(printable.der(), expected.der());
    }
}
