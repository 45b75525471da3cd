//! Items of the Credential Manager of Windows.

use std::collections::HashMap;

use keyring_core::Entry;

use super::entry::{self, Lasts, open};
use crate::store::error::{KeyringState, StoreError};
use crate::store::keyring::item::Bytes;
use crate::store::keyring::parts::{self, Items};
use crate::store::keyring::status;

/// Nothing here asks the person anything.
pub(super) fn be_quiet() {}

/// The Credential Manager never asks.
pub(super) fn ask(
    _names: impl FnOnce() -> Result<Vec<String>, StoreError>,
    _get: impl Fn(&str) -> Result<Option<Bytes>, StoreError>,
) -> Result<(), StoreError> {
    Ok(())
}

pub(super) fn get(service: &str, username: &str) -> keyring::Result<Option<Bytes>> {
    parts::read(&Item::new(service, username, Lasts::UntilDeleted))
}

pub(super) fn set(
    service: &str,
    username: &str,
    secret: &[u8],
    lasts: Lasts,
) -> keyring::Result<()> {
    parts::write(&Item::new(service, username, lasts), secret)
}

pub(super) fn delete(service: &str, username: &str) -> keyring::Result<()> {
    parts::delete(&Item::new(service, username, Lasts::UntilDeleted))
}

/// Returns the state of the whole Credential Manager that an error means.
pub(super) fn state_of(error: &keyring::Error) -> Option<KeyringState> {
    let code = match error {
        // The crate has it for this number alone, and a name in its text.
        keyring::Error::NoStorageAccess(_) => status::NO_SUCH_LOGON_SESSION,
        // It has no type for the others.
        keyring::Error::PlatformFailure(cause) => {
            let text = cause.to_string();
            text.strip_prefix("Windows error code ")?.parse().ok()?
        }
        _ => return None,
    };
    status::of_windows(code)
}

/// The credentials that hold the parts of a secret.
struct Item<'a> {
    service: &'a str,
    username: &'a str,
    lasts: Lasts,
}

impl<'a> Item<'a> {
    fn new(service: &'a str, username: &'a str, lasts: Lasts) -> Self {
        Self {
            service,
            username,
            lasts,
        }
    }

    fn entry(&self, piece: Option<&str>) -> keyring::Result<Entry> {
        open()?;
        let persistence = match self.lasts {
            Lasts::UntilDeleted => "Local",
            Lasts::UntilLogout => "Session",
        };
        let modifiers = HashMap::from([("persistence", persistence)]);
        match piece {
            None => Entry::new_with_modifiers(self.service, self.username, &modifiers),
            // Named so that a search for records does not find it.
            Some(piece) => {
                let (service, username) = (format!("{}-part", self.service), self.username);
                Entry::new_with_modifiers(&service, &format!("{username}/{piece}"), &modifiers)
            }
        }
    }
}

impl Items for Item<'_> {
    fn get(&self, piece: Option<&str>) -> keyring::Result<Option<Bytes>> {
        entry::read(&self.entry(piece)?)
    }

    fn set(&self, piece: Option<&str>, secret: &[u8]) -> keyring::Result<()> {
        self.entry(piece)?.set_secret(secret)
    }

    fn delete(&self, piece: Option<&str>) -> keyring::Result<()> {
        entry::delete(&self.entry(piece)?)
    }
}
