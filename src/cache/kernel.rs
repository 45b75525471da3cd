//! The persistent keyring of the Linux kernel: in its memory, this user's alone, each entry with a
//! time after which the kernel drops it. It is reached through the process's own keyring, as a session
//! has none where PAM did not make one.

use linux_keyutils::{KeyRing, KeyRingIdentifier};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// The most entries that are looked through.
const MOST: usize = 1000;

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
    for key in links.iter().filter_map(|link| link.as_key()) {
        if key
            .metadata()
            .is_ok_and(|metadata| metadata.get_description().starts_with(start))
        {
            let _ = key.invalidate();
        }
    }
}

fn ring() -> Option<KeyRing> {
    KeyRing::get_persistent(KeyRingIdentifier::Process).ok()
}
