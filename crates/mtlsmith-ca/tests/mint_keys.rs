//! Keys that users bring, as OpenSSL writes them, and keys that we write, as OpenSSL reads them.
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
use mint_support::key;
use mint_support::subject;
use mtlsmith_ca::mint::MintError;
use mtlsmith_ca::mint::Signer;
use mtlsmith_ca::mint::SystemRandom;
use mtlsmith_ca::mint::key::KeyForm;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::Passphrase;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_ca::mint::write_request;
use mtlsmith_testkit::Rng;

fn passphrase(text: &str) -> Result<Option<Passphrase>, MintError> {
    Ok(Some(Passphrase::new(text.as_bytes().to_vec())))
}

/// The public key that OpenSSL sees in a key file.
fn public_key_info(openssl: &OpenSsl, file: &str) -> Vec<u8> {
    openssl.run(&format!("pkey -in {file} -passin pass:secret -pubout -outform DER -out public.der"));
    openssl.read("public.der")
}

#[test]
fn every_form_that_openssl_writes_is_read() {
    let Some(openssl) = OpenSsl::found("keys as OpenSSL writes them") else { return };
    for curve in ["prime256v1", "secp384r1", "secp521r1"] {
        // EC PARAMETERS comes first.
        openssl.run(&format!("ecparam -name {curve} -genkey -out sec1.pem"));
        assert!(
            String::from_utf8_lossy(&openssl.read("sec1.pem")).starts_with("-----BEGIN EC PARAMETERS-----")
        );
        check(&openssl, "sec1.pem", KeyForm::Sec1, false);
        openssl.run("ec -in sec1.pem -outform DER -out sec1.der");
        check(&openssl, "sec1.der", KeyForm::Sec1, false);
        check_pkcs8(&openssl, "sec1.pem");
    }
    for bits in [2048, 3000] {
        openssl.run(&format!("genrsa -traditional -out pkcs1.pem {bits}"));
        check(&openssl, "pkcs1.pem", KeyForm::Pkcs1, false);
        check_pkcs8(&openssl, "pkcs1.pem");
    }
}

fn check_pkcs8(openssl: &OpenSsl, from: &str) {
    openssl.run(&format!("pkcs8 -topk8 -nocrypt -in {from} -out pkcs8.pem"));
    check(openssl, "pkcs8.pem", KeyForm::Pkcs8, false);
    openssl.run("pkcs8 -topk8 -nocrypt -in pkcs8.pem -outform DER -out pkcs8.der");
    check(openssl, "pkcs8.der", KeyForm::Pkcs8, false);
}

#[test]
fn every_encryption_that_openssl_writes_is_read() {
    let Some(openssl) = OpenSsl::found("encrypted keys as OpenSSL writes them") else { return };
    openssl.run("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out pkcs8.pem");
    for encryption in ["-v2 aes-256-cbc", "-v2 aes-128-cbc -v2prf hmacWithSHA512", "-scrypt"] {
        openssl
            .run(&format!("pkcs8 -topk8 {encryption} -passout pass:secret -in pkcs8.pem -out encrypted.pem"));
        check(&openssl, "encrypted.pem", KeyForm::Pkcs8, true);
    }
    openssl.run("pkcs8 -topk8 -passout pass:secret -in pkcs8.pem -outform DER -out encrypted.der");
    check(&openssl, "encrypted.der", KeyForm::Pkcs8, true);
}

fn check(openssl: &OpenSsl, file: &str, form: KeyForm, encrypted: bool) {
    let read = PrivateKey::read(&openssl.read(file), || passphrase("secret"))
        .unwrap_or_else(|error| panic!("{file}: {error}"));
    assert_eq!((read.form, read.encrypted), (form, encrypted), "{file}");
    assert_eq!(read.key.public_key_info(), public_key_info(openssl, file), "{file}");
    if encrypted {
        let wrong = PrivateKey::read(&openssl.read(file), || passphrase("guess"));
        assert!(matches!(wrong, Err(MintError::WrongPassphrase)), "{wrong:?}");
        assert!(matches!(PrivateKey::read_plain(&openssl.read(file)), Err(MintError::PassphraseNeeded)));
    }
}

#[test]
fn the_old_encryption_header_is_refused_with_the_converting_command() {
    let Some(openssl) = OpenSsl::found("the header DEK-Info") else { return };
    openssl.run("genrsa -traditional -aes128 -passout pass:secret -out old.pem 2048");
    assert!(String::from_utf8_lossy(&openssl.read("old.pem")).contains("DEK-Info"));
    let refused = PrivateKey::read(&openssl.read("old.pem"), || passphrase("secret")).unwrap_err();
    assert!(refused.to_string().contains("openssl pkcs8 -topk8 -in KEY -out NEW"), "{refused}");
    openssl.run("pkcs8 -topk8 -in old.pem -passin pass:secret -passout pass:secret -out new.pem");
    check(&openssl, "new.pem", KeyForm::Pkcs8, true);
}

#[test]
fn keys_that_temporal_cloud_refuses_are_refused_with_the_code() {
    let Some(openssl) = OpenSsl::found("keys of refused kinds") else { return };
    for (command, code) in [
        ("genpkey -algorithm ed25519 -out key.pem", "CA-005"),
        ("genpkey -algorithm x25519 -out key.pem", "CA-005"),
        ("genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:1024 -out key.pem", "CA-007"),
        ("genrsa -traditional -out key.pem 1024", "CA-007"),
        ("ecparam -name secp256k1 -genkey -out key.pem", "CA-010"),
        ("ecparam -name secp224r1 -genkey -out key.pem", "CA-010"),
    ] {
        openssl.run(command);
        let refused = PrivateKey::read_plain(&openssl.read("key.pem")).unwrap_err();
        assert_eq!(refused.code(), Some(code), "{command}: {refused}");
    }
}

#[test]
fn openssl_reads_every_key_that_is_written() {
    let Some(openssl) = OpenSsl::found("keys as OpenSSL reads them") else { return };
    for kind in KeyKind::ALL {
        let key = key(kind);
        openssl.write("plain.pem", key.pkcs8_pem().unwrap().as_bytes());
        openssl.run("pkey -in plain.pem -check -noout");
        assert_eq!(public_key_info(&openssl, "plain.pem"), key.public_key_info(), "{kind}");
    }
    let key = key(KeyKind::P384);
    let secret = Passphrase::new(b"secret".to_vec());
    openssl.write("closed.pem", key.encrypted_pkcs8_pem(&secret, &SystemRandom).unwrap().as_bytes());
    assert_eq!(public_key_info(&openssl, "closed.pem"), key.public_key_info());
    let again = PrivateKey::read(&openssl.read("closed.pem"), || passphrase("secret")).unwrap();
    assert!(again.encrypted);
}

#[test]
fn text_of_keys_never_shows_in_debug_or_errors() {
    let key = key(KeyKind::P256);
    let pem = key.pkcs8_pem().unwrap();
    let body = pem.lines().nth(1).unwrap();
    let broken = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", body.repeat(2));
    let refused = PrivateKey::read_plain(broken.as_bytes()).unwrap_err();
    assert!(!format!("{refused} {refused:?} {key:?}").contains(&body[8..20]));
}

#[test]
fn damaged_keys_are_refused_or_still_whole() {
    let sound = key(KeyKind::P256);
    let der = sound.pkcs8().unwrap();
    let mut rng = Rng::new(7);
    let (mut refused, mut read) = (0, 0);
    for _ in 0..3_000 {
        let mut bytes = der.to_vec();
        match rng.below(3) {
            0 => bytes.truncate(rng.below(der.len())),
            1 => bytes.insert(rng.below(der.len()), 0x30),
            _ => {
                let place = rng.below(der.len());
                bytes[place] ^= 1 << rng.below(8);
            }
        }
        match PrivateKey::read_plain(&bytes) {
            Ok(key) => {
                // Whatever was read is a key whose halves belong together.
                let signer: &dyn Signer = &key;
                assert!(write_request(&subject("damaged"), &[], signer).is_ok());
                read += 1;
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 2_000, "{refused} refused, {read} read");
}
