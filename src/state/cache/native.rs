//! The platform's keyring as a cache, for systems whose kernel has none.

use keyring::Entry;
use zeroize::Zeroizing;

use super::state::State;
use crate::model::secret::Secret;

/// The `service` of every entry.
const SERVICE: &str = "docker-credential-swr-cache";

/// Returns what is kept under `name`.
pub(super) fn get(name: &str) -> Option<Secret> {
    let bytes = Zeroizing::new(Entry::new(SERVICE, name).ok()?.get_secret().ok()?);
    std::str::from_utf8(&bytes).ok().map(Secret::from)
}

/// Keeps `entry` under `name`, if the keyring takes it: Windows has room for 2560 bytes. The entry
/// itself says when it ends.
pub(super) fn put(name: &str, entry: &Secret, _seconds: u64) {
    if let Ok(place) = Entry::new(SERVICE, name) {
        let _ = place.set_secret(entry.expose().as_bytes());
    }
}

/// Drops every entry whose name starts with `start`.
pub(super) fn forget(start: &str) {
    for entry in crate::store::keyring_entries(SERVICE).unwrap_or_default() {
        let name = entry.get_specifiers().map(|(_, name)| name);
        if name.is_some_and(|name| name.starts_with(start)) {
            let _ = entry.delete_credential();
        }
    }
}

/// Keeps something of a login's size under the name `probe` for a moment.
pub(super) fn state(_start: &str, probe: &str) -> State {
    let tried = || {
        let place = Entry::new(SERVICE, probe)?;
        place.set_secret(&[b'-'; 1024])?;
        place.delete_credential()
    };
    match tried() {
        Ok(()) => State::Ready { entries: None },
        // Its own text may show what it was given.
        Err(_) => State::Unusable("the keyring takes nothing".to_owned()),
    }
}
