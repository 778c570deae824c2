//! Serial numbers: 159 random bits, positive, never derived from the key, so that renewing with the same key gives another one.

use std::fmt;

use super::MintError;
use super::Random;

/// The serial number of a certificate to be issued.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial([u8; BYTES]);

/// RFC 5280 section 4.1.2.2: at most 20 octets; the top bit is the sign, which leaves 159.
const BYTES: usize = 20;

impl Serial {
    /// Draws a new one.
    ///
    /// # Errors
    /// [`MintError::RandomnessUnavailable`] when the source fails, or answers with zeros alone, which a working one never does.
    pub fn draw(random: &dyn Random) -> Result<Self, MintError> {
        let mut bytes = [0; BYTES];
        random.fill(&mut bytes)?;
        if let Some(first) = bytes.first_mut() {
            *first &= 0x7f;
        }
        if bytes.iter().all(|byte| *byte == 0) {
            return Err(MintError::RandomnessUnavailable);
        }
        Ok(Serial(bytes))
    }

    /// The content bytes of its DER INTEGER: big-endian, as short as it can be, never negative.
    pub fn content(&self) -> &[u8] {
        let mut content = self.0.as_slice();
        while let [0, rest @ ..] = content
            && rest.first().is_some_and(|next| next & 0x80 == 0)
        {
            content = rest;
        }
        content
    }
}

impl fmt::Display for Serial {
    /// Lower-case hexadecimal digits, those of [`Serial::content`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.content().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Serial({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mint::SystemRandom;

    /// Answers with the same bytes always.
    struct Fixed(u8, u8);

    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), MintError> {
            bytes.fill(self.1);
            bytes[0] = self.0;
            Ok(())
        }
    }

    struct Failing;

    impl Random for Failing {
        fn fill(&self, _: &mut [u8]) -> Result<(), MintError> {
            Err(MintError::RandomnessUnavailable)
        }
    }

    #[test]
    fn the_sign_bit_is_never_set() {
        let serial = Serial::draw(&Fixed(0xff, 0xff)).unwrap();
        assert_eq!(serial.content().len(), 20);
        assert_eq!(serial.content()[0], 0x7f);
        for _ in 0..1_000 {
            assert_eq!(Serial::draw(&SystemRandom).unwrap().content()[0] & 0x80, 0);
        }
    }

    #[test]
    fn leading_zeros_go_as_far_as_der_demands() {
        assert_eq!(Serial::draw(&Fixed(0, 0x01)).unwrap().content(), [0x01; 19]);
        let kept = Serial::draw(&Fixed(0, 0x81)).unwrap();
        assert_eq!((kept.content().len(), kept.content()[0]), (20, 0));
    }

    #[test]
    fn randomness_that_fails_or_is_dead_gives_no_serial() {
        assert!(matches!(Serial::draw(&Failing), Err(MintError::RandomnessUnavailable)));
        assert!(matches!(Serial::draw(&Fixed(0x80, 0)), Err(MintError::RandomnessUnavailable)));
    }
}
