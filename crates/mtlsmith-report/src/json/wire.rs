//! What the JSON looks like. These types are the contract with whoever reads it; the model behind them may change without them.
//! A field may be added under the same schema number, in any place; a field that changes its meaning or goes away raises it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

pub(super) use super::wire_client::Client;

/// Everything that one run of mtlsmith checked.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "mtlsmith report")]
pub(super) struct Output {
    /// The version of this format. New fields may appear under the same number, so a reader passes over those it does not know.
    #[schemars(extend("const" = 1))]
    pub(super) schema: u32,
    /// Who wrote it.
    pub(super) tool: Tool,
    /// One for each input, in the order of the command line.
    pub(super) documents: Vec<Document>,
}

/// A program and its version.
#[derive(Serialize, JsonSchema)]
pub(super) struct Tool {
    /// Always `mtlsmith`.
    pub(super) name: &'static str,
    /// Semantic version.
    pub(super) version: &'static str,
}

/// What was found in one input.
#[derive(Serialize, JsonSchema)]
pub(super) struct Document {
    /// The input as the user calls it: a path, or `<stdin>`.
    pub(super) name: String,
    /// What would become of the bundle; of a client's file: accepted when it is admitted, accepted-but-unusable when contested.
    pub(super) verdict: Verdict,
    /// Whether Temporal Cloud takes the bundle at all; a part of the verdict. Null for a client's file, which nobody uploads.
    pub(super) upload: Option<Upload>,
    /// The answer about a client's file; null for a bundle.
    pub(super) client: Option<Client>,
    /// The time for which the bundle was judged, RFC 3339, UTC.
    #[schemars(extend("format" = "date-time"))]
    pub(super) now: String,
    /// The day whose rules were applied.
    #[schemars(extend("format" = "date"))]
    pub(super) ruleset: String,
    /// How many rules ran.
    pub(super) rules_run: usize,
    /// What was said about the certificate filters that go with the bundle.
    pub(super) filters: Filters,
    /// What the input looks like.
    pub(super) form: &'static str,
    /// How many layers of base64 lay around the PEM text.
    pub(super) base64_layers: usize,
    /// Size of the PEM text, base64 around it taken off.
    pub(super) bytes: usize,
    /// Size of the same certificates in the canonical form: nothing else, LF, 64 columns.
    pub(super) canonical_bytes: usize,
    /// Whether the text is already in the canonical form.
    pub(super) canonical: bool,
    /// The last second at which some certificate of the bundle lets clients in, or at which the client's file does; null when none
    /// does.
    #[schemars(extend("format" = "date-time"))]
    pub(super) effective_expiry: Option<String>,
    /// The last second until which clients below every CA certificate of the bundle that reaches a root are let in: what ends first;
    /// null when no CA certificate reaches a root, and for a client's file.
    #[schemars(extend("format" = "date-time"))]
    pub(super) first_effective_expiry: Option<String>,
    /// The certificates in the order of the text.
    pub(super) certificates: Vec<Certificate>,
    /// The findings: by first line, then by code; of a client's file the errors come first, in the order of repair.
    pub(super) findings: Vec<Finding>,
    /// How many findings there are of each severity.
    pub(super) counts: Counts,
    /// What the check cost.
    pub(super) spent: Spent,
}

/// What would become of a bundle.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
    /// Nothing known stands against the upload, and clients below every certificate can connect.
    Accepted,
    /// Nothing known stands against the upload, but clients below some certificate cannot connect.
    AcceptedButUnusable,
    /// Temporal Cloud, or the tool that uploads, refuses the bundle or loses a part of it.
    Refused,
}

/// Whether a bundle is taken.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Upload {
    /// It is.
    Accepted,
    /// It is not.
    Refused,
}

/// What was said about certificate filters.
#[derive(Serialize, JsonSchema)]
pub(super) struct Filters {
    /// Whether anything was said.
    pub(super) stated: bool,
    /// How many there are; null when nothing was said.
    pub(super) count: Option<usize>,
}

/// A certificate of the bundle. What cannot be read is null, and then `problem` says why.
#[derive(Serialize, JsonSchema)]
pub(super) struct Certificate {
    /// Its number in the bundle, from 1.
    pub(super) number: usize,
    /// Where it stands; null for bare DER.
    pub(super) lines: Option<Lines>,
    /// The part it plays.
    pub(super) role: Role,
    /// Whether the certificate can be read.
    pub(super) readable: bool,
    /// Why it cannot be read.
    pub(super) problem: Option<String>,
    /// Whether Go's reader, and with it Temporal's tools, delivers the block at all.
    pub(super) delivered: bool,
    /// The subject's name, most specific attribute first.
    pub(super) subject: Option<String>,
    /// The issuer's name, most specific attribute first.
    pub(super) issuer: Option<String>,
    /// The bytes of the serial number in hexadecimal digits, two's complement.
    #[schemars(regex(pattern = "^([0-9a-f]{2})*$"))]
    pub(super) serial: Option<String>,
    /// The public key, such as `P-384` or `RSA 2048`.
    pub(super) key: Option<String>,
    /// The algorithm with which the issuer signed, such as `ECDSA with SHA-384`.
    pub(super) signature_algorithm: Option<String>,
    /// The first second of validity, RFC 3339, UTC.
    #[schemars(extend("format" = "date-time"))]
    pub(super) not_before: Option<String>,
    /// The last second of validity, RFC 3339, UTC.
    #[schemars(extend("format" = "date-time"))]
    pub(super) not_after: Option<String>,
    /// The last second at which a chain through the certificate works; null when no chain reaches a root.
    #[schemars(extend("format" = "date-time"))]
    pub(super) effective_expiry: Option<String>,
    /// SHA-1 over the DER, as Temporal's tools show it.
    #[schemars(regex(pattern = "^[0-9a-f]{40}$"))]
    pub(super) sha1: Option<String>,
    /// SHA-256 over the DER.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub(super) sha256: Option<String>,
    /// How it hangs on the certificates that bear its issuer's name.
    pub(super) link: Link,
    /// The numbers of its issuers within the bundle; a root lists itself.
    pub(super) issuers: Vec<usize>,
    /// The number of an earlier certificate with the same bytes.
    pub(super) duplicate_of: Option<usize>,
}

/// The part a certificate plays in its bundle.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Role {
    /// Self-issued, and signed with its own key.
    Root,
    /// A CA certificate that is no root.
    Intermediate,
    /// No CA certificate.
    EndEntity,
    /// Cannot be read.
    Unreadable,
}

/// How a certificate hangs on its issuer.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Link {
    /// Signed by the key of `issuers`.
    Signed,
    /// `issuers` bear the issuer's name, and no algorithm at hand can tell whether one of them signed.
    Unchecked,
    /// Certificates of the bundle bear the issuer's name, and none of them signed.
    WrongKey,
    /// No certificate of the bundle bears the issuer's name.
    Missing,
    /// The check had to stop before this certificate.
    NotReached,
}

/// Line numbers, counted from 1, both included.
#[derive(Serialize, JsonSchema)]
pub(super) struct Lines {
    /// The first line.
    pub(super) first: usize,
    /// The last line.
    pub(super) last: usize,
}

/// Something that is wrong, or worth knowing.
#[derive(Serialize, JsonSchema)]
pub(super) struct Finding {
    /// The rule's code, such as `CA-022`; stable.
    pub(super) code: &'static str,
    /// The rule's name, such as `expired`.
    pub(super) name: &'static str,
    /// How bad it is.
    pub(super) severity: Severity,
    /// Who stops it.
    pub(super) effect: Effect,
    /// How well the rule is founded.
    pub(super) evidence: Evidence,
    /// The sentence, made from the facts.
    pub(super) message: String,
    /// What to do.
    pub(super) help: String,
    /// What it is about.
    pub(super) subject: Subject,
    /// What else belongs to it.
    pub(super) related: Vec<Related>,
    /// The values behind the sentence, by name.
    pub(super) facts: BTreeMap<&'static str, Fact>,
}

/// How bad a finding is.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Severity {
    /// Documented or observed to be refused, or certain to break a handshake.
    Error,
    /// Once documented, or known to trip people; nothing breaks today.
    Warning,
    /// Good practice, or worth knowing.
    Notice,
}

/// Who stops what a rule finds.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Effect {
    /// Temporal Cloud, or the tools that upload.
    Upload,
    /// The handshake of clients below the certificate.
    Connect,
    /// Nobody; it matters to the people who run it.
    Operation,
}

/// How well a rule is founded.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Evidence {
    /// Temporal documents it today.
    Documented,
    /// The server's own rejection has been seen in public.
    Observed,
    /// Temporal documented it once, and nothing says that it changed.
    FormerlyDocumented,
    /// It follows from the code of Go's standard library or of the official tools.
    Inferred,
    /// Good practice.
    Recommended,
}

/// What a finding is about.
#[derive(Serialize, JsonSchema)]
pub(super) struct Subject {
    /// The kind of thing.
    pub(super) kind: SubjectKind,
    /// The number of the block, certificate or line, from 1; null for the bundle and for a key.
    pub(super) number: Option<usize>,
    /// The file in which it stands, when that is another one than the document: the key's, or the Namespace's bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<String>,
    /// Where it stands there; null for the bundle, for a key and for bare DER.
    pub(super) lines: Option<Lines>,
}

/// The kind of thing that a finding is about.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SubjectKind {
    /// The bundle, or the client's file, as a whole.
    Bundle,
    /// A PEM block.
    Block,
    /// A certificate.
    Certificate,
    /// A line of the text that belongs to no block.
    Line,
    /// The private key that goes with a client's certificate.
    Key,
    /// A certificate of the Namespace's bundle, when a client's file is judged.
    Trusted,
}

/// Something else that belongs to a finding.
#[derive(Serialize, JsonSchema)]
pub(super) struct Related {
    /// What it is.
    pub(super) subject: Subject,
    /// Why it belongs to it, such as `same name`.
    pub(super) label: &'static str,
}

/// A value behind a finding. The one key says its type, and for a length of time its unit.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Fact {
    /// A count, a size in bytes, a number of bits.
    Number(i64),
    /// A point in time, RFC 3339, UTC.
    Time(#[schemars(extend("format" = "date-time"))] String),
    /// A length of time in seconds.
    Seconds(i64),
    /// Words, names, identifiers.
    Text(String),
}

/// How many findings there are of each severity.
#[derive(Serialize, JsonSchema)]
pub(super) struct Counts {
    /// Errors.
    pub(super) error: usize,
    /// Warnings.
    pub(super) warning: usize,
    /// Notices.
    pub(super) notice: usize,
}

/// What a check cost.
#[derive(Serialize, JsonSchema)]
pub(super) struct Spent {
    /// Signature checks made.
    pub(super) signatures: usize,
    /// Steps of path search made.
    pub(super) steps: usize,
    /// Whether the check asked for more than there was; its findings are then incomplete.
    pub(super) exhausted: bool,
}
