//! Keys that are not files: another program signs, or a PKCS#11 token does.

#[cfg(feature = "pkcs11")]
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::ValueEnum;
use mtlsmith_ca::mint::CommandInput;
use mtlsmith_ca::mint::CommandSigner;
use mtlsmith_ca::mint::Signer;
use mtlsmith_ca::mint::key::PublicKey;

use super::mint_failure;
use crate::failure::Failure;
#[cfg(feature = "pkcs11")]
use crate::session::Session;

/// Who signs in the place of a key file.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "A CA key that is not a file")]
pub(crate) struct SignerArguments {
    /// A program that signs with the CA's key: reads the bytes from standard input, writes the bare signature
    #[arg(long, value_name = "PROGRAM")]
    signer_command: Option<String>,
    /// An argument for that program, as it is; may come several times
    #[arg(
        long = "signer-argument",
        value_name = "ARGUMENT",
        allow_hyphen_values = true,
        requires = "signer_command"
    )]
    signer_arguments: Vec<String>,
    /// What that program reads: the whole message, or its digest
    #[arg(long, value_enum, default_value_t, value_name = "WHAT", requires = "signer_command")]
    signer_input: SignerInput,
    #[cfg(feature = "pkcs11")]
    #[command(flatten)]
    token: TokenArguments,
}

/// A key in a token.
#[cfg(feature = "pkcs11")]
#[derive(Debug, Clone, Default, Args)]
struct TokenArguments {
    /// The PKCS#11 module, a shared library
    #[arg(long, value_name = "FILE", requires_all = ["pkcs11_token", "pkcs11_key"], conflicts_with = "signer_command")]
    pkcs11_module: Option<PathBuf>,
    /// The label of the token
    #[arg(long, value_name = "LABEL", requires = "pkcs11_module")]
    pkcs11_token: Option<String>,
    /// The label of the key in it
    #[arg(long, value_name = "LABEL", requires = "pkcs11_module")]
    pkcs11_key: Option<String>,
    /// The PIN is the first line of FILE; else it is in MTLSMITH_PKCS11_PIN, or asked for at a terminal
    #[arg(long, value_name = "FILE", requires = "pkcs11_module")]
    pkcs11_pin_file: Option<PathBuf>,
}

/// What a program gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum SignerInput {
    #[default]
    Message,
    Digest,
}

impl SignerArguments {
    /// A program with its arguments, which reads the whole message.
    pub(crate) fn of_program(mut arguments: Vec<String>) -> Self {
        let program = (!arguments.is_empty()).then(|| arguments.remove(0));
        SignerArguments { signer_command: program, signer_arguments: arguments, ..SignerArguments::default() }
    }

    /// Is the key somewhere else than in a file?
    pub(crate) fn is_given(&self) -> bool {
        #[cfg(feature = "pkcs11")]
        if self.token.pkcs11_module.is_some() {
            return true;
        }
        self.signer_command.is_some()
    }

    /// The program, which signs with the key of this public half.
    pub(crate) fn command(&self, public_key: PublicKey) -> Option<Box<dyn Signer>> {
        let program = self.signer_command.as_ref()?;
        let input = match self.signer_input {
            SignerInput::Message => CommandInput::Message,
            SignerInput::Digest => CommandInput::Digest,
        };
        let arguments = self.signer_arguments.clone();
        Some(Box::new(CommandSigner::new(program, arguments, input, TIME_LIMIT, public_key)))
    }

    /// The token, which knows its public half itself.
    #[cfg(feature = "pkcs11")]
    pub(crate) fn token(&self, session: &Session<'_, '_>) -> Result<Option<Box<dyn Signer>>, Failure> {
        let TokenArguments { pkcs11_module, pkcs11_token, pkcs11_key, pkcs11_pin_file } = &self.token;
        let (Some(module), Some(token), Some(key)) = (pkcs11_module, pkcs11_token, pkcs11_key) else {
            return Ok(None);
        };
        let given = super::passphrase::given(pkcs11_pin_file.as_ref(), "MTLSMITH_PKCS11_PIN", session)?;
        let pin = match given {
            Some(pin) => Some(pin),
            None => super::passphrase::ask("PIN of the token", session)?,
        };
        let Some(pin) = pin else {
            return Err(Failure::could_not_run("the token's PIN is missing")
                .hint("give it with --pkcs11-pin-file FILE or in MTLSMITH_PKCS11_PIN"));
        };
        let signer = mtlsmith_ca::mint::Pkcs11Signer::open(module, token, key, &pin.passphrase());
        let signer: Box<dyn Signer> = Box::new(signer.map_err(|error| mint_failure(&error))?);
        Ok(Some(signer))
    }
}

/// The public key in a file: a SubjectPublicKeyInfo, PEM or DER.
pub(crate) fn read_public_key(path: &std::path::Path) -> Result<PublicKey, Failure> {
    let bytes = crate::input::read_named(path)?;
    super::expect(super::Contents::PublicKey, path.display(), &bytes)?;
    let scan = mtlsmith_validate::pem::scan(&bytes);
    let delivered = scan.blocks.iter().find_map(|block| match &block.body {
        mtlsmith_validate::pem::Body::Delivered(body) if block.label == "PUBLIC KEY" => Some(body.clone()),
        _ => None,
    });
    PublicKey::read(&delivered.unwrap_or(bytes)).map_err(|error| mint_failure(&error))
}

/// Key services answer within seconds; a person may have to touch a button.
const TIME_LIMIT: Duration = Duration::from_secs(60);
