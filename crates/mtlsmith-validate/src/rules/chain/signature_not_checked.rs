//! `signature-not-checked`: no algorithm at hand tells whether the issuer signed.

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
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// Whether the issuer signed the certificate could not be checked.
    ///
    /// ## Why it matters
    /// There is no algorithm here for this kind of key or signature. The link to the issuer rests on the names alone, and other
    /// findings about the chain take it for granted. What Temporal Cloud accepts, RSA of at least 2,048 bits and ECDSA with
    /// SHA-256 or better, can be checked.
    ///
    /// ## How to fix
    /// Use a key and a signature that Temporal Cloud accepts. Until then look at the signature with another tool.
    pub(super) static RULE = {
        code: "CHN-107",
        name: "signature-not-checked",
        severity: Severity::Warning,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate requirements: signature algorithms")],
        message: "whether certificate {issuer} signed this one was not checked: no algorithm here fits a signature of {signature} by a key of \
                  {key}",
        help: "check it with another tool: openssl verify -partial_chain -check_ss_sig -trusted issuer.pem ca.pem",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    let Link::Unchecked(named) = &context.graph.node(index)?.link else { return None };
    let issuer = named.first().copied()?;
    let draft = Draft::new()
        .fact("issuer", issuer + 1)
        .fact("signature", certificate.signature_algorithm().to_string())
        .fact("key", context.bundle.certificate(issuer)?.key().to_string());
    let others = named.iter().filter(|&&issuer| issuer != index);
    Some(
        others
            .fold(draft, |draft, &issuer| draft.related(Subject::Certificate(issuer), "the CA of that name")),
    )
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::SignatureAlgorithm;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn a_weak_hash_and_a_short_key_are_named() {
        let sha1 =
            testkit::root_builder("one").signature_algorithm(SignatureAlgorithm::EcdsaSha1).self_signed();
        let told = "was not checked: no algorithm here fits a signature of";
        let expected =
            format!("whether certificate 1 signed this one {told} ECDSA with SHA-1 by a key of P-256");
        assert_eq!(messages(&RULE, sha1.pem()), [expected]);
        let short = testkit::root_builder("one").key(Key::from_spki(spki::rsa_bits(1024))).self_signed();
        assert!(messages(&RULE, short.pem())[0].ends_with("by a key of RSA 1024"));
    }

    #[test]
    fn checked_signatures_are_not_told_be_they_right_or_wrong() {
        assert!(findings(&RULE, testkit::root("one").pem()).is_empty());
        assert!(
            findings(&RULE, testkit::root_builder("one").corrupt_signature().self_signed().pem()).is_empty()
        );
    }
}
