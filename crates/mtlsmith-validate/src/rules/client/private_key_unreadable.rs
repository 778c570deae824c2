//! `private-key-unreadable`: the private key is in a form that no SDK loads.

use crate::admission::ClientContext;
use crate::admission::KeyInput;
use crate::finding::Draft;
use crate::private_key::KeyForm;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::official_tool;
use crate::rule::rule;

rule! {
    /// The private key is in a form that no SDK loads.
    ///
    /// ## Why it matters
    /// SDKs load PEM blocks with PKCS#8, and most of them PKCS#1 and SEC1. OpenSSH's own form, damaged blocks and blocks with
    /// something else in them stop them all.
    ///
    /// ## How to fix
    /// Use a key on P-256 or P-384, or RSA with 2,048 to 4,096 bits and the exponent 65,537, and have a certificate issued for it.
    pub(super) static RULE = {
        code: "KEY-505",
        name: "private-key-unreadable",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/tls, X509KeyPair"),
            official_tool("sdk-java SimpleSslContextBuilder.java: forPKCS8, forPKCS12", "https://github.com/temporalio/sdk-java"),
        ],
        message: "the private key cannot be read: {form}",
        help: "copy it anew, or convert it: ssh-keygen -p -m PKCS8 -f worker.key",
        check: Check::PrivateKey(check),
    }
}

fn check(_: &ClientContext<'_>, input: &KeyInput) -> Option<Draft> {
    let form = match input.file.key()?.form() {
        KeyForm::OpenSsh => "it is written in OpenSSH's own form",
        KeyForm::Unreadable => "its block is damaged, or holds no private key",
        _ => return None,
    };
    Some(Draft::new().fact("form", form))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::key_messages;

    #[test]
    fn openssh_and_damage_are_told() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let openssh = testkit::pem_block("OPENSSH PRIVATE KEY", b"openssh-key-v1");
        assert!(key_messages(&RULE, &leaf, &[&root], openssh)[0].ends_with("OpenSSH's own form"));
        let damaged = leaf.key().pkcs8_pem().replacen("M", "!", 1);
        assert_eq!(key_messages(&RULE, &leaf, &[&root], damaged).len(), 1);
        assert!(key_messages(&RULE, &leaf, &[&root], leaf.key().pkcs8_pem()).is_empty());
    }
}
