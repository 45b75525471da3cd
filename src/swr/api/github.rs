//! GitHub Actions as an OIDC identity provider. Source: GitHub's *OpenID Connect reference*.

use serde::Deserialize;

use super::auth::Auth;
use super::call::{self, Api};
use super::error::ApiError;
use crate::model::secret::Secret;
use crate::swr::endpoint::Endpoint;
use crate::swr::request::{Method, Request};

/// Returns an ID token of the job for `audience`: `GET` on the URL in
/// `ACTIONS_ID_TOKEN_REQUEST_URL`, with the token in `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
///
/// # Errors
///
/// [`ApiError`]; [`ApiError::Url`] if `url` is malformed.
pub fn id_token(api: &Api, url: &str, audience: &str, token: &Secret) -> Result<Secret, ApiError> {
    #[derive(Deserialize)]
    struct Reply {
        value: Secret,
    }
    let (endpoint, path, query) = Endpoint::with_path(url)?;
    let mut request = Request::new(Method::Get, &endpoint, path);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        request = request.with_query(name, value);
    }
    let bearer = Secret::new(format!("Bearer {}", token.expose()));
    let request = request
        .with_query("audience", audience)
        .with_header("Authorization", bearer)
        .telling(token);
    let response = api.call(request, Auth::Nobody)?;
    let reply: Reply = call::json(&response).map_err(|why| ApiError::Garbage {
        host: endpoint.authority(),
        why,
    })?;
    Ok(reply.value)
}
