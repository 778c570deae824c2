//! The names of a Subject Alternative Name extension as Go reads them (parser.go, `parseSANExtension`).

use crate::certificate::GeneralName;
use crate::certificate::Malformed;
use crate::der::Reader;
use crate::der::tag;

use super::domain;
use super::text;
use super::uri;

/// The names that Go looks at, by kind.
#[derive(Debug, Default)]
pub(crate) struct AlternativeNames<'a> {
    pub(super) domains: Vec<&'a str>,
    pub(super) emails: Vec<&'a str>,
    pub(super) addresses: Vec<&'a [u8]>,
    /// Each URI and its host.
    pub(super) uris: Vec<(&'a str, String)>,
}

impl<'a> AlternativeNames<'a> {
    /// Reads the content of the extension.
    pub(crate) fn read(der: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader =
            Reader::new(der).enter(tag::SEQUENCE).ok_or(Malformed("the alternative names are no list"))?;
        let mut names = AlternativeNames::default();
        while !reader.is_empty() {
            let element = reader.any().ok_or(Malformed("an alternative name is broken"))?;
            names.add(GeneralName::of(element))?;
        }
        Ok(names)
    }

    fn add(&mut self, name: GeneralName<'a>) -> Result<(), Malformed> {
        match name {
            GeneralName::Dns(bytes) => self.domains.push(text(bytes)?),
            GeneralName::Email(bytes) => self.emails.push(text(bytes)?),
            GeneralName::Ip(bytes) if matches!(bytes.len(), 4 | 16) => self.addresses.push(bytes),
            GeneralName::Ip(_) => return Err(Malformed("an IP address that is neither 4 nor 16 bytes long")),
            GeneralName::Uri(bytes) => {
                let uri = text(bytes)?;
                let host = uri::host(uri).ok_or(Malformed("a URI that cannot be read"))?;
                if !domain::is_well_formed(&host, false) {
                    return Err(Malformed("a URI whose host is no domain name"));
                }
                self.uris.push((uri, host));
            }
            GeneralName::Directory(_) | GeneralName::Other(_) => {}
        }
        Ok(())
    }

    /// Is there no name of a kind that Go looks at?
    pub(crate) fn is_empty(&self) -> bool {
        self.domains.is_empty() && self.emails.is_empty() && self.addresses.is_empty() && self.uris.is_empty()
    }
}
