//! Changing a bundle: the canonical text of what is in it, certificates added, certificates removed.
//!
//! Temporal Cloud judges a bundle as a whole at every change, so each edit gives a complete new text. Nothing is dropped in silence:
//! what the canonical form would leave out, comments apart, is a [`Loss`], and an edit that would lose something is refused. Whether
//! the new bundle is any good is not decided here; check it like any other.

use std::fmt;

use crate::bundle::Bundle;
use crate::bundle::is_certificate_label;
use crate::bundle::write_canonical;
use crate::certificate::Certificate;
use crate::certificate::Unparsable;
use crate::fingerprint::Fingerprint;
use crate::input::Form;
use crate::pem::Lines;

/// The canonical text of a bundle, after making sure that it loses nothing.
///
/// # Errors
/// [`EditError::NoCertificate`], or [`EditError::Loses`] with everything that the text would leave out.
///
/// ```
/// use mtlsmith_validate::{bundle::Bundle, edit};
///
/// let bundle = Bundle::read(b"-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n");
/// let edit::EditError::Loses(losses) = edit::canonical(&bundle).unwrap_err() else { panic!() };
/// assert_eq!(losses[0].to_string(), "lines 1-3: a private key");
/// ```
pub fn canonical(bundle: &Bundle) -> Result<String, EditError> {
    let losses = losses(bundle);
    if !losses.is_empty() {
        return Err(EditError::Loses(losses));
    }
    if bundle.members.is_empty() {
        return Err(EditError::NoCertificate);
    }
    Ok(bundle.canonical_pem())
}

/// The bundle with the certificates of another one behind its own. Certificates that it holds already are not added again. An empty
/// file counts as a bundle to start from.
///
/// # Errors
/// Those of [`canonical`], for either bundle.
pub fn add(bundle: &Bundle, additions: &Bundle) -> Result<Addition, EditError> {
    let mut text = if bundle.form == Form::Empty { String::new() } else { canonical(bundle)? };
    canonical(additions)?;
    let mut present: Vec<&[u8]> = bundle.certificates().map(Certificate::der).collect();
    let (mut added, mut present_before) = (Vec::new(), Vec::new());
    for member in &additions.members {
        let Some(certificate) = member.certificate() else { continue };
        if present.contains(&certificate.der()) {
            present_before.push(member.index);
            continue;
        }
        present.push(certificate.der());
        write_canonical(certificate.der(), &mut text);
        added.push(member.index);
    }
    Ok(Addition { text, added, present_before })
}

/// The bundle without the certificates that have these fingerprints; a certificate that stands in it twice goes twice.
///
/// # Errors
/// Those of [`canonical`]; [`EditError::UnknownFingerprints`] when one fits no certificate; [`EditError::NothingLeft`] when no
/// certificate would remain, since a Namespace without a CA no longer authenticates by certificate.
pub fn remove(bundle: &Bundle, fingerprints: &[Fingerprint]) -> Result<Removal, EditError> {
    canonical(bundle)?;
    let is_unknown =
        |wanted: &&Fingerprint| !bundle.certificates().any(|certificate| wanted.is_of(certificate));
    let unknown: Vec<Fingerprint> = fingerprints.iter().filter(is_unknown).copied().collect();
    if !unknown.is_empty() {
        return Err(EditError::UnknownFingerprints(unknown));
    }
    let (mut text, mut removed) = (String::new(), Vec::new());
    for member in &bundle.members {
        let Some(certificate) = member.certificate() else { continue };
        if fingerprints.iter().any(|wanted| wanted.is_of(certificate)) {
            removed.push(member.index);
        } else {
            write_canonical(certificate.der(), &mut text);
        }
    }
    if text.is_empty() {
        return Err(EditError::NothingLeft);
    }
    Ok(Removal { text, removed })
}

/// Everything in the bundle that its canonical form leaves out, comments and blank text apart.
pub fn losses(bundle: &Bundle) -> Vec<Loss> {
    let mut losses = Vec::new();
    for block in &bundle.scan.blocks {
        let lines = block.lines;
        if block.is_private_key() {
            losses.push(Loss::PrivateKey { lines });
        } else if !is_certificate_label(&block.label) {
            losses.push(Loss::ForeignBlock { label: block.shown_label(), lines });
        } else if block.content().is_none() {
            losses.push(Loss::DamagedBlock { lines });
        }
    }
    for member in &bundle.members {
        let (number, lines) = (member.number(), bundle.lines(member.index));
        match &member.content {
            Err(why) => losses.push(Loss::Unreadable { number, lines, why: *why }),
            Ok(_) if member.trailing_bytes > 0 => {
                losses.push(Loss::TrailingBytes { number, lines, bytes: member.trailing_bytes });
            }
            Ok(_) => {}
        }
    }
    if bundle.scan.unread > 0 {
        losses.push(Loss::UnreadBlocks { count: bundle.scan.unread });
    }
    losses.extend(unread_der(bundle));
    losses
}

/// Certificates in bare DER behind the last one that was read.
fn unread_der(bundle: &Bundle) -> Option<Loss> {
    if bundle.form != Form::DerCertificate
        || bundle.members.iter().any(|member| member.certificate().is_none())
    {
        return None;
    }
    let read: usize = bundle.certificates().map(|certificate| certificate.der().len()).sum();
    let trailing: usize = bundle.members.iter().map(|member| member.trailing_bytes).sum();
    let bytes = bundle.bytes.saturating_sub(read + trailing);
    (bytes > 0).then_some(Loss::UnreadBytes { bytes })
}

/// A bundle to which certificates were added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// The complete new bundle, in canonical form.
    pub text: String,
    /// The members of the other bundle that are new, by index.
    pub added: Vec<usize>,
    /// The members of the other bundle that were there already, by index.
    pub present_before: Vec<usize>,
}

/// A bundle from which certificates were removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The complete new bundle, in canonical form.
    pub text: String,
    /// The members that are gone, by index.
    pub removed: Vec<usize>,
}

/// Something in a bundle that its canonical form would leave out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// A private key of any kind.
    PrivateKey {
        /// Where it stands.
        lines: Lines,
    },
    /// A block that holds something else than a certificate.
    ForeignBlock {
        /// What it says it holds; text that anyone may have written.
        label: String,
        /// Where it stands.
        lines: Lines,
    },
    /// A certificate block whose content cannot be had.
    DamagedBlock {
        /// Where it stands.
        lines: Lines,
    },
    /// A certificate that cannot be read.
    Unreadable {
        /// Its number in the bundle, from 1.
        number: usize,
        /// Where it stands; `None` for bare DER.
        lines: Option<Lines>,
        /// Why not.
        why: Unparsable,
    },
    /// Bytes that follow a certificate within its block, such as the trust settings of OpenSSL.
    TrailingBytes {
        /// The number of the certificate in the bundle, from 1.
        number: usize,
        /// Where it stands; `None` for bare DER.
        lines: Option<Lines>,
        /// How many.
        bytes: usize,
    },
    /// Blocks behind the last one that was read.
    UnreadBlocks {
        /// How many.
        count: usize,
    },
    /// Bytes of bare DER behind the last certificate that was read.
    UnreadBytes {
        /// How many.
        bytes: usize,
    },
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Loss::PrivateKey { lines } => write!(f, "{}: a private key", place(Some(*lines))),
            Loss::ForeignBlock { label, lines } => {
                write!(f, "{}: a block labelled \"{label}\"", place(Some(*lines)))
            }
            Loss::DamagedBlock { lines } => write!(f, "{}: a damaged certificate block", place(Some(*lines))),
            Loss::Unreadable { number, lines, why } => {
                write!(f, "{}: certificate {number}, which cannot be read ({why})", place(*lines))
            }
            Loss::TrailingBytes { number, lines, bytes } => {
                write!(f, "{}: {bytes} bytes that follow certificate {number} in its block", place(*lines))
            }
            Loss::UnreadBlocks { count } => write!(f, "at the end: {count} blocks more than are read"),
            Loss::UnreadBytes { bytes } => write!(f, "at the end: {bytes} bytes more than are read"),
        }
    }
}

fn place(lines: Option<Lines>) -> String {
    lines.map_or_else(|| "DER".to_owned(), |lines| format!("lines {}-{}", lines.first, lines.last))
}

/// Why there is no new bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EditError {
    /// The bundle holds no certificate at all.
    NoCertificate,
    /// These would be left out.
    Loses(Vec<Loss>),
    /// No certificate of the bundle has these fingerprints.
    UnknownFingerprints(Vec<Fingerprint>),
    /// No certificate would remain.
    NothingLeft,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EditError::NoCertificate => f.write_str("the bundle holds no certificate"),
            EditError::Loses(losses) => write!(f, "{} parts of the bundle would be lost", losses.len()),
            EditError::UnknownFingerprints(unknown) => {
                write!(f, "{} fingerprints fit no certificate of the bundle", unknown.len())
            }
            EditError::NothingLeft => f.write_str("no certificate would remain in the bundle"),
        }
    }
}

impl std::error::Error for EditError {}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;

    fn lost(text: impl AsRef<[u8]>) -> Vec<String> {
        losses(&Bundle::read(text.as_ref())).iter().map(Loss::to_string).collect()
    }

    fn fingerprint(text: &str) -> Fingerprint {
        text.parse().unwrap()
    }

    #[test]
    fn comments_marks_and_indentation_are_no_loss() {
        let (one, two) = (testkit::root("one"), testkit::root("two"));
        let indented: String = two.pem().lines().map(|line| format!("  {line}\n")).collect();
        let untidy = format!("\u{feff}{}subject=two\n{indented}and a comment\n", one.pem());
        let bundle = Bundle::read(untidy.as_bytes());
        assert_eq!(canonical(&bundle).unwrap(), testkit::bundle(&[&one, &two]));
        assert_eq!(canonical(&Bundle::read(one.der())).unwrap(), one.pem());
    }

    #[test]
    fn everything_else_is_a_loss() {
        let root = testkit::root("one");
        let key = testkit::pem_block("EC PRIVATE KEY", &[1, 2, 3]);
        assert_eq!(
            lost(format!("{}{key}", root.pem())),
            [format!("lines {}: a private key", lines(&root, &key))]
        );
        assert_eq!(lost(testkit::pem_block("X509 CRL", &[1])), ["lines 1-3: a block labelled \"X509 CRL\""]);
        assert_eq!(lost("-----BEGIN CERTIFICATE-----\nAAAA\n"), ["lines 1-2: a damaged certificate block"]);
        let trailing = [root.der(), &[0, 0]].concat();
        let found = lost(testkit::pem_block("TRUSTED CERTIFICATE", &trailing));
        assert!(found[0].ends_with(": 2 bytes that follow certificate 1 in its block"), "{found:?}");
        let found = lost(testkit::pem_block("CERTIFICATE", &[0x30, 0]));
        assert!(found[0].starts_with("lines 1-3: certificate 1, which cannot be read"), "{found:?}");
    }

    fn lines(before: &testkit::Certificate, block: &str) -> String {
        let first = before.pem().lines().count() + 1;
        format!("{first}-{}", first + block.lines().count() - 1)
    }

    #[test]
    fn what_lies_beyond_the_reading_limit_is_a_loss() {
        let root = testkit::root("one");
        assert_eq!(lost(root.pem().repeat(66)), ["at the end: 2 blocks more than are read"]);
        let bytes = root.der().len() * 2;
        assert_eq!(lost(root.der().repeat(66)), [format!("at the end: {bytes} bytes more than are read")]);
        assert!(lost(root.der().repeat(64)).is_empty());
    }

    #[test]
    fn additions_follow_and_are_never_doubled() {
        let (one, two) = (testkit::root("one"), testkit::root("two"));
        let more = testkit::bundle(&[&one, &two, &two]);
        let addition = add(&Bundle::read(one.pem().as_bytes()), &Bundle::read(more.as_bytes())).unwrap();
        assert_eq!(addition.text, testkit::bundle(&[&one, &two]));
        assert_eq!((addition.added, addition.present_before), (vec![1], vec![0, 2]));
    }

    #[test]
    fn an_empty_file_can_be_added_to_and_a_wrong_one_cannot() {
        let one = testkit::root("one");
        let additions = Bundle::read(one.pem().as_bytes());
        assert_eq!(add(&Bundle::read(b""), &additions).unwrap().text, one.pem());
        assert_eq!(add(&Bundle::read(b"no bundle"), &additions), Err(EditError::NoCertificate));
        assert_eq!(add(&additions, &Bundle::read(b"")), Err(EditError::NoCertificate));
    }

    #[test]
    fn removal_goes_by_either_fingerprint_and_takes_every_copy() {
        let (one, two, three) = (testkit::root("one"), testkit::root("two"), testkit::root("three"));
        let bundle = Bundle::read(testkit::bundle(&[&one, &two, &three, &one]).as_bytes());
        let by_both = [fingerprint(&one.sha1_hex()), fingerprint(&three.sha256_hex())];
        let removal = remove(&bundle, &by_both).unwrap();
        assert_eq!((removal.text, removal.removed), (two.pem(), vec![0, 2, 3]));
    }

    #[test]
    fn unknown_fingerprints_are_named_and_the_last_certificate_stays() {
        let one = testkit::root("one");
        let bundle = Bundle::read(one.pem().as_bytes());
        let unknown = fingerprint(&testkit::root("two").sha1_hex());
        let known = fingerprint(&one.sha1_hex());
        assert_eq!(remove(&bundle, &[known, unknown]), Err(EditError::UnknownFingerprints(vec![unknown])));
        assert_eq!(remove(&bundle, &[known]), Err(EditError::NothingLeft));
    }

    #[test]
    fn each_refusal_is_a_sentence() {
        let root = testkit::root("one");
        assert_eq!(canonical(&Bundle::read(b"")).unwrap_err().to_string(), "the bundle holds no certificate");
        let key = testkit::pem_block("EC PRIVATE KEY", &[1, 2, 3]);
        let lost = canonical(&Bundle::read(format!("{}{key}", root.pem()).as_bytes())).unwrap_err();
        assert_eq!(lost.to_string(), "1 parts of the bundle would be lost");
    }

    #[test]
    fn bytes_behind_a_certificate_in_der_are_one_loss() {
        let found = lost([testkit::root("one").der(), &[0; 7]].concat());
        assert_eq!(found, ["DER: 7 bytes that follow certificate 1 in its block"]);
    }
}
