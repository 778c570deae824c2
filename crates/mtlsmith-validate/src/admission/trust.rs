//! What a Namespace trusts, read once; the decisions against it.

use pki_types::InvalidSignature;
use pki_types::SignatureVerificationAlgorithm;

use super::ClientContext;
use super::Place;
use super::decision::Admitted;
use super::decision::Contested;
use super::decision::Decision;
use super::decision::Refused;
use super::openssl;
use super::openssl::Noted;
use super::opinion::Family;
use super::opinion::Fault;
use super::opinion::Opinion;
use super::opinion::Server;
use super::opinion::View;
use super::opinion::places;
use crate::budget::Budget;
use crate::bundle::Bundle;
use crate::bundle::Member;
use crate::certificate::Certificate;
use crate::filters::FilterSet;
use crate::filters::Outcome;
use crate::finding::Finding;
use crate::graph::Graph;
use crate::path;
use crate::path::Anchors;
use crate::path::CheckedWith;
use crate::path::PathFaultKind;
use crate::path::Pooled;
use crate::path::Signatures;
use crate::path::Space;
use crate::path::verify_in;
use crate::profile::Profile;
use crate::report::Report;
use crate::rules::client;
use crate::signature::IssuerKeys;
use crate::time::Timestamp;

/// A Namespace's CA bundle and certificate filters, ready for decisions.
#[derive(Debug, Clone)]
pub struct NamespaceTrust {
    bundle: Bundle,
    graph: Graph,
    filters: Option<FilterSet>,
    profile: Profile,
    roots: Vec<Pooled>,
    every_member: Vec<Pooled>,
    /// Of each member of the bundle, by its index.
    noted: Vec<Option<Noted>>,
    /// Those of the bundle's certificates, so that no client makes anybody read them again.
    keys: IssuerKeys,
}

impl NamespaceTrust {
    /// Reads a bundle, as a file or DER, and takes the filters that go with it: `None` when they are not known, which counts as none.
    /// The signatures within the bundle are checked here. A bundle that cannot be read trusts nobody; ask
    /// [`crate::check_bundle`] what is wrong with it.
    pub fn read(bundle: &[u8], filters: Option<FilterSet>, profile: &Profile) -> Self {
        let bundle = Bundle::read(bundle);
        let mut keys = IssuerKeys::default();
        let graph = Graph::with_keys(&bundle, &profile.algorithms, &mut Budget::default(), &mut keys);
        NamespaceTrust::linked(bundle, graph, keys, filters, profile)
    }

    /// Takes over a bundle that was judged, whose signatures need no second check; otherwise as [`NamespaceTrust::read`].
    pub fn of_judged(report: Report, filters: Option<FilterSet>, profile: &Profile) -> Self {
        NamespaceTrust::linked(report.bundle, report.graph, IssuerKeys::default(), filters, profile)
    }

    fn linked(
        bundle: Bundle,
        graph: Graph,
        mut keys: IssuerKeys,
        filters: Option<FilterSet>,
        profile: &Profile,
    ) -> Self {
        for ca in bundle.certificates() {
            keys.add(ca, &profile.algorithms);
        }
        let roots = path::pool(&bundle, &graph, Anchors::Roots);
        let every_member = path::pool(&bundle, &graph, Anchors::EveryMember);
        let noted = openssl::note(&bundle);
        NamespaceTrust { bundle, graph, filters, profile: profile.clone(), roots, every_member, noted, keys }
    }

    /// The bundle.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// Who issued whom in the bundle.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The filters; `None` when they are not known.
    pub fn filters(&self) -> Option<&FilterSet> {
        self.filters.as_ref()
    }

    /// By what it is judged.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Would a client that presents these certificates, the leaf first, get in at this time?
    pub fn decide(&self, presented: &[Member], now: Timestamp) -> Decision {
        self.answer(presented, now, &self.signatures(), self.filters())
    }

    /// As [`NamespaceTrust::decide`], with other algorithms than those of the profile: a server may hand in such that remember what
    /// they checked.
    pub fn decide_using(
        &self,
        presented: &[Member],
        now: Timestamp,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> Decision {
        self.answer(presented, now, &CheckedWith { algorithms, keys: &self.keys }, self.filters())
    }

    /// Checks one signature as `algorithm` does. A key of the bundle is not read again, where the algorithm is one of those of
    /// [`crate::signature::aws_lc_rs`]: for a server whose other verifiers check signatures of the same CAs.
    ///
    /// # Errors
    /// [`InvalidSignature`] when the key did not make the signature.
    pub fn verify_signature(
        &self,
        algorithm: &dyn SignatureVerificationAlgorithm,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        self.keys.verify(algorithm, key, message, signature)
    }

    /// The signature checks of the profile, with the keys of the bundle.
    pub(crate) fn signatures(&self) -> CheckedWith<'_> {
        CheckedWith { algorithms: &self.profile.algorithms, keys: &self.keys }
    }

    /// As [`NamespaceTrust::decide`] if there were no filters, with somebody else to check signatures.
    pub(crate) fn decide_chain(
        &self,
        presented: &[Member],
        now: Timestamp,
        signatures: &dyn Signatures,
    ) -> Decision {
        self.answer(presented, now, signatures, None)
    }

    /// What each kind of server makes of the chain by itself, the documented rules and the filters left out. The first certificate is
    /// the leaf.
    pub fn opinions_on(&self, presented: &[Member], now: Timestamp, budget: &mut Budget) -> Vec<Opinion> {
        let signatures = self.signatures();
        let space = Space::new(&self.bundle, &self.graph, presented, &signatures);
        let mut opinions = Vec::with_capacity(4);
        for (anchors, pool) in [(Anchors::Roots, &self.roots), (Anchors::EveryMember, &self.every_member)] {
            let mut add = |family, view| opinions.push(Opinion { server: Server { family, anchors }, view });
            add(Family::Go, go_view(&space, pool, now, budget));
            add(Family::OpenSsl, openssl::view(&space, &self.noted, anchors, now, budget));
        }
        opinions
    }

    /// What stands against a client wherever it connects to: what it presents, its certificate, the dates of that; with the opinions
    /// that every server has of these dates.
    pub(crate) fn judge_alone(&self, presented: &[Member], now: Timestamp) -> (Vec<Finding>, Vec<Opinion>) {
        let leaf = presented.first().and_then(Member::certificate);
        let mut context = ClientContext::new(presented, self, now);
        let mut findings = Vec::new();
        client::judge_presented(&context, &mut findings);
        let Some(leaf) = leaf.filter(|_| findings.is_empty()) else { return (findings, Vec::new()) };
        let opinions = everywhere(dates(leaf, now));
        context.opinions = &opinions;
        client::judge_end_entity(&context, &mut findings);
        client::judge_opinions(&context, &mut findings);
        findings.sort_by_key(|finding| client::order(finding.rule));
        (findings, opinions)
    }

    fn answer(
        &self,
        presented: &[Member],
        now: Timestamp,
        signatures: &dyn Signatures,
        filters: Option<&FilterSet>,
    ) -> Decision {
        let leaf = presented.first().and_then(Member::certificate);
        let mut context = ClientContext::new(presented, self, now);
        let mut findings = Vec::new();
        client::judge_presented(&context, &mut findings);
        if leaf.is_none() || !findings.is_empty() {
            return Decision::Refused(Refused { findings, opinions: Vec::new() });
        }
        let space = Space::new(&self.bundle, &self.graph, presented, signatures);
        let opinions = self.opinions(&space, now, &mut Budget::default());
        context.opinions = &opinions;
        client::judge_end_entity(&context, &mut findings);
        let path = opinions.iter().find_map(|opinion| opinion.view.path()).map(<[Place]>::to_vec);
        // Where no server finds a path, the one that got furthest has more to tell than its end.
        let furthest = opinions.iter().find_map(|opinion| opinion.view.fault()).map(|fault| &fault.path);
        if let Some(path) = path.as_ref().or(furthest) {
            client::judge_path(&context, path, &mut findings);
        }
        let filter = match filters.map(|filters| filters.matches(context.names()).outcome) {
            None | Some(Outcome::NoFilters) => None,
            Some(Outcome::Admitted { filter, .. }) => Some(filter),
            Some(Outcome::Refused { .. }) => {
                client::judge_filters(&context, &mut findings);
                None
            }
        };
        let path = path.filter(|_| findings.is_empty());
        let where_admitted = path.map(|path| {
            let until = self.until(&space, &path, now);
            Admitted { path, filter, until }
        });
        let where_admitted = match where_admitted {
            Some(admitted) if is_unanimous(&opinions) => return Decision::Admitted(admitted),
            contested_or_none => contested_or_none,
        };
        client::judge_opinions(&context, &mut findings);
        findings.sort_by_key(|finding| client::order(finding.rule));
        match where_admitted {
            Some(where_admitted) => Decision::Contested(Contested { where_admitted, findings, opinions }),
            None => Decision::Refused(Refused { findings, opinions }),
        }
    }

    /// What each kind of server makes of the chain: those that trust the roots alone, and when one of these does not admit, those
    /// that trust every member. Trusting more admits more.
    fn opinions(&self, space: &Space<'_>, now: Timestamp, budget: &mut Budget) -> Vec<Opinion> {
        let mut opinions = Vec::with_capacity(4);
        for (anchors, pool) in [(Anchors::Roots, &self.roots), (Anchors::EveryMember, &self.every_member)] {
            if anchors == Anchors::EveryMember
                && opinions.iter().all(|opinion: &Opinion| opinion.view.admits())
            {
                break;
            }
            let mut add = |family, view| opinions.push(Opinion { server: Server { family, anchors }, view });
            add(Family::Go, go_view(space, pool, now, budget));
            add(Family::OpenSsl, openssl::view(space, &self.noted, anchors, now, budget));
        }
        opinions
    }

    /// Until when the client gets in: the end of this path, unless another one lasts longer.
    fn until(&self, space: &Space<'_>, path: &[Place], now: Timestamp) -> Timestamp {
        let trusted = space.trusted();
        let certificate = |place: &Place| match *place {
            Place::Presented(index) => space.certificate(trusted + index),
            Place::Trusted(index) => space.certificate(index),
        };
        let end = |path: &[Place]| {
            path.iter().filter_map(certificate).map(Certificate::not_after).min().unwrap_or(now)
        };
        let of_leaf = space.certificate(trusted).map_or(now, Certificate::not_after);
        let mut until = end(path);
        // Each round loses at least one certificate to its expiry.
        for _ in 0..trusted + space.presented.len() {
            if until >= of_leaf {
                break;
            }
            match go_view(space, &self.roots, until.plus(1), &mut Budget::default()) {
                View::Admits(next) if end(&next) > until => until = end(&next),
                _ => break,
            }
        }
        until
    }
}

/// What every server says about the dates of a leaf; that some of them count the last second as valid is left open.
fn dates(leaf: &Certificate, now: Timestamp) -> Option<PathFaultKind> {
    match now {
        _ if now > leaf.not_after() => Some(PathFaultKind::Expired(leaf.not_after())),
        _ if now < leaf.not_before() => Some(PathFaultKind::NotYetValid(leaf.not_before())),
        _ => None,
    }
}

/// A fault of the leaf that every server sees.
fn everywhere(kind: Option<PathFaultKind>) -> Vec<Opinion> {
    let leaf = Place::Presented(0);
    let Some(kind) = kind else { return Vec::new() };
    let of = |(family, anchors)| Opinion {
        server: Server { family, anchors },
        view: View::Refuses(Fault { kind: kind.clone(), at: leaf, path: vec![leaf] }),
    };
    [Anchors::Roots, Anchors::EveryMember]
        .into_iter()
        .flat_map(|anchors| [(Family::Go, anchors), (Family::OpenSsl, anchors)])
        .map(of)
        .collect()
}

/// What Go's TLS server makes of the leaf of a space (`processCertsFromClient` in crypto/tls/handshake_server.go).
fn go_view(space: &Space<'_>, pool: &[Pooled], now: Timestamp, budget: &mut Budget) -> View {
    let trusted = space.trusted();
    let verified = space.go_takes().and_then(|()| verify_in(space, pool, now, budget, trusted));
    match verified {
        Ok(path) => View::Admits(places(&path.members, trusted)),
        Err(fault) => View::Refuses(Fault::of(fault, trusted)),
    }
}

/// Do all admit that trust no more than the roots?
fn is_unanimous(opinions: &[Opinion]) -> bool {
    let mut strict = opinions.iter().filter(|opinion| opinion.server.anchors == Anchors::Roots);
    strict.all(|opinion| opinion.view.admits())
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;

    use super::*;

    #[test]
    fn a_client_that_gets_in_by_partial_chains_alone_is_contested() {
        let root = testkit::root("root");
        let middle = testkit::intermediate("issuing", &root);
        let leaf = testkit::leaf("worker", &middle);
        let decide = |bundle: &[&testkit::Certificate]| {
            let text = testkit::bundle(bundle);
            let trust = NamespaceTrust::read(text.as_bytes(), None, &Profile::temporal_cloud());
            let presented = crate::admission::presented([leaf.der()]);
            trust.decide(&presented, Timestamp::from_unix(testkit::NOW))
        };
        assert!(matches!(decide(&[&middle]), Decision::Contested(_)));
        assert!(matches!(decide(&[&middle, &root]), Decision::Admitted(_)));
        assert!(matches!(decide(&[&root]), Decision::Refused(_)));
    }

    #[test]
    fn no_server_is_asked_about_a_chain_that_is_too_large() {
        let root = testkit::root("root");
        let leaf = testkit::leaf("worker", &root);
        let trust = NamespaceTrust::read(root.pem().as_bytes(), None, &Profile::temporal_cloud());
        let presented = crate::admission::presented([leaf.der(); 33]);
        let Decision::Refused(refused) = trust.decide(&presented, Timestamp::from_unix(testkit::NOW)) else {
            panic!("not refused")
        };
        assert!(refused.opinions.is_empty() && refused.findings.len() == 1);
    }
}
