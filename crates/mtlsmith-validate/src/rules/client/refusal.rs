//! Why servers refuse a chain, and which rule says so: every fault has exactly one.

use crate::admission::ClientContext;
use crate::admission::Family;
use crate::admission::Fault;
use crate::admission::Opinion;
use crate::admission::Place;
use crate::admission::View;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::name::Name;
use crate::path::PathFaultKind;
use crate::rule::Check;
use crate::rule::Rule;

use super::subject_of;

/// A fault that stands against a chain, and who refuses it for that.
pub(super) struct Refusal<'a> {
    pub(super) fault: &'a Fault,
    /// The certificate that it is wrong with, when it can be read.
    pub(super) certificate: Option<&'a Certificate>,
    by: String,
}

impl Refusal<'_> {
    /// What a finding is about.
    pub(super) fn subject(&self) -> Subject {
        subject_of(self.fault.at)
    }

    /// A finding in the making: `name` of the certificate, `place` of it, `by` whom the chain is refused; of a date that stands against
    /// it that date as `until` or `from`.
    pub(super) fn draft(&self) -> Draft {
        let name = self.certificate.map(|certificate| certificate.subject().to_string());
        let draft = Draft::new()
            .fact("name", name.unwrap_or_else(|| "(unreadable)".to_owned()))
            .fact("place", self.fault.at.to_string())
            .fact("by", self.by.clone());
        match self.fault.kind {
            PathFaultKind::Expired(until) => draft.fact("until", until),
            PathFaultKind::NotYetValid(from) => draft.fact("from", from),
            _ => draft,
        }
    }
}

/// The check of a rule that tells its faults as they are.
pub(super) fn tell(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, findings.rule) {
        findings.add(refusal.subject(), refusal.draft());
    }
}

/// The faults that a rule is to tell of, one for each certificate: servers give the same thing several names.
pub(super) fn refusals<'a>(context: &ClientContext<'a>, rule: &'static Rule) -> Vec<Refusal<'a>> {
    let is_told_here = |fault: &Fault| std::ptr::eq(explanation(context, fault), rule);
    let mut found: Vec<Refusal<'a>> = Vec::new();
    for fault in faults(context).filter(|fault| is_told_here(fault)) {
        if found.iter().all(|refusal| refusal.fault.at != fault.at) {
            let by = match is_over_everywhere(context, fault) {
                true => "every server".to_owned(),
                false => who_refuses(context.opinions, |other| other.at == fault.at && is_told_here(other)),
            };
            found.push(Refusal { fault, certificate: context.certificate(fault.at), by });
        }
    }
    found
}

/// Is the leaf over, and refused by all, some of which came upon another fault first? Each of them would refuse it for its dates too.
fn is_over_everywhere(context: &ClientContext<'_>, fault: &Fault) -> bool {
    let is_outside = match fault.kind {
        PathFaultKind::Expired(until) => context.now > until,
        PathFaultKind::NotYetValid(from) => context.now < from,
        _ => false,
    };
    is_outside
        && fault.at == Place::Presented(0)
        && context.opinions.iter().all(|opinion| opinion.view.refuses())
}

/// The rule that says why a chain is refused for this fault. Where a rule about the leaf itself has said so already, it is that one.
pub(super) fn explanation(context: &ClientContext<'_>, fault: &Fault) -> &'static Rule {
    let certificate = context.certificate(fault.at);
    let leaf = certificate.filter(|_| fault.at == Place::Presented(0));
    let by_leaf = |rules: &[&'static Rule]| leaf.and_then(|leaf| first_that_fires(context, leaf, rules));
    let seen_as =
        |kind: PathFaultKind| faults(context).any(|other| other.at == fault.at && other.kind == kind);
    let has_namesake =
        || certificate.is_some_and(|child| namesakes(context, child.issuer()).next().is_some());
    match &fault.kind {
        PathFaultKind::Unreadable => &super::client_not_read_by_go::RULE,
        PathFaultKind::ReadDifferently if seen_as(PathFaultKind::Unreadable) => {
            &super::client_not_read_by_go::RULE
        }
        PathFaultKind::UnhandledCriticalExtension(_) | PathFaultKind::UnknownCriticalExtension(_) => {
            &super::client_unhandled_critical_extension::RULE
        }
        PathFaultKind::NotYetValid(_) if leaf.is_some() => &super::client_certificate_not_yet_valid::RULE,
        PathFaultKind::NotYetValid(_) => &super::ca_on_path_not_yet_valid::RULE,
        PathFaultKind::Expired(_) if leaf.is_some() => &super::client_certificate_expired::RULE,
        PathFaultKind::Expired(_) => &super::ca_on_path_expired::RULE,
        PathFaultKind::IssuerMissing
            if certificate.is_some_and(|child| look_alike(context, child.issuer()).is_some()) =>
        {
            &super::client_issuer_encoding_differs::RULE
        }
        PathFaultKind::IssuerMissing if has_namesake() => &super::client_issuer_not_taken::RULE,
        PathFaultKind::IssuerMissing => &super::not_issued_by_bundle::RULE,
        PathFaultKind::SelfSigned if seen_as(PathFaultKind::IssuerMissing) => {
            &super::not_issued_by_bundle::RULE
        }
        PathFaultKind::SelfSigned => &super::client_taken_for_self_signed::RULE,
        PathFaultKind::UntrustedRoot => &super::presented_root_not_trusted::RULE,
        PathFaultKind::Loop if leaf.is_none() && certificate.is_some_and(Certificate::is_self_issued) => {
            &super::presented_root_not_trusted::RULE
        }
        PathFaultKind::Loop => &super::client_path_in_circles::RULE,
        PathFaultKind::NotACa => &super::client_issuer_not_a_ca::RULE,
        PathFaultKind::MayNotSign => &super::client_issuer_may_not_sign::RULE,
        PathFaultKind::WrongKey => by_leaf(SIGNATURE).unwrap_or(&super::client_signed_by_another_key::RULE),
        PathFaultKind::IdentifierMismatch if seen_as(PathFaultKind::WrongKey) => {
            &super::client_signed_by_another_key::RULE
        }
        PathFaultKind::IdentifierMismatch if seen_as(PathFaultKind::IssuerMissing) && has_namesake() => {
            &super::client_issuer_not_taken::RULE
        }
        PathFaultKind::IdentifierMismatch => &super::client_issuer_identifier_differs::RULE,
        PathFaultKind::SignatureNotChecked => {
            by_leaf(SIGNATURE).unwrap_or(&super::client_signature_not_checked::RULE)
        }
        PathFaultKind::PathTooLong { .. } => &super::client_path_too_long::RULE,
        PathFaultKind::Policy => &super::client_lacks_policy::RULE,
        PathFaultKind::ExtendedKeyUsage => {
            by_leaf(EXTENDED_KEY_USAGE).unwrap_or(&super::client_path_excludes_clients::RULE)
        }
        PathFaultKind::NameConstraint { .. } => &super::client_name_constraint_violated::RULE,
        PathFaultKind::KeyTooLarge(_) => &super::client_key_too_large::RULE,
        PathFaultKind::UnsupportedKey => by_leaf(KEY).unwrap_or(&super::client_key_not_taken::RULE),
        PathFaultKind::TooComplex => &super::client_path_too_complex::RULE,
        PathFaultKind::InvalidExtension => {
            by_leaf(KEY_USAGE).unwrap_or(&super::client_extension_invalid::RULE)
        }
        PathFaultKind::WeakAlgorithm => by_leaf(STRENGTH).unwrap_or(&super::client_weak_for_openssl::RULE),
        PathFaultKind::ClientKeyUsage => by_leaf(KEY_USAGE).unwrap_or(&super::refused_by_server::RULE),
        _ => &super::refused_by_server::RULE,
    }
}

static SIGNATURE: &[&Rule] =
    &[&super::client_weak_signature_hash::RULE, &super::client_unsupported_signature_algorithm::RULE];
static STRENGTH: &[&Rule] = &[
    &super::client_weak_signature_hash::RULE,
    &super::client_rsa_key_too_small::RULE,
    &super::client_unsupported_curve::RULE,
];
static KEY: &[&Rule] = &[&super::client_unsupported_key_type::RULE, &super::client_unsupported_curve::RULE];
static KEY_USAGE: &[&Rule] = &[&super::key_usage_without_digital_signature::RULE];
static EXTENDED_KEY_USAGE: &[&Rule] = &[&super::extended_key_usage_without_client_auth::RULE];

/// The first of these rules about a leaf that speaks of it.
fn first_that_fires(
    context: &ClientContext<'_>,
    leaf: &Certificate,
    rules: &[&'static Rule],
) -> Option<&'static Rule> {
    let fires = |rule: &&'static Rule| match rule.check {
        Check::EndEntity(check) => {
            rule.applies_on(context.profile().ruleset) && check(context, leaf).is_some()
        }
        _ => false,
    };
    rules.iter().copied().find(fires)
}

/// What stands against the chain anywhere.
fn faults<'a>(context: &ClientContext<'a>) -> impl Iterator<Item = &'a Fault> + use<'a> {
    context.opinions.iter().filter_map(|opinion| opinion.view.fault())
}

/// A CA that bears this name in other bytes.
pub(super) fn look_alike<'a>(
    context: &ClientContext<'a>,
    name: Name<'_>,
) -> Option<(Place, &'a Certificate)> {
    let mut others = candidates(context);
    others.find(|(_, other)| !name.links_to(other.subject()) && name.is_canonically(other.subject()))
}

/// The CAs that bear this name, byte for byte.
pub(super) fn namesakes<'a>(
    context: &ClientContext<'a>,
    name: Name<'a>,
) -> impl Iterator<Item = (Place, &'a Certificate)> {
    candidates(context).filter(move |(_, other)| name.links_to(other.subject()))
}

/// Every certificate that might issue another: the bundle, then what the client presents behind its own.
pub(super) fn candidates<'a>(
    context: &ClientContext<'a>,
) -> impl Iterator<Item = (Place, &'a Certificate)> + use<'a> {
    let trusted = context.trust.bundle().members.iter();
    let trusted = trusted.map(|member| (Place::Trusted(member.index), member));
    let presented = context.presented.iter().enumerate().skip(1);
    let presented = presented.map(|(index, member)| (Place::Presented(index), member));
    trusted.chain(presented).filter_map(|(place, member)| Some((place, member.certificate()?)))
}

/// Who refuses for this, in words that follow "refused by".
fn who_refuses(opinions: &[Opinion], for_this: impl Fn(&Fault) -> bool) -> String {
    let refuses = |opinion: &&Opinion| opinion.view.fault().is_some_and(&for_this);
    let servers: Vec<&Opinion> = opinions.iter().filter(refuses).collect();
    let for_certain = servers.iter().all(|opinion| opinion.view.refuses());
    if for_certain && servers.len() == opinions.len() {
        return "every server".to_owned();
    }
    let mut words = Vec::new();
    for (family, any) in [(Family::Go, "a Go server"), (Family::OpenSsl, "an OpenSSL-family server")] {
        let of_family: Vec<&Opinion> =
            servers.iter().copied().filter(|opinion| opinion.server.family == family).collect();
        match of_family.as_slice() {
            [one, other] if one.view.refuses() == other.view.refuses() => {
                words.push(in_words(any.to_owned(), &one.view));
            }
            some => {
                words.extend(some.iter().map(|opinion| in_words(opinion.server.to_string(), &opinion.view)))
            }
        }
    }
    words.join(" and ")
}

fn in_words(server: String, view: &View) -> String {
    match view {
        View::Varies(..) => format!("{server} (not by each release of it)"),
        _ => server,
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;
    use crate::admission::NamespaceTrust;
    use crate::admission::Server;
    use crate::admission::presented;
    use crate::finding::Finding;
    use crate::path::Anchors;
    use crate::rules::client::judge_opinions;
    use crate::rules::testing::profile;
    use crate::time::Timestamp;

    const FAULT_AT: Place = Place::Presented(0);

    fn fault(kind: PathFaultKind) -> Fault {
        Fault { kind, at: FAULT_AT, path: vec![FAULT_AT] }
    }

    fn opinion(family: Family, anchors: Anchors, view: View) -> Opinion {
        Opinion { server: Server { family, anchors }, view }
    }

    fn refusing() -> View {
        View::Refuses(fault(PathFaultKind::IssuerMissing))
    }

    fn admitting() -> View {
        View::Admits(vec![FAULT_AT])
    }

    fn told(views: [View; 4]) -> String {
        let servers = [
            (Family::Go, Anchors::Roots),
            (Family::OpenSsl, Anchors::Roots),
            (Family::Go, Anchors::EveryMember),
            (Family::OpenSsl, Anchors::EveryMember),
        ];
        let opinions: Vec<Opinion> = servers
            .into_iter()
            .zip(views)
            .map(|((family, anchors), view)| opinion(family, anchors, view))
            .collect();
        who_refuses(&opinions, |fault| fault.kind == PathFaultKind::IssuerMissing)
    }

    #[test]
    fn who_refuses_is_said_as_shortly_as_is_true() {
        assert_eq!(told([refusing(), refusing(), refusing(), refusing()]), "every server");
        assert_eq!(told([refusing(), admitting(), refusing(), admitting()]), "a Go server");
        assert_eq!(told([admitting(), refusing(), admitting(), refusing()]), "an OpenSSL-family server");
        assert_eq!(
            told([refusing(), refusing(), admitting(), admitting()]),
            "a Go server that trusts the roots of the bundle and an OpenSSL-family server that trusts the roots of the bundle"
        );
        let varies = || View::Varies(vec![FAULT_AT], fault(PathFaultKind::IssuerMissing));
        assert_eq!(
            told([admitting(), varies(), admitting(), admitting()]),
            "an OpenSSL-family server that trusts the roots of the bundle (not by each release of it)"
        );
        assert_eq!(
            told([admitting(), varies(), admitting(), varies()]),
            "an OpenSSL-family server (not by each release of it)"
        );
        assert_eq!(
            told([varies(), varies(), varies(), varies()]),
            "a Go server (not by each release of it) and an OpenSSL-family server (not by each release of it)"
        );
        assert_eq!(
            told([refusing(), refusing(), refusing(), varies()]),
            "a Go server and an OpenSSL-family server that trusts the roots of the bundle and an OpenSSL-family server that trusts every CA of the bundle (not by each release of it)"
        );
    }

    #[test]
    fn another_fault_is_not_counted() {
        let other = || View::Refuses(fault(PathFaultKind::Policy));
        assert_eq!(told([refusing(), other(), refusing(), other()]), "a Go server");
    }

    /// Every kind of fault that a server may see.
    fn kinds() -> Vec<PathFaultKind> {
        let name = || "DNS:worker.acme.internal".to_owned();
        vec![
            PathFaultKind::Unreadable,
            PathFaultKind::UnhandledCriticalExtension("1.2.3".to_owned()),
            PathFaultKind::UnknownCriticalExtension("1.2.3".to_owned()),
            PathFaultKind::NotYetValid(Timestamp::from_unix(1)),
            PathFaultKind::Expired(Timestamp::from_unix(1)),
            PathFaultKind::IssuerMissing,
            PathFaultKind::NotACa,
            PathFaultKind::MayNotSign,
            PathFaultKind::WrongKey,
            PathFaultKind::SignatureNotChecked,
            PathFaultKind::Loop,
            PathFaultKind::PathTooLong { allowed: 0, found: 1 },
            PathFaultKind::Policy,
            PathFaultKind::ExtendedKeyUsage,
            PathFaultKind::NameConstraint { imposed_by: 0, name: name(), problem: "is not permitted" },
            PathFaultKind::KeyTooLarge(8_193),
            PathFaultKind::UnsupportedKey,
            PathFaultKind::TooComplex,
            PathFaultKind::SelfSigned,
            PathFaultKind::UntrustedRoot,
            PathFaultKind::IdentifierMismatch,
            PathFaultKind::ClientKeyUsage,
            PathFaultKind::InvalidExtension,
            PathFaultKind::WeakAlgorithm,
            PathFaultKind::ReadDifferently,
        ]
    }

    /// What is said of a sound chain that all servers, or OpenSSL alone, refuse for this fault.
    fn explanations(kind: &PathFaultKind, at: Place, family: Option<Family>) -> Vec<Finding> {
        let root = testkit::root("one");
        let trust = NamespaceTrust::read(root.pem().as_bytes(), None, profile());
        let presented = presented([testkit::leaf("worker", &root).der()]);
        let opinions: Vec<Opinion> = [Anchors::Roots, Anchors::EveryMember]
            .into_iter()
            .flat_map(|anchors| [(Family::Go, anchors), (Family::OpenSsl, anchors)])
            .map(|(asked, anchors)| {
                let fault = Fault { kind: kind.clone(), at, path: vec![FAULT_AT] };
                let refuses = family.is_none_or(|family| family == asked);
                opinion(asked, anchors, if refuses { View::Refuses(fault) } else { admitting() })
            })
            .collect();
        let mut context = ClientContext::new(&presented, &trust, Timestamp::from_unix(testkit::NOW));
        context.opinions = &opinions;
        let mut found = Vec::new();
        judge_opinions(&context, &mut found);
        found
    }

    #[test]
    fn every_kind_of_fault_is_explained_by_exactly_one_rule_wherever_it_stands() {
        for kind in kinds() {
            for at in [Place::Presented(0), Place::Trusted(0), Place::Presented(7)] {
                let is_alike = matches!(kind, PathFaultKind::WrongKey | PathFaultKind::IdentifierMismatch);
                if at == Place::Presented(7) && is_alike {
                    continue; // a signature that was checked is that of a certificate that was read
                }
                for (family, by) in
                    [(None, "every server"), (Some(Family::OpenSsl), "an OpenSSL-family server")]
                {
                    let found = explanations(&kind, at, family);
                    assert_eq!(found.len(), 1, "{kind:?} at {at}: {found:?}");
                    let message = found[0].message();
                    assert!(message.ends_with(&format!("refused by {by}")), "{message}");
                    assert!(!message.contains('{') && !found[0].help().contains('{'), "{message}");
                }
            }
        }
    }

    #[test]
    fn each_place_is_told_with_those_who_stop_there() {
        let root = testkit::root("one");
        let trust = NamespaceTrust::read(root.pem().as_bytes(), None, profile());
        let presented = presented([testkit::leaf("worker", &root).der()]);
        let stops_at = |at| {
            let kind = PathFaultKind::PathTooLong { allowed: 0, found: 1 };
            View::Refuses(Fault { kind, at, path: vec![FAULT_AT] })
        };
        let opinions: Vec<Opinion> = [Anchors::Roots, Anchors::EveryMember]
            .into_iter()
            .flat_map(|anchors| {
                let go = opinion(Family::Go, anchors, stops_at(FAULT_AT));
                [go, opinion(Family::OpenSsl, anchors, stops_at(Place::Trusted(0)))]
            })
            .collect();
        let mut context = ClientContext::new(&presented, &trust, Timestamp::from_unix(testkit::NOW));
        context.opinions = &opinions;
        let by: Vec<String> = refusals(&context, &super::super::client_path_too_long::RULE)
            .into_iter()
            .map(|refusal| refusal.by)
            .collect();
        assert_eq!(by, ["a Go server", "an OpenSSL-family server"]);
    }
}
