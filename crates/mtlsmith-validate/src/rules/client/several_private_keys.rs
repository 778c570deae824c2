//! `several-private-keys`: the key file holds several private keys.

use crate::admission::ClientContext;
use crate::admission::KeyInput;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

rule! {
    /// The key file holds several private keys.
    ///
    /// ## Why it matters
    /// Programs load the first key of a file and pass over the others, so which one is used depends on their order.
    ///
    /// ## How to fix
    /// Keep each key in a file of its own.
    pub(super) static RULE = {
        code: "KEY-201",
        name: "several-private-keys",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/tls, X509KeyPair: the first key is taken")],
        message: "the key file holds {count} private keys, and programs load the first alone",
        help: "keep the key of this certificate in a file of its own",
        check: Check::PrivateKey(check),
    }
}

fn check(_: &ClientContext<'_>, input: &KeyInput) -> Option<Draft> {
    let count = input.file.keys().len();
    (count > 1).then(|| Draft::new().fact("count", count))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::RULE;
    use crate::rules::testing::key_messages;

    #[test]
    fn a_second_key_is_told() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let (first, second) = (leaf.key().pkcs8_pem(), Key::p256("second").pkcs8_pem());
        assert_eq!(
            key_messages(&RULE, &leaf, &[&root], format!("{first}{second}")),
            ["the key file holds 2 private keys, and programs load the first alone"]
        );
        assert!(key_messages(&RULE, &leaf, &[&root], first).is_empty());
    }
}
