//! The persistent keyring of the Linux kernel. It is in memory, belongs to this user, and drops
//! each entry when it expires. It is reached through the keyring of the process, because a session
//! has no keyring if PAM did not create one.

use std::marker::PhantomData;

use linux_keyutils::{KeyError, KeyRing, KeyRingIdentifier, LinkNode};
use zeroize::Zeroizing;

use super::state::State;
use crate::model::secret::Secret;
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;

/// Four times the largest number of entries that a user can have: a million for root, 200 for
/// others. The crate takes this as bytes, of which an entry has four, and trusts the kernel's count
/// beyond what it has read. Memory that is never touched costs nothing.
const MOST: usize = 4_000_000;

/// The usual size of an entry's buffer, in bytes; a login or a key fits, a token has about 9 KB.
/// The crate's own `read_to_vec` allocates 64 KB each time, and wiping that took longer than the
/// rest of a `get`.
const USUAL_ENTRY: usize = 1024;

pub(super) struct Place<'a> {
    /// The start of the names of this user's entries.
    start: String,
    environment: PhantomData<&'a Environment>,
}

impl<'a> Place<'a> {
    pub(super) fn open(_: &'a Environment, namespace: &str, _: Deadline) -> Self {
        Self {
            start: format!("docker-credential-swr:{namespace}:"),
            environment: PhantomData,
        }
    }

    pub(super) fn get(&self, name: &str, now: u64) -> Option<Secret> {
        let key = ring()?.search(&self.full(name)).ok()?;
        let mut bytes = Zeroizing::new(vec![0; USUAL_ENTRY]);
        let mut length = key.read(&mut *bytes).ok()?;
        if length > bytes.len() {
            bytes = Zeroizing::new(vec![0; length]);
            length = key.read(&mut *bytes).ok()?;
        }
        // Another helper may have stored a longer entry in the meantime.
        let entry = std::str::from_utf8(bytes.get(..length)?).ok()?;
        let (until, text) = entry.split_once(' ')?;
        (until.parse::<u64>().ok()? > now).then(|| text.into())
    }

    /// If the quota is full (20,000 bytes for a user), the value is not cached.
    pub(super) fn put(&self, name: &str, text: &Secret, now: u64, until: u64) {
        let entry = Secret::new(format!("{until} {}", text.expose()));
        let key = ring().and_then(|ring| ring.add_key(&self.full(name), entry.expose()).ok());
        let Some(key) = key else {
            return;
        };
        let seconds = usize::try_from(until - now);
        if !seconds.is_ok_and(|seconds| key.set_timeout(seconds).is_ok()) {
            let _ = key.invalidate();
        }
    }

    /// The kernel drops expired entries itself.
    pub(super) fn forget(&self, starts: &[String], _now: u64) {
        let Some(links) = ring().and_then(|ring| ring.get_links(MOST).ok()) else {
            return;
        };
        let starts: Vec<_> = starts.iter().map(|start| self.full(start)).collect();
        for link in links.iter().filter(|link| is_one(link, &starts)) {
            if let Some(key) = link.as_key() {
                let _ = key.invalidate();
            }
        }
    }

    /// Stores an entry the size of a login for a moment, and counts the others.
    pub(super) fn state(&self, _now: u64) -> State {
        // The name has the process ID, so that two checks at the same time do not disturb each
        // other.
        let probe = self.full(&format!("probe-{}", std::process::id()));
        let start = [self.full("")];
        let tried = || {
            let ring = KeyRing::get_persistent(KeyRingIdentifier::Process)?;
            let links = ring.get_links(MOST)?;
            let probe = ring.add_key(&probe, &[b'-'; USUAL_ENTRY])?;
            let read = probe.read(&mut vec![0; USUAL_ENTRY]);
            let _ = probe.invalidate();
            read.map(|_| links.iter().filter(|link| is_one(link, &start)).count())
        };
        match tried() {
            Ok(entries) => State::Ready {
                entries: Some(entries),
            },
            Err(KeyError::QuotaExceeded) => State::Full,
            Err(error) => State::Unusable(format!("the kernel's keyring says {error}")),
        }
    }

    fn full(&self, name: &str) -> String {
        format!("{}{name}", self.start)
    }
}

fn is_one(link: &LinkNode, starts: &[String]) -> bool {
    let metadata = link.as_key().and_then(|key| key.metadata().ok());
    metadata.is_some_and(|metadata| {
        let name = metadata.get_description();
        starts.iter().any(|start| name.starts_with(start))
    })
}

fn ring() -> Option<KeyRing> {
    KeyRing::get_persistent(KeyRingIdentifier::Process).ok()
}
