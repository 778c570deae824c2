//! OpenSSL's libcrypto, asked in one process about many chains (`testdata/openssl/verify.c`).

use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use crate::Judged;
use crate::corpus::Pair;

/// The built program. Its folder goes when it does.
pub(crate) struct Libcrypto {
    folder: PathBuf,
}

/// What libcrypto says about one pair: at both security levels, with the trusted certificates in both orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Chains must end in a self-signed certificate.
    pub(crate) whole: [i32; 4],
    /// Chains may end in any certificate that is trusted.
    pub(crate) partial: [i32; 4],
}

impl Libcrypto {
    /// `None`, and a line in the log, when there is no C compiler or no libcrypto 3 to build with.
    pub(crate) fn build() -> Option<Self> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/openssl/verify.c");
        let folder = std::env::temp_dir().join(format!("mtlsmith-libcrypto-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let program = folder.join("verify");
        let built = Command::new("gcc").args(["-O1", "-o"]).arg(program).arg(source).arg("-lcrypto").output();
        let why = match built {
            Ok(output) if output.status.success() => return Some(Libcrypto { folder }),
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => error.to_string(),
        };
        mtlsmith_testkit::not_tested(&format!(
            "no chain was compared with libcrypto, because `gcc ... -lcrypto` gives: {}",
            why.trim()
        ));
        let _ = fs::remove_dir_all(folder);
        None
    }

    pub(crate) fn answers(&self, pairs: &[(Pair, Judged)]) -> Vec<Answer> {
        let mut child = Command::new(self.folder.join("verify"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            scope.spawn(move || {
                for (pair, _) in pairs {
                    input.write_all(&question(pair)).unwrap();
                }
            });
            child.wait_with_output().unwrap()
        });
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        let answers: Vec<Answer> = text.lines().map(read).collect();
        assert_eq!(answers.len(), pairs.len());
        answers
    }
}

impl Drop for Libcrypto {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn question(pair: &Pair) -> Vec<u8> {
    let number = |count: usize| u32::try_from(count).unwrap().to_be_bytes();
    let mut bytes = pair.at.to_be_bytes().to_vec();
    bytes.extend(number(pair.trusted.len()));
    bytes.extend(number(pair.presented.len()));
    for der in pair.trusted.iter().chain(&pair.presented) {
        bytes.extend(number(der.len()));
        bytes.extend(der);
    }
    bytes
}

fn read(line: &str) -> Answer {
    let codes: Vec<i32> = line.split(' ').map(|code| code.parse().unwrap()).collect();
    let [a, b, c, d, e, f, g, h] = codes[..] else { panic!("eight numbers, not {line}") };
    Answer { whole: [a, b, e, f], partial: [c, d, g, h] }
}
