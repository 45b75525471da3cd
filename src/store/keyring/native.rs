//! The Keychain of macOS and the Credential Manager of Windows, through the keyring crate.
//!
//! Every call of it runs on a thread of its own, as these keyrings may ask a person; past the deadline the process ends
//! without joining it.

use std::collections::HashMap;

use keyring::{Entry, Error};
use zeroize::Zeroizing;

use super::item::{Bytes, Item};
use crate::store::error::{KeyringState, StoreError};
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;

/// The keyring. It belongs to the login session and needs no connection.
pub(super) struct Keyring;

impl Keyring {
    pub(super) fn new(_environment: &Environment) -> Self {
        Self
    }

    /// Returns the secret of the item with these attributes, or `None` where there is none.
    pub(super) fn read(
        &self,
        service: &'static str,
        username: &str,
        deadline: Deadline,
    ) -> Result<Option<Bytes>, StoreError> {
        let username = username.to_owned();
        on_time(deadline, move || {
            match Entry::new(service, &username).and_then(|entry| entry.get_secret()) {
                Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
                Err(Error::NoEntry) => Ok(None),
                Err(error) => Err(store_error(error)),
            }
        })
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
            for entry in entries(service)? {
                let secret = match entry.get_secret() {
                    Ok(bytes) => Ok(Zeroizing::new(bytes)),
                    Err(Error::NoEntry) => continue,
                    Err(error) => Err(store_error(error)),
                };
                let username = match &secret {
                    Ok(secret) if tells_its_name(secret) => None,
                    _ => entry.get_specifiers().map(|(_, username)| username),
                };
                items.push(Item { username, secret });
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
            let entry = Entry::new(service, &username).map_err(store_error)?;
            entry.set_secret(&secret).map_err(store_error)
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
        on_time(deadline, move || {
            match Entry::new(service, &username).and_then(|entry| entry.delete_credential()) {
                Ok(()) | Err(Error::NoEntry) => Ok(()),
                Err(error) => Err(store_error(error)),
            }
        })
    }

    /// These keyrings can always be written to; what they refuse, they refuse on the write.
    pub(super) fn check_writable(&self, _deadline: Deadline) -> Result<(), StoreError> {
        Ok(())
    }

    /// These keyrings ask by themselves for what they need.
    pub(super) fn unlock(
        &self,
        _service: &'static str,
        _deadline: Deadline,
    ) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Returns all entries of `service`.
pub(crate) fn entries(service: &str) -> Result<Vec<keyring_core::Entry>, StoreError> {
    // As the first use of an entry would open it.
    if Entry::store_status().is_err() {
        return Err(store_error(Error::NoDefaultStore));
    }
    let pattern = format!("\\.{service}$");
    let query = if cfg!(windows) {
        // Targets are `<username>.<service>` there.
        HashMap::from([("pattern", pattern.as_str())])
    } else {
        HashMap::from([("service", service)])
    };
    keyring_core::Entry::search(&query).map_err(store_error)
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

/// Never prints an error as `Debug`: `BadEncoding` and `BadDataFormat` hold the secret's bytes.
fn store_error(error: Error) -> StoreError {
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
