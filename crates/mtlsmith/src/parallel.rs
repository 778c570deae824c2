//! The same work on many things at once, results in the order of the things.

use std::num::NonZero;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::Duration;

/// Works on every item, on as many threads as there are processors. `watch` is told the number of finished items, again and again.
pub(crate) fn in_order<T, R>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    mut watch: impl FnMut(usize),
) -> Vec<R>
where
    T: Sync,
    R: Send,
{
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len());
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let (next, finished) = (AtomicUsize::new(0), AtomicUsize::new(0));
    // Whole lists at the end, not one result at a time: a message for each wakes this thread for each.
    let (ended, results) = mpsc::channel();
    let mut done: Vec<(usize, R)> = Vec::with_capacity(items.len());
    thread::scope(|scope| {
        for _ in 0..threads {
            let (ended, next, finished, work) = (ended.clone(), &next, &finished, &work);
            scope.spawn(move || {
                let mut own = Vec::new();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    own.push((index, work(item)));
                    finished.fetch_add(1, Ordering::Relaxed);
                }
                // The other end waits until this one is gone.
                let _ = ended.send(own);
            });
        }
        drop(ended);
        loop {
            match results.recv_timeout(WATCH_EVERY) {
                Ok(results) => done.extend(results),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            watch(finished.load(Ordering::Relaxed));
        }
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

const WATCH_EVERY: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<u64> = (0..500).collect();
        let mut last = 0;
        let results = in_order(
            &items,
            |item| {
                thread::sleep(Duration::from_micros(500 - item));
                item * 2
            },
            |done| last = done,
        );
        assert_eq!(results, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        assert!(last == 500 || thread::available_parallelism().unwrap().get() == 1);
    }

    #[test]
    fn nothing_and_one_thing_are_fine_too() {
        assert!(in_order(&[], |item: &u8| *item, |_| ()).is_empty());
        assert_eq!(in_order(&[7], |item| *item, |_| ()), [7]);
    }
}
