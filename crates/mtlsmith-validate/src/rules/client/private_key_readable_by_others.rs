//! `private-key-readable-by-others`: others may read the file with the private key.

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

rule! {
    /// Others may read the file with the private key.
    ///
    /// ## Why it matters
    /// Whoever reads the key is the client as far as Temporal Cloud can tell. Only the user that the worker runs as needs to read
    /// it.
    ///
    /// ## How to fix
    /// Take the permissions of group and others away.
    pub(super) static RULE = {
        code: "KEY-006",
        name: "private-key-readable-by-others",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[official_tool("tcld app/certificates.go: keys are written with mode 0600", "https://github.com/temporalio/tcld/blob/HEAD/app/certificates.go")],
        message: "the key file has mode {mode}, so others than its owner may use it",
        help: "chmod 600 the file",
        check: Check::PrivateKey(check),
    }
}

fn check(_: &ClientContext<'_>, input: &KeyInput) -> Option<Draft> {
    let mode = input.mode.filter(|mode| mode & 0o077 != 0)?;
    Some(Draft::new().fact("mode", format!("{:04o}", mode & 0o7777)))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::key_report;
    use crate::rules::testing::said;

    #[test]
    fn any_permission_of_group_or_others_is_told() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let with = |mode| said(&RULE, &key_report(&leaf, &[&root], leaf.key().pkcs8_pem(), mode));
        for mode in [0o640, 0o604, 0o610, 0o100_755] {
            assert_eq!(with(Some(mode)).len(), 1, "{mode:o}");
        }
        assert_eq!(
            with(Some(0o100_644)),
            ["the key file has mode 0644, so others than its owner may use it"]
        );
        for mode in [Some(0o600), Some(0o400), Some(0o100_700), None] {
            assert!(with(mode).is_empty(), "{mode:?}");
        }
    }
}
