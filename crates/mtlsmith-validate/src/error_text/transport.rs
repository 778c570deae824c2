//! What the network and gRPC say: mostly that something else, told elsewhere, went wrong.

use super::CHECK_CERTIFICATE;
use super::CHECK_CONFIGURATION;
use super::CONNECTIVITY;
use super::GO_TLS;
use super::LAST_CONNECTION_ERROR;
use super::Meaning;
use super::RUSTLS;
use super::Speaker;
use super::TROUBLESHOOTING;
use super::Weight;
use crate::rule::Cite;

/// What a client of gRPC makes of an answer that is only HTTP.
const GRPC_STATUS: Cite = Cite {
    document: "gRPC",
    place: "HTTP to gRPC Status Code Mapping",
    url: "https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md",
};

/// What Envoy answers when it has no answer of a server.
const ENVOY: Cite = Cite {
    document: "Envoy",
    place: "Access logging: response flags",
    url: "https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage",
};

const TRY_PORT: &str = "nc -zv NAME.ACCOUNT.tmprl.cloud 7233";

pub(super) const MEANINGS: &[Meaning] = &[
    Meaning {
        name: "host-not-found",
        weight: Weight::Precise,
        speaker: Speaker::Network,
        says: "The host of the address has no entry in the DNS.",
        causes: &[
            "the Namespace or the account is misspelled in the address",
            "the address has a scheme such as https://, which clients take for a part of the host",
            "a private zone for tmprl.cloud is set up, and lacks this host",
        ],
        next: &[CHECK_CONFIGURATION, "nslookup NAME.ACCOUNT.tmprl.cloud"],
        cites: &[CONNECTIVITY],
        texts: &[
            &["no such host"],
            &["produced zero addresses"],
            &["DNS resolution failed"],
            &["getaddrinfo ENOTFOUND"],
            &["failed to lookup address information"],
            &["UnknownHostException"],
            &["Name or service not known"],
            &["Name resolution failed"],
        ],
    },
    Meaning {
        name: "malformed-address",
        weight: Weight::Precise,
        speaker: Speaker::ClientItself,
        says: "The address is not a host and a port.",
        causes: &["the port is missing; Temporal Cloud listens on 7233", "the address starts with https://"],
        next: &[CHECK_CONFIGURATION],
        cites: &[TROUBLESHOOTING],
        texts: &[&["missing port in address"], &["too many colons in address"]],
    },
    Meaning {
        name: "plain-text-where-tls-is-wanted",
        weight: Weight::Precise,
        speaker: Speaker::Network,
        says: "One side speaks TLS and the other does not.",
        causes: &[
            "the client uses TLS, and the server on that port does not: mostly a development server on localhost:7233",
            "the port is not 7233, or a proxy answers in plain HTTP",
        ],
        next: &[CHECK_CONFIGURATION],
        cites: &[GO_TLS, RUSTLS],
        texts: &[
            &["first record does not look like a TLS handshake"],
            &["received corrupt message of type InvalidContentType"],
            &["InvalidMessage(InvalidContentType)"],
            &["WRONG_VERSION_NUMBER"],
            &["wrong version number"],
            &["Unsupported or unrecognized SSL message"],
            &["NotSslRecordException"],
        ],
    },
    Meaning {
        name: "no-http2-behind-tls",
        weight: Weight::Precise,
        speaker: Speaker::Network,
        says: "The two sides agreed on no protocol above TLS: gRPC wants HTTP/2.",
        causes: &[
            "a proxy or load balancer in between ends TLS and does not offer HTTP/2",
            "the address is not one of Temporal",
        ],
        next: &[CHECK_CONFIGURATION],
        cites: &[GO_TLS],
        texts: &[
            &["tls: no application protocol"],
            &["missing selected ALPN property"],
            &["fatal alert: NoApplicationProtocol"],
            &["alert no application protocol"],
            &["fatal alert: no_application_protocol"],
        ],
    },
    Meaning {
        name: "no-temporal-server-behind-the-address",
        weight: Weight::Precise,
        speaker: Speaker::Network,
        says: "Something answers at that address over HTTP, and it is no frontend of Temporal: it knows no gRPC, or not Temporal's services.",
        causes: &[
            "the address is that of the web interface or of an API for HTTP, not NAME.ACCOUNT.tmprl.cloud:7233",
            "a proxy, load balancer or Ingress in between sends gRPC to the wrong place, or does not pass it on",
            "the path or host name in the address leads to another server",
        ],
        next: &[
            CHECK_CONFIGURATION,
            "openssl s_client -connect NAME.ACCOUNT.tmprl.cloud:7233 -alpn h2 </dev/null",
        ],
        cites: &[GRPC_STATUS, TROUBLESHOOTING],
        texts: &[
            &["unexpected HTTP status code received from server: 404"],
            &["Unimplemented", "HTTP status code", "404"],
            &["Unimplemented", "HTTP status", "404"],
            &["Received http2 header with status: 404"],
            &["mapped from HTTP status code 404"],
            &["Unimplemented", "404 (Not Found)"],
            &["404 (Not Found)", "Unimplemented"],
            &["received unexpected content-type \"text/html"],
            &["received unexpected content-type \"text/plain"],
            &["invalid content-type: text/html"],
            &["unknown service temporal.api"],
        ],
    },
    Meaning {
        name: "version-of-tls-not-supported",
        weight: Weight::Precise,
        speaker: Speaker::Network,
        says: "The two sides have no version of TLS in common.",
        causes: &["an old TLS library or a setting that holds it to TLS 1.0 or 1.1", "a proxy in between"],
        next: &["openssl s_client -connect NAME.ACCOUNT.tmprl.cloud:7233 -alpn h2 </dev/null"],
        cites: &[GO_TLS],
        texts: &[
            &["tls: protocol version not supported"],
            &["fatal alert: ProtocolVersion"],
            &["alert protocol version"],
            &["fatal alert: protocol_version"],
            &["UNSUPPORTED_PROTOCOL"],
        ],
    },
    Meaning {
        name: "proxy-cannot-reach-the-server",
        weight: Weight::Narrow,
        speaker: Speaker::Network,
        says: "A proxy answered (Envoy writes so), and could not reach the server behind it, or was cut off by it.",
        causes: &[
            "a sidecar, mesh or gateway takes the connection and opens another one without the client certificate",
            "the proxy has a wrong address, port or server name for Temporal Cloud, or speaks no TLS to it",
            "the server behind the proxy refuses the certificate that the proxy presents",
        ],
        next: &[CHECK_CONFIGURATION, TRY_PORT],
        cites: &[ENVOY],
        texts: &[&["upstream connect error"], &["no healthy upstream"]],
    },
    Meaning {
        name: "connection-refused",
        weight: Weight::Narrow,
        speaker: Speaker::Network,
        says: "Nothing listens at that address and port.",
        causes: &[
            "the address was not set, and the client tries localhost:7233",
            "the port is not 7233",
            "a firewall refuses the connection",
        ],
        next: &[CHECK_CONFIGURATION, TRY_PORT],
        cites: &[TROUBLESHOOTING],
        texts: &[&["connection refused"], &["ECONNREFUSED"]],
    },
    Meaning {
        name: "connection-reset",
        weight: Weight::Narrow,
        speaker: Speaker::Network,
        says: "The other side, or something in between, cut the connection.",
        causes: &[
            "behind PrivateLink or Private Service Connect: the server name is not the one for this kind of credentials",
            "a rule of connectivity keeps this network from the Namespace",
            "a firewall that looks into TLS cuts it",
        ],
        next: &[CHECK_CONFIGURATION, CHECK_CERTIFICATE],
        cites: &[CONNECTIVITY],
        texts: &[&["connection reset by peer"], &["ECONNRESET"], &["Connection reset"]],
    },
    Meaning {
        name: "connection-timed-out",
        weight: Weight::Narrow,
        speaker: Speaker::Network,
        says: "No answer came from that address: nothing refused the connection, and nothing took it.",
        causes: &[
            "a firewall or security group drops the connection to port 7233",
            "the address has another port, or none",
            "the private endpoint is in another network or region",
        ],
        next: &[TRY_PORT, CHECK_CONFIGURATION],
        cites: &[CONNECTIVITY, TROUBLESHOOTING],
        texts: &[&["i/o timeout"], &["ETIMEDOUT"], &["connection timed out"], &["connect timed out"]],
    },
    Meaning {
        name: "client-could-not-connect",
        weight: Weight::Vague,
        speaker: Speaker::Network,
        says: "The client has not connected in time. The reason stands in an earlier line, or nowhere: the client tries again and again \
            and tells only that its time is up.",
        causes: &[
            "the client does not trust the server's certificate: its own CA is set as that of the server, or the image has no public roots",
            "the client certificate is refused, which TLS 1.3 tells only behind the handshake",
            "the address, the port or the server name is wrong",
            "a firewall drops the connection",
        ],
        next: &[CHECK_CONFIGURATION, CHECK_CERTIFICATE, TRY_PORT],
        cites: &[TROUBLESHOOTING, CONNECTIVITY],
        texts: &[
            &["context deadline exceeded"],
            &["DEADLINE_EXCEEDED"],
            &["DeadlineExceeded"],
            &["Failed to connect before the deadline"],
            &["No connection established"],
            &["deadline exceeded"],
        ],
    },
    Meaning {
        name: "last-connection-error",
        weight: Weight::Vague,
        speaker: Speaker::Network,
        says: "gRPC tells the last thing that went wrong while it connected; what counts are the words behind it.",
        causes: &[
            "an expired or wrong client certificate",
            "the address or the name of the Namespace is wrong",
        ],
        next: &[CHECK_CERTIFICATE, CHECK_CONFIGURATION],
        cites: &[LAST_CONNECTION_ERROR],
        texts: &[
            &["last connection error"],
            &["transport: authentication handshake failed"],
            &["tonic::transport::Error"],
            &["UNAVAILABLE: io exception"],
            &["failed reaching server"],
        ],
    },
];
