//! Items of Windows' Credential Manager.

use std::collections::HashMap;

use keyring_core::Entry;

use super::entry::{self, Lasts, open};
use crate::store::error::{KeyringState, StoreError};
use crate::store::keyring::item::Bytes;
use crate::store::keyring::parts::{self, Items};

/// Nothing here asks the person anything.
pub(super) struct Quiet;

impl Quiet {
    pub(super) fn begin() -> Self {
        Self
    }
}

/// There is nothing to ask.
pub(super) fn ask(
    _names: impl FnOnce() -> Result<Vec<String>, StoreError>,
    _get: impl Fn(&str) -> Result<Option<Bytes>, StoreError>,
) -> Result<(), StoreError> {
    Ok(())
}

pub(super) fn get(service: &str, username: &str) -> keyring::Result<Option<Bytes>> {
    parts::read(&Item::of(service, username, Lasts::UntilDeleted))
}

pub(super) fn set(
    service: &str,
    username: &str,
    secret: &[u8],
    lasts: Lasts,
) -> keyring::Result<()> {
    parts::write(&Item::of(service, username, lasts), secret)
}

pub(super) fn delete(service: &str, username: &str) -> keyring::Result<()> {
    parts::delete(&Item::of(service, username, Lasts::UntilDeleted))
}

/// Returns what an error says of the whole Credential Manager.
pub(super) fn state_of(error: &keyring::Error) -> Option<KeyringState> {
    match error {
        // The crate knows one reason, ERROR_NO_SUCH_LOGON_SESSION.
        keyring::Error::NoStorageAccess(_) => Some(KeyringState::Absent(
            "Windows keeps no credentials for a session that nobody logged in to with a password",
        )),
        // It has no type for it: ERROR_ACCESS_DENIED.
        keyring::Error::PlatformFailure(cause) if cause.to_string() == "Windows error code 5" => {
            Some(KeyringState::Denied)
        }
        _ => None,
    }
}

/// The credentials that a secret may be in.
struct Item<'a> {
    service: &'a str,
    username: &'a str,
    lasts: Lasts,
}

impl<'a> Item<'a> {
    fn of(service: &'a str, username: &'a str, lasts: Lasts) -> Self {
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
            // Not found where records are searched for.
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
