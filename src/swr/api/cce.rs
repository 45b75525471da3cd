//! Cloud Container Engine (CCE): the agency of a pod. Source: the models of Huawei's Python SDK
//! (`huaweicloudsdkcce`) and the reference *AssumeAgencyForPodIdentity*.

use serde_json::json;

use super::auth::Auth;
use super::call::{self, Api};
use super::error::ApiError;
use crate::model::cluster::Cluster;
use crate::model::identity::TemporaryKey;
use crate::model::secret::Secret;
use crate::swr::endpoint::Endpoint;
use crate::swr::request::{Method, Request};

/// Returns a temporary key of the agency that `cluster` assigned to the service account of `token`.
/// The caller needs the permission `cce::assumeAgencyForPodIdentity`.
///
/// # Errors
///
/// [`ApiError`].
pub fn assume_for_pod(
    api: &Api,
    cce: &Endpoint,
    cluster: &Cluster,
    token: &Secret,
    auth: Auth,
) -> Result<TemporaryKey, ApiError> {
    let (project_id, cluster_id) = (cluster.project_id(), cluster.cluster_id());
    let path = format!(
        "/api/v3/projects/{project_id}/clusters/{cluster_id}/assume-agency-for-pod-identity"
    );
    let request = Request::new(Method::Post, cce, &path)
        .with_json(&json!({"token": token.expose()}))
        .with_header("X-Project-Id", project_id.into())
        .telling(token);
    let response = api.call(request, auth)?;
    call::temporary_key(&response).map_err(|why| ApiError::Garbage {
        host: cce.authority(),
        why,
    })
}
