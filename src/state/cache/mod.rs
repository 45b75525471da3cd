//! Temporary logins, tokens and keys between two runs: in the memory of the kernel on Linux, in that of Windows'
//! Credential Manager, in the login keychain on macOS, which is an encrypted file. With no cache at all everything
//! still works.

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

/// Keeps several helpers of one user apart: the kernel has one keyring for each user.
const NAMESPACE: &str = "DOCKER_CREDENTIAL_SWR_CACHE_NAMESPACE";

/// The cache of this user, or none.
pub struct Cache<'a> {
    place: Option<Place<'a>>,
}

impl<'a> Cache<'a> {
    /// Returns the cache that `environment` asks for. Nothing waits for it longer than `deadline`.
    ///
    /// # Errors
    ///
    /// [`SystemError::Variable`] for a value that means nothing.
    pub fn of(environment: &'a Environment, deadline: Deadline) -> Result<Self, SystemError> {
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
            place: Some(Place::of(environment, namespace, deadline)),
        })
    }

    /// Whether a person turned it off.
    pub fn is_off(&self) -> bool {
        self.place.is_none()
    }

    /// Returns what is kept under `name`, unless it has ended by `now`.
    pub fn get(&self, name: &str, now: u64) -> Option<Secret> {
        self.place.as_ref()?.get(name, now)
    }

    /// Keeps `text` under `name` until that time; where it cannot, it does not.
    pub fn put(&self, name: &str, text: &Secret, now: u64, until: u64) {
        if let Some(place) = self.place.as_ref().filter(|_| until > now) {
            place.put(name, text, now, until);
        }
    }

    /// Drops everything whose name starts with one of `starts`.
    pub fn forget(&self, starts: &[String], now: u64) {
        if let Some(place) = &self.place {
            place.forget(starts, now);
        }
    }

    /// Returns what it can do at the moment, which it tries.
    pub fn state(&self, now: u64) -> State {
        match &self.place {
            Some(place) => place.state(now),
            None => State::Off,
        }
    }
}
