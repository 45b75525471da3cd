//! The moment by which a verb must have ended.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// The moment by which a verb must have ended.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    limit: Duration,
    end: Instant,
    /// Whether a person set the limit, so that no other one counts.
    is_set: bool,
    /// Where many machines run the verb at the same time: how long each may put off its first call.
    spread: Option<Duration>,
}

impl Deadline {
    /// Returns the deadline of a verb that starts now and may take `set`, where a person set a limit, else `default`.
    pub fn new(set: Option<Duration>, default: Duration) -> Self {
        let limit = set.unwrap_or(default);
        Self {
            limit,
            end: Instant::now() + limit,
            is_set: set.is_some(),
            spread: None,
        }
    }

    /// Returns how long the verb may take in all.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// Returns the moment itself.
    pub fn end(&self) -> Instant {
        self.end
    }

    /// Returns the deadline of a verb that finds that it needs `limit` in all, unless it has more
    /// already or a person has set another.
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

    /// Returns the deadline, or one of `most` in all where that is sooner.
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

    /// Returns the deadline, or one `most` from now where that is sooner.
    pub fn within(self, most: Duration) -> Self {
        Self {
            end: self.end.min(Instant::now() + most),
            ..self
        }
    }

    /// Returns the deadline of a verb that many machines run at the same time: each may put off its
    /// first call by up to `spread`, and asks again until the deadline where a service is too busy.
    pub fn in_a_crowd(self, spread: Duration) -> Self {
        Self {
            spread: Some(spread),
            ..self
        }
    }

    /// Returns the spread of a verb that many machines run at the same time.
    pub fn crowd(&self) -> Option<Duration> {
        self.spread
    }

    /// Returns a deadline of the same length that starts now.
    pub fn renewed(&self) -> Self {
        Self {
            end: Instant::now() + self.limit,
            ..*self
        }
    }

    /// Returns the time that is left.
    pub fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// Runs `work` on a thread of its own and returns its result, or `None` once the deadline has
    /// passed; the thread is then left behind, and ends with the process.
    pub fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (sender, receiver) = mpsc::sync_channel(1);
        thread::spawn(move || {
            // Nobody receives after the deadline: the result is dropped.
            let _ = sender.send(work());
        });
        receiver.recv_timeout(self.left()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_beyond_the_deadline_is_left_behind() {
        let within = |limit| Deadline::new(Some(limit), limit);
        assert_eq!(within(Duration::from_secs(60)).run(|| 7), Some(7));
        let sleep = || thread::sleep(Duration::from_secs(60));
        assert_eq!(within(Duration::from_millis(20)).run(sleep), None);
    }
}
