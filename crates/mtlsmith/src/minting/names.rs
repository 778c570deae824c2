//! The names of a certificate, as the command line says them.

use clap::Args;
use mtlsmith_ca::mint::AlternativeName;
use mtlsmith_ca::mint::Subject;

use super::mint_failure;
use crate::failure::Failure;
use crate::session::shown;

/// The names of a client certificate.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Names")]
pub(crate) struct NameArguments {
    /// The organization (O)
    #[arg(long, visible_alias = "org", value_name = "NAME")]
    pub(crate) organization: Option<String>,
    /// The organizational unit (OU); may come several times
    #[arg(long = "organization-unit", visible_alias = "ou", value_name = "NAME")]
    pub(crate) organization_units: Vec<String>,
    /// The common name (CN) [default: the Namespace, when --namespace names one]
    #[arg(long, visible_alias = "cn", value_name = "NAME")]
    pub(crate) common_name: Option<String>,
    /// A DNS name; may come several times
    #[arg(long, value_name = "NAME")]
    dns: Vec<String>,
    /// A URI, such as a SPIFFE ID; may come several times
    #[arg(long, value_name = "URI")]
    uri: Vec<String>,
    /// An e-mail address; may come several times
    #[arg(long, value_name = "ADDRESS")]
    email: Vec<String>,
    /// An IP address; may come several times
    #[arg(long, value_name = "ADDRESS")]
    ip: Vec<String>,
}

/// The names of one certificate as texts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Names<'a> {
    pub(crate) organization: Option<&'a str>,
    pub(crate) units: &'a [String],
    pub(crate) common_name: Option<&'a str>,
    pub(crate) dns: &'a [String],
    pub(crate) uri: &'a [String],
    pub(crate) email: &'a [String],
    pub(crate) ip: &'a [String],
}

impl NameArguments {
    /// As texts; the common name is the Namespace's where none is given.
    pub(crate) fn names<'a>(&'a self, namespace: Option<&'a str>) -> Names<'a> {
        Names {
            organization: self.organization.as_deref(),
            units: &self.organization_units,
            common_name: self.common_name.as_deref().or(namespace),
            dns: &self.dns,
            uri: &self.uri,
            email: &self.email,
            ip: &self.ip,
        }
    }
}

impl Names<'_> {
    /// The subject.
    pub(crate) fn subject(&self) -> Result<Subject, Failure> {
        let units: Vec<&str> = self.units.iter().map(String::as_str).collect();
        Subject::new(self.organization, &units, self.common_name).map_err(|error| mint_failure(&error))
    }

    /// The alternative names.
    pub(crate) fn alternative_names(&self) -> Result<Vec<AlternativeName>, Failure> {
        let mut names = Vec::new();
        for dns in self.dns {
            names.push(AlternativeName::dns(dns).map_err(|error| mint_failure(&error))?);
        }
        for uri in self.uri {
            names.push(AlternativeName::uri(uri).map_err(|error| mint_failure(&error))?);
        }
        for email in self.email {
            names.push(AlternativeName::email(email).map_err(|error| mint_failure(&error))?);
        }
        for ip in self.ip {
            let address = ip.parse().map_err(|_| {
                Failure::could_not_run(format!("the IP name \"{}\" is no IP address", shown(ip)))
            })?;
            names.push(AlternativeName::ip(address).map_err(|error| mint_failure(&error))?);
        }
        Ok(names)
    }
}
