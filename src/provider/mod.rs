//! Where an access key can come from, and the order in which the places are asked.
//!
//! The most specific wins. A provider that has nothing passes on; one that fails stops the chain,
//! because the next one might hold another identity. The one exception: where there is no keyring
//! at all, nothing can be in it, so the chain goes on, and says so if nobody else has a login.

mod account;
mod registry;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::login::Login;
use crate::registry::{Kind, Registry};
use crate::settings::RegistrySettings;
use crate::store::{Store, StoredKey};

/// What a login is asked for, and what may be looked at for it.
pub struct Request<'a> {
    /// The registry.
    pub registry: &'a Registry,
    /// What is set for it.
    pub settings: &'a RegistrySettings,
    /// The process's environment.
    pub environment: &'a Environment,
    /// Where slots live.
    pub store: &'a dyn Store,
}

/// What a provider has for a registry.
pub enum Credential {
    /// A login that was given ready-made.
    Plain(Login),
    /// An access key.
    Key {
        /// The key.
        key: StoredKey,
        /// The projects that a login may name, the first that fits first.
        projects: [Option<String>; 2],
    },
}

/// A place that an access key can come from.
pub trait Provider {
    /// Returns the provider's name, as settings, errors and diagnoses have it.
    fn name(&self) -> &'static str;

    /// Returns what is here for the request, or `None` to let the next provider answer.
    ///
    /// # Errors
    ///
    /// Whatever makes this place unable to tell. It stops the chain, but for a keyring that is
    /// [absent or dead](crate::store::StoreError::is_no_keyring).
    fn find(&self, request: &Request<'_>) -> Result<Option<Credential>>;
}

/// Returns the login for `request` from the first provider that has one.
///
/// # Errors
///
/// [`Error::NotFound`] if none has; the keyring's state in its place where there is no keyring and
/// the registry is one that an access key serves; else what stopped the chain.
pub fn login(request: &Request<'_>) -> Result<Login> {
    let chain: [&dyn Provider; 2] = [&registry::RegistrySlot, &account::Account];
    let mut no_keyring = None;
    for provider in chain {
        match provider.find(request) {
            Ok(Some(credential)) => return credential.login(request.registry),
            Ok(None) => {}
            Err(Error::Store(error)) if error.is_no_keyring() => no_keyring = Some(error),
            Err(error) => return Err(error),
        }
    }
    let served = request.registry.swr().is_some() || request.settings.account.is_some();
    match (request.registry.kind(), no_keyring) {
        (Kind::Enterprise { .. }, _) => Err(Error::Enterprise {
            address: request.registry.address().to_owned(),
        }),
        (_, Some(error)) if served => Err(error.into()),
        _ => Err(Error::NotFound),
    }
}

impl Credential {
    /// Returns the login that this is at `registry`.
    ///
    /// # Errors
    ///
    /// [`Error::NoProject`] if the registry's address names no region and nobody gave a project.
    pub fn login(&self, registry: &Registry) -> Result<Login> {
        match self {
            Self::Plain(login) => Ok(login.clone()),
            Self::Key { key, projects } => {
                let project = registry
                    .project(projects.iter().map(Option::as_deref))
                    .ok_or_else(|| Error::NoProject {
                        address: registry.address().to_owned(),
                    })?;
                Ok(Login::long_term(project, &key.ak, key.login_key()))
            }
        }
    }
}
