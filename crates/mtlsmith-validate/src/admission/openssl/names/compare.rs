//! Is one name within one subtree? As OpenSSL and BoringSSL compare, which is not as Go does: the email domain `acme` covers only that
//! host, a URI's host must be the constraint itself, and what has no comparison is an error.

use super::Base;
use super::Borne;
use super::kind;
use crate::admission::openssl::facts::Library;
use crate::name::Name;

/// The outcome of one comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    Yes,
    No,
    /// The name or the constraint cannot be compared, which refuses the chain.
    Unreadable,
    /// It depends on the release.
    Perhaps,
}

impl From<bool> for Match {
    fn from(matches: bool) -> Self {
        if matches { Match::Yes } else { Match::No }
    }
}

/// Is the name within the subtree, both being of one kind?
pub(super) fn within(name: &Borne<'_>, base: &Base<'_>, excluding: bool, library: Library) -> Match {
    let (content, limit) = (name.content.as_ref(), base.content);
    match name.tag {
        kind::DIRECTORY => Name::from_der(content).is_within(Name::from_der(limit)).into(),
        kind::DNS => domain(content, limit, excluding && library == Library::BoringSsl).into(),
        kind::EMAIL => email(content, limit, excluding && name.in_subject && library == Library::BoringSsl),
        kind::URI => uri(content, limit, library),
        kind::IP if library == Library::OpenSsl => address(content, limit),
        kind::OTHER if library == Library::OpenSsl => Match::Perhaps,
        _ => Match::Unreadable,
    }
}

/// `wildcards`: `*.acme.internal` is within `w1.acme.internal` too, since it could stand for it.
fn domain(name: &[u8], limit: &[u8], wildcards: bool) -> bool {
    if limit.is_empty() {
        return true;
    }
    if wildcards
        && let (Some(below), Some(dot)) =
            (name.strip_prefix(b"*."), limit.iter().position(|&byte| byte == b'.'))
        && limit.get(dot + 1..).is_some_and(|parent| parent.eq_ignore_ascii_case(below))
    {
        return true;
    }
    let Some(above) = name.len().checked_sub(limit.len()) else { return false };
    let (before, tail) = name.split_at(above);
    let at_a_label = limit.first() == Some(&b'.') || before.last().is_none_or(|&last| last == b'.');
    at_a_label && tail.eq_ignore_ascii_case(limit)
}

/// `folds`: BoringSSL compares the part before the `@` without case there, older releases do not.
fn email(name: &[u8], limit: &[u8], folds: bool) -> Match {
    let Some((local, host)) = split(name) else { return Match::Unreadable };
    if !(is_plain(local, b"!#$%&'*+-/=?^_`{|}~.") && is_plain(host, b"-.")) {
        return Match::Perhaps; // newer BoringSSL refuses unusual characters; the others compare them somehow
    }
    let (wanted, limit) = match split(limit) {
        Some((wanted, host)) => (Some(wanted).filter(|wanted| !wanted.is_empty()), host),
        None => (None, limit),
    };
    if !is_plain(limit, b"-.") || !wanted.is_none_or(|wanted| is_plain(wanted, b"!#$%&'*+-/=?^_`{|}~.")) {
        return Match::Perhaps;
    }
    if wanted.is_none() && limit.first() == Some(&b'.') {
        return (host.len() > limit.len() && ends_with(host, limit)).into();
    }
    match wanted {
        _ if !host.eq_ignore_ascii_case(limit) => Match::No,
        None => Match::Yes,
        Some(wanted) if wanted == local => Match::Yes,
        Some(wanted) if folds && wanted.eq_ignore_ascii_case(local) => Match::Perhaps,
        Some(_) => Match::No,
    }
}

/// At the last `@`, as OpenSSL does.
fn split(address: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = address.iter().rposition(|&byte| byte == b'@')?;
    Some((address.get(..at)?, address.get(at + 1..)?))
}

/// Letters, digits and these; not empty.
fn is_plain(text: &[u8], others: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| byte.is_ascii_alphanumeric() || others.contains(byte))
}

fn uri(name: &[u8], limit: &[u8], library: Library) -> Match {
    let colon = name.iter().position(|&byte| byte == b':');
    let rest = colon.and_then(|at| name.get(at + 1..)).and_then(|rest| rest.strip_prefix(b"//"));
    let Some(rest) = rest else { return Match::Unreadable };
    let end = rest.iter().position(|&byte| byte == b':').or(rest.iter().position(|&byte| byte == b'/'));
    let host = end.and_then(|end| rest.get(..end)).unwrap_or(rest);
    if host.is_empty() {
        return Match::Unreadable;
    }
    if !is_plain(host, b"-.") {
        return Match::Perhaps; // user names, brackets and escapes: newer releases take URIs apart with care
    }
    if limit.first() == Some(&b'.') {
        let longer = host.len() > limit.len() || library == Library::BoringSsl;
        return (longer && ends_with(host, limit)).into();
    }
    host.eq_ignore_ascii_case(limit).into()
}

fn address(name: &[u8], limit: &[u8]) -> Match {
    if !matches!(name.len(), 4 | 16) || !matches!(limit.len(), 8 | 32) {
        return Match::Unreadable;
    }
    if name.len() * 2 != limit.len() {
        return Match::No;
    }
    let (network, mask) = limit.split_at(name.len());
    name.iter().zip(network).zip(mask).all(|((byte, network), mask)| byte & mask == network & mask).into()
}

fn ends_with(text: &[u8], suffix: &[u8]) -> bool {
    text.len()
        .checked_sub(suffix.len())
        .and_then(|at| text.get(at..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(suffix))
}
