//! Options that what is there already does not follow: each is told, with the command that would change it. Nothing is passed over in
//! silence.

use mtlsmith_ca::keep::Sharing;
use mtlsmith_ca::mint::Lifetime;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_report::shell_word;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::client_configuration::ConfigurationCheck;
use mtlsmith_validate::client_configuration::Item;
use mtlsmith_validate::filters::CertificateNames;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::finding::Fact;

use super::Arguments;
use super::check::Checked;
use super::make::Made;
use super::make::Wanted;
use crate::failure::Failure;
use crate::input::read_regular;
use crate::session::shown;

/// An option, what is there instead, and what to run.
pub(super) struct Unchanged {
    pub(super) sentence: String,
    pub(super) command: String,
}

/// All of them.
pub(super) fn of(
    arguments: &Arguments,
    wanted: &Wanted,
    made: &Made,
    checked: &Checked,
) -> Result<Vec<Unchanged>, Failure> {
    let mut found = Vec::new();
    if !made.new.contains(&"CA") {
        authority(arguments, made, checked, &mut found)?;
    }
    if !made.new.contains(&"certificate") {
        leaf(arguments, wanted, made, checked, &mut found)?;
    }
    if !made.new.contains(&"settings") && arguments.address.is_some() {
        address(arguments, wanted, made, &mut found)?;
    }
    Ok(found)
}

fn authority(
    arguments: &Arguments,
    made: &Made,
    checked: &Checked,
    found: &mut Vec<Unchanged>,
) -> Result<(), Failure> {
    let rollover = |options: &str| {
        format!("mtlsmith rollover start {}{options}{}", arguments.namespace, home_option(arguments))
    };
    if let Some(lifetime) = arguments.ca_validity_period.filter(|asked| !lasts(&checked.authority, *asked)) {
        let asked = lifetime_text(lifetime);
        found.push(Unchanged {
            sentence: format!(
                "--ca-validity-period {asked} was not applied: the CA is there, for {} until {}",
                length(&checked.authority),
                checked.authority.not_after().date()
            ),
            command: rollover(&format!(" --validity-period {asked}")),
        });
    }
    if arguments.passphrase.is_named() {
        let key = made.ca_certificate.with_file_name("ca.key");
        let is_plain = match crate::input::is_there(&key) {
            false => false,
            true => {
                let bytes = zeroize::Zeroizing::new(read_regular(&key).map_err(Failure::could_not_run)?);
                !bytes.starts_with(b"-----BEGIN ENCRYPTED")
            }
        };
        if is_plain {
            found.push(Unchanged {
                sentence: "--passphrase-file was not used: the CA is there, and its key is not encrypted"
                    .to_owned(),
                command: rollover(" --passphrase-file FILE"),
            });
        }
    }
    Ok(())
}

/// What a new certificate in the place of the one that is there would follow; one command for all of it.
fn leaf(
    arguments: &Arguments,
    wanted: &Wanted,
    made: &Made,
    checked: &Checked,
    found: &mut Vec<Unchanged>,
) -> Result<(), Failure> {
    let leaf = &checked.leaf;
    let mut options = Vec::new();
    let mut sentences = Vec::new();
    if let Some(organization) = &arguments.organization {
        let names = CertificateNames::of(leaf);
        let there: Vec<String> = names.present(Field::Organization).iter().map(ToString::to_string).collect();
        if !there.contains(organization) {
            let has = if there.is_empty() {
                "has no organization".to_owned()
            } else {
                format!("has O={}", there.join(", "))
            };
            sentences.push(format!("--organization {}: it {}", shown(organization), shown(has)));
            options.push(format!("--organization {}", word(organization)));
        }
    }
    if let Some(lifetime) = arguments.validity_period.filter(|asked| !lasts(leaf, *asked)) {
        let asked = lifetime_text(lifetime);
        sentences.push(format!("--validity-period {asked}: it was made for {}", length(leaf)));
        options.push(format!("--validity-period {asked}"));
    }
    let key = leaf.key().to_string();
    let kind: Option<KeyKind> = key.replace(' ', "-").parse().ok();
    if arguments.kind.is_named() && kind != Some(wanted.kind) {
        sentences.push(format!("--key-kind {}: its key is {key}", wanted.kind));
        options.push(format!("--key-kind {}", wanted.kind));
    }
    if let Sharing::Group(group) = wanted.sharing
        && !is_shared(made, group)
    {
        let named = arguments.sharing.named().unwrap_or_default();
        sentences.push(format!("--group {}: its key is not shared with that group", shown(named)));
        options.push(format!("--group {}", word(named)));
    }
    if sentences.is_empty() {
        return Ok(());
    }
    found.push(Unchanged {
        sentence: format!(
            "the certificate {} is there and was not changed; not applied: {}",
            made.leaf.name(),
            sentences.join("; ")
        ),
        command: format!(
            "mtlsmith gen leaf --namespace {} --name {} {} --force{}",
            arguments.namespace,
            made.leaf.name(),
            options.join(" "),
            home_option(arguments)
        ),
    });
    Ok(())
}

fn address(
    arguments: &Arguments,
    wanted: &Wanted,
    made: &Made,
    found: &mut Vec<Unchanged>,
) -> Result<(), Failure> {
    let text = read_regular(&made.settings).map_err(Failure::could_not_run)?;
    let check = ConfigurationCheck { profile: Some(&made.profile), ..ConfigurationCheck::default() };
    let report = check.run("temporal.toml", &text);
    let there = report
        .configuration
        .clients
        .first()
        .and_then(|client| client.text(Item::Address))
        .unwrap_or("no address");
    if there != wanted.address {
        found.push(Unchanged {
            sentence: format!(
                "--address {} was not applied: profile {} of the settings is there with {}",
                shown(&wanted.address),
                shown(&made.profile),
                shown(there)
            ),
            command: format!(
                "mtlsmith cert export toml --namespace {} --name {} --address {} --profile {} --output {}{}",
                arguments.namespace,
                made.leaf.name(),
                word(&wanted.address),
                word(&made.profile),
                word(&made.settings.display().to_string()),
                home_option(arguments)
            ),
        });
    }
    Ok(())
}

/// Was it made for so long? Certificates begin a minute ago, for clocks that are behind.
fn lasts(certificate: &Certificate, asked: Lifetime) -> bool {
    match asked {
        Lifetime::Usual => true,
        Lifetime::Until(end) => certificate.not_after() == end,
        Lifetime::Seconds(seconds) => {
            let length = certificate.not_after().since(certificate.not_before());
            (0..=BACKDATED).contains(&length.saturating_sub(seconds))
        }
    }
}

fn length(certificate: &Certificate) -> String {
    let seconds = certificate.not_after().since(certificate.not_before());
    Fact::Duration(seconds).to_string()
}

/// As the option takes it.
fn lifetime_text(lifetime: Lifetime) -> String {
    match lifetime {
        Lifetime::Usual => String::new(),
        Lifetime::Until(end) => end.to_string(),
        Lifetime::Seconds(seconds) => crate::duration::text(seconds),
    }
}

fn home_option(arguments: &Arguments) -> String {
    match arguments.home.named() {
        Some(path) => format!(" --home {}", word(&path.display().to_string())),
        None => String::new(),
    }
}

fn word(text: &str) -> String {
    shell_word(text).unwrap_or_else(|| shown(text))
}

#[cfg(unix)]
fn is_shared(made: &Made, group: u32) -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(&made.key).is_ok_and(|found| found.gid() == group && found.mode() & 0o040 != 0)
}

#[cfg(not(unix))]
fn is_shared(_: &Made, _: u32) -> bool {
    true
}

/// The most that a certificate begins before it was asked for.
const BACKDATED: i64 = 60;
