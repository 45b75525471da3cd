//! The provider `default`: the account that serves the registry.

use super::{Credential, Request};
use crate::error::{Error, Result};
use crate::registry::Kind;
use crate::store::{DEFAULT_ACCOUNT, Slot};

/// The variable that names another account than `default`.
const VARIABLE: &str = "DOCKER_CREDENTIAL_SWR_ACCOUNT";

/// An account serves the registries of its own cloud, and one that the settings give to it. A login
/// key is valid for ever and must not go to another operator.
pub(super) fn find(request: &Request<'_>) -> Result<Option<Credential>> {
    let Some(Choice { name, named_by }) = Choice::of(request)? else {
        return Ok(None);
    };
    let slot = Slot::Account(name.clone());
    let Some(key) = request.store.read(&slot)?.and_then(|record| record.key) else {
        return match named_by {
            None => Ok(None),
            Some(named_by) => Err(Error::NoAccount { name, named_by }),
        };
    };
    let own = key.served_cloud();
    match request.registry.kind() {
        Kind::Swr { cloud, .. } | Kind::Enterprise { cloud, .. } if cloud != own => {
            match named_by {
                None => Ok(None),
                Some(_) => {
                    let address = request.registry.address().to_owned();
                    Err(Error::OtherCloud {
                        name,
                        cloud: own.to_owned(),
                        address,
                    })
                }
            }
        }
        _ => Ok(Some(Credential::Identity {
            identity: key.identity,
            projects: [request.settings.project.clone(), key.project],
            agency: request.settings.agency.clone(),
        })),
    }
}

/// Which account is meant, and who named it; nobody names `default`.
struct Choice {
    name: String,
    named_by: Option<String>,
}

impl Choice {
    /// The variable goes before the settings, as it is given for this one run. For a registry that is
    /// not SWR-shaped only the settings can name an account.
    fn of(request: &Request<'_>) -> Result<Option<Self>> {
        let is_swr = request.registry.swr().is_some() || request.settings.instance.is_some();
        let variable = if is_swr {
            request.environment.variable(VARIABLE)?
        } else {
            None
        };
        if let Some(name) = variable {
            return Ok(Some(Self {
                name: name.to_owned(),
                named_by: Some(VARIABLE.to_owned()),
            }));
        }
        if let Some(name) = &request.settings.account {
            let named_by = format!(
                "`[registry.\"{}\"]` in the settings",
                request.registry.address()
            );
            return Ok(Some(Self {
                name: name.clone(),
                named_by: Some(named_by),
            }));
        }
        Ok(is_swr.then(|| Self {
            name: DEFAULT_ACCOUNT.to_owned(),
            named_by: None,
        }))
    }
}
