//! A bundle as it was handed in: the blocks of its text, and the certificates in them. Broken parts stay inside, as what they are.

use std::borrow::Cow;

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

impl Member {
    /// The certificate, when it can be read.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.content.as_ref().ok()
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
        let mut members = Vec::new();
        for (index, block) in scan.blocks.iter().enumerate() {
            if is_certificate_label(&block.label)
                && let Some(der) = block.content()
            {
                members.push(member(members.len(), Some(index), der, matches!(block.body, Body::Delivered(_))));
            }
        }
        if input.form == Form::DerCertificate {
            members.extend(concatenated_der(text));
        }
        let mut bundle = Bundle {
            form: input.form,
            base64_layers: input.base64_layers,
            bytes: text.len(),
            canonical_bytes: 0,
            is_canonical: false,
            scan,
            members,
        };
        bundle.canonical_bytes = bundle.certificates().map(|certificate| canonical_length(certificate.der().len())).sum();
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

fn member(index: usize, block: Option<usize>, der: &[u8], delivered: bool) -> Member {
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

/// Are the blocks written as the canonical form writes them? To be asked when the length is already right: then nothing can be hidden
/// between them, and what is left to look at are the frames and the line ends.
fn is_written_canonically(scan: &Scan, text: &[u8]) -> bool {
    let framed = scan.blocks.iter().all(|block| {
        let (Body::Delivered(der), Some(written)) = (&block.body, text.get(block.bytes.clone())) else { return false };
        block.label == "CERTIFICATE"
            && block.headers == 0
            && written.starts_with(BEGIN_LINE.as_bytes())
            && written.len() + 1 == canonical_length(der.len())
    });
    framed && scan.text_between.is_empty() && memchr::memchr3(b'\r', b' ', b'\t', text).is_none_or(|_| only_frame_blanks(text))
}

/// The only blanks of canonical text are those within `BEGIN CERTIFICATE` and `END CERTIFICATE`.
fn only_frame_blanks(text: &[u8]) -> bool {
    memchr::memchr2(b'\r', b'\t', text).is_none()
        && text.split(|&byte| byte == b'\n').all(|line| {
            line.starts_with(b"-----") || (line.len() <= 64 && memchr::memchr(b' ', line).is_none())
        })
}

/// Appends one certificate in canonical PEM.
fn write_canonical(der: &[u8], text: &mut String) {
    use base64::Engine;
    let base64 = base64::engine::general_purpose::STANDARD.encode(der);
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
