//! `client-key-on-p521`: the key of the client's certificate is on P-521.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::key::Curve;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

use super::ring;

rule! {
    /// The key of the client's certificate is on P-521.
    ///
    /// ## Why it matters
    /// Servers take it, but the Python, TypeScript, .NET, Ruby and Rust SDKs sign with ring, which knows P-256 and P-384 only: such
    /// a worker cannot load its key. BoringSSL does not offer the curve by default either.
    ///
    /// ## How to fix
    /// Use P-256 or P-384 for the next certificate, or RSA with 2,048 to 4,096 bits and the exponent 65,537.
    pub(super) static RULE = {
        code: "EE-006",
        name: "client-key-on-p521",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[ring("signing keys: P-256, P-384, and RSA of 2,048 to 4,096 bits with an exponent of at least 65,537")],
        message: "the key of the client's certificate is on P-521; the Python, TypeScript, .NET, Ruby and Rust SDKs cannot load \
                  such a key",
        help: "make the next key on P-256: mtlsmith gen csr --cn worker --csr worker.csr --key worker.key",
        check: Check::EndEntity(check),
    }
}

fn check(_: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    (leaf.key().ec()?.curve == Curve::P521).then(Draft::new)
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn p521_is_told_and_p384_is_not() {
        let root = testkit::root("one");
        let with = |key| testkit::leaf_builder("worker").key(key).signed_by(&root);
        assert_eq!(client_messages(&RULE, &[&with(Key::p521("worker"))], &[&root]).len(), 1);
        assert!(client_messages(&RULE, &[&with(Key::p384("worker"))], &[&root]).is_empty());
    }
}
