//! `gen leaf`: a client certificate and its key, or many of them from a list.

use std::ffi::OsString;
use std::num::NonZeroUsize;

use clap::Args;
use mtlsmith_ca::keep::Home;
use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::mint::AlternativeName;
use mtlsmith_ca::mint::LeafRequest;
use mtlsmith_ca::mint::Lifetime;
use mtlsmith_ca::mint::TargetNamespace;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::mint::key::PrivateKey;
use mtlsmith_ca::publish::NamespaceName;
use mtlsmith_ca::publish::quoted_command;
use mtlsmith_validate::Profile;
use mtlsmith_validate::filters::CertificateNames;
use mtlsmith_validate::filters::Field;
use mtlsmith_validate::time::Timestamp;
use zeroize::Zeroizing;

use super::TextOrJsonArguments;
use super::Told;
use super::bulk;
use super::intermediate::of_home_into_files;
use crate::arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::minting;
use crate::minting::AuthorityArguments;
use crate::minting::IssuingAuthority;
use crate::minting::KeyArguments;
use crate::minting::NameArguments;
use crate::minting::Names;
use crate::minting::PairArguments;
use crate::minting::TargetArguments;
use crate::minting::chain_pem;
use crate::minting::keep_failure;
use crate::minting::mint_failure;
use crate::minting::mint_leaf;
use crate::rotating;
use crate::session::Session;
use crate::session::shown;
use crate::state;
use crate::state::HomeArguments;
use crate::state::KeptLeaf;
use crate::state::SharingArguments;
use crate::state::issuance;

/// Make a client certificate and its key; with --from thousands of them
///
/// Nothing is signed that the CA's own Namespace, or the one of --bundle and --filters, would not admit. With files for the CA, the
/// certificate and the key it works as tcld does; without them the state directory is used, and workers read
/// DIR/namespaces/NAMESPACE/leaves/NAME/current.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// How long it is valid, with s, m (minutes), h, d or y (365 days), or until when (RFC 3339) [default: 30d, never longer than
    /// its CA]
    #[arg(short = 'd', long, value_name = "TIME", value_parser = minting::lifetime)]
    pub(super) validity_period: Option<Lifetime>,
    #[command(flatten)]
    pub(super) files: PairArguments,
    /// The Namespace that it is for, by its full name such as orders.a1b2c
    #[arg(short, long, value_name = "NAME", value_parser = namespace)]
    pub(super) namespace: Option<NamespaceName>,
    /// Its name in the state directory [default: worker]
    #[arg(long, value_name = "NAME", conflicts_with = "certificate_file")]
    name: Option<String>,
    #[command(flatten)]
    pub(super) kind: KeyArguments,
    /// Mint one certificate for each row of a CSV or JSON file; run again, it goes on where it was interrupted
    #[arg(long, value_name = "FILE", conflicts_with_all = ["certificate_file", "name"])]
    from: Option<OsString>,
    /// As many of them are made durable in one step
    #[arg(long, value_name = "NUMBER", default_value = "2500", requires = "from")]
    pub(super) batch_size: NonZeroUsize,
    /// Overwrite files that exist; in the state directory: put a new generation in force beside the old one
    #[arg(long)]
    pub(super) force: bool,
    #[command(flatten)]
    pub(super) sharing: SharingArguments,
    #[command(flatten)]
    pub(super) home: HomeArguments,
    #[command(flatten)]
    pub(super) form: TextOrJsonArguments,
    /// Mint for this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
    #[command(flatten)]
    pub(super) names: NameArguments,
    #[command(flatten)]
    pub(super) authority: AuthorityArguments,
    #[command(flatten)]
    pub(super) target: TargetArguments,
}

/// Reads a Namespace's full name.
pub(crate) fn namespace(text: &str) -> Result<NamespaceName, String> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(format!(
            "Namespaces are written in lower case; did you mean {}?",
            text.to_ascii_lowercase()
        ));
    }
    NamespaceName::new(text).map_err(|error| error.to_string())
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let now = session.now(arguments.at);
    if let Some(file) = &arguments.from {
        return bulk::run(arguments, file, now, session);
    }
    let kind = kind(arguments, session)?;
    match (arguments.files.files(), arguments.authority.is_file()) {
        (Some(files), true) => into_files(arguments, files, kind, now, session),
        (Some(_), false) => Err(of_home_into_files()),
        (None, _) => into_home(arguments, kind, now, session),
    }
}

/// The kind of key, with what is to be known about it.
pub(super) fn kind(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<KeyKind, Failure> {
    let kind = arguments.kind.named()?.unwrap_or(KeyKind::P256);
    if let Some(caution) = kind.caution() {
        session.warning(caution);
    }
    Ok(kind)
}

/// A minted certificate with its key.
struct New {
    issued: mtlsmith_ca::mint::Issued,
    chain: String,
    key: Zeroizing<String>,
    public_key: mtlsmith_ca::mint::key::PublicKey,
    names: Vec<String>,
}

fn mint(
    arguments: &Arguments,
    issuing: &IssuingAuthority,
    target: Option<&TargetNamespace>,
    usual: Option<&UsualNames>,
    (kind, now): (KeyKind, Timestamp),
) -> Result<New, Failure> {
    let namespace = arguments.namespace.as_ref().map(NamespaceName::as_str);
    let names = arguments.names.names(namespace);
    let names = usual.map_or(names, |usual| usual.fill(names));
    let mut request = LeafRequest::new(names.subject()?);
    request.alternative_names = names.alternative_names()?;
    if let Some(lifetime) = arguments.validity_period {
        request.lifetime = lifetime;
    }
    let key = PrivateKey::generate(kind).map_err(|error| mint_failure(&error))?;
    let profile = Profile::temporal_cloud();
    let issued = mint_leaf(&request, key.public_key(), &issuing.authority, target, &profile, now)
        .map_err(|error| mint_failure(&error))?;
    Ok(New {
        chain: chain_pem(&issued, &issuing.authority),
        key: key.pkcs8_pem().map_err(|error| mint_failure(&error))?,
        public_key: key.public_key().clone(),
        names: request.alternative_names.iter().map(ToString::to_string).collect(),
        issued,
    })
}

fn into_files(
    arguments: &Arguments,
    (certificate, key): (&std::path::Path, &std::path::Path),
    kind: KeyKind,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    minting::may_write(&[certificate, key], arguments.force)?;
    let profile = Profile::temporal_cloud();
    let Some(issuing) = arguments.authority.from_files(&profile, now, session)? else {
        return Err(of_home_into_files());
    };
    let target = arguments.target.read(None, session)?.for_clients(&issuing.pem(), &profile);
    let new = mint(arguments, &issuing, target.as_ref(), None, (kind, now))?;
    minting::write_pair((certificate, key), &new.chain, &new.key, arguments.force)?;
    let (certificate, key) = (Some(certificate.to_owned()), Some(key.to_owned()));
    let told = Told { what: WHAT, issued: &new.issued, generation: None, certificate, key, now };
    told.write(&arguments.form, session)?;
    Ok(Exit::Done)
}

fn into_home(
    arguments: &Arguments,
    kind: KeyKind,
    now: Timestamp,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let profile = Profile::temporal_cloud();
    let namespace = arguments.namespace.as_ref().map(NamespaceName::as_str);
    let slot = Slot::leaf(namespace, arguments.name.as_deref().unwrap_or(USUAL_NAME))
        .map_err(|error| keep_failure(&error))?;
    let sharing = arguments.sharing.sharing()?;
    let (home, issuing) = open(arguments, namespace, &profile, now, session)?;
    let folder = namespace.map(|namespace| home.path().join("namespaces").join(namespace));
    let target = arguments.target.read(folder.as_deref(), session)?.for_clients(&issuing.pem(), &profile);
    let mut writer = state::lock(&home, "gen leaf", now, session)?;
    let current = state::current_for(&writer, &home, &slot, session)?;
    if let Some(number) = current.filter(|_| !arguments.force) {
        return Err(there_already(arguments, &slot, number));
    }
    let new =
        mint(arguments, &issuing, target.as_ref(), Some(&UsualNames::of(&slot, &issuing)), (kind, now))?;
    let reason = if current.is_some() { "reissue" } else { "new" };
    let above = Some((&issuing.authority, issuing.name.as_deref()));
    let issuance = issuance(&new.issued, &new.public_key, above, new.names, namespace, reason);
    let kept = KeptLeaf {
        slot: &slot,
        chain: &new.chain,
        key: Some(&new.key),
        issuance: &issuance,
        expected: current,
        sharing,
    };
    let committed = kept.commit(&mut writer, now)?;
    let place = home.current_path(&slot);
    let told = Told {
        what: WHAT,
        issued: &new.issued,
        generation: Some(committed.name.number),
        certificate: Some(place.join(state::LEAF_CERTIFICATE)),
        key: Some(place.join(state::LEAF_KEY)),
        now,
    };
    told.write(&arguments.form, session)?;
    Ok(Exit::Done)
}

/// The names that a certificate of the state directory has where none are given, so that one can be told from the other: a leaked one can
/// be shut out by filters only if the others are called differently.
pub(crate) struct UsualNames {
    organization: Option<String>,
    unit: Vec<String>,
    dns: Vec<String>,
}

impl UsualNames {
    /// The organization of the CA, a unit named like the certificate, and a DNS name made of it and the Namespace.
    pub(crate) fn of(slot: &Slot, issuing: &IssuingAuthority) -> Self {
        let of_ca = CertificateNames::of(issuing.authority.certificate());
        let organization = of_ca.present(Field::Organization).first().map(ToString::to_string);
        let dns = slot.namespace().map(|namespace| format!("{}.{namespace}", slot.name()));
        let dns = dns.filter(|name| AlternativeName::dns(name).is_ok());
        let unit = if slot.name().len() <= LONGEST_UNIT { vec![slot.name().to_owned()] } else { Vec::new() };
        UsualNames { organization, unit, dns: dns.into_iter().collect() }
    }

    /// The names, with these where there are none.
    pub(crate) fn fill<'a>(&'a self, names: Names<'a>) -> Names<'a> {
        let has_alternative =
            [names.dns, names.uri, names.email, names.ip].iter().any(|given| !given.is_empty());
        Names {
            organization: names.organization.or(self.organization.as_deref()),
            units: if names.units.is_empty() { &self.unit } else { names.units },
            dns: if has_alternative { names.dns } else { &self.dns },
            ..names
        }
    }
}

/// The state directory, and the CA that issues: of files, or out of the directory.
pub(super) fn open(
    arguments: &Arguments,
    namespace: Option<&str>,
    profile: &Profile,
    now: Timestamp,
    session: &Session<'_, '_>,
) -> Result<(Home, IssuingAuthority), Failure> {
    state::refuse_time_to_come(now, session)?;
    if let Some(issuing) = arguments.authority.from_files(profile, now, session)? {
        return Ok((arguments.home.create(session)?, issuing));
    }
    let home = arguments.home.open(session)?;
    if let Some(namespace) = namespace {
        is_known(arguments, &home, namespace)?;
    }
    let issuing = arguments.authority.from_home(&home, namespace, profile, now, session)?;
    Ok((home, issuing))
}

/// Refuses a Namespace of which nothing is known, unless the user said what decides about it or who issues.
pub(super) fn is_known(arguments: &Arguments, home: &Home, namespace: &str) -> Result<(), Failure> {
    if arguments.authority.is_named() || arguments.target.is_named() {
        return Ok(());
    }
    let unknown = rotating::unknown_namespace(home, namespace).map_err(|error| keep_failure(&error))?;
    unknown.map_or(Ok(()), Err)
}

fn there_already(arguments: &Arguments, slot: &Slot, number: u64) -> Failure {
    let mut command = vec!["mtlsmith".to_owned(), "gen".to_owned(), "leaf".to_owned()];
    let namespace = slot.namespace().map(|namespace| ["--namespace".to_owned(), namespace.to_owned()]);
    command.extend(namespace.into_iter().flatten());
    command.extend(["--name".to_owned(), slot.name().to_owned(), "--force".to_owned()]);
    let home = arguments.home.named().map(|home| ["--home".to_owned(), home.display().to_string()]);
    command.extend(home.into_iter().flatten());
    let command = quoted_command(&command);
    Failure::refused(format!("{} is there already, generation {number}; nothing was minted", shown(slot)))
        .hint(format!("a new one comes into its place, and the old one stays beside it, with: {command}"))
}

/// X.520 allows a unit so many characters.
const LONGEST_UNIT: usize = 64;

const WHAT: &str = "client certificate";

/// What a certificate is called when nothing else is said.
pub(crate) const USUAL_NAME: &str = "worker";

const EXAMPLES: &str = "\
Examples:
  mtlsmith gen leaf --org acme -d 30d --ca-cert ca.pem --ca-key ca.key \\
      --cert worker.pem --key worker.key
  mtlsmith gen leaf --namespace orders.a1b2c --name billing --ou billing \\
      --dns billing.acme.internal
  # a new one in its place
  mtlsmith gen leaf --namespace orders.a1b2c --name worker --force
  # columns: name,organization_unit,dns,...
  mtlsmith gen leaf --namespace orders.a1b2c --from workers.csv

Exit status: 0 minted, 1 a rule stands against it, 2 could not run, 3 something is there already; nothing was changed";
