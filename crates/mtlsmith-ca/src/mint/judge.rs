//! The judgement before the signature: what would become of the certificate, were it signed.

use mtlsmith_validate::BundleCheck;
use mtlsmith_validate::CertificateFilters;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::admission::Decision;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::admission::presented;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::time::Timestamp;

use super::Authority;
use super::MintError;
use super::Refusal;
use super::issued;
use super::stand_in;

/// By what drafts are judged.
#[derive(Debug, Clone, Copy)]
pub struct Judgement<'a> {
    /// The rules for a CA. Those for client certificates are the ones that their [`Authority`] or [`TargetNamespace`] was made with.
    pub profile: &'a Profile,
    /// For a CA: the bundle to which it is going to be added, as it is now.
    pub bundle: Option<&'a [u8]>,
    /// For a CA: the certificate filters that go with the bundle.
    pub filters: CertificateFilters,
    /// For a client certificate: the Namespace that it is for. Without it, the certificate is judged against its own CA.
    pub namespace: Option<&'a TargetNamespace>,
}

impl<'a> Judgement<'a> {
    /// By these rules, nothing being known of where the certificate is going to be used.
    pub fn by(profile: &'a Profile) -> Self {
        Judgement { profile, bundle: None, filters: CertificateFilters::NotStated, namespace: None }
    }
}

/// The Namespace that client certificates are minted for: its bundle and its filters, read once.
#[derive(Debug)]
pub struct TargetNamespace(pub(super) NamespaceTrust);

impl TargetNamespace {
    /// Reads a bundle, and takes the filters that go with it; `None` when they are not known.
    pub fn read(bundle: &[u8], filters: Option<FilterSet>, profile: &Profile) -> Self {
        TargetNamespace(NamespaceTrust::read(bundle, filters, &stand_in::profile(profile)))
    }

    /// A Namespace that trusts a bundle that was judged, without filters.
    pub(super) fn of_judged(report: Report, profile: &Profile) -> Self {
        TargetNamespace(NamespaceTrust::of_judged(report, None, &stand_in::profile(profile)))
    }
}

/// Would this client certificate, once signed, be admitted? By the Namespace that it is for, or else below its own CA alone. Returns
/// the certificate, read.
pub(super) fn judge_leaf(
    draft: &[u8],
    authority: &Authority,
    judgement: &Judgement<'_>,
    now: Timestamp,
) -> Result<Certificate, MintError> {
    let trust = judgement.namespace.unwrap_or(authority.alone());
    let sent_along = authority.intermediates().map(Certificate::der);
    let chain = presented(std::iter::once(draft).chain(sent_along));
    match trust.0.decide(&chain, now) {
        Decision::Admitted(_) => {}
        refused => {
            let refusals = refused.findings().iter().map(Refusal::from).collect();
            return Err(MintError::Refused { what: "the client certificate", refusals });
        }
    }
    match chain.into_iter().next().map(|leaf| leaf.content) {
        Some(Ok(certificate)) => Ok(certificate),
        _ => Err(MintError::Engine { problem: "its certificate cannot be read".to_owned() }),
    }
}

/// Would the bundle be accepted that has this CA, those above it, and what was in the bundle already? Returns what is worth knowing
/// although nothing stands against it.
pub(super) fn judge_ca(
    certificate: &Certificate,
    authority: Option<&Authority>,
    judgement: &Judgement<'_>,
    profile: &Profile,
    now: Timestamp,
) -> Result<Vec<Finding>, MintError> {
    let mut members = vec![certificate.der()];
    let present = judgement.bundle.map(Bundle::read);
    let above = authority.into_iter().flat_map(Authority::certificates);
    for other in above.chain(present.iter().flat_map(Bundle::certificates)) {
        if !members.contains(&other.der()) {
            members.push(other.der());
        }
    }
    let text: String = members.into_iter().map(issued::certificate_pem).collect();
    accepted("the CA certificate", text.as_bytes(), profile, judgement.filters, now)
        .map(|report| report.findings)
}

/// Is this bundle free of errors? Returns what was found out about it.
pub(super) fn accepted(
    what: &'static str,
    bundle: &[u8],
    profile: &Profile,
    filters: CertificateFilters,
    now: Timestamp,
) -> Result<Report, MintError> {
    let report = BundleCheck { profile, now, filters }.run(bundle);
    let refusals: Vec<Refusal> = report
        .findings
        .iter()
        .filter(|finding| finding.rule.severity == Severity::Error)
        .map(Refusal::from)
        .collect();
    if refusals.is_empty() { Ok(report) } else { Err(MintError::Refused { what, refusals }) }
}
