//! The metadata service of an ECS server, which hands out the key of the server's agency. Source:
//! Huawei's ECS documents and its Python SDK.

use std::time::{Duration, Instant};

use super::auth::Auth;
use super::call::{Api, temporary_key};
use super::error::ApiError;
use crate::model::identity::TemporaryKey;
use crate::model::secret::Secret;
use crate::swr::endpoint::Endpoint;
use crate::swr::request::{Method, Request, Response};
use crate::swr::transport;

/// The SDK's time limit for each of the two calls. The service is close by or does not exist.
pub const LIMIT: Duration = Duration::from_secs(3);

/// The lifetime to request for the session token, in seconds; the same as in the SDK.
const TOKEN_LIFETIME: &str = "21600";

/// What the service answers, with any status, on a server without an agency.
const NO_AGENCY: &str = "Please configure Cloud Service Agency first";

/// Returns the key of this server's agency; `None` if it has none. Each call may take `limit`.
///
/// # Errors
///
/// [`ApiError`]; [`ApiError::Unreachable`] on a machine that is not an ECS server.
pub fn agency_key(
    api: &Api,
    metadata: &Endpoint,
    limit: Duration,
) -> Result<Option<TemporaryKey>, ApiError> {
    let (mut request, mut response, mut token) = ask(api, metadata, limit)?;
    let has_agency = |response: &Response| !response.body.expose().contains(NO_AGENCY);
    if response.status == 401 && token.is_some() && has_agency(&response) {
        // The session token expired in the meantime. Like the SDK, request another one, once.
        (request, response, token) = ask(api, metadata, limit)?;
    }
    if !has_agency(&response) {
        return Ok(None);
    }
    if !response.is_success() {
        let sent = token.as_ref().map_or(Auth::Nobody, Auth::Token);
        return Err(ApiError::from_response(&request, &response, sent, api.now));
    }
    let key = temporary_key(&response).map(Some);
    key.map_err(|why| ApiError::Garbage {
        host: metadata.authority(),
        why,
    })
}

/// Requests the key. Returns the request, the response and the session token.
fn ask(
    api: &Api,
    metadata: &Endpoint,
    limit: Duration,
) -> Result<(Request, Response, Option<Secret>), ApiError> {
    let mut request = Request::new(Method::Get, metadata, "/openstack/latest/securitykey");
    let token = session_token(api, metadata, limit)?;
    if let Some(token) = &token {
        request = request.with_header("X-Metadata-Token", token.clone());
    }
    let response = transport::send(api.transport, &request, sooner(api, limit))?;
    Ok((request, response, token))
}

/// Returns the session token that newer servers require; `None` if the service does not use such
/// tokens.
fn session_token(
    api: &Api,
    metadata: &Endpoint,
    limit: Duration,
) -> Result<Option<Secret>, ApiError> {
    let request = Request::new(Method::Put, metadata, "/meta-data/latest/api/token")
        .with_header("X-Metadata-Token-Ttl-Seconds", TOKEN_LIFETIME.into());
    // Not with `transport::send`, which would repeat the request: a 503 is an answer here.
    let response = api.transport.send(&request, sooner(api, limit))?;
    match response.status {
        404 | 405 | 503 => Ok(None),
        _ if !response.is_success() => Err(ApiError::from_response(
            &request,
            &response,
            Auth::Nobody,
            api.now,
        )),
        _ => {
            Ok(Some(response.body.expose().trim().into())
                .filter(|token: &Secret| !token.is_empty()))
        }
    }
}

fn sooner(api: &Api, limit: Duration) -> Instant {
    api.deadline.min(Instant::now() + limit)
}
