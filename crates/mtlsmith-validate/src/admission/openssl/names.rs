//! Name constraints as the family applies them (v3_ncons.c, `NAME_CONSTRAINTS_check`): to the subject and its email addresses as well
//! as to the alternative names, not to self-issued certificates above the leaf, and by kinds that Go does not look at.

mod common_name;
mod compare;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::facts::Facts;
use super::facts::Library;
use super::judge::Objection;
use crate::certificate::GeneralName;
use crate::der::Element;
use crate::der::Reader;
use crate::der::tag;
use crate::path::PathFaultKind;

use compare::Match;

/// The DER tags of names (RFC 5280 section 4.2.1.6).
mod kind {
    pub(super) const OTHER: u8 = 0xa0;
    pub(super) const EMAIL: u8 = 0x81;
    pub(super) const DNS: u8 = 0x82;
    pub(super) const DIRECTORY: u8 = 0xa4;
    pub(super) const URI: u8 = 0x86;
    pub(super) const IP: u8 = 0x87;
}

/// Names times constraints of one certificate that the libraries are ready to compare.
const COMPARED: usize = 1 << 20;

/// id-on-SmtpUTF8Mailbox (RFC 8398), tag and length included, as an otherName begins with it.
const UTF8_MAILBOX: &[u8] = &[0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x09];

/// emailAddress (PKCS #9).
const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];

const TOO_MANY: &str = "is one of too many names under too many constraints";
const NOT_PERMITTED: &str = "is not permitted";
const INCOMPARABLE: &str = "cannot be compared with a constraint on names of its kind";
const BOUNDED: &str = "is under a constraint of limited depth";

/// A name that violates a constraint.
pub(super) struct Violation {
    pub(super) objection: Objection,
    /// Every release refuses it.
    pub(super) is_certain: bool,
}

/// One name of a certificate.
struct Borne<'a> {
    tag: u8,
    content: Cow<'a, [u8]>,
    in_subject: bool,
}

/// The constraint of a subtree.
struct Base<'a> {
    tag: u8,
    content: &'a [u8],
    /// It states how deep it reaches, which nobody implements.
    is_bounded: bool,
}

/// The constraints of one certificate.
struct Constraints<'a> {
    permitted: Vec<Base<'a>>,
    excluded: Vec<Base<'a>>,
}

/// How one name fares under the constraints of one certificate.
enum Verdict {
    Passes,
    Fails(&'static str),
    Depends(&'static str),
}

/// The name, what is wrong with it, and whether every release minds.
type Found = (String, &'static str, bool);

/// The first certain violation along a chain, or else the first that depends on the release.
pub(super) fn violation(
    facts: &[Facts<'_>],
    library: Library,
    chain: &[usize],
    comparisons: &mut usize,
) -> Option<Violation> {
    facts.iter().find(|facts| facts.certificate.name_constraints_der().is_some())?;
    let mut doubtful = None;
    for (position, borne_by) in facts.iter().enumerate().rev() {
        if position > 0 && borne_by.noted.self_issued {
            continue;
        }
        for (above, imposed_by) in facts.iter().enumerate().skip(position + 1).rev() {
            let Some((constraints, _)) = imposed_by.certificate.name_constraints_der() else { continue };
            let found = look(borne_by, position == 0, constraints, library, comparisons);
            let Some((name, problem, is_certain)) = found else { continue };
            let imposed_by = chain.get(above).copied().unwrap_or_default();
            let kind = PathFaultKind::NameConstraint { imposed_by, name, problem };
            let violation = Violation { objection: (kind, position), is_certain };
            if is_certain {
                return Some(violation);
            }
            doubtful.get_or_insert(violation);
        }
    }
    doubtful
}

/// One certificate under the constraints of one above it.
fn look(
    borne_by: &Facts<'_>,
    is_leaf: bool,
    constraints: &[u8],
    library: Library,
    comparisons: &mut usize,
) -> Option<Found> {
    let Some(constraints) = Constraints::read(constraints) else {
        return Some((String::new(), "is under constraints that cannot be read", false));
    };
    let attributes = borne_by.certificate.subject().attributes().count();
    let names = match names(borne_by) {
        Ok(names) => names,
        Err(found) => return Some(found),
    };
    if (names.len() + attributes).saturating_mul(constraints.len()) > COMPARED {
        return Some((String::new(), TOO_MANY, true));
    }
    let mut doubtful = None;
    for name in &names {
        let Some(left) = comparisons.checked_sub(constraints.len()) else {
            return Some((String::new(), TOO_MANY, false));
        };
        *comparisons = left;
        match constraints.judge(name, library) {
            Verdict::Passes => {}
            Verdict::Fails(problem) => return Some((name.to_string(), problem, true)),
            Verdict::Depends(problem) => {
                doubtful.get_or_insert_with(|| (name.to_string(), problem, false));
            }
        }
    }
    if is_leaf {
        doubtful = doubtful.or_else(|| common_name::look(borne_by, &names, &constraints, library));
    }
    doubtful
}

/// Every name that constraints apply to: the subject, email addresses in it, and the alternative names.
fn names<'a>(borne_by: &Facts<'a>) -> Result<Vec<Borne<'a>>, Found> {
    let subject = borne_by.certificate.subject();
    let mut names = Vec::new();
    if !subject.is_empty() {
        names.push(Borne {
            tag: kind::DIRECTORY,
            content: Cow::Borrowed(subject.as_der()),
            in_subject: true,
        });
    }
    for attribute in subject.attributes().filter(|one| one.kind.as_der_content() == EMAIL_ADDRESS) {
        let text = attribute.text().into_owned();
        if attribute.string_type() != "IA5String" {
            return Err((format!("email:{text}"), "is an address that is no IA5String", true));
        }
        let content = Cow::Owned(text.into_bytes());
        names.push(Borne { tag: kind::EMAIL, content, in_subject: true });
    }
    let der = borne_by.certificate.subject_alternative_name_der().unwrap_or_default();
    let mut reader = Reader::new(der).enter(tag::SEQUENCE).unwrap_or(Reader::new(&[]));
    while let Some(Element { tag, content, .. }) = reader.any() {
        names.push(Borne { tag, content: Cow::Borrowed(content), in_subject: false });
    }
    Ok(names)
}

impl<'a> Constraints<'a> {
    fn read(der: &'a [u8]) -> Option<Self> {
        let mut sequence = Reader::new(der).enter(tag::SEQUENCE)?;
        let permitted = subtrees(sequence.optional(tag::context_constructed(0))?.unwrap_or_default())?;
        let excluded = subtrees(sequence.optional(tag::context_constructed(1))?.unwrap_or_default())?;
        sequence.is_empty().then_some(Constraints { permitted, excluded })
    }

    fn len(&self) -> usize {
        self.permitted.len() + self.excluded.len()
    }

    /// Among the permitted names of its kind, if there are any, and none of the excluded ones?
    fn judge(&self, name: &Borne<'_>, library: Library) -> Verdict {
        let mut doubt = false;
        let (mut limited, mut permitted) = (false, false);
        for base in self.permitted.iter().filter(|base| base.concerns(name, library)) {
            limited = true;
            match compare::within(name, base, false, library) {
                _ if base.is_bounded => return Verdict::Depends(BOUNDED),
                Match::Yes => permitted = true,
                Match::Unreadable if !permitted => return Verdict::Fails(INCOMPARABLE),
                Match::Perhaps => doubt = true,
                Match::No | Match::Unreadable => {}
            }
        }
        if limited && !permitted {
            return if doubt { Verdict::Depends(NOT_PERMITTED) } else { Verdict::Fails(NOT_PERMITTED) };
        }
        doubt = false;
        for base in self.excluded.iter().filter(|base| base.concerns(name, library)) {
            match compare::within(name, base, true, library) {
                _ if base.is_bounded => return Verdict::Depends(BOUNDED),
                Match::Yes => return Verdict::Fails("is excluded"),
                Match::Unreadable => return Verdict::Fails(INCOMPARABLE),
                Match::Perhaps => doubt = true,
                Match::No => {}
            }
        }
        if doubt { Verdict::Depends("is excluded") } else { Verdict::Passes }
    }
}

fn subtrees(der: &[u8]) -> Option<Vec<Base<'_>>> {
    let mut reader = Reader::new(der);
    let mut bases = Vec::new();
    while !reader.is_empty() {
        let mut subtree = reader.enter(tag::SEQUENCE)?;
        let Element { tag, content, .. } = subtree.any()?;
        bases.push(Base { tag, content, is_bounded: !subtree.is_empty() });
    }
    Some(bases)
}

impl Base<'_> {
    /// Is this a constraint on names of that kind? OpenSSL takes internationalised mailboxes for email addresses.
    fn concerns(&self, name: &Borne<'_>, library: Library) -> bool {
        self.tag == name.tag
            || (self.tag == kind::EMAIL && name.is_utf8_mailbox() && library == Library::OpenSsl)
    }
}

impl Borne<'_> {
    fn is_utf8_mailbox(&self) -> bool {
        self.tag == kind::OTHER && self.content.starts_with(UTF8_MAILBOX)
    }
}

impl std::fmt::Display for Borne<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        GeneralName::of(Element { tag: self.tag, content: &self.content, full: &self.content }).fmt(f)
    }
}
