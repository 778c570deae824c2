//! What no program that mints a client certificate can avoid: it reads the CA's key, makes a key, signs once and writes two files. With
//! `--durable` it also waits until both files and their names are safe, as mtlsmith does.
//!
//! `bare-mint CA-KEY CERTIFICATE KEY [--durable]`: what it writes has the size of a certificate and is none.

use std::fs::File;
use std::io;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use aws_lc_rs::encoding::AsBigEndian;
use aws_lc_rs::encoding::EcPrivateKeyBin;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1_SIGNING;
use aws_lc_rs::signature::EcdsaKeyPair;
use pki_types::PrivatePkcs8KeyDer;
use pki_types::pem::PemObject;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let durable = arguments.last().is_some_and(|last| last == "--durable");
    match arguments.as_slice() {
        [ca, certificate, key, ..]
            if mint(Path::new(ca), [certificate, key].map(Path::new), durable).is_some() =>
        {
            ExitCode::SUCCESS
        }
        _ => ExitCode::FAILURE,
    }
}

fn mint(ca: &Path, [certificate, key]: [&Path; 2], durable: bool) -> Option<()> {
    let ca = PrivatePkcs8KeyDer::from_pem_file(ca).ok()?;
    let ca = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, ca.secret_pkcs8_der()).ok()?;
    let new = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).ok()?;
    let secret = AsBigEndian::<EcPrivateKeyBin<'_>>::as_be_bytes(&new.private_key()).ok()?;
    let message = [b'c'; 450];
    let signed = ca.sign(&SystemRandom::new(), &message).ok()?;
    let written = write(certificate, &[&message, signed.as_ref()], durable)
        .and_then(|()| write(key, &[secret.as_ref()], durable));
    written.ok()?;
    let parent =
        certificate.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match durable {
        true => File::open(parent).and_then(|names| names.sync_all()).ok(),
        false => Some(()),
    }
}

fn write(path: &Path, parts: &[&[u8]], durable: bool) -> io::Result<()> {
    let mut file = File::create(path)?;
    parts.iter().try_for_each(|part| file.write_all(part))?;
    if durable { file.sync_data() } else { Ok(()) }
}
