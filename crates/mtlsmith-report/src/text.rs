//! The report for people at a terminal: per document a summary of its certificates, the findings in the style of rustc, the verdict.
//!
//! Findings are drawn by annotate-snippets. Everything that comes from a certificate or a file name passes through [`crate::defuse`]
//! first, and of a file no line is shown but the BEGIN or END line of a block: a key that lies in a bundle stays unprinted.

mod client;
mod configuration;
mod explanation;
mod filters;
mod finding;
mod inventory;
pub(crate) mod layout;
mod listing;
mod minted;
mod place;
mod rollover;
mod summary;
pub(crate) mod table;
#[cfg(test)]
mod tests;
mod verdict;
mod workspace;

use crate::Detail;
use crate::Document;
use crate::Style;
use crate::client::Client;

pub use configuration::harmless_configuration_finding;
pub(crate) use configuration::render as configurations;
pub use explanation::render as explanation;
pub use filters::harmless_filter_finding;
pub use filters::render as filters;
pub use inventory::render as inventory;
pub use minted::Minted;
pub use minted::render as minted;
pub use rollover::plan as rollover_plan;
pub use rollover::sentence;
pub use rollover::status as rollover_status;
pub use workspace::NextStep;
pub use workspace::Way;
pub use workspace::Workspace;
pub use workspace::WorkspaceCertificate;
pub use workspace::WorkspaceFile;
pub use workspace::render as workspace;

pub(crate) use finding::harmless as harmless_finding;
pub(crate) use summary::certificates;
pub(crate) use summary::header as summary_header;
pub(crate) use summary::member_name;
pub(crate) use summary::role_name;
pub(crate) use summary::wrapping;

/// Every document, one below the other.
pub(crate) fn render(documents: &[Document<'_>], style: &Style) -> String {
    if style.detail == Detail::Quiet {
        return documents.iter().map(|document| verdict::line(document, style)).collect();
    }
    let pages: Vec<String> = documents.iter().map(|document| page(document, style)).collect();
    let mut text = pages.join("\n\n");
    if documents.len() > 1 {
        text.push('\n');
        text.push_str(&verdict::total(documents, style));
    }
    text
}

fn page(document: &Document<'_>, style: &Style) -> String {
    if let Some(client) = Client::of(document) {
        return client::page(&client, style);
    }
    let mut text = summary::render(document, style);
    text.push('\n');
    for finding in finding::render_all(document, style) {
        text.push_str(&finding);
        text.push_str("\n\n");
    }
    text.push_str(&verdict::render(document, style));
    text
}

/// The columns that text is laid out for: below 40 nothing can be aligned, above 140 lines are tiring to read.
pub(crate) fn columns(style: &Style) -> usize {
    style.columns.clamp(40, 140)
}
