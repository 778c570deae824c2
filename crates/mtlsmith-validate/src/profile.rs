//! The numbers and lists by which a bundle is judged, each with its source.

use std::fmt;

use pki_types::SignatureVerificationAlgorithm;

use crate::rule::Date;
use crate::well_known::WellKnown;

/// One day in seconds.
pub(crate) const DAY: i64 = 86_400;

/// What to judge by. [`Profile::temporal_cloud`] is the newest set; every field may be changed.
#[derive(Clone)]
#[non_exhaustive]
pub struct Profile {
    /// The day whose rules apply.
    pub ruleset: Date,
    /// Sizes and counts.
    pub limits: Limits,
    /// When to speak about a CA certificate that is going to expire.
    pub expiry_windows: ExpiryWindows,
    /// The algorithms that signatures are checked with.
    pub algorithms: Vec<&'static dyn SignatureVerificationAlgorithm>,
    /// The public CAs that need certificate filters beside them.
    pub well_known: &'static WellKnown,
}

/// Sizes and counts that Temporal Cloud allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Certificates in one bundle: 16 (Temporal Cloud: Certificates; Limits).
    pub certificates: usize,
    /// Bytes of the PEM text before base64: "32 KB" (Temporal Cloud: Certificates), read as 32,768.
    pub bundle_bytes: usize,
    /// The other reading of "32 KB", 32,000: above it lies doubt.
    pub cautious_bundle_bytes: usize,
    /// RSA modulus, bits: 2,048 (temporal-proxy `pkg/validation/certs`; below 1,024 Go 1.24 refuses to work at all).
    pub rsa_bits_minimum: usize,
    /// RSA modulus, bits: 8,192, above which Go refuses certificates in a handshake (CVE-2023-29409).
    pub rsa_bits_maximum: usize,
    /// RSA modulus, bits: 4,096, above which SDKs built on ring cannot load a key.
    pub rsa_bits_portable: usize,
}

/// How long before the end of a CA certificate to speak, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExpiryWindows {
    /// A notice: 60 days, time for a rollover without haste.
    pub notice: i64,
    /// A warning: 15 days, when Temporal's mails begin (they follow at 10 and 5 days; Temporal Cloud: Notifications).
    pub warning: i64,
    /// The urgent warning: 5 days, Temporal's last mail.
    pub urgent: i64,
}

impl Profile {
    /// The newest rules of Temporal Cloud, checking signatures with the provider that the crate was built with: aws-lc-rs, which
    /// covers all algorithms, else ring.
    #[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
    pub fn temporal_cloud() -> Self {
        Profile::temporal_cloud_with(crate::signature::default_algorithms())
    }

    /// The newest rules of Temporal Cloud, checking signatures with the given algorithms. A signature that none of them fits is
    /// reported as unchecked.
    pub fn temporal_cloud_with(algorithms: &[&'static dyn SignatureVerificationAlgorithm]) -> Self {
        Profile {
            ruleset: NEWEST_RULESET,
            limits: Limits {
                certificates: 16,
                bundle_bytes: 32_768,
                cautious_bundle_bytes: 32_000,
                rsa_bits_minimum: 2_048,
                rsa_bits_maximum: 8_192,
                rsa_bits_portable: 4_096,
            },
            expiry_windows: ExpiryWindows { notice: 60 * DAY, warning: 15 * DAY, urgent: 5 * DAY },
            algorithms: algorithms.to_vec(),
            well_known: WellKnown::operating_systems(),
        }
    }
}

/// The day up to which Temporal's public pages, tools and threads were read for this rule set.
pub const NEWEST_RULESET: Date = Date::new(2026, 8, 23);

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Profile { ruleset, limits, expiry_windows, algorithms, well_known: _ } = self;
        f.debug_struct("Profile")
            .field("ruleset", ruleset)
            .field("limits", limits)
            .field("expiry_windows", expiry_windows)
            .field("algorithms", &algorithms.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_printed_with_its_rule_set_and_the_number_of_its_algorithms() {
        let profile = Profile::temporal_cloud_with(&[]);
        let printed = format!("{profile:?}");
        let ruleset = format!("Profile {{ ruleset: {:?}, limits: Limits {{", profile.ruleset);
        assert!(printed.starts_with(&ruleset) && printed.ends_with("algorithms: 0, .. }"), "{printed}");
    }
}
