//! One Namespace's verifier: rustls-webpki and the admission decision, and a client is let in only when both say so.

use std::fmt;
use std::sync::Arc;

use mtlsmith_validate::admission::Admitted;
use mtlsmith_validate::admission::Decision;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::admission::presented;
use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::filters::CertificateNames;
use mtlsmith_validate::filters::Outcome;
use mtlsmith_validate::path::PathFaultKind;
use mtlsmith_validate::time::Timestamp;
use rustls::CertificateError;
use rustls::DigitallySignedStruct;
use rustls::DistinguishedName;
use rustls::Error;
use rustls::SignatureScheme;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::crypto::verify_tls12_signature;
use rustls::crypto::verify_tls13_signature;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::SignatureVerificationAlgorithm;
use rustls::pki_types::TrustAnchor;
use rustls::pki_types::UnixTime;
use rustls::server::danger::ClientCertVerified;
use rustls::server::danger::ClientCertVerifier;
use tracing::Level;
use tracing::info;
use tracing::warn;
use webpki::EndEntityCert;
use webpki::KeyUsage;

use super::admitted::AdmittedClient;
use super::admitted::Observer;
use super::admitted::RefusedClient;
use super::cache::Cache;
use super::cache::ChainId;
use super::cache::LeafId;
use super::cache::Span;
use super::cache::leaf_id;
use super::gate;
use super::gate::HandshakeLimits;
use super::gate::Stopped;
use super::memo::with_memo;
use super::prepared;

/// Verifies client certificates for one Namespace with one bundle and one set of filters.
///
/// Each signature of a chain is checked once, although two verifiers look at it. A client that was let in before is let in again
/// without its chain being verified, for as long as the decision holds; a replaced bundle is another verifier, which knows nobody.
/// That it holds the certificate's key it has to show in every handshake, and only then is anybody told of it.
///
/// A configuration of your own needs [`without_resumption`](super::without_resumption): rustls resumes sessions by default, and asks
/// no verifier then. [`NamespaceDirectory`](super::NamespaceDirectory) sees to that by itself.
pub struct NamespaceVerifier {
    namespace: Arc<str>,
    trust: NamespaceTrust,
    trusted: Vec<Certificate>,
    anchors: Vec<TrustAnchor<'static>>,
    hints: Vec<DistinguishedName>,
    algorithms: WebPkiSupportedAlgorithms,
    /// The same for the signatures of chains, some in the form that takes keys of the bundle as they were read beforehand.
    chain_algorithms: Vec<&'static dyn SignatureVerificationAlgorithm>,
    limits: HandshakeLimits,
    observer: Option<Arc<dyn Observer>>,
    cache: Cache,
}

/// Why a client is refused: what rustls is told, and what people are told.
struct Refusal {
    error: CertificateError,
    code: &'static str,
    reason: String,
}

impl NamespaceVerifier {
    /// For a Namespace, whose name appears in events, with what it trusts.
    pub fn new(namespace: &str, trust: NamespaceTrust, provider: &CryptoProvider) -> Self {
        let trusted: Vec<Certificate> = trust.bundle().certificates().cloned().collect();
        let ders: Vec<CertificateDer<'_>> = trusted.iter().map(|ca| CertificateDer::from(ca.der())).collect();
        let anchors = ders.iter().filter_map(|der| webpki::anchor_from_trusted_cert(der).ok());
        let anchors = anchors.map(|anchor| anchor.to_owned()).collect();
        let mut hints: Vec<DistinguishedName> = Vec::with_capacity(trusted.len());
        for ca in &trusted {
            let name = DistinguishedName::from(ca.subject().as_der().to_vec());
            if !hints.iter().any(|known| known.as_ref() == name.as_ref()) {
                hints.push(name);
            }
        }
        NamespaceVerifier {
            namespace: namespace.into(),
            trust,
            trusted,
            anchors,
            hints,
            algorithms: provider.signature_verification_algorithms,
            chain_algorithms: prepared::for_chains(provider.signature_verification_algorithms.all),
            limits: HandshakeLimits::default(),
            observer: None,
            cache: Cache::default(),
        }
    }

    /// With other limits on what a client may present.
    #[must_use]
    pub fn with_limits(mut self, limits: HandshakeLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Tells somebody about each handshake, beside the `tracing` event.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// What the Namespace trusts.
    pub fn trust(&self) -> &NamespaceTrust {
        &self.trust
    }

    /// The client behind a finished handshake: `chain` is what `ServerConnection::peer_certificates` answers. `None` when this
    /// verifier would not let it in.
    pub fn client(&self, chain: &[CertificateDer<'_>], now: UnixTime) -> Option<Arc<AdmittedClient>> {
        let (end_entity, intermediates) = chain.split_first()?;
        self.admit(end_entity, intermediates, now).ok()
    }

    fn admit(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<Arc<AdmittedClient>, (Refusal, Vec<Member>)> {
        let lengths = std::iter::once(end_entity).chain(intermediates).map(|der| der.len());
        gate::admit_size(&self.limits, lengths).map_err(|stopped| (stopped.into(), Vec::new()))?;
        let (chain, at) = (ChainId::of(end_entity, intermediates), Timestamp::from(now));
        if let Some(client) = self.cache.get(chain, at) {
            return Ok(client);
        }
        let presented = presented(std::iter::once(end_entity).chain(intermediates));
        match self.verify(end_entity, intermediates, &presented, now, chain.leaf) {
            Ok(client) => {
                let client = Arc::new(client);
                let certificates = presented.iter().filter_map(Member::certificate).chain(&self.trusted);
                let span = Span::around(at, client.until, certificates);
                self.cache.put(chain, Arc::clone(&client), span);
                Ok(client)
            }
            Err(refusal) => Err((refusal, presented)),
        }
    }

    /// Both verifiers, over the same signatures.
    fn verify(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        presented: &[Member],
        now: UnixTime,
        id: LeafId,
    ) -> Result<AdmittedClient, Refusal> {
        gate::admit_names(&self.limits, presented, &self.trusted)?;
        with_memo(&self.chain_algorithms, &self.trust, self.limits.wrong_signatures, |algorithms| {
            self.verify_as_webpki(end_entity, intermediates, now, algorithms)?;
            match self.trust.decide_using(presented, now.into(), algorithms) {
                Decision::Admitted(admitted) => presented
                    .first()
                    .and_then(Member::certificate)
                    .map(|leaf| AdmittedClient::of(&self.namespace, leaf, id, &admitted))
                    .ok_or_else(Refusal::unreadable),
                decision => Err(Refusal::from(&decision)),
            }
        })
    }

    fn verify_as_webpki(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> Result<(), Refusal> {
        let usage = KeyUsage::client_auth();
        EndEntityCert::try_from(end_entity)
            .and_then(|leaf| {
                leaf.verify_for_usage(algorithms, &self.anchors, intermediates, now, usage, None, None)
                    .map(drop)
            })
            .map_err(Refusal::from)
    }

    /// The client has signed the handshake, or not: only now is it known whether the certificate is its own.
    fn tell(
        &self,
        certificate: &CertificateDer<'_>,
        verified: Result<HandshakeSignatureValid, Error>,
    ) -> Result<HandshakeSignatureValid, Error> {
        match &verified {
            Ok(_) => self.tell_admitted(certificate),
            Err(_) => {
                let reason =
                    "the client does not hold the key of the certificate that it presents".to_owned();
                let refusal = Refusal { error: CertificateError::BadSignature, code: "", reason };
                self.tell_refused(refusal, &presented([certificate]));
            }
        }
        verified
    }

    fn tell_admitted(&self, certificate: &CertificateDer<'_>) {
        // Finding out who it was costs a hash, for which somebody has to listen.
        if self.observer.is_none() && !tracing::enabled!(target: "mtlsmith::admission", Level::INFO) {
            return;
        }
        let id = leaf_id(certificate);
        let known = self.cache.latest(id);
        // Forgotten only when a thousand others came between the two halves of this handshake.
        let Some(client) = known.or_else(|| self.client_by_leaf(certificate, id)) else { return };
        info!(
            target: "mtlsmith::admission",
            namespace = %client.namespace, subject = %client.subject, sha256 = %client.sha256, filter = client.filter,
            until = %client.until, "client admitted"
        );
        if let Some(observer) = &self.observer {
            observer.admitted(&client);
        }
    }

    /// What the leaf alone tells of a client that was admitted.
    fn client_by_leaf(&self, certificate: &CertificateDer<'_>, id: LeafId) -> Option<Arc<AdmittedClient>> {
        let presented = presented([certificate]);
        let leaf = presented.first().and_then(Member::certificate)?;
        let filter = self.trust.filters().and_then(|filters| {
            match filters.matches(&CertificateNames::of(leaf)).outcome {
                Outcome::Admitted { filter, .. } => Some(filter),
                _ => None,
            }
        });
        let admitted = Admitted { path: Vec::new(), filter, until: leaf.not_after() };
        Some(Arc::new(AdmittedClient::of(&self.namespace, leaf, id, &admitted)))
    }

    fn tell_refused(&self, refusal: Refusal, presented: &[Member]) -> Error {
        let leaf = presented.first().and_then(Member::certificate);
        let client = RefusedClient::new(&self.namespace, leaf, refusal.code, &refusal.reason);
        warn!(
            target: "mtlsmith::admission",
            namespace = %client.namespace, subject = %client.subject, sha256 = client.sha256.map(tracing::field::display), code = client.code,
            reason = %client.reason, "client refused"
        );
        if let Some(observer) = &self.observer {
            observer.refused(&client);
        }
        Error::InvalidCertificate(refusal.error)
    }
}

impl ClientCertVerifier for NamespaceVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.admit(end_entity, intermediates, now)
            .map_err(|(refusal, presented)| self.tell_refused(refusal, &presented))?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verified = verify_tls12_signature(message, certificate, signature, &self.algorithms);
        self.tell(certificate, verified)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verified = verify_tls13_signature(message, certificate, signature, &self.algorithms);
        self.tell(certificate, verified)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl fmt::Debug for NamespaceVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamespaceVerifier").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

impl Refusal {
    fn unreadable() -> Self {
        let reason = "the client's certificate cannot be read".to_owned();
        Refusal { error: CertificateError::BadEncoding, code: "", reason }
    }
}

impl From<Stopped> for Refusal {
    fn from(stopped: Stopped) -> Self {
        Refusal { error: stopped.error, code: "", reason: stopped.reason }
    }
}

impl From<webpki::Error> for Refusal {
    /// The errors whose alerts tell the client something; everything else is a certificate that is not acceptable.
    fn from(error: webpki::Error) -> Self {
        let certificate_error = match error {
            webpki::Error::CertExpired { .. } | webpki::Error::InvalidCertValidity => {
                CertificateError::Expired
            }
            webpki::Error::CertNotValidYet { .. } => CertificateError::NotValidYet,
            // A signature by another key of the same name: the CA is not the one that the Namespace trusts. `decrypt_error` would
            // send the client to look at its own key.
            webpki::Error::UnknownIssuer | webpki::Error::InvalidSignatureForPublicKey => {
                CertificateError::UnknownIssuer
            }
            webpki::Error::BadDer | webpki::Error::TrailingData(_) => CertificateError::BadEncoding,
            webpki::Error::RequiredEkuNotFoundContext(_) => CertificateError::InvalidPurpose,
            _ => CertificateError::ApplicationVerificationFailure,
        };
        Refusal {
            error: certificate_error,
            code: "",
            reason: format!("rustls-webpki refuses the chain: {error}"),
        }
    }
}

impl From<&Decision> for Refusal {
    /// What the first server runs into that refuses tells which alert fits; where none does, a filter or a documented rule refuses.
    fn from(decision: &Decision) -> Self {
        let Some(finding) = decision.findings().first() else { return Refusal::unreadable() };
        let fault = decision.opinions().iter().find_map(|opinion| opinion.view.fault());
        let error = match fault.map(|fault| &fault.kind) {
            Some(PathFaultKind::Expired(_)) => CertificateError::Expired,
            Some(PathFaultKind::NotYetValid(_)) => CertificateError::NotValidYet,
            Some(PathFaultKind::IssuerMissing | PathFaultKind::WrongKey | PathFaultKind::UntrustedRoot) => {
                CertificateError::UnknownIssuer
            }
            Some(PathFaultKind::ExtendedKeyUsage | PathFaultKind::ClientKeyUsage) => {
                CertificateError::InvalidPurpose
            }
            _ => CertificateError::ApplicationVerificationFailure,
        };
        Refusal { error, code: finding.rule.code, reason: finding.message() }
    }
}
