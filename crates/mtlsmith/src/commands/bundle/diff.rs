//! `bundle diff`: what a change of the bundle does to the clients.

use std::ffi::OsString;

use anstyle::AnsiColor;
use anstyle::Style;
use clap::Args;
use mtlsmith_report::for_terminal;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::difference::Coverage;
use mtlsmith_validate::difference::Difference;
use mtlsmith_validate::difference::Kept;
use mtlsmith_validate::edit;
use mtlsmith_validate::graph::Role;
use mtlsmith_validate::input::Form;
use mtlsmith_validate::time::Timestamp;

use self::wire::Output;
use crate::arguments;
use crate::commands::format::TextOrJson;
use crate::commands::format::json;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Source;
use crate::input::StandardInput;
use crate::session::Place;
use crate::session::Session;

mod wire;

/// Compare two bundles: what comes, what goes, and which clients that may lock out
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The bundle in use; one of the two may be -, standard input
    old: OsString,
    /// The bundle to be
    new: OsString,
    #[command(flatten)]
    standard_input: StandardInput,
    /// The form of the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: TextOrJson,
    /// Judge for this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let [old, new] =
        [&arguments.old, &arguments.new].map(|file| Source::one(file, &arguments.standard_input));
    if old.is_stdin() && new.is_stdin() {
        return Err(Failure::could_not_run("standard input can be read only once, but - is given twice"));
    }
    let profile = Profile::temporal_cloud();
    let now = session.now(arguments.at);
    let old = report(&old, &profile, now, session)?;
    let new = report(&new, &profile, now, session)?;
    let difference = Difference::between(&old, &new);
    let text = match arguments.format {
        TextOrJson::Text => {
            Writer { old: &old, new: &new, color: session.colors(Place::Output) }.text(&difference)
        }
        TextOrJson::Json => json(&Output::of(&difference, &old, &new))?,
    };
    session.write(text.as_bytes())?;
    Ok(if difference.same_certificates() { Exit::Done } else { Exit::Findings })
}

/// Reads a bundle; what in it cannot be compared is said.
fn report(
    source: &Source,
    profile: &Profile,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<Report, Failure> {
    let bytes = source.read(session)?;
    let report = check_bundle(&bytes, profile, now);
    if report.bundle.members.is_empty() && report.bundle.form != Form::Empty {
        return Err(Failure::could_not_run(format!("{} holds no certificate", source.name))
            .hint(format!("mtlsmith bundle check {} says what it is", source.name)));
    }
    for loss in edit::losses(&report.bundle) {
        session.warning(&format!("{}, {loss}", source.name));
    }
    Ok(report)
}

struct Writer<'a> {
    old: &'a Report,
    new: &'a Report,
    color: bool,
}

impl Writer<'_> {
    fn text(&self, difference: &Difference) -> String {
        let mut text = String::new();
        for dropped in &difference.dropped {
            let what = coverage(&dropped.coverage);
            text.push_str(&self.line('-', AnsiColor::Red, self.old, dropped.member, what));
        }
        for &added in &difference.added {
            let expiry = expiry(self.new.graph.node(added).and_then(|node| node.effective_expiry));
            let what = format!("effective expiry {expiry}");
            text.push_str(&self.line('+', AnsiColor::Green, self.new, added, &what));
        }
        for kept in &difference.kept {
            if let Some(what) = change_of(kept, self.new.now) {
                text.push_str(&self.line('~', AnsiColor::Yellow, self.new, kept.new, &what));
            }
        }
        text.push_str(&self.summary(difference));
        text
    }

    fn line(&self, sign: char, color: AnsiColor, report: &Report, member: usize, what: &str) -> String {
        let style = if self.color { color.on_default() } else { Style::new() };
        match report.bundle.certificate(member) {
            Some(certificate) => {
                let subject = for_terminal(&certificate.subject().to_string());
                let sha1 = certificate.sha1_hex();
                let role = report.graph.node(member).map_or("", |node| role(node.role));
                format!("{style}{sign} {role} {subject}{style:#}\n    SHA-1 {sha1}\n    {what}\n")
            }
            None => format!("{style}{sign} certificate {}{style:#}\n    {what}\n", member + 1),
        }
    }

    fn summary(&self, difference: &Difference) -> String {
        let (dropped, added, kept) =
            (difference.dropped.len(), difference.added.len(), difference.kept.len());
        let mut text = if difference.same_certificates() {
            let order = if difference.reordered { ", in another order" } else { "" };
            format!("Same certificates{order}: {kept}.\n")
        } else {
            format!("{dropped} dropped, {added} added, {kept} kept.\n")
        };
        if difference.expiry_before != difference.expiry_after {
            let [before, after] = [difference.expiry_before, difference.expiry_after].map(expiry);
            text.push_str(&format!("Effective expiry: {before} before, {after} after.\n"));
        }
        if difference.may_lock_out(self.new.now) {
            let style = if self.color { AnsiColor::Red.on_default().bold() } else { Style::new() };
            text.push_str(&format!("{style}The change may lock clients out.{style:#}\n"));
        }
        text
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Root => "root",
        Role::Intermediate => "intermediate",
        Role::EndEntity => "end entity",
        Role::Unreadable => "unreadable",
    }
}

fn coverage(coverage: &Coverage) -> &'static str {
    match coverage {
        Coverage::SameNameAndKey(_) => "clients below it connect as before: its name and key stay",
        Coverage::IssuerStays(_) => {
            "clients below it can connect only if they send this certificate themselves"
        }
        Coverage::LockedOut => "clients below it can no longer connect",
        Coverage::WasUseless => "no client could connect through it before either",
        Coverage::NotACa => "it is no CA; only a client with this very certificate could connect by it",
        Coverage::Unreadable => "it cannot be read, so nobody knows whom it let in",
        _ => "whom it let in is not known",
    }
}

/// How the effective expiry of a certificate that stays has changed.
fn change_of(kept: &Kept, now: Timestamp) -> Option<String> {
    if kept.loses_its_chain(now) {
        return Some(
            "it stays, but no chain leads from it to a root any more: clients below it are out".to_owned(),
        );
    }
    let [before, after] = [kept.expiry_before, kept.expiry_after].map(expiry);
    (before != after).then(|| format!("effective expiry {before} before, {after} after"))
}

fn expiry(expiry: Option<Timestamp>) -> String {
    expiry.map_or_else(|| "none, it lets nobody in".to_owned(), |expiry| expiry.to_string())
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith bundle diff live.pem next.pem
  git show HEAD:ca.pem | mtlsmith bundle diff - ca.pem
  mtlsmith bundle diff live.pem next.pem --format json | jq .may_lock_out

Exit status: 0 the same certificates in any order, 1 they differ, 2 could not run";
