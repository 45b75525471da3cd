//! Checks the clock without asking anybody. `--online` compares it with the registry's clock.

use super::check::Check;
use crate::command::context::Context;

/// The start of the year of the first release. A machine without a battery for its clock starts
/// much earlier.
const OLDEST: u64 = 1_767_225_600;

/// How far the clocks of two machines with the same home directory may differ, in seconds.
const TOLERANCE: u64 = 5 * 60;

/// Checks that the clock is not behind what has already happened.
pub(super) fn check(context: &Context<'_>) -> Check {
    const CHECK: &str = "clock";
    const HINT: &str = "set the clock, preferably with NTP";

    let now = context.environment.now();
    if now < OLDEST {
        let text = "the clock is years behind, so certificates and signatures are refused";
        return Check::warning(CHECK, text, HINT);
    }
    let records = context.store.read_all().unwrap_or_default();
    let records = records
        .iter()
        .filter_map(|listed| listed.record.as_ref().ok());
    let stored = records.flat_map(|record| {
        let logins = record.logins.iter().map(|login| login.stored);
        record.key.iter().map(|key| key.stored).chain(logins)
    });
    match stored.max() {
        Some(last) if last > now + TOLERANCE => {
            let minutes = (last - now) / 60;
            let text = format!(
                "the clock looks wrong: an entry was stored {minutes} minutes in the future"
            );
            Check::warning(CHECK, text, HINT)
        }
        _ => Check::ok(CHECK, "no entry was stored in the future"),
    }
}
