//! How a store, or the keyring behind it, can fail.

use std::path::PathBuf;

use super::daemon::Daemon;
#[cfg(feature = "keyring")]
use crate::system::deadline::Deadline;
use crate::system::error::SystemError;

/// How the OS keyring is, when it is not ready.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringState {
    /// A daemon runs, but nobody ever unlocked it, so there is no collection to write to.
    #[error("the keyring has no collection yet, so nothing can be stored in it")]
    Empty,
    /// A collection is locked that holds the record, or may hold it.
    #[error("the keyring is locked")]
    Locked(Daemon),
    /// It is open, and asks a person about each program that reads from it.
    #[error("the keyring wants to confirm each access")]
    Unconfirmed(Daemon),
    /// Somebody said no.
    #[error("the keyring denied access")]
    Denied,
    /// There is none.
    #[error("there is no OS keyring here: {0}")]
    Absent(&'static str),
    /// There is an address, and nobody listens at it.
    #[error("nobody answers at the address of the D-Bus session bus, where the keyring should be")]
    Dead,
    /// The bus at the address is another user's.
    #[error(
        "the D-Bus session bus is that of user {owner}, who is somebody else, so it is not used"
    )]
    Foreign {
        /// The number of the user.
        owner: u32,
    },
    /// The address of the bus is none: which variable, and why.
    #[error("there is no way to the keyring: {0}")]
    Address(String),
    /// The address of the bus names another way to it than a unix socket.
    #[error("the D-Bus session bus is to be reached by `{0}`, and only `unix` can be used")]
    Unsupported(String),
    /// It was reached and never answered.
    #[error("the keyring did not answer within {seconds} s")]
    Silent {
        /// The deadline.
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
    /// The keyring failed in another way; the text is the platform's, and holds no secret.
    #[error("the keyring failed: {0}")]
    KeyringFailed(String),
    /// What is in a slot was not written by this program, or by a newer one.
    #[error("the record of {slot} in {place} is damaged")]
    DamagedRecord {
        /// The slot, in words.
        slot: String,
        /// The keyring or the file.
        place: String,
    },
    /// The file store is not what was written.
    #[error("the credentials file {} is damaged: {why}", path.display())]
    DamagedFile {
        /// The file.
        path: PathBuf,
        /// What is missing or wrong.
        why: &'static str,
    },
    /// Others can read the file store, or it is not this user's.
    #[error("the credentials file {} is not safe to use: {why}", path.display())]
    UnsafeFile {
        /// The file or folder.
        path: PathBuf,
        /// Who can do what.
        why: &'static str,
    },
    /// The file store keeps logins for SWR only.
    #[error("the file store keeps no passwords of other registries, and `{address}` is one")]
    ForeignInFile {
        /// The registry's address.
        address: String,
    },
    /// The file store holds what a login key can be derived from, and no other credential.
    #[error("the file store holds login keys alone, so no temporary key, token or password")]
    NoSecretsInFile,
    /// A file could not be read or written, or has no place.
    #[error(transparent)]
    System(#[from] SystemError),
    /// Another helper holds the lock for too long.
    #[error("another docker-credential-swr kept the store busy for {seconds} s")]
    Busy {
        /// The deadline.
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
