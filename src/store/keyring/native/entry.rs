//! One entry of the platform's store, as the keyring crate has it.

use keyring::{Entry, Error};
use zeroize::Zeroizing;

use crate::store::keyring::item::Bytes;

/// How long an item stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lasts {
    /// Until it is deleted; on this machine alone.
    UntilDeleted,
    /// Until the user logs out, in memory, where the platform has that.
    UntilLogout,
}

/// Opens the platform's store, as the first use of the crate's own entries would.
pub(super) fn open() -> keyring::Result<()> {
    match Entry::store_status() {
        Ok(()) => Ok(()),
        Err(_) => Err(Error::NoDefaultStore),
    }
}

/// Returns what is in an item, as the keyring has it.
pub(super) fn read(entry: &keyring_core::Entry) -> keyring::Result<Option<Bytes>> {
    match entry.get_secret() {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Deletes an item, if it is there.
pub(super) fn delete(entry: &keyring_core::Entry) -> keyring::Result<()> {
    match entry.delete_credential() {
        Err(Error::NoEntry) => Ok(()),
        result => result,
    }
}
