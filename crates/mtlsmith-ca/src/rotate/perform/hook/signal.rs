//! Tells a process by a signal, after a look whether it is alive and the right one.

use std::fmt;
use std::fs;
use std::str::FromStr;

use rustix::process::Pid;
use rustix::process::Signal;

use super::SignalHook;

/// The signals by which programs are told to read their files again, or to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookSignal {
    /// SIGHUP: most programs read their files again.
    Hangup,
    /// SIGUSR1.
    User1,
    /// SIGUSR2.
    User2,
    /// SIGTERM: whoever watches the process starts it anew.
    Terminate,
    /// SIGINT.
    Interrupt,
    /// SIGQUIT: nginx ends after the work at hand.
    Quit,
    /// SIGWINCH.
    WindowChange,
}

impl HookSignal {
    /// Every signal with its name.
    pub const ALL: [(&'static str, HookSignal); 7] = [
        ("HUP", HookSignal::Hangup),
        ("USR1", HookSignal::User1),
        ("USR2", HookSignal::User2),
        ("TERM", HookSignal::Terminate),
        ("INT", HookSignal::Interrupt),
        ("QUIT", HookSignal::Quit),
        ("WINCH", HookSignal::WindowChange),
    ];

    const fn of_system(self) -> Signal {
        match self {
            HookSignal::Hangup => Signal::HUP,
            HookSignal::User1 => Signal::USR1,
            HookSignal::User2 => Signal::USR2,
            HookSignal::Terminate => Signal::TERM,
            HookSignal::Interrupt => Signal::INT,
            HookSignal::Quit => Signal::QUIT,
            HookSignal::WindowChange => Signal::WINCH,
        }
    }
}

impl FromStr for HookSignal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let short = text.strip_prefix("SIG").unwrap_or(text);
        let found = HookSignal::ALL.iter().find(|(name, _)| *name == short);
        found.map(|(_, signal)| *signal).ok_or_else(|| {
            let all: Vec<&str> = HookSignal::ALL.iter().map(|(name, _)| *name).collect();
            format!("the signal is one of {}", all.join(", "))
        })
    }
}

impl fmt::Display for HookSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = HookSignal::ALL.iter().find(|(_, signal)| signal == self).map(|(name, _)| *name);
        write!(f, "SIG{}", name.unwrap_or_default())
    }
}

pub(super) fn send(hook: &SignalHook) -> Result<(), String> {
    let text =
        fs::read_to_string(&hook.pid_file).map_err(|error| format!("its file cannot be read: {error}"))?;
    let number = text.trim().parse::<i32>().ok().filter(|number| *number > 0);
    let pid = number.and_then(Pid::from_raw).ok_or("its file holds no number of a process")?;
    deliver(pid, hook)
}

/// The process is held on to by a descriptor while its name is read, so that its number cannot pass to another one in between.
#[cfg(target_os = "linux")]
fn deliver(pid: Pid, hook: &SignalHook) -> Result<(), String> {
    use rustix::process::PidfdFlags;

    let number = pid.as_raw_nonzero();
    let gone = |error: rustix::io::Errno| match error {
        rustix::io::Errno::SRCH => format!("there is no process {number}"),
        other => format!("process {number} cannot be told: {other}"),
    };
    let process = rustix::process::pidfd_open(pid, PidfdFlags::empty()).map_err(gone)?;
    if let Some(wanted) = &hook.process {
        let found = fs::read_to_string(format!("/proc/{number}/comm"))
            .map_err(|error| format!("the name of process {number} cannot be read: {error}"))?;
        let found = found.trim_end();
        // The system cuts names after 15 bytes.
        let cut = wanted.get(..NAME.min(wanted.len())).unwrap_or(wanted);
        if found != cut {
            return Err(format!("process {number} is called {found:?}, not {cut:?}: it was told nothing"));
        }
    }
    rustix::process::pidfd_send_signal(&process, hook.signal.of_system()).map_err(gone)
}

/// Where there are no such descriptors, names are not looked at.
#[cfg(not(target_os = "linux"))]
fn deliver(pid: Pid, hook: &SignalHook) -> Result<(), String> {
    if hook.process.is_some() {
        return Err("the name of a process can be checked on Linux alone; leave it out".to_owned());
    }
    rustix::process::kill_process(pid, hook.signal.of_system())
        .map_err(|error| format!("process {} cannot be told: {error}", pid.as_raw_nonzero()))
}

/// TASK_COMM_LEN without its end.
#[cfg(target_os = "linux")]
const NAME: usize = 15;

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::process::Command;

    use super::*;

    fn hook(directory: &tempfile::TempDir, pid: &str, process: Option<&str>) -> SignalHook {
        let pid_file = directory.path().join("pid");
        fs::write(&pid_file, pid).unwrap();
        SignalHook { signal: HookSignal::Terminate, pid_file, process: process.map(str::to_owned) }
    }

    #[test]
    fn only_a_living_process_of_the_right_name_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new("sleep").arg("600").spawn().unwrap();
        let pid = child.id().to_string();
        // Until the child has become `sleep`, it bears the name of this program.
        let name = format!("/proc/{pid}/comm");
        while fs::read_to_string(&name).unwrap().trim_end() != "sleep" {
            std::thread::yield_now();
        }
        let refused = send(&hook(&directory, &pid, Some("worker"))).unwrap_err();
        assert!(refused.contains("told nothing"), "{refused}");
        assert!(child.try_wait().unwrap().is_none());
        send(&hook(&directory, &format!("{pid}\n"), Some("sleep"))).unwrap();
        child.wait().unwrap();
        let gone = send(&hook(&directory, &pid, None)).unwrap_err();
        assert!(gone.contains("no process"), "{gone}");
    }

    #[test]
    fn what_is_no_number_of_a_process_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        for text in ["", "0", "-1", "x", "99999999999999", "1 2"] {
            assert!(send(&hook(&directory, text, None)).is_err(), "{text:?}");
        }
    }

    #[test]
    fn signals_are_read_with_and_without_their_prefix() {
        for (name, signal) in HookSignal::ALL {
            assert_eq!(name.parse(), Ok(signal));
            assert_eq!(signal.to_string().parse(), Ok(signal));
        }
        assert!("KILL".parse::<HookSignal>().unwrap_err().contains("HUP"));
    }
}
