//! What is kept, in the forms that others read. Everything here is a pure function from bytes to text; what holds a key is wiped when it
//! is dropped.

mod environment;
mod filters;
mod kubernetes;
#[cfg(feature = "pkcs12")]
mod pkcs12;
mod systemd;
mod temporal_toml;
mod terraform;

use std::fmt;

pub use environment::Connection;
pub use environment::environment;
pub use filters::tcld_filters;
pub use kubernetes::SecretManifest;
pub use kubernetes::kubernetes_secret;
#[cfg(feature = "pkcs12")]
pub use pkcs12::pkcs12;
pub use systemd::systemd_credentials;
pub use temporal_toml::temporal_toml;
pub use terraform::terraform_variables;

/// Why something cannot be written in the form asked for. No message holds bytes of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportError {
    /// A value cannot stand in this form.
    Value {
        /// Which value.
        what: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The file that was to be edited cannot be read.
    Existing {
        /// What is wrong with it.
        problem: String,
    },
}

impl ExportError {
    fn value(what: &'static str, problem: &'static str) -> Self {
        ExportError::Value { what, problem }
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExportError::Value { what, problem } => write!(f, "the {what} {problem}"),
            ExportError::Existing { problem } => {
                write!(f, "the file that was to be edited cannot be read, and was left alone: {problem}")
            }
        }
    }
}

impl std::error::Error for ExportError {}

/// Text as a JSON string, which is also a YAML string in double quotes.
fn json_string(text: &str) -> String {
    // Text always becomes JSON. What YAML takes for the end of a line or refuses is escaped as JSON need not.
    let plain = serde_json::to_string(text).unwrap_or_default();
    let mut escaped = String::with_capacity(plain.len());
    for character in plain.chars() {
        match character {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => escaped.push(character),
        }
    }
    escaped
}
