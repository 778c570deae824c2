//! `private-key-in-bundle`: a private key lies in the bundle.

use crate::finding::Draft;
use crate::pem::Block;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// A private key lies in the bundle.
    ///
    /// ## Why it matters
    /// A Namespace needs certificates alone. Whoever reads the bundle can sign certificates that Temporal Cloud admits, and the tools that
    /// upload it do not look at the labels of blocks: the key leaves the house before anything fails.
    ///
    /// ## How to fix
    /// Delete the block. If the file was uploaded, mailed or committed anywhere, take the CA for compromised: make a new one, reissue what it
    /// signed, and take the old one out of every bundle.
    pub(super) static RULE = {
        code: "BND-010",
        name: "private-key-in-bundle",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("only certificates are exchanged, never secrets"), go("encoding/pem, Decode: blocks of every label are delivered")],
        message: "the block on lines {first} to {last} is a private key ({kind})",
        help: "delete the block; if the file was uploaded, mailed or committed anywhere, replace the CA or certificate that the key belongs to",
        check: Check::EachBlock(check),
    }
}

fn check(_: &Context<'_>, block: &Block) -> Option<Draft> {
    if !block.is_private_key() {
        return None;
    }
    // The label is not repeated: in a damaged block, key material may stand on its line.
    let kind = KINDS.iter().find(|kind| block.label.contains(*kind)).copied().unwrap_or("PRIVATE KEY");
    Some(Draft::new().fact("first", block.lines.first).fact("last", block.lines.last).fact("kind", kind))
}

const KINDS: &[&str] = &[
    "ENCRYPTED PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "DSA PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "PGP PRIVATE KEY",
];

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::RULE;
    use crate::check_bundle;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;
    use crate::rules::testing::profile;
    use crate::time::Timestamp;

    #[test]
    fn a_key_beside_its_certificate_is_flagged_with_its_kind() {
        let key = Key::p256("ca a");
        let root = testkit::root("a").pem();
        let lines = root.lines().count();
        let found = messages(&RULE, format!("{root}{}", key.traditional_pem()));
        let last = lines + key.traditional_pem().lines().count();
        let sentence =
            format!("the block on lines {} to {last} is a private key (EC PRIVATE KEY)", lines + 1);
        assert_eq!(found, [sentence]);
        assert_eq!(findings(&RULE, key.pkcs8_pem()).len(), 1);
    }

    #[test]
    fn no_damage_hides_a_key() {
        let pem = Key::p256("ca a").pkcs8_pem();
        for damaged in [
            pem.replace('\n', "\n  "),
            pem.replace('\n', "\r"),
            pem.replace('\n', "\\n"),
            pem.replace('\n', " "),
            pem.replace("KEY-----\n", "KEY "),
            pem.replace("-----END PRIVATE KEY-----", ""),
            pem.replace("-----BEGIN PRIVATE KEY-----", ""),
            format!("x{pem}"),
            format!("\u{feff}{pem}"),
            testkit::base64_line(pem.as_bytes()),
        ] {
            let root = testkit::root("a").pem();
            let text = if damaged.contains("-----") { format!("{damaged}\n{root}") } else { damaged };
            assert!(!findings(&RULE, &text).is_empty(), "{text}");
        }
    }

    #[test]
    fn nothing_of_a_key_is_repeated_by_any_rule() {
        let pem = Key::p256("ca a").pkcs8_pem();
        let secret: String = pem.lines().nth(1).unwrap().chars().take(16).collect();
        for text in [
            pem.clone(),
            pem.replace("KEY-----\n", "KEY "),
            pem.replace("-----BEGIN PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY"),
            pem.replace('\n', ""),
            pem.replace('\n', "\r"),
            pem.replace("-----END PRIVATE KEY-----", ""),
            pem.replace("END PRIVATE KEY", &format!("END {secret}"))
                .replace("KEY-----\n", &format!("KEY {secret}-----\n")),
        ] {
            let report = check_bundle(text.as_bytes(), profile(), Timestamp::from_unix(testkit::NOW));
            assert!(
                text.contains(&secret)
                    && report.findings.iter().any(|finding| finding.rule.code == "BND-010")
            );
            for finding in &report.findings {
                let said = format!("{:?} {} {}", finding.facts, finding.message(), finding.help());
                assert!(
                    finding.rule.code == "BND-109" || !said.contains(&secret),
                    "{}: {said}",
                    finding.rule.code
                );
            }
        }
    }

    #[test]
    fn public_parts_are_no_private_key() {
        assert!(findings(&RULE, testkit::root("a").pem()).is_empty());
        assert!(findings(&RULE, testkit::pem_block("PUBLIC KEY", Key::p256("ca a").spki_der())).is_empty());
    }
}
