//! How much work one check may cost, whatever the input says.

/// Counts what is spent, and stops what runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    signatures_allowed: usize,
    signatures_spent: usize,
    steps_allowed: usize,
    steps_spent: usize,
    exhausted: bool,
}

/// Go's own limit on signature checks per verification (`verify.go`, `maxChainSignatureChecks`). A bundle of 16 certificates with
/// names of their own needs at most 16.
pub const SIGNATURE_CHECKS: usize = 100;

/// Steps of the path search: room for every simple path through five levels of 16 same-named CAs is not needed, since a path is
/// judged once for each certificate it can end in; 20,000 keeps the worst bundle far below 50 ms.
pub const PATH_STEPS: usize = 20_000;

impl Default for Budget {
    fn default() -> Self {
        Budget::new(SIGNATURE_CHECKS, PATH_STEPS)
    }
}

impl Budget {
    /// A budget of so many signature checks and path steps.
    pub fn new(signatures: usize, steps: usize) -> Self {
        Budget {
            signatures_allowed: signatures,
            signatures_spent: 0,
            steps_allowed: steps,
            steps_spent: 0,
            exhausted: false,
        }
    }

    /// Takes one signature check; `false` when there is none left.
    pub(crate) fn spend_signature(&mut self) -> bool {
        if self.signatures_spent == self.signatures_allowed {
            self.exhausted = true;
            return false;
        }
        self.signatures_spent += 1;
        true
    }

    /// Takes one step of a path search; `false` when there is none left.
    pub(crate) fn spend_step(&mut self) -> bool {
        if self.steps_spent == self.steps_allowed {
            self.exhausted = true;
            return false;
        }
        self.steps_spent += 1;
        true
    }

    /// Signature checks made.
    pub fn signatures_spent(&self) -> usize {
        self.signatures_spent
    }

    /// Steps of path search made.
    pub fn steps_spent(&self) -> usize {
        self.steps_spent
    }

    /// Did the check ask for more than there was? Its findings are then incomplete.
    pub fn is_exhausted(&self) -> bool {
        self.exhausted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_allowed_unit_is_given_and_the_next_is_not() {
        let mut budget = Budget::new(1, 1);
        assert!(budget.spend_signature() && budget.spend_step() && !budget.is_exhausted());
        assert!(!budget.spend_signature() && budget.is_exhausted());
        assert!(!budget.spend_step());
        assert_eq!((budget.signatures_spent(), budget.steps_spent()), (1, 1));
    }

    #[test]
    fn every_unit_is_counted() {
        let mut budget = Budget::new(9, 9);
        assert_eq!((budget.signatures_spent(), budget.steps_spent()), (0, 0));
        assert!((0..3).all(|_| budget.spend_step()) && (0..2).all(|_| budget.spend_signature()));
        assert_eq!((budget.signatures_spent(), budget.steps_spent()), (2, 3));
    }
}
