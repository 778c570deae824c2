//! What an error text of TLS means: the fragments that SDKs, gRPC, TLS libraries, tcld and Temporal Cloud write, and what stands
//! behind each.
//!
//! A pasted text may be a whole log. Every fragment that is known is found, the most telling one first. Of a text in which nothing is
//! known nothing is said: no answer is a guess.
//!
//! ```
//! use mtlsmith_validate::error_text::explain;
//!
//! let answer = explain("last error: remote error: tls: unknown certificate authority");
//! assert_eq!(answer.matches[0].meaning.name, "server-does-not-know-the-ca");
//! assert!(explain("all is well").matches.is_empty());
//! ```

mod client;
mod files;
mod server;
mod transport;

use crate::rule::Cite;

/// What one error text means.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Meaning {
    /// Its name, such as `server-does-not-know-the-ca`.
    pub name: &'static str,
    /// How much it tells.
    pub weight: Weight,
    /// Who says it, about whom.
    pub speaker: Speaker,
    /// What it means, in a sentence or two.
    pub says: &'static str,
    /// What is behind it, the likeliest first.
    pub causes: &'static [&'static str],
    /// What to run next.
    pub next: &'static [&'static str],
    /// Where it stands.
    pub cites: &'static [Cite],
    /// The texts by which it is known. Each is a list of fragments that stand on one line in this order, without regard to case.
    pub(crate) texts: &'static [&'static [&'static str]],
}

/// How much a text tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// It names one cause.
    Precise,
    /// It names a side and a field.
    Narrow,
    /// It has many causes; a more precise text beside it explains more.
    Vague,
}

/// Who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Speaker {
    /// Temporal Cloud's server, about the client.
    Server,
    /// The client, about the server's certificate.
    Client,
    /// The client, about its own files and settings.
    ClientItself,
    /// The network between the two.
    Network,
    /// Temporal Cloud's control plane, or a tool that talks to it, about a change.
    ControlPlane,
}

/// What was found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The meanings, the most telling first, then in the order of the text.
    pub matches: Vec<Match>,
    /// Was the text longer than what is read?
    pub is_cut: bool,
}

/// One known text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// What it means.
    pub meaning: &'static Meaning,
    /// The line on which it stands, counted from 1.
    pub line: usize,
    /// The fragment by which it was known, as it is listed and not as it was pasted: what stands around it may be a secret.
    pub fragment: &'static str,
}

/// Every meaning, in groups.
pub fn meanings() -> impl Iterator<Item = &'static Meaning> {
    [server::MEANINGS, client::MEANINGS, files::MEANINGS, transport::MEANINGS].into_iter().flatten()
}

/// Finds what is known in a text.
pub fn explain(text: &str) -> Answer {
    let mut end = text.len().min(LONGEST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let read = text.get(..end).unwrap_or_default();
    let texts = texts();
    let mut matches: Vec<Match> = Vec::new();
    for (index, line) in read.lines().enumerate() {
        // What JSON and shells escape counts as it was meant.
        let line = line.to_ascii_lowercase().replace("\\\"", "\"").replace("\\'", "'");
        let found = texts.iter().filter(|text| stand_in(&line, &text.fragments));
        let found: Vec<&Text> = found.collect();
        // `unknown certificate` is a part of `unknown certificate authority`, and says something else.
        let is_part = |text: &Text| {
            found.iter().any(|other| {
                !std::ptr::eq(other.meaning, text.meaning)
                    && other.first().len() > text.first().len()
                    && other.first().contains(text.first())
            })
        };
        for text in found.iter().filter(|text| !is_part(text)) {
            if !matches.iter().any(|known| std::ptr::eq(known.meaning, text.meaning)) {
                matches.push(Match { meaning: text.meaning, line: index + 1, fragment: text.written });
            }
        }
    }
    matches.sort_by_key(|found| (found.meaning.weight, found.line));
    Answer { matches, is_cut: end < text.len() }
}

/// A text by which a meaning is known, ready to be compared.
struct Text {
    meaning: &'static Meaning,
    written: &'static str,
    /// In lower case.
    fragments: Vec<String>,
}

impl Text {
    fn first(&self) -> &str {
        self.fragments.first().map(String::as_str).unwrap_or_default()
    }
}

fn texts() -> Vec<Text> {
    let of = |meaning: &'static Meaning| {
        meaning.texts.iter().map(move |text| Text {
            meaning,
            // Of several fragments the longest says the most.
            written: text.iter().rev().max_by_key(|fragment| fragment.len()).copied().unwrap_or_default(),
            fragments: text.iter().map(|fragment| fragment.to_ascii_lowercase()).collect(),
        })
    };
    meanings().flat_map(of).collect()
}

/// Do the fragments stand in the line one behind the other?
fn stand_in(line: &str, fragments: &[String]) -> bool {
    let mut rest = line;
    fragments.iter().all(|fragment| {
        let found = rest.match_indices(fragment.as_str()).find(|(at, _)| is_whole(rest, *at, fragment));
        let Some((at, _)) = found else { return false };
        rest = rest.get(at + fragment.len()..).unwrap_or_default();
        true
    })
}

/// Does the fragment neither begin nor end within a word?
fn is_whole(line: &str, at: usize, fragment: &str) -> bool {
    let is_of_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let before = line.get(..at).and_then(|front| front.chars().next_back());
    let behind = line.get(at + fragment.len()..).and_then(|back| back.chars().next());
    let opens = fragment.starts_with(is_of_word) && before.is_some_and(is_of_word);
    let closes = fragment.ends_with(is_of_word) && behind.is_some_and(is_of_word);
    !opens && !closes
}

impl Speaker {
    /// Who says it, in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Speaker::Server => "the server, about your client certificate",
            Speaker::Client => "your client, about the server's certificate",
            Speaker::ClientItself => "your client, about its own files and settings",
            Speaker::Network => "the network between client and server",
            Speaker::ControlPlane => "Temporal Cloud's control plane or its tools, about a change",
        }
    }

    /// One word for machines.
    pub const fn id(self) -> &'static str {
        match self {
            Speaker::Server => "server",
            Speaker::Client => "client",
            Speaker::ClientItself => "client-itself",
            Speaker::Network => "network",
            Speaker::ControlPlane => "control-plane",
        }
    }
}

impl Weight {
    /// `precise`, `narrow` or `vague`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Weight::Precise => "precise",
            Weight::Narrow => "narrow",
            Weight::Vague => "vague",
        }
    }
}

/// Temporal's own advice on connections to Temporal Cloud.
const TROUBLESHOOTING: Cite = Cite {
    document: "Temporal: dev-success",
    place: "Troubleshooting connection issues to Temporal Cloud",
    url: "https://github.com/temporalio/dev-success",
};

/// Temporal's page on the last connection error.
const LAST_CONNECTION_ERROR: Cite = Cite {
    document: "Temporal: Troubleshooting",
    place: "last connection error",
    url: "https://docs.temporal.io/troubleshooting/last-connection-error",
};

/// Temporal's page on connectivity.
const CONNECTIVITY: Cite = Cite {
    document: "Temporal Cloud: Connectivity",
    place: "Update DNS or clients to use private connectivity",
    url: "https://docs.temporal.io/cloud/connectivity",
};

/// The alerts of TLS 1.3.
const ALERTS: Cite = Cite {
    document: "RFC 8446",
    place: "section 6.2, Error Alerts",
    url: "https://www.rfc-editor.org/rfc/rfc8446#section-6.2",
};

/// Where Go writes its texts about TLS.
const GO_TLS: Cite =
    Cite { document: "Go standard library", place: "crypto/tls", url: "https://pkg.go.dev/crypto/tls" };

/// Where Go writes its texts about certificates.
const GO_X509: Cite =
    Cite { document: "Go standard library", place: "crypto/x509", url: "https://pkg.go.dev/crypto/x509" };

/// Where rustls names its errors.
const RUSTLS: Cite = Cite {
    document: "rustls",
    place: "enum Error",
    url: "https://docs.rs/rustls/latest/rustls/enum.Error.html",
};

/// Where OpenSSL names the results of verification.
const OPENSSL: Cite = Cite {
    document: "OpenSSL",
    place: "X509_STORE_CTX_get_error",
    url: "https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/",
};

/// Judges the certificate against the bundle.
const CHECK_CERTIFICATE: &str = "mtlsmith cert check worker.pem worker.key --bundle ca.pem";

/// Judges it with the filters.
const CHECK_FILTERS: &str = "mtlsmith filter match filters.json worker.pem";

/// Judges the bundle.
const CHECK_BUNDLE: &str = "mtlsmith bundle check ca.pem";

/// Judges the settings.
const CHECK_CONFIGURATION: &str = "mtlsmith config check temporal.toml --env";

/// As much of a text is read.
pub const LONGEST_TEXT: usize = 1024 * 1024;

#[cfg(test)]
mod tests;
