//! What a rule is. One rule is one file under `rules/` and one declaration; text, JSON, SARIF, `rules explain` and `docs/rules.md`
//! all read that declaration, so they cannot disagree.

use std::cell::OnceCell;
use std::cell::RefCell;
use std::fmt;

use crate::admission::ClientContext;
use crate::admission::KeyInput;
use crate::admission::Place;
use crate::budget::Budget;
use crate::bundle::Bundle;
use crate::bundle::Member;
use crate::certificate::Certificate;
use crate::client_configuration::Client;
use crate::client_configuration::ConfigurationContext;
use crate::client_configuration::ConfigurationFindings;
use crate::filters::Field;
use crate::filters::Filter;
use crate::filters::FilterContext;
use crate::filters::FilterFindings;
use crate::filters::Pattern;
use crate::finding::Draft;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::graph::Graph;
use crate::pem::Block;
use crate::profile::Profile;
use crate::public_ca::PublicCa;
use crate::report::CertificateFilters;
use crate::time::Timestamp;

/// One thing that can be wrong, or worth knowing.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// Stable code, such as `CA-022`; never used again once retired.
    pub code: &'static str,
    /// The fault by its name, such as `expired`.
    pub name: &'static str,
    /// How bad it is; a rule has one severity.
    pub severity: Severity,
    /// Who stops it.
    pub effect: Effect,
    /// How well the rule is founded.
    pub evidence: Evidence,
    /// The first day on which the rule applied.
    pub since: Date,
    /// The first day on which it no longer did.
    pub until: Option<Date>,
    /// Where it stands.
    pub cites: &'static [Cite],
    /// Markdown: a summary line, `## Why it matters`, `## How to fix`.
    pub documentation: &'static str,
    /// The sentence about one finding: subject first, with `{fact}` in the places of its facts.
    pub message: &'static str,
    /// What to do about one finding, with `{fact}` in the places of its facts; may be a command.
    pub help: &'static str,
    /// How to find it.
    pub(crate) check: Check,
}

/// Declares a rule in the shape that every file under `rules/` shares: the documentation comment becomes [`Rule::documentation`].
macro_rules! rule {
    ($(#[doc = $documentation:literal])+ $visibility:vis static $name:ident = { $($field:ident: $value:expr),+ $(,)? }) => {
        $(#[doc = $documentation])+
        $visibility static $name: $crate::rule::Rule = $crate::rule::Rule {
            documentation: concat!($($documentation, "\n"),+),
            $($field: $value,)+
        };
    };
}
pub(crate) use rule;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good practice, or worth knowing.
    Notice,
    /// Once documented, or known to trip people; nothing breaks today.
    Warning,
    /// Documented or observed to be refused, or certain to break a handshake.
    Error,
}

/// Who stops what the rule finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Temporal Cloud refuses the bundle, or the tools that upload it do, or they drop a part of it in silence.
    Upload,
    /// The bundle is taken, but client certificates below the certificate are refused.
    Connect,
    /// Nobody; it matters to the people who run it.
    Operation,
}

/// How well a rule is founded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
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

/// A calendar day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// A day of the Gregorian calendar; months and days count from 1.
    pub const fn new(year: u16, month: u8, day: u8) -> Self {
        Date { year, month, day }
    }

    /// From `2026-06-01`, or `2026-06` for the first of that month; `None` for days that the calendar does not have.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts =
            text.split('-').map(|part| part.bytes().all(|byte| byte.is_ascii_digit()).then_some(part));
        let year = parts.next()??;
        let month = parts.next()??;
        let day = parts.next().unwrap_or(Some("01"))?;
        if year.len() != 4 || month.len() != 2 || day.len() != 2 || parts.next().is_some() {
            return None;
        }
        let midnight = Timestamp::parse_rfc3339(&format!("{year}-{month}-{day}T00:00:00Z"))?;
        (midnight.date() == format!("{year}-{month}-{day}")).then_some(())?;
        Some(Date { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The day on which Temporal's page on certificates first carried the rules for bundles (documentation pull request 1410).
pub const FIRST_RULES: Date = Date::new(2022, 8, 1);

/// Where a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cite {
    /// The document, such as `RFC 5280`.
    pub document: &'static str,
    /// The place within it, such as `section 4.2.1.9`.
    pub place: &'static str,
    /// A link to it.
    pub url: &'static str,
}

/// Temporal's page on certificates.
pub(crate) const fn temporal_certificates(place: &'static str) -> Cite {
    Cite {
        document: "Temporal Cloud: Certificates",
        place,
        url: "https://docs.temporal.io/cloud/certificates",
    }
}

/// Temporal's page on limits.
pub(crate) const fn temporal_limits(place: &'static str) -> Cite {
    Cite { document: "Temporal Cloud: Limits", place, url: "https://docs.temporal.io/cloud/limits" }
}

/// Temporal's page on notifications.
pub(crate) const fn temporal_notifications(place: &'static str) -> Cite {
    Cite {
        document: "Temporal Cloud: Notifications",
        place,
        url: "https://docs.temporal.io/cloud/notifications",
    }
}

/// A pull request or issue in one of Temporal's public repositories, with its URL.
pub(crate) const fn thread(place: &'static str, url: &'static str) -> Cite {
    Cite { document: "Temporal on GitHub", place, url }
}

/// RFC 5280, by section.
pub(crate) const fn rfc5280(place: &'static str) -> Cite {
    Cite { document: "RFC 5280", place, url: "https://www.rfc-editor.org/rfc/rfc5280" }
}

/// RFC 7468 (textual encodings), by section.
pub(crate) const fn rfc7468(place: &'static str) -> Cite {
    Cite { document: "RFC 7468", place, url: "https://www.rfc-editor.org/rfc/rfc7468" }
}

/// Any other RFC; name the number in `document`.
pub(crate) const fn rfc(document: &'static str, place: &'static str, url: &'static str) -> Cite {
    Cite { document, place, url }
}

/// Go's standard library, the reader behind the control plane and the official tools, by file and function.
pub(crate) const fn go(place: &'static str) -> Cite {
    Cite { document: "Go standard library", place, url: "https://pkg.go.dev/crypto/x509" }
}

/// The source of an official tool (tcld, cloud-cli, the Terraform provider), by file.
pub(crate) const fn official_tool(place: &'static str, url: &'static str) -> Cite {
    Cite { document: "Official tools", place, url }
}

/// The thread in which Temporal's server rejects a bundle with an expired member, word for word.
pub(crate) const TCLD_406: Cite =
    thread("temporalio/tcld issue 406", "https://github.com/temporalio/tcld/issues/406");

/// What a rule looks at. The runner owns the iteration, so no rule can forget the second certificate.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Check {
    /// The bundle as a whole.
    Bundle(fn(&Context<'_>, &mut Findings<'_>)),
    /// What follows from the findings of all other rules. A `Some` becomes a finding about the bundle.
    Conclusion(fn(&Context<'_>, &[Finding]) -> Option<Draft>),
    /// One PEM block after the other. A `Some` becomes a finding about that block.
    EachBlock(fn(&Context<'_>, &Block) -> Option<Draft>),
    /// One member after the other, those that cannot be read included.
    EachMember(fn(&Context<'_>, &Member) -> Option<Draft>),
    /// One readable certificate after the other, with its index in `Bundle::members`. A `Some` becomes a finding about it.
    EachCertificate(fn(&Context<'_>, usize, &Certificate) -> Option<Draft>),
    /// The text of a client's certificate file, as programs load it. This and the next six are about clients, see
    /// [`crate::admission`].
    ClientFile(fn(&Context<'_>, &mut Findings<'_>)),
    /// The list of certificates that a client presents.
    Presented(fn(&ClientContext<'_>, &mut Findings<'_>)),
    /// The leaf that a client presents. A `Some` becomes a finding about it.
    EndEntity(fn(&ClientContext<'_>, &Certificate) -> Option<Draft>),
    /// The path by which a server verifies the leaf, the leaf first.
    ClientPath(fn(&ClientContext<'_>, &[Place], &mut Findings<'_>)),
    /// What the kinds of servers make of the chain.
    Opinions(fn(&ClientContext<'_>, &mut Findings<'_>)),
    /// A leaf that passes none of the Namespace's certificate filters.
    ClientFilters(fn(&ClientContext<'_>, &mut Findings<'_>)),
    /// The file with the client's private key.
    PrivateKey(fn(&ClientContext<'_>, &KeyInput) -> Option<Draft>),
    /// A set of certificate filters as a whole, and the text it was read from. This and what follows is not about bundles.
    FilterSet(fn(&FilterContext<'_>, &mut FilterFindings<'_>)),
    /// One certificate filter after the other.
    EachFilter(fn(&Filter) -> Option<Draft>),
    /// One field that a certificate filter sets after the other.
    EachPattern(fn(&Filter, Field, &Pattern) -> Option<Draft>),
    /// A client configuration as a whole: its text, its clients, the files behind their settings.
    Configuration(fn(&ConfigurationContext<'_>, &mut ConfigurationFindings<'_>)),
    /// One client of a configuration after the other.
    EachClient(fn(&Client, &mut ConfigurationFindings<'_>)),
}

/// What a rule judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Matter {
    /// CA bundles.
    Bundle,
    /// What a client presents, and its key.
    Client,
    /// Certificate filters.
    Filters,
    /// Client configurations.
    Configuration,
}

/// Everything a rule may know.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// What was handed in; `Bundle::text` has the text that ranges count in.
    pub(crate) input: &'a [u8],
    pub(crate) bundle: &'a Bundle,
    pub(crate) graph: &'a Graph,
    pub(crate) profile: &'a Profile,
    pub(crate) now: Timestamp,
    pub(crate) filters: CertificateFilters,
    /// What the rules themselves may still spend on signatures and path steps.
    pub(crate) budget: RefCell<Budget>,
    /// Which members hang on a public CA, found by the first rule that asks; see [`crate::public_ca::behind`].
    pub(crate) public_cas: OnceCell<Vec<Option<PublicCa>>>,
}

/// Does a rule that holds from `since` on, and before `until`, apply under the rule set of that day?
pub(crate) fn is_in_force(since: Date, until: Option<Date>, day: Date) -> bool {
    since <= day && until.is_none_or(|until| day < until)
}

impl Rule {
    /// Does the rule apply under the rule set of that day?
    pub fn applies_on(&self, day: Date) -> bool {
        is_in_force(self.since, self.until, day)
    }

    /// What the rule judges.
    pub(crate) fn matter(&self) -> Matter {
        match self.check {
            Check::Bundle(_)
            | Check::Conclusion(_)
            | Check::EachBlock(_)
            | Check::EachMember(_)
            | Check::EachCertificate(_) => Matter::Bundle,
            Check::ClientFile(_)
            | Check::Presented(_)
            | Check::EndEntity(_)
            | Check::ClientPath(_)
            | Check::Opinions(_)
            | Check::ClientFilters(_)
            | Check::PrivateKey(_) => Matter::Client,
            Check::FilterSet(_) | Check::EachFilter(_) | Check::EachPattern(_) => Matter::Filters,
            Check::Configuration(_) | Check::EachClient(_) => Matter::Configuration,
        }
    }

    /// The first line of the documentation.
    pub fn summary(&self) -> &'static str {
        self.documentation.lines().next().unwrap_or_default().trim()
    }

    /// The text under one heading of the documentation, such as `Why it matters`.
    pub fn section(&self, heading: &str) -> String {
        let mut lines = self.documentation.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
        let found = lines.by_ref().any(|line| line.strip_prefix("## ") == Some(heading));
        let text: Vec<&str> = lines.take_while(|line| found && !line.starts_with("## ")).collect();
        text.join("\n").trim().to_owned()
    }
}

impl Severity {
    /// `error`, `warning` or `notice`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Notice => "notice",
        }
    }
}

impl Effect {
    /// `upload`, `connect` or `operation`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Effect::Upload => "upload",
            Effect::Connect => "connect",
            Effect::Operation => "operation",
        }
    }
}

impl Evidence {
    /// `documented`, `observed`, `formerly documented`, `inferred` or `recommended`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Evidence::Documented => "documented",
            Evidence::Observed => "observed",
            Evidence::FormerlyDocumented => "formerly documented",
            Evidence::Inferred => "inferred",
            Evidence::Recommended => "recommended",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn days_that_the_calendar_has_are_read_and_no_others() {
        assert_eq!(Date::parse("2026-06-30"), Some(Date::new(2026, 6, 30)));
        assert_eq!(Date::parse("2026-06"), Some(Date::new(2026, 6, 1)));
        assert_eq!(Date::parse("2024-02-29"), Some(Date::new(2024, 2, 29)));
        for text in [
            "2026-06-31",
            "2026-02-29",
            "2026-13-01",
            "+202-01-01",
            "2026-+1-01",
            "2026-6-01",
            "2026",
            "",
            "2026-06-01-",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_is_shown_as_it_is_read() {
        assert_eq!(Date::new(2026, 6, 3).to_string(), "2026-06-03");
    }

    #[test]
    fn each_word_of_a_rule_is_its_own() {
        use crate::rule::Effect;
        use crate::rule::Evidence;
        use crate::rule::Severity;
        assert_eq!(
            [Severity::Error, Severity::Warning, Severity::Notice].map(Severity::as_str),
            ["error", "warning", "notice"]
        );
        assert_eq!(
            [Effect::Upload, Effect::Connect, Effect::Operation].map(Effect::as_str),
            ["upload", "connect", "operation"]
        );
        let evidence = [
            Evidence::Documented,
            Evidence::Observed,
            Evidence::FormerlyDocumented,
            Evidence::Inferred,
            Evidence::Recommended,
        ];
        let words = ["documented", "observed", "formerly documented", "inferred", "recommended"];
        assert_eq!(evidence.map(Evidence::as_str), words);
    }

    #[test]
    fn the_sections_of_every_rule_are_found_by_their_headings() {
        for rule in crate::rules::all() {
            let whole = rule.documentation;
            assert!(!rule.summary().is_empty() && whole.trim().starts_with(rule.summary()), "{}", rule.name);
            let (why, how) = (rule.section("Why it matters"), rule.section("How to fix"));
            assert!(!why.is_empty() && !how.is_empty() && why != how, "{}", rule.name);
            for section in [&why, &how] {
                assert!(!section.contains("## "), "{}", rule.name);
                let first = section.lines().next().unwrap();
                assert!(whole.contains(first) && !first.ends_with(rule.summary()), "{}", rule.name);
            }
            assert_eq!(rule.section("Another heading"), "", "{}", rule.name);
        }
    }
}
