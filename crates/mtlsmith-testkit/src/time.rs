//! Points in time for certificates. Tests have a fixed "now" and never read the clock.

use crate::der;

/// The present of every test: 2026-06-15T00:00:00Z.
pub const NOW: i64 = 1_781_481_600;

/// The default start of validity: 2026-01-01T00:00:00Z.
pub const NOT_BEFORE: i64 = 1_767_225_600;

/// The default end of validity: 2027-01-01T00:00:00Z.
pub const NOT_AFTER: i64 = 1_798_761_600;

/// Days in seconds.
pub const fn days(count: i64) -> i64 {
    count * 86_400
}

/// Hours in seconds.
pub const fn hours(count: i64) -> i64 {
    count * 3_600
}

/// A Validity SEQUENCE from two encoded times.
pub fn validity(not_before: &[u8], not_after: &[u8]) -> Vec<u8> {
    der::sequence(&[not_before, not_after])
}

/// The time as RFC 5280 asks: UTCTime from 1950 to 2049, GeneralizedTime otherwise.
pub fn time(unix_seconds: i64) -> Vec<u8> {
    match civil(unix_seconds).year {
        1950..=2049 => utc_time(unix_seconds),
        _ => generalized_time(unix_seconds),
    }
}

/// UTCTime, whatever the year: only its last two digits are written.
pub fn utc_time(unix_seconds: i64) -> Vec<u8> {
    let at = civil(unix_seconds);
    der::tagged(der::UTC_TIME, format!("{:02}{}", at.year.rem_euclid(100), at.rest).as_bytes())
}

/// GeneralizedTime, also for years that ask for UTCTime.
pub fn generalized_time(unix_seconds: i64) -> Vec<u8> {
    let at = civil(unix_seconds);
    der::tagged(der::GENERALIZED_TIME, format!("{:04}{}", at.year, at.rest).as_bytes())
}

struct Civil {
    year: i64,
    rest: String,
}

/// The civil date of a day count (proleptic Gregorian calendar, years that start in March so that leap days
/// come last).
fn civil(unix_seconds: i64) -> Civil {
    let (day_count, second) = (unix_seconds.div_euclid(86_400), unix_seconds.rem_euclid(86_400));
    let shifted = day_count + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    Civil { year, rest: format!("{month:02}{day:02}{hour:02}{minute:02}{:02}Z", second % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(der: &[u8]) -> (u8, &str) {
        (der[0], std::str::from_utf8(&der[2..]).expect("times are ASCII"))
    }

    #[test]
    fn dates_come_out_as_written_in_the_constants() {
        assert_eq!(text(&time(NOW)), (der::UTC_TIME, "260615000000Z"));
        assert_eq!(text(&time(NOT_BEFORE)), (der::UTC_TIME, "260101000000Z"));
        assert_eq!(text(&time(NOT_AFTER)), (der::UTC_TIME, "270101000000Z"));
        assert_eq!(text(&generalized_time(NOW + 86_399)), (der::GENERALIZED_TIME, "20260615235959Z"));
    }

    #[test]
    fn the_encoding_changes_at_2050_and_1950() {
        assert_eq!(text(&time(2_524_607_999)), (der::UTC_TIME, "491231235959Z"));
        assert_eq!(text(&time(2_524_608_000)), (der::GENERALIZED_TIME, "20500101000000Z"));
        assert_eq!(text(&time(-631_152_000)), (der::UTC_TIME, "500101000000Z"));
        assert_eq!(text(&time(-631_152_001)), (der::GENERALIZED_TIME, "19491231235959Z"));
    }

    #[test]
    fn leap_days_exist() {
        assert_eq!(text(&time(951_782_400)), (der::UTC_TIME, "000229000000Z"));
        assert_eq!(text(&time(1_709_164_800)), (der::UTC_TIME, "240229000000Z"));
    }
}
