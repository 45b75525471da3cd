//! Temporary logins, tokens and keys between two runs: in the memory of the kernel on Linux, in the
//! keyring elsewhere. Never on disk; and with no cache at all everything still works.

#[cfg_attr(target_os = "linux", path = "kernel.rs")]
#[cfg_attr(all(feature = "keyring", not(target_os = "linux")), path = "native.rs")]
#[cfg_attr(not(any(feature = "keyring", target_os = "linux")), path = "absent.rs")]
mod place;
mod state;

use crate::model::secret::Secret;
use crate::system::environment::Environment;
use crate::system::error::SystemError;

pub use state::State;

/// The variable that turns the cache off.
const VARIABLE: &str = "DOCKER_CREDENTIAL_SWR_CACHE";

/// Keeps several helpers of one user apart: the kernel has one keyring for each user.
const NAMESPACE: &str = "DOCKER_CREDENTIAL_SWR_CACHE_NAMESPACE";

/// The cache of this user, or none.
pub struct Cache {
    namespace: Option<String>,
}

impl Cache {
    /// Returns the cache that `environment` asks for.
    ///
    /// # Errors
    ///
    /// [`SystemError::Variable`] for a value that means nothing.
    pub fn of(environment: &Environment) -> Result<Self, SystemError> {
        match environment.variable(VARIABLE)? {
            None | Some("on") => {}
            Some("off") => return Ok(Self { namespace: None }),
            Some(_) => {
                let why = "is neither `on` nor `off`";
                return Err(SystemError::variable(VARIABLE, why));
            }
        }
        let namespace = environment
            .variable(NAMESPACE)?
            .unwrap_or("default")
            .to_owned();
        Ok(Self {
            namespace: Some(namespace),
        })
    }

    /// Whether a person turned it off.
    pub fn is_off(&self) -> bool {
        self.namespace.is_none()
    }

    /// Returns what is kept under `name`, unless it has ended by `now`.
    pub fn get(&self, name: &str, now: u64) -> Option<Secret> {
        let entry = place::get(&self.full_name(name)?)?;
        let (until, text) = entry.expose().split_once(' ')?;
        (until.parse::<u64>().ok()? > now).then(|| text.into())
    }

    /// Keeps `text` under `name` until that time; where it cannot, it does not.
    pub fn put(&self, name: &str, text: &Secret, now: u64, until: u64) {
        if let Some(name) = self.full_name(name).filter(|_| until > now) {
            let entry = Secret::new(format!("{until} {}", text.expose()));
            place::put(&name, &entry, until - now);
        }
    }

    /// Drops everything whose name starts with `start`.
    pub fn forget(&self, start: &str) {
        if let Some(start) = self.full_name(start) {
            place::forget(&start);
        }
    }

    /// Returns what it can do at the moment, which it tries.
    pub fn state(&self) -> State {
        // Of two that try at once none takes the other's entry away.
        let probe = format!("probe-{}", std::process::id());
        match (self.full_name(""), self.full_name(&probe)) {
            (Some(start), Some(probe)) => place::state(&start, &probe),
            _ => State::Off,
        }
    }

    fn full_name(&self, name: &str) -> Option<String> {
        let namespace = self.namespace.as_ref()?;
        Some(format!("docker-credential-swr:{namespace}:{name}"))
    }
}
