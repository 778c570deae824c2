//! What a change of filters does to certificates that are known: who is locked out, who gets in.

use super::filter::FilterSet;
use super::matching::CertificateNames;

/// What a change of filters does. Numbers are indexes into the certificates handed in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilterDifference {
    /// Admitted before, refused after.
    pub locked_out: Vec<usize>,
    /// Refused before, admitted after.
    pub let_in: Vec<usize>,
    /// Admitted before and after.
    pub kept: Vec<usize>,
    /// Refused before and after.
    pub still_refused: Vec<usize>,
    /// Does the change take the last filter away, so that every certificate below the CAs is admitted, known or not?
    pub opens: bool,
    /// Does the change set the first filter, so that certificates that are not known may be locked out?
    pub closes: bool,
}

impl FilterSet {
    /// Compares two sets by what becomes of these certificates.
    pub fn difference(
        old: &FilterSet,
        new: &FilterSet,
        certificates: &[CertificateNames<'_>],
    ) -> FilterDifference {
        let mut difference = FilterDifference {
            opens: !old.filters.is_empty() && new.filters.is_empty(),
            closes: old.filters.is_empty() && !new.filters.is_empty(),
            ..FilterDifference::default()
        };
        for (index, names) in certificates.iter().enumerate() {
            let group = match (old.admits(names), new.admits(names)) {
                (true, false) => &mut difference.locked_out,
                (false, true) => &mut difference.let_in,
                (true, true) => &mut difference.kept,
                (false, false) => &mut difference.still_refused,
            };
            group.push(index);
        }
        difference
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filters::Field;
    use crate::filters::Filter;

    fn set(common_names: &[&str]) -> FilterSet {
        let filters = common_names.iter().map(|name| Filter::default().with(Field::CommonName, *name));
        FilterSet::new(filters.collect())
    }

    fn certificates() -> Vec<CertificateNames<'static>> {
        let names = ["worker-1", "worker-7", "starter", "admin"];
        let named = |name: &&'static str| CertificateNames {
            common_names: vec![(*name).into()],
            ..CertificateNames::default()
        };
        names.iter().map(named).collect()
    }

    #[test]
    fn who_is_locked_out_and_who_gets_in() {
        let old = set(&["worker-*"]);
        let new = set(&["worker-1", "starter"]);
        let wanted = FilterDifference {
            locked_out: vec![1],
            let_in: vec![2],
            kept: vec![0],
            still_refused: vec![3],
            opens: false,
            closes: false,
        };
        assert_eq!(FilterSet::difference(&old, &new, &certificates()), wanted);
    }

    #[test]
    fn the_first_filter_closes_and_taking_the_last_one_away_opens() {
        let some = set(&["worker-*"]);
        let none = FilterSet::default();
        let closing = FilterSet::difference(&none, &some, &certificates());
        assert!(closing.closes && !closing.opens && closing.locked_out == [2, 3]);
        let opening = FilterSet::difference(&some, &none, &certificates());
        assert!(opening.opens && !opening.closes && opening.let_in == [2, 3]);
    }
}
