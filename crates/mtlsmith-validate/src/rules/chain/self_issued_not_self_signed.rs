//! `self-issued-not-self-signed`: a certificate names itself as its issuer, and another key signed it.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Subject;
use crate::graph::Link;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rfc5280;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// A certificate names itself as its issuer, but was signed by another key.
    ///
    /// ## Why it matters
    /// It looks like a root and is none: nothing ends at it, so it counts as an intermediate. Such certificates come from a change of
    /// keys under one name, or from a damaged file.
    ///
    /// ## How to fix
    /// If it was meant to be the root, fetch it again from its source. If it ties a new key to an old one, upload the self-signed
    /// certificate of the new key instead.
    pub(super) static RULE = {
        code: "CHN-005",
        name: "self-issued-not-self-signed",
        severity: Severity::Warning,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("Certificate requirements: a root, or issued by another certificate of the bundle"),
            rfc5280("section 3.2: self-issued and self-signed certificates"),
        ],
        message: "the certificate names itself, \"{name}\", as its issuer, but {signer}",
        help: "look which key signed it, and fetch the root again if it was meant to be one: openssl x509 -in ca.pem -noout -text",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    if !certificate.is_self_issued() || context.graph.is_root(index) {
        return None;
    }
    let draft = Draft::new().fact("name", certificate.subject().to_string());
    match &context.graph.node(index)?.link {
        Link::Signed(signers) => {
            let signer = signers.first().copied()?;
            let signed = format!("was signed by the key of certificate {}", signer + 1);
            Some(draft.fact("signer", signed).related(Subject::Certificate(signer), "signed it"))
        }
        // What nobody in the bundle signed is a false root.
        Link::WrongKey(_) | Link::Unchecked(_) | Link::Missing | Link::NotReached => None,
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn a_new_key_signed_by_the_old_one_is_told() {
        let old = testkit::root("one");
        let new = testkit::root_builder("one").key(Key::p256("new")).signed_by(&old);
        let told = "the certificate names itself, \"CN=one,O=acme\", as its issuer, but was signed by the key of certificate 1";
        assert_eq!(messages(&RULE, testkit::bundle(&[&old, &new])), [told]);
    }

    #[test]
    fn roots_and_intermediates_are_fine() {
        let root = testkit::root("one");
        assert!(findings(&RULE, testkit::bundle(&[&root, &testkit::intermediate("two", &root)])).is_empty());
    }
}
