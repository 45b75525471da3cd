//! The cache in the platform's keyring, for systems whose kernel has none. It is a single item, so
//! that a look-up is one read and no search.

use std::time::Duration;

use super::item;
use super::state::State;
use crate::model::secret::Secret;
use crate::state::notes;
use crate::store::cache;
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;
use crate::system::runtime_folder::{self, Locked};

/// If the keyring is slower than the API, caching in it is pointless.
const LONGEST: Duration = Duration::from_secs(1);

pub(super) struct Place<'a> {
    environment: &'a Environment,
    name: String,
    deadline: Deadline,
}

impl<'a> Place<'a> {
    pub(super) fn open(environment: &'a Environment, namespace: &str, deadline: Deadline) -> Self {
        Self {
            environment,
            name: namespace.to_owned(),
            deadline,
        }
    }

    pub(super) fn get(&self, name: &str, now: u64) -> Option<Secret> {
        let item = cache::read(&self.name, self.soon()).ok()?;
        item::find(item.expose(), name, now)
    }

    pub(super) fn put(&self, name: &str, text: &Secret, now: u64, until: u64) {
        // Without the lock, another helper's entry could be lost.
        let Locked::Ours(_lock) = self.lock() else {
            return;
        };
        if let Ok(item) = cache::read(&self.name, self.soon()) {
            let item = item::with(item.expose(), name, text, now, until);
            // A value that is not cached is requested again.
            let _ = cache::write(&self.name, item, self.soon());
        }
    }

    pub(super) fn forget(&self, starts: &[String], now: u64) {
        // Without the key that makes the names, nothing was ever cached.
        if !notes::has_key(self.environment) {
            return;
        }
        let _lock = self.lock();
        if let Ok(item) = cache::read(&self.name, self.soon())
            && let Some(left) = item::without(item.expose(), starts, now)
        {
            let _ = cache::write(&self.name, left, self.soon());
        }
    }

    pub(super) fn state(&self, now: u64) -> State {
        let tried = cache::check(self.soon()).and_then(|()| cache::read(&self.name, self.soon()));
        match tried {
            Ok(item) => State::Ready {
                entries: Some(item::count(item.expose(), now)),
            },
            Err(error) => State::Unusable(error.to_string()),
        }
    }

    fn lock(&self) -> Locked {
        runtime_folder::lock(self.environment, "cache", self.soon())
    }

    fn soon(&self) -> Deadline {
        self.deadline.within(LONGEST)
    }
}
