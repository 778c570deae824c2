//! How the Namespace is reached: commands for a person, a program, or the Cloud Ops API.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::ValueEnum;
use mtlsmith_ca::publish::BundlePublisher;
use mtlsmith_ca::publish::CloudOps;
use mtlsmith_ca::publish::CommandPublisher;
use mtlsmith_ca::publish::CommandSettings;
use mtlsmith_ca::publish::LiveNamespace;
use mtlsmith_ca::publish::NamespaceName;
use mtlsmith_ca::publish::PrintedCommands;
use mtlsmith_ca::publish::cloud_ops::ApiKeySource;
use mtlsmith_ca::publish::cloud_ops::Endpoint;
use mtlsmith_ca::publish::cloud_ops::Patience;
use mtlsmith_ca::publish::cloud_ops::SystemClock;
use mtlsmith_ca::publish::quoted_command;

use super::live;
use crate::duration;
use crate::failure::Failure;
use crate::failure::reason;
use crate::input::read_named;
use crate::session::Session;

/// Who changes the Namespace, and how.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The server")]
pub(crate) struct ServerArguments {
    /// Who changes the Namespace: print the commands for a person, run a program, or call the Cloud Ops API
    #[arg(long, value_enum, value_name = "HOW", default_value_t)]
    publish: How,
    /// The CA bundle that the server shows now, saved to FILE as PEM, when it is not asked: its word alone moves a rollover on
    #[arg(long, value_name = "FILE", conflicts_with_all = ["api_key_file", "publish_command"])]
    live: Option<PathBuf>,
    /// CAs in the file of --live that this rollover has never seen belong there: somebody has changed the Namespace meanwhile
    #[arg(long, requires = "live")]
    accept_live: bool,
    /// The API key is alone in FILE; else it is in TEMPORAL_CLOUD_API_KEY or TEMPORAL_API_KEY
    #[arg(long, value_name = "FILE")]
    api_key_file: Option<PathBuf>,
    /// Another address of the Cloud Ops API; plain http to this machine alone
    #[arg(long, value_name = "URL")]
    api_address: Option<String>,
    /// The program that sets the bundle
    #[arg(long, value_name = "PROGRAM", requires = "publish_argument")]
    publish_command: Option<String>,
    /// An argument for it; {bundle} and {namespace} stand for the file and the name. May come several times
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true, requires = "publish_command")]
    publish_argument: Vec<String>,
    /// The program that prints the live bundle
    #[arg(long, value_name = "PROGRAM", requires = "publish_command")]
    read_command: Option<String>,
    /// An argument for it; {namespace} stands for the name. May come several times
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true, requires = "read_command")]
    read_argument: Vec<String>,
    /// How long to wait for the server
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = wait)]
    wait: Duration,
}

/// Who changes the Namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum How {
    #[default]
    Print,
    Command,
    Api,
}

impl ServerArguments {
    /// The options that lead to the same server again, for the next command. Never a key.
    pub(crate) fn words(&self) -> String {
        self.options().iter().map(|word| format!(" {}", quoted_command([word]))).collect()
    }

    /// The same for a command before which a person saves what the server shows then. That is written to a file of its own: whatever was
    /// named this time is not overwritten.
    pub(crate) fn saved_anew(&self) -> Self {
        let live = matches!(self.publish, How::Print).then(|| PathBuf::from(SHOWN));
        ServerArguments { live, ..self.clone() }
    }

    /// The same as arguments.
    pub(crate) fn options(&self) -> Vec<String> {
        let mut options = Vec::new();
        let mut add = |option: &str, value: &str| options.extend([option.to_owned(), value.to_owned()]);
        match self.publish {
            How::Print => add("--live", &self.shown()),
            How::Command => {
                add("--publish", "command");
                for (option, values) in [
                    ("--publish-command", self.publish_command.as_slice()),
                    ("--publish-argument", &self.publish_argument),
                    ("--read-command", self.read_command.as_slice()),
                    ("--read-argument", &self.read_argument),
                ] {
                    values.iter().for_each(|value| add(option, value));
                }
            }
            How::Api => {
                add("--publish", "api");
                if let Some(file) = &self.api_key_file {
                    add("--api-key-file", &file.to_string_lossy());
                }
                if let Some(address) = &self.api_address {
                    add("--api-address", address);
                }
            }
        }
        if self.wait != USUAL_WAIT {
            add("--wait", &format!("{}s", self.wait.as_secs()));
        }
        options
    }

    /// The command with which a person saves what the server shows; `None` when mtlsmith asks the server.
    pub(crate) fn save(&self, namespace: &NamespaceName) -> Option<String> {
        let list = quoted_command([
            "tcld",
            "namespace",
            "accepted-client-ca",
            "list",
            "--namespace",
            namespace.as_str(),
        ]);
        matches!(self.publish, How::Print)
            .then(|| format!("{list} | jq -r '.[].base64EncodedData | @base64d' > {SHOWN}"))
    }

    fn shown(&self) -> String {
        self.live.as_ref().map_or_else(|| SHOWN.to_owned(), |file| file.to_string_lossy().into_owned())
    }

    /// The file in which a person shows what is live, and whether CAs that were never seen are welcome in it.
    pub(super) fn told(&self) -> Option<(&Path, bool)> {
        self.live.as_deref().map(|path| (path, self.accept_live))
    }

    /// Was nobody named who tells what is live?
    pub(crate) fn is_unnamed(&self) -> bool {
        matches!(self.publish, How::Print) && self.live.is_none()
    }

    /// Whoever reaches the Namespace.
    pub(crate) fn publisher(
        &self,
        namespace: &NamespaceName,
        session: &Session<'_, '_>,
    ) -> Result<Box<dyn BundlePublisher>, Failure> {
        match self.publish {
            How::Print => self.by_hand(namespace),
            How::Command => self.program(),
            How::Api => self.cloud(session),
        }
    }

    fn by_hand(&self, namespace: &NamespaceName) -> Result<Box<dyn BundlePublisher>, Failure> {
        let Some(path) = &self.live else { return Ok(Box::new(PrintedCommands::new())) };
        let bundle = read_named(path)?;
        live::can_be_live(path, &bundle)?;
        Ok(Box::new(PrintedCommands::told(LiveNamespace {
            namespace: namespace.clone(),
            resource_version: None,
            bundle,
            filters: None,
            mtls_enabled: None,
        })))
    }

    fn program(&self) -> Result<Box<dyn BundlePublisher>, Failure> {
        let vector = |program: &Option<String>, arguments: &[String]| {
            program.iter().chain(arguments).cloned().collect::<Vec<String>>()
        };
        let settings = CommandSettings {
            publish: vector(&self.publish_command, &self.publish_argument),
            read: self.read_command.is_some().then(|| vector(&self.read_command, &self.read_argument)),
            time_limit: self.wait,
            work_directory: std::env::temp_dir(),
        };
        match CommandPublisher::new(settings) {
            Ok(publisher) => Ok(Box::new(publisher)),
            Err(error) => Err(Failure::could_not_run(format!("the program cannot be run: {error}"))
                .hint("name it: --publish command --publish-command PROGRAM --publish-argument {bundle}")),
        }
    }

    fn cloud(&self, session: &Session<'_, '_>) -> Result<Box<dyn BundlePublisher>, Failure> {
        let endpoint = match &self.api_address {
            None => Endpoint::temporal_cloud(),
            Some(text) => Endpoint::new(text).map_err(|error| Failure::could_not_run(error.to_string()))?,
        };
        let source = match &self.api_key_file {
            Some(path) => ApiKeySource::File(path.clone()),
            None => {
                let is_set = |name: &&&str| session.environment.set_variable(name).is_some();
                let name = KEY_VARIABLES.iter().find(is_set).ok_or_else(|| {
                    Failure::could_not_run("there is no API key").hint(
                        "put it into a file and name that with --api-key-file, or set TEMPORAL_CLOUD_API_KEY",
                    )
                })?;
                ApiKeySource::Environment((*name).to_owned())
            }
        };
        let key = source.load().map_err(|error| Failure::could_not_run(reason(&error)))?;
        let usual = Patience::default();
        let patience = Patience {
            request: usual.request.min(self.wait),
            whole: self.wait,
            first_pause: usual.first_pause.min(self.wait / 20),
            ..usual
        };
        Ok(Box::new(CloudOps::new(endpoint, key, patience, Box::new(SystemClock::start()), &[])))
    }
}

fn wait(text: &str) -> Result<Duration, String> {
    let seconds = duration::parse(text).map_err(|error| error.to_string())?;
    u64::try_from(seconds)
        .ok()
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs)
        .ok_or_else(|| "waiting takes at least a second".to_owned())
}

/// The file in which a person shows what the server has, in the commands that are told.
const SHOWN: &str = "live.pem";

/// As the option says.
const USUAL_WAIT: Duration = Duration::from_secs(600);

/// Where the tools of Temporal Cloud have their keys.
const KEY_VARIABLES: [&str; 2] = ["TEMPORAL_CLOUD_API_KEY", "TEMPORAL_API_KEY"];
