//! Where a credential can come from, and the order in which the places are asked.
//!
//! The most specific wins. A provider that has nothing passes on; one that is half filled, unreadable
//! or refused stops the chain, because the next one might hold another identity. The one exception:
//! where there is no keyring at all, nothing can be in it, so the chain goes on, and says so if nobody
//! else has a login.

mod account;
#[cfg(feature = "cloud")]
mod agency;
mod environment;
pub mod pod;
pub mod profile;
mod registry;

use crate::environment::{Deadline, Environment};
use crate::error::{Error, Result};
use crate::identity::Identity;
use crate::login::Login;
use crate::registry::{Kind, Registry};
use crate::settings::RegistrySettings;
use crate::store::{KeyringState, Store, StoreError};

/// The variable that limits and orders the chain.
pub const VARIABLE: &str = "DOCKER_CREDENTIAL_SWR_PROVIDERS";

/// What a login is asked for, and what may be looked at for it.
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

/// What a provider has for a registry.
#[derive(Debug)]
pub enum Credential {
    /// A login that was given ready-made.
    Plain(Login),
    /// Somebody as whom a login can be derived or asked for.
    Identity {
        /// Who.
        identity: Identity,
        /// The projects that a login may name, the first that fits first.
        projects: [Option<String>; 2],
        /// The agency to be assumed first.
        agency: Option<Agency>,
    },
}

/// An agency of another account, which an identity may assume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agency {
    /// Its name.
    pub name: String,
    /// The name of the account that made it.
    pub domain: String,
}

/// A place that a credential can come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// The host's own slot.
    Registry,
    /// This process's environment.
    Environment,
    /// The account that serves the host's cloud.
    Default,
    /// The profile file of Huawei's SDK.
    Profile,
    /// This machine's identity: the agency of an ECS server.
    Agency,
}

/// The chain where nothing is set. The agency is asked only where somebody names it, so that no
/// laptop ever waits for 169.254.169.254.
pub const CHAIN: [Provider; 4] = [
    Provider::Registry,
    Provider::Environment,
    Provider::Default,
    Provider::Profile,
];

impl Provider {
    /// Returns the provider called `name`.
    pub fn of_name(name: &str) -> Option<Self> {
        let all = [
            Self::Registry,
            Self::Environment,
            Self::Default,
            Self::Profile,
            Self::Agency,
        ];
        all.into_iter().find(|provider| provider.name() == name)
    }

    /// Returns its name, as settings, errors and diagnoses have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Environment => "environment",
            Self::Default => "default",
            Self::Profile => "profile",
            Self::Agency => "agency",
        }
    }

    /// Returns the providers that `names`, separated by commas, stand for; `None` if one is unknown,
    /// named twice or none is there.
    pub fn of_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Vec<Self>> {
        let mut chain = Vec::new();
        for name in names {
            let provider = Self::of_name(name.trim())?;
            if chain.contains(&provider) {
                return None;
            }
            chain.push(provider);
        }
        Some(chain).filter(|chain| !chain.is_empty())
    }

    /// Returns what is here for the request, or `None` to let the next provider answer.
    ///
    /// # Errors
    ///
    /// Whatever makes this place unable to tell.
    pub fn find(self, request: &Request<'_>) -> Result<Option<Credential>> {
        match self {
            Self::Registry => registry::find(request),
            Self::Environment => environment::find(request),
            Self::Default => account::find(request),
            Self::Profile => profile::find(request),
            #[cfg(feature = "cloud")]
            Self::Agency => agency::find(request),
            #[cfg(not(feature = "cloud"))]
            Self::Agency => Err(Error::NoCloud),
        }
    }

    /// Whether it may answer although the address of the keyring's bus is dead. The environment is the
    /// caller's own word; a profile or an agency might be another identity than the keyring's.
    fn may_follow_a_dead_keyring(self) -> bool {
        !matches!(self, Self::Profile | Self::Agency)
    }
}

/// Returns what the first provider of `chain` that has something has for the request.
///
/// # Errors
///
/// [`Error::NotFound`] if none has; the keyring's state in its place where there is no keyring and
/// the registry is one that an access key serves; else what stopped the chain.
pub fn find(request: &Request<'_>, chain: &[Provider]) -> Result<Credential> {
    let trace = request.environment.trace();
    let mut no_keyring = None;
    for provider in chain {
        if is_dead(no_keyring.as_ref()) && !provider.may_follow_a_dead_keyring() {
            trace.note(|| format!("{}: not asked, as the keyring is dead", provider.name()));
            continue;
        }
        let found = provider.find(request);
        trace.note(|| format!("{}: {}", provider.name(), described(&found)));
        match found {
            Ok(Some(credential)) => return Ok(credential),
            Ok(None) => {}
            Err(Error::Store(error)) if error.is_no_keyring() => no_keyring = Some(error),
            Err(error) => return Err(error),
        }
    }
    let settings = request.settings;
    let is_enterprise = matches!(request.registry.kind(), Kind::Enterprise { .. });
    if is_enterprise && settings.instance.is_none() {
        let address = request.registry.address().to_owned();
        return Err(Error::Enterprise { address });
    }
    let is_served = request.registry.swr().is_some() || settings.serves();
    match no_keyring {
        Some(error) if is_served => Err(error.into()),
        _ => Err(Error::NotFound),
    }
}

/// Whether identities that belong to the clouds `served` may be used at the request's registry: one
/// of those clouds, or a registry that the settings give a project, or an instance, of its own.
fn serves(request: &Request<'_>, served: &[&str]) -> bool {
    match request.registry.kind() {
        Kind::Swr { cloud, .. } => served.contains(&cloud.as_str()),
        Kind::Enterprise { cloud, .. } => {
            request.settings.instance.is_some() && served.contains(&cloud.as_str())
        }
        Kind::Other => request.settings.project.is_some(),
    }
}

fn is_dead(no_keyring: Option<&StoreError>) -> bool {
    matches!(no_keyring, Some(StoreError::Keyring(KeyringState::Dead)))
}

/// Returns a line for the trace, which holds no secret.
fn described(found: &Result<Option<Credential>>) -> String {
    match found {
        Ok(None) => "nothing".to_owned(),
        Ok(Some(Credential::Plain(login))) => format!("a plain login of `{}`", login.username),
        Ok(Some(Credential::Identity {
            identity, agency, ..
        })) => {
            let kind = match identity {
                Identity::Key(_) => "the access key",
                Identity::LoginKey { .. } => "the login key of",
                Identity::TemporaryKey(_) => "the temporary key",
                Identity::User(_) => "the IAM user",
                Identity::Token(_) => "the token",
            };
            let agency = agency
                .as_ref()
                .map(|agency| format!(" to assume `{}`", agency.name));
            format!("{kind} {}{}", identity.name(), agency.unwrap_or_default())
        }
        Err(error) => error.to_string(),
    }
}
