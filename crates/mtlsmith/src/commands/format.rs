//! Formats that several commands share, and how a report gets to whoever reads it.

use std::path::Path;

use clap::ValueEnum;
use mtlsmith_report::Document;
use mtlsmith_report::Format;

use crate::failure::Failure;
use crate::failure::reason;
use crate::output;
use crate::output::OutputArguments;
use crate::session::Session;
use crate::session::shown;

/// Text for people or JSON for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum TextOrJson {
    #[default]
    Text,
    Json,
}

/// Text, JSON or a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum InspectFormat {
    #[default]
    Text,
    Json,
    Html,
}

/// The formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ReportFormat {
    #[default]
    Auto,
    Text,
    Json,
    Sarif,
    Junit,
    Github,
    Html,
}

impl ReportFormat {
    /// The format that was asked for, or that fits the surroundings.
    pub(crate) fn chosen(self, session: &Session<'_, '_>) -> Format {
        match self {
            ReportFormat::Auto => {
                let on_github =
                    session.environment.set_variable("GITHUB_ACTIONS").is_some_and(|value| value == "true");
                if on_github { Format::Github } else { Format::Text }
            }
            ReportFormat::Text => Format::Text,
            ReportFormat::Json => Format::Json,
            ReportFormat::Sarif => Format::Sarif,
            ReportFormat::Junit => Format::Junit,
            ReportFormat::Github => Format::Github,
            ReportFormat::Html => Format::Html,
        }
    }
}

/// Writes the report where it belongs. What github prints goes to standard output too, since only there it is heard, and into the
/// summary of the step.
pub(crate) fn show_report(
    documents: &[Document<'_>],
    format: Format,
    output: &OutputArguments,
    session: &mut Session<'_, '_>,
) -> Result<(), Failure> {
    let style = session.style(output.place());
    let text = mtlsmith_report::render(format, documents, &style);
    show(&text, format, || mtlsmith_report::step_summary(documents), output, session)
}

/// Writes a text in its format where it belongs, and for GitHub the summary.
pub(crate) fn show(
    text: &str,
    format: Format,
    summary: impl FnOnce() -> String,
    output: &OutputArguments,
    session: &mut Session<'_, '_>,
) -> Result<(), Failure> {
    output.write(text.as_bytes(), session)?;
    if format == Format::Github && output.file().is_some() {
        session.write(text.as_bytes())?;
    }
    if format == Format::Github
        && let Some(file) = session.environment.set_variable("GITHUB_STEP_SUMMARY")
        && let Err(error) = output::append(Path::new(&file), &summary())
    {
        let (file, reason) = (shown(file.display()), reason(&error));
        session.warning(&format!("cannot write the step summary to {file}: {reason}"));
    }
    Ok(())
}
