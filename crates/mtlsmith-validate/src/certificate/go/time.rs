//! The forms of time that Go reads in a certificate (`cryptobyte`, `ReadASN1UTCTime` and `ReadASN1GeneralizedTime`).

use time::Date;
use time::Month;

use crate::der::Element;
use crate::der::Reader;
use crate::der::tag;
use crate::time::Timestamp;

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Does Go read both times of a Validity, given as DER?
pub(crate) fn go_reads_validity(validity: &[u8]) -> bool {
    let times = || {
        let mut times = Reader::new(validity).enter(tag::SEQUENCE)?;
        Some((times.any()?, times.any()?))
    };
    times().is_some_and(|(not_before, not_after)| is_read(not_before) && is_read(not_after))
}

/// Both times of a Validity, given as DER, when they are written as RFC 5280 section 4.1.2.5 demands, which everybody reads alike;
/// `None` for all other forms.
pub(crate) fn plain_validity(validity: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let mut times = Reader::new(validity).enter(tag::SEQUENCE)?;
    let both = (plain(times.any()?)?, plain(times.any()?)?);
    times.is_empty().then_some(both)
}

fn plain(time: Element<'_>) -> Option<Timestamp> {
    let digits = time.content.strip_suffix(b"Z").filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    let (year, rest) = match (time.tag, digits.len()) {
        (UTC_TIME, 12) => digits.split_at(2),
        (GENERALIZED_TIME, 14) => digits.split_at(4),
        _ => return None,
    };
    let mut fields = rest.chunks(2).map(|field| u8::try_from(number(field)));
    let mut next = || fields.next()?.ok();
    let (month, day) = (Month::try_from(next()?).ok()?, next()?);
    let year = if year.len() == 2 { utc_year(number(year)) } else { number(year) };
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, day).ok()?;
    let moment = date.with_hms(next()?, next()?, next()?).ok()?;
    Some(Timestamp::from_unix(moment.assume_utc().unix_timestamp()))
}

/// The year of a UTCTime: 1950 to 2049.
fn utc_year(digits: u32) -> u32 {
    if digits >= 50 { 1900 + digits } else { 2000 + digits }
}

fn is_read(time: Element<'_>) -> bool {
    match time.tag {
        UTC_TIME => is_time(time.content, 2, true),
        GENERALIZED_TIME => is_time(time.content, 4, false),
        _ => false,
    }
}

/// Year, month, day, hour, minute, second in digits, then `Z` or an offset that is not zero.
fn is_time(text: &[u8], year_digits: usize, seconds_may_lack: bool) -> bool {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (moment, zone) = text.split_at(digits);
    let whole = digits == year_digits + 10;
    if !(whole || seconds_may_lack && digits == year_digits + 8) {
        return false;
    }
    let (year, rest) = moment.split_at(year_digits);
    let mut fields = rest.chunks(2).map(number);
    let mut next = || fields.next().unwrap_or_default();
    let (month, day, hour, minute, second) = (next(), next(), next(), next(), next());
    let year = if year_digits == 2 { century(number(year)) } else { number(year) };
    let day_exists = (1..=days(year, month)).contains(&day);
    day_exists && hour < 24 && minute < 60 && second < 60 && is_zone(zone)
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit & 0x0f))
}

/// Go takes 69 to 99 for the last century before it takes 50 to 68 for it too.
fn century(year: u32) -> u32 {
    if year >= 69 { 1900 + year } else { 2000 + year }
}

fn days(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

fn is_zone(zone: &[u8]) -> bool {
    match zone {
        b"Z" => true,
        [b'+' | b'-', offset @ ..] if offset.len() == 4 && offset.iter().all(u8::is_ascii_digit) => {
            let (hours, minutes) = offset.split_at(2);
            let (hours, minutes) = (number(hours), number(minutes));
            hours <= 24 && minutes < 60 && hours + minutes > 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_go_reads_them() {
        for (text, utc, generalized) in [
            ("260615000000Z", true, false),
            ("2606150000Z", true, false),
            ("260615000000+0100", true, false),
            ("260615000000+0000", false, false),
            ("260615000000", false, false),
            ("261301000000Z", false, false),
            ("260230000000Z", false, false),
            ("240229000000Z", true, false),
            ("260615240000Z", false, false),
            ("20260615000000Z", false, true),
            ("20260615000000.5Z", false, false),
            ("20260615000000-0530", false, true),
            ("00000229000000Z", false, true),
            ("2026061500000Z", false, false),
            ("", false, false),
        ] {
            assert_eq!(
                (is_time(text.as_bytes(), 2, true), is_time(text.as_bytes(), 4, false)),
                (utc, generalized),
                "{text}"
            );
        }
    }

    #[test]
    fn plain_times_are_read_as_x509_parser_reads_them() {
        use x509_parser::prelude::FromDer;
        use x509_parser::prelude::Validity;

        let written =
            |tag: u8, text: &str| [&[tag, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        let mut plain = 0;
        let mut compare = |time: &[u8]| {
            let der = [&[0x30, u8::try_from(time.len() * 2).unwrap()], time, time].concat();
            let Some((from, until)) = plain_validity(&der) else { return };
            let (_, other) = Validity::from_der(&der).unwrap();
            assert_eq!(
                (from.unix(), until.unix()),
                (other.not_before.timestamp(), other.not_after.timestamp())
            );
            assert!(go_reads_validity(&der));
            plain += 1;
        };
        for year in (0..=99).chain([1600, 1900, 1949, 1950, 2000, 2049, 2050, 2100, 9999]) {
            for (month, day) in (0..=13).flat_map(|month| [0, 1, 28, 29, 30, 31, 32].map(|day| (month, day)))
            {
                for clock in ["000000", "235959", "235960", "240000", "006000"] {
                    compare(&written(UTC_TIME, &format!("{year:02}{month:02}{day:02}{clock}Z")));
                    compare(&written(GENERALIZED_TIME, &format!("{year:04}{month:02}{day:02}{clock}Z")));
                }
            }
        }
        assert!(plain > 10_000, "{plain}");
    }

    #[test]
    fn other_forms_are_not_plain() {
        for text in ["2606150000Z", "260615000000+0100", "260615000000", "2606150000 0Z", "+60615000000Z"] {
            let time = [&[UTC_TIME, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
            let der = [&[0x30, u8::try_from(time.len() * 2).unwrap()], &time[..], &time].concat();
            assert!(plain_validity(&der).is_none(), "{text}");
        }
        let time = [&[UTC_TIME, 13], &b"260615000000Z"[..]].concat();
        let three = [&[0x30, u8::try_from(time.len() * 3).unwrap()], &time[..], &time, &time].concat();
        assert!(plain_validity(&three).is_none(), "something follows");
    }

    #[test]
    fn the_limits_of_each_field_are_those_of_the_calendar() {
        for (text, is_read) in [
            ("260430235959Z", true),
            ("260431000000Z", false),
            ("260631000000Z", false),
            ("260931000000Z", false),
            ("261131000000Z", false),
            ("260131000000Z", true),
            ("261231000000Z", true),
            ("260115006000Z", false),
            ("260115000060Z", false),
            ("690228000000Z", true),
            ("690229000000Z", false),
            ("680229000000Z", true),
            ("000229000000Z", true),
            ("260615000000+2459", true),
            ("260615000000+2500", false),
            ("260615000000+0160", false),
            ("260615000000+100", false),
            ("260615000000+01000", false),
            ("260615000000+01 0", false),
        ] {
            assert_eq!(is_time(text.as_bytes(), 2, true), is_read, "{text}");
        }
        for (text, is_read) in [
            ("21000228000000Z", true),
            ("21000229000000Z", false),
            ("20000229000000Z", true),
            ("00690229000000Z", false),
            ("00680229000000Z", true),
        ] {
            assert_eq!(is_time(text.as_bytes(), 4, false), is_read, "{text}");
        }
    }

    #[test]
    fn two_digits_of_a_year_are_of_1969_to_2068() {
        assert_eq!((century(69), century(99), century(0), century(68)), (1969, 1999, 2000, 2068));
    }
}
