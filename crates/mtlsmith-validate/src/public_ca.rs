//! Which certificates of a bundle hang on a public CA: by key, by a public root's signature, or through another member.

use crate::bundle::Member;
use crate::certificate::Certificate;
use crate::graph::Link;
use crate::rule::Context;
use crate::signature::SignatureCheck;
use crate::well_known::PublicRoot;

/// A public CA, and what ties a certificate to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PublicCa {
    pub(crate) root: PublicRoot,
    pub(crate) tie: Tie,
}

/// What ties a certificate to a public CA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tie {
    /// It carries the public CA's key: the root itself, reissued or cross-signed.
    Key,
    /// The public CA's key signed it.
    Signature,
    /// Its issuer within the bundle is tied to the public CA.
    Issuer,
}

impl Tie {
    /// What comes before "the public CA ..." in a sentence about the certificate.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Tie::Key => "carries the key of",
            Tie::Signature => "was issued by",
            Tie::Issuer => "stands below",
        }
    }
}

/// The public CA that this member of the bundle hangs on.
///
/// All members are looked at when the first rule asks; a bundle of private CAs costs one binary search for each of them.
pub(crate) fn behind(context: &Context<'_>, member: usize) -> Option<PublicCa> {
    context.public_cas.get_or_init(|| all(context)).get(member).copied().flatten()
}

fn all(context: &Context<'_>) -> Vec<Option<PublicCa>> {
    let mut found: Vec<Option<PublicCa>> =
        context.bundle.members.iter().map(|member| tied_directly(context, member)).collect();
    if found.iter().any(Option::is_some) {
        while hand_down(context, &mut found) {}
    }
    found
}

fn tied_directly(context: &Context<'_>, member: &Member) -> Option<PublicCa> {
    let certificate = member.certificate()?;
    let list = context.profile.well_known;
    if let Some(root) = list.with_key_of(certificate) {
        return Some(PublicCa { root, tie: Tie::Key });
    }
    if matches!(context.graph.node(member.index)?.link, Link::Signed(_)) {
        return None; // the issuer is here and answers for it
    }
    let signer = list.with_name(certificate.issuer()).find(|root| has_signed(root, context, certificate))?;
    Some(PublicCa { root: signer, tie: Tie::Signature })
}

fn has_signed(root: &PublicRoot, context: &Context<'_>, certificate: &Certificate) -> bool {
    if !context.budget.borrow_mut().spend_signature() {
        return false;
    }
    match root.has_signed(certificate, &context.profile.algorithms) {
        SignatureCheck::Valid => true,
        SignatureCheck::Invalid => false,
        // Nothing at hand can tell, so the key identifier has to.
        SignatureCheck::NoAlgorithm => {
            match (certificate.authority_key_identifier(), root.key_identifier()) {
                (Some(wanted), Some(offered)) => wanted == offered,
                _ => false,
            }
        }
    }
}

/// Carries what is known one link further down; `false` when nothing changed.
fn hand_down(context: &Context<'_>, found: &mut [Option<PublicCa>]) -> bool {
    let mut changed = false;
    for (member, node) in context.graph.nodes().iter().enumerate() {
        let inherited = node.link.issuers().iter().find_map(|&issuer| found.get(issuer).copied().flatten());
        if let (Some(slot @ None), Some(PublicCa { root, .. })) = (found.get_mut(member), inherited) {
            *slot = Some(PublicCa { root, tie: Tie::Issuer });
            changed = true;
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_testkit::Certificate;

    use crate::check::BundleCheck;
    use crate::finding::Subject;
    use crate::profile::Profile;
    use crate::report::CertificateFilters;
    use crate::time::Timestamp;
    use crate::well_known::WellKnown;

    /// What the rule about missing filters says of each member, when these CAs are public; and the signature checks spent.
    fn judged(public: &[&Certificate], bundle: &[&Certificate]) -> (Vec<(usize, String)>, usize) {
        let mut profile = Profile::temporal_cloud();
        profile.well_known = WellKnown::of(&public.iter().map(|root| root.der()).collect::<Vec<_>>());
        let now = Timestamp::from_unix(testkit::NOW);
        let check = BundleCheck { profile: &profile, now, filters: CertificateFilters::NotStated };
        let report = check.run(testkit::bundle(bundle).as_bytes());
        let about = |finding: &crate::finding::Finding| match finding.subject {
            Subject::Certificate(member) => (member, finding.fact("tie").unwrap().to_string()),
            _ => unreachable!("the rule is about certificates"),
        };
        let found =
            report.findings.iter().filter(|finding| finding.rule.name == "well-known-ca-without-filters");
        (found.map(about).collect(), report.budget.signatures_spent())
    }

    #[test]
    fn an_intermediate_of_a_public_ca_is_found_without_its_root_and_so_is_what_it_issued() {
        let public = testkit::root("public");
        let issuing = testkit::intermediate_builder("issuing").ca(None).signed_by(&public);
        let below = testkit::intermediate("below", &issuing);
        let (found, _) = judged(&[&public], &[&below, &issuing]);
        assert_eq!(found, [(0, "stands below".to_owned()), (1, "was issued by".to_owned())]);
    }

    #[test]
    fn everything_below_a_public_root_in_the_bundle_is_found_in_any_order() {
        let public = testkit::root("public");
        let issuing = testkit::intermediate_builder("issuing").ca(None).signed_by(&public);
        let below = testkit::intermediate("below", &issuing);
        let private = testkit::root("private");
        let (found, _) = judged(&[&public], &[&below, &private, &issuing, &public]);
        assert_eq!(found.iter().map(|(member, _)| *member).collect::<Vec<_>>(), [0, 2, 3]);
        assert_eq!(found.last().map(|(_, tie)| tie.as_str()), Some("carries the key of"));
    }

    #[test]
    fn the_name_of_a_public_ca_as_issuer_proves_nothing() {
        let public = testkit::root("public");
        let forged =
            testkit::intermediate_builder("x").signed_by_key(public.subject(), &testkit::Key::p256("forger"));
        assert!(judged(&[&public], &[&forged]).0.is_empty());
    }

    #[test]
    fn several_public_cas_of_one_name_are_all_tried() {
        let old = testkit::root("public");
        let new = testkit::root_builder("public").key(testkit::Key::p384("its second key")).self_signed();
        for signer in [&old, &new] {
            let issued = testkit::intermediate("issued", signer);
            assert_eq!(judged(&[&old, &new], &[&issued]).0.len(), 1);
        }
    }

    #[test]
    fn private_bundles_cost_no_signature_check_of_their_own() {
        let (public, private) = (testkit::root("public"), testkit::root("private"));
        let issuing = testkit::intermediate("issuing", &private);
        let (found, spent) = judged(&[&public], &[&private, &issuing]);
        assert_eq!((found.len(), spent), (0, 2));
    }

    #[test]
    fn where_no_algorithm_is_at_hand_the_key_identifier_tells() {
        let public = testkit::root("public");
        let identifier = <sha1::Sha1 as sha1::Digest>::digest(public.key().public_key_bytes());
        let issuing = || testkit::intermediate_builder("issuing");
        for (issued, found) in [
            (issuing().authority_key_identifier(&identifier).signed_by(&public), 1),
            (issuing().authority_key_identifier(&[7]).signed_by(&public), 0),
            (issuing().no_aki().signed_by(&public), 0),
        ] {
            let mut profile = Profile::temporal_cloud_with(&[]);
            profile.well_known = WellKnown::of(&[public.der()]);
            let now = Timestamp::from_unix(testkit::NOW);
            let check = BundleCheck { profile: &profile, now, filters: CertificateFilters::NotStated };
            let report = check.run(issued.pem().as_bytes());
            let told =
                |finding: &&crate::finding::Finding| finding.rule.name == "well-known-ca-without-filters";
            assert_eq!(report.findings.iter().filter(told).count(), found);
        }
    }
}
