//! What the tests of minting share: CAs, leaves, and the `openssl` program.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::OnceLock;

use mtlsmith_ca::mint::AlternativeName;
use mtlsmith_ca::mint::Authority;
use mtlsmith_ca::mint::CaRequest;
use mtlsmith_ca::mint::Draft;
use mtlsmith_ca::mint::Issued;
use mtlsmith_ca::mint::Judgement;
use mtlsmith_ca::mint::LeafRequest;
use mtlsmith_ca::mint::MintError;
use mtlsmith_ca::mint::Subject;
use mtlsmith_ca::mint::SystemRandom;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_ca::mint::key::PublicKey;
use mtlsmith_testkit as testkit;
use mtlsmith_validate::Profile;
use mtlsmith_validate::time::Timestamp;

/// The time that all of it happens at.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_unix(testkit::NOW)
}

pub(crate) fn profile() -> &'static Profile {
    static PROFILE: OnceLock<Profile> = OnceLock::new();
    PROFILE.get_or_init(Profile::temporal_cloud)
}

pub(crate) fn subject(common_name: &str) -> Subject {
    Subject::new(Some("acme"), &["worker"], Some(common_name)).unwrap()
}

pub(crate) fn key(kind: KeyKind) -> PrivateKey {
    PrivateKey::generate(kind).unwrap()
}

/// A CA of the usual kind.
pub(crate) fn root(key: &PrivateKey, path_length: Option<u8>, now: Timestamp) -> Issued {
    let mut request = CaRequest::for_organization("acme", now, &SystemRandom).unwrap();
    request.path_length = path_length;
    mint_ca(&request, key, now).unwrap()
}

pub(crate) fn mint_ca(request: &CaRequest, key: &PrivateKey, now: Timestamp) -> Result<Issued, MintError> {
    Draft::ca(request, key, now, &SystemRandom)?.check(&Judgement::by(profile()))?.sign()
}

pub(crate) fn authority(kind: KeyKind) -> Authority {
    let key = key(kind);
    let pem = root(&key, Some(0), now()).pem();
    Authority::new(pem.as_bytes(), Box::new(key), profile(), now()).unwrap()
}

/// An authority from a certificate of the test kit and its key.
pub(crate) fn adopted(certificates: &[&testkit::Certificate]) -> Result<Authority, MintError> {
    let key = PrivateKey::read_plain(certificates[0].key().pkcs8_pem().as_bytes())?;
    Authority::new(testkit::bundle(certificates).as_bytes(), Box::new(key), profile(), now())
}

pub(crate) fn leaf_request(common_name: &str) -> LeafRequest {
    let mut request = LeafRequest::new(subject(common_name));
    request.alternative_names = vec![
        AlternativeName::dns("worker.acme.internal").unwrap(),
        AlternativeName::uri("spiffe://acme.example/worker").unwrap(),
        AlternativeName::email("team@acme.example").unwrap(),
        AlternativeName::ip("192.0.2.7".parse().unwrap()).unwrap(),
    ];
    request
}

pub(crate) fn mint_leaf(
    request: &LeafRequest,
    key: &PublicKey,
    authority: &Authority,
    now: Timestamp,
) -> Result<Issued, MintError> {
    Draft::leaf(request, key, authority, now, &SystemRandom)?.check(&Judgement::by(profile()))?.sign()
}

/// A directory for the files of one test, and the program run on them.
pub(crate) struct OpenSsl {
    pub(crate) directory: tempfile::TempDir,
}

impl OpenSsl {
    /// `None`, loudly, when there is no such program.
    pub(crate) fn found(what: &str) -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            testkit::not_tested(&format!("{what}: openssl is missing"));
            return None;
        }
        Some(OpenSsl { directory: tempfile::tempdir().unwrap() })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Runs `openssl` with these words in the directory; it must succeed. Returns its standard output.
    pub(crate) fn run(&self, words: &str) -> String {
        let (success, output) = self.attempt(words);
        assert!(success, "openssl {words}\n{output}");
        output
    }

    pub(crate) fn attempt(&self, words: &str) -> (bool, String) {
        attempt(self.directory.path(), words)
    }
}

fn attempt(directory: &Path, words: &str) -> (bool, String) {
    let mut child = Command::new("openssl")
        .args(words.split_whitespace())
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().map(|mut input| input.write_all(b"\n"));
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}
