//! Candidates taking turns: the only way to compare on a machine that others use too.

use std::io::Write;
use std::time::Duration;

use mtlsmith_testkit::Rng;
use rustix::time::ClockId;
use rustix::time::clock_gettime;

/// How long a candidate works in a row within this process: shortly, so that all of a round meet the same machine, and long enough
/// for the caches and predictors that the turn of another process has left cold.
pub(crate) const IN_PROCESS: Duration = Duration::from_millis(25);

/// How long a program does, which takes some milliseconds for its start alone.
pub(crate) const PROGRAM: Duration = Duration::from_millis(25);

/// One way to do the work of a row: answers how long so many repetitions took.
pub(crate) struct Candidate<'a> {
    pub(crate) name: &'static str,
    /// How long it works per round.
    pub(crate) slice: Duration,
    pub(crate) run: Box<dyn FnMut(u64) -> Option<Duration> + 'a>,
}

impl<'a> Candidate<'a> {
    /// A candidate within this process.
    pub(crate) fn of(name: &'static str, mut work: impl FnMut() + 'a) -> Self {
        let run = move |repetitions| {
            let start = processor_time();
            for _ in 0..repetitions {
                work();
            }
            Some(processor_time().saturating_sub(start))
        };
        Candidate { name, slice: IN_PROCESS, run: Box::new(run) }
    }
}

/// What a candidate needed.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    /// Median time of one repetition.
    pub(crate) time: Duration,
    /// Median over the rounds of the ratio to the first candidate.
    pub(crate) ratio: f64,
}

/// Lets the candidates take turns and returns their figures, ratios to the first one.
pub(crate) fn compare(mut candidates: Vec<Candidate<'_>>, rounds: usize) -> Vec<Figure> {
    let mut repetitions: Vec<u64> = Vec::new();
    candidates.retain_mut(|candidate| match calibrate(candidate) {
        Some(count) => {
            repetitions.push(count);
            true
        }
        None => false,
    });
    let mut rng = Rng::new(7);
    let mut samples: Vec<Vec<f64>> = vec![Vec::new(); candidates.len()];
    for _ in 0..rounds {
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        rng.shuffle(&mut order);
        for index in order {
            let (Some(candidate), Some(&count)) = (candidates.get_mut(index), repetitions.get(index)) else {
                continue;
            };
            if let (Some(elapsed), Some(list)) = ((candidate.run)(count), samples.get_mut(index)) {
                list.push(elapsed.div_f64(to_f64(count)).as_secs_f64());
            }
        }
    }
    let base = samples.first().cloned().unwrap_or_default();
    let figure = |(candidate, list): (&Candidate<'_>, &Vec<f64>)| {
        let ratios = list.iter().zip(&base).map(|(own, base)| own / base).collect();
        Figure {
            name: candidate.name,
            time: Duration::from_secs_f64(median(list.clone())),
            ratio: median(ratios),
        }
    };
    candidates.iter().zip(&samples).map(figure).collect()
}

/// What this process has spent so far. Other work on the machine does not count, as it would with a clock.
pub(crate) fn processor_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

/// How many repetitions fill a slice.
fn calibrate(candidate: &mut Candidate<'_>) -> Option<u64> {
    let slice = candidate.slice;
    let mut count = 1;
    loop {
        let elapsed = (candidate.run)(count)?;
        if elapsed >= slice / 4 {
            let per_slice = slice.as_secs_f64() / elapsed.as_secs_f64() * to_f64(count);
            return Some(Duration::from_secs_f64(per_slice.clamp(1.0, 1e9)).as_secs().max(1));
        }
        count *= 4;
    }
}

fn to_f64(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The middle value; 0 for none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// A line of the result.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}"); // nobody to tell when the reader has gone
}

/// A time with a unit that fits it.
pub(crate) fn readable(time: Duration) -> String {
    let nanoseconds = time.as_secs_f64() * 1e9;
    match nanoseconds {
        n if n < 1e3 => format!("{n:.0} ns"),
        n if n < 1e6 => format!("{:.2} us", n / 1e3),
        n if n < 1e9 => format!("{:.2} ms", n / 1e6),
        n => format!("{:.2} s", n / 1e9),
    }
}

/// A goal next to what was reached: `true` when it is met.
pub(crate) fn judge(what: &str, reached: f64, goal: Goal) -> bool {
    let (met, text) = match goal {
        Goal::AtMost(limit) => (reached <= limit, format!("<= {limit:.2}")),
        Goal::AtLeast(limit) => (reached >= limit, format!(">= {limit:.2}")),
    };
    say(&format!("    {} {what}: {reached:.3} (goal {text})", if met { "met   " } else { "MISSED" }));
    met
}

/// What a ratio should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
}
