//! Points in time: whole seconds of UTC, before 1970 too, since certificates may say so.

use std::fmt;

use pki_types::UnixTime;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A second of UTC, counted from 1970-01-01T00:00:00Z; shown as RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From seconds since 1970-01-01T00:00:00Z, negative before it.
    pub const fn from_unix(seconds: i64) -> Self {
        Timestamp(seconds)
    }

    /// Seconds since 1970-01-01T00:00:00Z, negative before it.
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// From text such as `2026-11-23T16:00:00Z` or `2026-11-23T17:00:00+01:00`; `None` when it is not RFC 3339, or when it names a
    /// time outside the years 0 to 9999 of UTC. Fractions of a second are cut off.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        if !matches!(text.as_bytes().get(10), Some(b'T' | b't')) {
            return None;
        }
        let seconds = OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp();
        (YEAR_0..YEAR_10000).contains(&seconds).then_some(Timestamp(seconds))
    }

    /// This time moved by a number of seconds, negative for earlier.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Timestamp(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this time, negative when this time is the earlier one.
    pub const fn since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The calendar day, as `2026-11-23`.
    pub fn date(self) -> String {
        self.to_string().split('T').next().unwrap_or_default().to_owned()
    }
}

impl From<UnixTime> for Timestamp {
    fn from(time: UnixTime) -> Self {
        Timestamp(i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match OffsetDateTime::from_unix_timestamp(self.0) {
            Ok(time) => {
                let (year, month, day) = time.to_calendar_date();
                let (hour, minute, second) = time.to_hms();
                write!(f, "{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", u8::from(month))
            }
            Err(_) => write!(f, "{} s after 1970", self.0),
        }
    }
}

/// 0000-01-01T00:00:00Z.
const YEAR_0: i64 = -62_167_219_200;

/// 10000-01-01T00:00:00Z.
const YEAR_10000: i64 = 253_402_300_800;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_seconds_agree() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1949-12-31T23:59:59Z", -631_152_001),
            ("2026-11-23T16:00:00Z", 1_795_449_600),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text), Some(Timestamp(seconds)));
            assert_eq!(Timestamp(seconds).to_string(), text);
        }
        assert_eq!(Timestamp::parse_rfc3339("2026-11-23T17:00:00+01:00"), Some(Timestamp(1_795_449_600)));
        for text in
            ["tomorrow", "2026-11-23 16:00:00Z", "9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00+23:59"]
        {
            assert_eq!(Timestamp::parse_rfc3339(text), None, "{text}");
        }
        assert_eq!(Timestamp::parse_rfc3339("0000-01-01T00:00:00Z"), Some(Timestamp(YEAR_0)));
    }
}
