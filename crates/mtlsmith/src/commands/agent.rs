//! `agent`: keeps client certificates fresh.

use std::path::PathBuf;

use clap::Args;

use crate::agent;
use crate::agent::Mode;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// Keep the client certificates of many Namespaces fresh, until it is told to stop
///
/// What is due is replaced after it was judged against the Namespace's live bundle and filters; hooks run until they succeed. In a
/// rollover it moves the certificates by itself once both CAs are live. SIGHUP and a changed file make it read its configuration again;
/// SIGTERM stops it. Logs are lines of JSON on standard error.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The configuration, TOML
    #[arg(short, long, value_name = "FILE")]
    config: PathBuf,
    /// Look once, run what is pending, and end
    #[arg(long)]
    once: bool,
    /// Read the configuration, look up what it names in the state directory, and do nothing else
    #[arg(long, conflicts_with = "once")]
    check_config: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let mode = match (arguments.once, arguments.check_config) {
        (true, _) => Mode::Once,
        (_, true) => Mode::Check,
        _ => Mode::Stay,
    };
    agent::run(&arguments.config, mode, session)
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith agent --config /etc/mtlsmith/agent.toml
  mtlsmith agent --config agent.toml --once

A configuration:
  check-every = \"30s\"
  [metrics]
  listen = \"127.0.0.1:9464\"              /metrics and /healthz
  [[namespace]]
  name = \"orders.a1b2c\"                  its CA, bundle, filters and certificates are those of the state directory
  hook = [{ exec = [\"systemctl\", \"try-reload-or-restart\", \"worker\"] }]
  [namespace.live]                       ask Temporal Cloud for the live bundle and filters
  api-key-file = \"/etc/mtlsmith/api-key\"

Exit status: 0 told to stop, or everything was done, 1 with --check-config: something that is named is not there, 2 could not run, or something failed with --once";
