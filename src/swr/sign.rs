//! SDK-HMAC-SHA256, the signature of Huawei Cloud's APIs.
//!
//! Source: Huawei's *API Request Signing Guide* and, where it leaves something open, the signer of
//! Huawei's Python SDK (`huaweicloudsdkcore`). Each stage is a separate function, so that a test
//! can name the stage that differs.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::model::access_key::AccessKey;
use crate::model::secret::Secret;
use crate::model::time;
use crate::swr::request::Request;

/// The name of the algorithm in the string to sign and in the header.
const ALGORITHM: &str = "SDK-HMAC-SHA256";

/// Adds the headers `Host`, `X-Sdk-Date` (from `now`, in Unix seconds), `X-Security-Token` for a
/// temporary key, and `Authorization`, which signs all headers.
pub fn sign(request: &mut Request, key: &AccessKey, security_token: Option<&Secret>, now: u64) {
    let date = time::sdk_date(now);
    let host = request.endpoint.authority();
    request.headers.push(("Host".into(), Secret::new(host)));
    request
        .headers
        .push(("X-Sdk-Date".into(), Secret::from(&*date)));
    if let Some(token) = security_token {
        request
            .headers
            .push(("X-Security-Token".into(), token.clone()));
    }
    let signature = signature(&key.sk, &string_to_sign(&date, &canonical_request(request)));
    let authorization = authorization(&key.ak, &signed_headers(request), &signature);
    request
        .headers
        .push(("Authorization".into(), Secret::new(authorization)));
}

/// Stage one: the canonical request, which both sides can build. It holds the values of all
/// headers.
pub fn canonical_request(request: &Request) -> Secret {
    let method = request.method.as_str();
    // The canonical path always ends with a slash, even if the path that is sent does not.
    let mut path = request.encoded_path();
    if !path.ends_with('/') {
        path.push('/');
    }
    let query = request.encoded_query();
    let headers: String = sorted_headers(request)
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    let signed = signed_headers(request);
    let body = hex::encode(Sha256::digest(request.body.expose()));
    Secret::new(format!(
        "{method}\n{path}\n{query}\n{headers}\n{signed}\n{body}"
    ))
}

/// Stage two: the string to sign.
pub fn string_to_sign(date: &str, canonical_request: &Secret) -> String {
    let digest = hex::encode(Sha256::digest(canonical_request.expose()));
    format!("{ALGORITHM}\n{date}\n{digest}")
}

/// Stage three: the signature in hex.
pub fn signature(sk: &Secret, string_to_sign: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(sk.expose().as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(string_to_sign.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// Stage four: the value of the `Authorization` header.
pub fn authorization(ak: &str, signed_headers: &str, signature: &str) -> String {
    format!("{ALGORITHM} Access={ak}, SignedHeaders={signed_headers}, Signature={signature}")
}

/// Returns the names of the signed headers, as listed in `Authorization`.
pub fn signed_headers(request: &Request) -> String {
    sorted_headers(request)
        .into_iter()
        .map(|(name, _)| name)
        .collect::<Vec<_>>()
        .join(";")
}

/// Returns the headers to sign, sorted by their names in lower case. A name with `_` is left out,
/// because proxies drop such headers and the gateway does not check them.
fn sorted_headers(request: &Request) -> Vec<(String, &str)> {
    let signed = request
        .headers
        .iter()
        .filter(|(name, _)| !name.contains('_'));
    let mut headers: Vec<_> = signed
        .map(|(name, value)| (name.to_ascii_lowercase(), value.expose().trim()))
        .collect();
    headers.sort();
    headers
}
