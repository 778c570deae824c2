//! What the commands that change a bundle share: the refusal to lose anything, and the check of the result.

use clap::Args;
use mtlsmith_report::Detail;
use mtlsmith_report::Document;
use mtlsmith_report::Format;
use mtlsmith_validate::Profile;
use mtlsmith_validate::Report;
use mtlsmith_validate::Verdict;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::difference::Coverage;
use mtlsmith_validate::difference::Difference;
use mtlsmith_validate::edit;
use mtlsmith_validate::edit::EditError;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::rule::Severity;

use super::judge::Judge;
use super::judge::JudgeArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::OutputArguments;
use crate::session::Place;
use crate::session::Session;

/// How a changed bundle is checked and where it goes.
#[derive(Debug, Clone, Args)]
pub(super) struct ChangeArguments {
    #[command(flatten)]
    pub(super) output: OutputArguments,
    /// Write the new bundle even if Temporal Cloud would refuse it
    #[arg(long)]
    allow_refused: bool,
    #[command(flatten)]
    pub(super) judge: JudgeArguments,
}

impl ChangeArguments {
    /// Checks the new bundle, says what the change does, and writes it if it is fit to be uploaded.
    pub(super) fn finish(
        &self,
        old: &[u8],
        new: &str,
        judge: &Judge,
        session: &mut Session<'_, '_>,
    ) -> Result<Exit, Failure> {
        let report = judge.check(new.as_bytes());
        let refused = report.verdict() == Verdict::Refused;
        show_errors(new, &report, session);
        if refused && !self.allow_refused {
            return Err(Failure::no("Temporal Cloud would refuse the new bundle; nothing was written")
                .hint("repair the faults above, or write it as it is with --allow-refused"));
        }
        say_who_is_locked_out(&judge.check(old), &report, session);
        self.output.write(new.as_bytes(), session)?;
        Ok(Exit::Done)
    }
}

/// The canonical text, or everything that stands against it.
pub(super) fn canonical(
    bundle: &Bundle,
    input: &[u8],
    name: &str,
    session: &Session<'_, '_>,
) -> Result<String, Failure> {
    edit::canonical(bundle).map_err(|error| failure(&error, input, name, session))
}

/// Why there is no new text, as the user reads it.
pub(super) fn failure(error: &EditError, input: &[u8], name: &str, session: &Session<'_, '_>) -> Failure {
    match error {
        EditError::Loses(losses) => {
            let list: String = losses.iter().map(|loss| format!("\n  {loss}")).collect();
            Failure::no(format!("{name} holds what a bundle of certificates cannot keep:{list}"))
                .hint(format!("take it out by hand; mtlsmith bundle check {name} says more"))
        }
        EditError::NoCertificate => no_certificate(input, name, session),
        EditError::NothingLeft => Failure::refused("no certificate would remain; nothing was written")
            .hint("an empty bundle switches mutual TLS off: add the new CA first, then remove the old one"),
        other => Failure::no(format!("{name}: {other}")),
    }
}

/// The rule on files without certificates knows what they are and how to convert them.
fn no_certificate(input: &[u8], name: &str, session: &Session<'_, '_>) -> Failure {
    let report = check_bundle(input, &Profile::temporal_cloud(), session.now(None));
    let finding = report.findings.iter().find(|finding| finding.rule.name == "no-certificate");
    let failure = Failure::no(match finding {
        Some(finding) => format!("{name}: {}", finding.message()),
        None => format!("{name} holds no certificate"),
    });
    match finding.map(Finding::help) {
        Some(help) => failure.hint(help.replace("FILE", name)),
        None => failure,
    }
}

/// Shows the errors of the new bundle; what it inherits of lesser weight is for `bundle check`.
fn show_errors(new: &str, report: &Report, session: &mut Session<'_, '_>) {
    let mut report = report.clone();
    report.findings.retain(|finding| finding.rule.severity == Severity::Error);
    if report.findings.is_empty() {
        return;
    }
    let mut style = session.style(Place::Talk);
    style.detail = style.detail.max(Detail::Normal);
    let document = Document { name: "the new bundle", input: new.as_bytes(), report: &report };
    session.talk(&mtlsmith_report::render(Format::Text, &[document], &style));
}

fn say_who_is_locked_out(old: &Report, new: &Report, session: &mut Session<'_, '_>) {
    let difference = Difference::between(old, new);
    for dropped in &difference.dropped {
        let Some(certificate) = old.bundle.certificate(dropped.member) else { continue };
        let subject = certificate.subject();
        match &dropped.coverage {
            Coverage::LockedOut => {
                session.warning(&format!("clients below \"{subject}\" can no longer connect"));
            }
            Coverage::IssuerStays(_) => session.warning(&format!(
                "clients below \"{subject}\" can connect only if they send its certificate themselves"
            )),
            _ => {}
        }
    }
    for kept in difference.kept.iter().filter(|kept| kept.loses_its_chain(new.now)) {
        let Some(certificate) = new.bundle.certificate(kept.new) else { continue };
        session.warning(&format!(
            "\"{}\" stays, but no chain leads from it to a root any more",
            certificate.subject()
        ));
    }
}
