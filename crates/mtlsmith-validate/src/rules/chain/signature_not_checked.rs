//! `signature-not-checked`: no algorithm at hand tells whether the issuer signed.

use crate::certificate::Certificate;
use crate::certificate::Hash;
use crate::certificate::SignatureAlgorithm;
use crate::finding::Draft;
use crate::finding::Subject;
use crate::graph::Link;
use crate::key::Curve;
use crate::key::PointForm;
use crate::key::PublicKey;
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
        message: "the signature of the certificate, made by {signer} as its names say, was not checked: no algorithm here for {signature} with a \
                  key of {key}",
        help: "check with the provider aws-lc-rs, which has every algorithm that Temporal Cloud accepts",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    let Link::Unchecked(named) = &context.graph.node(index)?.link else { return None };
    let issuer = named.first().copied()?;
    let key = context.bundle.certificate(issuer)?.key();
    if !is_acceptable(certificate.signature_algorithm(), key) {
        return None; // another rule refuses the algorithm or the key, and that is the fault to repair
    }
    let signer =
        if issuer == index { "its own key".to_owned() } else { format!("certificate {}", issuer + 1) };
    let draft = Draft::new()
        .fact("signer", signer)
        .fact("signature", certificate.signature_algorithm().to_string())
        .fact("key", key.to_string());
    let others = named.iter().filter(|&&issuer| issuer != index);
    Some(
        others
            .fold(draft, |draft, &issuer| draft.related(Subject::Certificate(issuer), "the CA of that name")),
    )
}

/// Would Temporal Cloud accept a signature like this by a key like that?
fn is_acceptable(signature: &SignatureAlgorithm, key: &PublicKey) -> bool {
    let strong = signature.hash().is_some_and(|hash| hash >= Hash::Sha256);
    strong
        && match key {
            PublicKey::Rsa(key) => (2_048..=8_192).contains(&key.modulus_bits),
            PublicKey::Ec(key) => {
                matches!(key.curve, Curve::P256 | Curve::P384 | Curve::P521)
                    && key.point == PointForm::Uncompressed
            }
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::SignatureAlgorithm;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::check_bundle;
    use crate::finding::Finding;
    use crate::finding::Subject;
    use crate::profile::Profile;
    use crate::rules::testing::findings;
    use crate::time::Timestamp;

    /// What is said when no algorithm at all is at hand.
    fn without_algorithms(bundle: &str) -> Vec<String> {
        let report = check_bundle(
            bundle.as_bytes(),
            &Profile::temporal_cloud_with(&[]),
            Timestamp::from_unix(testkit::NOW),
        );
        let own = report.findings.iter().filter(|finding| std::ptr::eq(finding.rule, &RULE));
        own.map(Finding::message).collect()
    }

    #[test]
    fn what_no_algorithm_fits_is_told_with_its_signer() {
        let root = testkit::root("one");
        let issuing = testkit::intermediate("two", &root);
        let told = |signer| {
            format!(
                "the signature of the certificate, made by {signer} as its names say, was not checked: \
                 no algorithm here for ECDSA with SHA-256 with a key of P-256"
            )
        };
        let bundle = testkit::bundle(&[&root, &issuing]);
        assert_eq!(without_algorithms(&bundle), [told("its own key"), told("certificate 1")]);
        assert!(findings(&RULE, bundle).is_empty());
    }

    #[test]
    fn weak_hashes_and_short_keys_are_left_to_their_own_rules() {
        let sha1 =
            testkit::root_builder("one").signature_algorithm(SignatureAlgorithm::EcdsaSha1).self_signed();
        assert!(without_algorithms(&sha1.pem()).is_empty());
        for (bits, told) in [(2_047, 0), (2_048, 1), (8_192, 1), (8_193, 0)] {
            let key = Key::from_spki(spki::rsa_bits(bits));
            let root =
                testkit::root_builder("one").key(key).signature_algorithm(SignatureAlgorithm::RsaPkcs1Sha256);
            assert_eq!(without_algorithms(&root.self_signed().pem()).len(), told, "{bits}");
        }
    }

    #[test]
    fn the_ca_of_that_name_is_named_beside_what_it_signed() {
        let root = testkit::root("one");
        let bundle = testkit::bundle(&[&root, &testkit::intermediate("two", &root)]);
        let (profile, now) = (Profile::temporal_cloud_with(&[]), Timestamp::from_unix(testkit::NOW));
        let report = check_bundle(bundle.as_bytes(), &profile, now);
        let own = report.findings.iter().filter(|finding| std::ptr::eq(finding.rule, &RULE));
        let related: Vec<_> = own.map(|finding| finding.related.clone()).collect();
        assert_eq!(related, [vec![], vec![(Subject::Certificate(0), "the CA of that name")]]);
    }
}
