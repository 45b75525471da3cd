//! Items of macOS' login keychain.

use keyring_core::Entry;
use security_framework::base::Error as SecurityError;
use security_framework::os::macos::keychain::{KeychainUserInteractionLock, SecKeychain};

use super::entry::{self, Lasts, open};
use crate::store::daemon::Daemon;
use crate::store::error::{KeyringState, StoreError};
use crate::store::keyring::item::Bytes;

/// As long as there is one, macOS asks the person neither for the keychain's password nor whether this program may
/// have an item: what needs an answer fails at once.
pub(super) struct Quiet {
    _lock: Option<KeychainUserInteractionLock>,
}

impl Quiet {
    pub(super) fn begin() -> Self {
        Self {
            // It only sets a flag of this process.
            _lock: SecKeychain::disable_user_interaction().ok(),
        }
    }
}

/// Reads each item, which asks for it.
pub(super) fn ask(
    names: impl FnOnce() -> Result<Vec<String>, StoreError>,
    get: impl Fn(&str) -> Result<Option<Bytes>, StoreError>,
) -> Result<(), StoreError> {
    for name in names()? {
        get(&name)?;
    }
    Ok(())
}

pub(super) fn get(service: &str, username: &str) -> keyring::Result<Option<Bytes>> {
    entry::read(&find(service, username)?)
}

/// A keychain is a file: what is in it stays until it is deleted.
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

/// Returns what an error says of the whole keychain.
pub(super) fn state_of(error: &keyring::Error) -> Option<KeyringState> {
    let (keyring::Error::NoStorageAccess(cause) | keyring::Error::PlatformFailure(cause)) = error
    else {
        return None;
    };
    match cause.downcast_ref::<SecurityError>()?.code() {
        // errSecNotAvailable, errSecNoSuchKeychain, errSecInvalidKeychain, errSecNoDefaultKeychain
        -25291 | -25294 | -25295 | -25307 => {
            Some(KeyringState::Absent("this session has no login keychain"))
        }
        // errSecInteractionNotAllowed, errSecAuthFailed
        -25308 | -25293 => Some(KeyringState::Locked(Daemon::Keychain)),
        // userCanceledErr
        -128 => Some(KeyringState::Denied),
        _ => None,
    }
}
