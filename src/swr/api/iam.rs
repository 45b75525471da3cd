//! IAM: projects, tokens and temporary keys, by its API reference.

use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Auth;
use super::call::{self, Api, is_id};
use super::error::ApiError;
use crate::model::identity::TemporaryKey;
use crate::model::secret::Secret;
use crate::model::time;
use crate::swr::endpoint::Endpoint;
use crate::swr::request::{Method, Request, Response};

/// Returns the ID of the project called `name`: `GET /v3/projects?name=`, *Querying Project
/// Information*.
///
/// # Errors
///
/// [`ApiError`]; [`ApiError::NoProject`] if there is no such project.
pub fn project_id(api: &Api, iam: &Endpoint, name: &str, auth: Auth) -> Result<String, ApiError> {
    #[derive(Deserialize)]
    struct Reply {
        projects: Vec<Project>,
    }
    #[derive(Deserialize)]
    struct Project {
        id: String,
        name: String,
    }
    let request = Request::new(Method::Get, iam, "/v3/projects").with_query("name", name);
    let response = api.call(request, auth)?;
    let garbage = |why| ApiError::Garbage {
        host: iam.authority(),
        why,
    };
    let reply: Reply = call::json(&response).map_err(garbage)?;
    match reply
        .projects
        .into_iter()
        .find(|project| project.name == name)
    {
        Some(Project { id, .. }) if is_id(&id) => Ok(id),
        Some(_) => Err(garbage("a malformed project ID")),
        None => Err(ApiError::NoProject {
            host: iam.authority(),
            name: name.to_owned(),
        }),
    }
}

/// An IAM token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What goes into `X-Auth-Token`.
    pub token: Secret,
    /// When it ends, in Unix seconds; `None` where IAM did not say.
    pub expires: Option<u64>,
}

/// An IAM user with what proves it.
#[derive(Clone, Copy, Debug)]
pub struct User<'a> {
    /// The user's name.
    pub name: &'a str,
    /// The account that the user belongs to.
    pub domain: &'a str,
    /// The user's password.
    pub password: &'a Secret,
}

/// Returns a token of `user` for the project called `project`: `POST /v3/auth/tokens`, *Obtaining a
/// User Token Through Password Authentication*. Without the catalogue of services the token is short
/// enough for a header.
///
/// # Errors
///
/// [`ApiError`].
pub fn token(api: &Api, iam: &Endpoint, user: &User, project: &str) -> Result<Token, ApiError> {
    let body = json!({"auth": {
        "identity": {
            "methods": ["password"],
            "password": {"user": {
                "name": user.name,
                "password": user.password.expose(),
                "domain": {"name": user.domain},
            }},
        },
        "scope": {"project": {"name": project}},
    }});
    let request = Request::new(Method::Post, iam, "/v3/auth/tokens")
        .with_query("nocatalog", "true")
        .with_json(&body);
    let response = api.call(request, Auth::Password(user.password))?;
    read_token(&response).map_err(|why| ApiError::Garbage {
        host: iam.authority(),
        why,
    })
}

fn read_token(response: &Response) -> Result<Token, &'static str> {
    let token = response
        .header("X-Subject-Token")
        .filter(|token| !token.is_empty())
        .ok_or("no token")?;
    let body: Value = call::json(response).unwrap_or_default();
    let expires = body.pointer("/token/expires_at").and_then(Value::as_str);
    Ok(Token {
        token: token.into(),
        expires: expires.and_then(time::parse_iso),
    })
}

/// An agency of another account that is assumed.
#[derive(Clone, Copy, Debug)]
pub struct Agency<'a> {
    /// The agency's name.
    pub name: &'a str,
    /// The name of the account that made it.
    pub domain: &'a str,
    /// How long the key is to live, in seconds: 900 to 86400.
    pub seconds: u32,
}

/// Returns a temporary key of `agency`: `POST /v3.0/OS-CREDENTIAL/securitytokens`, *Obtaining a
/// Temporary Access Key and Security Token Through an Agency*.
///
/// # Errors
///
/// [`ApiError`].
pub fn assume_role(
    api: &Api,
    iam: &Endpoint,
    agency: &Agency,
    auth: Auth,
) -> Result<TemporaryKey, ApiError> {
    let role = json!({
        "agency_name": agency.name,
        "domain_name": agency.domain,
        "duration_seconds": agency.seconds,
    });
    let body = json!({"auth": {"identity": {"methods": ["assume_role"], "assume_role": role}}});
    let request =
        Request::new(Method::Post, iam, "/v3.0/OS-CREDENTIAL/securitytokens").with_json(&body);
    let response = api.call(request, auth)?;
    call::temporary_key(&response).map_err(|why| ApiError::Garbage {
        host: iam.authority(),
        why,
    })
}
