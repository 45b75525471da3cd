//! Changes a record without losing the change of another run.

use std::fs::File;
use std::io;

use super::api::Store;
use super::backend::Backend;
use super::error::StoreError;
use super::file;
use super::record::Record;
use super::slot::Slot;
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;
use crate::system::error::SystemError;
use crate::system::runtime_folder::{self, Locked};

/// Reads the record in `slot`, calls `change` with it and writes the result, all under an advisory
/// lock, so that no change of another run is lost. An unchanged record is not written, and an empty
/// one is removed.
///
/// # Errors
///
/// Any error of the store or of `change`.
pub fn update<T, E: From<StoreError>>(
    store: &dyn Store,
    environment: &Environment,
    deadline: Deadline,
    slot: &Slot,
    change: impl FnOnce(&mut Record) -> Result<T, E>,
) -> Result<T, E> {
    let _lock = lock(store, environment, deadline)?;
    let before = store.read(slot)?.unwrap_or_default();
    let mut after = before.clone();
    let result = change(&mut after)?;
    if after == before {
        return Ok(result);
    }
    if after.is_empty() {
        store.remove(slot)?
    } else {
        store.write(slot, &after)?
    }
    Ok(result)
}

/// Removes the record in `slot` under the same lock, even a damaged one. Returns whether there was
/// one.
///
/// # Errors
///
/// The store's.
pub fn remove(
    store: &dyn Store,
    environment: &Environment,
    deadline: Deadline,
    slot: &Slot,
) -> Result<bool, StoreError> {
    let _lock = lock(store, environment, deadline)?;
    let was_there = !matches!(store.read(slot), Ok(None));
    store.remove(slot)?;
    Ok(was_there)
}

/// Waits for the lock. Without it nothing is written, because the change of another run could be
/// lost.
fn lock(
    store: &dyn Store,
    environment: &Environment,
    deadline: Deadline,
) -> Result<File, StoreError> {
    environment.check_home()?;
    let path = match store.backend() {
        Backend::File => file::lock_path(environment)?,
        Backend::Keyring => match runtime_folder::open(environment) {
            Ok(folder) => folder.join("store.lock"),
            Err(source) => return Err(no_lock(environment, source)),
        },
    };
    match runtime_folder::lock_file(&path, deadline) {
        Locked::Ours(lock) => Ok(lock),
        Locked::Busy => Err(StoreError::Busy {
            seconds: deadline.limit().as_secs(),
        }),
        Locked::Impossible(source) => Err(SystemError::file("lock", &path, source).into()),
    }
}

fn no_lock(environment: &Environment, source: io::Error) -> StoreError {
    match environment.state_folder() {
        Ok(folder) => SystemError::file("keep a lock in", &folder, source).into(),
        Err(error) => error.into(),
    }
}
