//! `key-usage-without-digital-signature`: the Key Usage of the client's certificate lacks digitalSignature.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rfc;
use crate::rule::rule;
use crate::rule::temporal_certificates;

use super::openssl;

rule! {
    /// The Key Usage of the client's certificate lacks digitalSignature.
    ///
    /// ## Why it matters
    /// A TLS client proves itself by a signature, so its key has to be allowed to sign. Temporal Cloud documents the bit; Go does
    /// not look, while OpenSSL refuses certificates that may only encipher.
    ///
    /// ## How to fix
    /// Issue the certificate again with keyUsage=critical,digitalSignature.
    pub(super) static RULE = {
        code: "EE-003",
        name: "key-usage-without-digital-signature",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("End-entity certificates: Key Usage must include Digital Signature"),
            rfc("RFC 8446", "section 4.4.2.2: digitalSignature if the Key Usage extension is present", "https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2.2"),
            openssl("purpose sslclient: the key may sign or agree on keys"),
        ],
        message: "the Key Usage of the client's certificate is {usages}; Temporal Cloud asks for digitalSignature",
        help: "issue it again: mtlsmith sign worker.csr --cn worker --ca-cert ca.pem --ca-key ca.key > worker.pem",
        check: Check::EndEntity(check),
    }
}

fn check(_: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    let usage = leaf.key_usage()?.get()?;
    if usage.digital_signature() {
        return None;
    }
    let names: Vec<&str> = usage.names().collect();
    let usages = if names.is_empty() { "empty".to_owned() } else { names.join(", ") };
    Some(Draft::new().fact("usages", usages))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::KeyUsage;

    use super::RULE;
    use crate::rules::testing::client_messages;

    fn sentences(usages: &[KeyUsage]) -> Vec<String> {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").key_usage(usages).signed_by(&root);
        client_messages(&RULE, &[&leaf], &[&root])
    }

    #[test]
    fn a_key_that_may_only_encipher_is_refused() {
        assert_eq!(
            sentences(&[KeyUsage::KeyEncipherment]),
            [
                "the Key Usage of the client's certificate is keyEncipherment; Temporal Cloud asks for digitalSignature"
            ]
        );
        assert!(sentences(&[])[0].contains(" is empty;"));
        assert!(sentences(&[KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment]).is_empty());
    }

    #[test]
    fn an_absent_key_usage_is_another_matter() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").no_key_usage().signed_by(&root);
        assert!(client_messages(&RULE, &[&leaf], &[&root]).is_empty());
    }

    #[test]
    fn what_openssl_refuses_for_it_is_not_told_a_second_time() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").key_usage(&[KeyUsage::KeyEncipherment]).signed_by(&root);
        let told = client_messages(&super::super::refused_by_server::RULE, &[&leaf], &[&root]);
        assert!(told.is_empty(), "{told:?}");
    }
}
