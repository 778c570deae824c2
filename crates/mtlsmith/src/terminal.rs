//! What a terminal and its machine can be asked: a line that nobody sees being typed, and the machine's name.

#[cfg(unix)]
pub(crate) use unix::host;
#[cfg(unix)]
pub(crate) use unix::secret;

/// There is no terminal here that could hide what is typed.
#[cfg(not(unix))]
pub(crate) fn secret(_: &str) -> std::io::Result<zeroize::Zeroizing<Vec<u8>>> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// What this machine is called.
#[cfg(not(unix))]
pub(crate) fn host() -> String {
    "this machine".to_owned()
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io;
    use std::io::Read;
    use std::io::Write;

    use rustix::termios::LocalModes;
    use rustix::termios::OptionalActions;
    use rustix::termios::SpecialCodeIndex;
    use rustix::termios::tcgetattr;
    use rustix::termios::tcsetattr;
    use zeroize::Zeroizing;

    /// Asks the terminal of this process, whatever standard input and output are.
    pub(crate) fn secret(question: &str) -> io::Result<Zeroizing<Vec<u8>>> {
        let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
        let before = tcgetattr(&terminal)?;
        let mut hidden = before.clone();
        // Ctrl-C comes as a letter, so that the terminal never stays mute, and it ends the line, so that nobody has to press Enter too.
        hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        hidden.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
        tcsetattr(&terminal, OptionalActions::Flush, &hidden)?;
        let answer = write!(terminal, "{question}: ").and_then(|()| line(&mut terminal));
        tcsetattr(&terminal, OptionalActions::Flush, &before)?;
        writeln!(terminal)?;
        answer
    }

    /// One line, without its end, in memory that is wiped and never moved.
    fn line(terminal: &mut File) -> io::Result<Zeroizing<Vec<u8>>> {
        let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
        let mut byte = Zeroizing::new([0]);
        while line.len() < LONGEST {
            let read = terminal.read(&mut *byte)?;
            let [letter] = *byte;
            match (read, letter) {
                (0, _) | (_, b'\n' | b'\r') => return Ok(line),
                (_, INTERRUPT) => return Err(io::ErrorKind::Interrupted.into()),
                (_, other) => line.push(other),
            }
        }
        Err(io::ErrorKind::InvalidInput.into())
    }

    pub(crate) fn host() -> String {
        rustix::system::uname().nodename().to_string_lossy().into_owned()
    }

    /// Ctrl-C as a letter.
    const INTERRUPT: u8 = 3;

    /// Terminals hand over lines of at most 4,095 bytes.
    const LONGEST: usize = 4_096;
}
