//! Where slots live: the OS keyring, or a file that holds login keys and no SK.

#[cfg(all(feature = "cloud", feature = "keyring", not(target_os = "linux")))]
pub(crate) mod cached;
mod daemon;
mod file;
#[cfg_attr(
    not(all(
        feature = "keyring",
        any(target_os = "linux", target_os = "macos", windows)
    )),
    path = "keyring/absent.rs"
)]
mod keyring;
mod lines;
mod record;
mod wire;

use std::io;
use std::path::PathBuf;

use crate::environment::{Deadline, Environment};
use crate::error::{Error, Result};
use crate::runtime_folder::{self, Locked};
use crate::settings::Settings;

pub use daemon::Daemon;
pub use record::{Origin, PlainLogin, Record, StoredKey};

/// The account that serves every SWR-shaped registry for which nothing more specific is set.
pub const DEFAULT_ACCOUNT: &str = "default";

/// The name of one record: a registry's host, or an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// The record of a registry, by its address in lower case, with its port unless that is 443.
    Registry(String),
    /// The record of an account, by its name.
    Account(String),
}

impl Slot {
    const ACCOUNT_PREFIX: &str = "account/";

    /// Returns the slot's name in a store. No registry's address holds a slash.
    pub fn name(&self) -> String {
        match self {
            Self::Registry(address) => address.clone(),
            Self::Account(account) => format!("{}{account}", Self::ACCOUNT_PREFIX),
        }
    }

    /// Returns the slot that `name` stands for in a store.
    pub fn of_name(name: &str) -> Self {
        match name.strip_prefix(Self::ACCOUNT_PREFIX) {
            Some(account) => Self::Account(account.to_owned()),
            None => Self::Registry(name.to_owned()),
        }
    }

    /// Returns the slot in words.
    pub fn described(&self) -> String {
        match self {
            Self::Registry(address) => format!("`{address}`"),
            Self::Account(account) => format!("the account `{account}`"),
        }
    }
}

/// A place for records. Every method ends within the verb's deadline.
pub trait Store {
    /// Returns which one it is.
    fn backend(&self) -> Backend;

    /// Returns the record in `slot`, or `None` where nothing is. Never prompts.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] where the store cannot tell.
    fn read(&self, slot: &Slot) -> Result<Option<Record>, StoreError>;

    /// Returns all records, those too that cannot be read. Never prompts.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] where there may be some that are not seen.
    fn read_all(&self) -> Result<Vec<Listed>, StoreError>;

    /// Puts `record` in `slot`, in one step: afterwards there is the old or the new one.
    ///
    /// # Errors
    ///
    /// A [`StoreError`]; then the old record is still there.
    fn write(&self, slot: &Slot, record: &Record) -> Result<(), StoreError>;

    /// Tells whether a record can be written now, without a prompt.
    ///
    /// # Errors
    ///
    /// The [`StoreError`] that a write would meet.
    fn check_writable(&self) -> Result<(), StoreError>;

    /// Empties `slot`, also where nothing is in it.
    ///
    /// # Errors
    ///
    /// A [`StoreError`]; then the record is still there.
    fn remove(&self, slot: &Slot) -> Result<(), StoreError>;

    /// Opens what is locked, where that is so; the store may ask a person for it, and waits.
    ///
    /// # Errors
    ///
    /// A [`StoreError`]; then it is not open.
    fn unlock(&self) -> Result<(), StoreError>;
}

/// One slot of a store.
#[derive(Debug)]
pub struct Listed {
    /// Its name.
    pub slot: Slot,
    /// What is in it, or why that cannot be read.
    pub record: Result<Record, StoreError>,
    /// How often a keyring holds it; the one that was changed last counts.
    pub copies: usize,
}

/// Returns what could be read of `all`. What is damaged holds nothing that anybody could use, and is left out.
///
/// # Errors
///
/// Why another one cannot be read.
pub fn readable(all: Vec<Listed>) -> Result<Vec<(Slot, Record)>, StoreError> {
    let mut records = Vec::new();
    for Listed { slot, record, .. } in all {
        match record {
            Ok(record) => records.push((slot, record)),
            Err(StoreError::DamagedRecord { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(records)
}

/// Which store it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The keyring of the operating system.
    Keyring,
    /// The file, only when asked for.
    File,
}

impl Backend {
    /// The variable that chooses one.
    pub const VARIABLE: &str = "DOCKER_CREDENTIAL_SWR_BACKEND";

    /// Returns the backend called `name`.
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "keyring" => Some(Self::Keyring),
            "file" => Some(Self::File),
            _ => None,
        }
    }

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
        }
    }

    /// Returns the one to use: the variable's, else the settings', else the keyring.
    ///
    /// # Errors
    ///
    /// [`Error::Variable`] if the variable names none.
    pub fn chosen(environment: &Environment, settings: &Settings) -> Result<Self> {
        match environment.variable(Self::VARIABLE)? {
            Some(name) => Self::of_name(name).ok_or(Error::Variable {
                name: Self::VARIABLE,
                why: "is neither `keyring` nor `file`".into(),
            }),
            None => Ok(settings.backend.unwrap_or(Self::Keyring)),
        }
    }
}

/// Which time the deadline is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// The whole verb's: a protocol verb.
    OfTheVerb,
    /// Each call's: a verb for people, who may take their time with a question before it.
    OfEachCall,
}

/// Opens the store `backend`. It connects to nothing before its first use.
///
/// # Errors
///
/// [`Error::NoHome`] if the file store has no place.
pub fn open(
    backend: Backend,
    environment: &Environment,
    deadline: Deadline,
    patience: Patience,
) -> Result<Box<dyn Store>> {
    match backend {
        Backend::File => Ok(Box::new(file::FileStore::in_folder(
            &environment.config_folder()?,
        ))),
        Backend::Keyring => Ok(Box::new(keyring::KeyringStore::new(
            environment,
            deadline,
            patience,
        ))),
    }
}

/// Reads the record in `slot`, hands it to `change` and writes what that made of it, all under the
/// advisory lock, so that no other helper's change is lost. An unchanged record is not written, an
/// empty one is removed.
///
/// # Errors
///
/// The store's, and whatever `change` gives.
pub fn update<T>(
    store: &dyn Store,
    environment: &Environment,
    deadline: Deadline,
    slot: &Slot,
    change: impl FnOnce(&mut Record) -> Result<T>,
) -> Result<T> {
    let _lock = match runtime_folder::lock(environment, "store", deadline) {
        Locked::Busy => {
            return Err(StoreError::Busy {
                seconds: deadline.limit().as_secs(),
            }
            .into());
        }
        // Without a folder to keep it in there is none: losing a race is better than no login at all.
        lock => lock,
    };
    let before = store.read(slot)?.unwrap_or_default();
    let mut after = before.clone();
    let result = change(&mut after)?;
    if after == before {
        return Ok(result);
    }
    if after.is_empty() {
        store.remove(slot)?
    } else {
        store.write(slot, &after)?
    }
    Ok(result)
}

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
    fn silent(deadline: Deadline) -> Self {
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
    /// A file could not be read or written.
    #[error("cannot {action} {}: {}", path.display(), source)]
    File {
        /// `read`, `write` or the like.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another helper holds the lock for too long.
    #[error("another docker-credential-swr kept the store busy for {seconds} s")]
    Busy {
        /// The deadline.
        seconds: u64,
    },
}

impl StoreError {
    /// Returns the next step for a person.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Keyring(KeyringState::Empty) => {
                "create it by a desktop login or `gnome-keyring-daemon --unlock`, or keep the login key alone \
                 with `docker-credential-swr store --backend file`"
            }
            Self::Keyring(KeyringState::Locked(daemon)) => daemon.how_to_unlock(),
            Self::Keyring(KeyringState::Unconfirmed(Daemon::KeePassXc)) => {
                "in KeePassXC's settings, under Secret Service Integration, switch off \
                 `Confirm when passwords are retrieved by clients`"
            }
            Self::Keyring(KeyringState::Unconfirmed(_)) => {
                "allow this program to read from it, in the keyring's own settings"
            }
            Self::Keyring(KeyringState::Denied) => {
                "run `docker-credential-swr store` at a terminal and allow access when the keyring asks"
            }
            Self::Keyring(KeyringState::Absent(_)) => {
                "install and start one (Debian: gnome-keyring), or keep the login key alone in a file with \
                 `docker-credential-swr store --backend file`"
            }
            Self::Keyring(KeyringState::Dead) => {
                "correct DBUS_SESSION_BUS_ADDRESS, or log in again so that the bus is started"
            }
            Self::Keyring(KeyringState::Foreign { .. }) => {
                "unset DBUS_SESSION_BUS_ADDRESS and XDG_RUNTIME_DIR, or log in as that user"
            }
            Self::Keyring(KeyringState::Address(_) | KeyringState::Unsupported(_)) => {
                "set DBUS_SESSION_BUS_ADDRESS to a socket, such as unix:path=/run/user/1000/bus"
            }
            Self::Keyring(KeyringState::Silent { .. }) => {
                "look for its password prompt or restart it; DOCKER_CREDENTIAL_SWR_TIMEOUT=SECONDS waits longer"
            }
            Self::DamagedRecord { .. } => "`docker-credential-swr erase` it and store it again",
            Self::DamagedFile { .. } => "move it away and run `docker-credential-swr store` again",
            Self::UnsafeFile { path, .. } => {
                return Some(format!(
                    "chmod go-rwx {}, and see that it is yours",
                    path.display()
                ));
            }
            Self::ForeignInFile { .. } => {
                "use the keyring, or route only SWR's registries to this helper (credHelpers)"
            }
            Self::NoSecretsInFile => "use the keyring, or give it in the environment",
            Self::KeyringFailed(_) | Self::File { .. } | Self::Busy { .. } => return None,
        };
        Some(hint.to_owned())
    }

    /// Whether there is no keyring at all, as opposed to one that cannot be read now.
    pub fn is_no_keyring(&self) -> bool {
        matches!(
            self,
            Self::Keyring(KeyringState::Absent(_) | KeyringState::Dead)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Slot;

    #[test]
    fn a_slot_is_its_name() {
        for slot in [
            Slot::Registry("localhost:5000".into()),
            Slot::Account("default".into()),
        ] {
            assert_eq!(Slot::of_name(&slot.name()), slot);
        }
        assert_ne!(
            Slot::Registry("default".into()).name(),
            Slot::Account("default".into()).name()
        );
    }
}
