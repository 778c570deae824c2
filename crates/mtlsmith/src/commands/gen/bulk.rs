//! `gen leaf --from`: one certificate for each row of a list, durable batch by batch, resumable.

mod listed;
mod work;

use std::collections::BTreeMap;
use std::ffi::OsStr;

use aws_lc_rs::digest;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::mint::TargetNamespace;
use mtlsmith_ca::publish::NamespaceName;
use mtlsmith_report::pretty_json;
use mtlsmith_validate::Profile;
use mtlsmith_validate::time::Timestamp;
use serde::Serialize;

use self::listed::There;
use self::work::Work;
use self::work::threads;
use super::leaf;
use super::leaf::Arguments;
use super::rows::List;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Source;
use crate::input::StandardInput;
use crate::minting::IssuingAuthority;
use crate::session::Session;
use crate::session::counted;
use crate::state;

pub(super) fn run(
    arguments: &Arguments,
    file: &OsStr,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let source = Source::one(file, &StandardInput { stdin_filename: "<stdin>".to_owned() });
    let bytes = source.read(session)?;
    let list = List::open(&bytes)?;
    let kind = leaf::kind(arguments, session)?;
    let profile = Profile::temporal_cloud();
    let namespace = arguments.namespace.as_ref().map(NamespaceName::as_str);
    let (home, issuing) = leaf::open(arguments, namespace, &profile, now, session)?;
    let targets = targets(arguments, &list, &home, &issuing, session)?;
    let work =
        Work { arguments, list: &list, issuing: &issuing, targets: &targets, profile: &profile, kind, now };
    let listed = work.judge_all(session)?;
    let batch = batch_name(&bytes, arguments, &issuing);
    let mut writer = state::lock(&home, "gen leaf --from", now, session)?;
    let there = There::of(arguments, &home, &batch, &listed, threads())?;
    drop(listed);
    let minted = work.mint_all(&mut writer, &batch, &there, session)?;
    tell(arguments, &batch, minted, list.rows - minted, session)?;
    Ok(Exit::Done)
}

/// What decides about the certificates of each Namespace.
type Targets = BTreeMap<Option<String>, Option<TargetNamespace>>;

/// What decides about the certificates of the Namespaces of a list.
fn targets(
    arguments: &Arguments,
    list: &List<'_>,
    home: &Home,
    issuing: &IssuingAuthority,
    session: &mut Session<'_, '_>,
) -> Result<Targets, Failure> {
    let mut targets = BTreeMap::new();
    let profile = Profile::temporal_cloud();
    let usual = arguments.namespace.as_ref().map(ToString::to_string);
    // What is no name of a Namespace is told with its row.
    let named = list.namespaces.iter().filter(|name| leaf::namespace(name).is_ok());
    for name in named.map(|name| Some(name.clone())).chain([usual]) {
        if let Some(name) = &name {
            leaf::is_known(arguments, home, name)?;
        }
        let folder = name.as_ref().map(|name| home.path().join("namespaces").join(name));
        let target = arguments.target.read(folder.as_deref(), session)?;
        targets.insert(name, target.for_clients(&issuing.pem(), &profile));
    }
    Ok(targets)
}

/// The name by which the same command finds what it has done already.
fn batch_name(bytes: &[u8], arguments: &Arguments, issuing: &IssuingAuthority) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    let options = format!("{:?} {:?}", arguments.namespace, arguments.names.organization);
    let authority = issuing.authority.certificate().subject_public_key_info();
    for part in [bytes, options.as_bytes(), authority] {
        context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// What scripts are told.
#[derive(Serialize)]
struct Wire<'a> {
    schema: u32,
    batch: &'a str,
    minted: usize,
    there_already: usize,
}

fn tell(
    arguments: &Arguments,
    batch: &str,
    minted: usize,
    there_already: usize,
    session: &mut Session<'_, '_>,
) -> Result<(), Failure> {
    if arguments.form.is_json() {
        return session.write(pretty_json(&Wire { schema: 1, batch, minted, there_already }).as_bytes());
    }
    let there = match there_already {
        0 => String::new(),
        number => format!(", {number} of the same list were there already"),
    };
    session.write(format!("{} minted{there}\n", counted(minted, "certificate")).as_bytes())
}
