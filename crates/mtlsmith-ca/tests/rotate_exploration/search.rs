//! Breadth first through every state that a model can reach, with the shortest way to the first one that breaks a promise.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::collections::hash_map::DefaultHasher;
use std::fmt::Debug;
use std::hash::Hash;
use std::hash::Hasher;

/// Something that can be in states and move between them.
pub(crate) trait Model {
    type State: Clone + Hash;
    type Action: Clone + Debug;

    fn start(&self) -> Self::State;
    /// Every move that is possible, and where it leads. Moves that change nothing may be left out.
    fn moves(&self, state: &Self::State) -> Vec<(Self::Action, Self::State)>;
    /// What promise the state breaks, if any.
    fn broken(&self, state: &Self::State) -> Option<String>;
    /// Has everything come to an end that somebody wanted, or to a bound of the model?
    fn is_end(&self, state: &Self::State) -> bool;
    /// Looks at a move of the search.
    fn visit(&self, _: &Self::Action, _: &Self::State) {}
}

/// What a search found.
pub(crate) struct Found<A> {
    pub(crate) states: usize,
    pub(crate) transitions: usize,
    pub(crate) depth: usize,
    /// A shortest way to a broken promise.
    pub(crate) counterexample: Option<(Vec<A>, String)>,
    /// States from which no end can be reached, with a way to one of them.
    pub(crate) stuck: Option<(usize, Vec<A>)>,
}

/// States are told apart by 128 bits of hash: with a million states the odds of a collision are 1 to 10²⁶.
fn fingerprint(state: &impl Hash) -> (u64, u64) {
    let hashed = |salt: u64| {
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        state.hash(&mut hasher);
        hasher.finish()
    };
    (hashed(1), hashed(2))
}

/// Searches all of it; panics beyond a bound, so that nothing is cut off in silence.
pub(crate) fn explore<M: Model>(model: &M, bound: usize) -> Found<M::Action> {
    let start = model.start();
    let mut known = HashMap::from([(fingerprint(&start), 0_usize)]);
    let mut came: Vec<Option<(usize, M::Action)>> = vec![None];
    let mut depths = vec![0_usize];
    let mut ends = vec![model.is_end(&start)];
    let mut backward: Vec<(usize, usize)> = Vec::new();
    let mut queue = VecDeque::from([(0_usize, start)]);
    while let Some((index, state)) = queue.pop_front() {
        for (action, next) in model.moves(&state) {
            model.visit(&action, &next);
            let count = came.len();
            let target = *known.entry(fingerprint(&next)).or_insert(count);
            backward.push((target, index));
            if target < count {
                continue;
            }
            came.push(Some((index, action)));
            depths.push(depths[index] + 1);
            ends.push(model.is_end(&next));
            if let Some(why) = model.broken(&next) {
                let counterexample = Some((way(&came, target), why));
                return Found {
                    states: came.len(),
                    transitions: backward.len(),
                    depth: depths[target],
                    counterexample,
                    stuck: None,
                };
            }
            assert!(came.len() <= bound, "more than {bound} states");
            queue.push_back((target, next));
        }
    }
    let stuck = stuck(&mut backward, ends).map(|(count, first)| (count, way(&came, first)));
    let depth = depths.iter().copied().max().unwrap_or(0);
    Found { states: came.len(), transitions: backward.len(), depth, counterexample: None, stuck }
}

fn way<A: Clone>(came: &[Option<(usize, A)>], mut state: usize) -> Vec<A> {
    let mut way = Vec::new();
    while let Some((before, action)) = &came[state] {
        way.push(action.clone());
        state = *before;
    }
    way.reverse();
    way
}

/// How many states reach no end, and the first of them.
fn stuck(backward: &mut [(usize, usize)], mut reaches: Vec<bool>) -> Option<(usize, usize)> {
    backward.sort_unstable();
    let mut open: Vec<usize> = (0..reaches.len()).filter(|&state| reaches[state]).collect();
    while let Some(state) = open.pop() {
        let first = backward.partition_point(|&(target, _)| target < state);
        for &(_, before) in backward[first..].iter().take_while(|&&(target, _)| target == state) {
            if !reaches[before] {
                reaches[before] = true;
                open.push(before);
            }
        }
    }
    let first = reaches.iter().position(|reaches| !reaches)?;
    Some((reaches.iter().filter(|reaches| !**reaches).count(), first))
}
