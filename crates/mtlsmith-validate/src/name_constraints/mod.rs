//! Name constraints as Go reads and applies them (parser.go, `parseNameConstraintsExtension`; constraints.go,
//! `checkChainConstraints`): the constraints of every CA against the alternative names of every certificate below it.

mod address;
mod alternative_names;
mod domain;
mod mailbox;
mod uri;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use crate::certificate::Certificate;
use crate::certificate::GeneralName;
use crate::certificate::Malformed;
use crate::der::Reader;
use crate::der::tag;

use address::Network;
use address::Networks;
pub(crate) use alternative_names::AlternativeNames;
use mailbox::Mailbox;

/// The content of a Name Constraints extension.
#[derive(Debug)]
pub(crate) struct NameConstraints<'a> {
    permitted: Subtrees<'a>,
    excluded: Subtrees<'a>,
    /// There are constraints of a kind that Go passes over: when the extension is critical, it refuses every chain.
    pub(crate) unhandled: bool,
}

/// Constraints by kind; a kind without constraints is not limited.
#[derive(Debug, Default)]
struct Subtrees<'a> {
    domains: Vec<&'a str>,
    networks: Vec<Network<'a>>,
    mailboxes: Vec<Mailbox>,
    email_domains: Vec<&'a str>,
    uri_domains: Vec<&'a str>,
}

/// Why a chain is refused for its names. Certificates are counted from the first of the chain, the one furthest from the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The certificate that imposes the constraint.
    pub(crate) imposed_by: usize,
    /// The certificate that bears the name.
    pub(crate) borne_by: usize,
    /// The name, as in `DNS:worker.acme`.
    pub(crate) name: String,
    /// What is wrong with it.
    pub(crate) kind: ViolationKind,
}

/// What is wrong with a name below a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ViolationKind {
    /// There are permitted names of its kind, and it is none of them.
    NotPermitted,
    /// It is one of the excluded names.
    Excluded,
    /// It cannot be compared; why, as the end of a sentence.
    Malformed(&'static str),
    /// There were more names and constraints than are compared.
    TooComplex,
}

impl ViolationKind {
    /// The end of a sentence about the name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            ViolationKind::NotPermitted => "is not permitted",
            ViolationKind::Excluded => "is excluded",
            ViolationKind::Malformed(what) => what,
            ViolationKind::TooComplex => "is one of too many names under too many constraints",
        }
    }
}

/// How many comparisons of a name with a constraint are made before a chain counts as too complex. rustls-webpki draws the line at
/// the same number; honest chains need a few dozen.
pub(crate) const COMPARISONS: usize = 250_000;

/// Reads the content of a Name Constraints extension.
pub(crate) fn parse(der: &[u8]) -> Result<NameConstraints<'_>, Malformed> {
    const BROKEN: Malformed = Malformed("the name constraints are broken");
    let mut outer = Reader::new(der);
    let mut sequence = outer.enter(tag::SEQUENCE).ok_or(BROKEN)?;
    let permitted = sequence.optional(tag::context_constructed(0)).ok_or(BROKEN)?.unwrap_or_default();
    let excluded = sequence.optional(tag::context_constructed(1)).ok_or(BROKEN)?.unwrap_or_default();
    if !outer.is_empty() || !sequence.is_empty() {
        return Err(BROKEN);
    }
    if permitted.is_empty() && excluded.is_empty() {
        return Err(Malformed("the name constraints are empty"));
    }
    let mut unhandled = false;
    let permitted = subtrees(permitted, &mut unhandled)?;
    Ok(NameConstraints { permitted, excluded: subtrees(excluded, &mut unhandled)?, unhandled })
}

fn subtrees<'a>(der: &'a [u8], unhandled: &mut bool) -> Result<Subtrees<'a>, Malformed> {
    let mut reader = Reader::new(der);
    let mut subtrees = Subtrees::default();
    while !reader.is_empty() {
        let base = reader.enter(tag::SEQUENCE).and_then(|mut subtree| subtree.any());
        match GeneralName::of(base.ok_or(Malformed("a name constraint is broken"))?) {
            GeneralName::Dns(bytes) => subtrees.domains.push(domain_constraint(bytes)?),
            GeneralName::Ip(bytes) => subtrees.networks.push(Network::read(bytes).map_err(Malformed)?),
            GeneralName::Email(bytes) if bytes.contains(&b'@') => {
                let mailbox = Mailbox::parse(text(bytes)?);
                subtrees.mailboxes.push(mailbox.ok_or(Malformed("an email constraint that is no address"))?);
            }
            GeneralName::Email(bytes) => subtrees.email_domains.push(domain_constraint(bytes)?),
            GeneralName::Uri(bytes) if text(bytes)?.parse::<IpAddr>().is_ok() => {
                return Err(Malformed("a URI constraint that is an IP address"));
            }
            GeneralName::Uri(bytes) => subtrees.uri_domains.push(domain_constraint(bytes)?),
            GeneralName::Directory(_) | GeneralName::Other(_) => *unhandled = true,
        }
    }
    Ok(subtrees)
}

/// An IA5String.
fn text(bytes: &[u8]) -> Result<&str, Malformed> {
    let ascii = bytes.is_ascii().then(|| std::str::from_utf8(bytes).ok()).flatten();
    ascii.ok_or(Malformed("a name with bytes above 127"))
}

fn domain_constraint(bytes: &[u8]) -> Result<&str, Malformed> {
    let domain = text(bytes)?;
    domain::is_well_formed(domain, true)
        .then_some(domain)
        .ok_or(Malformed("a constraint that is no domain name"))
}

/// Applies the name constraints along a chain, first certificate first, root last.
#[cfg(test)]
pub(crate) fn check(chain: &[&Certificate]) -> Result<(), Violation> {
    check_within(chain, &mut COMPARISONS.clone())
}

/// As [`check`], with what is left of the comparisons that several chains share.
pub(crate) fn check_within(chain: &[&Certificate], comparisons: &mut usize) -> Result<(), Violation> {
    let mut imposed = Vec::new();
    for (position, certificate) in chain.iter().enumerate().skip(1) {
        if let Some((der, _)) = certificate.name_constraints_der() {
            imposed.push(Imposed::new(position, der)?);
        }
    }
    if imposed.is_empty() {
        return Ok(());
    }
    for (position, certificate) in chain.iter().enumerate() {
        let Some(der) = certificate.subject_alternative_name_der() else { continue };
        let above: Vec<&Imposed<'_>> = imposed.iter().filter(|imposed| imposed.by > position).collect();
        let Some(nearest) = above.first() else { return Ok(()) };
        let refused = |by, (name, kind)| Violation { imposed_by: by, borne_by: position, name, kind };
        let malformed =
            |Malformed(what)| refused(nearest.by, (String::new(), ViolationKind::Malformed(what)));
        let names = AlternativeNames::read(der).map_err(malformed)?;
        let comparable = Comparable::new(&names).map_err(|fault| refused(nearest.by, fault))?;
        for constraints in above {
            constraints.check(&comparable, comparisons).map_err(|fault| refused(constraints.by, fault))?;
        }
    }
    Ok(())
}

/// The name that is refused, and why.
type Fault = (String, ViolationKind);

/// Alternative names, taken apart for comparison.
struct Comparable<'a> {
    addresses: &'a [&'a [u8]],
    domains: &'a [&'a str],
    uris: Vec<(&'a str, String)>,
    mailboxes: Vec<(&'a str, Mailbox)>,
}

impl<'a> Comparable<'a> {
    /// Fails on the names that Go cannot compare; without a constraint above nobody minds them.
    fn new(names: &'a AlternativeNames<'a>) -> Result<Self, Fault> {
        let malformed =
            |label: &str, name: &str, what| (format!("{label}:{name}"), ViolationKind::Malformed(what));
        let mut uris = Vec::with_capacity(names.uris.len());
        for (uri, host) in &names.uris {
            uris.push((*uri, uri::domain(host).map_err(|what| malformed("URI", uri, what))?));
        }
        let mut mailboxes = Vec::with_capacity(names.emails.len());
        for email in &names.emails {
            let mailbox = Mailbox::parse(email);
            mailboxes.push((
                *email,
                mailbox
                    .ok_or_else(|| malformed("email", email, "is an email address that cannot be read"))?,
            ));
        }
        Ok(Comparable { addresses: &names.addresses, domains: &names.domains, uris, mailboxes })
    }
}

/// The constraints of one certificate of a chain.
struct Imposed<'a> {
    by: usize,
    constraints: NameConstraints<'a>,
    permitted_networks: Networks<'a>,
    excluded_networks: Networks<'a>,
}

impl<'a> Imposed<'a> {
    fn new(by: usize, der: &'a [u8]) -> Result<Self, Violation> {
        let unreadable = |Malformed(what)| Violation {
            imposed_by: by,
            borne_by: by,
            name: String::new(),
            kind: ViolationKind::Malformed(what),
        };
        let constraints = parse(der).map_err(unreadable)?;
        let permitted_networks = Networks::new(&constraints.permitted.networks);
        let excluded_networks = Networks::new(&constraints.excluded.networks);
        Ok(Imposed { by, constraints, permitted_networks, excluded_networks })
    }

    /// Addresses, domains, URIs and emails, in the order in which Go looks at them.
    fn check(&self, names: &Comparable<'_>, left: &mut usize) -> Result<(), Fault> {
        let NameConstraints { permitted, excluded, .. } = &self.constraints;
        for address in names.addresses {
            let name = || GeneralName::Ip(address).to_string();
            spend(left, 2, name)?;
            let permits = permitted.networks.is_empty() || self.permitted_networks.contain(address);
            verdict(permits, self.excluded_networks.contain(address), name)?;
        }
        for domain in names.domains {
            let name = || format!("DNS:{domain}");
            within(domain, &permitted.domains, &excluded.domains, left, name)?;
        }
        for (uri, domain) in &names.uris {
            let name = || format!("URI:{uri}");
            within(domain, &permitted.uri_domains, &excluded.uri_domains, left, name)?;
        }
        for (email, mailbox) in &names.mailboxes {
            let name = || format!("email:{email}");
            spend(left, permitted.email_constraints() + excluded.email_constraints(), name)?;
            let permits = permitted.email_constraints() == 0 || permitted.has_email(mailbox, domain::covers);
            verdict(permits, excluded.has_email(mailbox, domain::excludes), name)?;
        }
        Ok(())
    }
}

impl Subtrees<'_> {
    fn email_constraints(&self) -> usize {
        self.mailboxes.len() + self.email_domains.len()
    }

    fn has_email(&self, mailbox: &Mailbox, matches: fn(&str, &str) -> bool) -> bool {
        self.mailboxes.contains(mailbox)
            || self.email_domains.iter().any(|domain| matches(domain, &mailbox.domain))
    }
}

/// Is a domain among the permitted ones, if there are any, and not among the excluded ones?
fn within(
    domain: &str,
    permitted: &[&str],
    excluded: &[&str],
    left: &mut usize,
    name: impl Fn() -> String,
) -> Result<(), Fault> {
    if !domain::is_well_formed(domain, false) {
        return Err((name(), ViolationKind::Malformed("is no domain name")));
    }
    spend(left, permitted.len() + excluded.len(), &name)?;
    let permits =
        permitted.is_empty() || permitted.iter().any(|constraint| domain::covers(constraint, domain));
    verdict(permits, excluded.iter().any(|constraint| domain::excludes(constraint, domain)), name)
}

fn verdict(permitted: bool, excluded: bool, name: impl Fn() -> String) -> Result<(), Fault> {
    match (permitted, excluded) {
        (false, _) => Err((name(), ViolationKind::NotPermitted)),
        (true, true) => Err((name(), ViolationKind::Excluded)),
        (true, false) => Ok(()),
    }
}

fn spend(left: &mut usize, comparisons: usize, name: impl Fn() -> String) -> Result<(), Fault> {
    match left.checked_sub(comparisons) {
        Some(rest) => {
            *left = rest;
            Ok(())
        }
        None => Err((name(), ViolationKind::TooComplex)),
    }
}
