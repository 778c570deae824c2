//! May a certificate stand where it stands in a TLS client's chain (v3_purp.c, `check_purpose_ssl_client`, `check_ca`)?

use super::facts::Facts;
use super::facts::Library;
use crate::certificate::Extension;
use crate::path::PathFaultKind;

/// proxyCertInfo (RFC 3820).
const PROXY: &str = "1.3.6.1.5.5.7.1.14";

/// What stands against the certificate at a position: 0 is the leaf.
pub(super) fn objection(
    facts: &Facts<'_>,
    library: Library,
    position: usize,
    is_last: bool,
) -> Option<PathFaultKind> {
    if let Some(kind) = facts.unknown_critical(library) {
        return Some(PathFaultKind::UnknownCriticalExtension(kind.to_string()));
    }
    if facts.noted.is_proxy && library == Library::OpenSsl {
        return Some(PathFaultKind::UnknownCriticalExtension(PROXY.to_owned()));
    }
    if position > 0 && !is_ca(facts, library, is_last) {
        let kind = if facts.may_not_sign() { PathFaultKind::MayNotSign } else { PathFaultKind::NotACa };
        return Some(kind);
    }
    // `anyExtendedKeyUsage` does not count, and an empty list allows nothing.
    let usage = facts.certificate.extended_key_usage().and_then(Extension::get);
    if usage.is_some_and(|usage| !usage.client_auth) {
        return Some(PathFaultKind::ExtendedKeyUsage);
    }
    (position == 0 && !may_authenticate(facts)).then_some(PathFaultKind::ClientKeyUsage)
}

/// May the key of the leaf prove anything in a handshake, as far as its Key Usage says?
fn may_authenticate(facts: &Facts<'_>) -> bool {
    facts
        .key_usage()
        .is_none_or(|usage| usage.digital_signature() || usage.names().any(|name| name == "keyAgreement"))
}

/// Without Basic Constraints both take a self-signed certificate of version 1; OpenSSL also takes one whose Key Usage has
/// keyCertSign. In the middle of a chain it takes neither.
fn is_ca(facts: &Facts<'_>, library: Library, is_last: bool) -> bool {
    if facts.may_not_sign() {
        return false;
    }
    if facts.certificate.basic_constraints().is_some() {
        return facts.certificate.is_ca();
    }
    let version_1_root = facts.certificate.version() == 1 && facts.is_self_signed(library);
    match library {
        Library::OpenSsl => is_last && (version_1_root || facts.key_usage().is_some()),
        Library::BoringSsl => version_1_root,
    }
}
