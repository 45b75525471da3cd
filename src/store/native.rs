//! Reading from the Keychain of macOS and the Credential Manager of Windows.

use std::collections::HashMap;

use keyring_core::Entry;
use zeroize::Zeroizing;

use super::keyring::{on_time, open_platform_store, read_with_prompt};
use super::{Bytes, StoreError};
use crate::environment::{Deadline, Environment};

/// Reads records. These keyrings belong to the login session and need no connection.
pub(super) struct Reader;

impl Reader {
    pub(super) fn new(_environment: &Environment) -> Self {
        Self
    }

    /// Returns the secret of the item with these attributes, or `None` where there is none.
    pub(super) fn read(
        &self,
        service: &'static str,
        username: &str,
        deadline: Deadline,
    ) -> Result<Option<Bytes>, StoreError> {
        let username = username.to_owned();
        on_time(deadline, move || read_with_prompt(service, &username))
    }

    /// Returns the secrets of all items of `service`.
    pub(super) fn read_all(
        &self,
        service: &'static str,
        deadline: Deadline,
    ) -> Result<Vec<Bytes>, StoreError> {
        on_time(deadline, move || read_all(service))
    }

    /// These keyrings can always be written to; what they refuse, they refuse on the write.
    pub(super) fn check_writable(&self, _deadline: Deadline) -> Result<(), StoreError> {
        Ok(())
    }
}

fn read_all(service: &str) -> Result<Vec<Bytes>, StoreError> {
    let mut secrets = Vec::new();
    for entry in entries(service)? {
        match entry.get_secret() {
            Ok(bytes) => secrets.push(Zeroizing::new(bytes)),
            Err(keyring_core::Error::NoEntry) => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(secrets)
}

/// Returns all entries of `service`.
pub(super) fn entries(service: &str) -> Result<Vec<Entry>, StoreError> {
    open_platform_store()?;
    let pattern = format!("\\.{service}$");
    let query = if cfg!(windows) {
        // Targets are `<username>.<service>` there.
        HashMap::from([("pattern", pattern.as_str())])
    } else {
        HashMap::from([("service", service)])
    };
    Entry::search(&query).map_err(failed)
}

fn failed(error: keyring_core::Error) -> StoreError {
    StoreError::KeyringFailed(error.to_string())
}
