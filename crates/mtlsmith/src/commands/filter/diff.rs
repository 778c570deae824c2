//! `filter diff`: whom does a change of the filters lock out, and whom does it let in?

use std::ffi::OsString;

use anstyle::AnsiColor;
use anstyle::Style;
use clap::Args;
use mtlsmith_report::pretty_json;
use mtlsmith_validate::filters::CertificateNames;
use mtlsmith_validate::filters::FilterDifference;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::profile::NEWEST_RULESET;
use serde::Serialize;

use super::certificates::CertificateFile;
use crate::commands::format::TextOrJson;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::filter_file;
use crate::input::Source;
use crate::input::StandardInput;
use crate::session::Place;
use crate::session::Session;
use crate::session::shown;

/// Compare two sets of filters by what becomes of certificates that are known
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The filters in use; one of the two may be -, standard input
    old: OsString,
    /// The filters to be
    new: OsString,
    /// Client certificates to try both on: files, patterns of files, or folders: of *.pem and *.crt, or of a state directory
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    certs: Vec<OsString>,
    #[command(flatten)]
    standard_input: StandardInput,
    /// The form of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: TextOrJson,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let [old, new] =
        [&arguments.old, &arguments.new].map(|file| Source::one(file, &arguments.standard_input));
    if old.is_stdin() && new.is_stdin() {
        return Err(Failure::could_not_run("standard input can be read only once, but - is given twice"));
    }
    let files = CertificateFile::clients(&arguments.certs, session)?;
    let old = filter_file::read(&old, NEWEST_RULESET, session)?;
    let new = filter_file::read(&new, NEWEST_RULESET, session)?;
    let names: Vec<CertificateNames<'_>> = files.iter().map(CertificateFile::names).collect();
    let difference = FilterSet::difference(&old, &new, &names);
    let text = match arguments.format {
        TextOrJson::Text => text(&difference, &files, session),
        TextOrJson::Json => pretty_json(&Output::of(&difference, &files)),
    };
    session.write(text.as_bytes())?;
    let same = difference.locked_out.is_empty() && difference.let_in.is_empty() && !difference.opens;
    Ok(if same { Exit::Done } else { Exit::Findings })
}

fn text(difference: &FilterDifference, files: &[CertificateFile], session: &Session<'_, '_>) -> String {
    let colors = session.colors(Place::Output);
    let lines = |group: &[usize], sign: char, color: AnsiColor, what: &str| -> String {
        let style = if colors { color.on_default() } else { Style::new() };
        let files = group.iter().filter_map(|&index| files.get(index));
        let line = |file: &CertificateFile| {
            let (name, subject) = (shown(&file.name), shown(file.subject()));
            format!("{style}{sign} {name}{style:#} {what}\n    subject: {subject}\n")
        };
        files.map(line).collect()
    };
    let mut text = lines(&difference.locked_out, '-', AnsiColor::Red, "is locked out");
    text.push_str(&lines(&difference.let_in, '+', AnsiColor::Green, "is let in"));
    let [out, within, kept, refused] =
        [&difference.locked_out, &difference.let_in, &difference.kept, &difference.still_refused]
            .map(Vec::len);
    text.push_str(&format!(
        "{out} locked out, {within} let in, {kept} admitted as before, {refused} refused as before.\n"
    ));
    if difference.opens {
        text.push_str(
            "The change takes the last filter away: every certificate of the CAs is admitted then.\n",
        );
    }
    if difference.closes {
        text.push_str(
            "The change sets the first filters: certificates that are not known here may be locked out.\n",
        );
    }
    text
}

#[derive(Serialize)]
struct Output<'a> {
    schema: u32,
    locked_out: Vec<&'a str>,
    let_in: Vec<&'a str>,
    kept: Vec<&'a str>,
    still_refused: Vec<&'a str>,
    opens: bool,
    closes: bool,
}

impl<'a> Output<'a> {
    fn of(difference: &FilterDifference, files: &'a [CertificateFile]) -> Self {
        let named = |group: &[usize]| -> Vec<&'a str> {
            group.iter().filter_map(|&index| files.get(index)).map(|file| file.name.as_str()).collect()
        };
        Output {
            schema: 1,
            locked_out: named(&difference.locked_out),
            let_in: named(&difference.let_in),
            kept: named(&difference.kept),
            still_refused: named(&difference.still_refused),
            opens: difference.opens,
            closes: difference.closes,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith filter diff live.json next.json --certs clients/
  mtlsmith filter diff live.json next.json --certs 'clients/*.pem' \\
      --format json \\
      | jq .locked_out

Exit status: 0 the change makes no difference to these certificates, 1 it makes one or takes the
last filter away, 2 could not run";
