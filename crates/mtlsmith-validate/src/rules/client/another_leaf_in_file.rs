//! `another-leaf-in-file`: the client's file holds the certificate of another client.

use crate::admission::ClientContext;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;

use super::own;

rule! {
    /// The client's file holds the certificate of another client.
    ///
    /// ## Why it matters
    /// Behind its own certificate a client sends the CAs above it. Another client's certificate is of no use there; it is a sign
    /// that files were joined by mistake, and renewal tools read only the first.
    ///
    /// ## How to fix
    /// Keep each client's certificate in a file of its own.
    pub(super) static RULE = {
        code: "EE-016",
        name: "another-leaf-in-file",
        severity: Severity::Warning,
        effect: Effect::Operation,
        evidence: Evidence::Recommended,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("End-entity certificates: each client has its own")],
        message: "certificate {number} of the file, \"{name}\", is the certificate of another client",
        help: "take certificate {number} out of the file",
        check: Check::Presented(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    let Some((own, leaf)) = own(context) else { return };
    for member in context.presented.iter().filter(|member| member.index != own) {
        let is_other = |other: &&Certificate| {
            !other.is_ca()
                && other.version() == 3
                && other.der() != leaf.der()
                && !leaf.issuer().links_to(other.subject())
        };
        if let Some(other) = member.certificate().filter(is_other) {
            let draft =
                Draft::new().fact("number", member.number()).fact("name", other.subject().to_string());
            findings.add(Subject::Certificate(member.index), draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn a_second_leaf_is_told_and_a_ca_is_not() {
        let root = testkit::root("one");
        let issuing = testkit::intermediate("issuing", &root);
        let (leaf, other) = (testkit::leaf("worker", &issuing), testkit::leaf("other", &issuing));
        assert!(client_messages(&RULE, &[&leaf, &issuing], &[&root]).is_empty());
        assert!(client_messages(&RULE, &[&leaf, &leaf, &issuing], &[&root]).is_empty());
        assert_eq!(
            client_messages(&RULE, &[&leaf, &issuing, &other], &[&root]),
            ["certificate 3 of the file, \"CN=other,O=acme\", is the certificate of another client"]
        );
    }

    #[test]
    fn an_issuer_that_is_no_ca_and_an_old_root_are_other_matters() {
        let old = testkit::root_builder("old").version(1).self_signed();
        let not_ca = testkit::leaf("issuer", &old);
        let leaf = testkit::leaf("worker", &not_ca);
        assert!(client_messages(&RULE, &[&leaf, &not_ca, &old], &[&old]).is_empty());
    }
}
