//! Lengths of time as tcld writes them: whole numbers with `s`, `m`, `h`, `d` or `y`. `m` is a minute and `y` is 365 days.

use std::fmt;

/// Reads `60d`, `36h` or `1d12h`; the seconds in it.
pub(crate) fn parse(text: &str) -> Result<i64, BadDuration> {
    let mut rest = text;
    let mut seconds: i64 = 0;
    if rest.starts_with('-') {
        return Err(BadDuration::Negative);
    }
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
        let (number, behind) = rest.split_at(digits);
        if number.is_empty() {
            return Err(BadDuration::NoNumber(rest.to_owned()));
        }
        let Some(unit) = behind.chars().next() else {
            return Err(BadDuration::NoUnit(number.to_owned()));
        };
        let unit_seconds = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, seconds)| *seconds);
        let unit_seconds = unit_seconds.ok_or(BadDuration::UnknownUnit(unit))?;
        let number: i64 = number.parse().map_err(|_| BadDuration::TooLong)?;
        let part = number.checked_mul(unit_seconds).ok_or(BadDuration::TooLong)?;
        seconds = seconds.checked_add(part).ok_or(BadDuration::TooLong)?;
        rest = behind.get(unit.len_utf8()..).unwrap_or_default();
    }
    if text.is_empty() { Err(BadDuration::NoNumber(String::new())) } else { Ok(seconds) }
}

/// The shortest text that [`parse`] reads as so many seconds: `30d`, `36h`, `90s`.
pub(crate) fn text(seconds: i64) -> String {
    let units = UNITS.iter().rev().filter(|(name, _)| *name != 'y');
    let exact = units.clone().find(|(_, unit)| seconds != 0 && seconds % unit == 0);
    let (name, unit) = exact.copied().unwrap_or(('s', 1));
    format!("{}{name}", seconds / unit)
}

/// Why a text is no duration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadDuration {
    Negative,
    NoNumber(String),
    NoUnit(String),
    UnknownUnit(char),
    TooLong,
}

impl fmt::Display for BadDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadDuration::Negative => f.write_str("a duration cannot be negative"),
            BadDuration::NoNumber(rest) if rest.is_empty() => {
                f.write_str("a duration is a number with a unit, such as 60d")
            }
            BadDuration::NoNumber(rest) => write!(f, "a whole number is missing before {rest:?}"),
            BadDuration::NoUnit(number) => {
                write!(f, "{number} has no unit: s, m (minutes), h, d or y (365 days)")
            }
            BadDuration::UnknownUnit(unit) => {
                write!(f, "unknown unit {unit:?}: use s, m (minutes), h, d or y (365 days)")
            }
            BadDuration::TooLong => f.write_str("the duration is too long"),
        }
    }
}

impl std::error::Error for BadDuration {}

const UNITS: [(char, i64); 5] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400), ('y', 365 * 86_400)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_counts() {
        for (text, seconds) in [
            ("0s", 0),
            ("90s", 90),
            ("2m", 120),
            ("36h", 129_600),
            ("60d", 5_184_000),
            ("1y", 31_536_000),
            ("1d12h30m", 131_400),
            ("9223372036854775807s", i64::MAX),
        ] {
            assert_eq!(parse(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn a_number_of_seconds_has_its_shortest_text() {
        for text in ["0s", "90s", "2m", "36h", "60d", "365d"] {
            assert_eq!(super::text(parse(text).unwrap()), text);
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        for (text, error) in [
            ("", BadDuration::NoNumber(String::new())),
            ("d", BadDuration::NoNumber("d".to_owned())),
            ("60", BadDuration::NoUnit("60".to_owned())),
            ("60w", BadDuration::UnknownUnit('w')),
            ("60D", BadDuration::UnknownUnit('D')),
            ("1.5h", BadDuration::UnknownUnit('.')),
            ("1 d", BadDuration::UnknownUnit(' ')),
            ("-1d", BadDuration::Negative),
            ("1d-1h", BadDuration::NoNumber("-1h".to_owned())),
            ("9223372036854775808s", BadDuration::TooLong),
            ("292471208678y", BadDuration::TooLong),
            ("9223372036854775807s1s", BadDuration::TooLong),
            ("1µ", BadDuration::UnknownUnit('µ')),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }
}
