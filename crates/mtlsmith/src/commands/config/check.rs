//! `config check`: would a Worker or Client connect with these settings?

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use mtlsmith_report::pretty_json;
use mtlsmith_validate::client_configuration::ConfigurationCheck;
use mtlsmith_validate::client_configuration::ConfigurationReport;
use mtlsmith_validate::profile::NEWEST_RULESET;
use mtlsmith_validate::rule::Date;
use serde::Serialize;

use super::files::Disk;
use super::wire::CheckedFile;
use crate::arguments;
use crate::commands::fail_on::FailOn;
use crate::commands::format::TextOrJson;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::input::Source;
use crate::input::StandardInput;
use crate::session::Place;
use crate::session::Session;
use crate::session::counted;
use crate::session::shown;

/// Check the settings of Workers and Clients: wrong keys and addresses, certificates that are not presented, CAs in the wrong place
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
    /// The CA bundle of the Namespace, to tell your own CA from that of the server
    #[arg(long, value_name = "FILE")]
    bundle: Option<OsString>,
    /// The form of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: TextOrJson,
    /// End with 1 when there is a finding of this severity or a worse one
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    fail_on: FailOn,
    /// Judge by the rules of that day instead of the newest
    #[arg(long, value_name = "DATE", value_parser = arguments::ruleset)]
    ruleset: Option<Date>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let ruleset = arguments.ruleset.unwrap_or(NEWEST_RULESET);
    let environment = if arguments.env { environment(session)? } else { Vec::new() };
    let bundle = match &arguments.bundle {
        Some(file) => Some(Source::one(file, &arguments.standard_input).read(session)?),
        None => None,
    };
    let sources = sources(arguments, session)?;
    let named = arguments.profile.clone();
    let named = named.or_else(|| session.environment.set_variable("TEMPORAL_PROFILE")?.into_string().ok());
    let check = ConfigurationCheck {
        // The variable names a profile only where it is asked to count.
        profile: named.as_deref().filter(|_| arguments.profile.is_some() || arguments.env),
        environment: &environment,
        bundle: bundle.as_deref(),
        files: &Disk,
        ruleset,
    };
    let mut checked: Vec<(String, ConfigurationReport)> = Vec::with_capacity(sources.len());
    for source in sources {
        let text = source.read(session)?;
        checked.push((source.name.clone(), check.run(&source.name, &text)));
    }
    if checked.is_empty() {
        checked.push(("the environment".to_owned(), check.run_environment()));
    }
    write(arguments, &checked, ruleset, session)?;
    Ok(exit(arguments, &checked, session))
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

fn write(
    arguments: &Arguments,
    checked: &[(String, ConfigurationReport)],
    ruleset: Date,
    session: &mut Session<'_, '_>,
) -> Result<(), Failure> {
    let text = match arguments.format {
        TextOrJson::Text => {
            let style = session.style(Place::Output);
            let page = |(name, report): &(String, ConfigurationReport)| {
                mtlsmith_report::configuration(name, report, ruleset, &style)
            };
            let pages: Vec<String> = checked.iter().map(page).collect();
            pages.join(if session.is_quiet() { "" } else { "\n" })
        }
        TextOrJson::Json => {
            let files = checked.iter().map(|(name, report)| CheckedFile::of(name, report)).collect();
            pretty_json(&Output { schema: 1, ruleset: ruleset.to_string(), files })
        }
    };
    session.write(text.as_bytes())
}

fn exit(
    arguments: &Arguments,
    checked: &[(String, ConfigurationReport)],
    session: &mut Session<'_, '_>,
) -> Exit {
    let Some(limit) = arguments.fail_on.severity() else { return Exit::Done };
    let from = |report: &ConfigurationReport| {
        report.findings.iter().filter(|finding| finding.rule.severity >= limit).count()
    };
    let failing = checked.iter().map(|(name, report)| (name, from(report))).filter(|(_, number)| *number > 0);
    let failing: Vec<(&String, usize)> = failing.collect();
    if arguments.format == TextOrJson::Json || limit != mtlsmith_validate::rule::Severity::Error {
        for (name, number) in failing.iter().take(FILES_EXPLAINED) {
            let findings = counted(*number, "finding");
            session.error(&format!("{}: {findings} at or above {}", shown(name), limit.as_str()));
        }
    }
    if failing.is_empty() { Exit::Done } else { Exit::Findings }
}

#[derive(Serialize)]
struct Output<'a> {
    schema: u32,
    ruleset: String,
    files: Vec<CheckedFile<'a>>,
}

/// How the variables start that are looked at.
const PREFIXES: [&str; 3] = ["TEMPORAL_", "DOTNET_", "ASPNETCORE_"];

/// For how many files the failure is explained.
const FILES_EXPLAINED: usize = 10;

const EXAMPLES: &str = "\
Examples:
  mtlsmith config check                              the temporal.toml of this user
  mtlsmith config check temporal.toml --env          with the variables of this shell over it
  mtlsmith config check worker.env 'deploy/*.yaml' --bundle ca.pem
  kubectl get secret worker-tls -o yaml | mtlsmith config check -

Exit status: 0 no finding at or above --fail-on, 1 some, 2 could not run";
