//! The kind of key to make.

use clap::Args;
use mtlsmith_ca::mint::key::KeyKind;

use super::mint_failure;
use crate::failure::Failure;

/// Which kind of key.
#[derive(Debug, Clone, Args)]
pub(crate) struct KeyArguments {
    /// The kind of key: p256, p384, p521, rsa2048, rsa3072 or rsa4096 [default: p384 for a CA, p256 for a client]
    #[arg(long, value_name = "KIND")]
    key_kind: Option<String>,
    /// The same as --key-kind rsa4096, as tcld calls it
    #[arg(long = "rsa-algorithm", visible_alias = "rsa", conflicts_with = "key_kind")]
    rsa: bool,
}

impl KeyArguments {
    /// Was a kind asked for?
    pub(crate) fn is_named(&self) -> bool {
        self.rsa || self.key_kind.is_some()
    }

    /// The kind, where one was named.
    pub(crate) fn named(&self) -> Result<Option<KeyKind>, Failure> {
        if self.rsa {
            return Ok(Some(KeyKind::Rsa4096));
        }
        match &self.key_kind {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|error| mint_failure(&error)),
        }
    }
}
