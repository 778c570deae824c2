//! Certificate requests as OpenSSL and others write them: verified with every algorithm, and read for their key alone.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads files, fails loudly and says what it measured"
)]

mod mint_support;

use mint_support::OpenSsl;
use mint_support::authority;
use mint_support::key;
use mint_support::leaf_request;
use mint_support::mint_leaf;
use mint_support::now;
use mint_support::subject;
use mtlsmith_ca::mint::AlternativeName;
use mtlsmith_ca::mint::CertificateRequest;
use mtlsmith_ca::mint::MintError;
use mtlsmith_ca::mint::Subject;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::write_request;

#[test]
fn the_curve_is_that_of_the_key_whatever_the_hash_of_the_request() {
    let Some(openssl) = OpenSsl::found("requests as OpenSSL writes them") else { return };
    let authority = authority(KeyKind::P384);
    for curve in ["prime256v1", "secp384r1", "secp521r1"] {
        openssl.run(&format!("ecparam -name {curve} -genkey -noout -out key.pem"));
        for hash in ["sha256", "sha384", "sha512"] {
            openssl.run(&format!("req -new -{hash} -key key.pem -subj /CN=asked/O=other -out request.pem"));
            issue(&openssl, &authority);
        }
    }
    openssl.run("genrsa -out key.pem 2048");
    for options in
        ["-sha256", "-sha384", "-sha512", "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1"]
    {
        openssl.run(&format!("req -new {options} -key key.pem -subj /CN=asked/O=other -out request.pem"));
        issue(&openssl, &authority);
    }
}

fn issue(openssl: &OpenSsl, authority: &mtlsmith_ca::mint::Authority) {
    let request = CertificateRequest::read(&openssl.read("request.pem")).unwrap();
    openssl.run("pkey -in key.pem -pubout -outform DER -out public.der");
    assert_eq!(request.public_key().info(), openssl.read("public.der"));
    assert_eq!(request.subject().to_string(), "O=other,CN=asked");
    let leaf = mint_leaf(&leaf_request("given"), request.public_key(), authority, now()).unwrap();
    assert_eq!(leaf.certificate().subject_public_key_info(), openssl.read("public.der"));
    assert_eq!(leaf.certificate().subject().to_string(), "CN=given,OU=worker,O=acme");
    openssl.run("req -in request.pem -outform DER -out request.der");
    assert_eq!(CertificateRequest::read(&openssl.read("request.der")).unwrap(), request);
}

#[test]
fn extensions_of_a_request_are_never_copied() {
    let Some(openssl) = OpenSsl::found("extensions in requests") else { return };
    openssl.run("ecparam -name prime256v1 -genkey -noout -out key.pem");
    openssl.run(
        "req -new -key key.pem -subj /CN=asked -addext basicConstraints=critical,CA:TRUE \
         -addext extendedKeyUsage=serverAuth,1.2.3.4 -addext subjectAltName=DNS:evil.example -out request.pem",
    );
    let request = CertificateRequest::read(&openssl.read("request.pem")).unwrap();
    let leaf =
        mint_leaf(&leaf_request("given"), request.public_key(), &authority(KeyKind::P256), now()).unwrap();
    let certificate = leaf.certificate();
    assert!(!certificate.is_ca());
    assert!(!certificate.extended_key_usage().unwrap().get().unwrap().server_auth);
    assert!(certificate.subject_alternative_names().all(|name| !name.to_string().contains("evil")));
}

#[test]
fn a_request_that_its_key_did_not_sign_is_refused() {
    let pem = write_request(&subject("worker"), &[], &key(KeyKind::P256)).unwrap();
    let mut der = x509_der(&pem);
    let last = der.len() - 1;
    der[last] ^= 1;
    assert!(matches!(CertificateRequest::read(&der), Err(MintError::RequestRefused { .. })));
    der[last] ^= 1;
    assert!(CertificateRequest::read(&der).is_ok());
    der.push(0);
    assert!(matches!(CertificateRequest::read(&der), Err(MintError::RequestRefused { .. })));
}

fn x509_der(pem: &str) -> Vec<u8> {
    mtlsmith_validate::pem::scan(pem.as_bytes()).blocks[0].content().unwrap().to_vec()
}

#[test]
fn weak_requests_are_refused() {
    let Some(openssl) = OpenSsl::found("weak requests") else { return };
    openssl.run("genrsa -out key.pem 2048");
    openssl.run("req -new -sha1 -key key.pem -subj /CN=asked -out request.pem");
    let refused = CertificateRequest::read(&openssl.read("request.pem")).unwrap_err();
    assert!(refused.to_string().contains("too weak"), "{refused}");
    openssl.run("genpkey -algorithm ed25519 -out key.pem");
    openssl.run("req -new -key key.pem -subj /CN=asked -out request.pem");
    assert_eq!(CertificateRequest::read(&openssl.read("request.pem")).unwrap_err().code(), Some("CA-005"));
}

#[test]
fn files_without_exactly_one_request_are_refused() {
    let pem = write_request(&subject("worker"), &[], &key(KeyKind::P256)).unwrap();
    for file in ["", "no request", &format!("{pem}{pem}"), &pem.replace("-----END", "-----ENDE")] {
        assert!(
            matches!(CertificateRequest::read(file.as_bytes()), Err(MintError::RequestRefused { .. })),
            "{file}"
        );
    }
}

#[test]
fn openssl_verifies_every_request_that_is_written() {
    let Some(openssl) = OpenSsl::found("requests as OpenSSL reads them") else { return };
    let subject = Subject::new(Some("acme"), &["a", "b"], Some("worker")).unwrap();
    let names = [AlternativeName::dns("worker.acme").unwrap()];
    for kind in [KeyKind::P256, KeyKind::P384, KeyKind::P521, KeyKind::Rsa2048] {
        openssl.write("request.pem", write_request(&subject, &names, &key(kind)).unwrap());
        let shown = openssl.run("req -in request.pem -verify -noout -subject -text");
        assert!(shown.contains("O = acme, OU = a, OU = b, CN = worker"), "{shown}");
        assert!(shown.contains("DNS:worker.acme"), "{shown}");
    }
}
