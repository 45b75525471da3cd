//! The agent in a CCE cluster that hands out the key of a pod's agency. Source: Huawei's Python SDK
//! (`PodIdentityAccessor`).

use std::time::{Duration, Instant};

use serde_json::json;

use super::auth::Auth;
use super::call::{self, Api};
use super::error::ApiError;
use crate::model::identity::TemporaryKey;
use crate::model::secret::Secret;
use crate::swr::endpoint::{Endpoint, Malformed};
use crate::swr::request::{Method, Request};

/// The SDK's time limit for the call.
const LIMIT: Duration = Duration::from_secs(5);

/// Returns the key of the pod's agency: `POST` to the URL in `HC_CONTAINER_CREDENTIALS_FULL_URI`.
/// The agent is on the same node, so plain HTTP is allowed for loopback and link-local addresses
/// only.
///
/// # Errors
///
/// [`ApiError`]; [`ApiError::Url`] if `url` is malformed.
pub fn key(api: &Api, url: &str, token: &Secret) -> Result<TemporaryKey, ApiError> {
    let (endpoint, path, query) = Endpoint::next_door(url)?;
    if !query.is_empty() {
        return Err(Malformed::Query.into());
    }
    let request = Request::new(Method::Post, &endpoint, path)
        .with_json(&json!({}))
        .with_header("Authorization", token.clone())
        .telling(token);
    let limited = Api {
        deadline: api.deadline.min(Instant::now() + LIMIT),
        ..*api
    };
    let response = limited.call(request, Auth::Nobody)?;
    call::temporary_key(&response).map_err(|why| ApiError::Garbage {
        host: endpoint.authority(),
        why,
    })
}
