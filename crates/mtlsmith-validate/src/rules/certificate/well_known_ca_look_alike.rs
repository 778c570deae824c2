//! `well-known-ca-look-alike`: a private CA bears the name of a public one.

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
    /// A private CA bears the name of a public CA.
    ///
    /// ## Why it matters
    /// The name is that of a public CA and the key is another one. Temporal does not say by what it recognises well-known CAs:
    /// if by name, the bundle is refused without filters. People who read the name take it for the public CA in any case.
    ///
    /// ## How to fix
    /// Give the next CA a name of your own. If you meant to hand in the public CA, this is not it: look where the file came
    /// from.
    pub(super) static RULE = {
        code: "CA-126",
        name: "well-known-ca-look-alike",
        severity: Severity::Warning,
        effect: Effect::Upload,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("Certificate requirements: well-known CAs need certificate filters"),
            thread(
                "documentation pull request 1410: well-known means found in an operating system's store",
                "https://github.com/temporalio/documentation/pull/1410",
            ),
        ],
        message: "the certificate bears the name of the public CA \"{ca}\" ({source}), and another key",
        help: "give the next CA a name of your own; if this was meant to be the public CA, find out where the file \
               came from",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, member: usize, certificate: &Certificate) -> Option<Draft> {
    let list = context.profile.well_known;
    let root = list.with_name(certificate.subject()).next()?;
    if public_ca::behind(context, member).is_some() {
        return None;
    }
    Some(Draft::new().fact("ca", root.subject().to_string()).fact("source", list.source))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Name;

    use super::RULE;
    use crate::certificate::Certificate;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn a_public_name_over_a_private_key_is_flagged() {
        let (public, _) = Certificate::read(&webpki_root_certs::TLS_SERVER_ROOT_CERTS[0]).unwrap();
        let alike = testkit::root_builder("x").subject(Name::raw(public.subject().as_der())).self_signed();
        let found = messages(&RULE, alike.pem());
        assert!(
            found.len() == 1 && found[0].starts_with("the certificate bears the name of the public CA"),
            "{found:?}"
        );
    }

    #[test]
    fn the_public_ca_itself_and_a_private_name_are_not() {
        let public = testkit::pem_block("CERTIFICATE", &webpki_root_certs::TLS_SERVER_ROOT_CERTS[0]);
        assert!(findings(&RULE, public).is_empty());
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
    }
}
