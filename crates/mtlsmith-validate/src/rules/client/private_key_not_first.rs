//! `private-key-not-first`: another block stands before the private key.

use crate::admission::ClientContext;
use crate::admission::KeyInput;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::official_tool;
use crate::rule::rule;

use super::openssl;

rule! {
    /// Another block stands before the private key.
    ///
    /// ## Why it matters
    /// `openssl ecparam -genkey` writes a block EC PARAMETERS before the key. Some programs, tcld among them, read the first block
    /// of a key file and stop there.
    ///
    /// ## How to fix
    /// Delete the block; the key holds the name of its curve itself.
    pub(super) static RULE = {
        code: "KEY-004",
        name: "private-key-not-first",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            official_tool("tcld app/certificates.go: the first PEM block is read", "https://github.com/temporalio/tcld/blob/HEAD/app/certificates.go"),
            openssl("ecparam -genkey writes EC PARAMETERS before the key"),
        ],
        message: "a block \"{label}\" stands before the private key, and some programs read the first block alone",
        help: "delete the block \"{label}\"",
        check: Check::PrivateKey(check),
    }
}

fn check(_: &ClientContext<'_>, input: &KeyInput) -> Option<Draft> {
    input.file.before_the_key().map(|label| Draft::new().fact("label", label.to_owned()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::key_messages;

    #[test]
    fn parameters_before_the_key_are_told() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let (parameters, key) = (testkit::pem_block("EC PARAMETERS", &[6, 0]), leaf.key().pkcs8_pem());
        assert_eq!(
            key_messages(&RULE, &leaf, &[&root], format!("{parameters}{key}")),
            [
                "a block \"EC PARAMETERS\" stands before the private key, and some programs read the first block alone"
            ]
        );
        assert!(key_messages(&RULE, &leaf, &[&root], key).is_empty());
    }
}
