//! Checks what is kept between runs: temporary logins and refusals.

use super::check::{Check, State};
use crate::command::context::PROTOCOL_LIMIT;
use crate::state::cache::{self, Cache};
use crate::state::notes::{Notes, REFUSED_FOR};
use crate::system::environment::Environment;
use crate::system::error::SystemError;
use crate::system::runtime_folder;

const CHECK: &str = "cache";

/// Checks the cache and the notes. Everything works without them, with more calls to the API.
pub(super) fn checks(environment: &Environment) -> Vec<Check> {
    let mut checks = vec![match cache(environment) {
        Ok(cache) => state(&cache, environment),
        Err(error) => Check::of_error(CHECK, State::Warning, &error.into()),
    }];
    if let Err(error) = runtime_folder::open(environment) {
        checks.push(Check::warning(
            CHECK,
            format!("there is no private folder for locks and notes ({error}), so temporary logins are not cached"),
            "set XDG_STATE_HOME to a folder that belongs to you and that others cannot write",
        ));
    }
    let refusals = Notes::open(environment).map(|notes| notes.refusals());
    checks.extend(refusals.into_iter().flatten().map(|(said, left)| {
        let ago = REFUSED_FOR.saturating_sub(left);
        Check::warning(
            CHECK,
            format!(
                "an identity was refused {ago} s ago, and is not tried again for {left} s: {said}"
            ),
            "correct the credential, or wait",
        )
    }));
    checks
}

fn cache(environment: &Environment) -> Result<Cache<'_>, SystemError> {
    Cache::open(environment, environment.deadline(PROTOCOL_LIMIT)?)
}

fn state(cache: &Cache<'_>, environment: &Environment) -> Check {
    let uncached = "every temporary login is requested again";
    match cache.state(environment.now()) {
        cache::State::Off => Check::ok(CHECK, format!("it is turned off: {uncached}")),
        cache::State::Ready { entries: None } => Check::ok(CHECK, "it works"),
        cache::State::Ready {
            entries: Some(entries),
        } => Check::ok(CHECK, format!("it works; entries: {entries}")),
        cache::State::Full => Check::warning(
            CHECK,
            format!("this user's share of the kernel's keyring is full: {uncached}"),
            "`cat /proc/keys` lists what is in it; `sysctl kernel.keys.maxbytes` is its size",
        ),
        cache::State::Unusable(why) => Check::warning(
            CHECK,
            format!("it does not work ({why}): {uncached}"),
            "containers often forbid it; nothing else depends on it",
        ),
    }
}
