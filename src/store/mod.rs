//! Where slots are stored: in the OS keyring, or in a file that holds login keys and no SK.

mod api;
mod backend;
mod daemon;
mod error;
mod file;
#[cfg_attr(
    not(all(
        feature = "keyring",
        any(target_os = "linux", target_os = "macos", windows)
    )),
    path = "keyring/absent.rs"
)]
mod keyring;
mod record;
mod slot;
mod update;
mod wire;

use std::path::PathBuf;

use crate::system::deadline::Deadline;
use crate::system::environment::Environment;

#[cfg(all(
    feature = "cloud",
    feature = "keyring",
    any(target_os = "macos", windows)
))]
pub(crate) use keyring::cache;

pub use api::{Listed, Patience, Store, readable};
pub use backend::Backend;
pub use daemon::Daemon;
pub use error::{KeyringState, StoreError};
pub use record::{Origin, PlainLogin, Record, StoredKey};
pub use slot::{DEFAULT_ACCOUNT, Slot};
pub use update::{remove, update};

/// Returns the sockets through which the keyring is reached, if any.
pub fn sockets(environment: &Environment) -> Vec<PathBuf> {
    #[cfg(all(target_os = "linux", feature = "keyring"))]
    return keyring::sockets(environment);
    #[cfg(not(all(target_os = "linux", feature = "keyring")))]
    {
        let _ = environment;
        Vec::new()
    }
}

/// Opens the store `backend`. It does not connect before its first use.
///
/// # Errors
///
/// [`SystemError::NoHome`](crate::system::error::SystemError::NoHome) if there is no place for the
/// file store.
pub fn open(
    backend: Backend,
    environment: &Environment,
    deadline: Deadline,
    patience: Patience,
) -> Result<Box<dyn Store>, StoreError> {
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
