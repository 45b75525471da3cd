//! What identities from outside of the store have in common: which registries they serve, for which project, and with
//! which agency.

use super::error::ProviderError;
use crate::login::Request;
use crate::model::access_key::{AccessKey, Malformed};
use crate::model::identity::{Agency, Credential, Identity, Source, TemporaryKey};
use crate::model::registry::{CLOUDS, Kind, is_cloud};
use crate::model::secret::Secret;
use crate::system::environment::Environment;
use crate::system::error::SystemError;

/// Whether identities that belong to the clouds `served` may be used at the request's registry: one
/// of those clouds, or a registry that the settings give a project, or an instance, of its own.
pub(super) fn serves(request: &Request<'_>, served: &[&str]) -> bool {
    match request.registry.kind() {
        Kind::Swr { cloud, .. } => served.contains(&cloud.as_str()),
        Kind::Enterprise { cloud, .. } => {
            request.settings.instance.is_some() && served.contains(&cloud.as_str())
        }
        Kind::Other => request.settings.project.is_some(),
    }
}

/// Returns the clouds that the variables of Huawei's own tools belong to.
pub(super) fn huawei_clouds(environment: &Environment) -> Result<Vec<&str>, SystemError> {
    match environment.variable("HW_CLOUD")? {
        Some(cloud) if is_cloud(cloud) => Ok(vec![cloud]),
        Some(_) => Err(SystemError::variable(
            "HW_CLOUD",
            "is no domain in lower case",
        )),
        None => Ok(CLOUDS[..2].to_vec()),
    }
}

/// Returns the credential of `identity`, which is not one of a store: the variables of Terraform for
/// the project and for an agency to be assumed apply to it.
pub(super) fn credential(
    request: &Request<'_>,
    identity: Identity,
    project: &'static str,
    source: Source,
) -> Result<Credential, ProviderError> {
    let environment = request.environment;
    let project = environment.variable(project)?.map(str::to_owned);
    Ok(Credential::Identity {
        identity,
        projects: [project, request.settings.project.clone()],
        agency: match agency(environment)? {
            Some(agency) => Some(agency),
            None => request.settings.agency.clone(),
        },
        source,
    })
}

/// Returns the identity of an access key: a temporary one where it has a security token.
///
/// # Errors
///
/// [`Malformed`] if it is no access key, as `store` would find.
pub(super) fn identity(
    ak: &Secret,
    sk: Secret,
    security_token: Option<Secret>,
) -> Result<Identity, Malformed> {
    let key = AccessKey::checked(ak.expose(), sk)?;
    Ok(match security_token {
        None => Identity::Key(key),
        Some(security_token) => Identity::TemporaryKey(TemporaryKey {
            key,
            security_token,
            expires: None,
        }),
    })
}

fn agency(environment: &Environment) -> Result<Option<Agency>, SystemError> {
    let (name, domain) = ("HW_ASSUME_ROLE_AGENCY_NAME", "HW_ASSUME_ROLE_DOMAIN_NAME");
    match (environment.variable(name)?, environment.variable(domain)?) {
        (None, None) => Ok(None),
        (Some(name), Some(domain)) => Ok(Some(Agency {
            name: name.into(),
            domain: domain.into(),
        })),
        (None, Some(_)) => Err(missing(name, domain)),
        (Some(_), None) => Err(missing(domain, name)),
    }
}

/// Returns the error of a variable that is not set although another one asks for it.
pub(super) fn missing(missing: &'static str, given: &'static str) -> SystemError {
    SystemError::variable(missing, format!("is not set, and {given} is"))
}
