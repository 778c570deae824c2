//! The file with a private key: read, its public half worked out, and forgotten.

use std::fs;
use std::path::Path;

use mtlsmith_validate::admission::KeyInput;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::input::recognise;
use mtlsmith_validate::private_key::PrivateKeyFile;

use crate::failure::Failure;
use crate::input::Source;
use crate::public_half;
use crate::session::Session;
use crate::session::shown;

/// The key that goes with a client's certificate: in its own file, or else in that of the certificate, if there is one.
pub(super) fn beside(
    leaf: &Source,
    leaf_bytes: &[u8],
    key: Option<&Source>,
    session: &mut Session<'_, '_>,
) -> Result<Option<KeyInput>, Failure> {
    let Some(source) = key else {
        let file = read(leaf_bytes);
        return Ok((!file.keys().is_empty()).then(|| KeyInput { file, mode: mode(leaf) }));
    };
    let file = read(&source.read(session)?);
    Ok(Some(KeyInput { file, mode: mode(source) }))
}

/// Refuses a pair in the wrong order: the key in the place of the certificate, and the certificate in that of the key.
pub(super) fn not_swapped(leaf: &Source, leaf_bytes: &[u8], key: Option<&Source>) -> Result<(), Failure> {
    let holds_certificate = |bytes: &[u8]| !Bundle::read(bytes).members.is_empty();
    // A pipe can be read once, and that is not here.
    let is_file = |source: &&Source| source.path().is_some_and(Path::is_file);
    let Some(source) = key.filter(is_file) else { return Ok(()) };
    if holds_certificate(leaf_bytes) || read(leaf_bytes).keys().is_empty() {
        return Ok(());
    }
    if !holds_certificate(&source.read_file()?) {
        return Ok(());
    }
    let leaf_name = shown(&leaf.name);
    let (certificate, key) = (source.word(), leaf.word());
    Err(Failure::could_not_run(format!(
        "the first file, {leaf_name}, holds a private key, the second, {}, the certificate",
        shown(&source.name)
    ))
    .hint(format!("swap them: mtlsmith cert check {certificate} {key} --bundle FILE")))
}

/// Reads the keys of a file; it may be base64 over one.
pub(crate) fn read(bytes: &[u8]) -> PrivateKeyFile {
    let derive = |der: &[u8]| public_half::of(der);
    let file = PrivateKeyFile::read(bytes, Some(&derive));
    if !file.keys().is_empty() {
        return file;
    }
    PrivateKeyFile::read(&recognise(bytes).bytes, Some(&derive))
}

/// The permission bits of a file, where the system has some.
fn mode(source: &Source) -> Option<u32> {
    source.path().and_then(mode_of)
}

#[cfg(unix)]
pub(crate) fn mode_of(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some(metadata.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
pub(crate) fn mode_of(_: &Path) -> Option<u32> {
    None
}
