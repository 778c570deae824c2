//! `private-key-in-text`: a private key between or behind the blocks, without its armour.

use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// A private key lies in the text between or behind the blocks.
    ///
    /// ## Why it matters
    /// A key whose BEGIN and END lines are damaged or missing is only text to the tools, and they upload the text between the blocks along
    /// with the certificates. Whoever reads it can put the armour back.
    ///
    /// ## How to fix
    /// Delete the text. If the file was uploaded, mailed or committed anywhere, replace what the key belongs to.
    pub(super) static RULE = {
        code: "BND-110",
        name: "private-key-in-text",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("only certificates are exchanged, never secrets")],
        message: "the text from line {line} on holds a private key without its armour",
        help: "delete it; if the file was uploaded, mailed or committed anywhere, replace the CA or certificate that the key belongs to",
        check: Check::Bundle(check),
    }
}

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if let Some(line) = context.bundle.scan.key_in_text {
        findings.add(Subject::Bundle, Draft::new().fact("line", line));
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn a_key_with_damaged_armour_is_found_wherever_it_stands() {
        let root = testkit::root("a").pem();
        let lines = root.lines().count();
        let key = testkit::Key::p256("hidden").pkcs8_pem();
        for damaged in [
            key.replace("-----BEGIN", "----BEGIN"),
            key.replace("-----", "\u{2014}"),
            key.replace("-----BEGIN PRIVATE KEY-----\n", ""),
        ] {
            assert!(
                !findings(&RULE, format!("{root}{damaged}{root}")).is_empty() || damaged.starts_with("MI"),
                "{damaged}"
            );
        }
        let bare: String = key.lines().filter(|line| !line.contains('-')).collect::<Vec<_>>().join("\n");
        let told = format!("the text from line {} on holds a private key without its armour", lines + 1);
        assert_eq!(messages(&RULE, format!("{root}{bare}\n{root}")), std::slice::from_ref(&told));
        assert_eq!(messages(&RULE, format!("{root}{bare}\n")), [told]);
    }

    #[test]
    fn comments_are_fine() {
        let root = testkit::root("a").pem();
        assert!(
            findings(&RULE, format!("# our CA, key is in the safe\n{root}subject=CN = a\n{root}")).is_empty()
        );
    }
}
