//! What the JSON says about a client's file; see [`super::wire`].

use schemars::JsonSchema;
use serde::Serialize;

use super::wire::Verdict;

/// Would the client get in?
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Client")]
pub(super) struct Client {
    /// The answer.
    pub(super) decision: Decision,
    /// The answer in one sentence, for people.
    pub(super) sentence: String,
    /// Until when the client gets in, RFC 3339, UTC: from this second on, not every server admits. Null when it is refused.
    #[schemars(extend("format" = "date-time"))]
    pub(super) until: Option<String>,
    /// The path by which it is verified, the leaf first. Of a leaf that nobody verifies, as far as one got.
    pub(super) path: Vec<Step>,
    /// The filter by which it gets in, from 1; null when it gets in by none.
    pub(super) filter: Option<usize>,
    /// What the kinds of servers make of the chain; empty when the client is admitted, and when what it presents cannot be read.
    pub(super) servers: Vec<Server>,
    /// Of a leaf that passes a filter, the fields of that one; else each field of each filter that differs.
    pub(super) filters: Vec<FilterField>,
    /// What Temporal does not document and the answer about the filters rests on.
    pub(super) undocumented: Vec<&'static str>,
    /// The CA bundle that it was decided against.
    pub(super) bundle: TrustedBundle,
    /// The file with the private key; null when there is none beside the client's file.
    pub(super) key_file: Option<String>,
    /// The file with the certificate filters; null when they were not given.
    pub(super) filters_file: Option<String>,
    /// The Namespace, when it was named.
    pub(super) namespace: Option<String>,
}

/// The answer about a client.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Decision")]
pub(super) enum Decision {
    /// It gets in, wherever it is verified.
    Admitted,
    /// It does not.
    Refused,
    /// It depends on the server.
    Contested,
}

/// A certificate on a path.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Step")]
pub(super) struct Step {
    /// Where it stands.
    pub(super) place: Place,
    /// Its subject's name; null when it cannot be read.
    pub(super) subject: Option<String>,
    /// SHA-256 over the DER.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub(super) sha256: Option<String>,
    /// Its own last second, RFC 3339, UTC.
    #[schemars(extend("format" = "date-time"))]
    pub(super) not_after: Option<String>,
}

/// Where a certificate of a path stands.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Place")]
pub(super) struct Place {
    /// The client's file, or the Namespace's bundle.
    pub(super) origin: Origin,
    /// The file as the user calls it.
    pub(super) file: String,
    /// The number of the certificate there, from 1.
    pub(super) number: usize,
}

/// Where a certificate comes from.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Origin")]
pub(super) enum Origin {
    /// The client presents it.
    Client,
    /// It is in the Namespace's bundle.
    Bundle,
}

/// A kind of server, and what it makes of the chain.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Server")]
pub(super) struct Server {
    /// Whose code verifies.
    pub(super) family: Family,
    /// What it trusts of the bundle.
    pub(super) anchors: Anchors,
    /// What it makes of the chain.
    pub(super) view: View,
    /// Why it refuses, where it does.
    pub(super) fault: Option<Fault>,
}

/// Whose code verifies certificates.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Family")]
pub(super) enum Family {
    /// Go's standard library.
    Go,
    /// OpenSSL and BoringSSL.
    Openssl,
}

/// What a server trusts of a bundle.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Anchors")]
pub(super) enum Anchors {
    /// Its roots alone.
    Roots,
    /// Every certificate of it.
    EveryMember,
}

/// What a server makes of a chain.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "View")]
pub(super) enum View {
    /// It verifies.
    Admits,
    /// It does not.
    Refuses,
    /// It depends on the release, or on the order of the certificates.
    Varies,
}

/// Why a server refuses.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Fault")]
pub(super) struct Fault {
    /// A word for it, such as `issuer-missing`; more may come.
    pub(super) kind: &'static str,
    /// What is wrong, said of the certificate.
    pub(super) words: String,
    /// The certificate that it is wrong with.
    pub(super) at: Place,
}

/// A field of a filter beside what the leaf has for it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FilterField")]
pub(super) struct FilterField {
    /// The filter, from 1.
    pub(super) filter: usize,
    /// The line of the file on which it begins.
    pub(super) line: Option<usize>,
    /// As tcld names it.
    pub(super) field: &'static str,
    /// What the filter asks for.
    pub(super) wanted: String,
    /// What the leaf has; empty when it lacks the field.
    pub(super) found: Vec<String>,
    /// Whether that is enough.
    pub(super) met: bool,
}

/// The CA bundle that a client was judged against.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TrustedBundle")]
pub(super) struct TrustedBundle {
    /// The file as the user calls it.
    pub(super) name: String,
    /// How many certificates it has.
    pub(super) certificates: usize,
    /// What would become of it on upload.
    pub(super) verdict: Verdict,
}
