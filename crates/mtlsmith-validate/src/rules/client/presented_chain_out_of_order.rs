//! `presented-chain-out-of-order`: the certificates behind the client's own are not in the order of issue.

use crate::admission::ClientContext;
use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rfc;
use crate::rule::rule;

use super::client_certificate_not_first::behind_its_ca;

rule! {
    /// The certificates behind the client's own are not in the order of issue.
    ///
    /// ## Why it matters
    /// TLS 1.2 asks that each certificate was issued by the next one in the file. Go and OpenSSL find their way in any order, other
    /// programs between client and server may not.
    ///
    /// ## How to fix
    /// Write the file from the client's certificate upwards; leave out what is not on its way to the bundle.
    pub(super) static RULE = {
        code: "CHN-111",
        name: "presented-chain-out-of-order",
        severity: Severity::Notice,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[rfc("RFC 5246", "section 7.4.2: each certificate directly certifies the one preceding it", "https://www.rfc-editor.org/rfc/rfc5246#section-7.4.2")],
        message: "certificate {number} of the file, \"{name}\", did not issue the one before it",
        help: "put the issuer of each certificate right behind it, and leave the others out",
        check: Check::Presented(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    if behind_its_ca(context).is_some() {
        return; // That the client's own certificate is not first says it all.
    }
    for pair in context.presented.windows(2) {
        let [below, above] = pair else { continue };
        let (Some(child), Some(issuer)) = (below.certificate(), above.certificate()) else { continue };
        if !child.issuer().is_canonically(issuer.subject()) && child.der() != issuer.der() {
            let draft =
                Draft::new().fact("number", above.number()).fact("name", issuer.subject().to_string());
            findings.add(Subject::Certificate(above.index), draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn each_certificate_has_its_issuer_behind_it() {
        let root = testkit::root("one");
        let upper = testkit::intermediate_builder("upper").ca(None).signed_by(&root);
        let lower = testkit::intermediate("lower", &upper);
        let leaf = testkit::leaf("worker", &lower);
        assert!(client_messages(&RULE, &[&leaf, &lower, &upper, &root], &[&root]).is_empty());
        assert_eq!(
            client_messages(&RULE, &[&leaf, &upper, &lower], &[&root]),
            [
                "certificate 2 of the file, \"CN=upper,O=acme\", did not issue the one before it",
                "certificate 3 of the file, \"CN=lower,O=acme\", did not issue the one before it"
            ]
        );
    }
}
