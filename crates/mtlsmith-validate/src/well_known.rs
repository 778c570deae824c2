//! The public CAs that Temporal calls well-known: recognised by key, so that a cross-signed or reissued one is found too.

use pki_types::SignatureVerificationAlgorithm;
use sha1::Digest;
use sha1::Sha1;

use crate::certificate::Certificate;
use crate::der::Reader;
use crate::der::tag;
use crate::key::PublicKey;
use crate::name::Name;
use crate::signature;
use crate::signature::SignatureCheck;

macro_rules! mozilla_version {
    () => {
        "1.0.11"
    };
}

macro_rules! mozilla_date {
    () => {
        "2026-10-23"
    };
}

/// Mozilla's root programme, as the crate `webpki-root-certs` carries it. A test compares the version with the lock file.
pub const MOZILLA_VERSION: &str = mozilla_version!();

/// The day of that version: the one on which `webpki-roots` of the same number was published. Both crates are released together from
/// one repository and one download of Mozilla's list; neither carries a date of its own.
pub const MOZILLA_DATE: &str = mozilla_date!();

/// A list of public root CAs.
#[derive(Debug)]
pub struct WellKnown {
    /// What the list is and of which day, for the reader of a finding.
    pub source: &'static str,
    /// Of each root the last bytes of its key and of its name, in the order of the roots. They tell nearly all of them apart, so that a
    /// search reads these alone: passing over three kilobytes takes less than a program would need to read and sort all roots first.
    endings: &'static [Endings],
    roots: Roots,
}

type Ending = [u8; 8];

/// Of a key and a name.
type Endings = [Ending; 2];

/// Where the roots themselves are read from.
#[derive(Debug, Clone, Copy)]
enum Roots {
    /// Mozilla's list and behind it what Debian has besides.
    OperatingSystems,
    #[cfg(test)]
    Given(&'static [PublicRoot]),
}

impl Roots {
    fn get(self, place: usize) -> Option<PublicRoot> {
        match self {
            Roots::OperatingSystems => match webpki_root_certs::TLS_SERVER_ROOT_CERTS.get(place) {
                Some(der) => public_root(der.as_ref()),
                None => names_and_keys(DEBIAN_12)
                    .nth(place.checked_sub(webpki_root_certs::TLS_SERVER_ROOT_CERTS.len())?),
            },
            #[cfg(test)]
            Roots::Given(roots) => roots.get(place).copied(),
        }
    }
}

/// One public root CA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicRoot {
    key: &'static [u8],
    subject: &'static [u8],
}

impl PublicRoot {
    /// The name of the CA.
    pub fn subject(&self) -> Name<'static> {
        Name::from_der(self.subject)
    }

    #[cfg(test)]
    fn endings(&self) -> Endings {
        [ending(self.key), ending(self.subject)]
    }

    /// The SubjectPublicKeyInfo, DER, tag and length included.
    pub fn subject_public_key_info(&self) -> &'static [u8] {
        self.key
    }

    /// Did this CA's key sign the certificate?
    pub(crate) fn has_signed(
        &self,
        certificate: &Certificate,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> SignatureCheck {
        let Some((algorithm, bits)) = self.parts_of_key() else { return SignatureCheck::NoAlgorithm };
        signature::check_with_key(certificate, &PublicKey::read(algorithm, bits), bits, algorithms)
    }

    /// The key identifier that most CAs use: SHA-1 over the bits of the key (RFC 5280 section 4.2.1.2).
    pub(crate) fn key_identifier(&self) -> Option<[u8; 20]> {
        self.parts_of_key().map(|(_, bits)| Sha1::digest(bits).into())
    }

    fn parts_of_key(&self) -> Option<(&'static [u8], &'static [u8])> {
        let mut key = Reader::new(self.key).enter(tag::SEQUENCE)?;
        let algorithm = key.content(tag::SEQUENCE)?;
        key.bit_string().map(|(bits, _)| (algorithm, bits))
    }
}

impl WellKnown {
    /// The roots that operating systems bring along: those that Mozilla trusts for TLS servers today ([`MOZILLA_DATE`]), and those
    /// beyond them that Debian 12 still holds. Temporal calls a CA well-known that is normally found in such a store.
    pub fn operating_systems() -> &'static WellKnown {
        static LIST: WellKnown = WellKnown {
            source: SOURCE,
            endings: ENDINGS.as_chunks().0.as_chunks().0,
            roots: Roots::OperatingSystems,
        };
        &LIST
    }

    /// The roots that Mozilla trusts for TLS servers alone, compiled in; see [`MOZILLA_DATE`].
    pub fn mozilla() -> &'static WellKnown {
        static LIST: WellKnown = WellKnown {
            source: MOZILLA_SOURCE,
            endings: ENDINGS
                .as_chunks()
                .0
                .as_chunks()
                .0
                .split_at(webpki_root_certs::TLS_SERVER_ROOT_CERTS.len())
                .0,
            roots: Roots::OperatingSystems,
        };
        &LIST
    }

    /// A list of a test's own CAs.
    #[cfg(test)]
    pub(crate) fn of(roots: &[&[u8]]) -> &'static WellKnown {
        let roots: Vec<PublicRoot> =
            roots.iter().filter_map(|der| public_root(der.to_vec().leak())).collect();
        let endings = roots.iter().map(PublicRoot::endings).collect::<Vec<_>>().leak();
        Box::leak(Box::new(WellKnown {
            source: "a list for tests",
            endings,
            roots: Roots::Given(roots.leak()),
        }))
    }

    /// A list without a single CA, for who judges by other means.
    pub fn none() -> &'static WellKnown {
        static EMPTY: WellKnown =
            WellKnown { source: "no list", endings: &[], roots: Roots::OperatingSystems };
        &EMPTY
    }

    /// The public CA whose key this certificate carries.
    pub fn with_key_of(&self, certificate: &Certificate) -> Option<PublicRoot> {
        let key = certificate.subject_public_key_info();
        let wanted = ending(key);
        self.with_endings(move |[key, _]| *key == wanted).find(|root| root.key == key)
    }

    /// The public CAs that bear this name.
    pub fn with_name<'a>(&'a self, name: Name<'a>) -> impl Iterator<Item = PublicRoot> + 'a {
        let wanted = ending(name.as_der());
        self.with_endings(move |[_, name]| *name == wanted).filter(move |root| root.subject == name.as_der())
    }

    fn with_endings<'a>(
        &'a self,
        fit: impl Fn(&Endings) -> bool + 'a,
    ) -> impl Iterator<Item = PublicRoot> + 'a {
        let places = self.endings.iter().enumerate().filter(move |(_, endings)| fit(endings));
        places.filter_map(|(place, _)| self.roots.get(place))
    }

    /// How many CAs the list holds.
    pub fn len(&self) -> usize {
        self.endings.len()
    }

    /// Is the list empty?
    pub fn is_empty(&self) -> bool {
        self.endings.is_empty()
    }
}

fn ending(der: &[u8]) -> Ending {
    der.last_chunk().copied().unwrap_or_default()
}

macro_rules! mozilla_source {
    () => {
        concat!("Mozilla's root programme of ", mozilla_date!(), ", webpki-root-certs ", mozilla_version!())
    };
}

const MOZILLA_SOURCE: &str = mozilla_source!();

const SOURCE: &str = concat!(mozilla_source!(), ", and Debian's ca-certificates 20230311+deb12u1");

/// Names and keys of the roots in Debian's package `ca-certificates` 20230311+deb12u1 that Mozilla's list no longer has, in pairs. The
/// test `public_roots` makes the file.
const DEBIAN_12: &[u8] = include_bytes!("well_known/debian_12.der");

/// Of each root of Mozilla's list and behind them of each pair in [`DEBIAN_12`]: the last eight bytes of its key, and of its name. The
/// test `public_roots` makes the file.
const ENDINGS: &[u8] = include_bytes!("well_known/endings.bin");

fn names_and_keys(pairs: &'static [u8]) -> impl Iterator<Item = PublicRoot> {
    let mut reader = Reader::new(pairs);
    std::iter::from_fn(move || {
        let subject = reader.element(tag::SEQUENCE)?.full;
        let key = reader.element(tag::SEQUENCE)?.full;
        Some(PublicRoot { key, subject })
    })
}

/// Cuts subject and key out of a root certificate without reading the rest.
fn public_root(der: &'static [u8]) -> Option<PublicRoot> {
    let mut walk = Reader::new(der).enter(tag::SEQUENCE)?.enter(tag::SEQUENCE)?;
    walk.optional(tag::context_constructed(0))?;
    walk.integer()?;
    walk.content(tag::SEQUENCE)?; // signature algorithm
    walk.content(tag::SEQUENCE)?; // issuer
    walk.content(tag::SEQUENCE)?; // validity
    let subject = walk.element(tag::SEQUENCE)?.full;
    let key = walk.element(tag::SEQUENCE)?.full;
    Some(PublicRoot { key, subject })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_one_in_the_lock_file() {
        let lock = include_str!("../../../Cargo.lock");
        let entry =
            lock.split("[[package]]").find(|entry| entry.contains("\nname = \"webpki-root-certs\"\n"));
        let locked = entry.and_then(|entry| entry.split_once("\nversion = \"")?.1.split_once('"'));
        assert_eq!(
            locked.map(|(version, _)| version),
            Some(MOZILLA_VERSION),
            "give the constants the new version and its day"
        );
    }

    #[test]
    fn the_source_names_version_and_date() {
        for source in [WellKnown::mozilla().source, WellKnown::operating_systems().source] {
            assert!(source.contains(MOZILLA_VERSION) && source.contains(MOZILLA_DATE), "{source}");
        }
        assert!(crate::rule::Date::parse(MOZILLA_DATE).is_some());
    }

    #[test]
    fn every_root_of_the_crate_is_found_by_key_and_by_name() {
        for list in [WellKnown::mozilla(), WellKnown::operating_systems()] {
            for der in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
                let (certificate, _) = Certificate::read(der).unwrap();
                let root = list.with_key_of(&certificate).unwrap();
                assert_eq!(root.subject(), certificate.subject());
                assert!(
                    list.with_name(certificate.subject()).any(|named| named == root),
                    "{}",
                    certificate.subject()
                );
            }
        }
        assert_eq!(WellKnown::mozilla().len(), webpki_root_certs::TLS_SERVER_ROOT_CERTS.len());
    }

    #[test]
    fn the_pairs_of_debian_are_read_to_their_end() {
        let pairs: Vec<PublicRoot> = names_and_keys(DEBIAN_12).collect();
        let length: usize = pairs.iter().map(|root| root.key.len() + root.subject.len()).sum();
        assert_eq!(length, DEBIAN_12.len());
        assert_eq!(WellKnown::operating_systems().len(), WellKnown::mozilla().len() + pairs.len());
    }

    #[test]
    fn a_root_tells_whether_it_signed() {
        let root = mtlsmith_testkit::root("public");
        let other = mtlsmith_testkit::root("other");
        let list = WellKnown::of(&[root.der()]);
        let known = list.with_name(Name::from_der(root.subject_der())).next().unwrap();
        let judge = |signer| {
            let issued = mtlsmith_testkit::intermediate("issued", signer);
            let (certificate, _) = Certificate::read(issued.der()).unwrap();
            known.has_signed(&certificate, &crate::Profile::temporal_cloud().algorithms)
        };
        assert_eq!(judge(&root), SignatureCheck::Valid);
        assert_eq!(judge(&other), SignatureCheck::Invalid);
    }

    #[test]
    fn key_identifiers_are_those_that_most_roots_state() {
        let stated = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter(|der| {
            let (certificate, _) = Certificate::read(der).unwrap();
            let root = WellKnown::mozilla().with_key_of(&certificate).unwrap();
            root.key_identifier().is_some_and(|id| certificate.subject_key_identifier() == Some(&id))
        });
        assert!(stated.count() > 100);
    }

    #[test]
    fn an_empty_list_knows_nobody() {
        let (certificate, _) =
            Certificate::read(webpki_root_certs::TLS_SERVER_ROOT_CERTS[0].as_ref()).unwrap();
        assert!(WellKnown::none().is_empty());
        assert_eq!(WellKnown::none().with_key_of(&certificate), None);
        assert_eq!(WellKnown::none().with_name(certificate.subject()).count(), 0);
    }

    #[test]
    fn a_list_tells_whether_it_holds_anything_and_a_root_its_key() {
        assert!(WellKnown::none().is_empty() && !WellKnown::mozilla().is_empty());
        let der = webpki_root_certs::TLS_SERVER_ROOT_CERTS[0].as_ref();
        let (certificate, _) = Certificate::read(der).unwrap();
        let root = WellKnown::mozilla().with_key_of(&certificate).unwrap();
        assert_eq!(root.subject_public_key_info(), certificate.subject_public_key_info());
    }
}
