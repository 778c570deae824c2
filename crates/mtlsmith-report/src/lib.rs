//! Turn what `mtlsmith-validate` found into bytes for people and machines.
//!
//! Nothing is decided here: verdict, order and sentences come from the report. One format is one file, and every format is a function
//! of the same [`Document`]s, so the same input gives the same bytes. Names in certificates are text that an attacker may have
//! written: `text` defuses them for terminals, `html` escapes them, `github` encodes them.
#![forbid(unsafe_code)]

pub mod access;
mod client;
mod configuration;
mod defuse;
mod github;
mod help;
mod html;
mod inspection;
mod inventory;
mod json;
mod junit;
mod keys;
mod limits;
mod manual;
mod place;
mod rollover;
mod sarif;
#[cfg(test)]
mod testing;
mod text;
mod tree;
mod verdict;

use mtlsmith_validate::Report;

pub use client::ClientFiles;
pub use configuration::CheckedConfiguration;
pub use configuration::configurations;
pub use defuse::for_terminal;
pub use github::configuration::step_summary as configuration_step_summary;
pub use help::shell_word;
pub use html::inventory::render as inventory_as_html;
pub use html::rollover::render as rollover_as_html;
pub use inspection::html as inspect_client_as_html;
pub use inspection::text as inspect_client;
pub use inventory::InventoryEntry;
pub use inventory::InventoryPage;
pub use json::configuration::schema as configuration_schema;
pub use json::pretty as pretty_json;
pub use json::schema;
pub use keys::Loads;
pub use keys::SDKS;
pub use keys::loads;
pub use keys::public_key_sha256;
pub use limits::cut;
pub use manual::explain;
pub use manual::manual;
pub use rollover::Lapse;
pub use rollover::PlanPage;
pub use rollover::PlanPageStep;
pub use rollover::Progress;
pub use rollover::RolloverAuthority;
pub use rollover::RolloverLeaf;
pub use rollover::RolloverPage;
pub use rollover::RolloverStep;
pub use text::Minted;
pub use text::NextStep;
pub use text::Way;
pub use text::Workspace;
pub use text::WorkspaceCertificate;
pub use text::WorkspaceFile;
pub use text::explanation;
pub use text::filters;
pub use text::harmless_configuration_finding;
pub use text::harmless_filter_finding;
pub use text::inventory;
pub use text::minted;
pub use text::rollover_plan;
pub use text::rollover_status;
pub use text::sentence;
pub use text::workspace;

/// One checked input.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// What the user calls it: the path as given, or `<stdin>`.
    pub name: &'a str,
    /// The input's bytes, as they were checked.
    pub input: &'a [u8],
    /// What was found.
    pub report: &'a Report,
    /// With a client's file: the files that it was judged with.
    pub client: Option<ClientFiles<'a>>,
}

/// An output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people at a terminal.
    Text,
    /// Versioned JSON; see [`schema`].
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML, for CI servers.
    Junit,
    /// Workflow commands, shown by GitHub Actions as annotations.
    Github,
    /// One self-contained page.
    Html,
}

/// How text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Colours by ANSI escapes.
    pub color: bool,
    /// Columns of the terminal.
    pub columns: usize,
    /// How much is said.
    pub detail: Detail,
}

/// How much a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Detail {
    /// The verdict alone.
    Quiet,
    /// Summary, findings, verdict.
    Normal,
    /// Sources and reasons of every finding too.
    Verbose,
}

impl Format {
    /// Every format, in the order of the manual.
    pub const ALL: &[Format] =
        &[Format::Text, Format::Json, Format::Sarif, Format::Junit, Format::Github, Format::Html];

    /// The name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Sarif => "sarif",
            Format::Junit => "junit",
            Format::Github => "github",
            Format::Html => "html",
        }
    }
}

/// The result of checks.
pub fn render(format: Format, documents: &[Document<'_>], style: &Style) -> String {
    limits::with_cut_facts(documents, |documents| match format {
        Format::Text => text::render(documents, style),
        Format::Json => json::render(documents),
        Format::Sarif => sarif::render(documents),
        Format::Junit => junit::render(documents),
        Format::Github => github::render(documents),
        Format::Html => html::render(documents),
    })
}

/// The chains of one bundle as a tree, with every certificate's details and effective expiry.
pub fn inspect(document: &Document<'_>, style: &Style) -> String {
    tree::render(document, style)
}

/// What goes into `$GITHUB_STEP_SUMMARY`: the verdicts as a table, and the findings of each document.
pub fn step_summary(documents: &[Document<'_>]) -> String {
    limits::with_cut_facts(documents, github::step_summary)
}
