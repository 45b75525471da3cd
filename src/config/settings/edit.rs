//! Changes the file and keeps everything else in it.

use toml_edit::{DocumentMut, Item};

use super::load::{path, text};
use super::values::Settings;
use crate::config::error::ConfigError;
use crate::store::Backend;
use crate::system::atomic_file;
use crate::system::environment::Environment;
use crate::system::error::SystemError;
use crate::system::open;

/// Stores `backend` for all later runs, and returns the changed settings.
///
/// # Errors
///
/// As [`Settings::load`]; also if the file cannot be written.
pub fn remember_backend(
    environment: &Environment,
    backend: Backend,
) -> Result<Settings, ConfigError> {
    edit(environment, |document| {
        document["backend"] = toml_edit::value(backend.name())
    })
}

/// Stores that the hosts `swr.<region>.<cloud>` of `cloud` are SWR, and returns the changed
/// settings.
///
/// # Errors
///
/// As [`Settings::load`]; also if the file cannot be written.
pub fn remember_cloud(environment: &Environment, cloud: &str) -> Result<Settings, ConfigError> {
    edit(environment, |document| {
        let clouds = document
            .entry("clouds")
            .or_insert(toml_edit::value(toml_edit::Array::new()));
        if let Some(clouds) = clouds.as_array_mut() {
            clouds.push(cloud);
        }
    })
}

/// Stores that `account` serves the registry at `address`, and returns the changed settings.
///
/// # Errors
///
/// As [`Settings::load`]; also if the file cannot be written.
pub fn remember_account(
    environment: &Environment,
    address: &str,
    account: &str,
) -> Result<Settings, ConfigError> {
    edit(environment, |document| {
        // An implicit table gets no header of its own, since no line would follow it.
        let table = |is_implicit| {
            let mut table = toml_edit::Table::new();
            table.set_implicit(is_implicit);
            toml_edit::Item::Table(table)
        };
        let registries = document.entry("registry").or_insert_with(|| table(true));
        if registries.get(address).is_none() {
            registries[address] = table(false);
        }
        registries[address]["account"] = toml_edit::value(account);
    })
}

/// Removes what assigns registries to `account`, and returns the changed settings.
///
/// # Errors
///
/// As [`Settings::load`]; also if the file cannot be written.
pub fn forget_account(environment: &Environment, account: &str) -> Result<Settings, ConfigError> {
    edit(environment, |document| {
        let Some(registries) = document
            .get_mut("registry")
            .and_then(Item::as_table_like_mut)
        else {
            return;
        };
        let mut emptied = Vec::new();
        for (address, settings) in registries.iter_mut() {
            let Some(settings) = settings.as_table_like_mut() else {
                continue;
            };
            let assigned = settings.get("account").and_then(Item::as_str);
            if assigned == Some(account) {
                settings.remove("account");
                if settings.is_empty() {
                    emptied.push(address.get().to_owned());
                }
            }
        }
        for address in emptied {
            registries.remove(&address);
        }
        if registries.is_empty() {
            document.remove("registry");
        }
    })
}

/// Checks that the file can be written.
///
/// # Errors
///
/// [`SystemError::File`] if not.
pub fn check_writable(environment: &Environment) -> Result<(), ConfigError> {
    let path = path(environment).ok_or(SystemError::NoHome)?;
    let checked = open::followed(&path).and_then(|file| atomic_file::check_replaceable(&file));
    Ok(checked.map_err(|source| SystemError::file("write", &path, source))?)
}

fn edit(
    environment: &Environment,
    change: impl FnOnce(&mut DocumentMut),
) -> Result<Settings, ConfigError> {
    environment.check_home()?;
    let path = path(environment).ok_or(SystemError::NoHome)?;
    let before = text(environment, &path)?.unwrap_or_default();
    let mut document: DocumentMut = before.parse().map_err(|_| ConfigError::Settings {
        path: path.clone(),
        line: 1,
        why: "it is not TOML".into(),
    })?;
    change(&mut document);
    let text = document.to_string();
    open::followed(&path)
        .and_then(|file| {
            atomic_file::create_private_folder(open::folder_of(&file))?;
            atomic_file::replace(&file, text.as_bytes())
        })
        .map_err(|source| SystemError::file("write", &path, source))?;
    Settings::parse(&text, path)?.checked()
}
