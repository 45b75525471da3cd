//! The OS keyring: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.

#[cfg(target_os = "linux")]
mod address;
#[cfg(target_os = "linux")]
mod bus;
#[cfg(target_os = "linux")]
mod bus_error;
#[cfg(target_os = "linux")]
mod call;
#[cfg(target_os = "linux")]
mod fault;
mod item;
#[cfg(target_os = "linux")]
mod message;
#[cfg(any(windows, test))]
mod parts;
#[cfg_attr(target_os = "linux", path = "secret_service.rs")]
#[cfg_attr(not(target_os = "linux"), path = "native.rs")]
mod platform;
#[cfg(target_os = "linux")]
mod service;
#[cfg(any(not(target_os = "linux"), test))]
mod status;
#[cfg(target_os = "linux")]
mod view;

use std::collections::BTreeMap;

#[cfg(target_os = "linux")]
pub(super) use address::sockets;
use platform::Keyring;
#[cfg(all(feature = "cloud", not(target_os = "linux")))]
pub(crate) use platform::cache;

use super::api::{Listed, Patience, Store};
use super::backend::Backend;
use super::error::StoreError;
use super::record::Record;
use super::slot::Slot;
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;

/// The attribute `service` of every item. The attribute `username` is the slot's name.
const SERVICE: &str = "docker-credential-swr";

/// The keyring as a store.
pub(super) struct KeyringStore {
    keyring: Keyring,
    deadline: Deadline,
    patience: Patience,
}

impl KeyringStore {
    pub(super) fn new(environment: &Environment, deadline: Deadline, patience: Patience) -> Self {
        Self {
            keyring: Keyring::new(environment),
            deadline,
            patience,
        }
    }

    fn deadline(&self) -> Deadline {
        match self.patience {
            Patience::OfTheVerb => self.deadline,
            Patience::OfEachCall => self.deadline.renewed(),
        }
    }
}

impl Store for KeyringStore {
    fn backend(&self) -> Backend {
        Backend::Keyring
    }

    fn read(&self, slot: &Slot) -> Result<Option<Record>, StoreError> {
        let text = self.keyring.read(SERVICE, &slot.name(), self.deadline())?;
        match text.map(|text| Record::from_json(&text)) {
            None => Ok(None),
            Some(Ok((named, record))) if named == *slot => Ok(Some(record)),
            Some(_) => Err(damaged(slot)),
        }
    }

    fn read_all(&self) -> Result<Vec<Listed>, StoreError> {
        let mut found: BTreeMap<Slot, Listed> = BTreeMap::new();
        let tells_its_name = |secret: &[u8]| Record::from_json(secret).is_ok();
        for item in self
            .keyring
            .read_all(SERVICE, self.deadline(), tells_its_name)?
        {
            let (slot, record) = match (
                item.username,
                item.secret.map(|secret| Record::from_json(&secret)),
            ) {
                (_, Ok(Ok((slot, record)))) => (slot, Ok(record)),
                // An item without a username, which cannot be named.
                (None, _) => continue,
                (Some(name), Ok(Err(_))) => {
                    let slot = Slot::of_name(&name);
                    let error = damaged(&slot);
                    (slot, Err(error))
                }
                (Some(name), Err(error)) => (Slot::of_name(&name), Err(error)),
            };
            match found.get_mut(&slot) {
                Some(listed) => listed.copies += 1,
                None => drop(found.insert(
                    slot.clone(),
                    Listed {
                        slot,
                        record,
                        copies: 1,
                    },
                )),
            }
        }
        let mut all: Vec<_> = found.into_values().collect();
        for listed in all.iter_mut().filter(|listed| listed.copies > 1) {
            listed.record = self.read(&listed.slot).map(Option::unwrap_or_default);
        }
        // What is left of an item whose daemon deletes nothing without a prompt.
        all.retain(|listed| !listed.record.as_ref().is_ok_and(Record::is_empty));
        Ok(all)
    }

    fn write(&self, slot: &Slot, record: &Record) -> Result<(), StoreError> {
        self.keyring.write(
            SERVICE,
            &slot.name(),
            &record.to_json(slot),
            self.deadline(),
        )
    }

    fn check_writable(&self) -> Result<(), StoreError> {
        self.keyring.check_writable(self.deadline())
    }

    fn remove(&self, slot: &Slot) -> Result<(), StoreError> {
        let blank = Record::default().to_json(slot);
        self.keyring
            .remove(SERVICE, &slot.name(), &blank, self.deadline())
    }

    fn unlock(&self) -> Result<(), StoreError> {
        self.keyring.unlock(SERVICE, self.deadline())
    }
}

fn damaged(slot: &Slot) -> StoreError {
    StoreError::DamagedRecord {
        slot: slot.described(),
        place: "the keyring".to_owned(),
    }
}
