//! Why servers refuse a chain, and which rule says so: every fault has exactly one.

use crate::admission::ClientContext;
use crate::admission::Family;
use crate::admission::Fault;
use crate::admission::Opinion;
use crate::admission::Place;
use crate::admission::View;
use crate::certificate::Certificate;
use crate::finding::Draft;
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

    /// A finding in the making: `name` of the certificate, `place` of it, `by` whom the chain is refused.
    pub(super) fn draft(&self) -> Draft {
        let name = self.certificate.map(|certificate| certificate.subject().to_string());
        Draft::new()
            .fact("name", name.unwrap_or_else(|| "(unreadable)".to_owned()))
            .fact("place", self.fault.at.to_string())
            .fact("by", self.by.clone())
    }
}

/// The faults that a rule is to tell of, each once.
pub(super) fn refusals<'a>(context: &ClientContext<'a>, rule: &'static Rule) -> Vec<Refusal<'a>> {
    let mut found: Vec<Refusal<'a>> = Vec::new();
    for fault in context.opinions.iter().filter_map(|opinion| opinion.view.fault()) {
        let is_told = found.iter().any(|refusal| is_same(refusal.fault, fault));
        if !is_told && std::ptr::eq(explanation(context, fault), rule) {
            let by = who_refuses(context.opinions, fault);
            found.push(Refusal { fault, certificate: context.certificate(fault.at), by });
        }
    }
    found
}

/// The rule that says why a chain is refused for this fault. Where a rule about the leaf itself has said so already, it is that one.
pub(super) fn explanation(context: &ClientContext<'_>, fault: &Fault) -> &'static Rule {
    let leaf = context.leaf().filter(|_| fault.at == Place::Presented(0));
    let by_leaf = |rules: &[&'static Rule]| {
        let fires = |rule: &&'static Rule| match (rule.check, leaf) {
            (Check::EndEntity(check), Some(leaf)) => {
                rule.applies_on(context.profile().ruleset) && check(context, leaf).is_some()
            }
            _ => false,
        };
        rules.iter().copied().find(fires)
    };
    match &fault.kind {
        PathFaultKind::Unreadable => &super::client_not_read_by_go::RULE,
        PathFaultKind::UnhandledCriticalExtension(_) => &super::client_unhandled_critical_extension::RULE,
        PathFaultKind::NotYetValid(_) if leaf.is_some() => &super::client_certificate_not_yet_valid::RULE,
        PathFaultKind::NotYetValid(_) => &super::ca_on_path_not_yet_valid::RULE,
        PathFaultKind::Expired(_) if leaf.is_some() => &super::client_certificate_expired::RULE,
        PathFaultKind::Expired(_) => &super::ca_on_path_expired::RULE,
        PathFaultKind::IssuerMissing if has_look_alike(context, fault) => {
            &super::client_issuer_encoding_differs::RULE
        }
        PathFaultKind::IssuerMissing => &super::not_issued_by_bundle::RULE,
        PathFaultKind::NotACa => &super::client_issuer_not_a_ca::RULE,
        PathFaultKind::MayNotSign => &super::client_issuer_may_not_sign::RULE,
        PathFaultKind::WrongKey => {
            by_leaf(BROKEN_SIGNATURES).unwrap_or(&super::client_signed_by_another_key::RULE)
        }
        PathFaultKind::SignatureNotChecked => {
            by_leaf(BROKEN_SIGNATURES).unwrap_or(&super::client_signature_not_checked::RULE)
        }
        PathFaultKind::Loop => &super::client_path_in_circles::RULE,
        PathFaultKind::PathTooLong { .. } => &super::client_path_too_long::RULE,
        PathFaultKind::Policy => &super::client_lacks_policy::RULE,
        PathFaultKind::ExtendedKeyUsage => by_leaf(&[&super::extended_key_usage_without_client_auth::RULE])
            .unwrap_or(&super::client_path_excludes_clients::RULE),
        PathFaultKind::NameConstraint { .. } => &super::client_name_constraint_violated::RULE,
        PathFaultKind::KeyTooLarge(_) => &super::client_key_too_large::RULE,
        PathFaultKind::UnsupportedKey => by_leaf(&[&super::client_unsupported_key_type::RULE])
            .unwrap_or(&super::client_key_not_taken::RULE),
        PathFaultKind::TooComplex => &super::client_path_too_complex::RULE,
        #[allow(
            unreachable_patterns,
            reason = "a kind of fault that has no rule of its own yet is told by its words"
        )]
        _ => &super::refused_by_server::RULE,
    }
}

/// What a leaf's own signature can be whose check fails or cannot be made.
static BROKEN_SIGNATURES: &[&Rule] =
    &[&super::client_weak_signature_hash::RULE, &super::client_unsupported_signature_algorithm::RULE];

/// Is there a CA whose name is that of the certificate's issuer, but for its encoding?
fn has_look_alike(context: &ClientContext<'_>, fault: &Fault) -> bool {
    let Some(certificate) = context.certificate(fault.at) else { return false };
    look_alike(context, certificate.issuer()).is_some()
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

fn is_same(one: &Fault, other: &Fault) -> bool {
    one.kind == other.kind && one.at == other.at
}

/// Who refuses for this fault, in words that follow "refused by".
fn who_refuses(opinions: &[Opinion], fault: &Fault) -> String {
    let refuses = |opinion: &&Opinion| opinion.view.fault().is_some_and(|other| is_same(other, fault));
    let servers: Vec<&Opinion> = opinions.iter().filter(refuses).collect();
    let for_certain = servers.iter().all(|opinion| opinion.view.refuses());
    if for_certain && servers.len() == opinions.len() {
        return "every server".to_owned();
    }
    let of = |family: Family| servers.iter().filter(move |opinion| opinion.server.family == family);
    let mut words = Vec::new();
    for (family, any) in [(Family::Go, "a Go server"), (Family::OpenSsl, "an OpenSSL-family server")] {
        let both = of(family).count() == 2 && of(family).all(|opinion| opinion.view.refuses());
        if both {
            words.push(any.to_owned());
        } else {
            words.extend(of(family).map(|opinion| in_words(opinion)));
        }
    }
    words.join(" and ")
}

fn in_words(opinion: &Opinion) -> String {
    let Opinion { server, view } = opinion;
    match view {
        View::Varies(..) => format!("{server} (not by each release of it)"),
        _ => server.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::Server;
    use crate::path::Anchors;

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
        who_refuses(&opinions, &fault(PathFaultKind::IssuerMissing))
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
            told([refusing(), refusing(), refusing(), varies()]),
            "a Go server and an OpenSSL-family server that trusts the roots of the bundle and an OpenSSL-family server that trusts every CA of the bundle (not by each release of it)"
        );
    }

    #[test]
    fn another_fault_is_not_counted() {
        let other = || View::Refuses(fault(PathFaultKind::Policy));
        assert_eq!(told([refusing(), other(), refusing(), other()]), "a Go server");
    }
}
