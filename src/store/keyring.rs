//! The OS keyring: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
//!
//! Only this file and its reader for macOS and Windows name the keyring crate. Every call of it runs
//! on a thread of its own, as a collection with a prompter or a socket that never speaks hangs for
//! ever; past the deadline the process ends without joining it. The reader keeps to the deadline
//! itself.

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

    fn deadline(&self) -> Deadline {
        match self.unlocking {
            Unlocking::Never => self.deadline,
            // A person may have taken their time with the question before.
            Unlocking::MayPrompt => self.deadline.renewed(),
        }
    }

    /// Passes on what a locked keyring says, unless it may ask for its password.
    fn unless_prompted<T>(&self, result: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
        match result {
            Err(StoreError::Keyring(KeyringState::Locked))
                if self.unlocking == Unlocking::MayPrompt =>
            {
                Ok(None)
            }
            result => result.map(Some),
        }
    }
}

/// Runs `work`, which may hang, until the deadline.
pub(super) fn on_time<T: Send + 'static>(
    deadline: Deadline,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    deadline
        .run(work)
        .unwrap_or_else(|| Err(KeyringState::silent(deadline).into()))
}

impl Store for KeyringStore {
    fn backend(&self) -> Backend {
        Backend::Keyring
    }

    fn read(&self, slot: &Slot) -> Result<Option<Record>, StoreError> {
        let name = slot.name();
        let read = self.reader.read(SERVICE, &name, self.deadline());
        let text = match self.unless_prompted(read)? {
            Some(text) => text,
            None => on_time(self.deadline(), move || read_with_prompt(SERVICE, &name))?,
        };
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
        let texts = self.reader.read_all(SERVICE, self.deadline())?;
        // One that cannot be understood is named by a `get` for it; the others are listed all the same.
        Ok(texts
            .iter()
            .filter_map(|text| Record::from_json(text).ok())
            .collect())
    }

    fn write(&self, slot: &Slot, record: &Record) -> Result<(), StoreError> {
        let (name, text) = (slot.name(), record.to_json(slot));
        self.unless_prompted(self.check_writable())?;
        on_time(self.deadline(), move || {
            retried(|| entry(SERVICE, &name)?.set_secret(&text))
        })
    }

    fn check_writable(&self) -> Result<(), StoreError> {
        self.reader.check_writable(self.deadline())
    }

    fn remove(&self, slot: &Slot) -> Result<(), StoreError> {
        let name = slot.name();
        // Deleting what is locked prompts.
        if let Some(None) =
            self.unless_prompted(self.reader.read(SERVICE, &name, self.deadline()))?
        {
            return Ok(());
        }
        on_time(self.deadline(), move || {
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
