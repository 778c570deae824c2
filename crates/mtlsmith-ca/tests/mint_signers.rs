//! Signers outside of this process: another program, and a PKCS#11 token.
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

use std::time::Duration;

use mint_support::OpenSsl;
use mint_support::key;
use mint_support::leaf_request;
use mint_support::mint_leaf;
use mint_support::now;
use mint_support::profile;
use mint_support::root;
use mtlsmith_ca::mint::Authority;
use mtlsmith_ca::mint::CommandInput;
use mtlsmith_ca::mint::CommandSigner;
use mtlsmith_ca::mint::MintError;
use mtlsmith_ca::mint::key::KeyKind;

const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn openssl_as_the_signing_program_issues_certificates() {
    let Some(openssl) = OpenSsl::found("an external signing program") else { return };
    for (kind, hash) in [
        (KeyKind::P256, "sha256"),
        (KeyKind::P384, "sha384"),
        (KeyKind::P521, "sha512"),
        (KeyKind::Rsa2048, "sha256"),
    ] {
        let ca_key = key(kind);
        let path = openssl.write("ca.key", ca_key.pkcs8_pem().unwrap().as_bytes());
        let path = path.to_str().unwrap();
        let pem = root(&ca_key, Some(0), now()).pem();
        let message = (format!("dgst -{hash} -sign {path}"), CommandInput::Message);
        let digest = (format!("pkeyutl -sign -inkey {path} -pkeyopt digest:{hash}"), CommandInput::Digest);
        for (words, input) in [message, digest] {
            let arguments = words.split(' ').map(str::to_owned).collect();
            let signer =
                CommandSigner::new("openssl", arguments, input, PATIENCE, ca_key.public_key().clone());
            let authority = Authority::new(pem.as_bytes(), Box::new(signer), profile(), now()).unwrap();
            let leaf = mint_leaf(&leaf_request("worker"), key(KeyKind::P256).public_key(), &authority, now());
            assert!(leaf.is_ok(), "{words}: {}", leaf.unwrap_err());
        }
    }
}

#[test]
fn a_program_that_signs_with_another_key_leaves_nothing() {
    let Some(openssl) = OpenSsl::found("a signing program with another key") else { return };
    let ca_key = key(KeyKind::P256);
    let pem = root(&ca_key, Some(0), now()).pem();
    let path = openssl.write("other.key", key(KeyKind::P256).pkcs8_pem().unwrap().as_bytes());
    let arguments = vec!["dgst".into(), "-sha256".into(), "-sign".into(), path.to_str().unwrap().to_owned()];
    let public = ca_key.public_key().clone();
    let signer = CommandSigner::new("openssl", arguments, CommandInput::Message, PATIENCE, public);
    let authority = Authority::new(pem.as_bytes(), Box::new(signer), profile(), now()).unwrap();
    let refused =
        mint_leaf(&leaf_request("worker"), key(KeyKind::P256).public_key(), &authority, now()).unwrap_err();
    assert!(matches!(refused, MintError::NotAsDrafted { what: "signature", .. }), "{refused}");
}

#[cfg(feature = "pkcs11")]
mod token {
    use std::path::Path;
    use std::process::Command;

    use mtlsmith_ca::mint::CaRequest;
    use mtlsmith_ca::mint::Draft;
    use mtlsmith_ca::mint::Judgement;
    use mtlsmith_ca::mint::Pkcs11Signer;
    use mtlsmith_ca::mint::SystemRandom;
    use mtlsmith_ca::mint::key::Passphrase;
    use mtlsmith_testkit as testkit;

    use super::*;

    const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
    const CHILD: &str = "MTLSMITH_TEST_TOKEN";

    /// SoftHSM reads its configuration from the environment once per process, so the test runs itself again with it set.
    #[test]
    fn keys_in_a_token_issue_certificates() {
        if std::env::var_os(CHILD).is_some() {
            return issue_from_token();
        }
        if !Path::new(MODULE).exists() || Command::new("softhsm2-util").arg("--version").output().is_err() {
            return testkit::not_tested("PKCS#11: SoftHSM2 is missing");
        }
        let Some(openssl) = OpenSsl::found("PKCS#11") else { return };
        let tokens = openssl.path("tokens");
        std::fs::create_dir(&tokens).unwrap();
        let configuration = openssl.write(
            "softhsm2.conf",
            format!("directories.tokendir = {}\nobjectstore.backend = file\n", tokens.display()),
        );
        let softhsm = |words: &str| {
            let run = Command::new("softhsm2-util")
                .args(words.split(' '))
                .env("SOFTHSM2_CONF", &configuration)
                .current_dir(openssl.directory.path())
                .output()
                .unwrap();
            assert!(run.status.success(), "{words}: {}", String::from_utf8_lossy(&run.stderr));
        };
        softhsm("--init-token --free --label mint --pin 1234 --so-pin 5678");
        for (number, kind) in
            [KeyKind::P256, KeyKind::P384, KeyKind::P521, KeyKind::Rsa2048].iter().enumerate()
        {
            openssl.write("import.pem", key(*kind).pkcs8_pem().unwrap().as_bytes());
            softhsm(&format!("--import import.pem --token mint --label {kind} --id a{number} --pin 1234"));
        }
        let again = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "token::keys_in_a_token_issue_certificates", "--nocapture"])
            .env(CHILD, "yes")
            .env("SOFTHSM2_CONF", &configuration)
            .output()
            .unwrap();
        let said =
            String::from_utf8_lossy(&again.stderr).into_owned() + &String::from_utf8_lossy(&again.stdout);
        assert!(again.status.success(), "{said}");
        assert!(said.contains("1 passed") && said.contains("4 keys signed"), "{said}");
    }

    fn open(label: &str, pin: &str) -> Result<Pkcs11Signer, MintError> {
        Pkcs11Signer::open(Path::new(MODULE), "mint", label, &Passphrase::new(pin.as_bytes().to_vec()))
    }

    fn issue_from_token() {
        assert!(open("p256", "0000").unwrap_err().to_string().contains("the PKCS#11 token \"mint\""));
        let mut signed = 0;
        for kind in [KeyKind::P256, KeyKind::P384, KeyKind::P521, KeyKind::Rsa2048] {
            let signer = open(kind.as_str(), "1234").unwrap();
            let request = CaRequest::for_organization("acme", now(), &SystemRandom).unwrap();
            let draft = Draft::ca(&request, &signer, now(), &SystemRandom).unwrap();
            let ca = draft.check(&Judgement::by(profile())).unwrap().sign().unwrap();
            let authority = Authority::new(ca.pem().as_bytes(), Box::new(signer), profile(), now()).unwrap();
            mint_leaf(&leaf_request("worker"), key(KeyKind::P256).public_key(), &authority, now()).unwrap();
            signed += 1;
        }
        assert!(open("absent", "1234").unwrap_err().to_string().contains("0 private keys"));
        println!("{signed} keys signed");
    }
}
