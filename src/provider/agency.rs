//! The provider `agency`: this machine's identity, from the metadata service of an ECS server.

use super::error::ProviderError;
use super::outside::{credential, huawei_clouds, serves};
use crate::login::{LoginError, Request, temporary};
use crate::model::identity::{Credential, Identity, Source};
use crate::swr::endpoint::{Endpoint, METADATA};
use crate::system::error::SystemError;

/// The variable that names another endpoint than 169.254.169.254.
const VARIABLE: &str = "DOCKER_CREDENTIAL_SWR_METADATA_ENDPOINT";

pub(super) fn find(request: &Request<'_>) -> Result<Option<Credential>, ProviderError> {
    if !serves(request, &huawei_clouds(request.environment)?) {
        return Ok(None);
    }
    let text = request.environment.variable(VARIABLE)?.unwrap_or(METADATA);
    let endpoint =
        Endpoint::parse(text).map_err(|why| SystemError::variable(VARIABLE, why.to_string()))?;
    let found = temporary::server_agency(request, &endpoint);
    match found.map_err(of_this_server)? {
        Some(agency) => credential(
            request,
            Identity::Server(agency),
            "HW_PROJECT_NAME",
            Source::Elsewhere,
        )
        .map(Some),
        None => Err(LoginError::NoServerAgency.into()),
    }
}

fn of_this_server(error: LoginError) -> ProviderError {
    match error {
        LoginError::Api(error) => ProviderError::ServerAgency(error),
        other => other.into(),
    }
}
