//! `compromise`: what a leaked client key means, and the three ways to shut it out.

mod successor;

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use mtlsmith_ca::publish::NamespaceName;
use mtlsmith_ca::publish::ReadError;
use mtlsmith_ca::publish::quoted_command;
use mtlsmith_ca::rotate::Trust;
use mtlsmith_ca::rotate::compromise::Compromise;
use mtlsmith_ca::rotate::compromise::Exposure;
use mtlsmith_ca::rotate::compromise::FilterAnswer;
use mtlsmith_ca::rotate::compromise::assess;
use mtlsmith_ca::rotate::rollover::FoundLeaf;
use mtlsmith_ca::rotate::rollover::Record;
use mtlsmith_ca::rotate::rollover::leaves_of;
use mtlsmith_report::Style;
use mtlsmith_report::sentence;
use mtlsmith_validate::Profile;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::filters::CertificateNames;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::fingerprint::Fingerprint;
use mtlsmith_validate::time::Timestamp;
use serde_json::Value;
use serde_json::json;

use super::format::TextOrJson;
use super::rollover::ServerArguments;
use super::rollover::namespace;
use crate::arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::filter_file;
use crate::input::Source;
use crate::input::StandardInput;
use crate::input::is_there;
use crate::input::read_named;
use crate::input::read_regular;
use crate::minting::BUNDLE_FILE;
use crate::minting::FILTERS_FILE;
use crate::minting::keep_failure;
use crate::minting::place_public_file;
use crate::session::Place;
use crate::session::Session;
use crate::session::shown;
use crate::state::HomeArguments;

use successor::unit;

/// A client's key leaked: until when does its certificate work, which filters shut it out, and who else goes down with it?
///
/// Temporal Cloud revokes nothing. The certificate works until it ends, until the filters keep it out, or until its CA is gone; this
/// tells what each of the three costs.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The leaked certificate, with those that it presents beside it
    #[arg(value_name = "CERT")]
    certificate: PathBuf,
    /// The Namespace that it opens, by its full name such as orders.a1b2c
    #[arg(short, long, value_name = "NAME", value_parser = namespace)]
    namespace: NamespaceName,
    /// The Namespace's CA bundle [default: what the server shows, else what was last seen]
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Its certificate filters, as JSON [default: what the server shows, else what is kept]
    #[arg(long, value_name = "FILE")]
    filters: Option<OsString>,
    /// Another client certificate that is in use, beside those that are kept; may come several times
    #[arg(long = "leaf", value_name = "FILE")]
    others: Vec<PathBuf>,
    /// Let its successor in too: a certificate with this unit (OU), which the leaked one does not have
    #[arg(long, value_name = "UNIT", value_parser = unit)]
    successor: Option<String>,
    #[command(flatten)]
    home: HomeArguments,
    #[command(flatten)]
    server: ServerArguments,
    /// Write the filters that shut it out to FILE, in the form that tcld imports
    #[arg(long, value_name = "FILE")]
    write_filters: Option<PathBuf>,
    /// Overwrite that file if it exists
    #[arg(long, requires = "write_filters")]
    force: bool,
    /// Text or JSON
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: TextOrJson,
    /// Judge for this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = arguments::time)]
    at: Option<Timestamp>,
}

/// What is live.
struct Live {
    bundle: Vec<u8>,
    filters: FilterSet,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let now = session.now(arguments.at);
    let leaked = leaf(&arguments.certificate)?;
    if leaked.certificate.is_ca() {
        return Err(of_a_ca(arguments));
    }
    let home = arguments.home.path(session)?;
    let home = if home.is_dir() { Some(arguments.home.open(session)?) } else { None };
    let folder = home.as_ref().map(|home| home.path().join("namespaces").join(arguments.namespace.as_str()));
    let live = live(arguments, folder.as_deref(), session)?;
    let mut leaves = match &home {
        Some(home) => leaves_of(home, arguments.namespace.as_str()).map_err(|error| keep_failure(&error))?,
        None => Vec::new(),
    };
    for path in &arguments.others {
        leaves.push(leaf(path)?);
    }
    let profile = Profile::temporal_cloud();
    let bundle = Bundle::read(&live.bundle);
    let inventory: Vec<_> = leaves.iter().map(FoundLeaf::as_inventory).collect();
    let trust = Trust::of(&bundle, &profile);
    let mut found = assess(&leaked.as_inventory(), &trust, &live.filters, &inventory, now);
    if let Some(unit) = &arguments.successor {
        successor::let_in(&mut found.filters, &leaked.certificate, arguments.namespace.as_str(), unit)?;
    }
    let under_way = match &home {
        Some(home) => {
            Record::load(home, arguments.namespace.as_str()).map_err(|error| keep_failure(&error))?
        }
        None => None,
    };
    let under_way = under_way.filter(|record| !record.is_over());
    let kept = || leaves.iter().filter(|leaf| leaf.slot.is_some() && !leaf.is_of_no_namespace());
    let names = CertificateNames::of(&leaked.certificate);
    // When it was replaced already, the one in its place has its names.
    let kept_as = kept()
        .find(|leaf| leaf.certificate.der() == leaked.certificate.der())
        .or_else(|| kept().find(|leaf| CertificateNames::of(&leaf.certificate) == names))
        .map(|leaf| leaf.name.clone());
    let told =
        Told { arguments, found: &found, leaves: &leaves, bundle: &bundle, folder, under_way, kept_as };
    told.write_filters()?;
    let text = match arguments.format {
        TextOrJson::Text => told.text(&session.style(Place::Output)),
        TextOrJson::Json => mtlsmith_report::pretty_json(&told.json()),
    };
    session.write(text.as_bytes())?;
    Ok(match found.exposure {
        Exposure::Until(_) | Exposure::From(..) => Exit::Findings,
        Exposure::Expired(_) | Exposure::NoChain | Exposure::Filtered => Exit::Done,
    })
}

/// Whoever has the key of a CA gives himself every name, so no filter and no question about one certificate helps.
fn of_a_ca(arguments: &Arguments) -> Failure {
    let file = shown(arguments.certificate.display());
    let message = format!(
        "{file} is a CA certificate: with its key anybody mints clients of any name, so no filter shuts them out"
    );
    let again = format!(
        "mtlsmith rollover start {} --emergency{}{}",
        arguments.namespace,
        arguments.home.words(),
        arguments.server.words()
    );
    Failure::no(message).hint(format!("take the CA away and put a new one in its place: {again}"))
}

fn leaf(path: &Path) -> Result<FoundLeaf, Failure> {
    let bytes = read_named(path)?;
    FoundLeaf::read(&path.to_string_lossy(), &bytes).ok_or_else(|| {
        Failure::could_not_run(format!("there is no certificate in {}", shown(path.display())))
    })
}

fn live(
    arguments: &Arguments,
    folder: Option<&Path>,
    session: &mut Session<'_, '_>,
) -> Result<Live, Failure> {
    let kept = |name: &str| folder.as_ref().map(|folder| folder.join(name)).filter(|path| is_there(path));
    let shown_by_server = match &arguments.bundle {
        Some(_) => None,
        None => match arguments.server.publisher(&arguments.namespace, session)?.read(&arguments.namespace) {
            Ok(live) => Some(live),
            Err(ReadError::NoReader) => None,
            Err(error) => {
                return Err(Failure::could_not_run(format!("what is live cannot be told: {error}")));
            }
        },
    };
    let bundle = match &shown_by_server {
        Some(live) => live.bundle.clone(),
        None => {
            let unknown = || {
                Failure::could_not_run("what is live is not known here").hint(
                    "name the Namespace's bundle with --bundle FILE, or have it asked with --publish api",
                )
            };
            match (&arguments.bundle, kept(BUNDLE_FILE)) {
                (Some(named), _) => read_named(named)?,
                (None, Some(kept)) => read_regular(&kept).map_err(Failure::could_not_run)?,
                (None, None) => return Err(unknown()),
            }
        }
    };
    let by_server = shown_by_server.and_then(|live| live.filters).map(FilterSet::new);
    let named = arguments.filters.clone();
    let named_by_user = named.is_some();
    let filters = match (named, by_server) {
        (None, Some(filters)) => filters,
        (named, _) => match named.or_else(|| kept(FILTERS_FILE).map(PathBuf::into_os_string)) {
            Some(file) => {
                if !named_by_user {
                    read_regular(Path::new(&file)).map_err(Failure::could_not_run)?;
                }
                let none = StandardInput { stdin_filename: "<stdin>".to_owned() };
                filter_file::read(&Source::one(&file, &none), Profile::temporal_cloud().ruleset, session)?
            }
            None => FilterSet::default(),
        },
    };
    Ok(Live { bundle, filters })
}

struct Told<'a> {
    arguments: &'a Arguments,
    found: &'a Compromise,
    leaves: &'a [FoundLeaf],
    bundle: &'a Bundle,
    /// The Namespace's folder of the state directory.
    folder: Option<PathBuf>,
    /// A rollover that has begun and not ended.
    under_way: Option<Record>,
    /// The name of the leaked certificate in the state directory.
    kept_as: Option<String>,
}

impl Told<'_> {
    fn names(&self, indices: &[usize]) -> Vec<String> {
        indices.iter().filter_map(|&index| self.leaves.get(index)).map(|leaf| leaf.name.clone()).collect()
    }

    fn collateral(&self) -> Vec<String> {
        match &self.found.filters {
            FilterAnswer::ShutOut { collateral, .. } | FilterAnswer::NoneDistinguishes { collateral } => {
                self.names(collateral)
            }
            _ => Vec::new(),
        }
    }

    /// Writes the new filters where that was asked for; says so when there are none.
    fn write_filters(&self) -> Result<(), Failure> {
        let Some(path) = &self.arguments.write_filters else { return Ok(()) };
        match &self.found.filters {
            FilterAnswer::ShutOut { set, .. } => {
                let text = mtlsmith_report::pretty_json(&filters_json(set));
                place_public_file(path, text.as_bytes(), self.arguments.force)
            }
            other => Err(Failure::no(format!("{}, so {} was not written", other, shown(path.display())))
                .hint("leave --write-filters out to see the other two ways")),
        }
    }

    /// The command that sets the new filters, and before it the one that writes their file where that was not asked for.
    fn set_filters(&self) -> Vec<String> {
        let file = self.arguments.write_filters.as_ref().map(|path| path.to_string_lossy().into_owned());
        let write =
            file.is_none().then(|| format!("{} --write-filters {NEW_FILTERS}", self.arguments.words()));
        let namespace = self.arguments.namespace.as_str();
        let tcld = ["tcld", "namespace", "certificate-filters", "import", "--namespace", namespace];
        let file = file.unwrap_or_else(|| NEW_FILTERS.to_owned());
        let tcld = quoted_command(tcld.into_iter().chain(["--certificate-filter-file", &file]));
        // What is issued here is judged by what is kept here.
        let folder = self.folder.as_ref().filter(|folder| folder.is_dir());
        let keep =
            folder.map(|folder| quoted_command(["cp", &file, &folder.join(FILTERS_FILE).to_string_lossy()]));
        write.into_iter().chain([tcld]).chain(keep).chain(self.succeed()).collect()
    }

    /// The command that mints the successor, when it is known what that is called.
    fn succeed(&self) -> Option<String> {
        let (unit, name) = (self.arguments.successor.as_ref()?, self.kept_as.as_ref()?);
        let namespace = self.arguments.namespace.as_str();
        let leaf = quoted_command([
            "mtlsmith",
            "gen",
            "leaf",
            "--namespace",
            namespace,
            "--name",
            name,
            "--force",
            "--ou",
            unit,
        ]);
        Some(format!("{leaf}{}", self.arguments.home.words()))
    }

    /// Does the rollover that is under way take away every CA that lets the leaked certificate in?
    fn is_on_its_way(&self) -> bool {
        let goes = |record: &Record, fingerprint: &Fingerprint| {
            record.rollover.old.iter().any(|old| Fingerprint::Sha256(old.id.0) == *fingerprint)
        };
        self.under_way.as_ref().is_some_and(|record| {
            record.rollover.phase.is_going_forward()
                && self.found.replace.iter().all(|fingerprint| goes(record, fingerprint))
        })
    }

    fn rollover(&self) -> Option<String> {
        if self.found.replace.is_empty() {
            return None;
        }
        let Arguments { namespace, home, server, bundle, .. } = self.arguments;
        if self.under_way.is_some() {
            return Some(format!(
                "mtlsmith rollover status {namespace}{}{}",
                home.words(),
                self.arguments.words_of_others()
            ));
        }
        let old: Vec<String> = self.found.replace.iter().map(|old| format!(" --old {old}")).collect();
        let server = match bundle {
            Some(file) => format!(" --live {}", quoted_command([file.to_string_lossy()])),
            None => server.saved_anew().words(),
        };
        let (old, home, others) = (old.concat(), home.words(), self.arguments.words_of_others());
        Some(format!("mtlsmith rollover start {namespace}{old} --reissue{home}{others}{server}"))
    }

    fn replaced(&self) -> Vec<(Fingerprint, String)> {
        let name = |fingerprint: &Fingerprint| {
            let mut all = self.bundle.certificates();
            let found = all.find(|certificate| fingerprint.is_of(certificate));
            found.map(|certificate| certificate.subject().to_string()).unwrap_or_default()
        };
        self.found.replace.iter().map(|fingerprint| (*fingerprint, name(fingerprint))).collect()
    }

    fn text(&self, style: &Style) -> String {
        let mut text = sentence("1.", &format!("If nothing is done: {}.", self.found.exposure), style);
        if matches!(self.found.exposure, Exposure::Expired(_) | Exposure::NoChain | Exposure::Filtered) {
            return text;
        }
        text.push('\n');
        text.push_str(&sentence("2.", &format!("By filters: {}.", self.found.filters), style));
        for name in self.collateral() {
            text.push_str(&format!("   also shut out: {}\n", shown(name)));
        }
        if let FilterAnswer::ShutOut { set, .. } = &self.found.filters {
            let whole = "Set these in the place of the live ones. Who is not among the kept or named certificates is shut out too:";
            text.push_str(&sentence("", whole, style));
            text.push('\n');
            text.extend(format!("{:#}\n", filters_json(set)).lines().map(|line| format!("     {line}\n")));
            text.push('\n');
            text.extend(self.set_filters().iter().map(|line| format!("   {line}\n")));
        }
        let none_yet =
            matches!(self.found.filters, FilterAnswer::NobodyElse | FilterAnswer::NoneDistinguishes { .. });
        if self.arguments.successor.is_none() && none_yet {
            let other =
                "Or give its successor another unit: with --successor UNIT there is a filter for that one.";
            text.push_str(&sentence("", other, style));
        } else if self.arguments.successor.is_none() {
            let shut = "Its successor is shut out by these as well, and gets the same names from rekey and from a rollover. Say with --successor UNIT what it is to be called, and there is a filter for it and the command that mints it.";
            text.push('\n');
            text.push_str(&sentence("", shut, style));
        }
        if let Some(command) = self.rollover() {
            text.push('\n');
            text.push_str(&sentence(
                "3.",
                "By replacing its CA, after which its certificate opens nothing:",
                style,
            ));
            for (fingerprint, name) in self.replaced() {
                text.push_str(&format!("   {}\n   SHA-256 {fingerprint}\n", shown(name)));
            }
            if let Some(record) = &self.under_way {
                let phase = record.rollover.phase.as_str();
                let then = if self.is_on_its_way() {
                    "it takes this CA away: go on with it"
                } else {
                    "end it first; then replace this CA with rollover start --old and the fingerprint above"
                };
                text.push_str(&sentence("", &format!("A rollover is under way ({phase}); {then}."), style));
            } else if self.arguments.bundle.is_none()
                && let Some(save) = self.arguments.server.save(&self.arguments.namespace)
            {
                text.push_str(&format!("   {save}\n"));
            }
            text.push_str(&format!("   {command}\n"));
            let until = "The certificate works until rollover commit, unless filters keep it out meanwhile.";
            text.push_str(&sentence("", until, style));
        }
        text
    }

    fn json(&self) -> Value {
        let (state, until) = match self.found.exposure {
            Exposure::Until(end) => ("open", Some(end)),
            Exposure::From(_, end) => ("will-open", Some(end)),
            Exposure::Expired(end) => ("expired", Some(end)),
            Exposure::NoChain => ("no-chain", None),
            Exposure::Filtered => ("filtered", None),
        };
        let (answer, set) = match &self.found.filters {
            FilterAnswer::ShutOut { set, .. } => ("shut-out", Some(filters_json(set))),
            FilterAnswer::NoneDistinguishes { .. } => ("none-distinguishes", None),
            FilterAnswer::NobodyElse => ("nobody-else", None),
            FilterAnswer::TooMany { .. } => ("too-many", None),
            FilterAnswer::TooManyLeaves => ("too-many-leaves", None),
            FilterAnswer::NotNeeded => ("not-needed", None),
        };
        let replace: Vec<Value> = self
            .replaced()
            .into_iter()
            .map(|(fingerprint, name)| json!({"sha256": fingerprint.to_string(), "subject": name}))
            .collect();
        json!({
            "format": 1,
            "namespace": self.arguments.namespace.as_str(),
            "exposure": {"state": state, "until": until.map(|end| end.to_string()), "sentence": self.found.exposure.to_string()},
            "filters": {
                "answer": answer,
                "sentence": self.found.filters.to_string(),
                "set": set,
                "file": self.arguments.write_filters.as_ref().filter(|_| set.is_some()).map(|path| path.to_string_lossy()),
                "commands": if set.is_some() { self.set_filters() } else { Vec::new() },
                "alsoShutOut": self.collateral(),
            },
            "replace": replace,
            "rollover": self.rollover(),
        })
    }
}

impl Arguments {
    /// This command again.
    fn words(&self) -> String {
        let certificate = self.certificate.to_string_lossy();
        let mut words = format!("mtlsmith compromise {}", quoted_command([certificate]));
        words.push_str(&format!(" --namespace {}{}", self.namespace, self.home.words()));
        let mut add =
            |option: &str, value: &str| words.push_str(&format!(" {option} {}", quoted_command([value])));
        if let Some(bundle) = &self.bundle {
            add("--bundle", &bundle.to_string_lossy());
        }
        if let Some(filters) = &self.filters {
            add("--filters", &filters.to_string_lossy());
        }
        if let Some(at) = self.at {
            add("--at", &at.to_string());
        }
        if let Some(unit) = &self.successor {
            words.push_str(&format!(" --successor {}", quoted_command([unit])));
        }
        words.push_str(&self.words_of_others());
        if self.bundle.is_none() && !self.server.is_unnamed() {
            words.push_str(&self.server.words());
        }
        words
    }

    fn words_of_others(&self) -> String {
        let one = |path: &PathBuf| format!(" --leaf {}", quoted_command([path.to_string_lossy()]));
        self.others.iter().map(one).collect()
    }
}

/// What the file of the new filters is called in commands.
const NEW_FILTERS: &str = "new-filters.json";

/// As tcld imports them.
fn filters_json(set: &FilterSet) -> Value {
    let one = |filter: &mtlsmith_validate::filters::Filter| {
        let fields =
            filter.patterns().map(|(field, pattern)| (field.to_string(), json!(pattern.to_string())));
        Value::Object(fields.collect())
    };
    json!({ "filters": set.filters.iter().map(one).collect::<Vec<_>>() })
}

const EXAMPLES: &str = "\
Examples:
  mtlsmith compromise worker.pem --namespace orders.a1b2c
  mtlsmith compromise worker.pem --namespace orders.a1b2c \\
      --write-filters new-filters.json --successor worker-2
  mtlsmith compromise worker.pem --namespace orders.a1b2c --bundle live.pem \\
      --filters filters.json --leaf other.pem
  mtlsmith compromise worker.pem --namespace orders.a1b2c --publish api \\
      --api-key-file key.txt --format json

Exit status: 0 it opens nothing, 1 it opens connections or will, 2 could not run";
