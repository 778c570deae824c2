//! The file with a private key: read, its public half worked out, and forgotten.

use std::fs;
use std::path::Path;

use mtlsmith_validate::admission::KeyInput;
use mtlsmith_validate::input::recognise;
use mtlsmith_validate::private_key::PrivateKeyFile;

use crate::failure::Failure;
use crate::input::Source;
use crate::public_half;
use crate::session::Session;

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

/// Reads the keys of a file; it may be base64 over one.
pub(super) fn read(bytes: &[u8]) -> PrivateKeyFile {
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
fn mode_of(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some(metadata.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode_of(_: &Path) -> Option<u32> {
    None
}
