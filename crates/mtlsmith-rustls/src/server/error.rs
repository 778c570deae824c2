//! What can go wrong when a Namespace is served.

use std::fmt;

use mtlsmith_validate::Report;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::rule::Severity;

/// A Namespace's bundle or filters were not replaced; what was there before still holds.
#[non_exhaustive]
pub enum NotReplaced {
    /// The bundle would be refused, or nobody could get in through it.
    Bundle(Box<Report>),
    /// The filters would be refused; the sentence about the first fault.
    Filters(String),
    /// rustls does not take the configuration.
    Configuration(rustls::Error),
    /// The name is not `<namespace>.<account>`.
    Name(String),
}

/// No Namespace goes by the server name that the client asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownNamespace;

impl fmt::Display for NotReplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotReplaced::Bundle(report) => {
                let errors = report.count(Severity::Error);
                let first = report.findings.iter().find(|finding| finding.rule.severity == Severity::Error);
                let verdict = match report.verdict() {
                    Verdict::Refused => "would be refused",
                    Verdict::AcceptedButUnusable | Verdict::Accepted => "would let nobody in",
                };
                write!(f, "the bundle {verdict}, {errors} errors")?;
                first.map_or(Ok(()), |finding| write!(f, "; {}: {}", finding.rule.code, finding.message()))
            }
            NotReplaced::Filters(sentence) => {
                write!(f, "the certificate filters would be refused: {sentence}")
            }
            NotReplaced::Configuration(error) => write!(f, "rustls does not take the configuration: {error}"),
            NotReplaced::Name(name) => {
                write!(
                    f,
                    "{name:?} is no Namespace name; it has the form <namespace>.<account>, such as orders.a1b2c"
                )
            }
        }
    }
}

impl fmt::Debug for NotReplaced {
    /// The sentence: what a `main` that returns an error prints would otherwise be the whole report.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for NotReplaced {}

impl fmt::Display for UnknownNamespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no Namespace goes by the server name that the client asked for")
    }
}

impl std::error::Error for UnknownNamespace {}
