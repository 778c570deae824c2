//! `client-rsa-exponent-small`: the RSA key of the client's certificate has an exponent below 65,537.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;

use super::ring;

rule! {
    /// The RSA key of the client's certificate has an exponent below 65,537.
    ///
    /// ## Why it matters
    /// Servers take it, but the Python, TypeScript, .NET, Ruby and Rust SDKs sign with ring, which demands an exponent of at least
    /// 65,537: such a worker cannot load its key.
    ///
    /// ## How to fix
    /// Use P-256 or P-384 for the next certificate, or RSA with 2,048 to 4,096 bits and the exponent 65,537.
    pub(super) static RULE = {
        code: "EE-206",
        name: "client-rsa-exponent-small",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[ring("signing keys: P-256, P-384, and RSA of 2,048 to 4,096 bits with an exponent of at least 65,537")],
        message: "the RSA key of the client's certificate has the exponent {exponent}; the Python, TypeScript, .NET, Ruby and Rust \
                  SDKs load none below 65,537",
        help: "make the next key on P-256: mtlsmith gen csr --cn worker --csr worker.csr --key worker.key",
        check: Check::EndEntity(check),
    }
}

fn check(_: &ClientContext<'_>, leaf: &Certificate) -> Option<Draft> {
    let exponent = leaf.key().rsa()?.exponent?;
    (exponent < 65_537).then(|| Draft::new().fact("exponent", exponent))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;
    use mtlsmith_testkit::spki;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn the_usual_exponent_is_fine_and_a_smaller_one_is_told() {
        let root = testkit::root("one");
        let with = |exponent: &[u8]| {
            testkit::leaf_builder("worker").key(Key::from_spki(spki::rsa(2048, exponent))).signed_by(&root)
        };
        assert!(client_messages(&RULE, &[&with(&[1, 0, 1])], &[&root]).is_empty());
        assert!(client_messages(&RULE, &[&with(&[0, 0xff, 0xff])], &[&root])[0].contains("exponent 65,535;"));
    }
}
