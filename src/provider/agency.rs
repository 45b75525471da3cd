//! The provider `agency`: this machine's identity, from the metadata service of an ECS server.

use super::environment::{credential, huawei_clouds};
use super::{Credential, Request, serves};
use crate::error::{Error, Result};
use crate::identity::Identity;
use crate::login::temporary;
use crate::swr::endpoint::{Endpoint, METADATA};

/// The variable that names another endpoint than 169.254.169.254.
const VARIABLE: &str = "DOCKER_CREDENTIAL_SWR_METADATA_ENDPOINT";

pub(super) fn find(request: &Request<'_>) -> Result<Option<Credential>> {
    if !serves(request, &huawei_clouds(request.environment)?) {
        return Ok(None);
    }
    let text = request.environment.variable(VARIABLE)?.unwrap_or(METADATA);
    let endpoint = Endpoint::parse(text).map_err(|why| Error::Variable {
        name: VARIABLE,
        why: why.to_string(),
    })?;
    let found = temporary::metadata_key(request, &endpoint);
    match found.map_err(of_this_server)? {
        Some(key) => credential(request, Identity::TemporaryKey(key), "HW_PROJECT_NAME").map(Some),
        None => Ok(None),
    }
}

fn of_this_server(error: Error) -> Error {
    match error {
        Error::Api(error) => Error::ServerAgency(error),
        other => other,
    }
}
