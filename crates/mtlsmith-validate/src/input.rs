//! What kind of file was handed in, before anything is read from it: PEM text, base64 around PEM, DER, PKCS#7, PKCS#12, a key.
//!
//! Official tools take PEM, or base64 of PEM where an API field carries it. Everything else is recognised so that the answer can
//! name the converting command instead of "no certificate found".

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::GeneralPurposeConfig;
use memchr::memmem;

use crate::der::Reader;
use crate::der::tag;
use crate::pem;

/// Base64 as people paste it: with or without padding.
const PASTED_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Input up to this many bytes is tried as base64 of something. Base64 of the largest bundle (32,768 bytes) twice over is 58,256
/// bytes; with line ends that stays below this.
const BASE64_TRIED: usize = 64 * 1024;

/// The content types of PKCS#7 (RFC 2315 section 14): 1.2.840.113549.1.7.
const PKCS7: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];

/// What the bytes look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Form {
    /// Text with at least one `-----BEGIN `.
    Pem,
    /// One certificate (or several in a row) in DER, no armour.
    DerCertificate,
    /// A PKCS#7 container (`.p7b`), DER.
    Pkcs7,
    /// A PKCS#12 container (`.p12`, `.pfx`).
    Pkcs12,
    /// A private key in DER: PKCS#8, PKCS#1 or SEC1.
    DerPrivateKey,
    /// A certificate request (PKCS#10) in DER.
    DerCertificateRequest,
    /// Text in UTF-16, as some Windows tools write it.
    Utf16,
    /// Text that mentions `BEGIN CERTIFICATE`, but without five plain hyphens on each side.
    BrokenArmour,
    /// Nothing but white space, or nothing.
    Empty,
    /// None of these.
    Unknown,
}

/// The input with its wrapping taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input<'a> {
    /// What the unwrapped bytes look like.
    pub form: Form,
    /// How many layers of base64 lay around them.
    pub base64_layers: usize,
    /// Would Go take the base64 off as it is written? It knows no white space but line ends, and demands padding.
    pub go_decodes: bool,
    /// The unwrapped bytes.
    pub bytes: Cow<'a, [u8]>,
}

/// Takes off up to two layers of base64 and names what is inside.
pub fn recognise(bytes: &[u8]) -> Input<'_> {
    let mut unwrapped = Cow::Borrowed(bytes);
    let mut base64_layers = 0;
    let mut go_decodes = true;
    let mut form = form_of(&unwrapped);
    while form == Form::Unknown && base64_layers < 2 {
        let Some(inner) = decode(&unwrapped) else { break };
        go_decodes &= go_decode(&unwrapped);
        base64_layers += 1;
        form = form_of(&inner);
        unwrapped = Cow::Owned(inner);
    }
    if form == Form::Unknown {
        return Input { form, base64_layers: 0, go_decodes: true, bytes: Cow::Borrowed(bytes) };
    }
    Input { form, base64_layers, go_decodes, bytes: unwrapped }
}

fn decode(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() > BASE64_TRIED {
        return None;
    }
    let compact: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if compact.len() < 16 {
        return None;
    }
    PASTED_BASE64.decode(&compact).ok()
}

/// Does Go's `base64.StdEncoding` read this?
fn go_decode(bytes: &[u8]) -> bool {
    let plain: Vec<u8> = bytes.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    pem::go_base64().decode(&plain).is_ok()
}

fn form_of(bytes: &[u8]) -> Form {
    if memmem::find(bytes, b"-----BEGIN ").is_some() {
        return Form::Pem;
    }
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return Form::Utf16;
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Form::Empty;
    }
    if memmem::find(bytes, b"BEGIN CERTIFICATE").is_some() {
        return Form::BrokenArmour;
    }
    der_form(bytes).unwrap_or(Form::Unknown)
}

/// Does DER hold a private key: PKCS#8, PKCS#1 or SEC1?
pub(crate) fn is_private_key(der: &[u8]) -> bool {
    der_form(der) == Some(Form::DerPrivateKey)
}

/// Tells DER files apart by their first elements.
fn der_form(bytes: &[u8]) -> Option<Form> {
    let mut outer = Reader::new(bytes).enter(tag::SEQUENCE)?;
    if outer.peek(tag::OBJECT_IDENTIFIER) {
        return outer.object_identifier()?.starts_with(PKCS7).then_some(Form::Pkcs7);
    }
    if outer.peek(tag::INTEGER) {
        let version = outer.unsigned()?;
        return Some(match (version, outer.rest().first()) {
            (3, Some(&tag::SEQUENCE)) => Form::Pkcs12,
            _ => Form::DerPrivateKey,
        });
    }
    let mut first = outer.enter(tag::SEQUENCE)?;
    if first.peek(tag::context_constructed(0)) {
        return Some(Form::DerCertificate);
    }
    // A version 1 certificate starts with its serial number and then an algorithm; a request with version 0 and then a name.
    first.integer()?;
    let mut second = first.enter(tag::SEQUENCE)?;
    if second.peek(tag::OBJECT_IDENTIFIER) {
        return second.object_identifier().map(|_| Form::DerCertificate);
    }
    Some(Form::DerCertificateRequest)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use mtlsmith_testkit as testkit;

    use super::*;

    fn forms(bytes: &[u8]) -> (Form, usize) {
        let input = recognise(bytes);
        (input.form, input.base64_layers)
    }

    #[test]
    fn pem_is_found_bare_and_under_base64() {
        let pem = testkit::root("recognised").pem();
        assert_eq!(forms(pem.as_bytes()), (Form::Pem, 0));
        let once = STANDARD.encode(&pem);
        assert_eq!(forms(once.as_bytes()), (Form::Pem, 1));
        assert_eq!(recognise(format!("{once}\n").as_bytes()).bytes.as_ref(), pem.as_bytes());
        assert_eq!(forms(STANDARD.encode(&once).as_bytes()), (Form::Pem, 2));
    }

    #[test]
    fn der_is_told_apart() {
        let root = testkit::root("recognised");
        assert_eq!(forms(root.der()), (Form::DerCertificate, 0));
        assert_eq!(forms(STANDARD.encode(root.der()).as_bytes()), (Form::DerCertificate, 1));
        assert_eq!(
            forms(&[0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02]),
            (Form::Pkcs7, 0)
        );
        assert_eq!(forms(&[0x30, 0x05, 0x02, 0x01, 0x03, 0x30, 0x00]), (Form::Pkcs12, 0));
        assert_eq!(forms(&[0x30, 0x05, 0x02, 0x01, 0x00, 0x30, 0x00]), (Form::DerPrivateKey, 0));
        assert_eq!(forms(&[0x30, 0x05, 0x02, 0x01, 0x01, 0x04, 0x00]), (Form::DerPrivateKey, 0));
        assert_eq!(
            forms(&[0x30, 0x07, 0x30, 0x05, 0x02, 0x01, 0x00, 0x30, 0x00]),
            (Form::DerCertificateRequest, 0)
        );
    }

    #[test]
    fn what_is_none_of_these_stays_as_it_was() {
        assert_eq!(forms(b" \n\t"), (Form::Empty, 0));
        assert_eq!(forms(b"\xff\xfe-\0-\0"), (Form::Utf16, 0));
        assert_eq!(forms("\u{2010}----BEGIN CERTIFICATE-----".as_bytes()), (Form::BrokenArmour, 0));
        assert_eq!(forms(b"hello, this is no bundle"), (Form::Unknown, 0));
        assert_eq!(
            recognise(b"aGVsbG8sIGhlbGxvLCBoZWxsbw==").bytes.as_ref(),
            b"aGVsbG8sIGhlbGxvLCBoZWxsbw=="
        );
    }

    #[test]
    fn base64_within_base64_is_taken_off_twice_and_no_more() {
        let pem = testkit::root("recognised").pem();
        let wrapped = |times: usize| (0..times).fold(pem.clone(), |text, _| STANDARD.encode(text));
        assert_eq!(forms(wrapped(2).as_bytes()), (Form::Pem, 2));
        assert_eq!(forms(wrapped(3).as_bytes()), (Form::Unknown, 0));
        let der = STANDARD.encode(testkit::root("recognised").der());
        assert_eq!(forms(STANDARD.encode(STANDARD.encode(der)).as_bytes()), (Form::Unknown, 0));
    }

    #[test]
    fn base64_of_twelve_bytes_to_a_mebibyte_is_tried() {
        let key = [0x30, 0x0a, 0x02, 0x01, 0x00, 0x30, 0x00, 0x04, 0x03, 1, 2, 3];
        assert_eq!(forms(STANDARD.encode(key).as_bytes()), (Form::DerPrivateKey, 1));
        let short = [0x30, 0x07, 0x02, 0x01, 0x00, 0x30, 0x00, 0x04, 0x00];
        assert_eq!(forms(STANDARD.encode(short).as_bytes()), (Form::Unknown, 0));
        let padded_to = |length: usize| {
            let text = STANDARD.encode(key);
            format!("{text}{}", " ".repeat(length - text.len()))
        };
        assert_eq!(forms(padded_to(BASE64_TRIED).as_bytes()), (Form::DerPrivateKey, 1));
        assert_eq!(forms(padded_to(BASE64_TRIED + 1).as_bytes()), (Form::Unknown, 0));
    }
}
