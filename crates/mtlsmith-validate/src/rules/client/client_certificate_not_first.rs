//! `client-certificate-not-first`: a CA certificate stands first in the client's file.

use crate::admission::ClientContext;
use crate::bundle::Member;
use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::finding::Findings;
use crate::finding::Subject;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rfc;
use crate::rule::rule;

rule! {
    /// A CA certificate stands first in the client's file.
    ///
    /// ## Why it matters
    /// The first certificate is the one that a client proves to own. With a CA in its place the private key does not match, and the
    /// SDK fails to load the pair.
    ///
    /// ## How to fix
    /// Put the client's certificate first, then the intermediate that issued it, and so on upwards.
    pub(super) static RULE = {
        code: "CHN-011",
        name: "client-certificate-not-first",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[
            go("crypto/tls, X509KeyPair: the first certificate is the leaf, and the key has to match it"),
            rfc("RFC 8446", "section 4.4.2: the sender's certificate comes first", "https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2"),
        ],
        message: "the first certificate of the file is the CA \"{ca}\", and the client's certificate \"{name}\" is number {number}",
        help: "put certificate {number} first, and the certificates that issued it behind it in their order",
        check: Check::Presented(check),
    }
}

fn check(context: &ClientContext<'_>, findings: &mut Findings<'_>) {
    if let (Some(first), Some((member, leaf))) = (context.leaf(), behind_its_ca(context)) {
        let draft = Draft::new()
            .fact("ca", first.subject().to_string())
            .fact("name", leaf.subject().to_string())
            .fact("number", member.number());
        findings
            .add(Subject::Certificate(0), draft.related(Subject::Certificate(member.index), "the client's"));
    }
}

/// The client's certificate where a CA stands in its place.
pub(super) fn behind_its_ca<'a>(context: &ClientContext<'a>) -> Option<(&'a Member, &'a Certificate)> {
    let first = context.leaf().filter(|first| first.is_ca())?;
    let is_leaf = |other: &&Certificate| !other.is_ca() && !first.issuer().links_to(other.subject());
    let mut others = context.presented.iter().skip(1);
    others.find_map(|member| Some((member, member.certificate().filter(is_leaf)?)))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::admission::KeyInput;
    use crate::private_key::PrivateKeyFile;
    use crate::rules::testing::client_messages;
    use crate::rules::testing::client_report;

    /// The names of all findings about a file with a key.
    fn names(
        file: &[&testkit::Certificate],
        bundle: &[&testkit::Certificate],
        key: &testkit::Key,
    ) -> Vec<&'static str> {
        let file_of_key = PrivateKeyFile::read(key.pkcs8_pem().as_bytes(), None);
        let report = client_report(testkit::bundle(file), bundle, |check| {
            check.key = Some(KeyInput { file: file_of_key, mode: None });
        });
        report.findings.iter().map(|finding| finding.rule.name).collect()
    }

    #[test]
    fn a_wrong_order_alone_is_one_finding_alone() {
        let root = testkit::root("one");
        let leaf = testkit::leaf("worker", &root);
        assert_eq!(names(&[&root, &leaf], &[&root], leaf.key()), ["client-certificate-not-first"]);
        let issuing = testkit::intermediate("issuing", &root);
        let below = testkit::leaf("worker", &issuing);
        assert_eq!(
            names(&[&root, &issuing, &below], &[&root], below.key()),
            ["client-certificate-not-first"]
        );
    }

    #[test]
    fn another_client_and_another_key_are_still_told_in_a_wrong_order() {
        let root = testkit::root("one");
        let (leaf, other) = (testkit::leaf("worker", &root), testkit::leaf("other", &root));
        let found = names(&[&root, &leaf, &other], &[&root], &testkit::Key::p256("third"));
        assert_eq!(
            found,
            ["client-certificate-not-first", "key-of-another-certificate", "another-leaf-in-file"]
        );
        let of_ca = names(&[&root, &leaf], &[], root.key());
        assert_eq!(of_ca, ["client-certificate-not-first", "private-key-of-a-ca"]);
    }

    #[test]
    fn the_leaf_behind_its_ca_is_found() {
        let root = testkit::root("one");
        let issuing = testkit::intermediate("issuing", &root);
        let leaf = testkit::leaf("worker", &issuing);
        assert_eq!(
            client_messages(&RULE, &[&issuing, &leaf], &[&root]),
            [
                "the first certificate of the file is the CA \"CN=issuing,O=acme\", and the client's certificate \"CN=worker,O=acme\" is number 2"
            ]
        );
        assert!(client_messages(&RULE, &[&leaf, &issuing], &[&root]).is_empty());
    }

    #[test]
    fn a_ca_alone_or_with_its_issuer_is_another_matter() {
        let root = testkit::root("one");
        let issuing = testkit::intermediate("issuing", &root);
        assert!(client_messages(&RULE, &[&issuing, &root], &[&root]).is_empty());
        let no_ca = testkit::leaf_builder("issuer").signed_by(&root);
        let below = testkit::intermediate_builder("below").signed_by(&no_ca);
        assert!(client_messages(&RULE, &[&below, &no_ca], &[&root]).is_empty());
    }
}
