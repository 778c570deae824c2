//! `bundle check`: would Temporal Cloud take the bundle, and let its clients in?

use std::borrow::Cow;
use std::ffi::OsString;

use clap::Args;
use mtlsmith_report::Document;
use mtlsmith_report::Format;
use mtlsmith_validate::Report;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::rule::Severity;

use super::judge::Judge;
use super::judge::JudgeArguments;
use crate::commands::fail_on::FailOn;
use crate::commands::format::ReportFormat;
use crate::commands::format::show_report;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::input::Source;
use crate::input::StandardInput;
use crate::output::OutputArguments;
use crate::parallel;
use crate::progress::Progress;
use crate::session::Session;
use crate::session::counted;
use crate::session::shown;

/// Check bundles: every fault at once, where it is, why, and how to repair it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Files with PEM, base64 of PEM or DER; patterns such as 'certs/**/*.pem'; - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<OsString>,
    #[command(flatten)]
    standard_input: StandardInput,
    /// The form of the result; auto is github within GitHub Actions, else text. What github prints goes to standard output even
    /// with --output, since only there it is heard
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: ReportFormat,
    #[command(flatten)]
    output: OutputArguments,
    /// End with 1 when there is a finding of this severity or a worse one
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    fail_on: FailOn,
    #[command(flatten)]
    judge: JudgeArguments,
}

/// A bundle and what was found in it.
struct Checked<'a> {
    name: &'a str,
    input: Cow<'a, [u8]>,
    report: Report,
}

impl Checked<'_> {
    /// How many findings are of this severity or a worse one.
    fn findings_from(&self, limit: Severity) -> usize {
        self.report.findings.iter().filter(|finding| finding.rule.severity >= limit).count()
    }
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    arguments.output.may_write()?;
    let sources = input::expand(&arguments.files, &arguments.standard_input)?;
    if arguments.judge.takes_stdin() && sources.iter().any(Source::is_stdin) {
        return Err(Failure::could_not_run("standard input cannot be both the bundle and its filters"));
    }
    let judge = arguments.judge.judge(session)?;
    let format = arguments.format.chosen(session);
    let stdin =
        sources.iter().find(|source| source.is_stdin()).map(|source| source.read(session)).transpose()?;
    let results = check_all(&sources, stdin.as_deref().unwrap_or_default(), &judge, session);
    let (checked, failures): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    let checked: Vec<Checked<'_>> = checked.into_iter().flatten().collect();
    let all_read = failures.is_empty();
    // A report for machines that lacks a file would read as if that file had no findings.
    if all_read || matches!(format, Format::Text | Format::Github) {
        show(&checked, format, arguments, session)?;
    }
    for failure in failures.into_iter().filter_map(Result::err) {
        say(failure, session);
    }
    if !all_read {
        return Ok(Exit::CouldNotRun);
    }
    let Some(limit) = arguments.fail_on.severity() else { return Ok(Exit::Done) };
    let failing: Vec<&Checked<'_>> =
        checked.iter().filter(|checked| checked.findings_from(limit) > 0).collect();
    let was_shown = format == Format::Text && arguments.output.file().is_none();
    explain_failure(&failing, limit, was_shown, session);
    Ok(if failing.is_empty() { Exit::Done } else { Exit::Findings })
}

/// Says in a line per file why the job fails, unless the findings or a verdict that speaks for itself stand on standard output.
fn explain_failure(
    failing: &[&Checked<'_>],
    limit: Severity,
    was_shown: bool,
    session: &mut Session<'_, '_>,
) {
    let speaks_for_itself = |checked: &&&Checked<'_>| {
        was_shown && (!session.is_quiet() || checked.report.verdict() != Verdict::Accepted)
    };
    let unexplained: Vec<String> = failing
        .iter()
        .filter(|checked| !speaks_for_itself(checked))
        .map(|checked| {
            let findings = counted(checked.findings_from(limit), "finding");
            format!("{}: {findings} at or above {}", shown(checked.name), limit.as_str())
        })
        .collect();
    for line in unexplained.iter().take(FILES_EXPLAINED) {
        session.error(line);
    }
    let more = unexplained.len().saturating_sub(FILES_EXPLAINED);
    if more > 0 {
        session.error(&format!(
            "{} more with findings at or above {}",
            counted(more, "file"),
            limit.as_str()
        ));
    }
}

/// Reads and checks on all processors; results in the order of the sources.
fn check_all<'a>(
    sources: &'a [Source],
    stdin: &'a [u8],
    judge: &Judge,
    session: &mut Session<'_, '_>,
) -> Vec<Result<Checked<'a>, Failure>> {
    let mut progress = Progress::new(sources.len(), session.is_quiet(), session.environment);
    let check = |source: &'a Source| {
        let input = if source.is_stdin() { Cow::Borrowed(stdin) } else { Cow::Owned(source.read_file()?) };
        Ok(Checked { name: &source.name, report: judge.check(&input), input })
    };
    let sources: Vec<&Source> = sources.iter().collect();
    let results = parallel::in_order(&sources, |source| check(source), |done| progress.update(done));
    progress.finish();
    results
}

fn show(
    checked: &[Checked<'_>],
    format: Format,
    arguments: &Arguments,
    session: &mut Session<'_, '_>,
) -> Result<(), Failure> {
    let documents: Vec<Document<'_>> = checked
        .iter()
        .map(|checked| Document {
            name: checked.name,
            input: &checked.input,
            report: &checked.report,
            client: None,
        })
        .collect();
    if documents.is_empty() {
        return Ok(());
    }
    show_report(&documents, format, &arguments.output, session)
}

fn say(failure: Failure, session: &mut Session<'_, '_>) {
    if let Failure::Said { message, hint, .. } = failure {
        session.error(&message);
        if let Some(hint) = hint {
            session.hint(&hint);
        }
    }
}

/// For how many files the failure is explained.
const FILES_EXPLAINED: usize = 10;

const EXAMPLES: &str = "\
Examples:
  mtlsmith bundle check ca.pem
  mtlsmith bundle check 'certs/**/*.pem' --fail-on warning
  mtlsmith bundle check ca.pem --filters filters.json --at 2027-01-01T00:00:00Z
  mtlsmith bundle check ca.pem --format sarif --output mtlsmith.sarif
  kubectl get configmap temporal-client-ca -o jsonpath='{.data.ca\\.crt}' \\
      | mtlsmith bundle check -

Exit status: 0 no finding at or above --fail-on, 1 some, 2 could not run";
