//! `client-issuer-may-not-sign`: the Key Usage of a CA above the client does not let it sign certificates.

use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc5280;
use crate::rule::rule;

use super::refusal::tell;

rule! {
    /// The Key Usage of a CA above the client does not let it sign certificates.
    ///
    /// ## Why it matters
    /// With Key Usage present, a CA needs keyCertSign in it; servers refuse what it signs without.
    ///
    /// ## How to fix
    /// Issue the CA certificate again with keyUsage=critical,keyCertSign,cRLSign for the same key, and upload that.
    pub(super) static RULE = {
        code: "CHN-022",
        name: "client-issuer-may-not-sign",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            rfc5280("section 6.1.4 (n): keyCertSign has to be set if Key Usage is present"),
            go("crypto/x509, CheckSignatureFrom: KeyUsageCertSign"),
        ],
        message: "the Key Usage of the CA \"{name}\" ({place}) lacks keyCertSign; refused by {by}",
        help: "issue the CA certificate again with keyUsage=critical,keyCertSign,cRLSign",
        check: Check::Opinions(tell),
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::KeyUsage;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn a_ca_without_the_bit_is_told() {
        let root = testkit::root_builder("one").key_usage(&[KeyUsage::CrlSign]).self_signed();
        let found = client_messages(&RULE, &[&testkit::leaf("worker", &root)], &[&root]);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with(
                "the Key Usage of the CA \"CN=one,O=acme\" (CA certificate 1 of the bundle) lacks"
            )
        );
        let root = testkit::root_builder("one").no_key_usage().self_signed();
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &root)], &[&root]).is_empty());
    }
}
