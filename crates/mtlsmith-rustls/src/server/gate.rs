//! What a presented chain may cost before anybody knows who presents it. Bare path building answers a leaf with nine intermediates of
//! one name in 75 ms of server time; here such a chain is refused before the first signature.

use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::name::Name;
use rustls::CertificateError;

/// What a client may present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandshakeLimits {
    /// Certificates, the leaf included: 8. A chain of Temporal Cloud has two or three.
    pub certificates: usize,
    /// Bytes of all certificates, DER: 64 KB, the most that rustls takes as one message.
    pub bytes: usize,
    /// Bytes of the subject alternative names times bytes of the name constraints they are compared with: 4,000,000. A hundred names
    /// under a hundred constraints have about 2,500,000.
    pub name_comparisons: usize,
    /// Signatures that turn out wrong: 4. A good chain has one for each CA of the bundle that shares its issuer's name with another
    /// key, so none, as a rule; presented certificates that borrow the names of the bundle's CAs have one each.
    pub wrong_signatures: usize,
}

impl Default for HandshakeLimits {
    fn default() -> Self {
        HandshakeLimits { certificates: 8, bytes: 65_536, name_comparisons: 4_000_000, wrong_signatures: 4 }
    }
}

/// Why a chain is refused before a signature is checked.
#[derive(Debug)]
pub(super) struct Stopped {
    pub(super) error: CertificateError,
    pub(super) reason: String,
}

/// Counts what was presented, before it is read.
pub(super) fn admit_size(
    limits: &HandshakeLimits,
    lengths: impl Iterator<Item = usize>,
) -> Result<(), Stopped> {
    let (mut count, mut bytes) = (0_usize, 0_usize);
    for length in lengths {
        count += 1;
        bytes = bytes.saturating_add(length);
    }
    let HandshakeLimits { certificates, bytes: allowed, .. } = *limits;
    if count > certificates || bytes > allowed {
        let reason = format!(
            "the client presents {count} certificates of {bytes} bytes; at most {certificates} of {allowed} bytes are taken"
        );
        return Err(Stopped { error: CertificateError::BadEncoding, reason });
    }
    Ok(())
}

/// Looks at names alone: no two presented certificates share one, and from the leaf upwards they lead to a CA of the bundle.
pub(super) fn admit_names(
    limits: &HandshakeLimits,
    presented: &[Member],
    trusted: &[Certificate],
) -> Result<(), Stopped> {
    let readable: Vec<&Certificate> = presented.iter().filter_map(Member::certificate).collect();
    if readable.len() != presented.len() {
        let reason = "a presented certificate cannot be read".to_owned();
        return Err(Stopped { error: CertificateError::BadEncoding, reason });
    }
    for (position, certificate) in readable.iter().enumerate() {
        let above = readable.iter().skip(position + 1);
        if let Some(twin) =
            above.into_iter().find(|other| other.subject().is_canonically(certificate.subject()))
        {
            let reason =
                format!("the client presents two certificates named {:?}", twin.subject().to_string());
            return Err(Stopped { error: CertificateError::ApplicationVerificationFailure, reason });
        }
    }
    reaches_an_anchor(&readable, trusted)?;
    let names =
        readable.iter().filter_map(|certificate| certificate.subject_alternative_name_der()).map(<[u8]>::len);
    let constraints = readable.iter().copied().chain(trusted).filter_map(Certificate::name_constraints_der);
    let (names, constraints) = (names.sum::<usize>(), constraints.map(|(der, _)| der.len()).sum::<usize>());
    if names.saturating_mul(constraints) > limits.name_comparisons {
        let reason = format!(
            "the client presents {names} bytes of alternative names under {constraints} bytes of name constraints; their product may be {} at most",
            limits.name_comparisons
        );
        return Err(Stopped { error: CertificateError::ApplicationVerificationFailure, reason });
    }
    Ok(())
}

/// Follows issuer names from the leaf. No two names are the same, so the walk ends.
fn reaches_an_anchor(readable: &[&Certificate], trusted: &[Certificate]) -> Result<(), Stopped> {
    let is_trusted = |name: Name<'_>| trusted.iter().any(|ca| ca.subject().is_canonically(name));
    let mut current = readable.first().copied();
    for _ in 0..=readable.len() {
        let Some(certificate) = current else { break };
        if is_trusted(certificate.issuer()) || is_trusted(certificate.subject()) {
            return Ok(());
        }
        let issuer = readable.iter().find(|other| other.subject().is_canonically(certificate.issuer()));
        current = issuer.copied().filter(|issuer| !std::ptr::eq(*issuer, certificate));
    }
    let reason = match readable.first() {
        Some(leaf) => format!("the issuer {:?} leads to no CA of the bundle", leaf.issuer().to_string()),
        None => "the client presents no certificate".to_owned(),
    };
    Err(Stopped { error: CertificateError::UnknownIssuer, reason })
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_validate::admission::presented;

    use super::*;

    fn stopped(
        chain: &[&testkit::Certificate],
        bundle: &[&testkit::Certificate],
    ) -> Option<CertificateError> {
        let presented = presented(chain.iter().map(|certificate| certificate.der()));
        let trusted: Vec<Certificate> =
            bundle.iter().map(|certificate| Certificate::read(certificate.der()).unwrap().0).collect();
        admit_names(&HandshakeLimits::default(), &presented, &trusted).err().map(|stopped| stopped.error)
    }

    #[test]
    fn as_many_certificates_and_bytes_as_allowed_and_no_more() {
        let limits = HandshakeLimits { certificates: 3, bytes: 30, ..HandshakeLimits::default() };
        for (lengths, fits) in
            [(vec![10; 3], true), (vec![1; 4], false), (vec![31], false), (vec![30], true), (vec![], true)]
        {
            assert_eq!(admit_size(&limits, lengths.iter().copied()).is_ok(), fits, "{lengths:?}");
        }
    }

    #[test]
    fn names_that_lead_to_the_bundle_may_go_on() {
        let root = testkit::root("one");
        let middle = testkit::intermediate("two", &root);
        let leaf = testkit::leaf("worker", &middle);
        assert_eq!(stopped(&[&leaf, &middle], &[&root]), None);
        assert_eq!(stopped(&[&leaf], &[&root, &middle]), None);
        assert_eq!(stopped(&[&leaf, &root, &middle], &[&root]), None, "in any order");
        assert_eq!(stopped(&[&leaf], &[&root]), Some(CertificateError::UnknownIssuer));
        assert_eq!(stopped(&[], &[&root]), Some(CertificateError::UnknownIssuer));
        let self_signed = testkit::root("alone");
        assert_eq!(stopped(&[&self_signed], &[&root]), Some(CertificateError::UnknownIssuer));
    }

    #[test]
    fn two_certificates_of_one_name_are_refused_whatever_their_case() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let twin = testkit::intermediate_builder("other").subject("O=ACME,CN=Worker").signed_by(&root);
        assert_eq!(
            stopped(&[&leaf, &twin], &[&root]),
            Some(CertificateError::ApplicationVerificationFailure)
        );
    }
}
