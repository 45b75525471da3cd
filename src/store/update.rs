//! Changes of a record that no other helper's change is lost by.

use super::api::Store;
use super::error::StoreError;
use super::record::Record;
use super::slot::Slot;
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;
use crate::system::runtime_folder::{self, Locked};

/// Reads the record in `slot`, hands it to `change` and writes what that made of it, all under the
/// advisory lock, so that no other helper's change is lost. An unchanged record is not written, an
/// empty one is removed.
///
/// # Errors
///
/// The store's, and whatever `change` gives.
pub fn update<T, E: From<StoreError>>(
    store: &dyn Store,
    environment: &Environment,
    deadline: Deadline,
    slot: &Slot,
    change: impl FnOnce(&mut Record) -> Result<T, E>,
) -> Result<T, E> {
    let _lock = match runtime_folder::lock(environment, "store", deadline) {
        Locked::Busy => {
            return Err(StoreError::Busy {
                seconds: deadline.limit().as_secs(),
            }
            .into());
        }
        // Without a folder to keep it in there is none: losing a race is better than no login at all.
        lock => lock,
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
