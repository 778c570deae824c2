//! The forms of time that Go reads in a certificate (`cryptobyte`, `ReadASN1UTCTime` and `ReadASN1GeneralizedTime`).

use crate::der::Element;
use crate::der::Reader;
use crate::der::tag;

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
}
