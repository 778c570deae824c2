//! The API key of Temporal Cloud: read from a file or the environment, wiped when it is dropped, shown by nothing.

use std::fmt;
use std::fs::File;
use std::io;
use std::io::Read;
use std::path::PathBuf;

use zeroize::Zeroize;
use zeroize::Zeroizing;

/// An API key. It cannot be copied, printed or compared.
pub struct ApiKey(Zeroizing<String>);

impl ApiKey {
    /// From bytes as a file or a variable holds them; blanks and the line end around them are not part of it.
    ///
    /// # Errors
    /// [`NotAnApiKey`] when nothing is left, or something that no header may hold.
    pub fn from_bytes(mut bytes: Zeroizing<Vec<u8>>) -> Result<Self, NotAnApiKey> {
        let text = bytes.trim_ascii();
        let fits = !text.is_empty() && text.len() <= LONGEST && text.iter().all(u8::is_ascii_graphic);
        let key = fits.then(|| text.to_vec()).and_then(|text| String::from_utf8(text).ok());
        bytes.zeroize();
        key.map(|key| ApiKey(Zeroizing::new(key))).ok_or(NotAnApiKey)
    }

    /// The value of the `authorization` header.
    pub(super) fn bearer(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("Bearer {}", self.0.as_str()))
    }

    /// The text without the key, should a server or a proxy repeat it.
    pub(super) fn masked(&self, text: &str) -> String {
        text.replace(self.0.as_str(), "[API key]")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Where an API key comes from. Never an argument: those can be read by every process of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiKeySource {
    /// A file that holds nothing else.
    File(PathBuf),
    /// A variable of the environment.
    Environment(String),
}

impl ApiKeySource {
    /// Reads the key, each time anew, so that a key that was replaced is found.
    ///
    /// # Errors
    /// When it cannot be read or is none. The error says where from, and nothing of what was read.
    pub fn load(&self) -> io::Result<ApiKey> {
        let bytes = match self {
            ApiKeySource::File(path) => {
                let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST * 2));
                let limit = u64::try_from(LONGEST * 2).unwrap_or(u64::MAX);
                let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
                read.map_err(|error| self.failed(error.kind(), &error.to_string()))?;
                bytes
            }
            ApiKeySource::Environment(name) => {
                let value = std::env::var_os(name)
                    .ok_or_else(|| self.failed(io::ErrorKind::NotFound, "the variable is not set"))?;
                Zeroizing::new(value.into_encoded_bytes())
            }
        };
        ApiKey::from_bytes(bytes).map_err(|error| self.failed(io::ErrorKind::InvalidData, &error.to_string()))
    }

    fn failed(&self, kind: io::ErrorKind, why: &str) -> io::Error {
        io::Error::new(kind, format!("the API key from {self} cannot be used: {why}"))
    }
}

impl fmt::Display for ApiKeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ApiKeySource::File(path) => write!(f, "the file {}", path.display()),
            ApiKeySource::Environment(name) => write!(f, "the variable {name}"),
        }
    }
}

/// The bytes are no API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnApiKey;

impl fmt::Display for NotAnApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an API key is one word of printable ASCII")
    }
}

impl std::error::Error for NotAnApiKey {}

/// Keys are signed tokens of some hundred characters; headers beyond this size are refused on the way.
const LONGEST: usize = 8_192;

#[cfg(test)]
mod tests {
    use super::*;

    fn key(bytes: &[u8]) -> Result<ApiKey, NotAnApiKey> {
        ApiKey::from_bytes(Zeroizing::new(bytes.to_vec()))
    }

    #[test]
    fn a_key_is_one_word_and_shown_by_nothing() {
        let read = key(b" ab.cd_EF\r\n").unwrap();
        assert_eq!(read.bearer().as_str(), "Bearer ab.cd_EF");
        assert_eq!(format!("{read:?}"), "[secret]");
        assert_eq!(read.masked("refused: ab.cd_EF!"), "refused: [API key]!");
        for wrong in [&b""[..], b" \n", b"two words", b"a\nb", b"\xffab", &[b'a'; LONGEST + 1]] {
            assert_eq!(key(wrong).err(), Some(NotAnApiKey));
        }
    }

    #[test]
    fn a_key_comes_from_a_file_and_what_fails_says_nothing_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        std::fs::write(&path, "secret-key\n").unwrap();
        let source = ApiKeySource::File(path.clone());
        assert_eq!(source.load().unwrap().bearer().as_str(), "Bearer secret-key");
        std::fs::write(&path, "secret key\n").unwrap();
        let error = source.load().unwrap_err().to_string();
        assert!(error.contains("one word") && !error.contains("secret key"), "{error}");
        let error = ApiKeySource::Environment("MTLSMITH_NO_SUCH_VARIABLE".to_owned()).load().unwrap_err();
        assert!(error.to_string().contains("MTLSMITH_NO_SUCH_VARIABLE"));
    }
}
