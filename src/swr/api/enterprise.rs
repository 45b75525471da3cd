//! SWR Enterprise edition: `POST /v2/{project_id}/instances/{instance_id}/temp-credential`, by its
//! API reference *Creating a Temporary Access Credential*.

use serde::Deserialize;

use super::auth::Auth;
use super::call::{Api, TemporaryLogin, is_id, json};
use super::error::ApiError;
use crate::model::secret::Secret;
use crate::model::time;
use crate::swr::endpoint::Endpoint;
use crate::swr::request::{Method, Request, Response};

/// An instance of the Enterprise edition. Neither ID can be had from the registry's host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    project_id: String,
    instance_id: String,
}

impl Instance {
    /// Returns the instance, or `None` if one of the IDs is malformed.
    pub fn new(project_id: &str, instance_id: &str) -> Option<Self> {
        let valid = is_id(project_id) && is_id(instance_id);
        valid.then(|| Self {
            project_id: project_id.to_owned(),
            instance_id: instance_id.to_owned(),
        })
    }
}

/// Asks for a login to the registry of `instance`; `endpoint` is the API of its region.
///
/// # Errors
///
/// [`ApiError`].
pub fn temporary_login(
    api: &Api,
    endpoint: &Endpoint,
    instance: &Instance,
    auth: Auth,
) -> Result<TemporaryLogin, ApiError> {
    let response = api.call(request(endpoint, instance), auth)?;
    read(&response).map_err(|why| ApiError::Garbage {
        host: endpoint.authority(),
        why,
    })
}

fn request(endpoint: &Endpoint, instance: &Instance) -> Request {
    let Instance {
        project_id,
        instance_id,
    } = instance;
    let path = format!("/v2/{project_id}/instances/{instance_id}/temp-credential");
    // By the reference a project's ID goes along wherever a key signs for a project.
    Request::new(Method::Post, endpoint, &path)
        .with_header("X-Project-Id", (&**project_id).into())
        .as_json()
}

#[derive(Deserialize)]
struct Reply {
    user_id: String,
    auth_token: Secret,
    expire_date: Option<String>,
}

fn read(response: &Response) -> Result<TemporaryLogin, &'static str> {
    let Reply {
        user_id,
        auth_token,
        expire_date,
    } = json(response)?;
    let expires = expire_date.as_deref().and_then(time::parse_iso);
    TemporaryLogin::checked(&user_id, auth_token, expires)
}
