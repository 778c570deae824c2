//! `bundle diff`: what a change of the bundle does to the clients.

use std::ffi::OsString;

use anstyle::AnsiColor;
use anstyle::Style;
use clap::Args;
use mtlsmith_report::Detail;
use mtlsmith_report::Document;
use mtlsmith_report::Format;
use mtlsmith_report::pretty_json;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::difference::Coverage;
use mtlsmith_validate::difference::Difference;
use mtlsmith_validate::difference::Kept;
use mtlsmith_validate::edit;
use mtlsmith_validate::edit::Loss;
use mtlsmith_validate::graph::Role;
use mtlsmith_validate::input::Form;
use mtlsmith_validate::time::Timestamp;

use self::wire::Output;
use crate::arguments;
use crate::commands::format::TextOrJson;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Source;
use crate::input::StandardInput;
use crate::session::Place;
use crate::session::Session;
use crate::session::shown;

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
    let old_report = report(&old, &profile, now, session)?;
    let new_report = report(&new, &profile, now, session)?;
    let difference = Difference::between(&old_report, &new_report);
    let text = match arguments.format {
        TextOrJson::Text => {
            let color = session.colors(Place::Output);
            let text = Writer { old: &old_report, new: &new_report, color }.text(&difference);
            text + &verdict(&new_report, &new, session)
        }
        TextOrJson::Json => pretty_json(&Output::of(&difference, &old_report, &new_report)),
    };
    session.write(text.as_bytes())?;
    let same = difference.same_certificates() && !holds_what_no_bundle_may(&new_report);
    Ok(if same { Exit::Done } else { Exit::Findings })
}

/// What would become of the new bundle, in a line, and where to learn more.
fn verdict(report: &Report, source: &Source, session: &Session<'_, '_>) -> String {
    let document = Document { name: "The new bundle", input: &[], report, client: None };
    let style = mtlsmith_report::Style { detail: Detail::Quiet, ..session.style(Place::Output) };
    let mut text = mtlsmith_report::render(Format::Text, &[document], &style);
    if !report.findings.is_empty() && !source.is_stdin() {
        let line = text.trim_end().to_owned();
        text = format!("{line}; mtlsmith bundle check {} says more.\n", source.word());
    }
    text
}

/// A private key or a block of another kind: the certificates may be the same, but this is no bundle to upload.
fn holds_what_no_bundle_may(report: &Report) -> bool {
    let is_foreign = |loss: &Loss| matches!(loss, Loss::PrivateKey { .. } | Loss::ForeignBlock { .. });
    edit::losses(&report.bundle).iter().any(is_foreign)
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
        return Err(Failure::could_not_run(format!("{} holds no certificate", shown(&source.name)))
            .hint(format!("mtlsmith bundle check {} says what it is", source.word())));
    }
    for loss in edit::losses(&report.bundle) {
        session.warning(&format!("{}, {loss}", shown(&source.name)));
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
            let what = match self.new.graph.node(added).and_then(|node| node.effective_expiry) {
                Some(expiry) => format!("effective expiry {expiry}"),
                None => "it lets nobody in: no chain leads from it to a root".to_owned(),
            };
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
                let subject = shown(certificate.subject());
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
        text.push_str(&match (difference.expiry_before, difference.expiry_after) {
            (before, after) if before == after => String::new(),
            (Some(before), Some(after)) => format!("Effective expiry: {before} before, {after} after.\n"),
            (None, Some(after)) => {
                format!("The old bundle lets nobody in; the new one lets clients in until {after}.\n")
            }
            (Some(before), None) => {
                format!("The old bundle lets clients in until {before}; the new one lets nobody in.\n")
            }
            (None, None) => String::new(),
        });
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
    match (kept.expiry_before, kept.expiry_after) {
        (before, after) if before == after => None,
        (Some(before), Some(after)) => Some(format!("effective expiry {before} before, {after} after")),
        (None, Some(after)) => {
            Some(format!("no chain led from it to a root before; now one does, until {after}"))
        }
        (before, _) => before.map(|before| format!("its chain to a root, which ended {before}, is gone")),
    }
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith bundle diff live.pem next.pem
  git show HEAD:ca.pem | mtlsmith bundle diff - ca.pem
  mtlsmith bundle diff live.pem next.pem --format json | jq .may_lock_out

Exit status: 0 the same certificates in any order, 1 they differ or NEW holds a private key or a
block of another kind, 2 could not run";
