//! `client-same-name-along-chain`: two certificates on the client's path bear the same name.

use crate::admission::ClientContext;
use crate::admission::Place;
use crate::finding::Draft;
use crate::finding::Findings;
use crate::rule::Check;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::rule;
use crate::rule::temporal_certificates;
use crate::rule::thread;

use super::subject_of;

rule! {
    /// The client's certificate has the same name as a CA above it.
    ///
    /// ## Why it matters
    /// Temporal Cloud wants a distinguished name of its own for each certificate of a chain, and does not tell upper from lower
    /// case; spaces at the ends, runs of spaces and the encoding of the letters do not tell names apart either. An empty attribute
    /// does. OpenSSL takes a certificate that is named like its issuer for self-signed.
    ///
    /// ## How to fix
    /// Issue the certificate again under another subject; a common name of its own is enough.
    pub(super) static RULE = {
        code: "CHN-101",
        name: "client-same-name-along-chain",
        severity: Severity::Error,
        effect: Effect::Connect,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[
            temporal_certificates("Certificate requirements: distinguished names are unique within a chain, whatever the case"),
            thread("temporalio/documentation pull request 4444", "https://github.com/temporalio/documentation/pull/4444"),
        ],
        message: "the certificate is named \"{name}\", and so is {other} above it: \"{other_name}\"",
        help: "issue it again under a name of its own, such as the same subject with another common name",
        check: Check::ClientPath(check),
    }
}

fn check(context: &ClientContext<'_>, path: &[Place], findings: &mut Findings<'_>) {
    for (position, place) in path.iter().enumerate() {
        let Some(certificate) = context.certificate(*place) else { continue };
        let above = path.iter().skip(position + 1);
        let mut namesakes = above.filter_map(|place| Some((*place, context.certificate(*place)?)));
        let found = namesakes.find(|(_, above)| certificate.subject().is_canonically(above.subject()));
        if let Some((other, above)) = found {
            let draft = Draft::new()
                .fact("name", certificate.subject().to_string())
                .fact("other", other.to_string())
                .fact("other_name", above.subject().to_string());
            findings.add(subject_of(*place), draft.related(subject_of(other), "same name"));
        }
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::client_messages;

    #[test]
    fn case_and_spaces_do_not_tell_a_leaf_from_its_ca() {
        let root = testkit::root("issuing");
        let leaf = testkit::leaf_builder("other").subject("O=ACME,CN= Issuing ").signed_by(&root);
        assert_eq!(client_messages(&RULE, &[&leaf], &[&root]).len(), 1);
    }

    #[test]
    fn an_empty_unit_tells_names_apart_as_official_generators_need() {
        let root = testkit::root_builder("any").subject("O=acme").self_signed();
        let leaf = testkit::leaf_builder("other").subject("O=acme,OU=").signed_by(&root);
        assert!(client_messages(&RULE, &[&leaf], &[&root]).is_empty());
    }
}
