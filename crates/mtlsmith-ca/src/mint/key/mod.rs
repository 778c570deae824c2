//! Keys: the kinds that Temporal Cloud and its SDKs take, private keys that never show themselves, public keys as certificates carry
//! them. Where keys are kept is not for this module.

mod encrypted;
mod kind;
mod load;
mod private;
mod public;
mod write;

pub use encrypted::Passphrase;
pub use kind::KeyKind;
pub use load::KeyForm;
pub use load::LoadedKey;
pub use private::PrivateKey;
pub use public::KeyAlgorithm;
pub use public::PublicKey;
pub(crate) use public::hex;
