//! The bundle that a person shows as the live one, held against what can be live and what the rollover has seen.

use std::path::Path;

use mtlsmith_ca::rotate::rollover::CertificateId;
use mtlsmith_ca::rotate::rollover::Record;
use mtlsmith_validate::Profile;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::check_bundle;
use mtlsmith_validate::rule::Effect;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::time::Timestamp;

use super::Way;
use crate::failure::Failure;
use crate::input::read_named;
use crate::session::shown;

/// Can a file be what a Namespace has? Only CA certificates can.
pub(super) fn can_be_live(path: &Path, text: &[u8]) -> Result<(), Failure> {
    let file = shown(path.display());
    let refused = |message: String| {
        Err(Failure::could_not_run(message)
            .hint("--live wants the CA bundle as PEM; mtlsmith bundle inspect tells what the file is"))
    };
    let bundle = Bundle::read(text);
    if bundle.certificates().next().is_none() {
        return refused(format!(
            "{file} holds no certificate that can be read, so it cannot be what is live"
        ));
    }
    match bundle.certificates().find(|certificate| !certificate.is_ca()) {
        None => Ok(()),
        Some(other) => refused(format!(
            "{file} cannot be what is live: {} in it is no CA certificate, and a Namespace takes CAs alone",
            shown(other.subject())
        )),
    }
}

/// Can it be what this rollover's Namespace has now? Whatever it holds goes into the next update, and lets clients in.
pub(super) fn belongs_here(record: &Record, way: &Way<'_>, now: Timestamp) -> Result<(), Failure> {
    let Some((path, all_are_welcome)) = way.server.told() else { return Ok(()) };
    let text = read_named(path)?;
    can_be_live(path, &text)?;
    stands_up(record, path, &text, now)?;
    let bundle = Bundle::read(&text);
    let is_new = |certificate: &&Certificate| record.certificate(CertificateId::of(certificate)).is_none();
    let unseen: Vec<&Certificate> = bundle.certificates().filter(is_new).collect();
    if unseen.is_empty() || all_are_welcome {
        return Ok(());
    }
    let names: String =
        unseen.iter().map(|one| format!("\n  {} {}", CertificateId::of(one), shown(one.subject()))).collect();
    let count = match unseen.len() {
        1 => "1 CA".to_owned(),
        many => format!("{many} CAs"),
    };
    Err(Failure::refused(format!(
        "{} holds {count} that this rollover of {} has never seen; nothing was changed:{names}",
        shown(path.display()),
        record.rollover.namespace
    ))
    .hint("is it the bundle of this Namespace? The next update would let their clients in. When somebody has added them meanwhile, say so with --accept-live"))
}

/// What the rules say against it, beyond what they said about the bundle that was seen before. What has expired since is planned around.
fn stands_up(record: &Record, path: &Path, text: &[u8], now: Timestamp) -> Result<(), Failure> {
    let profile = Profile::temporal_cloud();
    let before = record.text_of(&record.rollover.live).unwrap_or_default();
    let known = check_bundle(before.as_bytes(), &profile, now);
    let report = check_bundle(text, &profile, now);
    let news = report.findings.iter().find(|found| {
        found.rule.severity == Severity::Error
            && found.rule.effect == Effect::Upload
            && !EXPIRED.contains(&found.rule.code)
            && !known.findings.iter().any(|other| other.rule.code == found.rule.code)
    });
    match news {
        None => Ok(()),
        Some(found) => Err(Failure::could_not_run(format!(
            "{} cannot be what is live ({}): {}",
            shown(path.display()),
            found.rule.code,
            shown(found.message())
        ))
        .hint("show what the server has: mtlsmith bundle check tells what is wrong with the file")),
    }
}

/// A member that has expired, or that is valid later, is the plan's business.
const EXPIRED: [&str; 2] = ["CA-022", "CA-023"];
