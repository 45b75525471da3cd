//! Changes a record without losing the change of another run.

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
    environment.check_home().map_err(StoreError::from)?;
    let path = match store.backend() {
        Backend::File => file::lock_path(environment)?,
        Backend::Keyring => match runtime_folder::open(environment) {
            Ok(folder) => folder.join("store.lock"),
            Err(source) => return Err(no_lock(environment, source).into()),
        },
    };
    let _lock = match runtime_folder::lock_file(&path, deadline) {
        Locked::Busy => {
            return Err(StoreError::Busy {
                seconds: deadline.limit().as_secs(),
            }
            .into());
        }
        // Without a lock nothing is written, because the change of another run could be lost.
        Locked::Impossible(source) => {
            return Err(StoreError::from(SystemError::file("lock", &path, source)).into());
        }
        Locked::Ours(lock) => lock,
    };
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

fn no_lock(environment: &Environment, source: io::Error) -> StoreError {
    match environment.state_folder() {
        Ok(folder) => SystemError::file("keep a lock in", &folder, source).into(),
        Err(error) => error.into(),
    }
}
