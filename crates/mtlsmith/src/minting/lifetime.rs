//! How long a certificate is to be valid, as the command line says it.

use mtlsmith_ca::mint::Lifetime;
use mtlsmith_validate::time::Timestamp;

use crate::duration;

/// Reads `30d`, `1y`, or the last second as RFC 3339.
pub(crate) fn lifetime(text: &str) -> Result<Lifetime, String> {
    if let Some(end) = Timestamp::parse_rfc3339(text) {
        return Ok(Lifetime::Until(end));
    }
    duration::parse(text).map(Lifetime::Seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_a_duration_of_tcld_or_a_time() {
        assert_eq!(lifetime("1y"), Ok(Lifetime::Seconds(31_536_000)));
        assert_eq!(lifetime("8d"), Ok(Lifetime::Seconds(691_200)));
        let end = Timestamp::parse_rfc3339("2027-01-01T00:00:00Z").unwrap();
        assert_eq!(lifetime("2027-01-01T00:00:00Z"), Ok(Lifetime::Until(end)));
        assert!(lifetime("30").is_err() && lifetime("-1d").is_err());
    }
}
