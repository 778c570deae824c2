//! What a client says about its own certificate, key and settings, before it connects.

use super::CHECK_CERTIFICATE;
use super::CHECK_CONFIGURATION;
use super::GO_TLS;
use super::Meaning;
use super::RUSTLS;
use super::Speaker;
use super::Weight;
use crate::rule::Cite;
use crate::rule::official_tool;
use crate::rule::thread;

pub(super) const MEANINGS: &[Meaning] = &[
    Meaning {
        name: "key-does-not-fit-certificate",
        weight: Weight::Precise,
        speaker: Speaker::ClientItself,
        says: "The private key does not belong to the certificate.",
        causes: &[
            "one of the two files was replaced and the other was not",
            "the CA's key is given in place of the client's",
            "the first certificate of the file is not the client's own; its chain belongs behind it",
        ],
        next: &[CHECK_CERTIFICATE],
        cites: &[GO_TLS, RUSTLS],
        texts: &[
            &["tls: private key does not match public key"],
            &["tls: private key type does not match public key type"],
            &["InconsistentKeys"],
            &["KeyMismatch"],
            &["keys may not be consistent"],
            &["KEY_VALUES_MISMATCH"],
            &["ERR_OSSL_X509_KEY_VALUES_MISMATCH"],
            &["X509_R_KEY_VALUES_MISMATCH"],
            &["key values mismatch"],
        ],
    },
    Meaning {
        name: "certificate-and-key-exchanged",
        weight: Weight::Precise,
        speaker: Speaker::ClientItself,
        says: "The certificate and the key are exchanged: where one is wanted stands the other.",
        causes: &["the two paths or the two values stand in the wrong order"],
        next: &[CHECK_CONFIGURATION],
        cites: &[GO_TLS],
        texts: &[
            &["PEM inputs may have been switched"],
            &["found a certificate rather than a key in the PEM for the private key"],
        ],
    },
    Meaning {
        name: "no-pem-where-certificate-belongs",
        weight: Weight::Precise,
        speaker: Speaker::ClientItself,
        says: "Where the certificate or the key belongs stands no PEM.",
        causes: &[
            "the value is a path, but the setting takes the PEM itself",
            "the value is base64 of PEM, as it stands in a Secret of Kubernetes; decode it once",
            "line ends became \\n on the way through a variable",
            "the file is DER or PKCS#12, or empty",
        ],
        next: &[CHECK_CONFIGURATION, "mtlsmith bundle inspect worker.pem"],
        cites: &[GO_TLS],
        texts: &[
            &["tls: failed to find any PEM data in certificate input"],
            &["tls: failed to find any PEM data in key input"],
            &["tls: failed to find \"CERTIFICATE\" PEM block"],
            &["tls: failed to find PEM block with type ending in \"PRIVATE KEY\""],
            &["PEM routines", "no start line"],
            &["PEM_NO_START_LINE"],
            &["PEM lib"],
            &["Error parsing PEM"],
            &["No PEM-encoded certificate"],
        ],
    },
    Meaning {
        name: "certificate-with-label-that-is-not-loaded",
        weight: Weight::Precise,
        speaker: Speaker::ClientItself,
        says: "The file holds PEM blocks, but none labelled CERTIFICATE, and no other label is loaded.",
        causes: &[
            "the certificate is labelled TRUSTED CERTIFICATE (openssl x509 -trustout) or X509 CERTIFICATE",
            "the file is that of the private key, or of a request (CERTIFICATE REQUEST)",
        ],
        next: &["openssl x509 -in worker.pem -out new.pem", CHECK_CONFIGURATION],
        cites: &[GO_TLS],
        texts: &[
            &[
                "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types",
            ],
            &[
                "failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types",
            ],
        ],
    },
    Meaning {
        name: "private-key-in-form-that-sdk-does-not-read",
        weight: Weight::Precise,
        speaker: Speaker::ClientItself,
        says: "The private key is in a form that this SDK does not read. PKCS#8 in PEM (BEGIN PRIVATE KEY) is read by all of them.",
        causes: &[
            "the key is in SEC1 (BEGIN EC PRIVATE KEY) or PKCS#1 (BEGIN RSA PRIVATE KEY); convert the key of the client, not that of the CA",
            "the key is encrypted (BEGIN ENCRYPTED PRIVATE KEY); SDKs ask for no passphrase",
            "the file holds an EC PARAMETERS block before the key, or no key at all",
        ],
        next: &["openssl pkcs8 -topk8 -nocrypt -in worker.key -out worker.pkcs8.key", CHECK_CONFIGURATION],
        cites: &[
            thread("temporalio/sdk-java issue 925", "https://github.com/temporalio/sdk-java/issues/925"),
            thread("temporalio/sdk-python issue 371", "https://github.com/temporalio/sdk-python/issues/371"),
            thread("temporalio/tcld issue 388", "https://github.com/temporalio/tcld/issues/388"),
        ],
        texts: &[
            &["File does not contain valid private key"],
            &["Input stream does not contain valid private key"],
            &["does not contain valid private key"],
            &["PrivateKeyParseError"],
            &["use ParseECPrivateKey instead"],
            &["use ParsePKCS1PrivateKey instead"],
            &["use ParsePKCS8PrivateKey instead"],
            &["tls: failed to parse private key"],
            &["algid parse error, not a sequence"],
            &["could not find any private key"],
            &["no private key found"],
        ],
    },
    Meaning {
        name: "encrypted-private-key",
        weight: Weight::Precise,
        speaker: Speaker::ClientItself,
        says: "The private key is encrypted, and the client has no passphrase for it, or a wrong one.",
        causes: &["the key was made with a passphrase; SDKs have no setting for one"],
        next: &["openssl pkcs8 -topk8 -nocrypt -in worker.key -out worker.pkcs8.key"],
        cites: &[OPENSSL_KEYS],
        texts: &[
            &["bad decrypt"],
            &["bad password read"],
            &["ERR_MISSING_PASSPHRASE"],
            &["Password was not given but private key is encrypted"],
        ],
    },
    Meaning {
        name: "path-and-data-mixed",
        weight: Weight::Precise,
        speaker: Speaker::ClientItself,
        says: "The settings name a path and data at once, and the client takes only one of the two.",
        causes: &[
            "the certificate is a path and the key is data, or the other way round",
            "a variable of the environment adds data to a profile with paths",
        ],
        next: &[CHECK_CONFIGURATION],
        cites: &[GO_SDK, RUST_CORE],
        texts: &[
            &["cannot have client key/cert path with data"],
            &["cannot have server CA cert path with data"],
            &["Cannot specify both", "_path and", "_data"],
            &["Cannot specify", "when", "is already specified"],
        ],
    },
    Meaning {
        name: "half-of-a-key-pair",
        weight: Weight::Precise,
        speaker: Speaker::ClientItself,
        says: "Only one of certificate and private key is set.",
        causes: &["the other one is missing, or stands under a key that nobody reads"],
        next: &[CHECK_CONFIGURATION],
        cites: &[GO_SDK],
        texts: &[
            &["if either client cert or key data is present, other must be present too"],
            &["if either client cert or key path is present, other must be present too"],
        ],
    },
    Meaning {
        name: "profile-not-found",
        weight: Weight::Precise,
        speaker: Speaker::ClientItself,
        says: "The profile that was asked for is not in temporal.toml.",
        causes: &[
            "TEMPORAL_PROFILE or --profile names another one",
            "another temporal.toml is read than expected",
        ],
        next: &[CHECK_CONFIGURATION],
        cites: &[GO_SDK, RUST_CORE],
        texts: &[&["unable to find profile"], &["Profile '", "' not found"]],
    },
    Meaning {
        name: "unknown-keys-in-configuration",
        weight: Weight::Precise,
        speaker: Speaker::ClientItself,
        says: "temporal.toml has keys that the client does not know, and it was told to be strict about them.",
        causes: &["settings of TLS stand outside of [profile.NAME.tls]", "a key has a spelling mistake"],
        next: &[CHECK_CONFIGURATION],
        cites: &[GO_SDK],
        texts: &[&["key(s) unrecognized"]],
    },
    Meaning {
        name: "file-of-certificate-not-readable",
        weight: Weight::Precise,
        speaker: Speaker::ClientItself,
        says: "The file of the certificate or of the key is there, but the program may not read it.",
        causes: &[
            "the key is for its owner alone (0600), as it should be, and the program runs as another user",
            "mtlsmith made it as another user: --group GROUP of new, gen leaf and rekey lets a group read it (0640)",
            "the Secret is mounted for root: set fsGroup, or defaultMode, in the pod's security context or volume",
            "a folder above the file may not be entered, as one in a home directory",
        ],
        next: &["namei -l worker.key", "id"],
        cites: &[GO_SDK],
        texts: &[
            &[".pem", "permission denied"],
            &[".crt", "permission denied"],
            &[".key", "permission denied"],
            &["permission denied", ".pem"],
            &["permission denied", ".crt"],
            &["permission denied", ".key"],
            &["Access to the path", ".pem", "is denied"],
            &["Access to the path", ".crt", "is denied"],
            &["Access to the path", ".key", "is denied"],
        ],
    },
    Meaning {
        name: "file-of-certificate-not-there",
        weight: Weight::Precise,
        speaker: Speaker::ClientItself,
        says: "The file of the certificate or of the key is not where the client looks for it.",
        causes: &[
            "a path is relative, and the program runs in another folder",
            "a path starts with ~, which only a shell replaces",
            "the Secret is not mounted into the container, or under another name",
        ],
        next: &[CHECK_CONFIGURATION],
        cites: &[GO_SDK],
        texts: &[
            &["ENOENT", ".pem"],
            &["ENOENT", ".crt"],
            &["ENOENT", ".key"],
            &["No such file or directory", ".pem"],
            &["No such file or directory", ".crt"],
            &["No such file or directory", ".key"],
            &[".pem", "no such file or directory"],
            &[".crt", "no such file or directory"],
            &[".key", "no such file or directory"],
        ],
    },
    Meaning {
        name: "files-of-client-not-loaded",
        weight: Weight::Vague,
        speaker: Speaker::ClientItself,
        says: "The client could not load its certificate, its key or the CA of the server; the words behind the text say why.",
        causes: &[
            "a file is not there, or may not be read",
            "the key does not belong to the certificate",
            "a value is no PEM",
        ],
        next: &[CHECK_CONFIGURATION, CHECK_CERTIFICATE],
        cites: &[GO_SDK],
        texts: &[
            &["failed loading client cert/key path"],
            &["failed loading client cert/key data"],
            &["failed reading server CA cert path"],
        ],
    },
];

const GO_SDK: Cite = official_tool(
    "sdk-go contrib/envconfig",
    "https://github.com/temporalio/sdk-go/tree/main/contrib/envconfig",
);

const RUST_CORE: Cite = official_tool(
    "sdk-rust crates/common/src/envconfig.rs",
    "https://github.com/temporalio/sdk-rust/blob/main/crates/common/src/envconfig.rs",
);

const OPENSSL_KEYS: Cite = Cite {
    document: "OpenSSL",
    place: "openssl-pkcs8",
    url: "https://docs.openssl.org/3.0/man1/openssl-pkcs8/",
};
