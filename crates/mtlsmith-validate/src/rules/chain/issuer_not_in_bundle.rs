//! `issuer-not-in-bundle`: a chain ends before it reaches a root.

use crate::certificate::Certificate;
use crate::finding::Draft;
use crate::graph::Link;
use crate::rule::Check;
use crate::rule::Context;
use crate::rule::Effect;
use crate::rule::Evidence;
use crate::rule::FIRST_RULES;
use crate::rule::Severity;
use crate::rule::TCLD_406;
use crate::rule::rule;
use crate::rule::temporal_certificates;

use super::issuer_encoding_differs;

rule! {
    /// The issuer of a certificate is not in the bundle.
    ///
    /// ## Why it matters
    /// Temporal Cloud demands full chains: each certificate is a root or was issued by another one of the bundle. It refuses the
    /// rest with "unable to construct full certificate chain".
    ///
    /// ## How to fix
    /// Add the issuer's certificate, and its issuer's, up to the self-signed root. If that root is a public CA, the Namespace needs
    /// certificate filters too.
    pub(super) static RULE = {
        code: "CHN-004",
        name: "issuer-not-in-bundle",
        severity: Severity::Error,
        effect: Effect::Upload,
        evidence: Evidence::Documented,
        since: FIRST_RULES,
        until: None,
        cites: &[temporal_certificates("Certificate requirements: full CA chains"), TCLD_406],
        message: "the issuer of the certificate, \"{issuer}\", is not in the bundle",
        help: "add the certificate of \"{issuer}\": mtlsmith bundle add FILE issuer.pem --output new.pem",
        check: Check::EachCertificate(check),
    }
}

fn check(context: &Context<'_>, index: usize, certificate: &Certificate) -> Option<Draft> {
    let missing = context.graph.node(index)?.link == Link::Missing;
    // A CA of that name in other bytes is another fault with another repair.
    let missing = missing && issuer_encoding_differs::namesake(context, index, certificate).is_none();
    missing.then(|| Draft::new().fact("issuer", certificate.issuer().to_string()))
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::RULE;
    use crate::rules::testing::findings;
    use crate::rules::testing::messages;

    #[test]
    fn an_intermediate_alone_lacks_its_root() {
        let root = testkit::root("the root");
        let found = messages(&RULE, testkit::intermediate("issuing", &root).pem());
        assert_eq!(found, ["the issuer of the certificate, \"CN=the root,O=acme\", is not in the bundle"]);
    }

    #[test]
    fn an_intermediate_with_its_root_is_fine_in_either_order() {
        let root = testkit::root("the root");
        let issuing = testkit::intermediate("issuing", &root);
        assert!(findings(&RULE, testkit::bundle(&[&root, &issuing])).is_empty());
        assert!(findings(&RULE, testkit::bundle(&[&issuing, &root])).is_empty());
    }
}
