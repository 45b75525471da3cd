//! Cloud Container Engine (CCE): the agency of a pod. Source: the models of Huawei's Python SDK
//! (`huaweicloudsdkcce`) and the reference *AssumeAgencyForPodIdentity*.

use serde_json::json;

use super::auth::Auth;
use super::call::{self, Api, is_id};
use super::error::ApiError;
use crate::model::identity::TemporaryKey;
use crate::model::registry::is_region;
use crate::model::secret::Secret;
use crate::swr::endpoint::Endpoint;
use crate::swr::request::{Method, Request};

/// A cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    region: String,
    project_id: String,
    cluster_id: String,
}

impl Cluster {
    /// Parses `<region>/<project ID>/<cluster ID>`. Returns `None` if a part is malformed.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/').map(str::to_owned);
        let cluster = Self {
            region: parts.next()?,
            project_id: parts.next()?,
            cluster_id: parts.next()?,
        };
        let valid = is_region(&cluster.region)
            && is_id(&cluster.project_id)
            && is_id(&cluster.cluster_id)
            && parts.next().is_none();
        valid.then_some(cluster)
    }

    /// Returns its region.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Returns the ID of its project.
    pub fn project_id(&self) -> &str {
        &self.project_id
    }

    /// Returns its ID.
    pub fn cluster_id(&self) -> &str {
        &self.cluster_id
    }
}

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
    let Cluster {
        project_id,
        cluster_id,
        ..
    } = cluster;
    let path = format!(
        "/api/v3/projects/{project_id}/clusters/{cluster_id}/assume-agency-for-pod-identity"
    );
    let request = Request::new(Method::Post, cce, &path)
        .with_json(&json!({"token": token.expose()}))
        .with_header("X-Project-Id", (&**project_id).into())
        .telling(token);
    let response = api.call(request, auth)?;
    call::temporary_key(&response).map_err(|why| ApiError::Garbage {
        host: cce.authority(),
        why,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_id_is_a_region_and_two_ids() {
        assert!(Cluster::parse("cn-north-4/0605767b/5a6e8d6e-7a3d").is_some());
        for wrong in [
            "",
            "0605767b/5a6e8d6e",
            "cn-north-4/0605767b",
            "cn-north-4/0605767b/",
            "cn-north-4/0605767b/5a6e/x",
            "cn-north-4/../5a6e",
            "north/0605767b/5a6e",
        ] {
            assert_eq!(Cluster::parse(wrong), None, "{wrong}");
        }
    }
}
