//! One request and its answer. Knows what may have reached the server when there is no answer.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::http::HeaderValue;
use ureq::http::Request;
use ureq::http::StatusCode;
use ureq::tls::Certificate;
use ureq::tls::RootCerts;
use ureq::tls::TlsConfig;
use ureq::tls::TlsProvider;

use super::ApiKey;
use super::Endpoint;
use super::endpoint::Scheme;

/// The connection to the API.
pub(super) struct Http {
    agent: Agent,
    endpoint: Endpoint,
}

/// What is asked.
pub(super) struct Call {
    pub(super) path: String,
    /// The JSON to post; `None` to get.
    pub(super) body: Option<String>,
}

/// What the server answered, whole.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: String,
}

/// There is no whole answer.
pub(super) enum Failure {
    /// Not a byte of the request left.
    NotSent(String),
    /// The request may have been received.
    NoAnswer(String),
}

impl Http {
    /// Trusts the public CAs of Mozilla's list, and the certificates given (DER), such as the one of a company's proxy.
    pub(super) fn new(endpoint: Endpoint, limit: Duration, more_roots: &[Vec<u8>]) -> Self {
        let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(AsRef::as_ref);
        let roots = roots.chain(more_roots.iter().map(Vec::as_slice));
        let roots: Vec<Certificate<'static>> =
            roots.map(|der| Certificate::from_der(der).to_owned()).collect();
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .root_certs(RootCerts::from(roots))
            .build();
        let config = Agent::config_builder()
            .https_only(endpoint.scheme() == Scheme::Https)
            .http_status_as_error(false)
            // A redirect would carry the request, and perhaps the key, somewhere that nobody configured.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(limit))
            .user_agent(concat!("mtlsmith/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls);
        let config = match endpoint.scheme() {
            Scheme::Https => config,
            Scheme::Loopback => config.proxy(None),
        };
        Http { agent: Agent::new_with_config(config.build()), endpoint }
    }

    pub(super) fn send(&self, call: &Call, key: &ApiKey) -> Result<Answer, Failure> {
        let not_sent = |error: ureq::http::Error| Failure::NotSent(error.to_string());
        let mut bearer = HeaderValue::from_str(&key.bearer())
            .map_err(|_| Failure::NotSent("the API key does not fit into a header".to_owned()))?;
        bearer.set_sensitive(true);
        let request = Request::builder()
            .uri(self.endpoint.url(&call.path))
            .header("authorization", bearer)
            .header("temporal-cloud-api-version", API_VERSION)
            .header("accept", "application/json");
        let answer = match &call.body {
            None => self.agent.run(request.method("GET").body(()).map_err(not_sent)?),
            Some(json) => {
                let request = request.method("POST").header("content-type", "application/json");
                self.agent.run(request.body(json.as_str()).map_err(not_sent)?)
            }
        };
        let mut answer = answer.map_err(|error| failure(&error))?;
        let body = answer.body_mut().with_config().limit(LARGEST_ANSWER).read_to_vec();
        let body = body.map_err(|error| Failure::NoAnswer(format!("the answer was cut off ({error})")))?;
        Ok(Answer {
            status: answer.status().as_u16(),
            retry_after: retry_after(answer.headers().get("retry-after")),
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Did the server turn the request down without looking into it?
    pub(super) fn is_rate_limit(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS.as_u16()
    }

    /// Is it a verdict on the request, so that asking again gives the same?
    pub(super) fn is_verdict(&self) -> bool {
        let timed_out = self.status == StatusCode::REQUEST_TIMEOUT.as_u16();
        (400..500).contains(&self.status) && !self.is_rate_limit() && !timed_out && self.status != CLIENT_GONE
    }

    pub(super) fn is_denied(&self) -> bool {
        matches!(self.status, 401 | 403)
    }

    pub(super) fn is_not_found(&self) -> bool {
        self.status == StatusCode::NOT_FOUND.as_u16()
    }

    pub(super) fn is_conflict(&self) -> bool {
        matches!(self.status, 409 | 412)
    }
}

fn failure(error: &ureq::Error) -> Failure {
    let not_sent = match error {
        ureq::Error::HostNotFound | ureq::Error::BadUri(_) | ureq::Error::Http(_) => true,
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::RequireHttpsOnly(_) => true,
        ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => true,
        ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => true,
        ureq::Error::Io(error) => error.kind() == io::ErrorKind::ConnectionRefused,
        _ => false,
    };
    if not_sent { Failure::NotSent(error.to_string()) } else { Failure::NoAnswer(error.to_string()) }
}

/// Seconds; the other form, a date, is not used by rate limits and would need a wall clock.
fn retry_after(value: Option<&HeaderValue>) -> Option<Duration> {
    value?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// The version of the API whose fields are read and written here; sent with every request, so that the server keeps to it.
const API_VERSION: &str = "v0.19.1";

/// A Namespace with the largest bundle has some 60 KB.
const LARGEST_ANSWER: u64 = 4 << 20;

/// What gateways of gRPC answer for CANCELLED.
const CLIENT_GONE: u16 = 499;
