//! `empty-extended-key-usage`: the Extended Key Usage of a CA lists no purpose.

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
    /// The Extended Key Usage of a CA certificate is an empty list.
    ///
    /// ## Why it matters
    /// The standard demands at least one purpose. Go reads an empty list as no limit, OpenSSL and its relatives read it
    /// as "for nothing": whether a client certificate below this CA gets in depends on which of them guards the door.
    ///
    /// ## How to fix
    /// Issue the CA again without the extension. With the same key and name, the client certificates below it stay
    /// good.
    pub(super) static RULE = {
        code: "CA-213",
        name: "empty-extended-key-usage",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            rfc5280("section 4.2.1.12: a sequence of at least one purpose"),
            go("crypto/x509 verify.go, checkChainForKeyUsage: an empty list is no limit"),
        ],
        message: "the Extended Key Usage of the CA certificate lists no purpose; Go takes that for no limit, servers \
                  of the OpenSSL family refuse every client certificate below it",
        help: "issue it again without the extension: openssl x509 -in ca.pem -signkey ca.key -days 365 -clrext \
               -extfile ca.ext -out new.pem, where ca.ext says basicConstraints=critical,CA:TRUE and \
               keyUsage=critical,keyCertSign,cRLSign",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let usage = certificate.extended_key_usage()?.get()?;
    (usage.count == 0 && certificate.is_ca()).then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::oid;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    fn root_with(purposes: &[&[u64]]) -> String {
        testkit::root_builder("purposes").extended_key_usage(purposes).self_signed().pem()
    }

    #[test]
    fn flags_an_empty_list() {
        let found = messages(&RULE, root_with(&[]));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("the Extended Key Usage of the CA certificate lists no purpose;"));
    }

    #[test]
    fn accepts_one_purpose_and_no_extension_at_all() {
        assert!(findings(&RULE, root_with(&[oid::CLIENT_AUTH])).is_empty());
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
    }

    #[test]
    fn says_nothing_about_end_entity_certificates() {
        let leaf = testkit::leaf_builder("worker").extended_key_usage(&[]);
        assert!(findings(&RULE, leaf.signed_by(&testkit::root("a")).pem()).is_empty());
    }
}
