//! `client-key-identifier-mismatch`: a certificate on the client's path names another key than that of its issuer.

use crate::admission::ClientContext;
use crate::admission::Place;
use crate::certificate::hex;
use crate::finding::Draft;
use crate::finding::Findings;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rfc5280;
use crate::rule::rule;

use super::openssl;
use super::subject_of;

rule! {
    /// A certificate on the client's path names another key than that of its issuer.
    ///
    /// ## Why it matters
    /// The signature fits, but the Authority Key Identifier is not the Subject Key Identifier of the CA that signed. Go takes it as
    /// a hint only; programs that select issuers by it find none.
    ///
    /// ## How to fix
    /// Issue the certificate again with the CA's present certificate at hand.
    pub(super) static RULE = {
        code: "CHN-108",
        name: "client-key-identifier-mismatch",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            rfc5280("section 4.2.1.1: the authority key identifier names the issuer's key"),
            openssl("X509_check_issued compares the key identifiers"),
        ],
        message: "the certificate \"{name}\" names the key {wanted} as its issuer's, and {issuer} has the key {offered}",
        help: "issue it again with the CA's present certificate: authorityKeyIdentifier=keyid in the extension file of openssl \
               x509 -req",
        check: Check::ClientPath(check),
    }
}

fn check(context: &ClientContext<'_>, path: &[Place], findings: &mut Findings<'_>) {
    for pair in path.windows(2) {
        let [below, above] = *pair else { continue };
        let (Some(child), Some(issuer)) = (context.certificate(below), context.certificate(above)) else {
            continue;
        };
        let (wanted, offered) = (child.authority_key_identifier(), issuer.subject_key_identifier());
        if let (Some(wanted), Some(offered)) = (wanted, offered)
            && wanted != offered
        {
            let draft = Draft::new()
                .fact("name", child.subject().to_string())
                .fact("wanted", hex(wanted))
                .fact("issuer", above.to_string())
                .fact("offered", hex(offered));
            findings.add(subject_of(below), draft.related(subject_of(above), "issuer"));
        }
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn an_identifier_of_another_key_is_told() {
        let root = testkit::root_builder("one").subject_key_identifier(&[0xaa, 1]).self_signed();
        let leaf = testkit::leaf_builder("worker").authority_key_identifier(&[0xbb]).signed_by(&root);
        assert_eq!(
            client_messages(&RULE, &[&leaf], &[&root]),
            [
                "the certificate \"CN=worker,O=acme\" names the key bb as its issuer's, and CA certificate 1 of the bundle has the key aa01"
            ]
        );
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &root)], &[&root]).is_empty());
        let without = testkit::leaf_builder("worker").no_aki().signed_by(&root);
        assert!(client_messages(&RULE, &[&without], &[&root]).is_empty());
    }
}
