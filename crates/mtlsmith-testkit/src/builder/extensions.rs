//! The setters for extensions, and their order in the certificate.

use std::net::IpAddr;

use super::CertificateBuilder;
use super::Identifier;
use crate::der;
use crate::extension;
use crate::extension::BasicConstraints;
use crate::extension::Extension;
use crate::extension::GeneralName;
use crate::extension::KeyUsage;
use crate::extension::NameConstraints;
use crate::oid;

impl CertificateBuilder {
    /// Critical Basic Constraints with CA:TRUE and this path length.
    pub fn ca(self, path_len: Option<u64>) -> Self {
        self.basic_constraints(BasicConstraints { ca: true, path_len, critical: true })
    }

    /// Basic Constraints.
    pub fn basic_constraints(mut self, constraints: BasicConstraints) -> Self {
        self.basic_constraints = Some(constraints);
        self
    }

    /// No Basic Constraints.
    pub fn no_basic_constraints(mut self) -> Self {
        self.basic_constraints = None;
        self
    }

    /// Critical Key Usage with these bits.
    pub fn key_usage(self, usages: &[KeyUsage]) -> Self {
        self.key_usage_with(true, usages)
    }

    /// Key Usage, critical or not.
    pub fn key_usage_with(mut self, critical: bool, usages: &[KeyUsage]) -> Self {
        self.key_usage = Some(extension::key_usage(critical, usages));
        self
    }

    /// No Key Usage.
    pub fn no_key_usage(mut self) -> Self {
        self.key_usage = None;
        self
    }

    /// Extended Key Usage, not critical, with these purposes.
    pub fn extended_key_usage(self, purposes: &[&[u64]]) -> Self {
        self.extended_key_usage_with(false, purposes)
    }

    /// Extended Key Usage, critical or not.
    pub fn extended_key_usage_with(mut self, critical: bool, purposes: &[&[u64]]) -> Self {
        self.extended_key_usage = Some(extension::extended_key_usage(critical, purposes));
        self
    }

    /// No Extended Key Usage.
    pub fn no_extended_key_usage(mut self) -> Self {
        self.extended_key_usage = None;
        self
    }

    /// The subject key identifier, instead of [`Key::identifier`](crate::Key::identifier).
    pub fn subject_key_identifier(mut self, identifier: &[u8]) -> Self {
        self.subject_key_identifier = Identifier::Exactly(identifier.to_vec());
        self
    }

    /// No subject key identifier.
    pub fn no_ski(mut self) -> Self {
        self.subject_key_identifier = Identifier::Absent;
        self
    }

    /// The authority key identifier, instead of the issuer's subject key identifier. Self-signed certificates
    /// get it only this way.
    pub fn authority_key_identifier(mut self, identifier: &[u8]) -> Self {
        self.authority_key_identifier = Identifier::Exactly(identifier.to_vec());
        self
    }

    /// No authority key identifier.
    pub fn no_aki(mut self) -> Self {
        self.authority_key_identifier = Identifier::Absent;
        self
    }

    /// Adds a DNS name to the Subject Alternative Name.
    pub fn dns(self, name: &str) -> Self {
        self.alternative_name(GeneralName::Dns(name.to_owned()))
    }

    /// Adds a URI to the Subject Alternative Name.
    pub fn uri(self, uri: &str) -> Self {
        self.alternative_name(GeneralName::Uri(uri.to_owned()))
    }

    /// Adds an email address to the Subject Alternative Name.
    pub fn email(self, address: &str) -> Self {
        self.alternative_name(GeneralName::Email(address.to_owned()))
    }

    /// Adds an IP address to the Subject Alternative Name.
    pub fn ip(self, address: impl Into<IpAddr>) -> Self {
        self.alternative_name(GeneralName::Ip(address.into()))
    }

    /// Adds any name to the Subject Alternative Name.
    pub fn alternative_name(mut self, name: GeneralName) -> Self {
        self.alternative_names.push(name);
        self
    }

    /// Takes all names out of the Subject Alternative Name, which leaves the extension out.
    pub fn no_subject_alternative_name(mut self) -> Self {
        self.alternative_names.clear();
        self
    }

    /// Marks the Subject Alternative Name critical.
    pub fn critical_subject_alternative_name(mut self) -> Self {
        self.alternative_names_critical = true;
        self
    }

    /// A Subject Alternative Name with exactly this value instead of the names added.
    pub fn subject_alternative_name_raw(self, critical: bool, value: Vec<u8>) -> Self {
        self.no_subject_alternative_name().extension(oid::SUBJECT_ALTERNATIVE_NAME, critical, value)
    }

    /// Name Constraints, critical or not.
    pub fn name_constraints(self, constraints: NameConstraints, critical: bool) -> Self {
        self.add(constraints.extension(critical))
    }

    /// A CRL distribution point.
    pub fn crl_distribution_point(self, uri: &str) -> Self {
        self.add(extension::crl_distribution_point(uri))
    }

    /// Authority Information Access with the address of the issuer's certificate.
    pub fn authority_info_access(self, uri: &str) -> Self {
        self.add(extension::authority_info_access(oid::CA_ISSUERS, uri))
    }

    /// Authority Information Access with the address of an OCSP responder.
    pub fn ocsp(self, uri: &str) -> Self {
        self.add(extension::authority_info_access(oid::OCSP, uri))
    }

    /// Certificate Policies.
    pub fn certificate_policies(self, policies: &[&[u64]]) -> Self {
        self.add(extension::certificate_policies(policies))
    }

    /// Critical Policy Constraints.
    pub fn policy_constraints(self, require_explicit: Option<u64>, inhibit_mapping: Option<u64>) -> Self {
        self.add(extension::policy_constraints(require_explicit, inhibit_mapping))
    }

    /// Critical Inhibit anyPolicy.
    pub fn inhibit_any_policy(self, skip: u64) -> Self {
        self.add(extension::inhibit_any_policy(skip))
    }

    /// Adds an extension after all others. Added twice, it is there twice.
    pub fn extension(self, oid: &[u64], critical: bool, value: Vec<u8>) -> Self {
        self.add(Extension::new(oid, critical, value))
    }

    fn add(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    pub(super) fn encoded_extensions(
        &self,
        subject_key: Option<&[u8]>,
        authority_key: Option<&[u8]>,
    ) -> Vec<u8> {
        let names = (!self.alternative_names.is_empty()).then(|| Extension {
            critical: self.alternative_names_critical,
            ..extension::alternative_names(&self.alternative_names)
        });
        let standard = [
            self.basic_constraints.map(BasicConstraints::extension),
            self.key_usage.clone(),
            self.extended_key_usage.clone(),
            subject_key.map(extension::subject_key_identifier),
            authority_key.map(extension::authority_key_identifier),
            names,
        ];
        let all = standard.into_iter().flatten().chain(self.extensions.iter().cloned());
        let encoded: Vec<Vec<u8>> = all.map(|extension| extension.der()).collect();
        if encoded.is_empty() {
            return Vec::new();
        }
        der::context_constructed(3, &der::tagged(der::SEQUENCE, &encoded.concat()))
    }
}
