//! Stores a secret that is too long for one item in several items. A first item says how many there
//! are.
//!
//! An item of the Credential Manager holds 2,560 bytes, and a security token or an IAM token is
//! longer. The alternative, a file encrypted with DPAPI, would be a second place to search, lock
//! and clear, so the parts are in the same keyring. There are two sets of parts, `a` and `b`. A
//! write fills the unused set, and only then changes the first item to name it. So a reader always
//! finds the old or the new secret, and a write that is interrupted leaves the old one.

use keyring::{Error, Result};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::item::Bytes;

/// The limit of an item, in bytes: `CRED_MAX_CREDENTIAL_BLOB_SIZE`.
const MOST: usize = 5 * 512;

/// The start of a first item that names parts. A record starts with a brace.
const MARK: &str = "docker-credential-swr parts";

/// How often a read is repeated because somebody wrote in the meantime.
const ATTEMPTS: usize = 3;

/// The items that one secret can be stored in.
pub(super) trait Items {
    /// Returns the contents of an item: of the first one, or of the part `piece`.
    fn get(&self, piece: Option<&str>) -> Result<Option<Bytes>>;

    /// Stores the contents of an item.
    fn set(&self, piece: Option<&str>, secret: &[u8]) -> Result<()>;

    /// Deletes an item, if it exists.
    fn delete(&self, piece: Option<&str>) -> Result<()>;
}

/// Returns the secret, if there is one.
pub(super) fn read(items: &impl Items) -> Result<Option<Bytes>> {
    for _ in 0..ATTEMPTS {
        let Some(first) = items.get(None)? else {
            return Ok(None);
        };
        let Some(parts) = Parts::of_first(&first) else {
            return Ok(Some(first));
        };
        if let Some(whole) = parts.read(items)? {
            return Ok(Some(whole));
        }
    }
    Err(Error::BadStoreFormat("a part of it is missing".into()))
}

/// Stores the secret.
pub(super) fn write(items: &impl Items, secret: &[u8]) -> Result<()> {
    let old = items.get(None)?.and_then(|first| Parts::of_first(&first));
    if secret.len() <= MOST {
        items.set(None, secret)?;
    } else {
        let parts = Parts {
            set: if old.as_ref().is_some_and(|old| old.set == 'a') {
                'b'
            } else {
                'a'
            },
            count: secret.len().div_ceil(MOST),
            digest: hex::encode(Sha256::digest(secret)),
        };
        let write = || {
            for (name, piece) in parts.names().zip(secret.chunks(MOST)) {
                items.set(Some(&name), piece)?;
            }
            items.set(None, parts.first().as_bytes())
        };
        write().inspect_err(|_| parts.delete(items))?;
    }
    if let Some(old) = old {
        old.delete(items);
    }
    Ok(())
}

/// Deletes the secret, if there is one.
pub(super) fn delete(items: &impl Items) -> Result<()> {
    let old = items.get(None)?.and_then(|first| Parts::of_first(&first));
    items.delete(None)?;
    if let Some(old) = old {
        old.delete(items);
    }
    Ok(())
}

/// What the first item says about the parts.
struct Parts {
    set: char,
    count: usize,
    digest: String,
}

impl Parts {
    fn of_first(first: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(first).ok()?.strip_prefix(MARK)?;
        let mut words = text.split_whitespace();
        Some(Self {
            set: words.next()?.parse().ok()?,
            count: words.next()?.parse().ok()?,
            digest: words.next()?.to_owned(),
        })
    }

    fn first(&self) -> String {
        format!("{MARK} {} {} {}", self.set, self.count, self.digest)
    }

    fn names(&self) -> impl Iterator<Item = String> {
        (0..self.count).map(|number| format!("{}{number}", self.set))
    }

    /// Returns the secret, or `None` if the parts do not belong together, for example because
    /// another write replaced them.
    fn read(&self, items: &impl Items) -> Result<Option<Bytes>> {
        let mut whole = Zeroizing::new(Vec::with_capacity(self.count * MOST));
        for name in self.names() {
            match items.get(Some(&name))? {
                Some(piece) => whole.extend_from_slice(&piece),
                None => return Ok(None),
            }
        }
        let is_whole = hex::encode(Sha256::digest(&*whole)) == self.digest;
        Ok(is_whole.then_some(whole))
    }

    /// Deletes the parts. A part that stays does no harm, since nothing names it.
    fn delete(&self, items: &impl Items) {
        for name in self.names() {
            let _ = items.delete(Some(&name));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;

    use super::*;

    /// Items in memory. After a number of writes, the next one fails.
    #[derive(Default)]
    struct Memory {
        items: RefCell<BTreeMap<Option<String>, Vec<u8>>>,
        writes_left: Cell<Option<usize>>,
    }

    impl Items for Memory {
        fn get(&self, piece: Option<&str>) -> Result<Option<Bytes>> {
            let items = self.items.borrow();
            Ok(items
                .get(&piece.map(str::to_owned))
                .cloned()
                .map(Bytes::from))
        }

        fn set(&self, piece: Option<&str>, secret: &[u8]) -> Result<()> {
            assert!(secret.len() <= MOST);
            match self.writes_left.get() {
                Some(0) => return Err(Error::NoEntry),
                left => self.writes_left.set(left.map(|left| left - 1)),
            }
            let piece = piece.map(str::to_owned);
            self.items.borrow_mut().insert(piece, secret.to_owned());
            Ok(())
        }

        fn delete(&self, piece: Option<&str>) -> Result<()> {
            self.items.borrow_mut().remove(&piece.map(str::to_owned));
            Ok(())
        }
    }

    fn secret(length: usize) -> Vec<u8> {
        (0..length).map(|number| (number % 251) as u8).collect()
    }

    #[track_caller]
    fn holds(memory: &Memory, expected: &[u8]) {
        let found = read(memory).expect("readable").expect("there");
        assert_eq!(*found, expected);
    }

    #[test]
    fn a_secret_of_any_length_is_stored_found_and_removed() {
        let memory = Memory::default();
        assert!(read(&memory).expect("readable").is_none());
        for length in [0, 10, MOST, MOST + 1, 5 * MOST, 9000, 3 * MOST, 70_000, 1] {
            write(&memory, &secret(length)).expect("written");
            holds(&memory, &secret(length));
            let needed = if length <= MOST {
                1
            } else {
                1 + length.div_ceil(MOST)
            };
            assert_eq!(memory.items.borrow().len(), needed, "{length}");
        }
        write(&memory, &secret(9000)).expect("written");
        delete(&memory).expect("deleted");
        assert!(memory.items.borrow().is_empty());
        delete(&memory).expect("nothing to do");
    }

    #[test]
    fn a_failed_write_leaves_the_old_secret() {
        for old in [100, 6000] {
            let memory = Memory::default();
            write(&memory, &secret(old)).expect("written");
            let before = memory.items.borrow().clone();
            for writes in 0..5 {
                memory.writes_left.set(Some(writes));
                write(&memory, &secret(9000)).expect_err("no more writes");
                assert_eq!(*memory.items.borrow(), before, "{old} {writes}");
            }
        }
    }

    #[test]
    fn pieces_of_two_writes_are_no_secret() {
        let memory = Memory::default();
        write(&memory, &secret(6000)).expect("written");
        memory.set(Some("a1"), b"other").expect("written");
        assert!(read(&memory).is_err());
        memory.delete(Some("a1")).expect("deleted");
        assert!(read(&memory).is_err());
    }
}
