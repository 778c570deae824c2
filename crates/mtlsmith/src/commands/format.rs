//! Formats that several commands share.

use clap::ValueEnum;
use serde::Serialize;

use crate::failure::Failure;

/// Text for people or JSON for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum TextOrJson {
    #[default]
    Text,
    Json,
}

/// Indented JSON with a newline at the end.
pub(crate) fn json(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value);
    text.map(|text| text + "\n")
        .map_err(|error| Failure::could_not_run(format!("cannot write JSON: {error}")))
}
