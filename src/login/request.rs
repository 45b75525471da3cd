//! What a login is requested for.

use crate::config::settings::RegistrySettings;
use crate::model::registry::Registry;
use crate::store::Store;
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;

/// What a login is requested for, and the means to get it.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The registry.
    pub registry: &'a Registry,
    /// The settings of the registry.
    pub settings: &'a RegistrySettings,
    /// The process's environment.
    pub environment: &'a Environment,
    /// The store.
    pub store: &'a dyn Store,
    /// The time by which everything must be done.
    pub deadline: Deadline,
}
