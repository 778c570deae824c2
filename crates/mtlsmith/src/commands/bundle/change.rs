//! What the commands that change a bundle share: the refusal to lose anything, and the check of the result.

use clap::Args;
use mtlsmith_report::Detail;
use mtlsmith_report::Document;
use mtlsmith_report::Format;
use mtlsmith_report::shell_word;
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
use mtlsmith_validate::finding::Subject;
use mtlsmith_validate::fingerprint::Fingerprint;
use mtlsmith_validate::rule::Effect;
use mtlsmith_validate::rule::Severity;

use super::judge::Judge;
use super::judge::JudgeArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Source;
use crate::output::OutputArguments;
use crate::session::Place;
use crate::session::Session;
use crate::session::shown;

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
        edited: &Edited<'_>,
        judge: &Judge,
        session: &mut Session<'_, '_>,
    ) -> Result<Exit, Failure> {
        let report = judge.check(edited.new.as_bytes());
        let refused = report.verdict() == Verdict::Refused;
        let name = self.name_of_the_new();
        show_errors(edited.new, &name, &report, session);
        if refused && !self.allow_refused {
            let message =
                format!("Temporal Cloud would refuse the new bundle, {name} above; nothing was written");
            return Err(Failure::no(message).hint(self.way_out(edited, &report, judge)));
        }
        say_who_is_locked_out(&judge.check(edited.old), &report, session);
        self.output.write(edited.new.as_bytes(), session)?;
        Ok(Exit::Done)
    }

    /// What findings and their advice call the new bundle: the file that it is going to be, if that is one plain word.
    fn name_of_the_new(&self) -> String {
        let file = self.output.file().map(|path| path.display().to_string());
        file.filter(|name| shell_word(name).as_deref() == Some(name))
            .unwrap_or_else(|| "new-bundle.pem".to_owned())
    }

    /// What to do about a new bundle that would be refused.
    fn way_out(&self, edited: &Edited<'_>, report: &Report, judge: &Judge) -> String {
        let anyway = "or write it as it is with --allow-refused; the commands above are for the file that there is then";
        let Some(refused) = refused_together(report, judge) else {
            return format!("repair the faults above, {anyway}");
        };
        let old = Bundle::read(edited.old);
        let stays = |fingerprint: &&Fingerprint| old.certificates().any(|old| fingerprint.is_of(old));
        let from_old: Vec<&Fingerprint> = edited.removed.iter().chain(refused.iter().filter(stays)).collect();
        let is_new = |fingerprint: &&Fingerprint| !stays(fingerprint);
        let new_ones: Vec<String> = refused
            .iter()
            .filter(is_new)
            .filter_map(|new| report.bundle.certificates().find(|certificate| new.is_of(certificate)))
            .map(|certificate| format!("\"{}\"", shown(certificate.subject())))
            .collect();
        let mut ways = Vec::new();
        if !new_ones.is_empty() {
            ways.push(format!("do not add {}", new_ones.join(", ")));
        }
        if from_old.len() > edited.removed.len() {
            let options: String = from_old.iter().map(|one| format!(" --fingerprint {one}")).collect();
            let word = edited.source.word();
            ways.push(format!(
                "take out all that is refused at once: mtlsmith bundle remove {word}{options} --output {}",
                self.output_words()
            ));
        }
        format!("{};\n  {anyway}", ways.join(";\n  "))
    }

    /// The file that was asked for, as words of a command.
    fn output_words(&self) -> String {
        match self.output.file() {
            Some(path) => {
                let word = shell_word(&path.display().to_string()).unwrap_or_else(|| "FILE".to_owned());
                if path.exists() { format!("{word} --force") } else { word }
            }
            None => "new.pem".to_owned(),
        }
    }
}

/// An edit that is about to be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edited<'a> {
    /// The bundle as it was.
    pub(super) source: &'a Source,
    pub(super) old: &'a [u8],
    /// The text that it is going to be.
    pub(super) new: &'a str,
    /// What the user took out.
    pub(super) removed: &'a [Fingerprint],
}

/// The certificates without which the bundle would be taken; `None` when nothing would be left or other faults stay.
fn refused_together(report: &Report, judge: &Judge) -> Option<Vec<Fingerprint>> {
    let mut refused: Vec<Fingerprint> = Vec::new();
    let mut last = report.clone();
    while last.verdict() == Verdict::Refused {
        let before = refused.len();
        for (index, certificate) in
            last.bundle.members.iter().filter_map(|m| Some((m.index, m.certificate()?)))
        {
            let about_it = |finding: &Finding| {
                let rule = finding.rule;
                let refuses = rule.severity == Severity::Error && rule.effect == Effect::Upload;
                refuses && finding.subject == Subject::Certificate(index)
            };
            if last.findings.iter().any(about_it) {
                refused.push(Fingerprint::Sha1(certificate.sha1()));
            }
        }
        if refused.len() == before {
            return None;
        }
        last = judge.check(edit::remove(&report.bundle, &refused).ok()?.text.as_bytes());
    }
    Some(refused)
}

/// The canonical text, or everything that stands against it.
pub(super) fn canonical(
    bundle: &Bundle,
    input: &[u8],
    source: &Source,
    session: &Session<'_, '_>,
) -> Result<String, Failure> {
    edit::canonical(bundle).map_err(|error| failure(&error, input, source, session))
}

/// Why there is no new text, as the user reads it.
pub(super) fn failure(
    error: &EditError,
    input: &[u8],
    source: &Source,
    session: &Session<'_, '_>,
) -> Failure {
    let name = shown(&source.name);
    match error {
        EditError::Loses(losses) => {
            let list: String = losses.iter().map(|loss| format!("\n  {loss}")).collect();
            Failure::no(format!("{name} holds what a bundle of certificates cannot keep:{list}"))
                .hint(format!("take it out by hand; mtlsmith bundle check {} says more", source.word()))
        }
        EditError::NoCertificate => no_certificate(input, source, session),
        EditError::NothingLeft => Failure::refused("no certificate would remain; nothing was written")
            .hint("an empty bundle switches mutual TLS off: add the new CA first, then remove the old one"),
        other => Failure::no(format!("{name}: {other}")),
    }
}

/// The rule on files without certificates knows what they are and how to convert them.
fn no_certificate(input: &[u8], source: &Source, session: &Session<'_, '_>) -> Failure {
    let report = check_bundle(input, &Profile::temporal_cloud(), session.now(None));
    let finding = report.findings.iter().find(|finding| finding.rule.name == "no-certificate");
    let failure = Failure::no(super::inspect::no_certificate(&report, &source.name));
    match finding.map(Finding::help) {
        Some(help) => failure.hint(shown(help).replace("FILE", &source.word())),
        None => failure,
    }
}

/// Shows the errors of the new bundle; what it inherits of lesser weight is for `bundle check`.
fn show_errors(new: &str, name: &str, report: &Report, session: &mut Session<'_, '_>) {
    let mut report = report.clone();
    report.findings.retain(|finding| finding.rule.severity == Severity::Error);
    if report.findings.is_empty() {
        return;
    }
    let mut style = session.style(Place::Talk);
    style.detail = style.detail.max(Detail::Normal);
    let document = Document { name, input: new.as_bytes(), report: &report, client: None };
    session.talk(&mtlsmith_report::render(Format::Text, &[document], &style));
}

fn say_who_is_locked_out(old: &Report, new: &Report, session: &mut Session<'_, '_>) {
    let difference = Difference::between(old, new);
    for dropped in &difference.dropped {
        let Some(certificate) = old.bundle.certificate(dropped.member) else { continue };
        let subject = shown(certificate.subject());
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
            shown(certificate.subject())
        ));
    }
}
