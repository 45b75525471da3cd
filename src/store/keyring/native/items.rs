//! Items of the platform's keyring, with its errors as errors of this program.

use std::collections::HashMap;

use keyring::{Entry, Error};

use super::entry::{Lasts, open};
use super::system;
use crate::store::error::{KeyringState, StoreError};
use crate::store::keyring::item::Bytes;
use crate::system::deadline::Deadline;

/// The attribute `service` of the item that is stored and deleted to test the keyring.
const PROBE: &str = "docker-credential-swr-probe";

/// Runs `work`, which may hang, until the deadline. No person is asked for anything before
/// [`system::ask`].
pub(super) fn on_time<T: Send + 'static>(
    deadline: Deadline,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    deadline
        .run(|| {
            system::be_quiet();
            work()
        })
        .unwrap_or_else(|| Err(KeyringState::silent(deadline).into()))
}

/// Returns the names of all items of `service`.
pub(super) fn names(service: &str) -> Result<Vec<String>, StoreError> {
    open().map_err(store_error)?;
    let pattern = format!("\\.{service}$");
    let query = if cfg!(windows) {
        // On Windows, the name of a credential is `<username>.<service>`.
        HashMap::from([("pattern", pattern.as_str())])
    } else {
        HashMap::from([("service", service)])
    };
    let entries = keyring_core::Entry::search(&query).map_err(store_error)?;
    let name = |entry: &keyring_core::Entry| Some(entry.get_specifiers()?.1);
    Ok(entries.iter().filter_map(name).collect())
}

pub(super) fn get(service: &str, username: &str) -> Result<Option<Bytes>, StoreError> {
    system::get(service, username).map_err(store_error)
}

pub(super) fn set(
    service: &str,
    username: &str,
    secret: &[u8],
    lasts: Lasts,
) -> Result<(), StoreError> {
    system::set(service, username, secret, lasts).map_err(store_error)
}

pub(super) fn delete(service: &str, username: &str) -> Result<(), StoreError> {
    system::delete(service, username).map_err(store_error)
}

/// Stores something and deletes it again.
pub(super) fn try_out() -> Result<(), StoreError> {
    // The name has the process ID, so that two tests at the same time do not disturb each other.
    let name = std::process::id().to_string();
    set(PROBE, &name, b"-", Lasts::UntilLogout)?;
    delete(PROBE, &name)
}

/// Never formats an error with `Debug`: `BadEncoding` and `BadDataFormat` hold the bytes of the
/// secret.
fn store_error(error: Error) -> StoreError {
    if let Some(state) = system::state_of(&error) {
        return state.into();
    }
    match error {
        Error::NoStorageAccess(_) => KeyringState::Denied.into(),
        // The crate reports the cause of a failed connection only when asked.
        Error::NoDefaultStore => match Entry::store_status() {
            Err(Error::PlatformFailure(cause)) => StoreError::KeyringFailed(cause.to_string()),
            _ => StoreError::KeyringFailed("it could not be opened".into()),
        },
        Error::PlatformFailure(cause) => StoreError::KeyringFailed(cause.to_string()),
        Error::TooLong(what, limit) => StoreError::KeyringFailed(format!(
            "the {what} is longer than the {limit} bytes it takes"
        )),
        Error::Ambiguous(_) => StoreError::KeyringFailed(
            "it holds the record more than once; delete one of the two there".into(),
        ),
        _ => StoreError::KeyringFailed("it holds something that is not a record".into()),
    }
}
