//! The first step: the exact bytes to be signed.

use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::time::Timestamp;

use super::Authority;
use super::CaRequest;
use super::Checked;
use super::Judgement;
use super::LeafRequest;
use super::MintError;
use super::Random;
use super::Serial;
use super::Signer;
use super::engine;
use super::engine::Content;
use super::engine::Role;
use super::judge;
use super::key::PublicKey;
use super::name;
use super::stand_in;

/// A certificate that nobody has judged or signed. It leads to a [`Checked`], or to nothing.
pub struct Draft<'a> {
    pub(super) to_be_signed: Vec<u8>,
    pub(super) serial: Serial,
    pub(super) public_key: &'a PublicKey,
    pub(super) role: Role,
    pub(super) issuer: IssuedBy<'a>,
    pub(super) now: Timestamp,
}

/// Who signs.
#[derive(Clone, Copy)]
pub(super) enum IssuedBy<'a> {
    /// The key that the certificate is about.
    Itself(&'a dyn Signer),
    /// A CA.
    Authority(&'a Authority),
}

impl<'a> Draft<'a> {
    /// A root CA, signed by its own key.
    ///
    /// # Errors
    /// [`MintError::LifetimeRefused`], [`MintError::RandomnessUnavailable`], [`MintError::Engine`].
    pub fn ca(
        request: &CaRequest,
        signer: &'a dyn Signer,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Self, MintError> {
        let serial = Serial::draw(random)?;
        let role = Role::Authority { path_length: request.path_length };
        let public_key = signer.public_key();
        let to_be_signed = engine::to_be_signed(&Content {
            serial: &serial,
            issuer: request.subject.name(),
            validity: request.validity(now, None)?,
            subject: request.subject.name(),
            public_key,
            authority_key_identifier: None,
            signer: public_key.algorithm(),
            role,
            alternative_names: &[],
        })?;
        Ok(Draft { to_be_signed, serial, public_key, role, issuer: IssuedBy::Itself(signer), now })
    }

    /// A CA below another one.
    ///
    /// # Errors
    /// As [`Draft::ca`]; [`MintError::AuthorityNotValid`], [`MintError::AuthorityEndsTooSoon`], [`MintError::OutlivesAuthority`].
    pub fn intermediate(
        request: &CaRequest,
        public_key: &'a PublicKey,
        authority: &'a Authority,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Self, MintError> {
        let serial = Serial::draw(random)?;
        let role = Role::Authority { path_length: request.path_length };
        let to_be_signed = engine::to_be_signed(&Content {
            validity: request.validity(now, Some(authority.validity()))?,
            subject: request.subject.name(),
            role,
            ..below(authority, &serial, public_key)
        })?;
        Ok(Draft { to_be_signed, serial, public_key, role, issuer: IssuedBy::Authority(authority), now })
    }

    /// A client certificate.
    ///
    /// # Errors
    /// As [`Draft::intermediate`]; [`MintError::AlternativeNameRefused`] for names that cannot stand beside each other.
    pub fn leaf(
        request: &LeafRequest,
        public_key: &'a PublicKey,
        authority: &'a Authority,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Self, MintError> {
        name::agree(&request.alternative_names)?;
        let serial = Serial::draw(random)?;
        let role = Role::Client;
        let to_be_signed = engine::to_be_signed(&Content {
            validity: request.validity(now, authority.validity())?,
            subject: request.subject.name(),
            alternative_names: &request.alternative_names,
            ..below(authority, &serial, public_key)
        })?;
        Ok(Draft { to_be_signed, serial, public_key, role, issuer: IssuedBy::Authority(authority), now })
    }

    /// The bytes to be signed.
    pub fn to_be_signed(&self) -> &[u8] {
        &self.to_be_signed
    }

    /// Has the validator judge the certificate that this draft will become. No key signs anything before.
    ///
    /// # Errors
    /// [`MintError::Refused`] with the codes of all rules that stand against it.
    pub fn check(self, judgement: &Judgement<'_>) -> Result<Checked<'a>, MintError> {
        let der = stand_in::draft_certificate(&self.to_be_signed, self.signer().public_key().algorithm());
        let authority = self.authority();
        if let (Role::Client, Some(authority)) = (self.role, authority) {
            let certificate = judge::judge_leaf(&der, authority, judgement, self.now)?;
            return Ok(Checked::new(self, certificate, Vec::new()));
        }
        let (certificate, _) = Certificate::read(&der).map_err(|unparsable| MintError::Engine {
            problem: format!("its certificate cannot be read: {unparsable}"),
        })?;
        let profile = stand_in::profile(judgement.profile);
        let findings = judge::judge_ca(&certificate, authority, judgement, &profile, self.now)?;
        Ok(Checked::new(self, certificate, findings))
    }

    pub(super) fn signer(&self) -> &'a dyn Signer {
        match self.issuer {
            IssuedBy::Itself(signer) => signer,
            IssuedBy::Authority(authority) => authority.signer(),
        }
    }

    pub(super) fn authority(&self) -> Option<&'a Authority> {
        match self.issuer {
            IssuedBy::Itself(_) => None,
            IssuedBy::Authority(authority) => Some(authority),
        }
    }
}

/// What every certificate below this CA says.
fn below<'a>(authority: &'a Authority, serial: &'a Serial, public_key: &'a PublicKey) -> Content<'a> {
    let certificate = authority.certificate();
    Content {
        serial,
        issuer: certificate.subject(),
        validity: authority.validity(),
        subject: certificate.subject(),
        public_key,
        authority_key_identifier: certificate.subject_key_identifier(),
        signer: authority.signer().public_key().algorithm(),
        role: Role::Client,
        alternative_names: &[],
    }
}

impl std::fmt::Debug for Draft<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Draft { to_be_signed, serial, public_key: _, role, issuer: _, now } = self;
        f.debug_struct("Draft")
            .field("serial", serial)
            .field("role", role)
            .field("now", now)
            .field("bytes", &to_be_signed.len())
            .finish_non_exhaustive()
    }
}
