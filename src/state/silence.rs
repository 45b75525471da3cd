//! Remembers for some seconds that the keyring did not answer.
//!
//! Clients ask repeatedly: a build asks about twenty times in a row, and each time would take a
//! whole deadline. So for some seconds the keyring gets only a moment to answer. As soon as it
//! answers, it gets the full time again.

use std::cell::Cell;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::store::{
    self, Backend, KeyringState, Listed, Patience, Record, Slot, Store, StoreError,
};
use crate::system::atomic_file;
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;
use crate::system::open::{self, Demand, USUAL_LIMIT};
use crate::system::runtime_folder;

/// How long this is remembered after a verb has waited in vain, in seconds.
const REMEMBERED_FOR: u64 = 10;

/// The time that the keyring gets meanwhile: several times what a busy one needs.
const MOMENT: Duration = Duration::from_millis(100);

/// Opens the store `backend` for a protocol verb.
///
/// # Errors
///
/// Those of [`store::open`].
pub fn open(
    backend: Backend,
    environment: &Environment,
    deadline: Deadline,
) -> Result<Box<dyn Store>, StoreError> {
    if backend == Backend::File {
        return store::open(backend, environment, deadline, Patience::OfTheVerb);
    }
    let note = Note::read(environment);
    let deadline = match note.is_fresh.get() {
        true => deadline.within(MOMENT),
        false => deadline,
    };
    let store = store::open(backend, environment, deadline, Patience::OfTheVerb)?;
    Ok(Box::new(Watched { store, note }))
}

/// The note: a file with the time until which it holds.
struct Note {
    path: Option<PathBuf>,
    now: u64,
    since: Instant,
    is_fresh: Cell<bool>,
}

impl Note {
    /// Reads the note. Without a state folder nothing is remembered.
    fn read(environment: &Environment) -> Self {
        let path = runtime_folder::open(environment)
            .map(|folder| folder.join("silent"))
            .ok();
        let text = path
            .as_ref()
            .and_then(|path| open::read_text(path, USUAL_LIMIT, Demand::Nothing).ok());
        let now = environment.now();
        let until = text.and_then(|text| text.trim().parse::<u64>().ok());
        // A time too far in the future comes from another clock.
        let is_fresh = until.is_some_and(|until| until > now && until <= now + REMEMBERED_FOR);
        Self {
            path,
            now,
            since: Instant::now(),
            is_fresh: Cell::new(is_fresh),
        }
    }

    /// Records what a result says about the keyring.
    fn take_down<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        let is_silent = matches!(
            result,
            Err(StoreError::Keyring(KeyringState::Silent { .. }))
        );
        let Some(path) = self
            .path
            .as_ref()
            .filter(|_| is_silent != self.is_fresh.get())
        else {
            return result;
        };
        let until = self.now + self.since.elapsed().as_secs() + REMEMBERED_FOR;
        // If the note is not written, the next run waits for another time than it should; no login
        // fails.
        let _ = match is_silent {
            true => atomic_file::replace(path, until.to_string().as_bytes()),
            false => std::fs::remove_file(path),
        };
        self.is_fresh.set(is_silent);
        result
    }
}

/// A store whose silence is recorded.
struct Watched {
    store: Box<dyn Store>,
    note: Note,
}

impl Store for Watched {
    fn backend(&self) -> Backend {
        self.store.backend()
    }

    fn read(&self, slot: &Slot) -> Result<Option<Record>, StoreError> {
        self.note.take_down(self.store.read(slot))
    }

    fn read_all(&self) -> Result<Vec<Listed>, StoreError> {
        self.note.take_down(self.store.read_all())
    }

    fn write(&self, slot: &Slot, record: &Record) -> Result<(), StoreError> {
        self.note.take_down(self.store.write(slot, record))
    }

    fn check_writable(&self) -> Result<(), StoreError> {
        self.note.take_down(self.store.check_writable())
    }

    fn remove(&self, slot: &Slot) -> Result<(), StoreError> {
        self.note.take_down(self.store.remove(slot))
    }

    fn unlock(&self) -> Result<(), StoreError> {
        self.note.take_down(self.store.unlock())
    }
}
