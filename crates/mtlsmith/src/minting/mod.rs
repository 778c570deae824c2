//! What the commands that mint share: the CA and who signs with its key, names, lifetimes, the Namespace that a certificate is for, and
//! what was refused as the user reads it.

mod authority;
mod failure;
mod files;
mod key;
mod lifetime;
mod names;
mod passphrase;
mod request;
mod signer;
mod target;

pub(crate) use authority::AuthorityArguments;
pub(crate) use authority::IssuingAuthority;
pub(crate) use failure::export_failure;
pub(crate) use failure::keep_failure;
pub(crate) use failure::mint_failure;
pub(crate) use failure::refusal_sentences;
pub(crate) use files::PairArguments;
pub(crate) use files::may_write;
pub(crate) use files::place_public_file;
pub(crate) use files::write_key;
pub(crate) use files::write_pair;
pub(crate) use key::KeyArguments;
pub(crate) use lifetime::lifetime;
pub(crate) use names::NameArguments;
pub(crate) use names::Names;
pub(crate) use passphrase::PassphraseArguments;
pub(crate) use passphrase::Secret;
pub(crate) use passphrase::ask;
pub(crate) use passphrase::given;
pub(crate) use request::chain_pem;
pub(crate) use request::mint_ca;
pub(crate) use request::mint_intermediate;
pub(crate) use request::mint_leaf;
pub(crate) use signer::SignerArguments;
pub(crate) use signer::read_public_key;
pub(crate) use target::BUNDLE_FILE;
pub(crate) use target::FILTERS_FILE;
pub(crate) use target::Target;
pub(crate) use target::TargetArguments;
