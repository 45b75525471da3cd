//! The OS keyring: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
//!
//! Only this file and its reader for macOS and Windows name the keyring crate. Every call runs on a thread of its own, as
//! a collection with a prompter or a socket that never speaks hangs for ever; past the deadline the
//! process ends without joining it.

use keyring::Entry;
use zeroize::Zeroizing;

use super::reader::Reader;
use super::{Backend, Bytes, KeyringState, Record, Slot, Store, StoreError, Unlocking};
use crate::environment::{Deadline, Environment};

/// The `service` of every item; its `username` is the slot's name.
const SERVICE: &str = "docker-credential-swr";

/// How often a write begins anew because an item vanished under it.
const ATTEMPTS: usize = 3;

pub(super) struct KeyringStore {
    deadline: Deadline,
    unlocking: Unlocking,
    reader: Reader,
}

impl KeyringStore {
    pub(super) fn new(environment: &Environment, deadline: Deadline, unlocking: Unlocking) -> Self {
        Self {
            deadline,
            unlocking,
            reader: Reader::new(environment),
        }
    }

    fn on_time<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let deadline = match self.unlocking {
            Unlocking::Never => self.deadline,
            // A person may have taken their time with the question before.
            Unlocking::MayPrompt => self.deadline.renewed(),
        };
        let silent = KeyringState::Silent {
            seconds: deadline.limit().as_secs(),
        };
        deadline.run(work).unwrap_or(Err(silent.into()))
    }
}

impl Store for KeyringStore {
    fn backend(&self) -> Backend {
        Backend::Keyring
    }

    fn read(&self, slot: &Slot) -> Result<Option<Record>, StoreError> {
        let (reader, name, unlocking) = (self.reader.clone(), slot.name(), self.unlocking);
        let text = self.on_time(move || match reader.read(SERVICE, &name) {
            Err(StoreError::Keyring(KeyringState::Locked)) if unlocking == Unlocking::MayPrompt => {
                read_with_prompt(SERVICE, &name)
            }
            result => result,
        })?;
        match text.map(|text| Record::from_json(&text)) {
            None => Ok(None),
            Some(Ok((named, record))) if named == *slot => Ok(Some(record)),
            Some(_) => {
                let place = "the keyring".to_owned();
                Err(StoreError::DamagedRecord {
                    slot: slot.described(),
                    place,
                })
            }
        }
    }

    fn read_all(&self) -> Result<Vec<(Slot, Record)>, StoreError> {
        let reader = self.reader.clone();
        let texts = self.on_time(move || reader.read_all(SERVICE))?;
        // One that cannot be understood is named by a `get` for it; the others are listed all the same.
        Ok(texts
            .iter()
            .filter_map(|text| Record::from_json(text).ok())
            .collect())
    }

    fn write(&self, slot: &Slot, record: &Record) -> Result<(), StoreError> {
        let (reader, name, unlocking) = (self.reader.clone(), slot.name(), self.unlocking);
        let text = record.to_json(slot);
        self.on_time(move || {
            match reader.check_writable() {
                Err(StoreError::Keyring(KeyringState::Locked))
                    if unlocking == Unlocking::MayPrompt => {}
                result => result?,
            }
            retried(|| entry(SERVICE, &name)?.set_secret(&text))
        })
    }

    fn check_writable(&self) -> Result<(), StoreError> {
        let reader = self.reader.clone();
        self.on_time(move || reader.check_writable())
    }

    fn remove(&self, slot: &Slot) -> Result<(), StoreError> {
        let (reader, name, unlocking) = (self.reader.clone(), slot.name(), self.unlocking);
        self.on_time(move || {
            match reader.read(SERVICE, &name) {
                // Deleting what is locked prompts.
                Err(StoreError::Keyring(KeyringState::Locked))
                    if unlocking == Unlocking::MayPrompt => {}
                Ok(None) => return Ok(()),
                Ok(Some(_)) => {}
                Err(error) => return Err(error),
            }
            retried(|| match entry(SERVICE, &name)?.delete_credential() {
                Err(keyring::Error::NoEntry) => Ok(()),
                result => result,
            })
        })
    }
}

/// Reads through the keyring crate, which lets the keyring ask for its password.
pub(super) fn read_with_prompt(service: &str, username: &str) -> Result<Option<Bytes>, StoreError> {
    match entry(service, username).and_then(|entry| entry.get_secret()) {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(keyring::Error::NoEntry) => Ok(None),
        Err(error) => Err(store_error(error)),
    }
}

/// Opens the store that the platform has, as the first use of an entry would.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(super) fn open_platform_store() -> Result<(), StoreError> {
    match Entry::store_status() {
        Ok(()) => Ok(()),
        Err(_) => Err(store_error(keyring::Error::NoDefaultStore)),
    }
}

fn entry(service: &str, username: &str) -> keyring::Result<Entry> {
    Entry::new(service, username)
}

/// Writes anew where an item was deleted between the crate's search and its write.
fn retried(write: impl Fn() -> keyring::Result<()>) -> Result<(), StoreError> {
    let mut attempt = 1;
    loop {
        match write() {
            Ok(()) => return Ok(()),
            Err(error) if attempt < ATTEMPTS && has_vanished(&error) => attempt += 1,
            Err(error) => return Err(store_error(error)),
        }
    }
}

fn has_vanished(error: &keyring::Error) -> bool {
    let keyring::Error::PlatformFailure(cause) = error else {
        return false;
    };
    let text = cause.to_string();
    ["UnknownMethod", "UnknownObject", "NoSuchObject"]
        .iter()
        .any(|name| text.contains(name))
}

/// Never prints an error as `Debug`: `BadEncoding` and `BadDataFormat` hold the secret's bytes.
fn store_error(error: keyring::Error) -> StoreError {
    match error {
        keyring::Error::NoStorageAccess(_) => KeyringState::Denied.into(),
        // The crate keeps the cause of a failed connection to itself until it is asked.
        keyring::Error::NoDefaultStore => match Entry::store_status() {
            Err(keyring::Error::PlatformFailure(cause)) => {
                StoreError::KeyringFailed(cause.to_string())
            }
            _ => StoreError::KeyringFailed("it could not be opened".into()),
        },
        keyring::Error::PlatformFailure(cause) => StoreError::KeyringFailed(cause.to_string()),
        keyring::Error::TooLong(what, limit) => StoreError::KeyringFailed(format!(
            "the {what} is longer than the {limit} bytes it takes"
        )),
        keyring::Error::Ambiguous(_) => StoreError::KeyringFailed(
            "it holds the record more than once; delete one of the two there".into(),
        ),
        _ => StoreError::KeyringFailed("it holds something that is not a record".into()),
    }
}
