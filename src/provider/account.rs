//! The provider `default`: the stored account that serves the registry.

use super::error::ProviderError;
use crate::config::settings::RegistrySettings;
use crate::login::Request;
use crate::model::identity::{Credential, Place};
use crate::model::registry::{Kind, Registry};
use crate::store::{DEFAULT_ACCOUNT, Slot, StoredKey};
use crate::system::environment::Environment;
use crate::system::error::SystemError;

/// The variable that names an account other than `default`.
const VARIABLE: &str = "DOCKER_CREDENTIAL_SWR_ACCOUNT";

pub(super) fn find(request: &Request<'_>) -> Result<Option<Credential>, ProviderError> {
    let (registry, settings) = (request.registry, request.settings);
    let Some(chosen) = chosen_account(registry, settings, request.environment)? else {
        return Ok(None);
    };
    let slot = Slot::Account(chosen.name.clone());
    let key = request.store.read(&slot)?.and_then(|record| record.key);
    match (key, chosen.named_by) {
        (Some(key), _) if key_serves(&key, registry, settings) => {
            Ok(Some(credential(key, settings)))
        }
        // Nobody asked for this account, so the next provider may answer.
        (_, None) => Ok(None),
        (None, Some(named_by)) => Err(ProviderError::NoAccount {
            name: chosen.name,
            named_by,
            address: registry.address().to_owned(),
        }),
        // The end of the chain reports that the Enterprise edition does not accept a login key.
        (Some(_), Some(_)) if !settings.takes_access_key(registry.kind()) => Ok(None),
        (Some(key), Some(_)) => Err(ProviderError::OtherCloud {
            name: chosen.name,
            cloud: key.served_cloud().to_owned(),
            address: registry.address().to_owned(),
        }),
    }
}

/// Returns what an account's key gives at a registry with these settings.
pub fn credential(key: StoredKey, settings: &RegistrySettings) -> Credential {
    Credential::Identity {
        identity: key.identity,
        projects: [settings.project.clone(), key.project],
        agencies: settings.agencies.clone(),
        place: Place::default(),
    }
}

/// The account to use, and who named it; `default` is named by nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenAccount {
    /// Its name.
    pub name: String,
    /// The variable or the table of the settings that names it.
    pub named_by: Option<String>,
}

/// Returns the account that should serve `registry`, whether it is stored or not; `None` if no
/// account serves it.
///
/// The variable wins over the settings, because it is given for this one run. For a registry that
/// does not have the shape of SWR's, only the settings can name an account.
///
/// # Errors
///
/// [`SystemError::Variable`] if the variable is not UTF-8.
pub fn chosen_account(
    registry: &Registry,
    settings: &RegistrySettings,
    environment: &Environment,
) -> Result<Option<ChosenAccount>, SystemError> {
    let is_swr = registry.swr().is_some() || settings.is_enterprise(registry.kind());
    let variable = environment.variable(VARIABLE)?.filter(|_| is_swr);
    let (name, named_by) = match (variable, &settings.account) {
        (Some(name), _) => (name, Some(VARIABLE.to_owned())),
        (None, Some(name)) => {
            let table = format!("`[registry.\"{}\"]` in the settings", registry.address());
            (name.as_str(), Some(table))
        }
        (None, None) if is_swr => (DEFAULT_ACCOUNT, None),
        (None, None) => return Ok(None),
    };
    Ok(Some(ChosenAccount {
        name: name.to_owned(),
        named_by,
    }))
}

/// Whether an account's key may log in to `registry`: a registry of the account's own cloud, or one
/// that the settings assign to an account. A login key is valid forever and must not go to another
/// cloud.
pub fn key_serves(key: &StoredKey, registry: &Registry, settings: &RegistrySettings) -> bool {
    let is_of_cloud = match registry.kind() {
        Kind::Swr { cloud, .. } | Kind::Enterprise { cloud, .. } => cloud == key.served_cloud(),
        kind @ Kind::Other => settings.account.is_some() || settings.is_enterprise(kind),
    };
    is_of_cloud && settings.takes_access_key(registry.kind())
}
