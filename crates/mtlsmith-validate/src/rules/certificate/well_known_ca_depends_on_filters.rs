//! `well-known-ca-depends-on-filters`: a public CA in the bundle makes its filters indispensable.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::public_ca;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;
use crate::rule::thread;

rule! {
    /// A public CA in the bundle makes the certificate filters indispensable.
    ///
    /// ## Why it matters
    /// As long as a well-known CA is in the bundle, the filters alone keep strangers out, and Temporal Cloud does not let the
    /// last filter be removed.
    ///
    /// ## How to fix
    /// Nothing, as long as the filters stay. To get rid of them, replace the public CA by a private one first.
    pub(super) static RULE = {
        code: "CA-027",
        name: "well-known-ca-depends-on-filters",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates(
                "Certificate requirements: filters cannot be cleared while a well-known CA is present",
            ),
            thread(
                "documentation pull request 1410: well-known means found in an operating system's store",
                "https://github.com/temporalio/documentation/pull/1410",
            ),
        ],
        message: "the certificate {tie} the public CA \"{ca}\" ({source}), so the certificate filters must never \
                  become empty",
        help: "keep at least one certificate filter as long as this CA is in the bundle",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, member: usize, _: &Certificate) -> Option<Draft> {
    if !context.filters.are_present() {
        return None;
    }
    let public = public_ca::behind(context, member)?;
    let draft = Draft::new()
        .fact("tie", public.tie.words())
        .fact("ca", public.root.subject().to_string())
        .fact("source", context.profile.well_known.source);
    Some(draft)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::report::CertificateFilters;
    use crate::rules::testing::findings;
    use crate::rules::testing::findings_with;

    fn public_root() -> String {
        testkit::pem_block("CERTIFICATE", &webpki_root_certs::TLS_SERVER_ROOT_CERTS[0])
    }

    #[test]
    fn a_public_ca_with_filters_is_told() {
        let found = findings_with(&RULE, public_root(), testkit::NOW, CertificateFilters::Present(1));
        assert!(
            found[0].message().ends_with("so the certificate filters must never become empty"),
            "{}",
            found[0].message()
        );
    }

    #[test]
    fn without_filters_another_rule_speaks_and_private_cas_depend_on_none() {
        assert!(findings(&RULE, public_root()).is_empty());
        assert!(findings_with(&RULE, public_root(), testkit::NOW, CertificateFilters::Present(0)).is_empty());
        let private = testkit::root("a").pem();
        assert!(findings_with(&RULE, private, testkit::NOW, CertificateFilters::Present(1)).is_empty());
    }
}
