//! From a request to a certificate: drafted, judged, signed, read again.

use mtlsmith_ca::mint::Authority;
use mtlsmith_ca::mint::CaRequest;
use mtlsmith_ca::mint::Draft;
use mtlsmith_ca::mint::Issued;
use mtlsmith_ca::mint::Judgement;
use mtlsmith_ca::mint::LeafRequest;
use mtlsmith_ca::mint::MintError;
use mtlsmith_ca::mint::Signer;
use mtlsmith_ca::mint::SystemRandom;
use mtlsmith_ca::mint::TargetNamespace;
use mtlsmith_ca::mint::certificate_pem;
use mtlsmith_ca::mint::key::PublicKey;
use mtlsmith_validate::Profile;
use mtlsmith_validate::time::Timestamp;

use super::Target;

/// A root CA. The target's bundle, when it is known, is judged with the new CA in it.
pub(crate) fn mint_ca(
    request: &CaRequest,
    signer: &dyn Signer,
    target: &Target,
    profile: &Profile,
    now: Timestamp,
) -> Result<Issued, MintError> {
    let judgement =
        Judgement { bundle: target.bundle(), filters: target.filters_known(), ..Judgement::by(profile) };
    Draft::ca(request, signer, now, &SystemRandom)?.check(&judgement)?.sign()
}

/// A CA below another one.
pub(crate) fn mint_intermediate(
    request: &CaRequest,
    public_key: &PublicKey,
    authority: &Authority,
    target: &Target,
    profile: &Profile,
    now: Timestamp,
) -> Result<Issued, MintError> {
    let judgement =
        Judgement { bundle: target.bundle(), filters: target.filters_known(), ..Judgement::by(profile) };
    Draft::intermediate(request, public_key, authority, now, &SystemRandom)?.check(&judgement)?.sign()
}

/// A client certificate.
pub(crate) fn mint_leaf(
    request: &LeafRequest,
    public_key: &PublicKey,
    authority: &Authority,
    target: Option<&TargetNamespace>,
    profile: &Profile,
    now: Timestamp,
) -> Result<Issued, MintError> {
    let judgement = Judgement { namespace: target, ..Judgement::by(profile) };
    Draft::leaf(request, public_key, authority, now, &SystemRandom)?.check(&judgement)?.sign()
}

/// What a client sends: its certificate, and behind it the CAs between it and the root.
pub(crate) fn chain_pem(issued: &Issued, authority: &Authority) -> String {
    let mut text = issued.pem();
    for certificate in authority.intermediates() {
        text.push_str(&certificate_pem(certificate.der()));
    }
    text
}
