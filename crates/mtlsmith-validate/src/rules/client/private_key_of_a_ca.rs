//! `private-key-of-a-ca`: the private key is that of a CA.

use crate::admission::ClientContext;
use crate::admission::KeyInput;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

use super::holder;
use super::subject_of;

rule! {
    /// The private key is that of a CA.
    ///
    /// ## Why it matters
    /// Whoever has the key of a CA can make certificates that get in, under any name. A worker needs the key of its own certificate
    /// only.
    ///
    /// ## How to fix
    /// Take the key away from the worker. If others could read it, make a new CA, reissue what it signed, and take the old one out
    /// of every bundle.
    pub(super) static RULE = {
        code: "KEY-007",
        name: "private-key-of-a-ca",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("CA certificates: the private key of a CA stays with whoever issues")],
        message: "the private key is that of the CA \"{ca}\" ({place})",
        help: "make a key of its own for the client, and have a certificate issued for it",
        check: Check::PrivateKey(check),
    }
}

fn check(context: &ClientContext<'_>, input: &KeyInput) -> Option<Draft> {
    let public = input.file.key()?.public_key_info()?;
    let (place, ca) = holder(context, public).filter(|(_, holder)| holder.is_ca())?;
    let draft = Draft::new().fact("ca", ca.subject().to_string()).fact("place", place.to_string());
    Some(draft.related(subject_of(place), "its certificate"))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::RULE;
    use crate::rules::testing::key_messages;
    use crate::rules::testing::key_report;
    use crate::rules::testing::said;

    #[test]
    fn the_key_of_the_bundles_ca_is_told() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let report = key_report(&leaf, &[&root], root.key().pkcs8_pem(), None);
        assert_eq!(
            said(&RULE, &report),
            ["the private key is that of the CA \"CN=one,O=acme\" (CA certificate 1 of the bundle)"]
        );
        assert_eq!(report.findings.len(), 1, "that it does not match is not said as well");
        assert!(key_messages(&RULE, &leaf, &[&root], leaf.key().pkcs8_pem()).is_empty());
        assert!(key_messages(&RULE, &leaf, &[&root], Key::p256("other").pkcs8_pem()).is_empty());
    }

    #[test]
    fn of_all_certificates_with_the_key_the_ca_is_named() {
        let root = testkit::root("one");
        let sibling = testkit::leaf_builder("sibling").key(root.key().clone()).signed_by(&root);
        let leaf = testkit::leaf("worker", &root);
        let messages = key_messages(&RULE, &leaf, &[&sibling, &root], root.key().pkcs8_pem());
        assert_eq!(
            messages,
            ["the private key is that of the CA \"CN=one,O=acme\" (CA certificate 2 of the bundle)"]
        );
    }

    #[test]
    fn a_client_with_the_key_of_its_ca_is_told() {
        let root = testkit::root("one");
        let leaf = testkit::leaf_builder("worker").key(root.key().clone()).signed_by(&root);
        assert_eq!(key_messages(&RULE, &leaf, &[&root], root.key().pkcs8_pem()).len(), 1);
    }
}
