//! What was made, read back from the disk and judged: the bundle, the filters, the certificate with its key, the settings.

use std::path::Path;
use std::sync::Arc;

use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::RealDisk;
use mtlsmith_report::harmless_configuration_finding;
use mtlsmith_report::harmless_filter_finding;
use mtlsmith_validate::BundleCheck;
use mtlsmith_validate::CertificateFilters;
use mtlsmith_validate::Profile;
use mtlsmith_validate::admission::ClientCheck;
use mtlsmith_validate::admission::Decision;
use mtlsmith_validate::admission::KeyInput;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::client_configuration::Client;
use mtlsmith_validate::client_configuration::ConfigurationCheck;
use mtlsmith_validate::client_configuration::Item;
use mtlsmith_validate::filters::check_filters;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::private_key::PrivateKeyFile;
use mtlsmith_validate::rule::Severity;
use mtlsmith_validate::time::Timestamp;
use zeroize::Zeroizing;

use super::files::USUAL_PROFILE;
use super::make::Made;
use crate::commands::config::files::Disk;
use crate::failure::Failure;
use crate::failure::file_failure;
use crate::input::read_regular;
use crate::minting::keep_failure;
use crate::public_half;
use crate::session::shown;

/// What came out.
pub(super) struct Checked {
    /// What is well, a sentence each.
    pub(super) well: Vec<String>,
    /// What stands against it: the rule, the sentence and the repair.
    pub(super) faults: Vec<Fault>,
    pub(super) authority: Certificate,
    pub(super) leaf: Certificate,
    /// Until when the certificate gets in.
    pub(super) until: Option<Timestamp>,
}

/// An error that was found.
pub(super) struct Fault {
    pub(super) sentence: String,
    pub(super) help: String,
}

/// Judges what lies on the disk.
pub(super) fn everything(home: &Home, made: &Made, now: Timestamp) -> Result<Checked, Failure> {
    let profile = Profile::temporal_cloud();
    let (bundle, filters) = (read(&made.bundle)?, read(&made.filters)?);
    let filter_report = check_filters(&filters, profile.ruleset);
    let known = CertificateFilters::Present(filter_report.set.filters.len());
    let mut faults = harmed(home, made);
    let mut well = Vec::new();
    let report = BundleCheck { profile: &profile, now, filters: known }.run(&bundle);
    note(&mut faults, &mut well, errors(&report.findings), "Temporal Cloud would take the bundle");
    let of_filters = filter_report
        .findings
        .iter()
        .filter(|finding| finding.rule.severity == Severity::Error)
        .map(harmless_filter_finding)
        .map(|finding| fault(finding.rule.code, &finding.message(), &finding.help()));
    note(&mut faults, &mut well, of_filters.collect(), "it would take the filters");

    let chain = read(&made.certificate)?;
    let trust = Arc::new(NamespaceTrust::read(&bundle, Some(filter_report.set), &profile));
    let key = key(&made.key)?;
    let report = ClientCheck { trust, now, key }.run(&chain);
    let decision = report.client.as_ref().map(|client| &client.decision);
    let until = decision.and_then(Decision::until);
    let sentence = match decision {
        Some(Decision::Admitted(admitted)) => {
            format!("the certificate gets in with these until {}, and its key fits", admitted.until.date())
        }
        _ => String::new(),
    };
    let mut of_client = errors(&report.findings);
    if sentence.is_empty() && of_client.is_empty() {
        of_client.push(Fault {
            sentence: "the certificate would not get in everywhere".to_owned(),
            help: String::new(),
        });
    }
    note(&mut faults, &mut well, of_client, &sentence);
    settings(made, &bundle, &mut faults, &mut well)?;
    let authority = first(&made.ca_certificate)?;
    let leaf = first(&made.certificate)?;
    Ok(Checked { well, faults, authority, leaf, until })
}

/// The CA and the pair where they are not as they were put there: a file is gone, or another one.
fn harmed(home: &Home, made: &Made) -> Vec<Fault> {
    let errors =
        [&made.authority, &made.leaf].map(|slot| home.read(slot).err().map(|error| keep_failure(&error)));
    let faults = errors.into_iter().flatten().filter_map(|failure| match failure {
        Failure::Said { message, hint, .. } => {
            Some(Fault { sentence: message, help: hint.unwrap_or_default() })
        }
        Failure::BrokenPipe => None,
    });
    faults.collect()
}

fn settings(
    made: &Made,
    bundle: &[u8],
    faults: &mut Vec<Fault>,
    well: &mut Vec<String>,
) -> Result<(), Failure> {
    let check = ConfigurationCheck {
        profile: Some(&made.profile),
        environment: &[],
        bundle: Some(bundle),
        files: &Disk,
        ruleset: Profile::temporal_cloud().ruleset,
    };
    let report = check.run(&made.settings.display().to_string(), &read(&made.settings)?);
    let of_settings = report
        .findings
        .iter()
        .filter(|finding| finding.rule.severity == Severity::Error)
        .map(harmless_configuration_finding)
        .map(|finding| fault(finding.rule.code, &finding.message(), &finding.help()));
    let mut of_settings: Vec<Fault> = of_settings.collect();
    if of_settings.is_empty() {
        of_settings.extend(elsewhere(made, report.configuration.clients.first()));
    }
    let sentence = match made.profile.as_str() {
        USUAL_PROFILE => "the settings name this Namespace, this certificate and this key".to_owned(),
        profile => {
            format!("profile {profile} of the settings names this Namespace, this certificate and this key")
        }
    };
    note(faults, well, of_settings, &sentence);
    Ok(())
}

/// A profile that is in order, but of something else.
fn elsewhere(made: &Made, client: Option<&Client>) -> Option<Fault> {
    let is = |item, wanted: &Path| {
        client.and_then(|client| client.text(item)).is_some_and(|found| Path::new(found) == wanted)
    };
    let namespace = made.leaf.namespace().unwrap_or_default();
    let fits = is(Item::CertificatePath, &made.certificate)
        && is(Item::KeyPath, &made.key)
        && is(Item::Namespace, Path::new(namespace));
    if fits {
        return None;
    }
    let (profile, settings) = (shown(&made.profile), shown(made.settings.display()));
    let name = made.leaf.name();
    Some(Fault {
        sentence: format!(
            "profile {profile} of {settings} names another certificate, key or Namespace; it was not changed"
        ),
        help: format!(
            "set it: mtlsmith cert export toml --namespace {namespace} --name {name} --profile {profile} --output {settings}"
        ),
    })
}

fn errors(findings: &[Finding]) -> Vec<Fault> {
    let errors = findings.iter().filter(|finding| finding.rule.severity == Severity::Error);
    errors.map(|finding| fault(finding.rule.code, &finding.message(), &finding.help())).collect()
}

fn fault(code: &str, message: &str, help: &str) -> Fault {
    Fault { sentence: format!("{code} {}", shown(message)), help: shown(help) }
}

fn note(faults: &mut Vec<Fault>, well: &mut Vec<String>, found: Vec<Fault>, sentence: &str) {
    if found.is_empty() {
        well.push(sentence.to_owned());
    }
    faults.extend(found);
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    read_regular(path).map_err(Failure::could_not_run)
}

fn first(path: &Path) -> Result<Certificate, Failure> {
    let bytes = read(path)?;
    let bundle = Bundle::read(&bytes);
    bundle.certificates().next().cloned().ok_or_else(|| {
        Failure::could_not_run(format!(
            "{} holds no certificate; restore it from a copy",
            shown(path.display())
        ))
    })
}

/// The key with the permission bits of its file. A certificate for a request that was signed has none here.
fn key(path: &Path) -> Result<Option<KeyInput>, Failure> {
    use mtlsmith_ca::keep::Disk as _;
    let status = match RealDisk.status(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(|error| file_failure("look at", path.display(), &error))?,
    };
    let bytes = Zeroizing::new(read(path)?);
    let derive = |der: &[u8]| public_half::of(der);
    let file = PrivateKeyFile::read(&bytes, Some(&derive));
    Ok(Some(KeyInput { file, mode: Some(status.mode) }))
}
