//! What a login is requested for.

use crate::config::settings::RegistrySettings;
use crate::model::registry::Registry;
use crate::store::Store;
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;

/// What a login is requested for, and what may be looked at for it.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The registry.
    pub registry: &'a Registry,
    /// What is set for it.
    pub settings: &'a RegistrySettings,
    /// The process's environment.
    pub environment: &'a Environment,
    /// Where slots live.
    pub store: &'a dyn Store,
    /// By when all must be done.
    pub deadline: Deadline,
}
