//! Random parts of a time, so that those who begin at once do not go on at once.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Returns a random part of `whole`.
pub fn part_of(whole: Duration) -> Duration {
    // The standard library's own source of randomness is enough: nobody gains by guessing it.
    let random = RandomState::new().hash_one(()) as u32;
    whole.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_never_more_than_the_whole_and_not_always_the_same() {
        let whole = Duration::from_secs(1);
        let parts: Vec<_> = (0..20).map(|_| part_of(whole)).collect();
        assert!(parts.iter().all(|part| *part <= whole));
        assert!(parts.windows(2).any(|two| two[0] != two[1]));
    }
}
