//! `config check`: would a Worker or Client connect with these settings?

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use mtlsmith_report::CheckedConfiguration;
use mtlsmith_report::Format;
use mtlsmith_report::shell_word;
use mtlsmith_validate::Profile;
use mtlsmith_validate::admission::KeyInput;
use mtlsmith_validate::client_configuration::ClientFiles;
use mtlsmith_validate::client_configuration::ConfigurationCheck;
use mtlsmith_validate::client_configuration::ConfigurationReport;
use mtlsmith_validate::client_configuration::FilePart;
use mtlsmith_validate::client_configuration::PresentedCheck;
use mtlsmith_validate::profile::NEWEST_RULESET;
use mtlsmith_validate::rule::Date;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::time::Timestamp;

use super::against::TrustArguments;
use super::files::Disk;
use crate::arguments;
use crate::commands::cert::key_file;
use crate::commands::fail_on::FailOn;
use crate::commands::format::ReportFormat;
use crate::commands::format::show;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::input::Source;
use crate::input::StandardInput;
use crate::layout::Trust;
use crate::output::OutputArguments;
use crate::session::Session;
use crate::session::counted;
use crate::session::shown;

/// Check the settings of Workers and Clients, the certificates and keys that they lead to, and whether these get in
///
/// Wrong keys and addresses, certificates that are not presented, CAs in the wrong place; and of each certificate what `cert check`
/// says: does the key fit, can an SDK load it, has the certificate expired? With --bundle or --namespaces it is decided too whether
/// the certificate gets in, and until when.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// temporal.toml, files of variables, manifests; patterns of files; - for standard input [default: the file that a client reads]
    #[arg(value_name = "FILE")]
    files: Vec<OsString>,
    #[command(flatten)]
    standard_input: StandardInput,
    /// Lay the TEMPORAL_ variables of this shell over the profile, as every client does; without FILE and temporal.toml judge them alone
    #[arg(long)]
    env: bool,
    /// Judge this profile of temporal.toml alone
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    #[command(flatten)]
    trust: TrustArguments,
    /// The form of the result; auto is github within GitHub Actions, else text
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: ReportFormat,
    #[command(flatten)]
    output: OutputArguments,
    /// End with 1 when there is a finding of this severity or a worse one
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
    let mut profile = Profile::temporal_cloud();
    profile.ruleset = arguments.ruleset.unwrap_or(NEWEST_RULESET);
    let now = session.now(arguments.at);
    let environment = if arguments.env { environment(session)? } else { Vec::new() };
    let sources = sources(arguments, session)?;
    let from_stdin = sources.iter().filter(|source| source.is_stdin()).count();
    if from_stdin + arguments.trust.stdin_named() > 1 {
        return Err(Failure::could_not_run("standard input can be read only once, but - is given twice"));
    }
    let mut trusted = arguments.trust.read(&profile, now, &arguments.standard_input, session)?;
    let bundle = trusted.bundle.take();
    let named = arguments.profile.clone();
    let named = named.or_else(|| session.environment.set_variable("TEMPORAL_PROFILE")?.into_string().ok());
    let check = ConfigurationCheck {
        // The variable names a profile only where it is asked to count.
        profile: named.as_deref().filter(|_| arguments.profile.is_some() || arguments.env),
        environment: &environment,
        bundle: bundle.as_deref(),
        files: &Disk,
        ruleset: profile.ruleset,
    };
    let mut checked: Vec<(String, ConfigurationReport)> = Vec::with_capacity(sources.len());
    for source in sources {
        let text = source.read(session)?;
        checked.push((source.name.clone(), check.run(&source.name, &text)));
    }
    if checked.is_empty() {
        checked.push(("the environment".to_owned(), check.run_environment()));
    }
    for (_, report) in &mut checked {
        trusted.prepare(report, session)?;
        let against = |files: &ClientFiles| trusted.of(files);
        report.judge(&PresentedCheck { profile: &profile, now, key: &key, against: &against });
    }
    let trust: Vec<Option<String>> = checked.iter().map(|(name, report)| beside(name, report)).collect();
    let views: Vec<CheckedConfiguration<'_>> = checked
        .iter()
        .zip(&trust)
        .map(|((name, report), trust)| {
            let trust = trust.as_deref();
            CheckedConfiguration { name, report, ruleset: profile.ruleset, now, trust }
        })
        .collect();
    let format = arguments.format.chosen(session);
    write(&views, format, &arguments.output, session)?;
    Ok(exit(arguments, &checked, format, session))
}

/// The options that have the certificates decided, where their bundle lies as a state directory keeps it: beside the settings or above
/// the certificate. For several Namespaces it is the folder of them all.
fn beside(settings: &str, report: &ConfigurationReport) -> Option<String> {
    let of_file = |part: &FilePart| part.is_file.then(|| Trust::above(Path::new(&part.name))).flatten();
    let certificates = report.files.iter().filter_map(|files| files.certificate.as_ref());
    let mut found: Vec<Trust> = Vec::new();
    for trust in certificates.filter_map(of_file) {
        if !found.contains(&trust) {
            found.push(trust);
        }
    }
    match found.as_slice() {
        [] => {
            let settings = Some(Path::new(settings)).filter(|path| path.is_file())?;
            // A file ca.pem beside settings may as well be the CA of a server.
            let is_certain = |trust: &Trust| !trust.bundle.ends_with("ca.pem");
            Trust::in_folder(settings.parent()?).filter(is_certain)?.options()
        }
        [one] => one.options(),
        [first, ..] => {
            let all = |trust: &Trust| Some(trust.bundle.parent()?.parent()?.to_owned());
            let folder = all(first)?;
            let is_common = found.iter().all(|trust| all(trust).as_ref() == Some(&folder));
            let word = shell_word(&folder.display().to_string()).filter(|_| is_common)?;
            Some(format!("--namespaces {word}"))
        }
    }
}

/// The private key behind a setting; its permissions count where it is a file here.
fn key(part: &FilePart) -> KeyInput {
    let mode = part.is_file.then(|| key_file::mode_of(Path::new(&part.name))).flatten();
    KeyInput { file: key_file::read(part.content.expose()), mode }
}

/// The files that were named; else the one that a client would read, when there is one.
fn sources(arguments: &Arguments, session: &Session<'_, '_>) -> Result<Vec<Source>, Failure> {
    if !arguments.files.is_empty() {
        return input::expand(&arguments.files, &arguments.standard_input);
    }
    if let Some(named) = session.environment.set_variable("TEMPORAL_CONFIG_FILE") {
        return Ok(vec![Source::one(&named, &arguments.standard_input)]);
    }
    let usual = usual_file(session).filter(|path| path.is_file());
    match usual {
        Some(path) => Ok(vec![Source::one(path.as_os_str(), &arguments.standard_input)]),
        None if arguments.env => Ok(Vec::new()),
        None => Err(Failure::could_not_run(
            "no file is named, and there is no temporal.toml where clients look for one",
        )
        .hint("name a file, or judge the TEMPORAL_ variables of this shell: mtlsmith config check --env")),
    }
}

/// Where every client looks: the folder of the system for settings.
fn usual_file(session: &Session<'_, '_>) -> Option<PathBuf> {
    let variable = |name: &str| session.environment.set_variable(name).map(PathBuf::from);
    let home = variable("HOME");
    let folder = if cfg!(windows) {
        variable("AppData")?
    } else if cfg!(target_os = "macos") {
        home?.join("Library/Application Support")
    } else {
        variable("XDG_CONFIG_HOME").or_else(|| Some(home?.join(".config")))?
    };
    Some(folder.join("temporalio").join("temporal.toml"))
}

/// The variables of this shell that a client may read, and those by which a program in .NET is known; by name, since the system has
/// no order for them.
fn environment(session: &Session<'_, '_>) -> Result<Vec<(String, String)>, Failure> {
    let mut found = Vec::new();
    for (name, value) in (session.environment.variables)() {
        let Ok(name) = name.into_string() else { continue };
        if !PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        let Ok(value) = value.into_string() else {
            return Err(Failure::could_not_run(format!("the variable {} is no UTF-8 text", shown(&name))));
        };
        found.push((name, value));
    }
    found.sort();
    Ok(found)
}

/// Writes the result where it belongs, for GitHub into the summary of the step too.
fn write(
    checked: &[CheckedConfiguration<'_>],
    format: Format,
    output: &OutputArguments,
    session: &mut Session<'_, '_>,
) -> Result<(), Failure> {
    let style = session.style(output.place());
    let text = mtlsmith_report::configurations(format, checked, &style);
    let summary = || mtlsmith_report::configuration_step_summary(checked);
    show(&text, format, summary, output, session)
}

fn exit(
    arguments: &Arguments,
    checked: &[(String, ConfigurationReport)],
    format: Format,
    session: &mut Session<'_, '_>,
) -> Exit {
    let Some(limit) = arguments.fail_on.severity() else { return Exit::Done };
    let from = |report: &ConfigurationReport| report.severities().filter(|found| *found >= limit).count();
    let failing = checked.iter().map(|(name, report)| (name, from(report))).filter(|(_, number)| *number > 0);
    let failing: Vec<(&String, usize)> = failing.collect();
    let was_shown = format == Format::Text && arguments.output.file().is_none();
    if !was_shown || limit != Severity::Error {
        for (name, number) in failing.iter().take(FILES_EXPLAINED) {
            let findings = counted(*number, "finding");
            session.error(&format!("{}: {findings} at or above {}", shown(name), limit.as_str()));
        }
    }
    if failing.is_empty() { Exit::Done } else { Exit::Findings }
}

/// How the variables start that are looked at.
const PREFIXES: [&str; 3] = ["TEMPORAL_", "DOTNET_", "ASPNETCORE_"];

/// For how many files the failure is explained.
const FILES_EXPLAINED: usize = 10;

const EXAMPLES: &str = "\
Examples:
  # the temporal.toml of this user
  mtlsmith config check
  # with the variables of this shell over it
  mtlsmith config check temporal.toml --env
  mtlsmith config check worker.env 'deploy/*.yaml' --bundle ca.pem \\
      --filters filters.json
  mtlsmith config check temporal.toml --namespaces namespaces/ --format html \\
      --output settings.html
  kubectl get secret worker-tls -o yaml | mtlsmith config check -

Exit status: 0 no finding at or above --fail-on, 1 some, 2 could not run";
