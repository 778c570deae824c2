//! Writes what is in force where others read it.

use mtlsmith_validate::bundle::Bundle;
use zeroize::Zeroizing;

use super::super::LEAF_CERTIFICATE;
use super::super::LEAF_KEY;
use super::FilesHook;
use super::SecretHook;
use crate::keep::Generation;
use crate::keep::Home;
use crate::keep::Slot;
use crate::keep::disk::Access;
use crate::keep::export::SecretManifest;
use crate::keep::export::kubernetes_secret;
use crate::keep::place::Output;
use crate::keep::place::Overwrite;
use crate::keep::place::place_file;
use crate::keep::place::place_pair;

pub(super) fn files(hook: &FilesHook, home: &Home, slot: &Slot) -> Result<(), String> {
    let generation = home.read(slot).map_err(|error| error.to_string())?;
    let (certificate, key) = pair(&generation)?;
    let key_access = match hook.group {
        None => Access::FILE,
        Some(group) => Access { mode: 0o640, group: Some(group) },
    };
    let key = Output { path: &hook.key, bytes: key, access: key_access };
    let access = Access { mode: 0o644, group: hook.group };
    let certificate = Output { path: &hook.certificate, bytes: certificate, access };
    place_pair(home.disk(), &key, &certificate, Overwrite::Force).map_err(|error| error.to_string())
}

pub(super) fn secret(hook: &SecretHook, home: &Home, slot: &Slot) -> Result<(), String> {
    let generation = home.read(slot).map_err(|error| error.to_string())?;
    let (certificate_pem, key_pem) = pair(&generation)?;
    let bundle = Bundle::read(certificate_pem);
    let leaf = bundle.certificate(0).ok_or("the certificate cannot be read")?;
    let (number, ends) = (generation.number().to_string(), leaf.not_after().to_string());
    let annotations = [("mtlsmith/generation", number.as_str()), ("mtlsmith/not-after", ends.as_str())];
    let manifest = SecretManifest {
        name: &hook.name,
        namespace: hook.namespace.as_deref(),
        annotations: &annotations,
        certificate_pem,
        key_pem,
    };
    let text: Zeroizing<String> = kubernetes_secret(&manifest).map_err(|error| error.to_string())?;
    let output = Output { path: &hook.file, bytes: text.as_bytes(), access: Access::FILE };
    place_file(home.disk(), &output, Overwrite::Force).map_err(|error| error.to_string())
}

fn pair(generation: &Generation) -> Result<(&[u8], &[u8]), String> {
    let file = |name: &str| generation.file(name).ok_or_else(|| format!("there is no {name}"));
    Ok((file(LEAF_CERTIFICATE)?, file(LEAF_KEY)?))
}
