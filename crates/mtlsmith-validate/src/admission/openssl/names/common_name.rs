//! A leaf without alternative DNS names whose common name looks like one: its common name is then held against the constraints too, or
//! the leaf refused for it. Which of them, and when, differs.

use std::borrow::Cow;

use super::Borne;
use super::Constraints;
use super::Found;
use super::Verdict;
use super::kind;
use crate::admission::openssl::facts::Facts;
use crate::admission::openssl::facts::Library;

/// OpenSSL compares the common name, in some releases only when told to; BoringSSL refuses it unless there are alternative names, and
/// what descends from it does not. So this is never certain.
pub(super) fn look(
    leaf: &Facts<'_>,
    names: &[Borne<'_>],
    constraints: &Constraints<'_>,
    library: Library,
) -> Option<Found> {
    let subject = leaf.certificate.subject();
    let as_dns = |text: &str| format!("CN:{text}");
    match library {
        Library::OpenSsl if names.iter().any(|name| name.tag == kind::DNS) => None,
        Library::OpenSsl => subject.common_names().filter(|text| is_domain(text)).find_map(|text| {
            let content = Cow::Borrowed(text.as_bytes());
            let name = Borne { tag: kind::DNS, content, in_subject: true };
            match constraints.judge(&name, library) {
                Verdict::Passes => None,
                Verdict::Fails(problem) | Verdict::Depends(problem) => Some((as_dns(&text), problem, false)),
            }
        }),
        Library::BoringSsl if leaf.certificate.subject_alternative_name_der().is_some() => None,
        Library::BoringSsl => {
            let mut texts = subject.common_names();
            let text = texts.find(|text| may_be_host(text))?;
            let problem = "looks like a host name, and there are no alternative names for the constraints";
            Some((as_dns(&text), problem, false))
        }
    }
}

/// Two labels or more of letters, digits, `_` and inner `-`.
fn is_domain(text: &str) -> bool {
    let text = text.trim_end_matches('\0');
    let label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        !label.is_empty() && label.bytes().all(plain) && !label.starts_with('-') && !label.ends_with('-')
    };
    text.contains('.') && text.split('.').all(label)
}

/// What BoringSSL takes for a host name: one label is enough, a wildcard and a dot at the end are no obstacle.
fn may_be_host(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let text = text.strip_prefix("*.").unwrap_or(text);
    let label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_:-".contains(&byte);
        !label.is_empty() && label.bytes().all(plain) && !label.starts_with('-')
    };
    text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_host_differs_between_the_libraries() {
        for (text, openssl, boringssl) in [
            ("w.acme", true, true),
            ("a_b.c-d", true, true),
            ("acme", false, true),
            ("*.acme", false, true),
            ("w.acme.", false, true),
            ("w:1.acme", false, true),
            ("w-.acme", false, true),
            ("w.acme\0", true, false),
            ("-w.acme", false, false),
            ("w..acme", false, false),
            ("a worker", false, false),
            ("w.a cme", false, false),
            ("*.", false, false),
            (".", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_domain(text), may_be_host(text)), (openssl, boringssl), "{text:?}");
        }
    }
}
