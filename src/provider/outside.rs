//! What identities from outside the store have in common: the registries they serve, the project,
//! and the agency to assume.

use super::error::ProviderError;
use crate::config::settings::agencies_of_text;
use crate::login::Request;
use crate::model::access_key::{AccessKey, Malformed};
use crate::model::agency::{Agency, Parts, Terms};
use crate::model::identity::{Credential, Identity, Place, TemporaryKey};
use crate::model::registry::{CLOUDS, Kind, is_cloud, is_project};
use crate::model::secret::Secret;
use crate::system::environment::Environment;
use crate::system::error::SystemError;

/// Whether identities of the clouds `served` may log in to the request's registry: it is in one of
/// those clouds, or the settings give it a project or an instance.
pub(super) fn serves(request: &Request<'_>, served: &[&str]) -> bool {
    match request.registry.kind() {
        Kind::Swr { cloud, .. } => served.contains(&cloud.as_str()),
        kind @ Kind::Enterprise { cloud, .. } => {
            request.settings.is_enterprise(kind) && served.contains(&cloud.as_str())
        }
        kind @ Kind::Other => {
            request.settings.project.is_some() || request.settings.is_enterprise(kind)
        }
    }
}

/// Returns the clouds that the variables of Huawei's tools apply to.
pub(super) fn huawei_clouds(environment: &Environment) -> Result<Vec<&str>, SystemError> {
    match environment.variable("HW_CLOUD")? {
        Some(cloud) if is_cloud(cloud) => Ok(vec![cloud]),
        Some(_) => Err(SystemError::variable(
            "HW_CLOUD",
            "is not a domain in lower case",
        )),
        None => Ok(CLOUDS[..2].to_vec()),
    }
}

/// Returns the credential of `identity`, which does not come from the store. Terraform's variables
/// for a project and an agency apply to it.
pub(super) fn credential(
    request: &Request<'_>,
    identity: Identity,
    project: &'static str,
    place: Place,
) -> Result<Credential, ProviderError> {
    let environment = request.environment;
    let project = environment.variable(project)?.map(str::to_owned);
    Ok(Credential::Identity {
        identity,
        projects: [project, request.settings.project.clone()],
        agencies: match agencies(environment)? {
            Some(agencies) => agencies,
            None => request.settings.agencies.clone(),
        },
        place,
    })
}

/// Returns what the variables say about the project besides its name: its ID, which then need not
/// be looked up.
pub(super) fn place(environment: &Environment) -> Result<Place, SystemError> {
    let named = ["HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID"];
    for name in named {
        match environment.variable(name)? {
            Some(id) if is_project(id) => {
                return Ok(Place {
                    project_id: Some(id.to_owned()),
                    ..Place::default()
                });
            }
            Some(_) => return Err(SystemError::variable(name, "is not a project ID")),
            None => {}
        }
    }
    Ok(Place::default())
}

/// Returns the identity of an access key: a temporary one if there is a security token.
///
/// # Errors
///
/// [`Malformed`] by the same rules as in `store`.
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

/// The start of Terraform's variables for an agency. An unknown one is a typo that would be ignored
/// everywhere.
const ASSUME_ROLE: &str = "HW_ASSUME_ROLE_";

/// The variable for agencies, written as in the settings.
const AGENCY: &str = "DOCKER_CREDENTIAL_SWR_AGENCY";

fn agencies(environment: &Environment) -> Result<Option<Vec<Agency>>, SystemError> {
    let named = environment
        .variable(AGENCY)?
        .map(|text| agencies_of_text(text).map_err(|why| SystemError::variable(AGENCY, why)))
        .transpose()?;
    let (name, domain, domain_id, duration) = (
        "HW_ASSUME_ROLE_AGENCY_NAME",
        "HW_ASSUME_ROLE_DOMAIN_NAME",
        "HW_ASSUME_ROLE_DOMAIN_ID",
        "HW_ASSUME_ROLE_DURATION",
    );
    let of_provider = [
        "HW_ASSUME_ROLE_IDP_ID",
        "HW_ASSUME_ROLE_ID_TOKEN",
        "HW_ASSUME_ROLE_ID_TOKEN_FILE",
    ];
    let known = [name, domain, domain_id, duration];
    for other in environment.names(ASSUME_ROLE) {
        if !known.contains(&&*other) && !of_provider.contains(&&*other) {
            return Err(SystemError::variable(
                other,
                "is not a variable of Terraform's",
            ));
        }
    }
    let text = |name| Ok::<_, SystemError>(environment.variable(name)?.map(str::to_owned));
    let seconds = match environment.variable(duration)? {
        None => None,
        Some(text) => Some(
            text.parse()
                .map_err(|_| SystemError::variable(duration, "is not a number of seconds"))?,
        ),
    };
    let parts = Parts {
        name: text(name)?,
        // If both are set, Terraform takes the ID and calls IAM v5.
        domain: text(domain)?.filter(|_| environment.path(domain_id).is_none()),
        domain_id: text(domain_id)?,
        terms: Terms {
            seconds,
            ..Terms::default()
        },
    };
    let given = known
        .into_iter()
        .find(|name| environment.path(name).is_some());
    match (named, given) {
        (named, None) => Ok(named),
        (Some(_), Some(given)) => Err(SystemError::variable(
            AGENCY,
            format!("is set, and {given} too"),
        )),
        (None, Some(given)) if parts.name.is_none() => Err(missing(name, given)),
        (None, Some(_)) if parts.domain.is_none() && parts.domain_id.is_none() => {
            Err(missing(domain, name))
        }
        (None, Some(_)) => {
            let agency =
                Agency::from_parts(parts).map_err(|why| SystemError::variable(name, why))?;
            Ok(Some(vec![agency]))
        }
    }
}

/// Returns the error of a variable that another variable requires.
pub(super) fn missing(missing: &'static str, given: &'static str) -> SystemError {
    SystemError::variable(missing, format!("is not set, but {given} is"))
}
