//! What the rules about client certificates may know.

use std::cell::OnceCell;

use super::Place;
use super::opinion::Opinion;
use super::trust::NamespaceTrust;
use crate::bundle::Member;
use crate::certificate::Certificate;
use crate::filters::CertificateNames;
use crate::profile::Profile;
use crate::time::Timestamp;

/// One chain before one Namespace.
pub(crate) struct ClientContext<'a> {
    /// What the client presents, the leaf first.
    pub(crate) presented: &'a [Member],
    /// What the Namespace trusts.
    pub(crate) trust: &'a NamespaceTrust,
    /// What each kind of server makes of the chain; empty while the presented certificates themselves are judged.
    pub(crate) opinions: &'a [Opinion],
    pub(crate) now: Timestamp,
    /// Until when the client gets in, once that is decided and where it does.
    pub(crate) until: Option<Timestamp>,
    names: OnceCell<CertificateNames<'a>>,
}

impl<'a> ClientContext<'a> {
    /// What is known before any server was asked.
    pub(crate) fn new(presented: &'a [Member], trust: &'a NamespaceTrust, now: Timestamp) -> Self {
        ClientContext { presented, trust, opinions: &[], now, until: None, names: OnceCell::new() }
    }

    /// The names of the leaf that filters compare; none when it cannot be read.
    pub(crate) fn names(&self) -> &CertificateNames<'a> {
        self.names.get_or_init(|| self.leaf().map(CertificateNames::of).unwrap_or_default())
    }

    pub(crate) fn profile(&self) -> &'a Profile {
        self.trust.profile()
    }

    /// The client's own certificate, when it can be read.
    pub(crate) fn leaf(&self) -> Option<&'a Certificate> {
        self.certificate(Place::Presented(0))
    }

    /// The certificate at a place.
    pub(crate) fn certificate(&self, place: Place) -> Option<&'a Certificate> {
        match place {
            Place::Presented(index) => self.presented.get(index).and_then(Member::certificate),
            Place::Trusted(index) => self.trust.bundle().certificate(index),
        }
    }
}
