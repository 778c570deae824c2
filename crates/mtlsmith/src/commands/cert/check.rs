//! `cert check`: would this client certificate get in, until when, and if not, what is the first thing to repair?

use std::ffi::OsString;
use std::sync::Arc;

use clap::Args;
use mtlsmith_report::ClientFiles;
use mtlsmith_report::Document;
use mtlsmith_report::Format;
use mtlsmith_validate::BundleCheck;
use mtlsmith_validate::CertificateFilters;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::admission::ClientCheck;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::rule::Date;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::time::Timestamp;

use super::key_file;
use crate::arguments;
use crate::commands::fail_on::FailOn;
use crate::commands::format::ReportFormat;
use crate::commands::format::show_report;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::filter_file;
use crate::input::Source;
use crate::input::StandardInput;
use crate::output::OutputArguments;
use crate::session::Session;
use crate::session::counted;
use crate::session::shown;

/// Check a client certificate against a Namespace's CA bundle and filters: would it get in, until when, and if not, why?
///
/// The answer is admitted (through which CAs, by which filter, until when), refused (the first thing to repair on top), or contested:
/// nobody outside knows what verifies certificates in front of Temporal Cloud, and servers made with Go and servers of the OpenSSL
/// family do not agree about this one. The private key is looked at where it is given, and never shown.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The client's certificate, behind it those that it sends along: PEM, base64 of PEM or DER; - is standard input
    #[arg(value_name = "LEAF")]
    leaf: OsString,
    /// The private key, when it does not stand in LEAF
    #[arg(value_name = "KEY")]
    key: Option<OsString>,
    /// The same as KEY
    #[arg(long = "key", value_name = "FILE", conflicts_with = "key")]
    key_option: Option<OsString>,
    /// The Namespace's CA bundle
    #[arg(short, long, value_name = "FILE")]
    bundle: OsString,
    /// The Namespace's certificate filters, as JSON in a shape of the official tools. A file with errors is not judged by: exit
    /// status 2
    #[arg(long, value_name = "FILE")]
    filters: Option<OsString>,
    /// The Namespace by its full name, such as orders.a1b2c: for the words of the answer and for commands to copy
    #[arg(short, long, value_name = "NAME")]
    namespace: Option<String>,
    #[command(flatten)]
    standard_input: StandardInput,
    /// The form of the result; auto is github within GitHub Actions, else text
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: ReportFormat,
    #[command(flatten)]
    output: OutputArguments,
    /// End with 1 when there is a finding of this severity or a worse one; never ends with 0 whatever the answer is
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    fail_on: FailOn,
    /// Judge for this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
    /// Judge by the rules of that day instead of the newest
    #[arg(long, value_name = "DATE", value_parser = arguments::ruleset)]
    ruleset: Option<Date>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    arguments.output.may_write()?;
    let sources = Sources::of(arguments)?;
    let now = session.now(arguments.at);
    let mut profile = Profile::temporal_cloud();
    if let Some(day) = arguments.ruleset {
        profile.ruleset = day;
    }
    let filters = match &sources.filters {
        Some(source) => Some(filter_file::read(source, profile.ruleset, session)?),
        None => None,
    };
    let bundle = sources.bundle.read(session)?;
    let leaf = sources.leaf.read(session)?;
    key_file::not_swapped(&sources.leaf, &leaf, sources.key.as_ref())?;
    let key = key_file::beside(&sources.leaf, &leaf, sources.key.as_ref(), session)?;
    let known = filters.as_ref().map_or(CertificateFilters::NotStated, |set| match set.filters.len() {
        0 => CertificateFilters::None,
        count => CertificateFilters::Present(count),
    });
    let bundle_verdict = BundleCheck { profile: &profile, now, filters: known }.run(&bundle).verdict();
    let trust = Arc::new(NamespaceTrust::read(&bundle, filters, &profile));
    let report = ClientCheck { trust, now, key }.run(&leaf);
    let files = ClientFiles {
        bundle: &sources.bundle.name,
        bundle_verdict,
        filters: sources.filters.as_ref().map(|source| source.name.as_str()),
        key: sources.key.as_ref().map(|source| source.name.as_str()),
        namespace: arguments.namespace.as_deref(),
        at: arguments.at,
    };
    let document = Document { name: &sources.leaf.name, input: &leaf, report: &report, client: Some(files) };
    let format = arguments.format.chosen(session);
    show_report(&[document], format, &arguments.output, session)?;
    Ok(exit(arguments, &report, format, &sources.leaf.name, session))
}

/// The files of one check.
struct Sources {
    leaf: Source,
    key: Option<Source>,
    bundle: Source,
    filters: Option<Source>,
}

impl Sources {
    fn of(arguments: &Arguments) -> Result<Self, Failure> {
        let source = |argument: &OsString| Source::one(argument, &arguments.standard_input);
        let sources = Sources {
            leaf: source(&arguments.leaf),
            key: arguments.key.as_ref().or(arguments.key_option.as_ref()).map(source),
            bundle: source(&arguments.bundle),
            filters: arguments.filters.as_ref().map(source),
        };
        let all =
            [Some(&sources.leaf), sources.key.as_ref(), Some(&sources.bundle), sources.filters.as_ref()];
        if all.into_iter().flatten().filter(|source| source.is_stdin()).count() > 1 {
            return Err(Failure::could_not_run("standard input can be read only once, but - is given twice"));
        }
        Ok(sources)
    }
}

fn exit(
    arguments: &Arguments,
    report: &Report,
    format: Format,
    name: &str,
    session: &mut Session<'_, '_>,
) -> Exit {
    let Some(limit) = arguments.fail_on.severity() else { return Exit::Done };
    let failing = report.findings.iter().filter(|finding| finding.rule.severity >= limit).count();
    let admitted = report.verdict() == Verdict::Accepted;
    if admitted && failing == 0 {
        return Exit::Done;
    }
    let was_shown = format == Format::Text && arguments.output.file().is_none();
    if !was_shown || (admitted && limit != Severity::Error) {
        let findings = counted(failing, "finding");
        session.error(&format!("{}: {findings} at or above {}", shown(name), limit.as_str()));
    }
    Exit::Findings
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith cert check worker.pem worker.key --bundle ca.pem \\
      --filters filters.json
  mtlsmith cert check worker.pem --bundle ca.pem --at 2027-01-01T00:00:00Z
  mtlsmith cert check worker.pem --key worker.key --bundle ca.pem \\
      --namespace orders.a1b2c
  kubectl get secret worker-tls -o jsonpath='{.data.tls\\.crt}' \\
      | mtlsmith cert check - -b ca.pem

Exit status: 0 admitted, 1 refused or contested, or a finding at or above --fail-on, 2 could not run";
