//! The OS keyring of a build that has none: as on a machine without one, the chain of providers goes on without it.

use super::{Backend, KeyringState, Record, Slot, Store, StoreError};

pub(super) struct AbsentKeyring;

impl AbsentKeyring {
    fn absent<T>() -> Result<T, StoreError> {
        Err(KeyringState::Absent("this build has no keyring support").into())
    }
}

impl Store for AbsentKeyring {
    fn backend(&self) -> Backend {
        Backend::Keyring
    }

    fn read(&self, _: &Slot) -> Result<Option<Record>, StoreError> {
        Self::absent()
    }

    fn read_all(&self) -> Result<Vec<(Slot, Record)>, StoreError> {
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
}
