//! `private-key-encrypted`: the private key is under a passphrase.

use crate::admission::ClientContext;
use crate::admission::KeyInput;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::official_tool;
use crate::rule::rule;
use crate::rule::temporal_certificates;

rule! {
    /// The private key is under a passphrase.
    ///
    /// ## Why it matters
    /// The Go, Python, TypeScript, .NET, Ruby and Rust SDKs and the CLI have no way to be told a passphrase. Java loads an
    /// encrypted PKCS#8 key in code that calls setKeyPassword, and no other encrypted form.
    ///
    /// ## How to fix
    /// Take the passphrase off and protect the file by its permissions or a secret store instead.
    pub(super) static RULE = {
        code: "KEY-002",
        name: "private-key-encrypted",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/tls, X509KeyPair: no way to hand in a passphrase"),
            official_tool("sdk-java SimpleSslContextBuilder.java: forPKCS8, forPKCS12", "https://github.com/temporalio/sdk-java"),
            temporal_certificates("certificates are made without a passphrase"),
        ],
        message: "the private key is encrypted ({form}); of all SDKs only Java, told the passphrase in code, loads some of these",
        help: "take the passphrase off: openssl pkcs8 -topk8 -nocrypt -in worker.key -out plain.key",
        check: Check::PrivateKey(check),
    }
}

fn check(_: &ClientContext<'_>, input: &KeyInput) -> Option<Draft> {
    let form = input.file.key()?.form();
    form.is_encrypted().then(|| Draft::new().fact("form", form.as_str()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::key_messages;

    #[test]
    fn both_encrypted_forms_are_told() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        let pkcs8 = testkit::pem_block("ENCRYPTED PRIVATE KEY", &[0x30, 0]);
        let legacy = leaf.key().traditional_pem().replacen(
            '\n',
            "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n",
            1,
        );
        assert!(
            key_messages(&RULE, &leaf, &[&root], pkcs8)[0]
                .starts_with("the private key is encrypted (encrypted PKCS#8);")
        );
        assert!(key_messages(&RULE, &leaf, &[&root], legacy)[0].contains("old OpenSSL"));
        assert!(key_messages(&RULE, &leaf, &[&root], leaf.key().traditional_pem()).is_empty());
    }
}
