//! STS v5, which gives out temporary keys of agencies; by the models of Huawei's Python SDK
//! (`huaweicloudsdksts`) and the document *AssumeAgencyWithOIDC*.

use serde_json::json;

use super::auth::Auth;
use super::call::{self, Api};
use super::error::ApiError;
use crate::model::identity::TemporaryKey;
use crate::model::secret::Secret;
use crate::swr::endpoint::Endpoint;
use crate::swr::request::{Method, Request};

/// The regions that have an STS of their own, by the table of Huawei's Python SDK.
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

/// Returns the URL of the STS for a region of Huawei Cloud. Any STS answers for every region; where a
/// region has none, the SDK asks that of `cn-north-4`.
pub fn url(region: &str) -> String {
    let region = match REGIONS.contains(&region) {
        true => region,
        false => "cn-north-4",
    };
    format!("https://sts.{region}.myhuaweicloud.com")
}

/// An agency that trusts an identity provider.
#[derive(Clone, Copy, Debug)]
pub struct OidcAgency<'a> {
    /// The provider, such as `iam::<account>:oidcProvider:<name>`.
    pub provider: &'a str,
    /// The agency, such as `iam::<account>:agency:<name>`.
    pub agency: &'a str,
    /// What the account's logs call this use of the agency: 2 to 128 of `A-Za-z0-9_+=,.@-`.
    pub session: &'a str,
    /// The provider's word for who asks, a JWT.
    pub id_token: &'a Secret,
    /// How long the key is to live, in seconds: 900 to the agency's own limit, at most 43200.
    pub seconds: u32,
}

/// Returns a temporary key of the agency: `POST /v5/agencies/assume-with-oidc`, which is not signed.
///
/// # Errors
///
/// [`ApiError`].
pub fn assume_with_oidc(
    api: &Api,
    sts: &Endpoint,
    asked: &OidcAgency,
) -> Result<TemporaryKey, ApiError> {
    let body = json!({
        "provider_urn": asked.provider,
        "agency_urn": asked.agency,
        "agency_session_name": asked.session,
        "id_token": asked.id_token.expose(),
        "duration_seconds": asked.seconds,
    });
    let request = Request::new(Method::Post, sts, "/v5/agencies/assume-with-oidc")
        .with_json(&body)
        .telling(asked.id_token);
    let response = api.call(request, Auth::Nobody)?;
    call::temporary_key(&response).map_err(|why| ApiError::Garbage {
        host: sts.authority(),
        why,
    })
}

/// Whether `urn` is one of the `kind` that IAM 5 writes: `iam::<account>:<kind>:<name>`.
pub fn is_urn(urn: &str, kind: &str) -> bool {
    let mut parts = urn.splitn(5, ':');
    let mut next = || parts.next().unwrap_or_default();
    let is_account =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_name = |text: &str| {
        (1..=128).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_-+=,.@/".contains(&b))
    };
    next() == "iam" && next().is_empty() && is_account(next()) && next() == kind && is_name(next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_without_an_sts_has_that_of_the_sdk() {
        assert_eq!(url("tr-west-1"), "https://sts.tr-west-1.myhuaweicloud.com");
        assert_eq!(url("cn-east-5"), "https://sts.cn-north-4.myhuaweicloud.com");
    }

    #[test]
    fn a_urn_is_of_its_kind_and_nothing_else() {
        assert!(is_urn("iam::0a1b2c:agency:swr-pull", "agency"));
        assert!(is_urn("iam::0a1b2c:oidcProvider:cluster_1", "oidcProvider"));
        for wrong in [
            "",
            "swr-pull",
            "iam::0a1b2c:agency:",
            "iam::0a1b2c:oidcProvider:x",
            "iam:cn-north-4:0a1b2c:agency:x",
            "iam::a/b:agency:x",
            "iam::0a1b2c:agency:x:y",
            "iam::0a1b2c:agency:x y",
            "sts::0a1b2c:agency:x",
        ] {
            assert!(!is_urn(wrong, "agency"), "{wrong}");
        }
    }
}
