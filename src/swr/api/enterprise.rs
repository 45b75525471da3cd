//! SWR Enterprise edition. Source: the reference *Creating a Temporary Access Credential* and the
//! models of Huawei's Python SDK (`huaweicloudsdkswr`).

use serde::Deserialize;

use super::auth::Auth;
use super::call::{Api, TemporaryLogin, json};
use super::error::ApiError;
use crate::model::secret::Secret;
use crate::model::text::is_id;
use crate::model::time;
use crate::swr::endpoint::Endpoint;
use crate::swr::request::{Method, Request, Response};

/// The number of instances in one response: the most that the API allows.
const PAGE: usize = 100;

/// An instance of the Enterprise edition.
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

/// Requests a login to the registry of `instance`. `endpoint` is the API in its region.
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
    // By the reference, the project's ID must be sent whenever a key signs for a project.
    Request::new(Method::Post, endpoint, &path)
        .with_header("X-Project-Id", (&**project_id).into())
        .as_json()
}

/// Returns the ID of the instance in the project whose registry has this address, from `GET
/// /v2/{project_id}/instances`. If `is_custom`, also compares the instances' custom domains, from
/// `GET .../{instance_id}/domainname`.
///
/// # Errors
///
/// [`ApiError`]; [`ApiError::NoInstance`] if no instance has it.
pub fn find(
    api: &Api,
    endpoint: &Endpoint,
    project_id: &str,
    address: &str,
    is_custom: bool,
    auth: Auth,
) -> Result<String, ApiError> {
    let garbage = |why| ApiError::Garbage {
        host: endpoint.authority(),
        why,
    };
    let get = |path: &str| {
        Request::new(Method::Get, endpoint, path)
            .with_header("X-Project-Id", project_id.into())
            .as_json()
    };
    if !is_id(project_id) {
        return Err(garbage("a malformed project ID"));
    }
    let path = format!("/v2/{project_id}/instances");
    let mut instances = Vec::new();
    loop {
        let request = get(&path)
            .with_query("limit", &PAGE.to_string())
            .with_query("offset", &instances.len().to_string());
        let page: Instances = json(&api.call(request, auth)?).map_err(garbage)?;
        let is_last = page.instances.len() < PAGE;
        instances.extend(page.instances);
        if is_last {
            break;
        }
    }
    if let Some(found) = instances.iter().find(|found| found.is_at(address)) {
        return Ok(found.id.clone());
    }
    for instance in instances
        .iter()
        .filter(|found| is_custom && is_id(&found.id))
    {
        let request = get(&format!("{path}/{}/domainname", instance.id));
        let domains: Domains = json(&api.call(request, auth)?).map_err(garbage)?;
        let mut domains = domains.domain_name_infos.into_iter().flatten();
        if domains.any(|domain| domain.domain_name.eq_ignore_ascii_case(address)) {
            return Ok(instance.id.clone());
        }
    }
    Err(ApiError::NoInstance {
        host: endpoint.authority(),
        address: address.to_owned(),
    })
}

#[derive(Deserialize)]
struct Instances {
    instances: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    access_address: Option<String>,
}

impl Listed {
    fn is_at(&self, address: &str) -> bool {
        let access = self.access_address.as_deref().unwrap_or_default();
        let access = access.strip_prefix("https://").unwrap_or(access);
        access.trim_end_matches('/').eq_ignore_ascii_case(address)
    }
}

#[derive(Deserialize)]
struct Domains {
    domain_name_infos: Option<Vec<Domain>>,
}

#[derive(Deserialize)]
struct Domain {
    domain_name: String,
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
