//! The cache of temporary logins, tokens and keys between runs: on Linux in the kernel's memory, on
//! Windows in the Credential Manager for the session, on macOS in the login keychain, which is an
//! encrypted file. Everything works without it.

#[cfg(any(test, all(feature = "keyring", any(target_os = "macos", windows))))]
mod item;
#[cfg_attr(target_os = "linux", path = "kernel.rs")]
#[cfg_attr(
    all(feature = "keyring", any(target_os = "macos", windows)),
    path = "keyring.rs"
)]
#[cfg_attr(
    not(any(
        target_os = "linux",
        all(feature = "keyring", any(target_os = "macos", windows))
    )),
    path = "absent.rs"
)]
mod place;
mod state;

use place::Place;

use crate::model::secret::Secret;
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;
use crate::system::error::SystemError;

pub use state::State;

/// The variable that turns the cache off.
const VARIABLE: &str = "DOCKER_CREDENTIAL_SWR_CACHE";

/// The variable that separates several helpers of one user, since the kernel has one keyring for
/// each user.
const NAMESPACE: &str = "DOCKER_CREDENTIAL_SWR_CACHE_NAMESPACE";

/// The cache of this user, if there is one.
pub struct Cache<'a> {
    place: Option<Place<'a>>,
}

impl<'a> Cache<'a> {
    /// Returns the cache that `environment` selects. No operation on it takes longer than
    /// `deadline`.
    ///
    /// # Errors
    ///
    /// [`SystemError::Variable`] for an unknown value.
    pub fn open(environment: &'a Environment, deadline: Deadline) -> Result<Self, SystemError> {
        match environment.variable(VARIABLE)? {
            None | Some("on") => {}
            Some("off") => return Ok(Self { place: None }),
            Some(_) => {
                let why = "is neither `on` nor `off`";
                return Err(SystemError::variable(VARIABLE, why));
            }
        }
        let namespace = environment.variable(NAMESPACE)?.unwrap_or("default");
        Ok(Self {
            place: Some(Place::open(environment, namespace, deadline)),
        })
    }

    /// Whether a person turned the cache off.
    pub fn is_off(&self) -> bool {
        self.place.is_none()
    }

    /// Returns the value under `name`, unless it has expired by `now`.
    pub fn get(&self, name: &str, now: u64) -> Option<Secret> {
        self.place.as_ref()?.get(name, now)
    }

    /// Caches `text` under `name` until `until`. If that fails, nothing happens.
    pub fn put(&self, name: &str, text: &Secret, now: u64, until: u64) {
        if let Some(place) = self.place.as_ref().filter(|_| until > now) {
            place.put(name, text, now, until);
        }
    }

    /// Drops every entry whose name starts with one of `starts`.
    pub fn forget(&self, starts: &[String], now: u64) {
        if let Some(place) = &self.place {
            place.forget(starts, now);
        }
    }

    /// Tests the cache and returns its state.
    pub fn state(&self, now: u64) -> State {
        match &self.place {
            Some(place) => place.state(now),
            None => State::Off,
        }
    }
}
