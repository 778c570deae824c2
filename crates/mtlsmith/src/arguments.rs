//! The options that every command shares, and values that several commands read alike.

use clap::ArgAction;
use clap::Args;
use clap::Parser;
use mtlsmith_validate::profile::NEWEST_RULESET;
use mtlsmith_validate::rule::Date;
use mtlsmith_validate::rule::FIRST_RULES;
use mtlsmith_validate::time::Timestamp;

use crate::color::ColorChoice;
use crate::commands::Command;

/// Mutual TLS for teams on Temporal Cloud: makes certificates, and judges them before they are used
#[derive(Debug, Parser)]
#[command(name = "mtlsmith", version, after_help = EXAMPLES, max_term_width = 100)]
#[command(
    disable_help_subcommand = true,
    disable_help_flag = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Colour text: auto, always or never
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        hide_possible_values = true
    )]
    pub(crate) color: ColorChoice,
    /// Say less: of each bundle its verdict alone, and no notes
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more: reasons and sources
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Answer every question with yes; without a terminal nothing is ever asked
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,
    /// Print help
    #[arg(short, long, global = true, action = ArgAction::HelpShort)]
    help: Option<bool>,
}

/// Reads `2026-11-23T16:00:00Z`, or `2026-11-23`.
pub(crate) fn time(text: &str) -> Result<Timestamp, String> {
    // A day alone means its first second.
    let whole = Date::parse(text).map(|_| format!("{text}T00:00:00Z"));
    Timestamp::parse_rfc3339(whole.as_deref().unwrap_or(text))
        .ok_or_else(|| "a time looks like 2026-11-23T16:00:00Z (RFC 3339), or 2026-11-23".to_owned())
}

/// Reads `2026-11-23`.
fn date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "a date looks like 2026-11-23".to_owned())
}

/// Reads a day for which there are rules.
pub(crate) fn ruleset(text: &str) -> Result<Date, String> {
    let day = date(text)?;
    if day < FIRST_RULES {
        return Err(format!("there are no rules before {FIRST_RULES}"));
    }
    if day > NEWEST_RULESET {
        return Err(format!("the newest rules are of {NEWEST_RULESET}"));
    }
    Ok(day)
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith new orders.a1b2c                           a CA and a client for it
  mtlsmith bundle check ca.pem                        what is wrong with it?
  mtlsmith bundle diff live.pem next.pem              whom does it lock out?
  mtlsmith cert check worker.pem --bundle ca.pem      would this client get in?
  mtlsmith access --namespaces namespaces/ clients/   who gets in where?
  mtlsmith filter match filters.json worker.pem       does it pass, and why?
  mtlsmith config check --env                         will these settings do?
  mtlsmith explain 'tls: bad certificate'             what does that mean?
  mtlsmith rollover plan orders.a1b2c                 how to replace its CA
  mtlsmith rules explain expired                      why is that a fault?

Exit status: 0 accepted or done, 1 findings or no, 2 could not run, 3 refused for safety;
of cert needs-renewal: 0 due, 1 not due, 255 no answer";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_alone_is_its_first_second() {
        assert_eq!(time("2027-01-01"), time("2027-01-01T00:00:00Z"));
        assert!(time("2027-01-01").is_ok() && time("2027-02-30").is_err() && time("soon").is_err());
    }

    #[test]
    fn rules_are_of_a_day_that_has_some() {
        assert_eq!(ruleset("2022-07-31"), Err("there are no rules before 2022-08-01".to_owned()));
        assert_eq!(ruleset("2022-08-01"), Ok(FIRST_RULES));
        assert_eq!(ruleset(&NEWEST_RULESET.to_string()), Ok(NEWEST_RULESET));
        assert_eq!(ruleset("2999-01-01"), Err(format!("the newest rules are of {NEWEST_RULESET}")));
        assert_eq!(ruleset("newest"), Err("a date looks like 2026-11-23".to_owned()));
    }
}
