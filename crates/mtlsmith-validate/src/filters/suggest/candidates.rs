//! The filters worth considering: every combination of whole values and of beginnings and ends that values share, which admits
//! somebody and nobody it must not.
//!
//! For beginnings and ends of at least [`SHORTEST_STEM`] characters nothing is lost by it: any filter can be narrowed, field by
//! field, to the longest beginning or end that the values it admits have in common, and that is the one of some two of them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::SHORTEST_STEM;
use super::cover::Members;
use super::usable;
use crate::filters::Field;
use crate::filters::Filter;
use crate::filters::Pattern;
use crate::filters::covers;
use crate::filters::matching::CertificateNames;

/// What can be chosen from.
pub(super) struct Candidates {
    /// Filters, and whom of the certificates to admit each admits; every certificate is in one at least.
    pub(super) filters: Vec<(Filter, Members)>,
    /// Is everything among them that could make the choice smaller?
    pub(super) is_complete: bool,
}

/// Combinations looked at, and patterns of one field kept: what bounds the time for many certificates.
const STEPS: usize = 20_000;
const PATTERNS: usize = 512;

/// The candidates for these certificates; `narrowest` has a filter for each that is known to be right.
pub(super) fn of(
    admit: &[CertificateNames<'_>],
    exclude: &[CertificateNames<'_>],
    narrowest: &[Filter],
) -> Candidates {
    let mut search = Search { admit, exclude, found: BTreeMap::new(), steps: STEPS, is_complete: true };
    let fields: Vec<(Field, Vec<(Pattern, Members)>)> =
        Field::ALL.into_iter().map(|field| (field, search.patterns(field))).collect();
    // Filters of few fields first, so that a search that is cut short has those that admit the most.
    for depth in 1..=fields.len() {
        search.combine(&fields, depth, &Filter::default(), &Members::all(admit.len()));
    }
    for filter in narrowest {
        let members = search.admitted(filter);
        search.keep(filter.clone(), members);
    }
    let filters = search.found.into_iter().map(|(members, filter)| (filter, members)).collect();
    Candidates { filters, is_complete: search.is_complete }
}

struct Search<'a> {
    admit: &'a [CertificateNames<'a>],
    exclude: &'a [CertificateNames<'a>],
    /// By whom they admit: of two filters that admit the same, one is enough.
    found: BTreeMap<Members, Filter>,
    steps: usize,
    is_complete: bool,
}

impl Search<'_> {
    /// The patterns of one field, and whom of the certificates to admit each meets.
    fn patterns(&mut self, field: Field) -> Vec<(Pattern, Members)> {
        let values: BTreeSet<String> =
            self.admit.iter().flat_map(|names| usable(names, field)).map(str::to_ascii_lowercase).collect();
        let mut patterns: BTreeMap<String, ()> = BTreeMap::new();
        for stem in shared(values.iter().map(String::as_bytes).collect()) {
            // A value that begins with a dot and ends with a star is documented as invalid.
            if !stem.starts_with('.') {
                patterns.insert(format!("{stem}*"), ());
            }
        }
        let reversed: Vec<Vec<u8>> = values.iter().map(|value| value.bytes().rev().collect()).collect();
        for stem in shared(reversed.iter().map(Vec::as_slice).collect()) {
            patterns.insert(format!("*{}", stem.chars().rev().collect::<String>()), ());
        }
        // Wildcards first: they are fewer, and what is cut off is in the narrowest filters.
        let all = patterns.into_keys().chain(values);
        let met: Vec<(Pattern, Members)> =
            all.take(PATTERNS + 1).map(|value| self.meeting(field, value)).collect();
        self.is_complete &= met.len() <= PATTERNS;
        met
    }

    fn meeting(&self, field: Field, value: String) -> (Pattern, Members) {
        let value = self.as_written(field, &value).unwrap_or(value);
        let filter = Filter::default().with(field, value.clone());
        (Pattern::new(value), self.admitted(&filter))
    }

    /// The value in the case of the first certificate that has it: nobody wants to read other letters than his own.
    fn as_written(&self, field: Field, value: &str) -> Option<String> {
        let pattern = Pattern::new(value);
        let written = self.admit.iter().flat_map(|names| usable(names, field));
        let text = written.into_iter().find(|text| pattern.matches(text))?;
        let length = pattern.stem().len();
        Some(match (value.starts_with('*'), value.ends_with('*')) {
            (true, _) => format!("*{}", text.get(text.len().checked_sub(length)?..)?),
            (_, true) => format!("{}*", text.get(..length)?),
            _ => text.to_owned(),
        })
    }

    fn admitted(&self, filter: &Filter) -> Members {
        Members::of(self.admit.len(), self.admit.iter().map(|names| names.passes(filter)))
    }

    fn keep(&mut self, filter: Filter, members: Members) {
        if members.is_empty() || self.exclude.iter().any(|names| names.might_pass(&filter)) {
            return;
        }
        let known = self.found.get(&members);
        // Of two that admit the same here, the narrower one is the safer.
        if known.is_none_or(|known| covers(known, &filter) && !covers(&filter, known)) {
            self.found.insert(members, filter);
        }
    }

    /// Every filter with exactly so many more fields out of these.
    fn combine(
        &mut self,
        fields: &[(Field, Vec<(Pattern, Members)>)],
        more: usize,
        filter: &Filter,
        members: &Members,
    ) {
        let Some(left) = more.checked_sub(1) else {
            self.keep(filter.clone(), members.clone());
            return;
        };
        for (place, (field, patterns)) in fields.iter().enumerate() {
            for (pattern, met) in patterns {
                let Some(steps) = self.steps.checked_sub(1) else {
                    self.is_complete = false;
                    return;
                };
                self.steps = steps;
                let members = members.and(met);
                if !members.is_empty() {
                    let filter = filter.clone().with(*field, pattern.value());
                    self.combine(fields.get(place + 1..).unwrap_or_default(), left, &filter, &members);
                }
            }
        }
    }
}

/// The longest common beginnings, of at least [`SHORTEST_STEM`] characters, that any two of the texts have: in sorted order those
/// of neighbours are all of them.
fn shared(mut texts: Vec<&[u8]>) -> BTreeSet<String> {
    texts.sort_unstable();
    let pairs = texts.iter().zip(texts.iter().skip(1));
    let common = |(one, other): (&&[u8], &&[u8])| {
        let length = one.iter().zip(other.iter()).take_while(|(one, other)| one == other).count();
        let stem = String::from_utf8_lossy(one.get(..length).unwrap_or_default()).into_owned();
        (length >= SHORTEST_STEM).then_some(stem)
    };
    pairs.filter_map(common).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_beginnings_are_those_of_any_two_texts() {
        let stems = shared(vec![b"worker-1", b"starter", b"worker-12", b"workshop", b"wor"]);
        assert_eq!(stems.into_iter().collect::<Vec<_>>(), ["work", "worker-1"]);
    }
}
