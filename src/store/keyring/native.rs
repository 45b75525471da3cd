//! The keychain of macOS and the Credential Manager of Windows, through the keyring crate.
//!
//! Each call runs on another thread, because these keyrings can be slow or ask a person. After the
//! deadline, the process ends without waiting for the thread.

#[cfg_attr(windows, path = "native/windows.rs")]
#[cfg_attr(target_os = "macos", path = "native/macos.rs")]
mod system;

#[cfg(feature = "cloud")]
#[path = "native/cache.rs"]
pub(crate) mod cache;
#[path = "native/entry.rs"]
mod entry;
#[path = "native/items.rs"]
mod items;

use zeroize::Zeroizing;

use self::entry::Lasts;
use self::items::{delete, get, names, on_time, set, try_out};
use super::item::{Bytes, Item};
use crate::store::error::StoreError;
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;

/// The keyring. It belongs to the login session and needs no connection.
pub(super) struct Keyring;

impl Keyring {
    pub(super) fn new(_environment: &Environment) -> Self {
        Self
    }

    /// Returns the secret of the item with these attributes, if there is one.
    pub(super) fn read(
        &self,
        service: &'static str,
        username: &str,
        deadline: Deadline,
    ) -> Result<Option<Bytes>, StoreError> {
        let username = username.to_owned();
        on_time(deadline, move || get(service, &username))
    }

    /// Returns all items of `service`. The username of an item is requested only if
    /// `tells_its_name` says that its secret does not hold the name, or if the secret cannot be
    /// read.
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
                    // It was deleted in the meantime.
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

    /// Stores a secret in the item with these attributes.
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

    /// Deletes the item with these attributes. `blank` is for keyrings that delete nothing without
    /// a prompt.
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

    /// Stores something and deletes it again.
    pub(super) fn check_writable(&self, deadline: Deadline) -> Result<(), StoreError> {
        on_time(deadline, try_out)
    }

    /// Allows prompts from now on: macOS asks for the keychain's password, and for each item
    /// whether this program may read it.
    pub(super) fn unlock(
        &self,
        service: &'static str,
        deadline: Deadline,
    ) -> Result<(), StoreError> {
        on_time(deadline, move || {
            system::ask(|| names(service), |name| get(service, name))
        })
    }
}
