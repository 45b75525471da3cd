//! Service account tokens of the stand-in's cluster.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

/// The audience that the agencies of the stand-in's account require.
pub(crate) const OIDC_AUDIENCE: &str = "sts.huaweicloud.com";

/// The audience that CCE requires.
pub(crate) const CCE_AUDIENCE: &str = "service.cce.pods";

/// The URN of the cluster as an identity provider of the account.
pub(crate) const PROVIDER: &str = "iam::0a1b2c3d4e5f60718293a4b5c6d7e8f9:oidcProvider:cluster";

/// The cluster's ID in CCE.
pub(crate) const CLUSTER: &str =
    "cn-north-4/0605767b5e00d5762fb4c00a0a2b0d39/7c8d9e0f-1a2b-3c4d-5e6f-708192a3b4c5";

/// Returns the agency that trusts the accounts of a namespace: `team-a` or `team-b`.
pub(crate) fn agency(namespace: &str) -> String {
    format!("iam::0a1b2c3d4e5f60718293a4b5c6d7e8f9:agency:{namespace}-pull")
}

/// Returns a token of the account `app` for `pod`, signed with the key of the stand-in's cluster.
pub(crate) fn token(namespace: &str, pod: &str, audience: &str) -> String {
    signed(namespace, pod, audience, b"the key of the cluster's issuer")
}

/// Returns the same, signed with another key.
pub(crate) fn forged(namespace: &str, pod: &str, audience: &str) -> String {
    signed(namespace, pod, audience, b"another key")
}

fn signed(namespace: &str, pod: &str, audience: &str, key: &[u8]) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let claims = json!({
        "iss": "https://kubernetes.default.svc.cluster.local",
        "aud": [audience],
        "sub": format!("system:serviceaccount:{namespace}:app"),
        "exp": now.as_secs() + 3600,
        "kubernetes.io": {"namespace": namespace, "pod": {"name": pod}},
    });
    let part = |json: &serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let text = format!("{}.{}", part(&header), part(&claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    format!("{text}.{signature}")
}
