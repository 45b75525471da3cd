//! The store that is not selected, and may hold something from before.

use super::context::{Context, PROTOCOL_LIMIT};
use super::error::Result;
use crate::store::{self, Backend, Patience, Slot, Store};

/// The store that is not selected.
pub(super) struct Unused {
    pub(super) store: Box<dyn Store>,
    /// What it holds, sorted.
    pub(super) slots: Vec<Slot>,
}

impl Unused {
    /// Looks into it.
    ///
    /// # Errors
    ///
    /// Any error of that store: it is then not known what it holds. What is missing holds nothing.
    pub(super) fn look(context: &Context<'_>) -> Result<Self> {
        let backend = match context.store.backend() {
            Backend::Keyring => Backend::File,
            Backend::File => Backend::Keyring,
        };
        let deadline = context.environment.deadline(PROTOCOL_LIMIT)?;
        let store = store::open(backend, context.environment, deadline, Patience::OfEachCall)?;
        let mut slots: Vec<_> = match store.read_all() {
            Ok(listed) => listed.into_iter().map(|listed| listed.slot).collect(),
            Err(error) if error.is_no_keyring() => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        slots.sort();
        Ok(Self { store, slots })
    }

    /// Says what it holds.
    pub(super) fn described(&self) -> String {
        let names: Vec<_> = self.slots.iter().map(Slot::described).collect();
        let place = self.store.backend().name();
        format!("the {place} still holds {}", names.join(", "))
    }
}
