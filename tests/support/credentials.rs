//! The Credential Manager of a Windows that is there for tests.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use keyring_core::Entry;

use super::{skip, told};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The credentials of the helper under test; removed on drop.
pub(crate) struct Own {
    _one_at_a_time: MutexGuard<'static, ()>,
}

/// One credential.
#[derive(Debug)]
pub(crate) struct Credential {
    pub(crate) target: String,
    pub(crate) persistence: String,
    pub(crate) secret: Vec<u8>,
    username: String,
    service: String,
}

/// Returns the Credential Manager for this test alone; skips the test aloud if it belongs to a real
/// user.
pub(crate) fn own() -> Option<Own> {
    if told("SWR_TEST_OWN_KEYRING").is_none() {
        skip("SWR_TEST_OWN_KEYRING does not say that this user's credentials are there for tests");
        return None;
    }
    let guard = ONE_AT_A_TIME.lock();
    assert!(keyring::Entry::store_status().is_ok());
    let own = Own {
        _one_at_a_time: guard.unwrap_or_else(std::sync::PoisonError::into_inner),
    };
    own.clear();
    Some(own)
}

impl Own {
    /// Returns all credentials that the helper made, parts and caches among them.
    pub(crate) fn all(&self) -> Vec<Credential> {
        let query = HashMap::from([("pattern", r"\.docker-credential-swr[a-z-]*$")]);
        let mut all: Vec<_> = Entry::search(&query)
            .unwrap()
            .iter()
            .map(Credential::of)
            .collect();
        all.sort_by(|one, other| one.target.cmp(&other.target));
        all
    }

    /// Adds an item that the helper did not write.
    pub(crate) fn put(&self, name: &str, secret: &[u8]) {
        let entry = Entry::new("docker-credential-swr", name).unwrap();
        entry.set_secret(secret).unwrap();
    }

    fn clear(&self) {
        for one in self.all() {
            let _ = Entry::new(&one.service, &one.username)
                .unwrap()
                .delete_credential();
        }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Credential {
    fn of(entry: &Entry) -> Self {
        let (service, username) = entry.get_specifiers().unwrap();
        Self {
            target: format!("{username}.{service}"),
            persistence: entry.get_attributes().unwrap()["persistence"].clone(),
            secret: entry.get_secret().unwrap(),
            username,
            service,
        }
    }

    /// Returns its target and its persistence.
    pub(crate) fn without_secret(&self) -> (&str, &str) {
        (&self.target, &self.persistence)
    }
}
