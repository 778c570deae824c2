//! Texts as they are pasted, and what is found in them.

use std::collections::BTreeSet;

use super::*;

fn names(text: &str) -> Vec<&'static str> {
    explain(text).matches.iter().map(|found| found.meaning.name).collect()
}

/// What is pasted, and what it must be known as first.
const PASTED: &[(&str, &str)] = &[
    (
        "2026/11/23 03:12:44 ERROR Unable to create client error=\"failed reaching server: last connection error: connection error: \
         desc = \\\"error reading server preface: remote error: tls: expired certificate\\\"\"",
        "server-says-certificate-expired",
    ),
    (
        "rpc error: code = Unavailable desc = connection error: desc = \"transport: authentication handshake failed: remote error: \
         tls: bad certificate\"",
        "server-says-bad-certificate",
    ),
    (
        "RuntimeError: Failed client connect: Server connection error: tonic::transport::Error(Transport, \
         hyper::Error(Connect, Custom { kind: InvalidData, error: InvalidCertificate(UnknownIssuer) }))",
        "client-does-not-trust-the-server",
    ),
    (
        "System.InvalidOperationException: Connection failed: Server connection error: received fatal alert: CertificateRequired",
        "no-client-certificate-sent",
    ),
    ("rpc error: code = PermissionDenied desc = Request unauthorized.", "filters-or-namespace-refuse"),
    ("Server connection error: received fatal alert: AccessDenied", "server-denies-access"),
    ("error reading server preface: remote error: tls: access denied", "server-denies-access"),
    (
        "ssl.SSLError: [SSL: TLSV1_ALERT_ACCESS_DENIED] tlsv1 alert access denied (_ssl.c:2580)",
        "server-denies-access",
    ),
    (
        "tonic::transport::Error(Transport, hyper::Error(Io, Custom { kind: InvalidData, error: AlertReceived(UnknownCA) }))",
        "server-does-not-know-the-ca",
    ),
    ("hyper::Error(Canceled, \"operation was canceled\"), connection closed", "refused-behind-the-handshake"),
    (
        "javax.net.ssl.SSLHandshakeException: Received fatal alert: certificate_expired",
        "server-says-certificate-expired",
    ),
    (
        "Caused by: java.lang.IllegalArgumentException: Input stream does not contain valid private key.",
        "private-key-in-form-that-sdk-does-not-read",
    ),
    (
        "[Error: Client network socket disconnected] code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'",
        "client-does-not-trust-the-server",
    ),
    (
        "ssl.SSLError: [SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:2580)",
        "server-does-not-know-the-ca",
    ),
    (
        "tls: failed to verify certificate: x509: certificate is valid for *.tmprl.cloud, not vpce-1.vpce.amazonaws.com",
        "name-of-server-does-not-fit",
    ),
    (
        "invalid ca certificate: 1 error occurred:\n\t* certificate with subject 'CN=x' received is expired as of '2026'",
        "expired-member-of-bundle",
    ),
    ("dial tcp: lookup order.a1b2c.tmprl.cloud: no such host", "host-not-found"),
    (
        "failed to build client options: invalid TLS config: cannot have client key/cert path with data",
        "path-and-data-mixed",
    ),
    (
        "failed loading client cert/key path: open /tls/tls.crt: no such file or directory",
        "file-of-certificate-not-there",
    ),
    ("tls: private key does not match public key", "key-does-not-fit-certificate"),
    ("rpc error: code = NotFound desc = Namespace orders is not found.", "namespace-not-found"),
    (
        "rpc error: code = Unimplemented desc = unexpected HTTP status code received from server: 404 (Not Found); transport: \
         received unexpected content-type \"text/html; charset=utf-8\"",
        "no-temporal-server-behind-the-address",
    ),
    (
        "io.grpc.StatusRuntimeException: UNIMPLEMENTED: HTTP status code 404",
        "no-temporal-server-behind-the-address",
    ),
    (
        "tls: failed to verify certificate: x509: certificate relies on legacy Common Name field, use SANs instead",
        "name-of-server-in-common-name-alone",
    ),
    (
        "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types: \
         [TRUSTED CERTIFICATE]",
        "certificate-with-label-that-is-not-loaded",
    ),
    ("context deadline exceeded", "client-could-not-connect"),
    ("open /certs/tls.key: permission denied", "file-of-certificate-not-readable"),
    ("Error: EACCES: permission denied, open '/certs/tls.key'", "file-of-certificate-not-readable"),
    ("PermissionError: [Errno 13] Permission denied: '/certs/tls.crt'", "file-of-certificate-not-readable"),
    (
        "System.UnauthorizedAccessException: Access to the path '/certs/tls.key' is denied.",
        "file-of-certificate-not-readable",
    ),
    (
        "failed loading client cert/key path: open /certs/tls.key: permission denied",
        "file-of-certificate-not-readable",
    ),
    ("Error: 14 UNAVAILABLE: No connection established. Last error: null", "client-could-not-connect"),
    ("rpc error: code = Unauthenticated desc = Jwt is expired", "api-key-not-taken"),
    ("Namespace orders.a1b2c was not found", "namespace-not-found"),
    ("7 PERMISSION_DENIED: The caller does not have permission", "permission-denied"),
    ("The caller does not have permission", "permission-denied"),
    ("error: InvalidMessage(InvalidContentType)", "plain-text-where-tls-is-wanted"),
    ("code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH'", "key-does-not-fit-certificate"),
    (
        "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
        "proxy-cannot-reach-the-server",
    ),
    ("14 UNAVAILABLE: Name resolution failed for target dns:ordrs.a1b2c.tmprl.cloud:7233", "host-not-found"),
];

#[test]
fn what_users_paste_is_known() {
    for (text, name) in PASTED {
        assert_eq!(names(text).first(), Some(name), "{text}: {:?}", names(text));
    }
}

#[test]
fn every_listed_text_is_known_in_any_case_and_any_noise() {
    for meaning in meanings() {
        for fragments in meaning.texts {
            let line = format!("2026-11-23T03:12:44Z pod/worker-0 [{}]", fragments.join(" x "));
            for text in [line.clone(), line.to_uppercase(), format!("one\n{line}\r\nthree")] {
                let found = explain(&text);
                assert!(found.matches.iter().any(|own| own.meaning == meaning), "{}: {text}", meaning.name);
            }
        }
    }
}

#[test]
fn a_text_that_nobody_knows_gets_no_answer() {
    for text in [
        "",
        "all is well",
        "certificate",
        "tls",
        "error: something else",
        "\u{0}\u{1b}[31m",
        "unauthenticateduser",
        "Error from server (NotFound): namespaces \"orders\" not found",
        "code = Unimplemented",
        "HTTP status code 404",
        "Common Name field",
    ] {
        assert_eq!(names(text), [""; 0], "{text}");
    }
}

#[test]
fn the_most_telling_text_comes_first_wherever_it_stands() {
    let text = "context deadline exceeded\nlast connection error: x\nremote error: tls: unknown certificate authority\n";
    assert_eq!(
        names(text),
        ["server-does-not-know-the-ca", "client-could-not-connect", "last-connection-error"]
    );
    assert_eq!(explain(text).matches[0].line, 3);
}

#[test]
fn an_unknown_authority_is_no_unknown_certificate() {
    assert_eq!(names("remote error: tls: unknown certificate"), ["server-says-certificate-unknown"]);
    let both = names("remote error: tls: unknown certificate authority");
    assert_eq!(both.first(), Some(&"server-does-not-know-the-ca"));
}

#[test]
fn the_text_is_read_to_its_limit() {
    let known = "tls: certificate required";
    let filled = |length: usize| format!("{}\n{known}", "x".repeat(length - known.len() - 1));
    let (last, first) = (explain(&filled(LONGEST_TEXT)), explain(&filled(LONGEST_TEXT + 1)));
    assert_eq!((last.matches.len(), last.is_cut), (1, false));
    assert_eq!((first.matches.len(), first.is_cut), (0, true));
    assert!(explain(&"ä".repeat(LONGEST_TEXT)).is_cut);
}

#[test]
fn every_meaning_is_whole_and_unmistakable() {
    let mut known = BTreeSet::new();
    for meaning in meanings() {
        assert!(known.insert(meaning.name), "{} stands twice", meaning.name);
        assert!(meaning.says.ends_with('.') && !meaning.causes.is_empty(), "{}", meaning.name);
        assert!(!meaning.next.is_empty() && !meaning.cites.is_empty(), "{}", meaning.name);
        assert!(meaning.cites.iter().all(|cite| cite.url.starts_with("https://")), "{}", meaning.name);
        assert!(
            meaning.texts.iter().flat_map(|text| text.iter()).all(|text| text.len() > 2),
            "{}",
            meaning.name
        );
    }
}

#[test]
fn each_speaker_and_each_weight_has_words_of_its_own() {
    let speakers =
        [Speaker::Server, Speaker::Client, Speaker::ClientItself, Speaker::Network, Speaker::ControlPlane];
    let words: BTreeSet<&str> = speakers.iter().map(|speaker| speaker.as_str()).collect();
    assert!(words.len() == 5 && words.iter().all(|words| words.contains(' ')), "{words:?}");
    assert_eq!(speakers.map(Speaker::id), ["server", "client", "client-itself", "network", "control-plane"]);
    assert_eq!(
        [Weight::Precise, Weight::Narrow, Weight::Vague].map(Weight::as_str),
        ["precise", "narrow", "vague"]
    );
}

#[test]
fn a_mebibyte_is_read_to_its_end_and_cut_between_characters() {
    let message = "\nremote error: tls: expired certificate";
    let behind = |length: usize| format!("{}{message}", " ".repeat(length - message.len()));
    assert_eq!((LONGEST_TEXT, names(&behind(LONGEST_TEXT)).len()), (1_048_576, names(message).len()));
    assert!(!names(message).is_empty() && !explain(&behind(LONGEST_TEXT)).is_cut);
    assert!(names(&behind(LONGEST_TEXT + 1)).is_empty());
    let across = format!("{}\u{20ac}{message}", "a".repeat(LONGEST_TEXT - 1));
    assert!(explain(&across).is_cut && names(&across).is_empty());
    let last = |character| explain(&format!("{}{character}", "a".repeat(LONGEST_TEXT - 1))).is_cut;
    assert!(last('\u{20ac}') && !last('a'), "a character that the limit splits is left out");
}
