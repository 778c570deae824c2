//! What a Namespace trusts right now, ready for both questions: would this draft be admitted, and would that certificate?

use std::fmt;

use mtlsmith_validate::Profile;
use mtlsmith_validate::admission::Decision;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::bundle::Bundle;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::finding::Finding;
use mtlsmith_validate::time::Timestamp;

use crate::mint::Authority;
use crate::mint::TargetNamespace;
use crate::mint::certificate_pem;

/// A Namespace's live bundle and filters, read once.
pub struct LiveTrust {
    pub(super) target: TargetNamespace,
    trust: NamespaceTrust,
}

impl LiveTrust {
    /// Reads the bundle, and takes the filters that go with it; `None` when they are not known.
    pub fn read(bundle: &[u8], filters: Option<FilterSet>, profile: &Profile) -> Self {
        let target = TargetNamespace::read(bundle, filters.clone(), profile);
        LiveTrust { target, trust: NamespaceTrust::read(bundle, filters, profile) }
    }

    /// Where no bundle is known: the CA that issues, alone.
    pub fn alone(authority: &Authority, profile: &Profile) -> Self {
        let bundle: String =
            authority.certificates().map(|certificate| certificate_pem(certificate.der())).collect();
        LiveTrust::read(bundle.as_bytes(), None, profile)
    }

    /// Is this certificate a member of the bundle?
    pub fn holds(&self, authority: &Certificate) -> bool {
        self.trust.bundle().certificates().any(|member| member.der() == authority.der())
    }

    /// How many certificates the bundle has.
    pub fn members(&self) -> usize {
        self.trust.bundle().certificates().count()
    }

    /// Would a client that presents this chain get in?
    pub fn decide(&self, chain: &[u8], now: Timestamp) -> Decision {
        self.trust.decide(&Bundle::read(chain).members, now)
    }

    /// Nothing when it would get in wherever it is verified, else why not.
    pub(super) fn refuses(&self, chain: &[u8], now: Timestamp) -> Option<String> {
        let decision = self.decide(chain, now);
        if decision.is_admitted() {
            return None;
        }
        let told =
            |finding: &Finding| format!("{} {}: {}", finding.rule.code, finding.rule.name, finding.message());
        let reasons: Vec<String> = decision.findings().iter().take(TOLD).map(told).collect();
        Some(format!("the Namespace's bundle and filters do not admit it: {}", reasons.join("; ")))
    }
}

impl fmt::Debug for LiveTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LiveTrust({} members)", self.trust.bundle().members.len())
    }
}

/// As many reasons are told.
const TOLD: usize = 3;
