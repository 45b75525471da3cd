//! The Keychain of macOS and the Credential Manager of Windows, through the keyring crate.
//!
//! Every call of it runs on a thread of its own, as these keyrings may be slow or ask a person; past the deadline the
//! process ends without joining it.

#[cfg_attr(windows, path = "native/windows.rs")]
#[cfg_attr(target_os = "macos", path = "native/macos.rs")]
mod system;

#[cfg(feature = "cloud")]
#[path = "native/cache.rs"]
pub(crate) mod cache;

use std::cell::Cell;
use std::collections::HashMap;

use keyring::{Entry, Error};
use zeroize::Zeroizing;

use super::item::{Bytes, Item};
use crate::store::error::{KeyringState, StoreError};
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;

/// The `service` of what is written, and taken away, to see whether that can be done.
const PROBE: &str = "docker-credential-swr-probe";

/// How long an item stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lasts {
    /// Until it is deleted; on this machine alone.
    UntilDeleted,
    /// Until the user logs out, in memory, where the platform has that.
    UntilLogout,
}

/// The keyring. It belongs to the login session and needs no connection.
pub(super) struct Keyring {
    /// As long as this is here, no person is asked for anything.
    quiet: Cell<Option<system::Quiet>>,
}

impl Keyring {
    pub(super) fn new(_environment: &Environment) -> Self {
        Self {
            quiet: Cell::new(Some(system::Quiet::begin())),
        }
    }

    /// Returns the secret of the item with these attributes, or `None` where there is none.
    pub(super) fn read(
        &self,
        service: &'static str,
        username: &str,
        deadline: Deadline,
    ) -> Result<Option<Bytes>, StoreError> {
        let username = username.to_owned();
        on_time(deadline, move || get(service, &username))
    }

    /// Returns all items of `service`. The username of one is asked for only where `tells_its_name` says no of its
    /// secret, or where that cannot be read.
    pub(super) fn read_all(
        &self,
        service: &'static str,
        deadline: Deadline,
        tells_its_name: fn(&[u8]) -> bool,
    ) -> Result<Vec<Item>, StoreError> {
        on_time(deadline, move || {
            let mut items = Vec::new();
            for name in names(service)? {
                let secret = match get(service, &name) {
                    // It went meanwhile.
                    Ok(None) => continue,
                    Ok(Some(secret)) => Ok(secret),
                    Err(error) if error.is_no_keyring() => return Err(error),
                    Err(error) => Err(error),
                };
                let is_told = secret.as_ref().is_ok_and(|secret| tells_its_name(secret));
                items.push(Item {
                    username: (!is_told).then_some(name),
                    secret,
                });
            }
            Ok(items)
        })
    }

    /// Puts a secret into the item with these attributes.
    pub(super) fn write(
        &self,
        service: &'static str,
        username: &str,
        secret: &[u8],
        deadline: Deadline,
    ) -> Result<(), StoreError> {
        let (username, secret) = (username.to_owned(), Zeroizing::new(secret.to_vec()));
        on_time(deadline, move || {
            set(service, &username, &secret, Lasts::UntilDeleted)
        })
    }

    /// Deletes the item with these attributes. `blank` is for keyrings that delete nothing unasked.
    pub(super) fn remove(
        &self,
        service: &'static str,
        username: &str,
        _blank: &[u8],
        deadline: Deadline,
    ) -> Result<(), StoreError> {
        let username = username.to_owned();
        on_time(deadline, move || delete(service, &username))
    }

    /// Writes something, and takes it away again.
    pub(super) fn check_writable(&self, deadline: Deadline) -> Result<(), StoreError> {
        on_time(deadline, try_out)
    }

    /// Lets the person be asked from now on: macOS asks for the keychain's password, and for each item whether this
    /// program may read it.
    pub(super) fn unlock(
        &self,
        service: &'static str,
        deadline: Deadline,
    ) -> Result<(), StoreError> {
        drop(self.quiet.take());
        on_time(deadline, move || {
            system::ask(|| names(service), |name| get(service, name))
        })
    }
}

/// Runs `work`, which may hang, until the deadline.
fn on_time<T: Send + 'static>(
    deadline: Deadline,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    deadline
        .run(work)
        .unwrap_or_else(|| Err(KeyringState::silent(deadline).into()))
}

/// Returns the names of all items of `service`.
fn names(service: &str) -> Result<Vec<String>, StoreError> {
    open().map_err(store_error)?;
    let pattern = format!("\\.{service}$");
    let query = if cfg!(windows) {
        // Targets are `<username>.<service>` there.
        HashMap::from([("pattern", pattern.as_str())])
    } else {
        HashMap::from([("service", service)])
    };
    let entries = keyring_core::Entry::search(&query).map_err(store_error)?;
    let name = |entry: &keyring_core::Entry| Some(entry.get_specifiers()?.1);
    Ok(entries.iter().filter_map(name).collect())
}

fn get(service: &str, username: &str) -> Result<Option<Bytes>, StoreError> {
    system::get(service, username).map_err(store_error)
}

fn set(service: &str, username: &str, secret: &[u8], lasts: Lasts) -> Result<(), StoreError> {
    system::set(service, username, secret, lasts).map_err(store_error)
}

fn delete(service: &str, username: &str) -> Result<(), StoreError> {
    system::delete(service, username).map_err(store_error)
}

/// Writes something, and takes it away again.
fn try_out() -> Result<(), StoreError> {
    // Of two that try at once none takes the other's away.
    let name = std::process::id().to_string();
    set(PROBE, &name, b"-", Lasts::UntilLogout)?;
    delete(PROBE, &name)
}

/// Opens the platform's store, as the first use of the crate's own entries would.
fn open() -> keyring::Result<()> {
    match Entry::store_status() {
        Ok(()) => Ok(()),
        Err(_) => Err(Error::NoDefaultStore),
    }
}

/// Returns what is in an item, as the keyring has it.
fn read_entry(entry: &keyring_core::Entry) -> keyring::Result<Option<Bytes>> {
    match entry.get_secret() {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Deletes an item, if it is there.
fn delete_entry(entry: &keyring_core::Entry) -> keyring::Result<()> {
    match entry.delete_credential() {
        Err(Error::NoEntry) => Ok(()),
        result => result,
    }
}

/// Never prints an error as `Debug`: `BadEncoding` and `BadDataFormat` hold the secret's bytes.
fn store_error(error: Error) -> StoreError {
    if let Some(state) = system::state_of(&error) {
        return state.into();
    }
    match error {
        Error::NoStorageAccess(_) => KeyringState::Denied.into(),
        // The crate keeps the cause of a failed connection to itself until it is asked.
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
