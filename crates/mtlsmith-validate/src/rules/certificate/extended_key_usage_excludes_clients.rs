//! `extended-key-usage-excludes-clients`: the Extended Key Usage of a CA shuts client certificates out.

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
    /// The Extended Key Usage of a CA certificate shuts client certificates out.
    ///
    /// ## Why it matters
    /// Go narrows the purposes from the root down, and a server asks for `clientAuth`: once one CA of the chain lists
    /// purposes without it, every client certificate below is refused, whatever the client certificate itself says. The
    /// upload goes through, as far as is known. CAs that were made for servers alone look like this.
    ///
    /// ## How to fix
    /// Issue the CA again without Extended Key Usage, or with `clientAuth` in it. With the same key and name, the
    /// client certificates below it become good as they are.
    pub(super) static RULE = {
        code: "CA-013",
        name: "extended-key-usage-excludes-clients",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/x509 verify.go, checkChainForKeyUsage: purposes are crossed out from the root down"),
            go("crypto/tls handshake_server.go, processCertsFromClient: the server asks for clientAuth"),
            rfc5280("section 4.2.1.12: the key is limited to the purposes listed"),
        ],
        message: "the CA certificate is limited to {purposes} by its Extended Key Usage and lacks clientAuth; every \
                  client certificate below it is refused",
        help: "issue it again without the extension: openssl x509 -in ca.pem -signkey ca.key -days 365 -clrext \
               -extfile ca.ext -out new.pem, where ca.ext says basicConstraints=critical,CA:TRUE and \
               keyUsage=critical,keyCertSign,cRLSign",
        check: Check::EachCertificate(check),
    }
}

fn check(_: &Context<'_>, _: usize, certificate: &Certificate) -> Option<Draft> {
    let usage = certificate.extended_key_usage()?.get()?;
    if usage.go_allows_client() || !certificate.is_ca() {
        return None;
    }
    Some(Draft::new().fact("purposes", usage.names().join(", ")))
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
    fn flags_a_ca_for_servers_only() {
        let found = messages(&RULE, root_with(&[oid::SERVER_AUTH, oid::CODE_SIGNING]));
        assert_eq!(
            found,
            [
                "the CA certificate is limited to serverAuth, 1.3.6.1.5.5.7.3.3 by its Extended Key Usage and lacks clientAuth; \
              every client certificate below it is refused"
            ]
        );
    }

    #[test]
    fn accepts_client_auth_any_and_no_extension_at_all() {
        assert!(findings(&RULE, root_with(&[oid::SERVER_AUTH, oid::CLIENT_AUTH])).is_empty());
        assert!(findings(&RULE, root_with(&[oid::ANY_EXTENDED_KEY_USAGE])).is_empty());
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
    }

    #[test]
    fn leaves_an_empty_list_and_end_entity_certificates_to_other_rules() {
        assert!(findings(&RULE, root_with(&[])).is_empty());
        let leaf = testkit::leaf_builder("server").extended_key_usage(&[oid::SERVER_AUTH]);
        assert!(findings(&RULE, leaf.signed_by(&testkit::root("a")).pem()).is_empty());
    }
}
