//! The CA that issues: from files, as tcld has them, or from the state directory; its key from a file, a program or a token.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::keep::SlotKind;
use mtlsmith_ca::mint::Authority;
use mtlsmith_ca::mint::MintError;
use mtlsmith_ca::mint::Signer;
use mtlsmith_ca::mint::certificate_pem;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_ca::mint::key::PublicKey;
use mtlsmith_ca::rotate::rollover::Record;
use mtlsmith_validate::Profile;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::time::Timestamp;
use zeroize::Zeroizing;

use super::Contents;
use super::PassphraseArguments;
use super::SignerArguments;
use super::expect;
use super::expect_pair;
use super::keep_failure;
use super::mint_failure;
use crate::failure::Failure;
use crate::input::read_named;
use crate::session::Session;
use crate::session::shown;

/// Which CA issues.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The CA")]
pub(crate) struct AuthorityArguments {
    /// The CA's certificate, with those above it up to the root
    #[arg(long = "ca-certificate-file", visible_alias = "ca-cert", value_name = "FILE")]
    ca_certificate: Option<PathBuf>,
    /// The CA's key: PKCS#8, SEC1 or PKCS#1, also encrypted
    #[arg(long = "ca-key-file", visible_alias = "ca-key", value_name = "FILE", requires = "ca_certificate")]
    ca_key: Option<PathBuf>,
    /// The CA of this name in the state directory [default: the one named like the Namespace, or the only one]
    #[arg(long, value_name = "NAME", conflicts_with = "ca_certificate")]
    authority: Option<String>,
    /// Take a key file that others may read
    #[arg(long)]
    allow_lax_permissions: bool,
    #[command(flatten)]
    passphrase: PassphraseArguments,
    #[command(flatten)]
    pub(crate) signer: SignerArguments,
}

/// A CA that is ready to issue.
pub(crate) struct IssuingAuthority {
    pub(crate) authority: Authority,
    /// Its name in the state directory, when it is kept there.
    pub(crate) name: Option<String>,
}

impl IssuingAuthority {
    /// Its own certificate and those above it, as PEM.
    pub(crate) fn pem(&self) -> String {
        self.authority.certificates().map(|certificate| certificate_pem(certificate.der())).collect()
    }
}

impl AuthorityArguments {
    /// A CA of the state directory whose key is there too.
    pub(crate) fn of_home(passphrase: PassphraseArguments) -> Self {
        AuthorityArguments {
            ca_certificate: None,
            ca_key: None,
            authority: None,
            allow_lax_permissions: false,
            passphrase,
            signer: SignerArguments::default(),
        }
    }

    /// A CA of the state directory by its name, as the agent's configuration says it.
    pub(crate) fn of_agent(
        authority: Option<String>,
        passphrase: PassphraseArguments,
        signer: SignerArguments,
    ) -> Self {
        AuthorityArguments { authority, signer, ..AuthorityArguments::of_home(passphrase) }
    }

    /// Was the CA named, as files or by its name in the state directory?
    pub(crate) fn is_named(&self) -> bool {
        self.ca_certificate.is_some() || self.authority.is_some()
    }

    /// Is the CA given as files?
    pub(crate) fn is_file(&self) -> bool {
        self.ca_certificate.is_some()
    }

    /// The CA of the files.
    #[expect(
        clippy::wrong_self_convention,
        reason = "it says where the CA is read from, not what is converted"
    )]
    pub(crate) fn from_files(
        &self,
        profile: &Profile,
        now: Timestamp,
        session: &Session<'_, '_>,
    ) -> Result<Option<IssuingAuthority>, Failure> {
        let Some(file) = &self.ca_certificate else { return Ok(None) };
        let certificates = read_named(file)?;
        let key = match &self.ca_key {
            None => None,
            Some(path) => Some(Zeroizing::new(read_named(path)?)),
        };
        let pair = key.as_ref().zip(self.ca_key.as_ref());
        match pair {
            Some((key, path)) => {
                expect_pair(("--ca-cert", file.display(), &certificates), ("--ca-key", path.display(), key))?
            }
            None => expect(Contents::Certificate, file.display(), &certificates)?,
        }
        self.ca_key.as_deref().map(|path| self.refuse_lax(path)).transpose()?;
        let authority =
            self.assemble(&certificates, key.as_ref().map(|key| key.as_slice()), profile, now, session)?;
        Ok(Some(IssuingAuthority { authority, name: None }))
    }

    /// A CA of the state directory: the one that is named, else that of the Namespace, else the only one.
    #[expect(
        clippy::wrong_self_convention,
        reason = "it says where the CA is read from, not what is converted"
    )]
    pub(crate) fn from_home(
        &self,
        home: &Home,
        namespace: Option<&str>,
        profile: &Profile,
        now: Timestamp,
        session: &Session<'_, '_>,
    ) -> Result<IssuingAuthority, Failure> {
        let slot = self.slot(home, namespace)?;
        // A link that is gone is made again, and told, when the lock is taken.
        let generation = home.read_even_unlinked(&slot).map_err(|error| keep_failure(&error))?;
        let certificates = generation.file(CA_CERTIFICATE).ok_or_else(|| {
            Failure::could_not_run(format!("{slot} holds no {CA_CERTIFICATE}; restore it from a copy"))
        })?;
        let authority = self.assemble(certificates, generation.file(CA_KEY), profile, now, session)?;
        Ok(IssuingAuthority { authority, name: Some(slot.name().to_owned()) })
    }

    fn slot(&self, home: &Home, namespace: Option<&str>) -> Result<Slot, Failure> {
        if let Some(name) = &self.authority {
            return Slot::authority(name).map_err(|error| keep_failure(&error));
        }
        // During and after a rollover its state says which CA signs.
        let rollover = namespace.map(|namespace| Record::load(home, namespace)).transpose();
        let rollover = rollover.map_err(|error| keep_failure(&error))?.flatten();
        if let Some(name) = rollover.as_ref().and_then(Record::signing_authority) {
            return Slot::authority(name).map_err(|error| keep_failure(&error));
        }
        let slots = home.slots().map_err(|error| keep_failure(&error))?;
        let authorities: Vec<&Slot> =
            slots.iter().filter(|slot| slot.kind() == SlotKind::Authority).collect();
        if let Some(namespace) = namespace
            && let Some(own) = authorities.iter().find(|slot| slot.name() == namespace)
        {
            return Ok((*own).clone());
        }
        match authorities.as_slice() {
            [] => {
                Err(Failure::could_not_run("there is no CA in the state directory").hint(match namespace {
                    Some(namespace) => {
                        format!("make one with all that belongs to it: mtlsmith new {}", shown(namespace))
                    }
                    None => "make one: mtlsmith new NAMESPACE; or name files: --ca-cert FILE --ca-key FILE"
                        .to_owned(),
                }))
            }
            [only] => Ok((*only).clone()),
            several => {
                let names: Vec<&str> = several.iter().map(|slot| slot.name()).collect();
                Err(Failure::could_not_run("which CA? there are several in the state directory")
                    .hint(format!("name one with --authority: {}", shown(names.join(", ")))))
            }
        }
    }

    fn assemble(
        &self,
        certificates: &[u8],
        key: Option<&[u8]>,
        profile: &Profile,
        now: Timestamp,
        session: &Session<'_, '_>,
    ) -> Result<Authority, Failure> {
        let signer: Box<dyn Signer> = match key {
            Some(_) if self.signer.is_given() => {
                return Err(Failure::could_not_run("the CA's key is a file, and a signer is named as well")
                    .hint("leave one of them out"));
            }
            Some(key) => Box::new(self.read_key(key, session)?),
            None => self.outside_signer(certificates, session)?,
        };
        Authority::new(certificates, signer, profile, now).map_err(|error| mint_failure(&error))
    }

    fn read_key(&self, key: &[u8], session: &Session<'_, '_>) -> Result<PrivateKey, Failure> {
        let given = self.passphrase.given(session)?;
        let read = |secret: Option<&super::Secret>| {
            PrivateKey::read(key, || Ok(secret.map(super::Secret::passphrase))).map(|loaded| loaded.key)
        };
        let asked = match read(given.as_ref()) {
            Err(MintError::PassphraseNeeded) => {
                self.passphrase.asked("passphrase of the CA's key", session)?
            }
            other => return other.map_err(|error| mint_failure(&error)),
        };
        if asked.is_none() {
            return Err(Failure::could_not_run("the CA's key is encrypted, and its passphrase is missing")
                .hint("give it with --passphrase-file FILE or in MTLSMITH_PASSPHRASE"));
        }
        read(asked.as_ref()).map_err(|error| mint_failure(&error))
    }

    fn outside_signer(
        &self,
        certificates: &[u8],
        session: &Session<'_, '_>,
    ) -> Result<Box<dyn Signer>, Failure> {
        #[cfg(feature = "pkcs11")]
        if let Some(signer) = self.signer.token(session)? {
            return Ok(signer);
        }
        let _ = session;
        let missing = || {
            Failure::could_not_run("the CA's key is missing")
                .hint("give it with --ca-key FILE, or name a program that signs: --signer-command PROGRAM")
        };
        if !self.signer.is_given() {
            return Err(missing());
        }
        let bundle = Bundle::read(certificates);
        let Some(first) = bundle.certificates().next() else {
            return Err(mint_failure(&MintError::NoAuthorityCertificate));
        };
        let public_key =
            PublicKey::read(first.subject_public_key_info()).map_err(|error| mint_failure(&error))?;
        self.signer.command(public_key).ok_or_else(missing)
    }

    /// A CA's key that others may read is one that others may have read.
    fn refuse_lax(&self, path: &Path) -> Result<(), Failure> {
        let Some(mode) = lax_mode(path).filter(|_| !self.allow_lax_permissions) else { return Ok(()) };
        let path = shown(path.display());
        Err(Failure::refused(format!(
            "{path} has the mode {mode:04o}, so others may read the CA's key; nothing was minted"
        ))
        .hint("chmod 600 on it, and think about who has read it; or take it with --allow-lax-permissions"))
    }
}

#[cfg(unix)]
fn lax_mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let mode = metadata.permissions().mode() & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn lax_mode(_: &Path) -> Option<u32> {
    None
}

/// The certificate of a CA in the state directory, with those above it.
pub(crate) const CA_CERTIFICATE: &str = "ca.crt";

/// Its key; not there when somebody else signs.
pub(crate) const CA_KEY: &str = "ca.key";
