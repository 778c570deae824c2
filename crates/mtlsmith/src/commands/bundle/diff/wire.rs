//! What the JSON of a comparison looks like.

use mtlsmith_validate::Report;
use mtlsmith_validate::difference::Coverage;
use mtlsmith_validate::difference::Difference;
use mtlsmith_validate::difference::Dropped;
use mtlsmith_validate::difference::Kept;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::time::Timestamp;
use serde::Serialize;

/// The comparison of two bundles. New fields may appear under the same schema number.
#[derive(Serialize)]
pub(super) struct Output {
    schema: u32,
    now: String,
    same_certificates: bool,
    reordered: bool,
    may_lock_out: bool,
    /// As in the report of a check: accepted, accepted-but-unusable or refused.
    new_verdict: &'static str,
    new_errors: usize,
    effective_expiry: Change,
    dropped: Vec<Gone>,
    added: Vec<Certificate>,
    kept: Vec<Stays>,
}

#[derive(Serialize)]
struct Change {
    before: Option<String>,
    after: Option<String>,
}

#[derive(Serialize)]
struct Certificate {
    /// From 1, in the bundle that it comes from.
    number: usize,
    subject: Option<String>,
    sha1: Option<String>,
    sha256: Option<String>,
    not_after: Option<String>,
    effective_expiry: Option<String>,
}

#[derive(Serialize)]
struct Gone {
    #[serde(flatten)]
    certificate: Certificate,
    coverage: &'static str,
    /// Numbers in the new bundle.
    covered_by: Vec<usize>,
    may_lock_out: bool,
}

#[derive(Serialize)]
struct Stays {
    #[serde(flatten)]
    certificate: Certificate,
    number_before: usize,
    effective_expiry_before: Option<String>,
    loses_its_chain: bool,
}

impl Output {
    pub(super) fn of(difference: &Difference, old: &Report, new: &Report) -> Self {
        Output {
            schema: 1,
            now: new.now.to_string(),
            same_certificates: difference.same_certificates(),
            reordered: difference.reordered,
            may_lock_out: difference.may_lock_out(new.now),
            new_verdict: new.verdict().as_str(),
            new_errors: new.count(Severity::Error),
            effective_expiry: Change {
                before: text(difference.expiry_before),
                after: text(difference.expiry_after),
            },
            dropped: difference.dropped.iter().map(|dropped| gone(dropped, old)).collect(),
            added: difference.added.iter().map(|&member| certificate(member, new)).collect(),
            kept: difference.kept.iter().map(|kept| stays(kept, new)).collect(),
        }
    }
}

fn certificate(member: usize, report: &Report) -> Certificate {
    let certificate = report.bundle.certificate(member);
    Certificate {
        number: member + 1,
        subject: certificate.map(|certificate| certificate.subject().to_string()),
        sha1: certificate.map(|certificate| certificate.sha1_hex()),
        sha256: certificate.map(|certificate| certificate.sha256_hex()),
        not_after: certificate.map(|certificate| certificate.not_after().to_string()),
        effective_expiry: text(report.graph.node(member).and_then(|node| node.effective_expiry)),
    }
}

fn gone(dropped: &Dropped, old: &Report) -> Gone {
    let (coverage, members) = match &dropped.coverage {
        Coverage::SameNameAndKey(members) => ("same-name-and-key", members.as_slice()),
        Coverage::IssuerStays(members) => ("issuer-stays", members.as_slice()),
        Coverage::LockedOut => ("locked-out", [].as_slice()),
        Coverage::WasUseless => ("was-useless", [].as_slice()),
        Coverage::NotACa => ("not-a-ca", [].as_slice()),
        Coverage::Unreadable => ("unreadable", [].as_slice()),
        _ => ("unknown", [].as_slice()),
    };
    Gone {
        certificate: certificate(dropped.member, old),
        coverage,
        covered_by: members.iter().map(|member| member + 1).collect(),
        may_lock_out: dropped.coverage.may_lock_out(),
    }
}

fn stays(kept: &Kept, new: &Report) -> Stays {
    Stays {
        certificate: certificate(kept.new, new),
        number_before: kept.old + 1,
        effective_expiry_before: text(kept.expiry_before),
        loses_its_chain: kept.loses_its_chain(new.now),
    }
}

fn text(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}
