//! What a client says about the server's certificate.

use super::CHECK_CONFIGURATION;
use super::CONNECTIVITY;
use super::GO_X509;
use super::Meaning;
use super::OPENSSL;
use super::RUSTLS;
use super::Speaker;
use super::Weight;
use crate::rule::thread;

pub(super) const MEANINGS: &[Meaning] = &[
    Meaning {
        name: "client-does-not-trust-the-server",
        weight: Weight::Precise,
        speaker: Speaker::Client,
        says: "The client does not trust the server's certificate. Temporal Cloud's comes from a public CA, so this is about what the \
            client trusts, and not about the client certificate.",
        causes: &[
            "the CA of your own client certificates is set as the CA of the server (server_ca_cert, serverRootCACertificate); leave it out",
            "the image has no public roots: install ca-certificates",
            "a proxy of the company ends TLS and presents a certificate of its own",
            "the address is that of a server of one's own, whose CA is not set",
        ],
        next: &[
            CHECK_CONFIGURATION,
            "openssl s_client -connect NAME.ACCOUNT.tmprl.cloud:7233 -servername NAME.ACCOUNT.tmprl.cloud -alpn h2 </dev/null",
        ],
        cites: &[
            thread(
                "temporalio/samples-typescript pull request 252",
                "https://github.com/temporalio/samples-typescript/pull/252",
            ),
            thread(
                "temporalio/sdk-python issue 1113",
                "https://github.com/temporalio/sdk-python/issues/1113",
            ),
            RUSTLS,
            OPENSSL,
        ],
        texts: &[
            &["InvalidCertificate(UnknownIssuer)"],
            &["invalid peer certificate: UnknownIssuer"],
            &["invalid peer certificate contents: invalid peer certificate: UnknownIssuer"],
            &["unable to get local issuer certificate"],
            &["unable to get issuer certificate"],
            &["UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
            &["UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
            &["unable to verify the first certificate"],
            &["self-signed certificate in certificate chain"],
            &["self signed certificate in certificate chain"],
            &["SELF_SIGNED_CERT_IN_CHAIN"],
            &["DEPTH_ZERO_SELF_SIGNED_CERT"],
            &["x509: certificate signed by unknown authority"],
            &["PKIX path building failed"],
            &["Path does not chain with any of the trust anchors"],
            &["unable to find valid certification path to requested target"],
        ],
    },
    Meaning {
        name: "name-of-server-does-not-fit",
        weight: Weight::Precise,
        speaker: Speaker::Client,
        says: "The server's certificate is for another name than the one that the client connects to.",
        causes: &[
            "the address is a private endpoint or an IP address, and no server name is set",
            "the server name is not that of the Namespace's endpoint, or of the active region",
            "the address has a spelling mistake and leads to another host",
        ],
        next: &[CHECK_CONFIGURATION],
        cites: &[CONNECTIVITY, GO_X509],
        texts: &[
            &["x509: certificate is valid for", "not "],
            &["because it doesn't contain any IP SANs"],
            &["x509: certificate is not valid for any names"],
            &["invalid peer certificate: NotValidForName"],
            &["InvalidCertificate(NotValidForName"],
            &["certificate not valid for name"],
            &["Hostname mismatch, certificate is not valid for"],
            &["IP address mismatch, certificate is not valid for"],
            &["ERR_TLS_CERT_ALTNAME_INVALID"],
            &["Hostname/IP does not match certificate's altnames"],
            &["No subject alternative names matching"],
            &["No subject alternative DNS name matching"],
            &["No name matching", "found"],
            &["RemoteCertificateNameMismatch"],
        ],
    },
    Meaning {
        name: "name-of-server-in-common-name-alone",
        weight: Weight::Precise,
        speaker: Speaker::Client,
        says: "The server's certificate has its host name in the Common Name alone, which Go has not read since 1.15: it wants a DNS name \
            among the alternative names (SAN). Temporal Cloud's certificates have those, so another server answers. Client \
            certificates need no such name.",
        causes: &[
            "the address is that of a server of one's own, whose certificate was made with a Common Name alone",
            "a proxy of the company ends TLS and presents a certificate of its own",
        ],
        next: &[
            CHECK_CONFIGURATION,
            "openssl s_client -connect HOST:7233 -servername HOST </dev/null | openssl x509 -noout -subject -ext subjectAltName",
        ],
        cites: &[GO_X509],
        texts: &[
            &["certificate relies on legacy Common Name field"],
            &["use SANs or temporarily enable Common Name matching"],
        ],
    },
    Meaning {
        name: "certificate-of-server-outside-its-validity",
        weight: Weight::Precise,
        speaker: Speaker::Client,
        says: "The client takes the server's certificate for expired or not yet valid.",
        causes: &[
            "the clock of the client is wrong; virtual machines that slept are known for it",
            "a proxy in between presents an old certificate",
            "the server is one of one's own, and its certificate has expired",
        ],
        next: &["date -u", CHECK_CONFIGURATION],
        cites: &[GO_X509, RUSTLS, OPENSSL],
        texts: &[
            &["x509: certificate has expired or is not yet valid"],
            &["invalid peer certificate: Expired"],
            &["InvalidCertificate(Expired"],
            &["invalid peer certificate: NotValidYet"],
            &["invalid peer certificate: certificate expired"],
            &["CERT_HAS_EXPIRED"],
            &["certificate verify failed: certificate has expired"],
            &["CERT_HAS_EXPIRED"],
            &["certificate has expired"],
            &["CertificateExpiredException"],
            &["CertificateNotYetValidException"],
        ],
    },
    Meaning {
        name: "end-entity-used-as-ca",
        weight: Weight::Precise,
        speaker: Speaker::Client,
        says: "A CA certificate stands where the certificate of a server belongs, or the other way round.",
        causes: &[
            "the CA of the server is set to a certificate that is no CA",
            "a server of one's own presents its CA certificate as its own",
        ],
        next: &[CHECK_CONFIGURATION],
        cites: &[RUSTLS],
        texts: &[&["CaUsedAsEndEntity"], &["EndEntityUsedAsCa"], &["UnsupportedCertVersion"]],
    },
    Meaning {
        name: "wrong-usage-of-certificate",
        weight: Weight::Precise,
        speaker: Speaker::Client,
        says: "The certificate is not for this use: its extended key usage names another one.",
        causes: &[
            "as seen by a client: the server presents a certificate for clients, mostly a proxy in between",
            "as seen in a server's log: the client certificate lacks clientAuth",
        ],
        next: &[super::CHECK_CERTIFICATE],
        cites: &[GO_X509, RUSTLS, OPENSSL],
        texts: &[
            &["x509: certificate specifies an incompatible key usage"],
            &["invalid peer certificate: InvalidPurpose"],
            &["InvalidCertificate(InvalidPurpose"],
            &["unsuitable certificate purpose"],
            &["unsupported certificate purpose"],
        ],
    },
    Meaning {
        name: "client-refuses-certificate-of-server",
        weight: Weight::Narrow,
        speaker: Speaker::Client,
        says: "The client could not verify the server's certificate; the words behind the text say why.",
        causes: &[
            "the client trusts other CAs than the public ones, or none",
            "the name does not fit the certificate, which matters behind private endpoints",
            "a proxy of the company ends TLS and presents a certificate of its own",
        ],
        next: &[CHECK_CONFIGURATION],
        cites: &[OPENSSL, RUSTLS],
        texts: &[
            &["CERTIFICATE_VERIFY_FAILED"],
            &["certificate verify failed"],
            &["tls: failed to verify certificate"],
            &["invalid peer certificate"],
            &["The remote certificate is invalid according to the validation procedure"],
        ],
    },
];
