//! `key-usage-without-cert-sign`: the Key Usage of a CA does not allow it to sign certificates.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc5280;
use crate::rule::rule;

rule! {
    /// The Key Usage of a CA certificate does not allow it to sign certificates.
    ///
    /// ## Why it matters
    /// A reader that finds a Key Usage without `keyCertSign` takes no signature by this key: every client certificate
    /// below the CA is refused, while the upload, as far as is known, goes through. A Key Usage without any bit counts
    /// as no limit in Go and as a prohibition in OpenSSL.
    ///
    /// ## How to fix
    /// Issue the CA again with critical Key Usage `keyCertSign` and `cRLSign`. With the same key and name, the client
    /// certificates below it become good as they are.
    pub(super) static RULE = {
        code: "CA-011",
        name: "key-usage-without-cert-sign",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 x509.go, CheckSignatureFrom: a parent with Key Usage and without keyCertSign"),
            rfc5280("section 4.2.1.3: keyCertSign is asserted where the key verifies signatures on certificates"),
        ],
        message: "the Key Usage of the CA certificate allows {usages} and not keyCertSign; every client certificate \
                  below it is refused",
        help: "issue it again with the usage: openssl x509 -in ca.pem -signkey ca.key -days 365 -clrext -extfile \
               ca.ext -out new.pem, where ca.ext says basicConstraints=critical,CA:TRUE and \
               keyUsage=critical,keyCertSign,cRLSign",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let usage = *certificate.key_usage()?.get()?;
    if usage.key_cert_sign() || !certificate.is_ca() {
        return None;
    }
    let usages: Vec<&str> = usage.names().collect();
    let usages = if usages.is_empty() { "nothing".to_owned() } else { usages.join(", ") };
    Some(Draft::new().fact("usages", usages))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::KeyUsage;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn root_with(usages: &[KeyUsage]) -> String {
        testkit::root_builder("usage").key_usage(usages).self_signed().pem()
    }

    #[test]
    fn flags_a_ca_that_may_do_other_things_only() {
        let found = messages(&RULE, root_with(&[KeyUsage::DigitalSignature, KeyUsage::CrlSign]));
        assert_eq!(
            found,
            [
                "the Key Usage of the CA certificate allows digitalSignature, cRLSign and not keyCertSign; every client \
              certificate below it is refused"
            ]
        );
    }

    #[test]
    fn flags_a_key_usage_without_any_bit() {
        assert!(
            messages(&RULE, root_with(&[]))[0]
                .starts_with("the Key Usage of the CA certificate allows nothing and not")
        );
    }

    #[test]
    fn accepts_key_cert_sign_and_an_absent_key_usage() {
        assert!(findings(&RULE, root_with(&[KeyUsage::KeyCertSign])).is_empty());
        assert!(findings(&RULE, testkit::root_builder("none").no_key_usage().self_signed().pem()).is_empty());
    }

    #[test]
    fn says_nothing_about_end_entity_certificates() {
        assert!(findings(&RULE, testkit::leaf("worker", &testkit::root("a")).pem()).is_empty());
    }
}
