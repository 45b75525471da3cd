//! What every store can do.

use super::backend::Backend;
use super::error::StoreError;
use super::record::Record;
use super::slot::Slot;

/// A store for records. Every method ends before the verb's deadline.
pub trait Store {
    /// Returns the kind of store.
    fn backend(&self) -> Backend;

    /// Returns the record in `slot`, if there is one. Never prompts.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if that cannot be known.
    fn read(&self, slot: &Slot) -> Result<Option<Record>, StoreError>;

    /// Returns all records, including those that cannot be read. Never prompts.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if some records may be hidden.
    fn read_all(&self) -> Result<Vec<Listed>, StoreError>;

    /// Replaces the record in `slot` in one step, so that it is always either the old or the new
    /// one.
    ///
    /// # Errors
    ///
    /// [`StoreError`]. The old record is then unchanged.
    fn write(&self, slot: &Slot, record: &Record) -> Result<(), StoreError>;

    /// Checks that a record can be written now, without a prompt.
    ///
    /// # Errors
    ///
    /// The [`StoreError`] that a write would give.
    fn check_writable(&self) -> Result<(), StoreError>;

    /// Empties `slot`. An empty slot is not an error.
    ///
    /// # Errors
    ///
    /// [`StoreError`]. The record is then unchanged.
    fn remove(&self, slot: &Slot) -> Result<(), StoreError>;

    /// Unlocks the store if it is locked. The store may prompt, and this waits for the answer.
    ///
    /// # Errors
    ///
    /// [`StoreError`]. The store is then still locked.
    fn unlock(&self) -> Result<(), StoreError>;
}

/// One slot of a store.
#[derive(Debug)]
pub struct Listed {
    /// Its name.
    pub slot: Slot,
    /// The record, or why it cannot be read.
    pub record: Result<Record, StoreError>,
    /// How many items of the keyring hold this slot. The one that was changed last counts.
    pub copies: usize,
}

/// Returns the records of `all`. A damaged record is of no use to anybody and is left out.
///
/// # Errors
///
/// The first error of another kind.
pub fn readable(all: Vec<Listed>) -> Result<Vec<(Slot, Record)>, StoreError> {
    let mut records = Vec::new();
    for Listed { slot, record, .. } in all {
        match record {
            Ok(record) => records.push((slot, record)),
            Err(StoreError::DamagedRecord { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(records)
}

/// What the deadline applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// To the whole verb: a protocol verb.
    OfTheVerb,
    /// To each call: a verb for people, who may take their time to answer questions in between.
    OfEachCall,
}
