//! `client-revocation-not-checked`: the client's certificate names where it could be revoked.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::certificate::Extension;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// The client's certificate names where it could be revoked.
    ///
    /// ## Why it matters
    /// Temporal Cloud neither supports nor checks revocation lists, so revoking the certificate does not shut the client out.
    ///
    /// ## How to fix
    /// To shut out a client, change the certificate filters or replace its CA.
    pub(super) static RULE = {
        code: "CHN-118",
        name: "client-revocation-not-checked",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Compromised certificates: certificate revocation lists are neither supported nor checked")],
        message: "the client's certificate names {where}, and Temporal Cloud checks neither lists nor responders",
        help: "to shut the client out, change the certificate filters or replace its CA; revoking the certificate does nothing",
        check: Check::EndEntity(check),
    }
}

fn check(_: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    let extensions = leaf.read_extensions();
    let list = extensions.crl_distribution_points.is_some();
    let responder =
        extensions.authority_information_access.as_ref().and_then(Extension::get).is_some_and(|ocsp| *ocsp);
    let place = match (list, responder) {
        (true, true) => "a revocation list and an OCSP responder",
        (true, false) => "a revocation list",
        (false, true) => "an OCSP responder",
        (false, false) => return None,
    };
    Some(Draft::new().fact("where", place))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn lists_and_responders_are_told() {
        let root = testkit::root("one");
        let plain = testkit::leaf_builder("worker");
        let list = plain.clone().crl_distribution_point("http://acme/crl");
        let responder = plain.clone().ocsp("http://acme/ocsp");
        let issuer = plain.clone().authority_info_access("http://acme/ca");
        let of = |builder: &testkit::CertificateBuilder| {
            client_messages(&RULE, &[&builder.signed_by(&root)], &[&root])
        };
        assert!(of(&list)[0].contains("names a revocation list, and"));
        assert!(of(&responder)[0].contains("names an OCSP responder, and"));
        assert!(
            of(&list.clone().ocsp("http://acme/ocsp"))[0].contains("a revocation list and an OCSP responder")
        );
        assert!(of(&plain).is_empty() && of(&issuer).is_empty());
    }
}
