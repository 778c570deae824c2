//! What Temporal Cloud says about the client: alerts of the handshake, refusals behind it, and answers to changes.

use super::ALERTS;
use super::CHECK_BUNDLE;
use super::CHECK_CERTIFICATE;
use super::CHECK_CONFIGURATION;
use super::CHECK_FILTERS;
use super::GO_TLS;
use super::LAST_CONNECTION_ERROR;
use super::Meaning;
use super::RUSTLS;
use super::Speaker;
use super::TROUBLESHOOTING;
use super::Weight;
use crate::rule::Cite;
use crate::rule::TCLD_406;
use crate::rule::official_tool;
use crate::rule::thread;

pub(super) const MEANINGS: &[Meaning] = &[
    Meaning {
        name: "no-client-certificate-sent",
        weight: Weight::Precise,
        speaker: Speaker::Server,
        says: "The server asked for a client certificate, and the client sent none.",
        causes: &[
            "the certificate stands under a key or variable that the SDK does not read (TEMPORAL_TLS_CERT is for the CLI alone)",
            "TLS is on, but the code does not load the certificate and its key",
            "some versions of the .NET SDK pass over the variables with _PATH; use _DATA or a newer version",
            "the client connects with an API key to an endpoint that wants a certificate",
        ],
        next: &[CHECK_CONFIGURATION],
        cites: &[
            ALERTS,
            thread("temporalio/sdk-dotnet issue 584", "https://github.com/temporalio/sdk-dotnet/issues/584"),
        ],
        texts: &[
            &["fatal alert: CertificateRequired"],
            &["AlertReceived(CertificateRequired)"],
            &["tls: certificate required"],
            &["certificate_required"],
            &["alert certificate required"],
            &["TLSV1_ALERT_CERTIFICATE_REQUIRED"],
            &["TLSV13_ALERT_CERTIFICATE_REQUIRED"],
            &["peer did not return a certificate"],
            &["tls: client didn't provide a certificate"],
        ],
    },
    Meaning {
        name: "server-does-not-know-the-ca",
        weight: Weight::Precise,
        speaker: Speaker::Server,
        says: "The server could not build a chain from the client certificate to the CA bundle of the Namespace.",
        causes: &[
            "the bundle of the Namespace does not hold the CA that issued the certificate, or holds another one of the same name",
            "an intermediate CA is in neither the bundle nor the client's certificate file",
            "the address or the server name is that of another Namespace, so another bundle was asked",
            "the CA was renewed or replaced, and the Namespace still has the old one",
        ],
        next: &[CHECK_CERTIFICATE, CHECK_BUNDLE],
        cites: &[ALERTS, GO_TLS],
        texts: &[
            &["tls: unknown certificate authority"],
            &["fatal alert: UnknownCA"],
            &["AlertReceived(UnknownCA)"],
            &["alert unknown ca"],
            &["TLSV1_ALERT_UNKNOWN_CA"],
            &["fatal alert: unknown_ca"],
        ],
    },
    Meaning {
        name: "server-says-certificate-expired",
        weight: Weight::Precise,
        speaker: Speaker::Server,
        says: "The client certificate, or a CA above it, is outside of its validity.",
        causes: &[
            "the client certificate has expired; a worker that read it at its start keeps on using it",
            "a CA in its chain has expired, which ends all certificates below it",
            "the certificate is not valid yet, or the clock of the machine that made it is wrong",
        ],
        next: &[CHECK_CERTIFICATE, "openssl x509 -in worker.pem -noout -dates"],
        cites: &[ALERTS, GO_TLS],
        texts: &[
            &["tls: expired certificate"],
            &["tls: certificate expired"],
            &["fatal alert: CertificateExpired"],
            &["AlertReceived(CertificateExpired)"],
            &["alert certificate expired"],
            &["SSLV3_ALERT_CERTIFICATE_EXPIRED"],
            &["fatal alert: certificate_expired"],
        ],
    },
    Meaning {
        name: "server-denies-access",
        weight: Weight::Precise,
        speaker: Speaker::Server,
        says: "The server has read the client certificate and found nothing wrong with it, but does not let it in here.",
        causes: &[
            "the certificate filters of the Namespace admit none of the certificate's names",
            "the address or the server name is that of a Namespace that this server does not have",
            "a server built with mtlsmith says it for both; so may a proxy between the worker and Temporal Cloud",
        ],
        next: &[CHECK_CERTIFICATE, CHECK_FILTERS, CHECK_CONFIGURATION],
        cites: &[ALERTS],
        texts: &[
            &["fatal alert: AccessDenied"],
            &["AlertReceived(AccessDenied)"],
            &["tls: access denied"],
            &["alert access denied"],
            &["ALERT_ACCESS_DENIED"],
            &["fatal alert: access_denied"],
        ],
    },
    Meaning {
        name: "server-says-certificate-revoked",
        weight: Weight::Precise,
        speaker: Speaker::Server,
        says: "The server takes the client certificate for revoked. Temporal Cloud checks no revocation, so something else answered.",
        causes: &[
            "a proxy or a server of one's own between the worker and Temporal Cloud ends the TLS connection",
        ],
        next: &[CHECK_CONFIGURATION],
        cites: &[ALERTS],
        texts: &[
            &["tls: revoked certificate"],
            &["fatal alert: CertificateRevoked"],
            &["AlertReceived(CertificateRevoked)"],
            &["alert certificate revoked"],
            &["fatal alert: certificate_revoked"],
        ],
    },
    Meaning {
        name: "server-refuses-kind-of-certificate",
        weight: Weight::Precise,
        speaker: Speaker::Server,
        says: "The certificate has a kind of key or a usage that the server does not take.",
        causes: &[
            "the extended key usage is for servers alone (serverAuth without clientAuth)",
            "the key usage lacks digitalSignature",
            "the key is neither RSA nor ECDSA, such as Ed25519",
        ],
        next: &[CHECK_CERTIFICATE, "openssl x509 -in worker.pem -noout -ext keyUsage,extendedKeyUsage"],
        cites: &[ALERTS, GO_TLS],
        texts: &[
            &["tls: unsupported certificate"],
            &["fatal alert: UnsupportedCertificate"],
            &["AlertReceived(UnsupportedCertificate)"],
            &["alert unsupported certificate"],
            &["fatal alert: unsupported_certificate"],
        ],
    },
    Meaning {
        name: "server-says-bad-certificate",
        weight: Weight::Narrow,
        speaker: Speaker::Server,
        says: "The server refused the client certificate without a closer reason. Go uses this alert for everything that has none of its own.",
        causes: &[
            "certificate and CA have the same name, or two CAs have",
            "the chain ends at no CA of the bundle, or at one of the same name with another key",
            "the usages of the certificate exclude clients, or a CA in the chain is none",
            "the private key does not belong to the certificate",
        ],
        next: &[CHECK_CERTIFICATE, CHECK_BUNDLE],
        cites: &[ALERTS, GO_TLS],
        texts: &[
            &["tls: bad certificate"],
            &["fatal alert: BadCertificate"],
            &["AlertReceived(BadCertificate)"],
            &["alert bad certificate"],
            &["SSLV3_ALERT_BAD_CERTIFICATE"],
            &["fatal alert: bad_certificate"],
        ],
    },
    Meaning {
        name: "server-says-certificate-unknown",
        weight: Weight::Narrow,
        speaker: Speaker::Server,
        says: "The server refused the client certificate for a reason that it does not tell.",
        causes: &[
            "the chain ends at no CA of the Namespace's bundle",
            "a name constraint or another extension of a CA excludes the certificate",
        ],
        next: &[CHECK_CERTIFICATE],
        cites: &[ALERTS],
        texts: &[
            &["tls: unknown certificate"],
            &["fatal alert: CertificateUnknown"],
            &["alert certificate unknown"],
            &["SSLV3_ALERT_CERTIFICATE_UNKNOWN"],
            &["fatal alert: certificate_unknown"],
        ],
    },
    Meaning {
        name: "signature-of-client-wrong",
        weight: Weight::Precise,
        speaker: Speaker::Server,
        says: "The signature with which the client proves that it has the private key is wrong.",
        causes: &[
            "the private key does not belong to the certificate",
            "the two files are of different generations: one was replaced, the other not yet",
        ],
        next: &[CHECK_CERTIFICATE],
        cites: &[ALERTS, GO_TLS],
        texts: &[
            &["tls: error decrypting message"],
            &["fatal alert: DecryptError"],
            &["alert decrypt error"],
            &["fatal alert: decrypt_error"],
        ],
    },
    Meaning {
        name: "handshake-failure",
        weight: Weight::Vague,
        speaker: Speaker::Server,
        says: "The two sides found no common ground, or a server of TLS 1.2 got no certificate that it wanted.",
        causes: &[
            "no client certificate was sent over TLS 1.2, where there is no alert for that",
            "the key of the certificate fits none of the algorithms that the server offers",
            "a proxy in between speaks an old version of TLS",
        ],
        next: &[CHECK_CONFIGURATION, CHECK_CERTIFICATE],
        cites: &[ALERTS, RUSTLS],
        texts: &[
            &["tls: handshake failure"],
            &["fatal alert: HandshakeFailure"],
            &["alert handshake failure"],
            &["SSLV3_ALERT_HANDSHAKE_FAILURE"],
            &["fatal alert: handshake_failure"],
        ],
    },
    Meaning {
        name: "server-does-not-know-the-name",
        weight: Weight::Precise,
        speaker: Speaker::Server,
        says: "The server has no certificate for the name that the client asked for.",
        causes: &[
            "the server name is not that of the Namespace's endpoint, which matters behind PrivateLink and Private Service Connect",
            "the address is an IP address, and no server name is set",
        ],
        next: &[CHECK_CONFIGURATION],
        cites: &[ALERTS, super::CONNECTIVITY],
        texts: &[
            &["tls: unrecognized name"],
            &["fatal alert: UnrecognisedName"],
            &["fatal alert: UnrecognizedName"],
            &["alert unrecognized name"],
            &["fatal alert: unrecognized_name"],
        ],
    },
    Meaning {
        name: "filters-or-namespace-refuse",
        weight: Weight::Precise,
        speaker: Speaker::Server,
        says: "The handshake is done and the chain is fine, but the request is not allowed: no certificate filter of the Namespace \
            matches the certificate, or the name of the Namespace is wrong.",
        causes: &[
            "no certificate filter matches the certificate's common name, organization, unit or alternative name",
            "the Namespace is named without its account: it must be NAME.ACCOUNT",
            "the address is the endpoint of another Namespace",
        ],
        next: &[CHECK_FILTERS, CHECK_CONFIGURATION],
        cites: &[TROUBLESHOOTING],
        texts: &[&["Request unauthorized"]],
    },
    Meaning {
        name: "namespace-not-found",
        weight: Weight::Precise,
        speaker: Speaker::Server,
        says: "The server has taken the connection, so TLS is not at fault; it has no Namespace of the name that was asked for.",
        causes: &[
            "the Namespace is named without its account: it must be NAME.ACCOUNT",
            "the address is that of another server, such as a development server on localhost:7233",
            "the Namespace was deleted, or is not there yet: after it is made it takes some minutes",
            "no Namespace was set, and the client asks for the one called default",
        ],
        next: &[CHECK_CONFIGURATION],
        cites: &[NAMESPACE_NOT_FOUND, TROUBLESHOOTING],
        texts: &[
            &["Namespace", "is not found"],
            &["Namespace", "was not found"],
            &["Namespace not found"],
            &["NamespaceNotFound"],
            &["NamespaceNotFoundFailure"],
        ],
    },
    Meaning {
        name: "permission-denied",
        weight: Weight::Narrow,
        speaker: Speaker::Server,
        says: "The client is known, but may not do what it asks for.",
        causes: &[
            "no certificate filter of the Namespace matches the certificate",
            "the Namespace is named without its account, or is another one than the address says",
            "an API key was sent that has no rights on the Namespace",
        ],
        next: &[CHECK_FILTERS, CHECK_CONFIGURATION],
        cites: &[TROUBLESHOOTING],
        texts: &[
            &["code = PermissionDenied"],
            &["PERMISSION_DENIED"],
            &["status: PermissionDenied"],
            &["Code: PermissionDenied"],
            &["The caller does not have permission"],
        ],
    },
    Meaning {
        name: "api-key-not-taken",
        weight: Weight::Precise,
        speaker: Speaker::Server,
        says: "The server looked for an API key, which is a JWT, and not at a certificate; the key has expired, is missing or is none.",
        causes: &[
            "the API key has expired; it does so on its day, whatever uses it",
            "an API key is set beside the certificate (api_key, TEMPORAL_API_KEY), and the client sends it",
            "the address is an endpoint for API keys (*.api.temporal.io), and the client means to use its certificate",
        ],
        next: &[CHECK_CONFIGURATION],
        cites: &[TROUBLESHOOTING],
        texts: &[
            &["Jwt is expired"],
            &["Jwt is missing"],
            &["Jwt verification fails"],
            &["Jwt is not in the form of Header.Payload.Signature"],
        ],
    },
    Meaning {
        name: "unauthenticated",
        weight: Weight::Narrow,
        speaker: Speaker::Server,
        says: "The server does not take the credentials: neither the certificate nor the API key that it got, if any.",
        causes: &[
            "the Namespace is set up for certificates and got an API key, or the other way round",
            "the certificate is not accepted by the CA bundle of the Namespace",
            "the API key has expired or is disabled",
        ],
        next: &[CHECK_CONFIGURATION, CHECK_CERTIFICATE],
        cites: &[TROUBLESHOOTING],
        texts: &[
            &["code = Unauthenticated"],
            &["UNAUTHENTICATED"],
            &["status: Unauthenticated"],
            &["Code: Unauthenticated"],
        ],
    },
    Meaning {
        name: "refused-behind-the-handshake",
        weight: Weight::Narrow,
        speaker: Speaker::Server,
        says: "The server closed the connection before the first word of HTTP/2. With TLS 1.3 the client believes the handshake done \
            before the server has looked at its certificate, so a refusal looks like this.",
        causes: &[
            "the client certificate is wrong or has expired: the CA of the Namespace did not issue it, or its chain is not complete",
            "no client certificate was sent",
            "TLS is turned off in the client, and the server got plain text",
        ],
        next: &[CHECK_CERTIFICATE, CHECK_CONFIGURATION],
        cites: &[
            LAST_CONNECTION_ERROR,
            thread("temporalio/tctl issue 353", "https://github.com/temporalio/tctl/issues/353"),
        ],
        texts: &[
            &["connection closed before server preface received"],
            &["error reading server preface"],
            &["operation was canceled", "connection closed"],
        ],
    },
    Meaning {
        name: "expired-member-of-bundle",
        weight: Weight::Precise,
        speaker: Speaker::ControlPlane,
        says: "Temporal Cloud refuses the CA bundle because one of its certificates has expired. The whole bundle is judged at every \
            change, also when another certificate is added or removed.",
        causes: &["a certificate of the bundle has expired; it need not be the one that you are changing"],
        next: &[CHECK_BUNDLE, "mtlsmith bundle remove ca.pem --expired --output next.pem"],
        cites: &[TCLD_406],
        texts: &[&["certificate with subject", "is expired as of"], &["received is expired as of"]],
    },
    Meaning {
        name: "bundle-without-whole-chain",
        weight: Weight::Precise,
        speaker: Speaker::ControlPlane,
        says: "Temporal Cloud refuses the CA bundle because one of its certificates does not lead to a root within the bundle.",
        causes: &[
            "the bundle has an intermediate CA, but not the root above it",
            "the root above it has expired, or has the same name and another key",
        ],
        next: &[CHECK_BUNDLE, "mtlsmith bundle inspect ca.pem"],
        cites: &[TCLD_406],
        texts: &[&["unable to construct full certificate chain"]],
    },
    Meaning {
        name: "bundle-refused",
        weight: Weight::Narrow,
        speaker: Speaker::ControlPlane,
        says: "Temporal Cloud refuses the CA bundle; behind the text stands one line for each fault.",
        causes: &["a certificate of the bundle has expired, is no CA, or leads to no root of the bundle"],
        next: &[CHECK_BUNDLE],
        cites: &[TCLD_406],
        texts: &[&["invalid ca certificate"]],
    },
    Meaning {
        name: "api-key-and-certificates-at-once",
        weight: Weight::Precise,
        speaker: Speaker::ControlPlane,
        says: "A Namespace was to be made with API keys and certificates at once, which Temporal has to turn on first.",
        causes: &["both api_key_auth and accepted_client_ca are set"],
        next: &["choose one of the two, or ask Temporal's support"],
        cites: &[thread(
            "temporalio/terraform-provider-temporalcloud issue 340",
            "https://github.com/temporalio/terraform-provider-temporalcloud/issues/340",
        )],
        texts: &[&["cannot create namespace with provided auth method"]],
    },
    Meaning {
        name: "nothing-to-change",
        weight: Weight::Precise,
        speaker: Speaker::ControlPlane,
        says: "The change is equal to what the Namespace has; nothing was done.",
        causes: &[
            "the same bundle or filters were sent again",
            "two runs of a pipeline sent the same change",
        ],
        next: &["mtlsmith bundle diff live.pem next.pem"],
        cites: &[TCLD],
        texts: &[&["nothing to change"]],
    },
    Meaning {
        name: "certificate-already-in-bundle",
        weight: Weight::Precise,
        speaker: Speaker::ControlPlane,
        says: "tcld was to add a certificate that the Namespace has already.",
        causes: &["the same file was added before", "the file holds the new CA and one of the old ones"],
        next: &["mtlsmith bundle diff live.pem next.pem"],
        cites: &[TCLD],
        texts: &[&["certificate with fingerprint", "already exists"]],
    },
    Meaning {
        name: "certificate-not-in-bundle",
        weight: Weight::Precise,
        speaker: Speaker::ControlPlane,
        says: "tcld was to remove a certificate that the Namespace does not have.",
        causes: &[
            "the fingerprint is of another certificate, or of another hash",
            "somebody has removed it already",
        ],
        next: &["mtlsmith bundle inspect live.pem"],
        cites: &[TCLD],
        texts: &[&["certificate with fingerprint", "does not exist"]],
    },
    Meaning {
        name: "text-behind-the-last-certificate",
        weight: Weight::Precise,
        speaker: Speaker::ControlPlane,
        says: "The tool could not read the file to its end: behind the last certificate stands something that is no PEM.",
        causes: &[
            "a comment, a cut block or another text stands behind the last END line",
            "the file is not PEM at all",
        ],
        next: &[CHECK_BUNDLE, "mtlsmith bundle normalize ca.pem --output clean.pem"],
        cites: &[TCLD, TERRAFORM],
        texts: &[&["failed to parse one or more certificates"], &["malformed certificates"]],
    },
];

const TCLD: Cite = official_tool("tcld app/ca.go", "https://github.com/temporalio/tcld/blob/main/app/ca.go");

const TERRAFORM: Cite = official_tool(
    "terraform-provider-temporalcloud internal/types/encoded_ca.go",
    "https://github.com/temporalio/terraform-provider-temporalcloud",
);

/// Where the server's text about a Namespace is written.
const NAMESPACE_NOT_FOUND: Cite = official_tool(
    "temporalio/api-go serviceerror/namespace_not_found.go",
    "https://github.com/temporalio/api-go/blob/master/serviceerror/namespace_not_found.go",
);
