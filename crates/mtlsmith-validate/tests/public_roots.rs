//! The public CAs that count as well-known: every root of Debian 12's store is one of them, and the file with those that Mozilla's
//! list lacks holds nothing else. Run with `UPDATE=1` to write that file, and the one by which roots are found, anew after a new version
//! of Mozilla's list.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads files, fails loudly and says what it measured"
)]

use std::fs;
use std::path::PathBuf;

use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::well_known::WellKnown;
use pki_types::CertificateDer;

fn folder(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every root of the Debian package, from the fixtures.
fn debian() -> Vec<Certificate> {
    let files = fs::read_dir(folder("../../testdata/generators/debian-ca-certificates"))
        .expect("the fixture is there");
    let mut slices: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    slices.retain(|path| path.extension().is_some_and(|extension| extension == "pem"));
    slices.sort();
    let read = |path: &PathBuf| Bundle::read(&fs::read(path).expect("a slice of the store"));
    slices.iter().flat_map(|path| read(path).certificates().cloned().collect::<Vec<_>>()).collect()
}

#[test]
fn every_root_of_debian_is_well_known() {
    let roots = debian();
    assert_eq!(roots.len(), 142);
    for root in &roots {
        assert!(WellKnown::operating_systems().with_key_of(root).is_some(), "{}", root.subject());
    }
}

fn mozilla() -> Vec<Certificate> {
    let read = |der: &CertificateDer<'_>| Certificate::read(der).expect("a root of Mozilla's list").0;
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(read).collect()
}

/// Every root of the Debian package whose key is not one of Mozilla's.
fn beyond_mozilla() -> Vec<Certificate> {
    let known = mozilla();
    let is_known = |root: &Certificate| {
        known.iter().any(|other| other.subject_public_key_info() == root.subject_public_key_info())
    };
    debian().into_iter().filter(|root| !is_known(root)).collect()
}

/// Compares a file with what it should hold, after writing it when that is asked for.
fn is_up_to_date(path: &str, wanted: &[u8]) -> bool {
    let file = folder(path);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, wanted).expect("the file can be written");
    }
    fs::read(&file).expect("the file is there") == wanted
}

#[test]
fn the_file_holds_what_debian_has_beyond_mozilla() {
    let pair = |root: &Certificate| [root.subject().as_der(), root.subject_public_key_info()].concat();
    let pairs: Vec<u8> = beyond_mozilla().iter().flat_map(pair).collect();
    assert!(is_up_to_date("src/well_known/debian_12.der", &pairs), "run this test again with UPDATE=1");
}

#[test]
fn the_file_of_endings_is_that_of_the_roots_in_their_order() {
    let ending = |der: &[u8]| *der.last_chunk::<8>().expect("a longer element");
    let endings = |root: &Certificate| {
        [ending(root.subject_public_key_info()), ending(root.subject().as_der())].concat()
    };
    let wanted: Vec<u8> = mozilla().iter().chain(&beyond_mozilla()).flat_map(endings).collect();
    assert!(is_up_to_date("src/well_known/endings.bin", &wanted), "run this test again with UPDATE=1");
}
