//! Signing by another program, for keys in a cloud's key service or behind a smart card's own tool.
//!
//! The protocol: the program is started once per signature, without a shell, with exactly the arguments given. It gets the bytes to
//! be signed, or their digest, on standard input and nothing else; the environment variables `MTLSMITH_SIGNATURE_ALGORITHM`
//! (`ecdsa-with-SHA256`, `ecdsa-with-SHA384`, `ecdsa-with-SHA512` or `sha256WithRSAEncryption`) and `MTLSMITH_SIGNATURE_INPUT`
//! (`message` or `digest`) say what is wanted. It writes the bare signature to standard output (DER for ECDSA) and exits with 0.
//! `openssl dgst -sha256 -sign KEY` is such a program for messages, `openssl pkeyutl -sign -inkey KEY` for digests of ECDSA.

use std::io::Read;
use std::io::Write;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use aws_lc_rs::digest;

use crate::mint::MintError;
use crate::mint::key::PublicKey;

use super::Signer;

/// A program that signs.
#[derive(Debug, Clone)]
pub struct CommandSigner {
    program: String,
    arguments: Vec<String>,
    input: CommandInput,
    time_limit: Duration,
    public_key: PublicKey,
}

/// What the program gets on standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandInput {
    /// All bytes to be signed.
    Message,
    /// Their digest, of the hash that goes with the key.
    Digest,
}

impl CommandSigner {
    /// A program and its arguments, what it is given, how long it may take, and the public half of the key that it signs with.
    pub fn new(
        program: impl Into<String>,
        arguments: Vec<String>,
        input: CommandInput,
        time_limit: Duration,
        public_key: PublicKey,
    ) -> Self {
        CommandSigner { program: program.into(), arguments, input, time_limit, public_key }
    }

    fn failed(&self, problem: impl Into<String>) -> MintError {
        MintError::SigningFailed {
            signer: format!("the program \"{}\"", defused(self.program.as_bytes())),
            problem: problem.into(),
        }
    }

    fn spawn(&self) -> Result<Child, MintError> {
        let input = match self.input {
            CommandInput::Message => "message",
            CommandInput::Digest => "digest",
        };
        Command::new(&self.program)
            .args(&self.arguments)
            .env("MTLSMITH_SIGNATURE_ALGORITHM", self.public_key.algorithm().signature())
            .env("MTLSMITH_SIGNATURE_INPUT", input)
            .env_remove("MTLSMITH_PASSPHRASE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                self.failed(format!("it could not be started: {error}; give the path of a program"))
            })
    }

    fn run(&self, mut child: Child, input: Vec<u8>) -> Result<Vec<u8>, MintError> {
        if let Some(mut pipe) = child.stdin.take() {
            // A program may sign without reading; what it answers decides.
            thread::spawn(move || drop(pipe.write_all(&input)));
        }
        let output = child.stdout.take().map(|pipe| collect(pipe, SIGNATURE_BYTES + 1));
        let messages = child.stderr.take().map(|pipe| collect(pipe, MESSAGE_BYTES));
        let status = self.wait(&mut child)?;
        let said = |receiver: Option<mpsc::Receiver<Vec<u8>>>| {
            receiver.and_then(|receiver| receiver.recv_timeout(PIPE_PATIENCE).ok()).unwrap_or_default()
        };
        if !status.success() {
            let message = defused(&said(messages));
            let message = if message.is_empty() { "nothing on standard error".to_owned() } else { message };
            return Err(self.failed(format!("it ended with {status} and said: {message}")));
        }
        let signature = said(output);
        match signature.len() {
            0 => Err(self.failed("it wrote nothing to standard output; it should write the bare signature")),
            length if length > SIGNATURE_BYTES => Err(self.failed(format!(
                "it wrote more than {SIGNATURE_BYTES} bytes; it should write the bare signature"
            ))),
            _ => Ok(signature),
        }
    }

    /// Waits for the end, and ends the program when it takes too long.
    fn wait(&self, child: &mut Child) -> Result<ExitStatus, MintError> {
        let mut waited = Duration::ZERO;
        let mut pause = Duration::from_millis(1);
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) if waited < self.time_limit => {}
                Ok(None) => {
                    let _ = child.kill(); // it may have ended by itself in the meantime
                    let _ = child.wait();
                    let limit = self.time_limit.as_secs_f32();
                    return Err(self.failed(format!(
                        "it took longer than {limit} seconds and was ended; raise the limit"
                    )));
                }
                Err(error) => return Err(self.failed(format!("it could not be waited for: {error}"))),
            }
            thread::sleep(pause);
            waited += pause;
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }
}

impl Signer for CommandSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign(&self, to_be_signed: &[u8]) -> Result<Vec<u8>, MintError> {
        let input = match self.input {
            CommandInput::Message => to_be_signed.to_vec(),
            CommandInput::Digest => {
                digest::digest(self.public_key.algorithm().digest(), to_be_signed).as_ref().to_vec()
            }
        };
        self.run(self.spawn()?, input)
    }
}

/// Reads a pipe to its end in a thread of its own, keeping the first `most` bytes, so that the program never blocks on a full pipe.
fn collect(mut pipe: impl Read + Send + 'static, most: usize) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        let limit = u64::try_from(most).unwrap_or(u64::MAX);
        let _ = pipe.by_ref().take(limit).read_to_end(&mut kept); // what was read until an error counts
        let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        let _ = sender.send(kept);
    });
    receiver
}

/// Text of a program as it may be shown: one line, without control characters and without those that turn the direction of writing.
fn defused(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let harmless = |letter: char| match letter {
        '\n' | '\r' | '\t' => ' ',
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
            '\u{fffd}'
        }
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    };
    text.trim().chars().map(harmless).collect()
}

/// The longest signature of an accepted key is that of RSA 8192, 1,024 bytes.
const SIGNATURE_BYTES: usize = 1_024;

/// As much of a program's standard error as is repeated.
const MESSAGE_BYTES: usize = 2_000;

/// How long the pipes of a program that has ended may stay open, as they do when it leaves another one behind.
const PIPE_PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::mint::key::KeyKind;
    use crate::mint::key::PrivateKey;

    fn shell(script: &str, input: CommandInput, limit: Duration) -> CommandSigner {
        let key = PrivateKey::generate(KeyKind::P384).unwrap();
        let arguments = vec!["-c".to_owned(), script.to_owned()];
        CommandSigner::new("/bin/sh", arguments, input, limit, key.public_key().clone())
    }

    fn answer(script: &str) -> Result<Vec<u8>, String> {
        let signer = shell(script, CommandInput::Message, Duration::from_secs(60));
        signer.sign(b"bytes").map_err(|error| error.to_string())
    }

    #[test]
    fn what_the_program_writes_is_the_signature() {
        assert_eq!(answer("cat"), Ok(b"bytes".to_vec()));
        assert_eq!(
            answer("printf %s:%s $MTLSMITH_SIGNATURE_ALGORITHM $MTLSMITH_SIGNATURE_INPUT"),
            Ok(b"ecdsa-with-SHA384:message".to_vec())
        );
    }

    #[test]
    fn digests_are_those_of_the_hash_that_fits_the_curve() {
        let signer = shell("cat", CommandInput::Digest, Duration::from_secs(60));
        assert_eq!(signer.sign(b"bytes").unwrap(), digest::digest(&digest::SHA384, b"bytes").as_ref());
    }

    #[test]
    fn failure_is_told_with_what_the_program_said_defused() {
        let told = answer("printf 'no\\033[31m key\\nhere' >&2; exit 3").unwrap_err();
        assert!(told.contains("said: no\u{fffd}[31m key here"), "{told}");
        assert!(told.contains("exit status: 3"), "{told}");
        let told = answer("exit 1").unwrap_err();
        assert!(told.contains("nothing on standard error"), "{told}");
    }

    #[test]
    fn too_little_and_too_much_are_no_signature() {
        assert!(answer("true").unwrap_err().contains("nothing to standard output"));
        assert!(answer("head -c 1024 /dev/zero").is_ok());
        assert!(answer("head -c 1025 /dev/zero").unwrap_err().contains("more than 1024 bytes"));
        assert!(answer("head -c 5000000 /dev/zero").unwrap_err().contains("more than 1024 bytes"));
    }

    #[test]
    fn a_program_that_never_ends_is_ended() {
        let signer = shell("exec sleep 600", CommandInput::Message, Duration::from_millis(50));
        let told = signer.sign(b"bytes").unwrap_err().to_string();
        assert!(told.contains("it took longer than 0.05 seconds and was ended"), "{told}");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let key = PrivateKey::generate(KeyKind::P256).unwrap();
        let limit = Duration::from_secs(1);
        let signer = CommandSigner::new(
            "/nowhere/signer",
            vec![],
            CommandInput::Message,
            limit,
            key.public_key().clone(),
        );
        assert!(signer.sign(b"").unwrap_err().to_string().contains("/nowhere/signer"));
    }
}
