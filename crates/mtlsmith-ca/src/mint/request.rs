//! What is asked for, and the defaults where nothing is.

use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::time::Timestamp;

use super::AlternativeName;
use super::MintError;
use super::Random;
use super::Subject;
use super::key::hex;

/// A CA to be minted: a root, or an intermediate below another CA.
#[derive(Debug, Clone)]
pub struct CaRequest {
    /// Its subject.
    pub subject: Subject,
    /// How long it is valid; 365 days by default.
    pub lifetime: Lifetime,
    /// How many CA certificates may stand below it: 0 by default, `None` for any number.
    pub path_length: Option<u8>,
}

/// A client certificate to be minted.
#[derive(Debug, Clone)]
pub struct LeafRequest {
    /// Its subject.
    pub subject: Subject,
    /// Its alternative names.
    pub alternative_names: Vec<AlternativeName>,
    /// How long it is valid; 30 days by default.
    pub lifetime: Lifetime,
}

/// How long a certificate is to be valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// As long as is usual for its kind, cut down so that it ends before its CA.
    Usual,
    /// So many seconds from now.
    Seconds(i64),
    /// Until this second.
    Until(Timestamp),
}

/// The seconds at which a certificate begins and ends, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

impl CaRequest {
    /// A CA of this subject with everything else as it is usual.
    pub fn new(subject: Subject) -> Self {
        CaRequest { subject, lifetime: Lifetime::Usual, path_length: Some(0) }
    }

    /// A CA for an organization, under a name that no other generation of it has:
    /// `O=acme, CN=acme Temporal client CA 2026-11 3f9a1c`.
    ///
    /// # Errors
    /// [`MintError::SubjectRefused`] for a name of the organization that leaves no room (above 30 characters the common name is
    /// cut down to it) or cannot stand in a certificate, [`MintError::RandomnessUnavailable`].
    pub fn for_organization(
        organization: &str,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Self, MintError> {
        let mut generation = [0; 3];
        random.fill(&mut generation)?;
        let month = now.date();
        let month = month.get(..7).unwrap_or_default();
        let short: String = organization.chars().take(SHORT_NAME).collect();
        let common_name = format!("{} Temporal client CA {month} {}", short.trim_end(), hex(&generation));
        Subject::new(Some(organization), &[], Some(&common_name)).map(CaRequest::new)
    }

    pub(super) fn validity(
        &self,
        now: Timestamp,
        authority: Option<Validity>,
    ) -> Result<Validity, MintError> {
        let validity = validity(self.lifetime, CA_LIFETIME, now, authority)?;
        let seconds = validity.not_after.since(now);
        if seconds > LONGEST_CA_LIFETIME {
            let problem = "the most for a CA is ten years; ask for less, and roll over in time";
            return Err(MintError::LifetimeRefused { seconds, problem });
        }
        Ok(validity)
    }
}

impl LeafRequest {
    /// A client certificate of this subject, without alternative names and with everything else as it is usual.
    pub fn new(subject: Subject) -> Self {
        LeafRequest { subject, alternative_names: Vec::new(), lifetime: Lifetime::Usual }
    }

    /// The same names as a certificate that is there, with the usual lifetime.
    ///
    /// # Errors
    /// [`MintError::AlternativeNameRefused`] for a name that would not be minted today.
    pub fn like(certificate: &Certificate) -> Result<Self, MintError> {
        let names = certificate.subject_alternative_names().map(|name| AlternativeName::of(&name));
        let alternative_names = names.collect::<Result<_, _>>()?;
        Ok(LeafRequest { alternative_names, ..LeafRequest::new(Subject::of(certificate.subject())) })
    }

    pub(super) fn validity(&self, now: Timestamp, authority: Validity) -> Result<Validity, MintError> {
        validity(self.lifetime, LEAF_LIFETIME, now, Some(authority))
    }
}

/// From a minute ago, for clocks that are behind, until the end asked for. Never outside of the CA's validity: what is usual is cut
/// down to it, what is asked for is refused.
fn validity(
    lifetime: Lifetime,
    usual: i64,
    now: Timestamp,
    authority: Option<Validity>,
) -> Result<Validity, MintError> {
    if let Some(Validity { not_before, not_after }) = authority
        && (now < not_before || not_after < now)
    {
        return Err(MintError::AuthorityNotValid { not_before, not_after, now });
    }
    let not_after = match (lifetime, authority) {
        (Lifetime::Usual, None) => now.plus(usual),
        (Lifetime::Usual, Some(authority)) => usual_end(usual, now, authority.not_after)?,
        (Lifetime::Seconds(seconds), _) => now.plus(seconds),
        (Lifetime::Until(end), _) => end,
    };
    if let Some(authority) = authority.filter(|authority| not_after > authority.not_after) {
        return Err(MintError::OutlivesAuthority { not_after, authority: authority.not_after });
    }
    let seconds = not_after.since(now);
    if seconds < SHORTEST_LIFETIME {
        let problem = "the least is ten minutes, twice the time after which Temporal Cloud closes connections; ask for more";
        return Err(MintError::LifetimeRefused { seconds, problem });
    }
    let backdated = now.plus(-BACKDATE.min(seconds / 10));
    let not_before = authority.map_or(backdated, |authority| backdated.max(authority.not_before));
    Ok(Validity { not_before, not_after })
}

/// The usual end, or earlier: a margin before the end of the CA.
fn usual_end(usual: i64, now: Timestamp, authority: Timestamp) -> Result<Timestamp, MintError> {
    let left = authority.since(now);
    let end = now.plus(usual).min(authority.plus(-MARGIN.min(left / 10)));
    if end.since(now) < SHORTEST_USUAL_LIFETIME {
        return Err(MintError::AuthorityEndsTooSoon { authority, now });
    }
    Ok(end)
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What is usual for a CA: 365 days, the most that tcld makes.
const CA_LIFETIME: i64 = 365 * DAY;
/// What is usual for a client certificate: 30 days.
const LEAF_LIFETIME: i64 = 30 * DAY;
/// How far back a certificate begins, for clocks that are behind; tcld does the same.
const BACKDATE: i64 = MINUTE;
/// How long before its CA a certificate of the usual lifetime ends; a tenth of what the CA has left, when that is less.
const MARGIN: i64 = DAY;
/// Twice the five minutes after which the frontend of Temporal Cloud closes connections.
const SHORTEST_LIFETIME: i64 = 10 * MINUTE;
/// A CA below which not even this is left is at its end.
const SHORTEST_USUAL_LIFETIME: i64 = HOUR;
/// Ten years with their leap days.
const LONGEST_CA_LIFETIME: i64 = 3_653 * DAY;
/// What of an organization's name fits into a common name of 64 characters beside ` Temporal client CA 2026-11 3f9a1c`.
const SHORT_NAME: usize = 30;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mint::SystemRandom;

    const NOW: Timestamp = Timestamp::from_unix(1_795_449_600);

    fn ends(lifetime: Lifetime, ca_ends_in: i64) -> Result<i64, MintError> {
        let authority = Validity { not_before: NOW.plus(-DAY), not_after: NOW.plus(ca_ends_in) };
        validity(lifetime, LEAF_LIFETIME, NOW, Some(authority)).map(|validity| validity.not_after.since(NOW))
    }

    #[test]
    fn the_usual_lifetime_is_cut_down_to_a_margin_before_the_end_of_the_ca() {
        assert_eq!(ends(Lifetime::Usual, 365 * DAY).unwrap(), 30 * DAY);
        assert_eq!(ends(Lifetime::Usual, 31 * DAY).unwrap(), 30 * DAY);
        assert_eq!(ends(Lifetime::Usual, 30 * DAY).unwrap(), 29 * DAY);
        assert_eq!(ends(Lifetime::Usual, 5 * DAY).unwrap(), 5 * DAY - 5 * DAY / 10);
        assert!(matches!(ends(Lifetime::Usual, HOUR), Err(MintError::AuthorityEndsTooSoon { .. })));
    }

    #[test]
    fn an_explicit_lifetime_beyond_the_ca_is_refused() {
        assert_eq!(ends(Lifetime::Seconds(5 * DAY), 5 * DAY).unwrap(), 5 * DAY);
        let refused = ends(Lifetime::Seconds(5 * DAY + 1), 5 * DAY).unwrap_err();
        assert_eq!(refused.code(), Some("CHN-012"));
        assert!(refused.to_string().contains("1 second before"), "{refused}");
        assert!(ends(Lifetime::Until(NOW.plus(6 * DAY)), 5 * DAY).is_err());
    }

    #[test]
    fn a_ca_that_is_not_valid_issues_nothing() {
        assert_eq!(ends(Lifetime::Usual, -1).unwrap_err().code(), Some("CA-022"));
        let future = Validity { not_before: NOW.plus(1), not_after: NOW.plus(DAY) };
        let refused = validity(Lifetime::Usual, LEAF_LIFETIME, NOW, Some(future)).unwrap_err();
        assert_eq!(refused.code(), Some("CA-023"));
    }

    #[test]
    fn lifetimes_of_no_use_are_refused() {
        assert!(ends(Lifetime::Seconds(600), DAY).is_ok());
        for seconds in [599, 0, -1, i64::MIN] {
            assert!(matches!(ends(Lifetime::Seconds(seconds), DAY), Err(MintError::LifetimeRefused { .. })));
        }
    }

    #[test]
    fn the_start_lies_a_minute_back_and_never_before_the_ca() {
        let start = |ca_start| {
            let authority = Validity { not_before: NOW.plus(ca_start), not_after: NOW.plus(365 * DAY) };
            validity(Lifetime::Usual, LEAF_LIFETIME, NOW, Some(authority)).unwrap().not_before.since(NOW)
        };
        assert_eq!((start(-DAY), start(-10), start(0)), (-60, -10, 0));
    }

    #[test]
    fn a_ca_of_more_than_ten_years_is_refused() {
        let mut request = CaRequest::for_organization("acme", NOW, &SystemRandom).unwrap();
        request.lifetime = Lifetime::Seconds(LONGEST_CA_LIFETIME);
        assert!(request.validity(NOW, None).is_ok());
        request.lifetime = Lifetime::Seconds(LONGEST_CA_LIFETIME + 1);
        assert!(request.validity(NOW, None).is_err());
    }

    #[test]
    fn every_generation_of_a_ca_has_a_name_of_its_own() {
        let name = |organization| {
            CaRequest::for_organization(organization, NOW, &SystemRandom).unwrap().subject.to_string()
        };
        let one = name("acme");
        assert!(one.starts_with("CN=acme Temporal client CA 2026-11 "), "{one}");
        assert!(one.ends_with(",O=acme"), "{one}");
        assert_ne!(one, name("acme"));
        assert!(
            name("long ".repeat(12).trim_end()).contains("long long long long long long Temporal client CA")
        );
    }
}
