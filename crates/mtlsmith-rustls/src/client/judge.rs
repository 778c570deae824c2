//! Would the pair be let in where it is going to be presented?

use mtlsmith_validate::admission::Decision;
use mtlsmith_validate::admission::NamespaceTrust;
use mtlsmith_validate::bundle::Member;
use mtlsmith_validate::certificate::Certificate;
use mtlsmith_validate::time::Timestamp;

use super::problem::Reason;
use super::problem::ReloadError;
use crate::text::shown;
use crate::text::shown_subject;

/// What the pair has to be good for.
pub(super) struct Demands<'a> {
    /// What the Namespace trusts, when that is known.
    pub(super) trust: Option<&'a NamespaceTrust>,
    pub(super) now: Timestamp,
    /// Is a certificate at hand that is still good? Then one that only some servers let in has to wait.
    pub(super) holds_a_good_one: bool,
}

/// Until when the chain, the leaf first, gets in.
pub(super) fn judge(chain: &[Member], demands: &Demands<'_>) -> Result<Timestamp, ReloadError> {
    let path = own_path(chain);
    for certificate in &path {
        check_dates(certificate, demands.now)?;
    }
    let end = path.iter().map(|certificate| certificate.not_after()).min();
    let end =
        end.ok_or_else(|| ReloadError::new(Reason::NoCertificate, "the certificate", "cannot be parsed"))?;
    let Some(trust) = demands.trust else { return Ok(end) };
    let decision = trust.decide(chain, demands.now);
    match (&decision, decision.until()) {
        (Decision::Admitted(_), Some(until)) => Ok(until),
        (Decision::Contested(_), Some(until)) if !demands.holds_a_good_one => Ok(until),
        _ => Err(refused(&path, &decision)),
    }
}

/// The certificates of the file from the leaf upwards, by their names. What else stands in the file matters to nobody.
fn own_path(chain: &[Member]) -> Vec<&Certificate> {
    let mut path: Vec<&Certificate> = Vec::with_capacity(chain.len());
    path.extend(chain.first().and_then(Member::certificate));
    while let Some(last) = path.last().copied() {
        let above = chain.iter().filter_map(Member::certificate).find(|above| {
            last.issuer().links_to(above.subject()) && !path.iter().any(|known| std::ptr::eq(*known, *above))
        });
        match above {
            Some(above) => path.push(above),
            None => break,
        }
    }
    path
}

fn check_dates(certificate: &Certificate, now: Timestamp) -> Result<(), ReloadError> {
    let subject = shown_subject(certificate);
    let (from, until) = (certificate.not_before(), certificate.not_after());
    if now < from {
        let what = format!("is valid from {from} on and it is {now}; wait, or correct the clock");
        return Err(ReloadError::new(Reason::NotYetValid, subject, what));
    }
    if now >= until {
        let what = format!("was valid until {until} and it is {now}; renew it, or correct the clock");
        return Err(ReloadError::new(Reason::Expired, subject, what));
    }
    Ok(())
}

fn refused(path: &[&Certificate], decision: &Decision) -> ReloadError {
    let subject = path.first().map(|leaf| shown_subject(leaf)).unwrap_or_default();
    let finding = decision.findings().first();
    let reason = match decision {
        Decision::Contested(_) => Reason::Contested,
        _ if finding.is_some_and(|finding| finding.rule.name == NO_FILTER_MATCHES) => Reason::FilteredOut,
        _ => Reason::NotAdmitted,
    };
    let why = finding.map(|finding| format!("{}: {}", finding.rule.code, finding.message()));
    let why = shown(why.unwrap_or_else(|| "nothing in its bundle leads to it".to_owned()));
    let what = format!(
        "the Namespace {} it ({why}); correct that before it is presented",
        match reason {
            Reason::Contested => "may refuse",
            _ => "refuses",
        }
    );
    ReloadError::new(reason, subject, what)
}

/// The rule about filters.
const NO_FILTER_MATCHES: &str = "no-filter-matches";

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_validate::Profile;
    use mtlsmith_validate::admission::presented;
    use mtlsmith_validate::filters::FilterSet;

    use super::*;
    use crate::default_provider as provider;

    fn judged(chain: &[&testkit::Certificate], trust: Option<&NamespaceTrust>) -> Result<i64, Reason> {
        let now = Timestamp::from_unix(testkit::NOW);
        let chain = presented(chain.iter().map(|certificate| certificate.der()));
        judge(&chain, &Demands { trust, now, holds_a_good_one: true })
            .map(Timestamp::unix)
            .map_err(|error| error.reason())
    }

    #[test]
    fn dates_count_along_the_path_alone() {
        let root = testkit::root("one");
        let ending = testkit::NOW + 60;
        let middle = testkit::intermediate_builder("two").not_after(ending).signed_by(&root);
        let gone = testkit::intermediate_builder("two").not_after(testkit::NOW).signed_by(&root);
        let leaf = testkit::leaf("worker", &middle);
        let own_end = testkit::NOT_AFTER - testkit::days(1);
        assert_eq!(judged(&[&leaf], None), Ok(own_end));
        assert_eq!(judged(&[&leaf, &middle], None), Ok(ending));
        assert_eq!(judged(&[&leaf, &gone], None), Err(Reason::Expired));
        let stranger = testkit::leaf("worker", &root);
        assert_eq!(judged(&[&stranger, &gone], None), Ok(own_end));
        let early = testkit::leaf_builder("early").not_before(testkit::NOW + 1).signed_by(&root);
        assert_eq!(judged(&[&early], None), Err(Reason::NotYetValid));
        let late = testkit::leaf_builder("late").not_after(testkit::NOW).signed_by(&root);
        assert_eq!(judged(&[&late], None), Err(Reason::Expired));
    }

    #[test]
    fn the_namespace_has_the_last_word() {
        let (root, other) = (testkit::root("one"), testkit::root("two"));
        let profile = Profile::temporal_cloud_with(provider().signature_verification_algorithms.all);
        let filters = FilterSet::read(br#"{"filters":[{"commonName":"worker"}]}"#).0;
        let trust = NamespaceTrust::read(root.pem().as_bytes(), Some(filters), &profile);
        assert!(judged(&[&testkit::leaf("worker", &root)], Some(&trust)).is_ok());
        assert_eq!(judged(&[&testkit::leaf("starter", &root)], Some(&trust)), Err(Reason::FilteredOut));
        assert_eq!(judged(&[&testkit::leaf("worker", &other)], Some(&trust)), Err(Reason::NotAdmitted));
    }
}
