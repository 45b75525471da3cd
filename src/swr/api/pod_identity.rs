//! The agent of a CCE cluster that tells a pod the key of its agency; by Huawei's Python SDK (`PodIdentityAccessor`).

use std::time::{Duration, Instant};

use serde_json::json;

use super::auth::Auth;
use super::call::{self, Api};
use super::error::ApiError;
use crate::model::identity::TemporaryKey;
use crate::model::secret::Secret;
use crate::swr::endpoint::{Endpoint, Malformed};
use crate::swr::request::{Method, Request};

/// The SDK's limit for the call.
const LIMIT: Duration = Duration::from_secs(5);

/// Returns the key of the pod's agency: `POST` to what `HC_CONTAINER_CREDENTIALS_FULL_URI` says. The agent is next door,
/// so plain HTTP goes to loopback and link-local addresses, and nowhere else.
///
/// # Errors
///
/// [`ApiError`]; [`ApiError::Url`] if `url` is none.
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
