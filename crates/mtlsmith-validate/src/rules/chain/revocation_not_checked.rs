//! `revocation-not-checked`: a CA points to revocation data that nobody reads.

use crate::certificate::Certificate;
use crate::certificate::Extension;
use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// A CA names a revocation list or an OCSP responder; Temporal Cloud asks neither.
    ///
    /// ## Why it matters
    /// A client certificate that was revoked still connects. What keeps one out is its end, a certificate filter that no longer
    /// matches it, or a bundle without its CA.
    ///
    /// ## How to fix
    /// Nothing in the bundle. Keep client certificates short-lived, and know how to shut one out: by certificate filters, or by replacing the CA.
    pub(super) static RULE = {
        code: "CHN-018",
        name: "revocation-not-checked",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate requirements: revocation lists are neither supported nor checked")],
        message: "revocation lists or OCSP responders are named by certificate {numbers}, and Temporal Cloud checks neither",
        help: "to shut out a client certificate, change the certificate filters or replace the CA; revoking it does nothing",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let named =
        context.bundle.members.iter().filter(|member| member.certificate().is_some_and(names_revocation));
    let numbers: Vec<String> = named.map(|member| member.number().to_string()).collect();
    if !numbers.is_empty() {
        findings.add(Subject::Bundle, Draft::new().fact("numbers", numbers.join(", ")));
    }
}

fn names_revocation(certificate: &Certificate) -> bool {
    let extensions = certificate.read_extensions();
    let ocsp = extensions.authority_information_access.as_ref().and_then(Extension::get);
    certificate.is_ca() && (extensions.crl_distribution_points.is_some() || ocsp == Some(&true))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn one_finding_names_every_ca() {
        let one = testkit::root_builder("one").crl_distribution_point("http://crl.acme/1").self_signed();
        let three = testkit::root_builder("three").ocsp("http://ocsp.acme/").self_signed();
        let bundle = testkit::bundle(&[&one, &testkit::root("two"), &three]);
        let told = "revocation lists or OCSP responders are named by certificate 1, 3, and Temporal Cloud checks neither";
        assert_eq!(messages(&RULE, bundle), [told]);
    }

    #[test]
    fn an_issuer_address_is_no_revocation_and_client_certificates_are_not_meant() {
        let root =
            testkit::root_builder("one").authority_info_access("http://ca.acme/root.der").self_signed();
        let leaf = testkit::leaf_builder("leaf").crl_distribution_point("http://crl.acme/1").signed_by(&root);
        assert!(findings(&RULE, testkit::bundle(&[&root, &leaf])).is_empty());
    }
}
