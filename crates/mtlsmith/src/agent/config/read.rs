//! From TOML to the configuration. Nothing is taken that is not understood.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use mtlsmith_ca::keep::Slot;
use mtlsmith_ca::mint::key::KeyKind;
use mtlsmith_ca::publish::NamespaceName;
use mtlsmith_ca::publish::cloud_ops::Endpoint;
use mtlsmith_ca::rotate::perform::ExecuteHook;
use mtlsmith_ca::rotate::perform::FilesHook;
use mtlsmith_ca::rotate::perform::Hook;
use mtlsmith_ca::rotate::perform::HookSignal;
use mtlsmith_ca::rotate::perform::NewKey;
use mtlsmith_ca::rotate::perform::SecretHook;
use mtlsmith_ca::rotate::perform::SignalHook;
use toml_edit::Document;

use super::Config;
use super::LeafConfig;
use super::LiveConfig;
use super::NamespaceConfig;
use super::table::Table;
use super::table::Wrong;
use super::table::place;
use crate::minting;

/// Reads the text of a file.
pub(crate) fn read(text: &str) -> Result<Config, String> {
    let document = Document::parse(text).map_err(|error| {
        let place = error.span().map(|span| place(text, span.start)).unwrap_or_default();
        let message = error.message().lines().next().unwrap_or_default().to_owned();
        format!("{place}{message}")
    })?;
    let mut root = Table::new(text, document.as_table(), "the configuration");
    let home = root.string("home")?.map(PathBuf::from);
    let check_every = root.duration("check-every")?.unwrap_or(USUAL_PAUSE);
    let (mut listen, mut textfile) = (None, None);
    if let Some(mut metrics) = root.table("metrics")? {
        listen = metrics.parsed("listen", loopback)?;
        textfile = metrics.string("textfile")?.map(PathBuf::from);
        metrics.finish()?;
    }
    let mut namespaces: Vec<NamespaceConfig> = Vec::new();
    for table in root.tables("namespace")? {
        let namespace = namespace(table)?;
        if namespaces.iter().any(|other| other.name == namespace.name) {
            return Err(root.wrong("namespace", format!("{} is there twice", namespace.name)));
        }
        namespaces.push(namespace);
    }
    root.finish()?;
    if namespaces.is_empty() {
        return Err("there is no [[namespace]], so there is nothing to do".to_owned());
    }
    Ok(Config { home, check_every, listen, textfile, namespaces })
}

/// Metrics name certificates and files: they are for this machine.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr =
        text.parse().map_err(|_| "it is an address such as 127.0.0.1:9464".to_owned())?;
    if address.ip().is_loopback() {
        return Ok(address);
    }
    Err("it is no address of this machine alone; listen on 127.0.0.1 or [::1] and have a proxy guard it"
        .to_owned())
}

fn namespace(mut table: Table<'_>) -> Result<NamespaceConfig, Wrong> {
    let name = table.required("name")?.to_owned();
    if let Err(error) = NamespaceName::new(&name) {
        return Err(table.wrong("name", error));
    }
    let key = table.parsed("key", new_key)?.unwrap_or(NewKey::New(None));
    let config = NamespaceConfig {
        name,
        authority: table.string("authority")?.map(str::to_owned),
        passphrase_file: table.string("passphrase-file")?.map(PathBuf::from),
        signer: table.strings("signer")?,
        bundle: table.string("bundle")?.map(PathBuf::from),
        filters: table.string("filters")?.map(PathBuf::from),
        live: table.table("live")?.map(live).transpose()?,
        key,
        lifetime: table.parsed("lifetime", minting::lifetime)?,
        hooks: hooks(&mut table)?,
        leaves: table.tables("leaf")?.into_iter().map(leaf).collect::<Result<_, _>>()?,
    };
    if config.live.is_some() && (config.bundle.is_some() || config.filters.is_some()) {
        let problem = "what is live lies in files, or Temporal Cloud is asked for it: leave one of them out";
        return Err(table.wrong_at_any(&["bundle", "filters"], problem));
    }
    let several = config.leaves.len() != 1;
    if several && config.hooks.iter().any(|hook| matches!(hook, Hook::Files(_) | Hook::Secret(_))) {
        return Err(table
            .wrong("hook", "one file cannot hold several certificates: put it below a [[namespace.leaf]]"));
    }
    table.finish()?;
    Ok(config)
}

/// `same`, `new`, or the kind of the new one.
fn new_key(text: &str) -> Result<NewKey, String> {
    match text {
        "same" => Ok(NewKey::Same),
        "new" => Ok(NewKey::New(None)),
        kind => kind
            .parse::<KeyKind>()
            .map(|kind| NewKey::New(Some(kind)))
            .map_err(|error| format!("it is new, same, or a kind of key: {error}")),
    }
}

fn live(mut table: Table<'_>) -> Result<LiveConfig, Wrong> {
    let endpoint =
        table.parsed("api-address", |text| Endpoint::new(text).map_err(|error| error.to_string()))?;
    let every = table.duration("every")?.unwrap_or(USUAL_READING);
    if every < SHORTEST_READING {
        return Err(table.wrong("every", "Temporal Cloud limits how often it is asked: at least 10s"));
    }
    let config = LiveConfig {
        api_key_file: table.string("api-key-file")?.map(PathBuf::from),
        endpoint: endpoint.unwrap_or_else(Endpoint::temporal_cloud),
        every,
    };
    table.finish()?;
    Ok(config)
}

fn leaf(mut table: Table<'_>) -> Result<LeafConfig, Wrong> {
    let name = table.required("name")?.to_owned();
    if let Err(error) = Slot::leaf(None, &name) {
        return Err(table.wrong("name", error));
    }
    let hooks = hooks(&mut table)?;
    table.finish()?;
    Ok(LeafConfig { name, hooks })
}

fn hooks(table: &mut Table<'_>) -> Result<Vec<Hook>, Wrong> {
    table.tables("hook")?.into_iter().map(hook).collect()
}

fn hook(mut table: Table<'_>) -> Result<Hook, Wrong> {
    let arguments = table.strings("exec")?;
    let time_limit = table.duration("time-limit")?;
    let signal = table.parsed("signal", str::parse::<HookSignal>)?;
    let pid_file = table.string("pid-file")?.map(PathBuf::from);
    let process = table.string("process")?.map(str::to_owned);
    let secret_file = table.string("secret-file")?.map(PathBuf::from);
    let secret_name = table.string("secret-name")?.map(str::to_owned);
    let namespace = table.string("secret-namespace")?.map(str::to_owned);
    let certificate = table.string("certificate-file")?.map(PathBuf::from);
    let key = table.string("key-file")?.map(PathBuf::from);
    let group = table.number("group")?;
    let found = match (arguments.is_empty(), signal, secret_file, certificate) {
        (false, None, None, None) => {
            Some(Hook::Execute(ExecuteHook { arguments, time_limit: time_limit.unwrap_or(USUAL_TIME_LIMIT) }))
        }
        (true, Some(signal), None, None) => {
            pid_file.map(|pid_file| Hook::Signal(SignalHook { signal, pid_file, process }))
        }
        (true, None, Some(file), None) => {
            secret_name.map(|name| Hook::Secret(SecretHook { file, name, namespace }))
        }
        (true, None, None, Some(certificate)) => {
            key.map(|key| Hook::Files(FilesHook { certificate, key, group }))
        }
        _ => None,
    };
    let Some(found) = found else {
        let first =
            ["exec", "signal", "secret-file", "certificate-file", "key-file", "pid-file", "secret-name"];
        return Err(table.wrong_at_any(&first, "a hook is one of: exec; signal and pid-file; secret-file and secret-name; certificate-file and key-file"));
    };
    table.finish()?;
    Ok(found)
}

/// How long to sleep at most: a clock that was set, or a laptop that woke up, is noticed so late.
const USUAL_PAUSE: Duration = Duration::from_secs(30);

/// How often Temporal Cloud is asked when nothing happens.
const USUAL_READING: Duration = Duration::from_secs(300);

/// More often it is not asked for this.
const SHORTEST_READING: Duration = Duration::from_secs(10);

/// How long a program may take.
const USUAL_TIME_LIMIT: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
home = "/var/lib/mtlsmith"
check-every = "10s"
[metrics]
listen = "127.0.0.1:0"
textfile = "/run/metrics.prom"
[[namespace]]
name = "orders.a1b2c"
authority = "acme"
passphrase-file = "/run/secret"
bundle = "ca.pem"
filters = "filters.json"
key = "p384"
lifetime = "8d"
hook = [{ exec = ["systemctl", "reload", "worker"], time-limit = "5s" }]
[[namespace.leaf]]
name = "billing"
[[namespace.leaf.hook]]
secret-file = "secret.yaml"
secret-name = "tls"
[[namespace.leaf.hook]]
signal = "HUP"
pid-file = "/run/worker.pid"
process = "worker"
[[namespace]]
name = "other.a1b2c"
key = "same"
[namespace.live]
api-key-file = "/run/api-key"
api-address = "http://127.0.0.1:1"
every = "1m"
"#;

    #[test]
    fn everything_that_can_be_said_is_read() {
        let config = read(WHOLE).unwrap();
        assert_eq!(config.check_every, Duration::from_secs(10));
        assert_eq!(config.namespaces.len(), 2);
        assert_eq!(config.namespaces[0].key, NewKey::New(Some(KeyKind::P384)));
        assert_eq!(config.namespaces[0].leaves[0].hooks.len(), 2);
        assert_eq!(config.namespaces[0].hooks.len(), 1);
        assert_eq!(config.namespaces[1].key, NewKey::Same);
        assert_eq!(config.namespaces[0].live, None);
        let live = config.namespaces[1].live.as_ref().unwrap();
        assert_eq!(live.every, Duration::from_secs(60));
        assert_eq!(live.api_key_file.as_deref(), Some(std::path::Path::new("/run/api-key")));
        assert_eq!(live.endpoint.to_string(), "http://127.0.0.1:1");
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_line_and_what_was_meant() {
        for (text, line, words) in [
            ("hom = \"x\"", 1, "did you mean home?"),
            ("\n\ncheck_every = \"1s\"", 3, "did you mean check-every?"),
            ("[[namespace]]\nname = \"a.b\"\nautority = \"x\"", 3, "did you mean authority?"),
            ("[[namespace]]\nname = \"a.b\"\nxyzzyxyzzy = 1", 3, "those of namespace are name"),
            ("[metrics]\nlisten = \"0.0.0.0:1\"", 2, "no address of this machine alone"),
            ("[metrics]\nlisten = 1", 2, "a text in quotes"),
            ("[[namespace]]\nkey = \"new\"", 2, "lacks the key name"),
            ("[[namespace]]\nname = \"a.b\"\nkey = \"ed25519\"", 3, "new, same"),
            ("[[namespace]]\nname = \"a.b\"\n[[namespace.hook]]\nsignal = \"HUP\"", 4, "a hook is one of"),
            ("[[namespace]]\nname = \"a.b\"\n[[namespace.hook]]\nexec = \"sh -c x\"", 4, "a list of texts"),
            ("[[namespace]]\nname = \"a.b\"\n[[namespace.leaf]]\nname = \"../x\"", 4, "name"),
            (
                "[[namespace]]\nname = \"a.b\"\n[namespace.live]\napi-keyfile = \"x\"",
                4,
                "did you mean api-key-file?",
            ),
            ("[[namespace]]\nname = \"a.b\"\n[namespace.live]\nevery = \"1s\"", 4, "at least 10s"),
            ("[[namespace]]\nname = \"a.b\"\n[namespace.live]\napi-address = \"http://a.b\"", 4, "https://"),
            ("[[namespace]]\nname = \"a.b\"\nlive = true", 3, "it is a table: [live]"),
            ("[[namespace]]\nname = \"a.b\"\nbundle = \"x\"\n[namespace.live]", 3, "leave one of them out"),
            ("namespace = 1", 1, "[[namespace]]"),
            ("x = \n", 1, ""),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(&format!("line {line}, ")), "{text:?}: {error}");
            assert!(error.contains(words), "{text:?}: {error}");
        }
        assert!(read("").unwrap_err().contains("nothing to do"));
    }

    #[test]
    fn no_namespace_comes_twice_and_no_file_holds_two_certificates() {
        let twice = "[[namespace]]\nname = \"a.b\"\n[[namespace]]\nname = \"a.b\"\n";
        assert!(read(twice).unwrap_err().contains("twice"));
        let file = "[[namespace]]\nname = \"a.b\"\nhook = [{ secret-file = \"x\", secret-name = \"y\" }]\n";
        assert!(read(file).unwrap_err().contains("several"));
    }
}
