//! Items of the login keychain of macOS.

use std::sync::atomic::{AtomicBool, Ordering};

use keyring_core::Entry;
use security_framework::base::Error as SecurityError;
use security_framework::os::macos::keychain::SecKeychain;

use super::entry::{self, Lasts, open};
use crate::store::error::{KeyringState, StoreError};
use crate::store::keyring::item::Bytes;
use crate::store::keyring::status;

/// Whether macOS may ask the person for the keychain's password, and whether this program may have
/// an item.
static MAY_ASK: AtomicBool = AtomicBool::new(false);

/// Lets what needs an answer fail at once, unless macOS may ask. It is a flag of the whole process,
/// and stays set.
pub(super) fn be_quiet() {
    if !MAY_ASK.load(Ordering::Relaxed) {
        std::mem::forget(SecKeychain::disable_user_interaction());
    }
}

/// Lets macOS ask from now on.
fn let_ask() {
    MAY_ASK.store(true, Ordering::Relaxed);
    // The flag goes back when this is dropped.
    drop(SecKeychain::disable_user_interaction());
}

/// Reads each item, which makes macOS ask about it.
pub(super) fn ask(
    names: impl FnOnce() -> Result<Vec<String>, StoreError>,
    get: impl Fn(&str) -> Result<Option<Bytes>, StoreError>,
) -> Result<(), StoreError> {
    let_ask();
    for name in names()? {
        get(&name)?;
    }
    Ok(())
}

pub(super) fn get(service: &str, username: &str) -> keyring::Result<Option<Bytes>> {
    entry::read(&find(service, username)?)
}

/// A keychain is a file, so items stay until they are deleted.
pub(super) fn set(
    service: &str,
    username: &str,
    secret: &[u8],
    _lasts: Lasts,
) -> keyring::Result<()> {
    find(service, username)?.set_secret(secret)
}

pub(super) fn delete(service: &str, username: &str) -> keyring::Result<()> {
    entry::delete(&find(service, username)?)
}

fn find(service: &str, username: &str) -> keyring::Result<Entry> {
    open()?;
    Entry::new(service, username)
}

/// Returns the state of the whole keychain that an error means.
pub(super) fn state_of(error: &keyring::Error) -> Option<KeyringState> {
    let (keyring::Error::NoStorageAccess(cause) | keyring::Error::PlatformFailure(cause)) = error
    else {
        return None;
    };
    status::of_macos(cause.downcast_ref::<SecurityError>()?.code())
}
