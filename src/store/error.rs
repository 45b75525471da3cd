//! Errors of the stores and of the keyring.

use std::path::PathBuf;

use super::daemon::Daemon;
#[cfg(feature = "keyring")]
use crate::system::deadline::Deadline;
use crate::system::error::SystemError;

/// The state of a keyring that is not ready.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringState {
    /// The daemon runs and has no collection yet, because nobody ever unlocked it.
    #[error("the keyring has no collection yet, so nothing can be stored in it")]
    Empty,
    /// The collection that holds or could hold the record is locked.
    #[error("the keyring is locked")]
    Locked(Daemon),
    /// It should have been unlocked, and nobody answered its prompt, or no program can show one.
    #[error("the keyring is still locked")]
    StillLocked(Daemon),
    /// It is unlocked, but asks a person about each program that reads from it.
    #[error("the keyring wants to confirm each access")]
    Unconfirmed(Daemon),
    /// Somebody denied the access.
    #[error("the keyring denied access")]
    Denied,
    /// There is no keyring.
    #[error("there is no OS keyring here: {0}")]
    Absent(&'static str),
    /// There is an address, and nobody listens there.
    #[error("cannot reach the keyring: nothing listens at the address of the D-Bus session bus")]
    Dead,
    /// The bus belongs to another user.
    #[error("the D-Bus session bus belongs to user {owner}, so it is not used")]
    Foreign {
        /// The user ID of its owner.
        owner: u32,
    },
    /// The address of the bus is malformed; the text names the variable and the mistake.
    #[error("cannot reach the keyring: {0}")]
    Address(String),
    /// The address of the bus uses a transport other than a unix socket.
    #[error("the D-Bus session bus uses the transport `{0}`, and only `unix` is supported")]
    Unsupported(String),
    /// It did not answer before the deadline.
    #[error("the keyring did not answer within {seconds} s")]
    Silent {
        /// The time that was allowed, in seconds.
        seconds: u64,
    },
}

#[cfg(feature = "keyring")]
impl KeyringState {
    pub(super) fn silent(deadline: Deadline) -> Self {
        Self::Silent {
            seconds: deadline.limit().as_secs(),
        }
    }
}

/// Why a store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The keyring is not ready.
    #[error(transparent)]
    Keyring(#[from] KeyringState),
    /// The keyring failed in another way. The text comes from the platform and holds no secret.
    #[error("the keyring failed: {0}")]
    KeyringFailed(String),
    /// A record was not written by this program, or by a newer version.
    #[error("the record of {slot} in {place} is damaged")]
    DamagedRecord {
        /// The slot, in words.
        slot: String,
        /// The keyring or the file.
        place: String,
    },
    /// The file store is damaged.
    #[error("the credentials file {} is damaged: {why}", path.display())]
    DamagedFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Others can access the file store, or it belongs to another user.
    #[error("the credentials file {} is not safe to use: {why}", path.display())]
    UnsafeFile {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The file store only keeps logins for SWR.
    #[error("the file store only keeps logins for SWR, and `{address}` is another registry")]
    ForeignInFile {
        /// The registry's address.
        address: String,
    },
    /// The file store only keeps login keys, and no other credentials.
    #[error("the file store only keeps login keys, and no temporary keys, tokens or passwords")]
    NoSecretsInFile,
    /// A file could not be read or written, or there is no place for it.
    #[error(transparent)]
    System(#[from] SystemError),
    /// Another run held the lock until the deadline.
    #[error("another docker-credential-swr locked the store for {seconds} s")]
    Busy {
        /// The time that was allowed, in seconds.
        seconds: u64,
    },
}

impl StoreError {
    /// Whether there is no keyring at all, as opposed to one that cannot be read now.
    pub fn is_no_keyring(&self) -> bool {
        matches!(
            self,
            Self::Keyring(KeyringState::Absent(_) | KeyringState::Dead)
        )
    }
}
