//! The provider `pod`: the agency that CCE assigned to the pod that this runs in. The cluster sets
//! its variables.

use super::error::ProviderError;
use super::files::read_token_file;
use super::outside::{credential, huawei_clouds, missing, place, serves};
use crate::login::Request;
use crate::model::identity::{Credential, Identity, Place, PodIdentity, Source};

const URL: &str = "HC_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN_FILE: &str = "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE";

pub(super) fn find(request: &Request<'_>) -> Result<Option<Credential>, ProviderError> {
    let environment = request.environment;
    if !serves(request, &huawei_clouds(environment)?) {
        return Ok(None);
    }
    let (url, path) = match (environment.variable(URL)?, environment.path(TOKEN_FILE)) {
        (Some(url), Some(path)) => (url.to_owned(), path),
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(missing(TOKEN_FILE, URL).into()),
        (None, Some(_)) => return Err(missing(URL, TOKEN_FILE).into()),
    };
    let token = read_token_file(TOKEN_FILE, &path)?;
    let identity = Identity::Pod(PodIdentity { url, token });
    let place = Place {
        source: Source::Variables,
        ..place(environment)?
    };
    credential(request, identity, "HW_PROJECT_NAME", place).map(Some)
}
