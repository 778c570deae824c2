//! Passphrases: from a file, from the environment, or typed at a terminal. Never an argument, since arguments are seen by everybody.

use std::path::PathBuf;

use clap::Args;
use mtlsmith_ca::mint::key::Passphrase;
use mtlsmith_ca::publish::quoted_command;
use zeroize::Zeroize;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::failure::file_failure;
use crate::input::read_named;
use crate::session::Session;
use crate::session::shown;

/// Where a passphrase comes from.
#[derive(Debug, Clone, Args)]
pub(crate) struct PassphraseArguments {
    /// The passphrase of the CA's key is the first line of FILE; else it is in MTLSMITH_PASSPHRASE, or asked for at a terminal
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// A passphrase that can be handed out more than once.
pub(crate) struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// For one use.
    pub(crate) fn passphrase(&self) -> Passphrase {
        Passphrase::new(self.0.clone())
    }

    /// As text, which a password of a key store has to be.
    pub(crate) fn text(&self) -> Result<&str, Failure> {
        std::str::from_utf8(&self.0).map_err(|_| Failure::could_not_run("the password is no UTF-8 text"))
    }
}

impl PassphraseArguments {
    /// From a file, where one is named.
    pub(crate) fn of_file(passphrase_file: Option<PathBuf>) -> Self {
        PassphraseArguments { passphrase_file }
    }

    /// The option that leads to the same one, for the next command. Never the passphrase.
    pub(crate) fn words(&self) -> String {
        let file = self.passphrase_file.as_ref().map(|file| file.to_string_lossy());
        file.map_or_else(String::new, |file| format!(" --passphrase-file {}", quoted_command([file])))
    }

    /// Was a file named?
    pub(crate) fn is_named(&self) -> bool {
        self.passphrase_file.is_some()
    }

    /// The one that was given, if one was.
    pub(crate) fn given(&self, session: &Session<'_, '_>) -> Result<Option<Secret>, Failure> {
        given(self.passphrase_file.as_ref(), "MTLSMITH_PASSPHRASE", session)
    }

    /// The one that was given, or what a person at a terminal answers.
    pub(crate) fn asked(&self, question: &str, session: &Session<'_, '_>) -> Result<Option<Secret>, Failure> {
        match self.given(session)? {
            Some(secret) => Ok(Some(secret)),
            None => ask(question, session),
        }
    }
}

/// From a file, else from a variable.
pub(crate) fn given(
    file: Option<&PathBuf>,
    variable: &str,
    session: &Session<'_, '_>,
) -> Result<Option<Secret>, Failure> {
    let Some(path) = file else {
        let value = session.environment.set_variable(variable);
        return match value.map(std::ffi::OsString::into_string) {
            None => Ok(None),
            Some(Ok(text)) => Ok(Some(Secret(Zeroizing::new(text.into_bytes())))),
            Some(Err(_)) => Err(Failure::could_not_run(format!("{variable} is no UTF-8 text"))),
        };
    };
    let mut bytes = Zeroizing::new(read_named(path)?);
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    if let Some(rest) = bytes.get_mut(end..) {
        rest.zeroize();
    }
    bytes.truncate(end);
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    if bytes.is_empty() {
        let path = shown(path.display());
        return Err(Failure::could_not_run(format!(
            "the first line of {path} is empty: it should be the passphrase"
        )));
    }
    Ok(Some(Secret(bytes)))
}

/// Asks a person; nobody is asked where nobody sits.
pub(crate) fn ask(question: &str, session: &Session<'_, '_>) -> Result<Option<Secret>, Failure> {
    if !session.environment.input_is_terminal || !session.environment.talk_is_terminal {
        return Ok(None);
    }
    match (session.environment.secret)(question) {
        Ok(secret) if secret.is_empty() => Ok(None),
        Ok(secret) => Ok(Some(Secret(secret))),
        Err(error) => Err(file_failure("read", "the passphrase", &error)),
    }
}
