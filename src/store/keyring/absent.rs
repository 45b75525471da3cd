//! The keyring of a build without one. The chain of providers goes on, as on a machine without a
//! keyring.

use super::api::{Listed, Patience, Store};
use super::backend::Backend;
use super::error::{KeyringState, StoreError};
use super::record::Record;
use super::slot::Slot;
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;

pub(super) struct KeyringStore;

impl KeyringStore {
    pub(super) fn new(_: &Environment, _: Deadline, _: Patience) -> Self {
        Self
    }

    fn absent<T>() -> Result<T, StoreError> {
        Err(KeyringState::Absent("this build has no keyring support").into())
    }
}

impl Store for KeyringStore {
    fn backend(&self) -> Backend {
        Backend::Keyring
    }

    fn read(&self, _: &Slot) -> Result<Option<Record>, StoreError> {
        Self::absent()
    }

    fn read_all(&self) -> Result<Vec<Listed>, StoreError> {
        Self::absent()
    }

    fn write(&self, _: &Slot, _: &Record) -> Result<(), StoreError> {
        Self::absent()
    }

    fn check_writable(&self) -> Result<(), StoreError> {
        Self::absent()
    }

    fn remove(&self, _: &Slot) -> Result<(), StoreError> {
        Self::absent()
    }

    fn unlock(&self) -> Result<(), StoreError> {
        Self::absent()
    }
}
