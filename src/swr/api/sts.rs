//! STS v5, which issues temporary keys of agencies. Source: the models of Huawei's Python SDK
//! (`huaweicloudsdksts`) and the reference *AssumeAgencyWithOIDC*.

use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Auth;
use super::call::{self, Api};
use super::error::ApiError;
use crate::model::agency::{LIFETIME, Terms};
use crate::model::identity::TemporaryKey;
use crate::model::secret::Secret;
use crate::swr::endpoint::Endpoint;
use crate::swr::request::{Method, Request};

/// The regions with an STS of their own. Source: the table in Huawei's Python SDK.
const REGIONS: [&str; 12] = [
    "af-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "cn-east-3",
    "cn-north-4",
    "cn-south-1",
    "cn-southwest-2",
    "la-south-2",
    "sa-brazil-1",
    "tr-west-1",
];

/// Returns the URL of STS for a region of Huawei Cloud. Every STS answers for all regions; for a
/// region without one, the SDK uses `cn-north-4`.
pub fn url(region: &str) -> String {
    let region = match REGIONS.contains(&region) {
        true => region,
        false => "cn-north-4",
    };
    format!("https://sts.{region}.myhuaweicloud.com")
}

/// The arguments for an agency that trusts an OIDC identity provider.
#[derive(Clone, Copy, Debug)]
pub struct OidcAgency<'a> {
    /// The URN of the provider, such as `iam::<account>:oidcProvider:<name>`.
    pub provider: &'a str,
    /// The URN of the agency, such as `iam::<account>:agency:<name>`.
    pub agency: &'a str,
    /// The default name of the session, which appears in the audit logs of the agency's account.
    pub session: &'a str,
    /// The ID token (a JWT).
    pub id_token: &'a Secret,
    /// The optional parts of the request.
    pub terms: &'a Terms,
}

/// Returns a temporary key of the agency: `POST /v5/agencies/assume-with-oidc`, not signed.
///
/// # Errors
///
/// [`ApiError`].
pub fn assume_with_oidc(
    api: &Api,
    sts: &Endpoint,
    asked: &OidcAgency,
) -> Result<TemporaryKey, ApiError> {
    let mut body = terms(asked.terms, asked.session);
    body["provider_urn"] = asked.provider.into();
    body["agency_urn"] = asked.agency.into();
    body["id_token"] = asked.id_token.expose().into();
    let request = Request::new(Method::Post, sts, "/v5/agencies/assume-with-oidc")
        .with_json(&body)
        .telling(asked.id_token);
    let response = api.call(request, Auth::Nobody)?;
    call::temporary_key(&response).map_err(|why| ApiError::Garbage {
        host: sts.authority(),
        why,
    })
}

/// Returns a temporary key of the agency `urn`: `POST /v5/agencies/assume`, signed.
///
/// # Errors
///
/// [`ApiError`].
pub fn assume(
    api: &Api,
    sts: &Endpoint,
    urn: &str,
    session: &str,
    asked: &Terms,
    auth: Auth,
) -> Result<TemporaryKey, ApiError> {
    let mut body = terms(asked, session);
    body["agency_urn"] = urn.into();
    if let Some(id) = &asked.external_id {
        body["external_id"] = id.as_str().into();
    }
    let request = Request::new(Method::Post, sts, "/v5/agencies/assume").with_json(&body);
    let response = api.call(request, auth)?;
    call::temporary_key(&response).map_err(|why| ApiError::Garbage {
        host: sts.authority(),
        why,
    })
}

/// The optional parts of the request, as both calls write them.
fn terms(terms: &Terms, session: &str) -> Value {
    let mut body = json!({
        "agency_session_name": terms.session.as_deref().unwrap_or(session),
        "duration_seconds": terms.seconds.unwrap_or(LIFETIME),
    });
    if let Some(policy) = &terms.policy {
        body["policy"] = policy.as_str().into();
    }
    if !terms.policy_ids.is_empty() {
        body["policy_ids"] = terms.policy_ids.as_slice().into();
    }
    body
}

/// The identity of a caller, as STS knows it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CallerIdentity {
    /// The ID of the account.
    pub account_id: String,
    /// The URN of the identity, such as `iam::<account>:user:<name>`.
    pub principal_urn: String,
}

/// Returns the identity behind `auth`: `GET /v5/caller-identity`, which needs no permission.
///
/// # Errors
///
/// [`ApiError`].
pub fn caller_identity(api: &Api, sts: &Endpoint, auth: Auth) -> Result<CallerIdentity, ApiError> {
    let response = api.call(Request::new(Method::Get, sts, "/v5/caller-identity"), auth)?;
    call::json(&response).map_err(|why| ApiError::Garbage {
        host: sts.authority(),
        why,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_without_sts_uses_the_one_of_the_sdk() {
        assert_eq!(url("tr-west-1"), "https://sts.tr-west-1.myhuaweicloud.com");
        assert_eq!(url("cn-east-5"), "https://sts.cn-north-4.myhuaweicloud.com");
    }
}
