//! What the kinds of servers make of a chain, in words.

use mtlsmith_validate::admission::Family;
use mtlsmith_validate::admission::Opinion;
use mtlsmith_validate::path::Anchors;
use mtlsmith_validate::path::PathFaultKind;

use crate::text::layout::list;

/// `Go servers admit, OpenSSL-family servers refuse`, or `servers that trust every CA of the bundle admit, …` where it depends on that
/// alone.
pub(super) fn who(opinions: &[Opinion]) -> String {
    let verbs: [(&str, Test); 3] = [
        ("admit", |opinion| opinion.view.admits()),
        ("may admit or refuse", |opinion| !opinion.view.admits() && !opinion.view.refuses()),
        ("refuse", |opinion| opinion.view.refuses()),
    ];
    let told: Vec<String> = verbs
        .iter()
        .map(|(verb, is_true)| (group(opinions, *is_true), verb))
        .filter(|(servers, _)| !servers.is_empty())
        .map(|(servers, verb)| format!("{} {verb}", list(&servers)))
        .collect();
    told.join(", ")
}

/// What may be true of a kind of servers.
type Test = fn(&Opinion) -> bool;

/// The servers for which something is true. What all of one kind have in common is said once: of those that trust the same, or else
/// of those of one family.
fn group(opinions: &[Opinion], is_true: Test) -> Vec<String> {
    let agree = |of: &dyn Fn(&Opinion) -> bool| {
        let mut views = opinions.iter().filter(|opinion| of(opinion)).map(is_true);
        views.next().filter(|first| views.all(|view| view == *first))
    };
    let by_trust = [Anchors::Roots, Anchors::EveryMember]
        .map(|anchors| (trusting("servers", anchors), agree(&|opinion| opinion.server.anchors == anchors)));
    let by_family = [Family::Go, Family::OpenSsl]
        .map(|family| (name(family).to_owned(), agree(&|opinion| opinion.server.family == family)));
    for groups in [by_family, by_trust] {
        if groups.iter().all(|(_, view)| view.is_some()) {
            let those = groups.into_iter().filter(|(_, view)| *view == Some(true));
            return those.map(|(name, _)| name).collect();
        }
    }
    let those = opinions.iter().filter(|opinion| is_true(opinion));
    those.map(|opinion| trusting(name(opinion.server.family), opinion.server.anchors)).collect()
}

fn name(family: Family) -> &'static str {
    match family {
        Family::Go => "Go servers",
        Family::OpenSsl => "OpenSSL-family servers",
    }
}

fn trusting(servers: &str, anchors: Anchors) -> String {
    match anchors {
        Anchors::Roots => format!("{servers} that trust the roots of the bundle alone"),
        Anchors::EveryMember => format!("{servers} that trust every CA of the bundle"),
    }
}

/// What stops a path, said of the certificate that it stops at.
pub(crate) fn fault_in_words(kind: &PathFaultKind) -> String {
    match kind {
        PathFaultKind::IssuerMissing => "has an issuer that stands in neither file".to_owned(),
        kind => kind.to_string(),
    }
}

/// The fault as a word for programs.
pub(crate) fn fault_code(kind: &PathFaultKind) -> &'static str {
    match kind {
        PathFaultKind::Unreadable => "unreadable",
        PathFaultKind::UnhandledCriticalExtension(_) => "unhandled-critical-extension",
        PathFaultKind::NotYetValid(_) => "not-yet-valid",
        PathFaultKind::Expired(_) => "expired",
        PathFaultKind::IssuerMissing => "issuer-missing",
        PathFaultKind::NotACa => "not-a-ca",
        PathFaultKind::MayNotSign => "may-not-sign",
        PathFaultKind::WrongKey => "wrong-key",
        PathFaultKind::SignatureNotChecked => "signature-not-checked",
        PathFaultKind::Loop => "loop",
        PathFaultKind::PathTooLong { .. } => "path-too-long",
        PathFaultKind::Policy => "policy",
        PathFaultKind::ExtendedKeyUsage => "extended-key-usage",
        PathFaultKind::NameConstraint { .. } => "name-constraint",
        PathFaultKind::KeyTooLarge(_) => "key-too-large",
        PathFaultKind::UnsupportedKey => "unsupported-key",
        PathFaultKind::TooComplex => "too-complex",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_validate::admission::Fault;
    use mtlsmith_validate::admission::Place;
    use mtlsmith_validate::admission::Server;
    use mtlsmith_validate::admission::View;

    use super::*;

    fn opinions(views: [bool; 4]) -> Vec<Opinion> {
        let refuses = || {
            let at = Place::Presented(0);
            View::Refuses(Fault { kind: PathFaultKind::Loop, at, path: vec![at] })
        };
        let servers = [
            (Family::Go, Anchors::Roots),
            (Family::OpenSsl, Anchors::Roots),
            (Family::Go, Anchors::EveryMember),
            (Family::OpenSsl, Anchors::EveryMember),
        ];
        let opinion = |((family, anchors), admits): ((Family, Anchors), bool)| Opinion {
            server: Server { family, anchors },
            view: if admits { View::Admits(Vec::new()) } else { refuses() },
        };
        servers.into_iter().zip(views).map(opinion).collect()
    }

    #[test]
    fn what_a_kind_of_servers_has_in_common_is_said_once() {
        for (views, words) in [
            ([true, false, true, false], "Go servers admit, OpenSSL-family servers refuse"),
            (
                [false, false, true, true],
                "servers that trust every CA of the bundle admit, servers that trust the roots of the bundle alone refuse",
            ),
        ] {
            assert_eq!(who(&opinions(views)), words);
        }
        let words = who(&opinions([true, false, true, true]));
        assert!(
            words.ends_with(", OpenSSL-family servers that trust the roots of the bundle alone refuse"),
            "{words}"
        );
    }
}
