//! A bundle as it was handed in: the blocks of its text, and the certificates in them. Broken parts stay inside, as what they are.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::certificate::Certificate;
use crate::certificate::Unparsable;
use crate::input;
use crate::input::Form;
use crate::pem;
use crate::pem::Body;
use crate::pem::Lines;
use crate::pem::Scan;

/// What was handed in, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// What the input looks like.
    pub form: Form,
    /// How many layers of base64 lay around the PEM text.
    pub base64_layers: usize,
    /// Would Go take that base64 off as it is written?
    pub go_decodes: bool,
    /// Size in bytes of the PEM text, base64 around it taken off.
    pub bytes: usize,
    /// Size in bytes of the canonical form: the certificates alone, LF, 64 columns.
    pub canonical_bytes: usize,
    /// Is the text already in the canonical form?
    pub is_canonical: bool,
    /// What the scanner found in the text.
    pub scan: Scan,
    /// The certificates, in the order of the text; those that cannot be read included.
    pub members: Vec<Member>,
}

/// One certificate of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Index into `Bundle::members`; people count from `index + 1`.
    pub index: usize,
    /// Index into `Bundle::scan.blocks`; `None` when the input was bare DER.
    pub block: Option<usize>,
    /// The certificate, or why it cannot be read.
    pub content: Result<Certificate, Unparsable>,
    /// Bytes that follow the certificate within its block.
    pub trailing_bytes: usize,
    /// Does Go see the certificate? Not when its block is passed over.
    pub delivered: bool,
}

/// In the place of a certificate that was left unread.
const NOT_READ: Unparsable = Unparsable { field: "certificate", problem: "left unread" };

impl Member {
    /// The certificate, when it can be read.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.content.as_ref().ok()
    }

    /// A certificate that nobody looked at, since there were too many.
    pub(crate) fn not_read(index: usize) -> Self {
        Member { index, block: None, content: Err(NOT_READ), trailing_bytes: 0, delivered: true }
    }

    /// Was the certificate left unread?
    pub(crate) fn is_unread(&self) -> bool {
        self.content == Err(NOT_READ)
    }

    /// The number by which people call it, from 1.
    pub fn number(&self) -> usize {
        self.index + 1
    }
}

impl Bundle {
    /// Reads whatever was handed in. Never fails: an input without a certificate is a bundle without members.
    pub fn read(bytes: &[u8]) -> Self {
        let input = input::recognise(bytes);
        let text = &input.bytes;
        let scan = if input.form == Form::Pem { pem::scan(text) } else { Scan::default() };
        let mut members = Vec::with_capacity(scan.blocks.len());
        for (index, block) in scan.blocks.iter().enumerate() {
            if is_certificate_label(&block.label)
                && let Some(der) = block.content()
            {
                members.push(member(
                    members.len(),
                    Some(index),
                    der,
                    matches!(block.body, Body::Delivered(_)),
                ));
            }
        }
        if input.form == Form::DerCertificate {
            members.extend(concatenated_der(text));
        }
        let mut bundle = Bundle {
            form: input.form,
            base64_layers: input.base64_layers,
            go_decodes: input.go_decodes,
            bytes: text.len(),
            canonical_bytes: 0,
            is_canonical: false,
            scan,
            members,
        };
        bundle.canonical_bytes =
            bundle.certificates().map(|certificate| canonical_length(certificate.der().len())).sum();
        bundle.is_canonical = bundle.canonical_bytes == text.len()
            && input.base64_layers == 0
            && bundle.certificates().count() == bundle.members.len()
            && is_written_canonically(&bundle.scan, text);
        bundle
    }

    /// The PEM text that this bundle was read from: the input with base64 around it taken off, as [`Bundle::read`] saw it.
    pub fn text(input: &[u8]) -> Cow<'_, [u8]> {
        input::recognise(input).bytes
    }

    /// Does the canonical form hold all that was meant? Not when a certificate cannot be read, or blocks were left unread.
    pub fn has_whole_canonical_form(&self) -> bool {
        self.scan.unread == 0
            && !self.members.is_empty()
            && self.members.iter().all(|member| member.content.is_ok())
    }

    /// The certificates that can be read.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.members.iter().filter_map(Member::certificate)
    }

    /// The certificate at an index of `members`, when it can be read.
    pub fn certificate(&self, index: usize) -> Option<&Certificate> {
        self.members.get(index).and_then(Member::certificate)
    }

    /// The lines of a member's block; `None` for bare DER.
    pub fn lines(&self, member: usize) -> Option<Lines> {
        let block = self.members.get(member)?.block?;
        self.scan.blocks.get(block).map(|block| block.lines)
    }

    /// The canonical text: each certificate once more, 64 columns, LF, no text between; exactly what Go's `pem.EncodeToMemory` and
    /// with it the Terraform provider writes. Certificates that cannot be read are left out, so look at the findings first.
    pub fn canonical_pem(&self) -> String {
        let mut text = String::with_capacity(self.canonical_bytes);
        for certificate in self.certificates() {
            write_canonical(certificate.der(), &mut text);
        }
        text
    }
}

/// Labels under which a certificate travels. Go's pool takes the first alone; what the others mean for an upload is for the rules.
pub(crate) fn is_certificate_label(label: &str) -> bool {
    matches!(label, "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE")
}

pub(crate) fn member(index: usize, block: Option<usize>, der: &[u8], delivered: bool) -> Member {
    match Certificate::read(der) {
        Ok((certificate, trailing_bytes)) => {
            Member { index, block, content: Ok(certificate), trailing_bytes, delivered }
        }
        Err(unparsable) => Member { index, block, content: Err(unparsable), trailing_bytes: 0, delivered },
    }
}

/// Certificates one behind the other without armour.
fn concatenated_der(bytes: &[u8]) -> Vec<Member> {
    let mut members = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() && members.len() < pem::BLOCKS_READ {
        let mut next = member(members.len(), None, rest, true);
        let used = next.certificate().map_or(rest.len(), |certificate| certificate.der().len());
        rest = rest.get(used..).unwrap_or_default();
        if !rest.starts_with(&[0x30]) {
            members.push(next);
            break;
        }
        next.trailing_bytes = 0;
        members.push(next);
    }
    members
}

const BEGIN_LINE: &str = "-----BEGIN CERTIFICATE-----\n";
const END_LINE: &str = "-----END CERTIFICATE-----\n";

/// Bytes of a certificate in canonical PEM.
fn canonical_length(der: usize) -> usize {
    let base64 = der.div_ceil(3) * 4;
    BEGIN_LINE.len() + base64 + base64.div_ceil(64) + END_LINE.len()
}

/// Are the blocks written as the canonical form writes them? To be asked when the length of the whole text is already right: then
/// nothing can be hidden between the blocks.
fn is_written_canonically(scan: &Scan, text: &[u8]) -> bool {
    scan.text_between.is_empty()
        && scan.blocks.iter().all(|block| match (&block.body, text.get(block.bytes.start..)) {
            (Body::Delivered(der), Some(written)) => block.headers == 0 && is_canonical_block(der, written),
            _ => false,
        })
}

/// Does `written`, from which Go delivered `der`, start with the canonical block of it? Decoding has shown that the base64 text holds
/// the right characters and white space alone; with newlines in the right places there is no room for any other.
fn is_canonical_block(der: &[u8], written: &[u8]) -> bool {
    let Some(body) = written.strip_prefix(BEGIN_LINE.as_bytes()) else { return false };
    let base64 = der.len().div_ceil(3) * 4;
    let length = base64 + base64.div_ceil(64);
    let Some((body, end)) = body.split_at_checked(length) else { return false };
    if !end.starts_with(END_LINE.as_bytes()) || body.last() != Some(&b'\n') {
        return false;
    }
    let full_lines = body.chunks_exact(65).all(|line| line.last() == Some(&b'\n'));
    // Two encodings of one content differ in the bits that the last characters leave over.
    let rest = der.get(der.len() - der.len() % 3..).unwrap_or_default();
    full_lines
        && (rest.is_empty()
            || body.strip_suffix(b"\n").is_some_and(|body| body.ends_with(STANDARD.encode(rest).as_bytes())))
}

/// Appends one certificate in canonical PEM.
pub(crate) fn write_canonical(der: &[u8], text: &mut String) {
    let base64 = STANDARD.encode(der);
    text.push_str(BEGIN_LINE);
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = next;
    }
    text.push_str(END_LINE);
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;

    fn two() -> String {
        testkit::bundle(&[&testkit::root("bundle 1"), &testkit::root("bundle 2")])
    }

    fn is_canonical(text: &str) -> bool {
        Bundle::read(text.as_bytes()).is_canonical
    }

    #[test]
    fn canonical_text_is_known_as_such_and_reproduced() {
        let text = two();
        let bundle = Bundle::read(text.as_bytes());
        assert!(bundle.is_canonical);
        assert_eq!(bundle.canonical_pem(), text);
        assert_eq!(bundle.canonical_bytes, text.len());
    }

    #[test]
    fn any_other_writing_of_the_same_certificates_is_not_canonical() {
        let text = two();
        let moved_newline = {
            let mut bytes = text.clone().into_bytes();
            bytes.swap(BEGIN_LINE.len() + 63, BEGIN_LINE.len() + 64);
            String::from_utf8(bytes).unwrap()
        };
        for other in [
            text.replace('\n', "\r\n"),
            format!("# ours\n{text}"),
            format!("{text}\n"),
            text.trim_end().to_owned(),
            moved_newline,
        ] {
            assert!(!is_canonical(&other), "{other}");
            assert_eq!(Bundle::read(other.as_bytes()).canonical_pem(), text);
        }
    }

    #[test]
    fn spare_bits_of_the_last_character_count() {
        let root = testkit::root("bundle 1");
        assert!(!root.der().len().is_multiple_of(3), "this test needs padding");
        let text = root.pem();
        let at = text.find('=').unwrap() - 1;
        let mut bytes = text.into_bytes();
        assert!(bytes[at] != b'/');
        bytes[at] = match bytes[at] {
            b'Z' => b'a',
            b'z' => b'0',
            b'9' => b'+',
            other => other + 1,
        };
        let bundle = Bundle::read(&bytes);
        assert_eq!(bundle.certificate(0).unwrap().der(), root.der());
        assert!(!bundle.is_canonical);
    }

    #[test]
    fn bare_der_is_read_one_certificate_after_the_other() {
        let der = [testkit::root("bundle 1").der(), testkit::root("bundle 2").der()].concat();
        let bundle = Bundle::read(&der);
        assert_eq!(bundle.certificates().count(), 2);
        assert_eq!(bundle.canonical_pem(), two());
    }

    #[test]
    fn a_block_that_go_loses_stays_a_member() {
        let bundle = Bundle::read(format!("  {}", testkit::root("bundle 1").pem()).as_bytes());
        assert!(!bundle.members[0].delivered && bundle.members[0].certificate().is_some());
    }

    #[test]
    fn a_block_without_its_newline_before_the_end_is_not_canonical() {
        let text = testkit::root("bundle").pem();
        let glued = text.replacen("\n-----END", "A-----END", 1);
        assert!(!is_canonical_block(testkit::root("bundle").der(), glued.as_bytes()));
        let ended = text.replacen("-----END CERTIFICATE-----", "-----END certificate-----", 1);
        assert!(!is_canonical_block(testkit::root("bundle").der(), ended.as_bytes()));
    }

    #[test]
    fn members_beyond_the_limit_of_a_handshake_are_unread_and_broken_ones_are_not() {
        let broken = Bundle::read(testkit::pem_block("CERTIFICATE", &[0x30, 0x00]).as_bytes());
        assert!(Member::not_read(0).is_unread() && !broken.members[0].is_unread());
    }
}
