//! The persistent keyring of the Linux kernel: in its memory, this user's alone, each entry with a
//! time after which the kernel drops it. It is reached through the process's own keyring, as a session
//! has none where PAM did not make one.

use linux_keyutils::{KeyError, KeyRing, KeyRingIdentifier, LinkNode};
use zeroize::Zeroizing;

use super::state::State;
use crate::model::secret::Secret;

/// Four times the most entries that a user's keyring has: root may have a million, others 200. The crate takes it for
/// bytes, of which an entry has four, and trusts the kernel's count beyond what it has read. Memory that is not read
/// into is only set aside.
const MOST: usize = 4_000_000;

/// Room for a login or a key, in bytes; a token has some 9 KB. The crate's own `read_to_vec` makes room
/// for 64 KB each time, and wiping that took longer than the rest of a `get`.
const USUAL_ENTRY: usize = 1024;

pub(super) fn get(name: &str) -> Option<Secret> {
    let key = ring()?.search(name).ok()?;
    let mut bytes = Zeroizing::new(vec![0; USUAL_ENTRY]);
    let mut length = key.read(&mut *bytes).ok()?;
    if length > bytes.len() {
        bytes = Zeroizing::new(vec![0; length]);
        length = key.read(&mut *bytes).ok()?;
    }
    // Another helper may have put a longer one there in between.
    std::str::from_utf8(bytes.get(..length)?)
        .ok()
        .map(Secret::from)
}

/// A full quota (20,000 bytes for a user) means that it is not kept.
pub(super) fn put(name: &str, entry: &Secret, seconds: u64) {
    let Some(key) = ring().and_then(|ring| ring.add_key(name, entry.expose()).ok()) else {
        return;
    };
    let timed = usize::try_from(seconds).is_ok_and(|seconds| key.set_timeout(seconds).is_ok());
    if !timed {
        let _ = key.invalidate();
    }
}

pub(super) fn forget(start: &str) {
    let Some(links) = ring().and_then(|ring| ring.get_links(MOST).ok()) else {
        return;
    };
    for link in links.iter().filter(|link| is_ours(link, start)) {
        if let Some(key) = link.as_key() {
            let _ = key.invalidate();
        }
    }
}

/// Keeps something of a login's size under the name `probe` for a moment, and counts what else is there.
pub(super) fn state(start: &str, probe: &str) -> State {
    let tried = || {
        let ring = KeyRing::get_persistent(KeyRingIdentifier::Process)?;
        let links = ring.get_links(MOST)?;
        let probe = ring.add_key(probe, &[b'-'; USUAL_ENTRY])?;
        let read = probe.read(&mut vec![0; USUAL_ENTRY]);
        let _ = probe.invalidate();
        read.map(|_| links.iter().filter(|link| is_ours(link, start)).count())
    };
    match tried() {
        Ok(entries) => State::Ready {
            entries: Some(entries),
        },
        Err(KeyError::QuotaExceeded) => State::Full,
        Err(error) => State::Unusable(format!("the kernel's keyring says {error}")),
    }
}

fn is_ours(link: &LinkNode, start: &str) -> bool {
    let metadata = link.as_key().and_then(|key| key.metadata().ok());
    metadata.is_some_and(|metadata| metadata.get_description().starts_with(start))
}

fn ring() -> Option<KeyRing> {
    KeyRing::get_persistent(KeyRingIdentifier::Process).ok()
}
