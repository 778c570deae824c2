//! `cert needs-renewal`: is it time for a new certificate? By the effective expiry, since a client stays out as soon as any CA above
//! its certificate has expired.

use std::ffi::OsString;

use clap::Args;
use mtlsmith_validate::Profile;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::budget::Budget;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::finding::Fact;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::graph::Graph;
use mtlsmith_validate::time::Timestamp;

use crate::arguments;
use crate::duration;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Source;
use crate::input::StandardInput;
use crate::session::Session;
use crate::session::shown;

/// Is it time to renew a client certificate? Ends with 0 when it is, and with 1 when it is not yet
///
/// What counts is the effective expiry: the earliest end on the certificate's path, which may be that of a CA. Without --bundle the
/// path is what FILE holds of it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The client's certificate, behind it those that it sends along; - is standard input
    #[arg(value_name = "FILE")]
    file: OsString,
    /// The Namespace's CA bundle
    #[arg(short, long, value_name = "FILE")]
    bundle: Option<OsString>,
    #[command(flatten)]
    standard_input: StandardInput,
    /// Due when so much of the lifetime has passed (66%), or when so little of it is left (30d)
    #[arg(long, value_name = "PERCENT|DURATION", default_value = "66%", value_parser = limit)]
    expires_in: Limit,
    /// Judge for this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
}

/// When a certificate is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    /// This much of the lifetime has passed.
    Percent(i64),
    /// No more than so many seconds are left.
    Left(i64),
}

/// Reads `66%` or `30d`.
fn limit(text: &str) -> Result<Limit, String> {
    let Some(number) = text.strip_suffix('%') else {
        return duration::parse(text).map(Limit::Left).map_err(|error| error.to_string());
    };
    let is_number = number.chars().all(|letter| letter.is_ascii_digit());
    let percent = number.parse().ok().filter(|percent| is_number && (0..=100).contains(percent));
    percent.map(Limit::Percent).ok_or_else(|| "a percentage is a whole number from 0% to 100%".to_owned())
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    answer(arguments, session).map_err(|failure| match failure {
        Failure::Said { message, hint, .. } => Failure::Said { exit: Exit::NoAnswer, message, hint },
        Failure::BrokenPipe => Failure::BrokenPipe,
    })
}

fn answer(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let source = Source::one(&arguments.file, &arguments.standard_input);
    let bundle = arguments.bundle.as_ref().map(|bundle| Source::one(bundle, &arguments.standard_input));
    if source.is_stdin() && bundle.as_ref().is_some_and(Source::is_stdin) {
        return Err(Failure::could_not_run("standard input cannot be both the certificate and the bundle"));
    }
    let now = session.now(arguments.at);
    let file = Bundle::read(&source.read(session)?);
    let name = shown(&source.name);
    let Some(leaf) = file.certificate(0) else {
        let empty = file.members.is_empty();
        let what = if empty { "holds no certificate" } else { "begins with one that cannot be read" };
        return Err(Failure::could_not_run(format!("{name} {what}")));
    };
    let (from, own_end) = (leaf.not_before(), leaf.not_after());
    let end = match &bundle {
        _ if own_end <= now => own_end,
        None => end_within(&file),
        Some(source) => end_against(&file, source, now, session)?,
    };
    let is_due = arguments.expires_in.is_reached(from, end, now);
    let word = if is_due { "due" } else { "not due" };
    let by_a_ca = if end < own_end { ", when a CA above it expires" } else { "" };
    if !session.is_quiet() {
        let passed = if end <= now {
            format!("it has not worked since {end}, for {}", Fact::Duration(now.since(end)))
        } else {
            format!(
                "{}% of its lifetime has passed, and it works until {end}, for {}",
                percent_passed(from, end, now),
                Fact::Duration(end.since(now))
            )
        };
        session.write(format!("{name}: {word}: {passed}{by_a_ca}\n").as_bytes())?;
    }
    Ok(if is_due { Exit::Done } else { Exit::Findings })
}

impl Limit {
    fn is_reached(self, from: Timestamp, end: Timestamp, now: Timestamp) -> bool {
        let left = end.since(now);
        match self {
            _ if left <= 0 => true,
            Limit::Left(seconds) => left <= seconds,
            Limit::Percent(percent) => percent_passed(from, end, now) >= percent,
        }
    }
}

/// How much of a lifetime has passed, rounded down.
fn percent_passed(from: Timestamp, end: Timestamp, now: Timestamp) -> i64 {
    let lifetime = end.since(from).max(1);
    let passed = now.since(from).clamp(0, lifetime);
    passed.saturating_mul(100) / lifetime
}

/// Until when the client gets in below the CAs of a bundle.
fn end_against(
    file: &Bundle,
    source: &Source,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<Timestamp, Failure> {
    let trust = NamespaceTrust::read(&source.read(session)?, None, &Profile::temporal_cloud());
    let decision = trust.decide(&file.members, now);
    decision.until().ok_or_else(|| {
        let why = decision.findings().first().map(Finding::message).unwrap_or_default();
        Failure::could_not_run(format!("the client does not get in now: {}", shown(why)))
            .hint("mtlsmith cert check says more; a new certificate of the same kind may not help")
    })
}

/// Until when the path from the first certificate lasts, as far as the file holds it; of several paths the one that lasts longest.
fn end_within(file: &Bundle) -> Timestamp {
    let graph = Graph::of(file, &Profile::temporal_cloud().algorithms, &mut Budget::default());
    let own_end = |index: usize| file.certificate(index).map(|certificate| certificate.not_after());
    let issuers = |index: usize| {
        let links = graph.node(index).map(|node| node.link.issuers()).unwrap_or_default();
        links.iter().copied().filter(move |issuer| *issuer != index)
    };
    let is_last = |index: usize| issuers(index).next().is_none();
    let mut ends: Vec<Option<Timestamp>> =
        (0..file.members.len()).map(|index| own_end(index).filter(|_| is_last(index))).collect();
    // No path is longer than the file, and each round carries the ends one certificate further down.
    for _ in 0..file.members.len() {
        for index in 0..file.members.len() {
            let above = issuers(index).filter_map(|issuer| ends.get(issuer).copied().flatten()).max();
            let end = above.into_iter().chain(own_end(index)).min().filter(|_| above.is_some());
            if let Some(slot) = ends.get_mut(index).filter(|slot| **slot < end) {
                *slot = end;
            }
        }
    }
    let of_leaf = ends.first().copied().flatten();
    of_leaf.or_else(|| own_end(0)).unwrap_or(Timestamp::from_unix(0))
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith cert needs-renewal worker.pem --bundle ca.pem && renew-the-worker
  mtlsmith cert needs-renewal worker.pem --expires-in 30d --quiet

Exit status: 0 due, 1 not due, 255 no answer (2: the command line is wrong)";

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;

    #[test]
    fn limits_are_percentages_or_durations() {
        assert_eq!(limit("66%"), Ok(Limit::Percent(66)));
        assert_eq!(limit("30d"), Ok(Limit::Left(30 * 86_400)));
        for wrong in ["101%", "-1%", "+5%", "%", "1.5%", "30"] {
            assert!(limit(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_limit_itself_is_due() {
        let at = Timestamp::from_unix;
        for (limit, now, due) in [
            (Limit::Percent(66), 659, false),
            (Limit::Percent(66), 660, true),
            (Limit::Left(100), 899, false),
            (Limit::Left(100), 900, true),
            (Limit::Percent(100), 999, false),
            (Limit::Percent(100), 1_000, true),
            (Limit::Left(0), 1_001, true),
        ] {
            assert_eq!(limit.is_reached(at(0), at(1_000), at(now)), due, "{limit:?} {now}");
        }
    }

    #[test]
    fn a_file_ends_with_the_ca_in_it_and_the_longest_of_two_paths_counts() {
        let ending = |name: &str, days: i64| {
            testkit::root_builder(name).not_after(testkit::NOW + testkit::days(days)).self_signed()
        };
        let (long, short) = (ending("long", 900), ending("short", 20));
        let builder = testkit::intermediate_builder("issuing");
        let (by_long, by_short) = (builder.signed_by(&long), builder.signed_by(&short));
        let leaf =
            testkit::leaf_builder("worker").not_after(testkit::NOW + testkit::days(90)).signed_by(&by_long);
        let end = |certificates: &[&testkit::Certificate]| {
            let end = end_within(&Bundle::read(testkit::bundle(certificates).as_bytes()));
            end.since(Timestamp::from_unix(testkit::NOW)) / 86_400
        };
        assert_eq!(end(&[&leaf]), 90);
        assert_eq!(end(&[&leaf, &by_short, &short]), 20);
        assert_eq!(end(&[&leaf, &by_short, &short, &by_long, &long]), 90);
        assert_eq!(end(&[&leaf, &by_long]), 90);
    }
}
