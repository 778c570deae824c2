//! What a leaked client key means. Nothing revokes a certificate on Temporal Cloud: it works until it ends, until the filters shut it
//! out, or until its CA is gone. All three are answered, the second with exactly who else would be shut out.

use std::fmt;

use mtlsmith_validate::filters::CertificateNames;
use mtlsmith_validate::filters::FILTER_LIMIT;
use mtlsmith_validate::filters::FilterSet;
use mtlsmith_validate::filters::NoneExists;
use mtlsmith_validate::filters::suggest;
use mtlsmith_validate::fingerprint::Fingerprint;
use mtlsmith_validate::graph::Role;
use mtlsmith_validate::time::Timestamp;

use super::rollover::InventoryLeaf;
use super::trust::Trust;

/// What to do about a leaked certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compromise {
    /// Until when it works if nothing is done.
    pub exposure: Exposure,
    /// The filters that shut it out.
    pub filters: FilterAnswer,
    /// The CAs to replace so that it stops working, by SHA-256: the roots of every chain from it. What hangs below them goes with
    /// them; hand them to [`super::rollover::plan`].
    pub replace: Vec<Fingerprint>,
}

/// Until when a leaked certificate works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exposure {
    /// It opens connections until this second.
    Until(Timestamp),
    /// It is not valid yet, and will open connections between these two seconds.
    From(Timestamp, Timestamp),
    /// It stopped working at this second.
    Expired(Timestamp),
    /// No chain from it leads to a root of the live bundle.
    NoChain,
    /// The live filters do not let it in.
    Filtered,
}

/// Filters that shut a leaked certificate out, and what they cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterAnswer {
    /// These filters shut it out; the leaves of the inventory that go down with it are given by index. That list is the shortest
    /// possible: no filter admits any of them without the leaked certificate.
    ShutOut {
        /// The filters, to replace the live ones.
        set: FilterSet,
        /// Who else is shut out.
        collateral: Vec<usize>,
    },
    /// Every filter that admits anyone who is let in now admits the leaked certificate too, by the names in the certificates.
    NoneDistinguishes {
        /// Those who cannot be told from it: all who are let in now.
        collateral: Vec<usize>,
    },
    /// Nobody in the inventory is let in now beside the leaked certificate, so there is nobody for whom filters could be made.
    NobodyElse,
    /// More filters would be needed than a Namespace takes.
    TooMany {
        /// How many would do.
        filters: usize,
        /// Is it certain that no smaller number does?
        is_certain: bool,
    },
    /// More distinct leaves than filters are made for.
    TooManyLeaves,
    /// The certificate opens nothing, so nothing needs to be shut.
    NotNeeded,
}

/// Assesses a leaked certificate against the live bundle, the live filters and everybody who is known. The leaked certificate itself
/// may stand in the inventory; it is passed over there.
pub fn assess(
    leaked: &InventoryLeaf<'_>,
    live: &Trust<'_>,
    filters: &FilterSet,
    inventory: &[InventoryLeaf<'_>],
    now: Timestamp,
) -> Compromise {
    let anchored = live.anchor(leaked.certificate, leaked.presented);
    let names = CertificateNames::of(leaked.certificate);
    let not_before = leaked.certificate.not_before();
    let exposure = match live.ends().of(&anchored) {
        None => Exposure::NoChain,
        Some(end) if end < now => Exposure::Expired(end),
        Some(_) if !filters.admits(&names) => Exposure::Filtered,
        Some(end) if not_before > now => Exposure::From(not_before, end),
        Some(end) => Exposure::Until(end),
    };
    let filters = match exposure {
        Exposure::Until(_) | Exposure::From(..) => shut_out(leaked, &names, live, filters, inventory, now),
        Exposure::Expired(_) | Exposure::NoChain | Exposure::Filtered => FilterAnswer::NotNeeded,
    };
    let replace = roots_above(live, anchored.members().collect());
    Compromise { exposure, filters, replace }
}

/// The roots that the members hang on.
fn roots_above(live: &Trust<'_>, mut open: Vec<usize>) -> Vec<Fingerprint> {
    let mut seen: Vec<usize> = Vec::new();
    while let Some(member) = open.pop() {
        if !seen.contains(&member) {
            seen.push(member);
            open.extend(live.graph().node(member).map(|node| node.link.issuers()).unwrap_or_default());
        }
    }
    seen.sort_unstable();
    let is_root = |member: &usize| live.graph().node(*member).is_some_and(|node| node.role == Role::Root);
    let roots = seen.into_iter().filter(is_root);
    roots
        .filter_map(|member| Some(Fingerprint::Sha256(live.bundle().certificate(member)?.sha256())))
        .collect()
}

/// Filters for everybody who is let in now, without those whom no filter tells from the leaked certificate.
fn shut_out(
    leaked: &InventoryLeaf<'_>,
    leaked_names: &CertificateNames<'_>,
    live: &Trust<'_>,
    filters: &FilterSet,
    inventory: &[InventoryLeaf<'_>],
    now: Timestamp,
) -> FilterAnswer {
    let ends = live.ends();
    let works = |leaf: &InventoryLeaf<'_>| {
        ends.of(&live.anchor(leaf.certificate, leaf.presented)).is_some_and(|end| end >= now)
    };
    let others: Vec<(usize, CertificateNames<'_>)> = inventory
        .iter()
        .enumerate()
        .filter(|(_, leaf)| leaf.certificate.der() != leaked.certificate.der() && works(leaf))
        .map(|(index, leaf)| (index, CertificateNames::of(leaf.certificate)))
        .collect();
    let (admitted, kept_out): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|(_, names)| filters.admits(names));
    if admitted.is_empty() {
        return FilterAnswer::NobodyElse;
    }
    let kept_out = kept_out.into_iter().map(|(_, names)| names);
    search(leaked_names, &admitted, distinct(kept_out))
}

/// Asks for filters until they exist: whoever cannot be told from the leaked certificate is given up, and whoever is kept out today
/// but cannot be told from somebody admitted is no longer required to be kept out.
fn search(
    leaked: &CertificateNames<'_>,
    admitted: &[(usize, CertificateNames<'_>)],
    kept_out: Vec<CertificateNames<'_>>,
) -> FilterAnswer {
    let mut admit = distinct(admitted.iter().map(|(_, names)| names.clone()));
    let mut exclude = vec![leaked.clone()];
    exclude.extend(kept_out);
    let with_names = |wanted: &dyn Fn(&CertificateNames<'_>) -> bool| -> Vec<usize> {
        admitted.iter().filter(|(_, names)| wanted(names)).map(|(index, _)| *index).collect()
    };
    while !admit.is_empty() {
        match suggest(&admit, &exclude) {
            Ok(found) => {
                let collateral = with_names(&|names| !found.set.admits(names));
                return FilterAnswer::ShutOut { set: found.set, collateral };
            }
            Err(NoneExists::Indistinguishable { admit: given_up, exclude: blocking }) => {
                if blocking.iter().all(|&index| index == 0) {
                    admit.remove(given_up);
                } else {
                    let mut index = 0;
                    exclude.retain(|_| {
                        index += 1;
                        index == 1 || !blocking.contains(&(index - 1))
                    });
                }
            }
            Err(NoneExists::NoValue { admit: given_up }) => {
                admit.remove(given_up);
            }
            Err(NoneExists::TooMany { filters, is_certain }) => {
                return FilterAnswer::TooMany { filters, is_certain };
            }
            Err(NoneExists::TooManyCertificates) => return FilterAnswer::TooManyLeaves,
            Err(_) => break,
        }
    }
    FilterAnswer::NoneDistinguishes { collateral: with_names(&|_| true) }
}

/// Names that occur often, as those of replicas do, once.
fn distinct<'a>(all: impl Iterator<Item = CertificateNames<'a>>) -> Vec<CertificateNames<'a>> {
    let mut distinct: Vec<CertificateNames<'a>> = Vec::new();
    for names in all {
        if !distinct.contains(&names) {
            distinct.push(names);
        }
    }
    distinct
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exposure::Until(end) => {
                write!(f, "the certificate opens connections until {end}")
            }
            Exposure::From(start, end) => {
                write!(f, "the certificate will open connections from {start} until {end}")
            }
            Exposure::Expired(end) => {
                write!(f, "the certificate stopped working at {end}: nothing needs to be done")
            }
            Exposure::NoChain => {
                f.write_str("the certificate chains to no CA of the live bundle: it opens nothing here")
            }
            Exposure::Filtered => {
                f.write_str("the live filters keep the certificate out: keep them as they are")
            }
        }
    }
}

fn shut(filters: usize) -> String {
    if filters == 1 { "1 filter shuts".to_owned() } else { format!("{filters} filters shut") }
}

impl fmt::Display for FilterAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FilterAnswer::ShutOut { set, collateral } => match collateral.len() {
                0 => write!(f, "{} the certificate out and nobody else", shut(set.filters.len())),
                1 => write!(
                    f,
                    "{} the certificate out, and with it one more that no filter can tell from it",
                    shut(set.filters.len())
                ),
                others => write!(
                    f,
                    "{} the certificate out, and with it {others} others that no filter can tell from it",
                    shut(set.filters.len())
                ),
            },
            FilterAnswer::NoneDistinguishes { collateral } => write!(
                f,
                "no filters shut the certificate out alone: none of the {} others that are let in can be told from it by its names; \
                 replace the CA",
                collateral.len()
            ),
            FilterAnswer::NobodyElse => {
                f.write_str("nobody else is let in, so there is nobody to make filters for: replace the CA")
            }
            FilterAnswer::TooMany { filters, .. } => write!(
                f,
                "{filters} filters would be needed and a Namespace takes {FILTER_LIMIT}: replace the CA"
            ),
            FilterAnswer::TooManyLeaves => f.write_str(
                "there are more leaves with names of their own than filters can be made for: replace the CA",
            ),
            FilterAnswer::NotNeeded => f.write_str("the certificate opens nothing, so no filter is needed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit as testkit;
    use mtlsmith_validate::Profile;
    use mtlsmith_validate::bundle::Bundle;
    use mtlsmith_validate::certificate::Certificate;
    use mtlsmith_validate::filters::Field;
    use mtlsmith_validate::filters::Filter;

    use super::*;

    fn read(certificate: &testkit::Certificate) -> Certificate {
        Certificate::read(certificate.der()).unwrap().0
    }

    fn assessed(
        bundle: &str,
        leaked: &testkit::Certificate,
        filters: &FilterSet,
        inventory: &[&testkit::Certificate],
    ) -> Compromise {
        let (bundle, profile) = (Bundle::read(bundle.as_bytes()), Profile::temporal_cloud());
        let certificates: Vec<Certificate> = inventory.iter().map(|leaf| read(leaf)).collect();
        let leaf = |certificate| InventoryLeaf { name: "", certificate, presented: &[] };
        let inventory: Vec<InventoryLeaf<'_>> = certificates.iter().map(leaf).collect();
        let now = Timestamp::from_unix(testkit::NOW);
        assess(&leaf(&read(leaked)), &Trust::of(&bundle, &profile), filters, &inventory, now)
    }

    #[test]
    fn a_leaf_with_names_of_its_own_is_shut_out_alone() {
        let root = testkit::root("root");
        let leaves = ["worker-orders", "worker-billing", "starter"].map(|name| testkit::leaf(name, &root));
        let all: Vec<&testkit::Certificate> = leaves.iter().collect();
        let found = assessed(&root.pem(), &leaves[1], &FilterSet::default(), &all);
        assert_eq!(found.exposure, Exposure::Until(Timestamp::from_unix(leaves[1].not_after())));
        let FilterAnswer::ShutOut { set, collateral } = &found.filters else { panic!("{}", found.filters) };
        assert!(collateral.is_empty());
        let admitted = |leaf| set.admits(&CertificateNames::of(&read(leaf)));
        assert!(admitted(&leaves[0]) && !admitted(&leaves[1]) && admitted(&leaves[2]));
        assert_eq!(found.replace, [Fingerprint::Sha256(read(&root).sha256())]);
    }

    #[test]
    fn replicas_with_the_same_names_go_down_with_it_and_are_named() {
        let root = testkit::root("root");
        let worker = testkit::leaf_builder("worker");
        let replicas = [1, 2].map(|serial| worker.clone().serial(&[serial]).signed_by(&root));
        let other = testkit::leaf("starter", &root);
        let found =
            assessed(&root.pem(), &replicas[0], &FilterSet::default(), &[&replicas[0], &other, &replicas[1]]);
        let FilterAnswer::ShutOut { set, collateral } = &found.filters else { panic!("{}", found.filters) };
        assert_eq!(collateral, &[2]);
        assert!(!set.admits(&CertificateNames::of(&read(&replicas[0]))));
        assert!(set.admits(&CertificateNames::of(&read(&other))));
        let found = assessed(&root.pem(), &replicas[0], &FilterSet::default(), &replicas.each_ref());
        assert_eq!(found.filters, FilterAnswer::NoneDistinguishes { collateral: vec![1] });
    }

    #[test]
    fn whoever_is_kept_out_today_is_kept_out_tomorrow() {
        let root = testkit::root("root");
        let leaves =
            ["worker-orders", "worker-billing", "worker-admin"].map(|name| testkit::leaf(name, &root));
        let filters =
            ["worker-orders", "worker-billing"].map(|name| Filter::default().with(Field::CommonName, name));
        let filters = FilterSet::new(filters.to_vec());
        let found = assessed(&root.pem(), &leaves[0], &filters, &leaves.each_ref());
        let FilterAnswer::ShutOut { set, collateral } = &found.filters else { panic!("{}", found.filters) };
        assert!(collateral.is_empty() && !set.admits(&CertificateNames::of(&read(&leaves[2]))));
        let found = assessed(&root.pem(), &leaves[2], &filters, &leaves.each_ref());
        assert_eq!((found.exposure, found.filters), (Exposure::Filtered, FilterAnswer::NotNeeded));
    }

    #[test]
    fn the_exposure_ends_with_the_ca_and_every_root_above_is_to_be_replaced() {
        let until = testkit::NOW + testkit::days(5);
        let old = testkit::root_builder("old").not_after(until).self_signed();
        let new = testkit::root_builder("new").not_after(until - 60).self_signed();
        let issuing = testkit::intermediate_builder("issuing");
        let (by_old, by_new) = (issuing.signed_by(&old), issuing.signed_by(&new));
        let leaf = testkit::leaf("worker", &by_old);
        let bundle = testkit::bundle(&[&old, &new, &by_old, &by_new]);
        let found = assessed(&bundle, &leaf, &FilterSet::default(), &[]);
        assert_eq!(found.exposure, Exposure::Until(Timestamp::from_unix(until)));
        assert_eq!(found.filters, FilterAnswer::NobodyElse);
        assert_eq!(found.replace.len(), 2);
        let found = assessed(&testkit::root("another").pem(), &leaf, &FilterSet::default(), &[]);
        assert_eq!((found.exposure, found.replace.len()), (Exposure::NoChain, 0));
    }
}
