//! The provider `agency`: the agency of the ECS server that this runs on, from its metadata
//! service.

use super::error::ProviderError;
use super::outside::{credential, huawei_clouds, place, serves};
use crate::login::{LoginError, Request, temporary};
use crate::model::identity::{Credential, Identity, ServerAgency};
use crate::state::notes::{Kind, Notes};
use crate::swr::api::ApiError;
use crate::swr::endpoint::{Endpoint, METADATA};
use crate::system::error::SystemError;

/// The variable that names an endpoint other than 169.254.169.254.
const VARIABLE: &str = "DOCKER_CREDENTIAL_SWR_METADATA_ENDPOINT";

pub(super) fn find(request: &Request<'_>) -> Result<Option<Credential>, ProviderError> {
    if !serves(request, &huawei_clouds(request.environment)?) {
        return Ok(None);
    }
    let place = place(request.environment)?;
    credential(request, identity(request)?, "HW_PROJECT_NAME", place).map(Some)
}

/// Returns the same where nobody named the provider. A server that was given no agency, or whose
/// metadata service does not answer, has nothing; the service is then left alone for a while.
pub(super) fn find_if_any(request: &Request<'_>) -> Result<Option<Credential>, ProviderError> {
    let notes = Notes::open(request.environment);
    let endpoint = endpoint(request)?.to_string();
    let hash = |notes: &Notes<'_>| notes.hash(["metadata", &endpoint]);
    let recalled = notes.as_ref();
    if recalled.is_some_and(|notes| notes.recall(Kind::Silent, &hash(notes)).is_some()) {
        return Ok(None);
    }
    match find(request) {
        Err(ProviderError::Login(LoginError::NoServerAgency)) => Ok(None),
        Err(ProviderError::ServerAgency(error @ ApiError::Unreachable(_))) => {
            request
                .environment
                .trace()
                .note(|| format!("agency: {error}"));
            if let Some(notes) = &notes {
                notes.remember(Kind::Silent, &hash(notes), &error.to_string());
            }
            Ok(None)
        }
        found => found,
    }
}

/// Returns the agency of this server.
pub(super) fn identity(request: &Request<'_>) -> Result<Identity, ProviderError> {
    let endpoint = endpoint(request)?;
    match temporary::server_agency(request, &endpoint).map_err(of_this_server)? {
        Some(agency) => Ok(Identity::Server(Box::new(agency))),
        None => Err(LoginError::NoServerAgency.into()),
    }
}

/// Does the same without checking that the server has an agency.
pub(super) fn unasked(request: &Request<'_>) -> Result<Identity, ProviderError> {
    Ok(Identity::Server(Box::new(ServerAgency {
        endpoint: endpoint(request)?.to_string(),
        ak: String::new(),
        fresh: None,
    })))
}

fn endpoint(request: &Request<'_>) -> Result<Endpoint, SystemError> {
    let text = request.environment.variable(VARIABLE)?.unwrap_or(METADATA);
    Endpoint::parse(text).map_err(|why| SystemError::variable(VARIABLE, why.to_string()))
}

fn of_this_server(error: LoginError) -> ProviderError {
    match error {
        LoginError::Api(error) => ProviderError::ServerAgency(error),
        other => other.into(),
    }
}
