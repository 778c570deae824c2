//! `client-signed-by-another-key`: the client's certificate was signed by a different key of the same name.

use crate::admission::ClientContext;
use crate::admission::Place;
use crate::certificate::Certificate;
use crate::finding::Findings;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;
use crate::rule::temporal_certificates;

use super::refusal::namesakes;
use super::refusal::refusals;

rule! {
    /// The client's certificate was signed by a different key of the same name.
    ///
    /// ## Why it matters
    /// A CA that was made again keeps its name and gets a new key. Certificates of the previous one name the right issuer, and
    /// their signature does not fit: the usual end of a rollover done in the wrong order.
    ///
    /// ## How to fix
    /// Issue the client's certificate again from the CA in the bundle, or add the CA that issued it to the bundle until all clients
    /// have moved.
    pub(super) static RULE = {
        code: "CHN-207",
        name: "client-signed-by-another-key",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("End-entity certificates: issued by a CA of the Namespace's bundle"),
            go("crypto/x509/verify.go: the signature of each link is checked"),
        ],
        message: "the certificate \"{name}\" was signed by a different key of the same name as {ca}, \"{issuer}\"{generation}; \
                  refused by {by}",
        help: "issue it again from the CA in the bundle, or add the one that issued it: mtlsmith bundle add bundle.pem \
               previous-ca.pem --output new.pem",
        check: Check::Opinions(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    for refusal in refusals(context, findings.rule) {
        let Some(certificate) = refusal.certificate else { continue };
        let cas: Vec<(Place, &Certificate)> = namesakes(context, certificate.issuer()).collect();
        let ca =
            cas.first().map_or_else(|| "a CA that is not taken".to_owned(), |(place, _)| place.to_string());
        let wanted = certificate.authority_key_identifier();
        let is_another =
            |ca: &Certificate| ca.subject_key_identifier().is_some_and(|offered| Some(offered) != wanted);
        let another = wanted.is_some() && !cas.is_empty() && cas.iter().all(|(_, ca)| is_another(ca));
        let generation = if another {
            ": its Authority Key Identifier names another key, so another generation of the CA issued it"
        } else {
            ""
        };
        let draft = refusal
            .draft()
            .fact("ca", ca)
            .fact("issuer", certificate.issuer().to_string())
            .fact("generation", generation);
        findings.add(refusal.subject(), draft);
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::RULE;
    use crate::rules::testing::client_messages;

    fn generation(key: &str) -> testkit::CertificateBuilder {
        testkit::root_builder("ca").key(Key::p256(key))
    }

    #[test]
    fn the_previous_generation_of_a_ca_is_named_as_such() {
        let (old, new) = (generation("old").self_signed(), generation("new").self_signed());
        let found = client_messages(&RULE, &[&testkit::leaf("worker", &old)], &[&new]);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with(
                "the certificate \"CN=worker,O=acme\" was signed by a different key of the same name as CA certificate 1 of the bundle, \"CN=ca,O=acme\": its Authority Key Identifier names another key, so another generation of the CA issued it"
            ),
            "{found:?}"
        );
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &old)], &[&new, &old]).is_empty());
    }

    #[test]
    fn without_identifiers_nothing_is_said_about_generations() {
        let (old, new) = (generation("old").self_signed(), generation("new").self_signed());
        let leaf = testkit::leaf_builder("worker").no_aki().signed_by(&old);
        assert!(!client_messages(&RULE, &[&leaf], &[&new])[0].contains("generation"));
        let bare = generation("new").no_ski().self_signed();
        assert!(
            !client_messages(&RULE, &[&testkit::leaf("worker", &old)], &[&bare])[0].contains("generation")
        );
    }

    #[test]
    fn a_damaged_signature_names_the_right_generation() {
        let new = generation("new").self_signed();
        let leaf = testkit::leaf_builder("worker").corrupt_signature().signed_by(&new);
        let found = client_messages(&RULE, &[&leaf], &[&new]);
        assert!(found.len() == 1 && !found[0].contains("generation"), "{found:?}");
    }
}
