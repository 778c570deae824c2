//! `client-path-too-complex`: there are more possible chains above the client's certificate than servers follow.

use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::go;
use crate::rule::rule;

use super::refusal::tell;

rule! {
    /// There are more possible chains above the client's certificate than servers follow.
    ///
    /// ## Why it matters
    /// Go gives up after 100 issuers considered for one certificate. Many CAs of the same name and cross-signed CAs make each of
    /// them a fork.
    ///
    /// ## How to fix
    /// Give each CA a name of its own, and take those that nobody uses out of the bundle.
    pub(super) static RULE = {
        code: "CHN-032",
        name: "client-path-too-complex",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Inferred,
        since: FIRST_RULES,
        until: None,
        cites: &[go("crypto/x509/verify.go: maxChainSignatureChecks is 100")],
        message: "the search for a chain above \"{name}\" ({place}) ran into its limit; refused by {by}",
        help: "give each CA a name of its own, and take unused ones out of the bundle",
        check: Check::Opinions(tell),
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Key;

    use super::RULE;
    use crate::rules::testing::client_messages;

    /// Sixteen CAs of one name with four keys, each signed by each, below a root that has expired.
    fn mesh() -> Vec<testkit::Certificate> {
        let key = |number: usize| Key::p256(&format!("mesh {}", number % 4));
        let ca = || testkit::root_builder("mesh").no_ski();
        let mut all: Vec<testkit::Certificate> = (0..16)
            .map(|number| {
                let (own, above) = (number / 4, (number % 4 + usize::from(number / 4 == number % 4)) % 4);
                let begin = testkit::NOW - testkit::days(1 + i64::try_from(number).unwrap());
                ca().key(key(own)).not_before(begin).signed_by_key("O=acme,CN=mesh", &key(above))
            })
            .collect();
        all.push(ca().key(key(3)).not_after(testkit::NOW - 1).self_signed());
        all
    }

    #[test]
    fn more_issuers_than_go_considers_are_too_many() {
        let all = mesh();
        let bundle: Vec<&testkit::Certificate> = all.iter().collect();
        let told = (0..4).any(|signer| {
            let leaf = testkit::leaf_builder("worker").no_aki().signed_by(&all[signer * 4]);
            !client_messages(&RULE, &[&leaf], &bundle).is_empty()
        });
        assert!(told);
        let root = testkit::root("one");
        assert!(client_messages(&RULE, &[&testkit::leaf("worker", &root)], &[&root]).is_empty());
    }
}
