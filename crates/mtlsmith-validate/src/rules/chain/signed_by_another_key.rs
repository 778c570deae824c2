//! `signed-by-another-key`: the CA that bears the issuer's name did not sign the certificate.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Subject;
use crate::graph::Link;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::TCLD_406;
use crate::rule::go;
use crate::rule::rule;

use super::hexadecimal;

rule! {
    /// The bundle has a CA with the name of the issuer, but with another key than the one that signed.
    ///
    /// ## Why it matters
    /// The chain cannot be built, and Temporal Cloud refuses such a bundle. It happens when a CA was made anew under its old name:
    /// what the previous CA issued no longer fits.
    ///
    /// ## How to fix
    /// Add the CA certificate that really issued this one, usually the previous one of the same name, or have the certificate issued
    /// again by the CA in the bundle.
    pub(super) static RULE = {
        code: "CHN-007",
        name: "signed-by-another-key",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509 verify.go, buildChains: the signature of every link is checked"), TCLD_406],
        message: "the certificate was signed by a different key than that of the CA named \"{issuer}\" in the bundle (certificate {ca}{keys}): \
                  probably the previous CA of that name issued it",
        help: "add the CA that issued it: mtlsmith bundle add FILE issuer.pem --output new.pem",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    let Link::WrongKey(named) = &context.graph.node(index)?.link else { return None };
    if certificate.is_self_issued() {
        return None;
    }
    let ca = named.first().copied()?;
    let offered = context.bundle.certificate(ca)?.subject_key_identifier();
    let keys = match (certificate.authority_key_identifier(), offered) {
        (Some(wanted), Some(offered)) if wanted != offered => {
            format!(", key {}; wanted is key {}", hexadecimal(offered), hexadecimal(wanted))
        }
        _ => String::new(),
    };
    let draft =
        Draft::new().fact("issuer", certificate.issuer().to_string()).fact("ca", ca + 1).fact("keys", keys);
    Some(
        named.iter().fold(draft, |draft, &ca| draft.related(Subject::Certificate(ca), "the CA of that name")),
    )
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::RULE;
    use crate::rules::testing::findings;

    #[test]
    fn an_intermediate_of_the_previous_ca_is_told_with_both_keys() {
        let previous = testkit::root_builder("one")
            .key(Key::p256("previous"))
            .subject_key_identifier(&[1, 2])
            .self_signed();
        let current = testkit::root_builder("one").subject_key_identifier(&[3, 4]).self_signed();
        let found = findings(&RULE, testkit::bundle(&[&current, &testkit::intermediate("two", &previous)]));
        let told = "the certificate was signed by a different key than that of the CA named \"CN=one,O=acme\" in the bundle (certificate 1, \
                    key 0304; wanted is key 0102): probably the previous CA of that name issued it";
        assert_eq!(found[0].message(), told);
        assert_eq!(found[0].related.len(), 1);
    }

    #[test]
    fn without_identifiers_the_name_is_told_alone() {
        let forged =
            testkit::intermediate_builder("two").no_aki().signed_by_key("O=acme,CN=one", &Key::p256("other"));
        let found = findings(&RULE, testkit::bundle(&[&testkit::root("one"), &forged]));
        assert!(found[0].message().contains("(certificate 1): probably"));
    }

    #[test]
    fn with_both_generations_in_the_bundle_nothing_is_wrong() {
        let previous = testkit::root_builder("one").key(Key::p256("previous")).self_signed();
        let issuing = testkit::intermediate("two", &previous);
        assert!(findings(&RULE, testkit::bundle(&[&testkit::root("one"), &previous, &issuing])).is_empty());
    }

    #[test]
    fn a_damaged_root_is_for_another_rule() {
        assert!(
            findings(&RULE, testkit::root_builder("one").corrupt_signature().self_signed().pem()).is_empty()
        );
    }

    #[test]
    fn one_identifier_for_two_keys_tells_nothing() {
        let ca = |key| {
            testkit::root_builder("one").key(Key::p256(key)).subject_key_identifier(&[1, 2]).self_signed()
        };
        let issuing = testkit::intermediate("two", &ca("previous"));
        let found = findings(&RULE, testkit::bundle(&[&ca("current"), &issuing]));
        assert!(found[0].message().contains("(certificate 1): probably"), "{}", found[0].message());
    }
}
