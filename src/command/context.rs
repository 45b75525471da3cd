//! What every verb about logins needs.

use std::time::Duration;

use super::error::{OptionError, Result};
use crate::config::settings::{RegistrySettings, Settings};
use crate::console::stdio::Stdio;
use crate::login::Request;
use crate::model::regions;
use crate::model::registry::{Registry, is_cloud};
use crate::state::silence;
use crate::store::{Backend, KeyringState, Patience, Slot, Store, StoreError, open};
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;

/// The time limit of a protocol verb that does not use the network.
pub(super) const PROTOCOL_LIMIT: Duration = Duration::from_secs(5);

/// The time limit of a verb for people. The keyring may be waiting for its password.
pub(super) const PERSON_LIMIT: Duration = Duration::from_secs(120);

/// What every verb about logins needs.
pub(super) struct Context<'a> {
    pub(super) environment: &'a Environment,
    pub(super) settings: Settings,
    pub(super) store: Box<dyn Store>,
    pub(super) deadline: Deadline,
}

impl<'a> Context<'a> {
    pub(super) fn for_protocol(environment: &'a Environment, deadline: Deadline) -> Result<Self> {
        // With the wrong store, a logout would search the keyring and leave the file as it is.
        let settings = Settings::load(environment)?.usable()?;
        let backend = settings.backend(environment)?;
        let store = silence::open(backend, environment, deadline)?;
        Ok(Self {
            environment,
            settings,
            store,
            deadline,
        })
    }

    /// Opens the store for a verb for people. `backend` is the value of the option. A locked
    /// keyring may ask for its password, and the person is told so.
    pub(super) fn for_person(
        environment: &'a Environment,
        backend: Option<Backend>,
        stdio: &mut Stdio<'_>,
    ) -> Result<Self> {
        let context = Self::before_questions(environment, backend)?;
        context.unlock(stdio)?;
        Ok(context)
    }

    /// Does the same for a verb that asks questions before it uses the store. The verb must then
    /// call [`Self::unlock`].
    pub(super) fn before_questions(
        environment: &'a Environment,
        backend: Option<Backend>,
    ) -> Result<Self> {
        let settings = Settings::load(environment)?.checked()?;
        let backend = match backend {
            Some(backend) => backend,
            None => settings.backend(environment)?,
        };
        let deadline = environment.deadline(PERSON_LIMIT)?;
        let store = open(backend, environment, deadline, Patience::OfEachCall)?;
        Ok(Self {
            environment,
            settings,
            store,
            deadline,
        })
    }

    /// Lets a locked keyring ask a person for its password, and tells the person so.
    pub(super) fn unlock(&self, stdio: &mut Stdio<'_>) -> Result<()> {
        let Err(state @ StoreError::Keyring(KeyringState::Locked(_))) = self.store.check_writable()
        else {
            return Ok(());
        };
        let seconds = self.deadline.limit().as_secs();
        stdio.tell(&format!(
            "{state}; waiting up to {seconds} s for an answer to its prompt"
        ));
        Ok(self.store.unlock()?)
    }

    pub(super) fn request<'b>(
        &'b self,
        registry: &'b Registry,
        settings: &'b RegistrySettings,
    ) -> Request<'b> {
        Request {
            registry,
            settings,
            environment: self.environment,
            store: &*self.store,
            deadline: self.deadline,
        }
    }

    /// Returns the one registry that a person names by host or by region.
    ///
    /// # Errors
    ///
    /// [`OptionError::OneRegistry`] for a list of several.
    pub(super) fn registry_meant(&self, text: &str) -> Result<Registry> {
        match &regions::hosts_meant(&[text.to_owned()])?[..] {
            [host] => self.registry(host),
            _ => Err(OptionError::OneRegistry.into()),
        }
    }

    pub(super) fn registry(&self, server_url: &str) -> Result<Registry> {
        let mut clouds = self.settings.clouds.clone();
        // This does not change what a stored key serves, because each has a cloud of its own.
        clouds.extend(self.environment.variable("HW_CLOUD")?.map(str::to_owned));
        clouds.retain(|cloud| is_cloud(cloud));
        Ok(Registry::parse(server_url, &clouds)?)
    }
}

/// Drops what was cached for a slot that has changed. The key of an account may have served any
/// registry.
pub(super) fn drop_stale(environment: &Environment, slot: &Slot, deadline: Deadline) {
    #[cfg(feature = "cloud")]
    crate::login::temporary::forget(
        environment,
        match slot {
            Slot::Registry(address) => Some(address),
            Slot::Account(_) => None,
        },
        deadline,
    );
    #[cfg(not(feature = "cloud"))]
    let _ = (environment, slot, deadline);
}

/// Drops everything that is cached, and all refusals that are remembered.
pub(super) fn drop_everything(environment: &Environment, deadline: Deadline) {
    #[cfg(feature = "cloud")]
    crate::login::temporary::forget(environment, None, deadline);
    #[cfg(not(feature = "cloud"))]
    let _ = (environment, deadline);
}
