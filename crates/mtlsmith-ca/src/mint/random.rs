//! Randomness as an argument, so that tests can repeat it and can see it fail. Private keys do not come from here: the library that
//! makes them draws its own.

use super::MintError;

/// A source of random bytes.
pub trait Random: Send + Sync {
    /// Fills `bytes` with random ones.
    ///
    /// # Errors
    /// [`MintError::RandomnessUnavailable`] when the source does not answer; nothing may be made from `bytes` then.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), MintError>;
}

/// The operating system's randomness, by way of aws-lc-rs.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), MintError> {
        aws_lc_rs::rand::fill(bytes).map_err(|_| MintError::RandomnessUnavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_gives_other_bytes_each_time() {
        let (mut one, mut other) = ([0; 32], [0; 32]);
        SystemRandom.fill(&mut one).unwrap();
        SystemRandom.fill(&mut other).unwrap();
        assert_ne!(one, other);
    }
}
