//! The public CAs that count as well-known: every root of Debian 12's store is one of them, and the file with those that Mozilla's
//! list lacks holds nothing else. Run with `UPDATE=1` to write that file anew after a new version of Mozilla's list.
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

#[test]
fn the_file_holds_what_debian_has_beyond_mozilla() {
    let mut roots = debian();
    roots.retain(|root| WellKnown::mozilla().with_key_of(root).is_none());
    let pair = |root: &Certificate| [root.subject().as_der(), root.subject_public_key_info()].concat();
    let pairs: Vec<u8> = roots.iter().flat_map(pair).collect();
    let file = folder("src/well_known/debian_12.der");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &pairs).expect("the file can be written");
    }
    assert!(fs::read(&file).expect("the file is there") == pairs, "run this test again with UPDATE=1");
}
