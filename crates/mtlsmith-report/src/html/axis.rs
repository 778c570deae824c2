//! The axis of time: which stretch is shown, where a moment lies on it, and where it is marked.

use mtlsmith_validate::time::Timestamp;

/// A stretch of time on a stretch of pixels.
pub(super) struct Axis {
    from: Timestamp,
    to: Timestamp,
    left: i64,
    width: i64,
}

/// A mark on the axis.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tick {
    pub(super) x: i64,
    pub(super) label: String,
}

impl Axis {
    /// From the first to the last of these times, `now` included; but times more than ten years away from it are left outside, or
    /// everything else would shrink to a dot: some certificates end in the year 9999.
    pub(super) fn over(times: &[Timestamp], now: Timestamp, left: i64, width: i64) -> Self {
        let near = times.iter().copied().filter(|time| time.since(now).abs() <= 10 * YEAR);
        let first = near.clone().min().unwrap_or(now).min(now);
        let last = near.max().unwrap_or(now).max(now);
        let margin = (last.since(first) / 40).max(5 * DAY);
        let (before, behind) = (first.plus(-margin), last.plus(margin));
        // Bars that leave the picture need a stretch on which to be seen.
        let from = if times.iter().any(|time| *time < before) { before.min(now.plus(-YEAR)) } else { before };
        let to = if times.iter().any(|time| *time > behind) { behind.max(now.plus(YEAR)) } else { behind };
        Axis { from, to, left, width }
    }

    /// The place of a moment; those outside lie at the ends.
    pub(super) fn x(&self, time: Timestamp) -> i64 {
        let length = self.to.since(self.from).max(1);
        let passed = time.since(self.from).clamp(0, length);
        self.left + passed.saturating_mul(self.width) / length
    }

    /// Does the moment lie before what is shown?
    pub(super) fn is_before(&self, time: Timestamp) -> bool {
        time < self.from
    }

    /// Does the moment lie behind what is shown?
    pub(super) fn is_behind(&self, time: Timestamp) -> bool {
        time > self.to
    }

    /// First days of months or years, far enough apart for their labels.
    pub(super) fn ticks(&self) -> Vec<Tick> {
        let months = self.to.since(self.from) / MONTH;
        let room = |step| (self.width / if step < 12 { MONTH_LABEL } else { YEAR_LABEL }).max(1);
        let step = STEPS.iter().copied().find(|step| months / step < room(*step)).unwrap_or(120);
        let Some(first) = month_of(self.from) else { return Vec::new() };
        let mut ticks = Vec::new();
        let start = (first / step + 1) * step;
        for month in (start..start.saturating_add(months + 2)).step_by(usize::try_from(step).unwrap_or(1)) {
            let Some(time) = first_day(month).filter(|time| *time <= self.to) else { break };
            ticks.push(Tick { x: self.x(time), label: label(month, step, ticks.is_empty()) });
        }
        ticks
    }
}

/// Months since the year 0.
fn month_of(time: Timestamp) -> Option<i64> {
    let date = time.date();
    let mut parts = date.split('-');
    let year: i64 = parts.next()?.parse().ok()?;
    let month: i64 = parts.next()?.parse().ok()?;
    Some(year * 12 + month - 1)
}

fn first_day(month: i64) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(&format!("{:04}-{:02}-01T00:00:00Z", month / 12, month % 12 + 1))
}

fn label(month: i64, step: i64, is_first: bool) -> String {
    let year = month / 12;
    let name =
        usize::try_from(month % 12).ok().and_then(|month| MONTHS.get(month)).copied().unwrap_or_default();
    if step >= 12 || (month % 12 == 0 && !is_first) {
        year.to_string()
    } else if is_first {
        format!("{name} {year}")
    } else {
        name.to_owned()
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const STEPS: [i64; 8] = [1, 2, 3, 6, 12, 24, 60, 120];
/// Pixels that labels need, air included: `Jan 2026` and `2026` in the small font.
const MONTH_LABEL: i64 = 72;
const YEAR_LABEL: i64 = 48;
const DAY: i64 = 86_400;
const MONTH: i64 = 2_629_746;
const YEAR: i64 = 12 * MONTH;

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")).expect("a date")
    }

    fn labels(first: &str, last: &str, now: &str) -> Vec<String> {
        let axis = Axis::over(&[time(first), time(last)], time(now), 0, 700);
        let ticks = axis.ticks();
        assert!(ticks.is_sorted_by(|a, b| a.x + 42 <= b.x), "labels overlap: {ticks:?}");
        ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn the_step_follows_the_length() {
        assert_eq!(labels("2026-06-01", "2026-07-01", "2026-06-15"), ["Jun 2026", "Jul"]);
        assert_eq!(
            labels("2026-01-01", "2027-01-01", "2026-06-15"),
            ["Jan 2026", "Mar", "May", "Jul", "Sep", "Nov", "2027"]
        );
        assert_eq!(
            labels("2024-03-01", "2031-03-01", "2026-06-15").first().map(String::as_str),
            Some("2024")
        );
    }

    #[test]
    fn the_year_9999_does_not_squeeze_the_rest() {
        assert_eq!(
            labels("1950-01-01", "9999-12-31", "2026-06-15"),
            ["Jul 2025", "Oct", "2026", "Apr", "Jul", "Oct", "2027", "Apr"]
        );
        assert_eq!(
            labels("2025-01-01", "9999-12-31", "2026-06-15"),
            ["Jan 2025", "Jul", "2026", "Jul", "2027"]
        );
    }

    #[test]
    fn every_length_keeps_its_labels_apart() {
        for days in (0..9_000).step_by(37) {
            let now = time("2026-06-15");
            let axis = Axis::over(&[now, now.plus(days * DAY)], now, 0, 700);
            let ticks = axis.ticks();
            assert!(ticks.is_sorted_by(|a, b| a.x + 42 <= b.x), "{days} days: {ticks:?}");
            assert!(days < 60 || !ticks.is_empty(), "{days} days have no tick");
        }
    }

    #[test]
    fn moments_outside_lie_at_the_ends() {
        let now = time("2026-06-15");
        let axis = Axis::over(&[now], now, 100, 700);
        assert_eq!((axis.x(time("1970-01-01")), axis.x(time("9999-01-01"))), (100, 800));
        assert!(axis.is_before(time("1970-01-01")) && axis.is_behind(time("9999-01-01")));
        assert_eq!(axis.x(now), 450);
    }
}
