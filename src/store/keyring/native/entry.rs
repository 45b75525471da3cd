//! An entry of the platform's keyring, through the keyring crate.

use keyring::{Entry, Error};
use zeroize::Zeroizing;

use crate::store::keyring::item::Bytes;

/// How long an item is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lasts {
    /// Until it is deleted, and only on this machine.
    UntilDeleted,
    /// Until the user logs out, if the platform can do that.
    UntilLogout,
}

/// Opens the platform's keyring, as the first use of an entry of the crate would.
pub(super) fn open() -> keyring::Result<()> {
    match Entry::store_status() {
        Ok(()) => Ok(()),
        Err(_) => Err(Error::NoDefaultStore),
    }
}

/// Returns the contents of an item.
pub(super) fn read(entry: &keyring_core::Entry) -> keyring::Result<Option<Bytes>> {
    match entry.get_secret() {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Deletes an item, if it exists.
pub(super) fn delete(entry: &keyring_core::Entry) -> keyring::Result<()> {
    match entry.delete_credential() {
        Err(Error::NoEntry) => Ok(()),
        result => result,
    }
}
