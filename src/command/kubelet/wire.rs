//! The protocol of the kubelet: `credentialprovider.kubelet.k8s.io`, with the types of Kubernetes
//! 1.34.
//!
//! A kubelet decodes the answer strictly, so it holds these fields and no others. A request may
//! have fields that are newer than this program.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::config::kubelet_config::{PLUGIN_VERSIONS, duration};
use crate::model::login::Login;
use crate::model::secret::Secret;

/// A kubelet's request.
#[derive(Debug)]
pub(super) struct Request {
    /// One of [`PLUGIN_VERSIONS`]; the answer must have the same.
    version: &'static str,
    /// The image: host, port and path, without a tag.
    pub(super) image: String,
    /// The pod's service account, if the kubelet is configured to send its token.
    pub(super) account: Option<ServiceAccount>,
}

/// The service account of a pod.
#[derive(Debug)]
pub(super) struct ServiceAccount {
    /// A token for the audience in the kubelet's configuration.
    pub(super) token: Secret,
    /// The annotations that are named in the kubelet's configuration.
    pub(super) annotations: BTreeMap<String, String>,
}

/// What is wrong with the request. The message never repeats it, because it may hold a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// It is not JSON of this form.
    #[error("stdin is not a CredentialProviderRequest (column {column})")]
    Json {
        /// The column, counted from 1; 0 if unknown.
        column: usize,
    },
    /// It is of another kind.
    #[error("stdin is not of the kind CredentialProviderRequest")]
    Kind,
    /// Stdin is empty.
    #[error("there is no request on stdin")]
    NoRequest,
    /// Its version is not supported.
    #[error(
        "the request's version is not v1, v1beta1 or v1alpha1 of credentialprovider.kubelet.k8s.io"
    )]
    Version,
    /// It names no image.
    #[error("the request names no image")]
    NoImage,
    /// It has a field that its version does not have. If that were ignored, the pod would get the
    /// node's login.
    #[error("the request has a service account token, which only v1 has")]
    TokenTooEarly,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Received {
    kind: String,
    api_version: String,
    #[serde(default)]
    image: String,
    #[serde(default)]
    service_account_token: Secret,
    #[serde(default)]
    service_account_annotations: Option<BTreeMap<String, String>>,
}

impl Request {
    /// Parses the text on stdin.
    pub(super) fn parse(input: &[u8]) -> Result<Self, WireError> {
        let received: Received =
            serde_json::from_slice(input).map_err(|error| WireError::Json {
                column: error.column(),
            })?;
        if received.kind != "CredentialProviderRequest" {
            return Err(WireError::Kind);
        }
        let version = PLUGIN_VERSIONS
            .into_iter()
            .find(|version| *version == received.api_version)
            .ok_or(WireError::Version)?;
        if received.image.trim().is_empty() {
            return Err(WireError::NoImage);
        }
        let account = (!received.service_account_token.is_empty()).then(|| ServiceAccount {
            token: received.service_account_token,
            annotations: received.service_account_annotations.unwrap_or_default(),
        });
        if account.is_some() && version != PLUGIN_VERSIONS[0] {
            return Err(WireError::TokenTooEarly);
        }
        Ok(Self {
            version,
            image: received.image,
            account,
        })
    }

    /// Returns host and port as the image has them. The kubelet compares them with those in the
    /// answer.
    fn authority(&self) -> &str {
        let end = self.image.find('/').unwrap_or(self.image.len());
        &self.image[..end]
    }
}

/// What a kubelet may reuse an answer for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Only this image.
    Image,
    /// All images of the registry.
    Registry,
}

/// A login, and how long a kubelet may cache it.
#[derive(Debug)]
pub(super) struct KubeletLogin {
    pub(super) login: Login,
    pub(super) scope: Scope,
    /// How long, in seconds; 0 for not at all.
    pub(super) seconds: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent<'a> {
    kind: &'static str,
    api_version: &'static str,
    cache_key_type: &'static str,
    cache_duration: String,
    auth: Option<BTreeMap<&'a str, SentLogin<'a>>>,
}

#[derive(Serialize)]
struct SentLogin<'a> {
    username: &'a str,
    password: &'a str,
}

/// Returns the answer to `request` in one line. It has no login if the image is in another
/// registry.
pub(super) fn reply(request: &Request, answer: Option<&KubeletLogin>) -> Zeroizing<Vec<u8>> {
    let (scope, seconds) = answer.map_or((Scope::Registry, 0), |answer| {
        (answer.scope, answer.seconds)
    });
    let sent = Sent {
        kind: "CredentialProviderResponse",
        api_version: request.version,
        cache_key_type: match scope {
            Scope::Image => "Image",
            Scope::Registry => "Registry",
        },
        cache_duration: duration::format(seconds),
        auth: answer.map(|answer| {
            let image = match scope {
                Scope::Image => &request.image,
                Scope::Registry => request.authority(),
            };
            let login = SentLogin {
                username: &answer.login.username,
                password: answer.login.password.expose(),
            };
            BTreeMap::from([(image, login)])
        }),
    };
    // JSON needs at most six bytes for one, so the buffer never grows, which would leave a copy of
    // the password behind.
    let length = answer.map_or(0, |answer| {
        answer.login.username.len() + answer.login.password.expose().len()
    });
    let mut line = Zeroizing::new(Vec::with_capacity(6 * (length + request.image.len()) + 256));
    serde_json::to_writer(&mut *line, &sent).expect("texts are written to memory");
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: &str = r#"{"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1","image":"#;

    fn request(image: &str) -> Request {
        Request::parse(format!("{V1}\"{image}\"}}").as_bytes()).expect("a request")
    }

    #[test]
    fn requests_of_every_version_are_read() {
        for version in PLUGIN_VERSIONS {
            let text = format!(
                r#"{{"apiVersion":"{version}","image":"h/a","kind":"CredentialProviderRequest","newer":{{}}}}"#
            );
            let request = Request::parse(text.as_bytes()).expect("a request");
            assert_eq!((request.version, &*request.image), (version, "h/a"));
            assert!(request.account.is_none());
        }
        let text = format!(
            "{V1}\"h/a\",\"serviceAccountToken\":\"TOKEN\",\"serviceAccountAnnotations\":{{\"k\":\"v\"}}}}"
        );
        let request = Request::parse(text.as_bytes()).expect("a request");
        let shown = format!("{request:?}");
        assert!(!shown.contains("TOKEN"), "{shown}");
        let account = request.account.expect("an account");
        assert_eq!(account.token.expose(), "TOKEN");
        assert_eq!(account.annotations["k"], "v");
        let empty = format!(
            "{V1}\"h/a\",\"serviceAccountToken\":\"\",\"serviceAccountAnnotations\":null}}"
        );
        assert!(
            Request::parse(empty.as_bytes())
                .expect("a request")
                .account
                .is_none()
        );
    }

    #[test]
    fn malformed_requests_are_refused() {
        let v1 = V1.to_owned();
        for (text, why) in [
            (String::new(), WireError::Json { column: 0 }),
            ("get".to_owned(), WireError::Json { column: 1 }),
            (
                format!("{v1}\"a\",\"image\":\"b\"}}"),
                WireError::Json {
                    column: v1.len() + 11,
                },
            ),
            (format!("{v1}\"\"}}"), WireError::NoImage),
            (format!("{v1}\" \"}}"), WireError::NoImage),
            (
                format!("{v1}\"a\"}}").replace("io/v1", "io/v2"),
                WireError::Version,
            ),
            (
                format!("{v1}\"a\"}}").replace("Request", "Response"),
                WireError::Kind,
            ),
            (
                format!("{v1}\"a\",\"serviceAccountToken\":\"t\"}}").replace("io/v1", "io/v1beta1"),
                WireError::TokenTooEarly,
            ),
        ] {
            assert_eq!(
                Request::parse(text.as_bytes()).expect_err(&text),
                why,
                "{text}"
            );
        }
    }

    #[test]
    fn the_response_names_the_registry_as_the_image_does() {
        let answer = |scope| KubeletLogin {
            login: Login {
                username: "u".into(),
                password: "p\"".into(),
            },
            scope,
            seconds: 3600,
        };
        let head = r#"{"kind":"CredentialProviderResponse","apiVersion":"credentialprovider.kubelet.k8s.io/v1","cacheKeyType":"#;
        for (image, scope, rest) in [
            (
                "h:443/a/b",
                Scope::Registry,
                r#""Registry","cacheDuration":"1h0m0s","auth":{"h:443":{"username":"u","password":"p\""}}}"#,
            ),
            (
                "h/a",
                Scope::Image,
                r#""Image","cacheDuration":"1h0m0s","auth":{"h/a":{"username":"u","password":"p\""}}}"#,
            ),
        ] {
            let line = reply(&request(image), Some(&answer(scope)));
            assert_eq!(*line, format!("{head}{rest}\n").into_bytes());
        }
        let none = reply(&request("h"), None);
        let rest = r#""Registry","cacheDuration":"0s","auth":null}"#;
        assert_eq!(*none, format!("{head}{rest}\n").into_bytes());
    }
}
