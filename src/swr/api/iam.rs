//! IAM: projects, tokens and temporary keys. Source: its API reference.

use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Auth;
use super::call::{self, Api};
use super::error::ApiError;
use crate::model::agency::{LIFETIME, Terms};
use crate::model::identity::TemporaryKey;
use crate::model::secret::Secret;
use crate::model::text::is_id;
use crate::model::time;
use crate::swr::endpoint::Endpoint;
use crate::swr::request::{Method, Request, Response};

/// Returns the ID of the project `name`: `GET /v3/projects?name=`, *Querying Project Information*.
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

/// The lifetime to request for the key of a federated user, in seconds; the same as in Huawei's
/// SDK.
const FEDERATED_LIFETIME: u32 = 6 * 3600;

/// An IAM token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The value of `X-Auth-Token`.
    pub token: Secret,
    /// When it expires, in Unix seconds; `None` if IAM did not say.
    pub expires: Option<u64>,
}

/// An IAM user with its password.
#[derive(Clone, Copy, Debug)]
pub struct User<'a> {
    /// The user's name.
    pub name: &'a str,
    /// The name of the account that the user belongs to.
    pub domain: &'a str,
    /// The user's password.
    pub password: &'a Secret,
}

/// The project that a token is for.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// By name.
    Name(&'a str),
    /// By ID.
    Id(&'a str),
}

/// Returns a token of `user` for the project `scope`: `POST /v3/auth/tokens`, *Obtaining a User
/// Token Through Password Authentication*. Without the catalog of services, the token is short
/// enough for a header.
///
/// # Errors
///
/// [`ApiError`].
pub fn token(api: &Api, iam: &Endpoint, user: &User, scope: Scope) -> Result<Token, ApiError> {
    let project = match scope {
        Scope::Name(name) => json!({"name": name}),
        Scope::Id(id) => json!({"id": id}),
    };
    let body = json!({"auth": {
        "identity": {
            "methods": ["password"],
            "password": {"user": {
                "name": user.name,
                "password": user.password.expose(),
                "domain": {"name": user.domain},
            }},
        },
        "scope": {"project": project},
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

/// Returns a temporary key of the agency `name` of the account `domain`: `POST
/// /v3.0/OS-CREDENTIAL/securitytokens`, *Obtaining a Temporary Access Key and Security Token
/// Through an Agency*.
///
/// # Errors
///
/// [`ApiError`].
pub fn assume_role(
    api: &Api,
    iam: &Endpoint,
    name: &str,
    domain: &str,
    terms: &Terms,
    auth: Auth,
) -> Result<TemporaryKey, ApiError> {
    let mut role = json!({
        "agency_name": name,
        "domain_name": domain,
        "duration_seconds": terms.seconds.unwrap_or(LIFETIME),
    });
    if let Some(session) = &terms.session {
        role["session_user"] = json!({"name": session});
    }
    let mut identity = json!({"methods": ["assume_role"], "assume_role": role});
    if let Some(policy) = &terms.policy {
        // It was checked when it was read.
        identity["policy"] = serde_json::from_str(policy).unwrap_or_default();
    }
    security_tokens(api, iam, identity, None, auth)
}

/// Returns a temporary key of a federated user of `provider`, whose ID token is `token`: `POST
/// /v3.0/OS-AUTH/id-token/tokens` returns an unscoped token, and `POST
/// /v3.0/OS-CREDENTIAL/securitytokens` a key for it. Neither request is signed.
///
/// # Errors
///
/// [`ApiError`].
pub fn federated_key(
    api: &Api,
    iam: &Endpoint,
    provider: &str,
    token: &Secret,
) -> Result<TemporaryKey, ApiError> {
    let body = json!({"auth": {"id_token": {"id": token.expose()}}});
    let request = Request::new(Method::Post, iam, "/v3.0/OS-AUTH/id-token/tokens")
        .with_json(&body)
        .with_header("X-Idp-Id", provider.into())
        .telling(token);
    let response = api.call(request, Auth::Nobody)?;
    let garbage = |why| ApiError::Garbage {
        host: iam.authority(),
        why,
    };
    let unscoped = read_token(&response).map_err(garbage)?.token;
    let identity = json!({
        "methods": ["token"],
        "token": {"id": unscoped.expose(), "duration_seconds": FEDERATED_LIFETIME},
    });
    security_tokens(api, iam, identity, Some(&unscoped), Auth::Nobody)
}

fn security_tokens(
    api: &Api,
    iam: &Endpoint,
    identity: Value,
    told: Option<&Secret>,
    auth: Auth,
) -> Result<TemporaryKey, ApiError> {
    let body = json!({"auth": {"identity": identity}});
    let request =
        Request::new(Method::Post, iam, "/v3.0/OS-CREDENTIAL/securitytokens").with_json(&body);
    let request = match told {
        Some(told) => request.telling(told),
        None => request,
    };
    let response = api.call(request, auth)?;
    call::temporary_key(&response).map_err(|why| ApiError::Garbage {
        host: iam.authority(),
        why,
    })
}
