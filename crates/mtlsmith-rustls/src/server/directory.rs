//! Many Namespaces behind one listener: the server name that the client asks for chooses the bundle and the filters.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;

use arc_swap::ArcSwap;
use mtlsmith_validate::BundleCheck;
use mtlsmith_validate::CertificateFilters;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::rule::Effect;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::time::Timestamp;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::ClientHello;
use rustls::server::NoServerSessionStorage;
use rustls::server::ProducesTickets;
use rustls::server::ResolvesServerCert;
use rustls::sign::CertifiedKey;
use rustls::time_provider::DefaultTimeProvider;
use rustls::time_provider::TimeProvider;

use super::admitted::Observer;
use super::error::NotReplaced;
use super::error::UnknownNamespace;
use super::gate::HandshakeLimits;
use super::verifier::NamespaceVerifier;

/// The Namespaces that one server serves. Share it behind an `Arc`; everything may be called from any thread at any time.
///
/// A handshake reads the ClientHello first (`rustls::server::Acceptor`, or `LazyConfigAcceptor` of tokio-rustls), asks
/// [`NamespaceDirectory::config_for`] with its server name, and goes on with the answer. Each Namespace has a configuration of its
/// own, without session resumption and early data: rustls does not verify a client's certificate again when a session is resumed, so
/// a ticket could outlive a bundle, a certificate, or the Namespace it was issued for.
///
/// What the handshake admits is a connection to one Namespace. A request names a Namespace of its own, in its header or body: whoever
/// answers it has to compare that with the one here.
///
/// A client can hold a handshake open for as long as the server waits: put a time limit around it.
pub struct NamespaceDirectory {
    suffix: String,
    provider: Arc<CryptoProvider>,
    server_certificate: Arc<dyn ResolvesServerCert>,
    clock: Arc<dyn TimeProvider>,
    profile: Profile,
    protocols: Vec<Vec<u8>>,
    limits: HandshakeLimits,
    observer: Option<Arc<dyn Observer>>,
    refusing: Arc<ServerConfig>,
    namespaces: RwLock<HashMap<Arc<str>, Arc<ArcSwap<ServedNamespace>>>>,
}

/// One Namespace with one bundle and one set of filters.
#[derive(Debug)]
#[non_exhaustive]
pub struct ServedNamespace {
    /// How often the bundle or the filters were replaced; 1 for the first.
    pub generation: u64,
    /// The configuration for handshakes.
    pub config: Arc<ServerConfig>,
    /// The verifier within it.
    pub verifier: Arc<NamespaceVerifier>,
}

impl NamespaceDirectory {
    /// An empty directory. A Namespace `orders.a1b2c` answers to the server name `orders.a1b2c.<suffix>`, such as
    /// `orders.a1b2c.tmprl.cloud`; to `orders.a1b2c` itself when the suffix is empty.
    ///
    /// # Errors
    /// [`rustls::Error`] when the provider cannot serve TLS 1.2 or 1.3.
    pub fn new(
        suffix: &str,
        provider: Arc<CryptoProvider>,
        server_certificate: Arc<dyn ResolvesServerCert>,
    ) -> Result<Self, rustls::Error> {
        let refusing = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(NoCertificate));
        Ok(NamespaceDirectory {
            suffix: suffix.trim_matches('.').to_ascii_lowercase(),
            profile: Profile::temporal_cloud_with(provider.signature_verification_algorithms.all),
            provider,
            server_certificate,
            clock: Arc::new(DefaultTimeProvider),
            protocols: vec![b"h2".to_vec()],
            limits: HandshakeLimits::default(),
            observer: None,
            refusing: Arc::new(refusing),
            namespaces: RwLock::default(),
        })
    }

    /// With another clock than that of the system.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn TimeProvider>) -> Self {
        self.clock = clock;
        self
    }

    /// With other application protocols than `h2`, which gRPC speaks.
    #[must_use]
    pub fn with_protocols(mut self, protocols: Vec<Vec<u8>>) -> Self {
        self.protocols = protocols;
        self
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

    /// Adds a Namespace, or replaces its bundle and filters: as a whole, and only when Temporal Cloud would take the bundle and
    /// clients can get in through each of its CAs. Handshakes under way keep what they began with; other Namespaces notice nothing.
    /// Answers the new generation.
    ///
    /// # Errors
    /// [`NotReplaced`]; what was there before still holds.
    pub fn set(
        &self,
        namespace: &str,
        bundle: &[u8],
        filters: Option<FilterSet>,
        now: impl Into<Timestamp>,
    ) -> Result<u64, NotReplaced> {
        let name: Arc<str> = namespace_name(namespace)?.into();
        self.judge(bundle, filters.as_ref(), now.into())?;
        let verifier = self.verifier(&name, bundle, filters);
        let config = self.config(Arc::clone(&verifier)).map_err(NotReplaced::Configuration)?;
        let served =
            |generation| Arc::new(ServedNamespace { generation, config: Arc::new(config), verifier });
        let mut namespaces = self.namespaces.write().unwrap_or_else(PoisonError::into_inner);
        match namespaces.get(&name) {
            Some(place) => {
                let generation = place.load().generation + 1;
                place.store(served(generation));
                Ok(generation)
            }
            None => {
                namespaces.insert(name, Arc::new(ArcSwap::new(served(1))));
                Ok(1)
            }
        }
    }

    /// Serves a Namespace no longer; `false` when it was not served.
    pub fn remove(&self, namespace: &str) -> bool {
        let mut namespaces = self.namespaces.write().unwrap_or_else(PoisonError::into_inner);
        namespaces.remove(namespace.to_ascii_lowercase().as_str()).is_some()
    }

    /// A Namespace as it is served now.
    pub fn get(&self, namespace: &str) -> Option<Arc<ServedNamespace>> {
        let namespaces = self.namespaces.read().unwrap_or_else(PoisonError::into_inner);
        namespaces.get(namespace.to_ascii_lowercase().as_str()).map(|place| place.load_full())
    }

    /// The Namespace that a client asks for by the server name in its ClientHello.
    ///
    /// # Errors
    /// [`UnknownNamespace`] when there is no server name, or no such Namespace: go on with [`NamespaceDirectory::refusing`].
    pub fn config_for(&self, server_name: Option<&str>) -> Result<Arc<ServedNamespace>, UnknownNamespace> {
        let name = server_name.ok_or(UnknownNamespace)?.to_ascii_lowercase();
        let namespace = match self.suffix.as_str() {
            "" => Some(name.as_str()),
            suffix => name.strip_suffix(suffix).and_then(|name| name.strip_suffix('.')),
        };
        namespace.and_then(|namespace| self.get(namespace)).ok_or(UnknownNamespace)
    }

    /// A configuration that ends every handshake with the alert `access_denied`, for clients that ask for an unknown Namespace.
    pub fn refusing(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.refusing)
    }

    /// Is the bundle one that Temporal Cloud takes and clients can use, and are the filters such?
    fn judge(&self, bundle: &[u8], filters: Option<&FilterSet>, now: Timestamp) -> Result<(), NotReplaced> {
        let stated = match filters.map(|set| set.filters.len()) {
            None | Some(0) => CertificateFilters::None,
            Some(count) => CertificateFilters::Present(count),
        };
        let report = BundleCheck { profile: &self.profile, now, filters: stated }.run(bundle);
        if report.verdict() != Verdict::Accepted {
            return Err(NotReplaced::Bundle(Box::new(report)));
        }
        let refused = filters.map(|set| set.check(self.profile.ruleset)).unwrap_or_default();
        let first = refused.into_iter().find(|finding| {
            finding.rule.severity == Severity::Error && finding.rule.effect != Effect::Operation
        });
        first.map_or(Ok(()), |finding| Err(NotReplaced::Filters(finding.message())))
    }

    fn verifier(&self, name: &Arc<str>, bundle: &[u8], filters: Option<FilterSet>) -> Arc<NamespaceVerifier> {
        let trust = NamespaceTrust::read(bundle, filters, &self.profile);
        let mut verifier = NamespaceVerifier::new(name, trust, &self.provider).with_limits(self.limits);
        if let Some(observer) = &self.observer {
            verifier = verifier.with_observer(Arc::clone(observer));
        }
        Arc::new(verifier)
    }

    fn config(&self, verifier: Arc<NamespaceVerifier>) -> Result<ServerConfig, rustls::Error> {
        let (provider, clock) = (Arc::clone(&self.provider), Arc::clone(&self.clock));
        let mut config = ServerConfig::builder_with_details(provider, clock)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::clone(&self.server_certificate));
        config.alpn_protocols.clone_from(&self.protocols);
        without_resumption(&mut config);
        Ok(config)
    }
}

impl fmt::Debug for NamespaceDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let served = self.namespaces.read().unwrap_or_else(PoisonError::into_inner).len();
        f.debug_struct("NamespaceDirectory")
            .field("suffix", &self.suffix)
            .field("served", &served)
            .finish_non_exhaustive()
    }
}

/// Makes a configuration issue no ticket, remember no session and take no early data, so that every handshake asks the verifier.
pub fn without_resumption(config: &mut ServerConfig) {
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.ticketer = Arc::new(NoTickets);
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    config.send_half_rtt_data = false;
}

/// Neither makes tickets nor takes any.
#[derive(Debug)]
struct NoTickets;

impl ProducesTickets for NoTickets {
    fn enabled(&self) -> bool {
        false
    }

    fn lifetime(&self) -> u32 {
        0
    }

    fn encrypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn decrypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// Has no certificate for anybody.
#[derive(Debug)]
struct NoCertificate;

impl ResolvesServerCert for NoCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        None
    }
}

/// `<namespace>.<account>` in lower case: two labels of letters, digits and hyphens, since they are a part of host names.
fn namespace_name(name: &str) -> Result<String, NotReplaced> {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    match name.split_once('.') {
        Some((namespace, account)) if is_label(namespace) && is_label(account) => {
            Ok(name.to_ascii_lowercase())
        }
        _ => Err(NotReplaced::Name(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_name_has_two_labels() {
        assert_eq!(namespace_name("Orders.a1b2c").unwrap(), "orders.a1b2c");
        for name in ["orders", "orders.", ".a1b2c", "orders.a1b2c.tmprl", "or ders.a1b2c", "or/ders.x", ""] {
            assert!(matches!(namespace_name(name), Err(NotReplaced::Name(_))), "{name}");
        }
    }
}
