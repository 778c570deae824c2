//! Who descends from whom, certificates that stand twice in the bundle counted once.

use mtlsmith_validate::graph::Graph;
use mtlsmith_validate::graph::Role;

/// The issuers of every member, itself left out, and how far each stands from a certificate without issuer.
pub(super) struct Family {
    issuers: Vec<Vec<usize>>,
    depths: Vec<usize>,
}

impl Family {
    pub(super) fn of(graph: &Graph) -> Self {
        let is_copy = |member: usize| graph.node(member).is_some_and(|node| node.duplicate_of.is_some());
        let issuers = graph.nodes().iter().enumerate().map(|(member, node)| {
            // A root needs no issuer, though others of its name and key could stand in for itself.
            if node.role == Role::Root || is_copy(member) {
                return Vec::new();
            }
            node.link
                .issuers()
                .iter()
                .copied()
                .filter(|issuer| *issuer != member && !is_copy(*issuer))
                .collect()
        });
        let mut family = Family { issuers: issuers.collect(), depths: Vec::new() };
        let mut depths = vec![None; family.len()];
        for member in 0..family.len() {
            family.measure(member, &mut depths, &mut Vec::new());
        }
        family.depths = depths.into_iter().map(Option::unwrap_or_default).collect();
        family
    }

    pub(super) fn len(&self) -> usize {
        self.issuers.len()
    }

    pub(super) fn depth(&self, member: usize) -> usize {
        self.depths.get(member).copied().unwrap_or(0)
    }

    /// The issuer beside which a certificate stands: the deepest of those to its left.
    pub(super) fn parent(&self, member: usize) -> Option<usize> {
        let left = self
            .issuers
            .get(member)?
            .iter()
            .copied()
            .filter(|issuer| self.depth(*issuer) < self.depth(member));
        left.max_by_key(|issuer| (self.depth(*issuer), usize::MAX - issuer))
    }

    pub(super) fn children(&self, member: usize) -> impl Iterator<Item = usize> {
        (0..self.len()).filter(move |child| self.parent(*child) == Some(member))
    }

    /// From issuer to issued.
    pub(super) fn edges(&self) -> Vec<(usize, usize)> {
        let edges = self.issuers.iter().enumerate();
        edges.flat_map(|(issued, issuers)| issuers.iter().map(move |issuer| (*issuer, issued))).collect()
    }

    /// Neither issued another nor was issued by one.
    pub(super) fn is_alone(&self, member: usize) -> bool {
        self.issuers.get(member).is_none_or(Vec::is_empty)
            && !self.issuers.iter().any(|issuers| issuers.contains(&member))
    }

    /// The longest way from a certificate without issuer; a way that bites its own tail ends there.
    fn measure(&self, member: usize, depths: &mut Vec<Option<usize>>, way: &mut Vec<usize>) -> usize {
        if let Some(depth) = depths.get(member).copied().flatten() {
            return depth;
        }
        way.push(member);
        let issuers = self.issuers.get(member).map(Vec::as_slice).unwrap_or_default();
        let mut depth = 0;
        for issuer in issuers {
            if !way.contains(issuer) {
                depth = depth.max(self.measure(*issuer, depths, way) + 1);
            }
        }
        way.pop();
        if let Some(known) = depths.get_mut(member) {
            *known = Some(depth);
        }
        depth
    }
}
