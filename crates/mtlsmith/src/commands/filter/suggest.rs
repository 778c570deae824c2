//! `filter suggest`: the fewest filters that admit these certificates and keep those out.

use std::ffi::OsString;

use clap::Args;
use mtlsmith_report::pretty_json;
use mtlsmith_validate::filters::CertificateNames;
use mtlsmith_validate::filters::NoneExists;
use mtlsmith_validate::filters::suggest;
use serde::Serialize;

use super::certificates::CertificateFile;
use super::wire::Fields;
use super::wire::fields;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::OutputArguments;
use crate::session::Session;
use crate::session::counted;
use crate::session::shown;

/// Make the fewest filters that admit certificates and keep others out
///
/// The result is the file that tcld imports. What Temporal does not document is read on the safe side: those to admit pass by the
/// strictest reading, those to keep out do not pass by the most lenient one.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Client certificates to admit: files, patterns of files, or folders: of *.pem and *.crt, or of a state directory
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    certs: Vec<OsString>,
    /// Client certificates to keep out
    #[arg(long, num_args = 1.., value_name = "PATH")]
    exclude: Vec<OsString>,
    #[command(flatten)]
    output: OutputArguments,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    arguments.output.may_write()?;
    let admit = CertificateFile::clients(&arguments.certs, session)?;
    let exclude = match arguments.exclude.as_slice() {
        [] => Vec::new(),
        paths => CertificateFile::clients(paths, session)?,
    };
    let suggestion = suggest(&names(&admit), &names(&exclude))
        .map_err(|none| Failure::no(explained(&none, &admit, &exclude)))?;
    let filters = suggestion.set.filters.iter().map(fields).collect();
    arguments.output.write(pretty_json(&Output { filters }).as_bytes(), session)?;
    let number = counted(suggestion.set.filters.len(), "filter");
    let certificates = counted(admit.len(), "certificate");
    let fewest = if suggestion.is_smallest { "" } else { "; fewer might do" };
    session.note(&format!("{number} for {certificates}, {} kept out{fewest}", exclude.len()));
    Ok(Exit::Done)
}

fn names(files: &[CertificateFile]) -> Vec<CertificateNames<'_>> {
    files.iter().map(CertificateFile::names).collect()
}

/// The file of tcld, which has no place for anything else.
#[derive(Serialize)]
struct Output<'a> {
    filters: Vec<Fields<'a>>,
}

/// Why there is no suggestion, with the names of files in the places of numbers.
fn explained(none: &NoneExists, admit: &[CertificateFile], exclude: &[CertificateFile]) -> String {
    let name = |files: &[CertificateFile], index: usize| {
        files.get(index).map(|file| shown(&file.name)).unwrap_or_default()
    };
    match none {
        NoneExists::NoValue { admit: index } => {
            format!("{} has no value that a filter can ask for", name(admit, *index))
        }
        NoneExists::Indistinguishable { admit: index, exclude: others } => {
            let told: Vec<String> =
                others.iter().take(NAMES_TOLD).map(|&other| name(exclude, other)).collect();
            let more = others.len().saturating_sub(NAMES_TOLD);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let admitted = name(admit, *index);
            format!("no filter admits {admitted} and keeps out {}{more} as well", told.join(", "))
        }
        other => other.to_string(),
    }
}

/// As many certificates are named that cannot be told from one to admit.
const NAMES_TOLD: usize = 5;

const EXAMPLES: &str = "\
Examples:
  mtlsmith filter suggest --certs workers/ --exclude admins/ \\
      --output filters.json
  mtlsmith filter suggest --certs 'clients/*.pem' | mtlsmith filter check -

Exit status: 0 filters were made, 1 there are none that do it, 2 could not run, 3 the file exists";
