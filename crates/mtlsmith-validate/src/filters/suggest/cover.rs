//! The fewest of several groups that together hold everyone: greedily, then exactly as far as a bounded search goes.

use crate::filters::Filter;

/// A set of certificates by their numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Members(Vec<u64>);

impl Members {
    /// Everyone out of so many.
    pub(super) fn all(count: usize) -> Self {
        Members::of(count, std::iter::repeat_n(true, count))
    }

    /// Those whose place says so.
    pub(super) fn of(count: usize, is_member: impl Iterator<Item = bool>) -> Self {
        let mut words = vec![0; count.div_ceil(64)];
        for (index, _) in is_member.enumerate().filter(|(_, is_member)| *is_member) {
            if let Some(word) = words.get_mut(index / 64) {
                *word |= 1 << (index % 64);
            }
        }
        Members(words)
    }

    /// Those in both.
    pub(super) fn and(&self, other: &Members) -> Members {
        Members(self.0.iter().zip(&other.0).map(|(one, other)| one & other).collect())
    }

    fn without(&self, other: &Members) -> Members {
        Members(self.0.iter().zip(&other.0).map(|(one, other)| one & !other).collect())
    }

    fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    fn contains(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word & (1 << (index % 64)) != 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
}

/// What was chosen.
pub(super) struct Chosen {
    pub(super) filters: Vec<Filter>,
    /// Is it certain that fewer of the candidates do not do?
    pub(super) is_smallest: bool,
}

/// Words compared by the exact search: what bounds the time, about 20 ms.
const WORK: usize = 20_000_000;

/// The fewest candidates that hold all of so many certificates; each certificate is in one of them at least.
pub(super) fn smallest(candidates: &[(Filter, Members)], count: usize) -> Chosen {
    // What lies wholly within another group is never needed.
    let is_needed = |(place, (_, members)): &(usize, &(Filter, Members))| {
        let within = |(other_place, (_, other)): (usize, &(Filter, Members))| {
            other_place != *place && members != other && members.without(other).is_empty()
        };
        !candidates.iter().enumerate().take(COMPARED).any(within)
    };
    let mut groups: Vec<&(Filter, Members)> =
        candidates.iter().enumerate().filter(is_needed).map(|(_, candidate)| candidate).collect();
    groups.sort_by_key(|(filter, members)| (std::cmp::Reverse(members.count()), filter.patterns().count()));
    let everyone = Members::all(count);
    let best = greedy(&groups, everyone.clone());
    let mut rarest_first: Vec<usize> = (0..count).collect();
    let holders = |index: &usize| groups.iter().filter(|(_, members)| members.contains(*index)).count();
    rarest_first.sort_by_cached_key(holders);
    let price = groups.len() * count.div_ceil(64);
    let mut search =
        Search { groups: &groups, rarest_first, best, chosen: Vec::new(), price, work: Some(WORK) };
    search.narrow(&everyone);
    Chosen { filters: search.best.into_iter().cloned().collect(), is_smallest: search.work.is_some() }
}

/// Candidates that each one is compared with to drop it.
const COMPARED: usize = 500;

/// Always the group that holds the most of those left; the first of several.
fn greedy<'a>(groups: &[&'a (Filter, Members)], mut left: Members) -> Vec<&'a Filter> {
    let mut chosen = Vec::new();
    while !left.is_empty() {
        let gain = |(_, members): &(Filter, Members)| left.and(members).count();
        let Some((filter, members)) = groups.iter().rev().max_by_key(|group| gain(group)) else { break };
        if left.and(members).is_empty() {
            break;
        }
        chosen.push(filter);
        left = left.without(members);
    }
    chosen
}

struct Search<'a, 'b> {
    groups: &'b [&'a (Filter, Members)],
    rarest_first: Vec<usize>,
    best: Vec<&'a Filter>,
    chosen: Vec<&'a Filter>,
    /// What one place of the search costs.
    price: usize,
    /// What may still be spent; `None` once the search was cut short.
    work: Option<usize>,
}

impl Search<'_, '_> {
    /// Tries every group for the certificate that the fewest groups hold, as long as that can beat the best.
    fn narrow(&mut self, left: &Members) {
        self.work = self.work.and_then(|work| work.checked_sub(self.price));
        if self.work.is_none() {
            return;
        }
        if left.is_empty() {
            if self.chosen.len() < self.best.len() {
                self.best.clone_from(&self.chosen);
            }
            return;
        }
        let most = self.groups.iter().map(|(_, members)| left.and(members).count()).max().unwrap_or_default();
        let needed = usize::try_from(left.count().div_ceil(most.max(1))).unwrap_or(usize::MAX);
        if self.chosen.len().saturating_add(needed) >= self.best.len() {
            return;
        }
        let Some(&rarest) = self.rarest_first.iter().find(|index| left.contains(**index)) else { return };
        for (filter, members) in self.groups {
            if members.contains(rarest) {
                self.chosen.push(filter);
                self.narrow(&left.without(members));
                self.chosen.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use mtlsmith_testkit::Rng;

    use super::*;
    use crate::filters::Field;

    fn members(bits: u64, count: usize) -> Members {
        Members::of(count, (0..count).map(|index| bits & (1 << index) != 0))
    }

    #[test]
    fn the_choice_is_as_small_as_trying_every_one_finds() {
        let mut rng = Rng::new(3);
        for _ in 0..400 {
            let count = 1 + rng.below(7);
            let mut bits: Vec<u64> = (0..1 + rng.below(8)).map(|_| rng.bits() % (1 << count)).collect();
            bits.push((1 << count) - 1 - bits.iter().fold(0, |sum, bits| sum | bits)); // so that everyone is held
            bits.sort_unstable();
            bits.dedup();
            let groups: Vec<_> = bits.iter().map(|bits| (Filter::default(), members(*bits, count))).collect();
            let holds_all = |choice: &u64| {
                let union = bits.iter().enumerate().filter(|(place, _)| choice & (1 << place) != 0);
                union.fold(0, |sum, (_, bits)| sum | bits) == (1 << count) - 1
            };
            let fewest = (0..1_u64 << bits.len()).filter(holds_all).map(u64::count_ones).min().unwrap();
            let chosen = smallest(&groups, count);
            assert_eq!(chosen.filters.len(), usize::try_from(fewest).unwrap());
            assert!(chosen.is_smallest);
        }
    }

    #[test]
    fn members_are_told_one_by_one_beyond_a_word() {
        let every_third = Members::of(130, (0..130).map(|index| index % 3 == 0));
        for index in 0..130 {
            assert_eq!(every_third.contains(index), index % 3 == 0, "{index}");
        }
        assert!(!every_third.contains(192));
    }

    #[test]
    fn a_search_that_costs_too_much_is_cut_short_and_says_so() {
        // Of each triangle two sides are needed, which no bound tells before every choice was tried. Many certificates stand for one
        // corner, so that comparing two groups has its price.
        let is_smallest = |triangles: usize| {
            let group = |side: usize| {
                let holds = |index: usize| (index % (triangles * 3)) / 3 == side / 3 && index % 3 != side % 3;
                (Filter::default(), Members::of(2_000, (0..2_000).map(holds)))
            };
            let groups: Vec<(Filter, Members)> = (0..triangles * 3).map(group).collect();
            let chosen = smallest(&groups, 2_000);
            assert_eq!(chosen.filters.len(), triangles * 2);
            chosen.is_smallest
        };
        assert!(is_smallest(4) && !is_smallest(8));
    }

    #[test]
    fn of_two_choices_as_small_the_first_found_is_kept() {
        let group = |name: &str, held: &[usize]| {
            let filter = Filter::default().with(Field::CommonName, name);
            (filter, Members::of(8, (0..8).map(|index| held.contains(&index))))
        };
        let greedy = group("greedy", &[1, 2, 3, 4, 5, 6]);
        let (left, right) = (group("left", &[0, 1, 2, 3]), group("right", &[4, 5, 6, 7, 1]));
        let other = group("other", &[4, 5, 6, 7, 2]);
        let chosen = |groups: &[(Filter, Members)]| -> Vec<String> {
            smallest(groups, 8).filters.iter().map(ToString::to_string).collect()
        };
        let (one, two) = ([greedy, left, right, other].to_vec(), ["commonName=left", "commonName=right"]);
        assert_eq!(chosen(&one), two);
        let [greedy, left, right, other] = <[_; 4]>::try_from(one).unwrap();
        assert_eq!(chosen(&[greedy, left, other, right]), ["commonName=left", "commonName=other"]);
    }
}
