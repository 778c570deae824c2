//! `well-known-ca-without-filters`: a public CA in the bundle, and no certificate filter.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::public_ca;
use crate::report::CertificateFilters;
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
    /// A public CA is in the bundle without a certificate filter.
    ///
    /// ## Why it matters
    /// Everyone can get a certificate from a public CA. Without filters all of them would be admitted to the Namespace, so
    /// Temporal Cloud takes a well-known CA only together with at least one certificate filter. Public CAs are recognised by
    /// their keys in Mozilla's list, so that cross-signed ones are found too; other stores hold more than that list does.
    ///
    /// ## How to fix
    /// Use a private CA, one for each Namespace. If it has to be the public one, set certificate filters first, and tell about
    /// them here with `--filters`.
    pub(super) static RULE = {
        code: "CA-026",
        name: "well-known-ca-without-filters",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("Certificate requirements: well-known CAs need certificate filters"),
            thread(
                "documentation pull request 1410: well-known means found in an operating system's store",
                "https://github.com/temporalio/documentation/pull/1410",
            ),
        ],
        message: "the certificate {tie} the public CA \"{ca}\" ({source}), and {filters}",
        help: "use a private CA, or set certificate filters and pass them along: --filters filters.json",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, member: usize, _: &Certificate) -> Option<Draft> {
    if context.filters.are_present() {
        return None;
    }
    let public = public_ca::behind(context, member)?;
    let filters = match context.filters {
        CertificateFilters::NotStated => "no certificate filters are stated",
        CertificateFilters::None | CertificateFilters::Present(_) => "there is no certificate filter",
    };
    let draft = Draft::new()
        .fact("tie", public.tie.words())
        .fact("ca", public.root.subject().to_string())
        .fact("source", context.profile.well_known.source)
        .fact("filters", filters);
    Some(draft)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::Name;

    use super::RULE;
    use crate::certificate::Certificate;
    use crate::finding::Subject;
    use crate::report::CertificateFilters;
    use crate::rules::testing::findings;
    use crate::rules::testing::findings_with;

    fn pem(der: &[u8]) -> String {
        testkit::pem_block("CERTIFICATE", der)
    }

    #[test]
    fn every_root_of_the_list_is_flagged_and_fine_with_filters() {
        for root in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
            let found = findings(&RULE, pem(root));
            assert_eq!(found.len(), 1);
            assert!(
                found[0].message().starts_with("the certificate carries the key of the public CA \""),
                "{}",
                found[0].message()
            );
            assert!(found[0].message().contains(crate::well_known::MOZILLA_DATE), "{}", found[0].message());
        }
        let root = pem(&webpki_root_certs::TLS_SERVER_ROOT_CERTS[0]);
        assert!(findings_with(&RULE, &root, testkit::NOW, CertificateFilters::Present(1)).is_empty());
        for filters in [CertificateFilters::None, CertificateFilters::Present(0)] {
            let found = findings_with(&RULE, &root, testkit::NOW, filters);
            assert!(found[0].message().ends_with("there is no certificate filter"), "{}", found[0].message());
        }
    }

    #[test]
    fn a_cross_signed_variant_is_flagged_and_what_is_below_it_too() {
        let (public, _) = Certificate::read(&webpki_root_certs::TLS_SERVER_ROOT_CERTS[0]).unwrap();
        let other = testkit::root("other");
        let variant = testkit::root_builder("x")
            .subject(Name::raw(public.subject().as_der()))
            .key(Key::from_spki(public.subject_public_key_info().to_vec()))
            .signed_by(&other);
        let found = findings(&RULE, testkit::bundle(&[&other, &variant]));
        assert_eq!(
            found.iter().map(|finding| finding.subject).collect::<Vec<_>>(),
            [Subject::Certificate(1)]
        );
    }

    #[test]
    fn private_cas_are_fine_even_under_a_public_name() {
        let (public, _) = Certificate::read(&webpki_root_certs::TLS_SERVER_ROOT_CERTS[0]).unwrap();
        let alike = testkit::root_builder("x").subject(Name::raw(public.subject().as_der())).self_signed();
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
        assert!(findings(&RULE, alike.pem()).is_empty());
        assert!(
            findings(&RULE, testkit::bundle(&[&alike, &testkit::intermediate("below", &alike)])).is_empty()
        );
        assert!(findings(&RULE, testkit::intermediate("below", &alike).pem()).is_empty());
    }
}
