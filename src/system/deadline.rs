//! The time by which a verb must have ended.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::chance::part_of;

/// The time that a delay of the first call leaves for the calls; half of the limit, if that is
/// less.
const FOR_CALLS: Duration = Duration::from_secs(15);

/// The time by which a verb must have ended.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    limit: Duration,
    end: Instant,
    /// Whether a person set the limit. Then no other limit applies.
    is_set: bool,
    /// If many machines run the verb at the same time: the time before which it makes no call.
    first_call: Option<Instant>,
}

impl Deadline {
    /// Returns the deadline of a verb that starts now. The limit is `set`, if a person set one,
    /// else `default`.
    pub fn new(set: Option<Duration>, default: Duration) -> Self {
        let limit = set.unwrap_or(default);
        Self {
            limit,
            end: Instant::now() + limit,
            is_set: set.is_some(),
            first_call: None,
        }
    }

    /// Returns the total time that the verb may take.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// Returns the end as an `Instant`.
    pub fn end(&self) -> Instant {
        self.end
    }

    /// Extends the deadline to `limit` in all, unless it is longer already or a person set it.
    pub fn of_at_least(self, limit: Duration) -> Self {
        if self.is_set || limit <= self.limit {
            return self;
        }
        Self {
            limit,
            end: self.end + (limit - self.limit),
            ..self
        }
    }

    /// Returns the deadline, or one of `most` in all if that is sooner.
    pub fn at_most(self, most: Duration) -> Self {
        if self.limit <= most {
            return self;
        }
        Self {
            limit: most,
            end: self.end - (self.limit - most),
            ..self
        }
    }

    /// Returns the deadline, or one that is `most` from now if that is sooner.
    pub fn within(self, most: Duration) -> Self {
        Self {
            end: self.end.min(Instant::now() + most),
            ..self
        }
    }

    /// Marks the verb as one that many machines run at the same time. Each delays its first call by
    /// a random part of `spread`, and retries until the deadline when a service is too busy.
    pub fn in_a_crowd(self, spread: Duration) -> Self {
        let most = self.limit.saturating_sub(FOR_CALLS).max(self.limit / 2);
        let delay = part_of(spread.min(most));
        Self {
            first_call: Some(self.end - self.limit + delay),
            ..self
        }
    }

    /// Returns the time before which the verb makes no call, if many machines run it at the same
    /// time.
    pub fn first_call(&self) -> Option<Instant> {
        self.first_call
    }

    /// Returns a deadline of the same length that starts now.
    pub fn renewed(&self) -> Self {
        Self {
            end: Instant::now() + self.limit,
            ..*self
        }
    }

    /// Returns the remaining time.
    pub fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// Runs `work` on another thread and returns its result, or `None` if the deadline passes
    /// first. The thread then keeps running until the process ends.
    pub fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (sender, receiver) = mpsc::sync_channel(1);
        thread::spawn(move || {
            // After the deadline nobody receives, and the result is dropped.
            let _ = sender.send(work());
        });
        receiver.recv_timeout(self.left()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_call_is_within_the_spread_and_leaves_time_for_the_calls() {
        let within = |limit, spread| {
            let limit = Duration::from_secs(limit);
            let start = Instant::now();
            let deadline =
                Deadline::new(Some(limit), limit).in_a_crowd(Duration::from_secs(spread));
            deadline.first_call().expect("a time") - start
        };
        let delays: Vec<_> = (0..1000).map(|_| within(45, 30)).collect();
        assert!(delays.iter().all(|delay| *delay < Duration::from_secs(31)));
        // Of a thousand random parts, some are long and some are short.
        assert!(delays.iter().any(|delay| *delay > Duration::from_secs(26)));
        assert!(delays.iter().any(|delay| *delay < Duration::from_secs(4)));
        assert!((0..100).all(|_| within(8, 30) < Duration::from_secs(5)));
        assert!(within(50, 0) < Duration::from_secs(1));
    }

    #[test]
    fn work_that_outlasts_the_deadline_is_abandoned() {
        let within = |limit| Deadline::new(Some(limit), limit);
        assert_eq!(within(Duration::from_secs(60)).run(|| 7), Some(7));
        let sleep = || thread::sleep(Duration::from_secs(60));
        assert_eq!(within(Duration::from_millis(20)).run(sleep), None);
    }

    #[test]
    fn only_a_default_limit_is_extended() {
        let [short, long] = [5, 120].map(Duration::from_secs);
        let extended = Deadline::new(None, short).of_at_least(long);
        assert_eq!(extended.limit(), long);
        assert!(extended.left() > short);
        assert_eq!(extended.of_at_least(short).limit(), long);
        assert_eq!(
            Deadline::new(Some(short), long).of_at_least(long).limit(),
            short
        );
    }

    #[test]
    fn a_deadline_is_renewed_shortened_and_never_lengthened_by_a_limit() {
        let [short, long] = [5, 120].map(Duration::from_secs);
        let deadline = Deadline::new(None, long);
        thread::sleep(Duration::from_millis(1));
        assert!(deadline.renewed().end() > deadline.end());
        assert!(deadline.within(short).left() <= short);
        assert_eq!(deadline.within(2 * long).end(), deadline.end());
        assert!(deadline.at_most(short).left() <= short);
        assert_eq!(deadline.at_most(2 * long).end(), deadline.end());
    }
}
