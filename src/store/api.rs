//! What every store can do.

use super::backend::Backend;
use super::error::StoreError;
use super::record::Record;
use super::slot::Slot;

/// A place for records. Every method ends within the verb's deadline.
pub trait Store {
    /// Returns which one it is.
    fn backend(&self) -> Backend;

    /// Returns the record in `slot`, or `None` where nothing is. Never prompts.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] where the store cannot tell.
    fn read(&self, slot: &Slot) -> Result<Option<Record>, StoreError>;

    /// Returns all records, those too that cannot be read. Never prompts.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] where there may be some that are not seen.
    fn read_all(&self) -> Result<Vec<Listed>, StoreError>;

    /// Puts `record` in `slot`, in one step: afterwards there is the old or the new one.
    ///
    /// # Errors
    ///
    /// A [`StoreError`]; then the old record is still there.
    fn write(&self, slot: &Slot, record: &Record) -> Result<(), StoreError>;

    /// Tells whether a record can be written now, without a prompt.
    ///
    /// # Errors
    ///
    /// The [`StoreError`] that a write would meet.
    fn check_writable(&self) -> Result<(), StoreError>;

    /// Empties `slot`, also where nothing is in it.
    ///
    /// # Errors
    ///
    /// A [`StoreError`]; then the record is still there.
    fn remove(&self, slot: &Slot) -> Result<(), StoreError>;

    /// Opens what is locked, where that is so; the store may ask a person for it, and waits.
    ///
    /// # Errors
    ///
    /// A [`StoreError`]; then it is not open.
    fn unlock(&self) -> Result<(), StoreError>;
}

/// One slot of a store.
#[derive(Debug)]
pub struct Listed {
    /// Its name.
    pub slot: Slot,
    /// What is in it, or why that cannot be read.
    pub record: Result<Record, StoreError>,
    /// How often a keyring holds it; the one that was changed last counts.
    pub copies: usize,
}

/// Returns what could be read of `all`. What is damaged holds nothing that anybody could use, and is left out.
///
/// # Errors
///
/// Why another one cannot be read.
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

/// Which time the deadline is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// The whole verb's: a protocol verb.
    OfTheVerb,
    /// Each call's: a verb for people, who may take their time with a question before it.
    OfEachCall,
}
