//! What is to happen after a rotation, as the command line says it.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use mtlsmith_ca::rotate::perform::ExecuteHook;
use mtlsmith_ca::rotate::perform::FilesHook;
use mtlsmith_ca::rotate::perform::Hook;
use mtlsmith_ca::rotate::perform::HookSignal;
use mtlsmith_ca::rotate::perform::SecretHook;
use mtlsmith_ca::rotate::perform::SignalHook;

use crate::duration;

/// Hooks: files first, then programs, then signals.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = AFTERWARDS)]
pub(crate) struct HookArguments {
    /// Write the certificate to FILE, replacing what is there
    #[arg(long, value_name = "FILE", requires = "write_key")]
    write_cert: Option<PathBuf>,
    /// Write the key to FILE, replacing what is there
    #[arg(long, value_name = "FILE", requires = "write_cert")]
    write_key: Option<PathBuf>,
    /// Write the manifest of a Kubernetes Secret to FILE
    #[arg(long, value_name = "FILE", requires = "secret_name")]
    secret_file: Option<PathBuf>,
    /// What that Secret is called
    #[arg(long, value_name = "NAME", requires = "secret_file")]
    secret_name: Option<String>,
    /// Its Kubernetes namespace
    #[arg(long, value_name = "NAME", requires = "secret_file")]
    secret_namespace: Option<String>,
    /// Run PROGRAM, without a shell; MTLSMITH_CERTIFICATE and others are in its environment
    #[arg(long, value_name = "PROGRAM")]
    exec: Option<String>,
    /// An argument for that program, as it is; may come several times
    #[arg(long = "exec-argument", value_name = "ARGUMENT", allow_hyphen_values = true, requires = "exec")]
    exec_arguments: Vec<String>,
    /// How long that program may take
    #[arg(long, value_name = "TIME", value_parser = seconds, default_value = "60s", requires = "exec")]
    exec_time_limit: u64,
    /// Send a signal, such as HUP, to the process of --pid-file
    #[arg(long, value_name = "SIGNAL", requires = "pid_file")]
    signal: Option<HookSignal>,
    /// The file with the number of that process
    #[arg(long, value_name = "FILE", requires = "signal")]
    pid_file: Option<PathBuf>,
    /// What that process must be called
    #[arg(long, value_name = "NAME", requires = "signal")]
    process: Option<String>,
}

impl HookArguments {
    /// In the order in which they run.
    pub(crate) fn hooks(&self) -> Vec<Hook> {
        let mut hooks = Vec::new();
        if let (Some(certificate), Some(key)) = (self.write_cert.clone(), self.write_key.clone()) {
            hooks.push(Hook::Files(FilesHook { certificate, key, group: None }));
        }
        if let (Some(file), Some(name)) = (self.secret_file.clone(), self.secret_name.clone()) {
            let namespace = self.secret_namespace.clone();
            hooks.push(Hook::Secret(SecretHook { file, name, namespace }));
        }
        if let Some(program) = &self.exec {
            let arguments = std::iter::once(program).chain(&self.exec_arguments).cloned().collect();
            let time_limit = Duration::from_secs(self.exec_time_limit);
            hooks.push(Hook::Execute(ExecuteHook { arguments, time_limit }));
        }
        if let (Some(signal), Some(pid_file)) = (self.signal, self.pid_file.clone()) {
            hooks.push(Hook::Signal(SignalHook { signal, pid_file, process: self.process.clone() }));
        }
        hooks
    }

    /// Do files belong to one certificate alone?
    pub(crate) fn writes_files(&self) -> bool {
        self.write_cert.is_some() || self.secret_file.is_some()
    }
}

/// What the help calls them.
pub(crate) const AFTERWARDS: &str = "What happens afterwards; tried again by the next run until it succeeds";

/// Reads a length of time of at least a second.
pub(crate) fn seconds(text: &str) -> Result<u64, String> {
    let seconds = duration::parse(text).map_err(|error| error.to_string())?;
    u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).ok_or_else(|| "it is at least 1s".to_owned())
}
