//! The calls: one file a service, and here what they share.
//!
//! Each is a pure function from arguments to a request, one from a response to what it says, and a
//! thin one that puts an [`Api`] between them.

pub mod cce;
pub mod enterprise;
mod error;
mod fault;
pub mod iam;
pub mod metadata;
pub mod secret;
pub mod sts;

use std::time::Instant;

use serde::de::DeserializeOwned;

pub use self::error::{ApiError, Skew};
pub use self::fault::Fault;
use crate::access_key::{AccessKey, is_alphanumeric};
pub use crate::identity::TemporaryKey;
use crate::login::Login;
use crate::secret::Secret;
use crate::swr::request::{Request, Response};
use crate::swr::sign;
use crate::swr::transport::{self, Transport};
use crate::timestamp;

/// What every call needs besides its own arguments.
#[derive(Clone, Copy)]
pub struct Api<'a> {
    /// What sends the request.
    pub transport: &'a dyn Transport,
    /// The present time in Unix seconds, for the signature.
    pub now: u64,
    /// The moment by which all must be done.
    pub deadline: Instant,
}

/// As whom a call is made.
#[derive(Clone, Copy, Debug)]
pub enum Identity<'a> {
    /// Signed with a permanent access key.
    Key(&'a AccessKey),
    /// Signed with a temporary access key, whose security token goes along.
    TemporaryKey(&'a TemporaryKey),
    /// With an IAM token in `X-Auth-Token`.
    Token(&'a Secret),
    /// With a password, which the body holds already.
    Password(&'a Secret),
    /// As nobody: where the request comes from says enough.
    Nobody,
}

/// A login that a service minted for a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemporaryLogin {
    /// Username and password.
    pub login: Login,
    /// When it ends, in Unix seconds; `None` where the service did not say.
    pub expires: Option<u64>,
}

impl Api<'_> {
    /// Sends `request` as `identity` and returns the response if it is a success.
    fn call(&self, mut request: Request, identity: Identity) -> Result<Response, ApiError> {
        identity.authorize(&mut request, self.now);
        let response = transport::send(self.transport, &request, self.deadline)?;
        if response.is_success() {
            return Ok(response);
        }
        Err(ApiError::of(&request, &response, identity, self.now))
    }
}

impl Identity<'_> {
    /// Adds the headers that say who asks.
    fn authorize(self, request: &mut Request, now: u64) {
        match self {
            Self::Key(key) => sign::sign(request, key, None, now),
            Self::TemporaryKey(TemporaryKey {
                key,
                security_token,
                ..
            }) => {
                sign::sign(request, key, Some(security_token), now);
            }
            Self::Token(token) => request.headers.push(("X-Auth-Token".into(), token.clone())),
            Self::Password(_) | Self::Nobody => {}
        }
    }

    /// Whether its requests are signed, and so tied to the time.
    fn signs(self) -> bool {
        matches!(self, Self::Key(_) | Self::TemporaryKey(_))
    }

    /// Returns what a service learns of it, and so could repeat.
    fn sent(&self) -> Vec<&str> {
        match self {
            Self::Key(key) => vec![&key.ak],
            Self::TemporaryKey(temporary) => {
                vec![&temporary.key.ak, temporary.security_token.expose()]
            }
            Self::Token(secret) | Self::Password(secret) => vec![secret.expose()],
            Self::Nobody => Vec::new(),
        }
    }
}

impl TemporaryLogin {
    /// Returns the login if Docker and a registry can use it as it is.
    ///
    /// Docker takes the username `<token>` for an identity token, which SWR does not know.
    fn checked(
        username: &str,
        password: Secret,
        expires: Option<u64>,
    ) -> Result<Self, &'static str> {
        if username.is_empty() || password.is_empty() {
            return Err("a login without username or password");
        }
        if username == "<token>" {
            return Err("an identity token in place of a login");
        }
        if [username, password.expose()]
            .iter()
            .any(|text| text.contains(char::is_control))
        {
            return Err("a login with control characters");
        }
        let login = Login {
            username: username.to_owned(),
            password,
        };
        Ok(Self { login, expires })
    }
}

/// How the services write a [`TemporaryKey`]: IAM and the metadata service under `credential`, STS and
/// CCE under `credentials`, each with names of its own. Huawei's SDK reads them all with one parser too.
#[derive(serde::Deserialize)]
struct CredentialReply {
    #[serde(alias = "credentials")]
    credential: Credential,
}

#[derive(serde::Deserialize)]
struct Credential {
    #[serde(alias = "access_key_id", alias = "accessKeyId")]
    access: String,
    #[serde(alias = "secret_access_key", alias = "secretAccessKey")]
    secret: Secret,
    #[serde(alias = "security_token", alias = "securityToken")]
    securitytoken: Secret,
    #[serde(alias = "expiration")]
    expires_at: Option<String>,
}

/// Returns the temporary key in `response`.
fn temporary_key(response: &Response) -> Result<TemporaryKey, &'static str> {
    let Credential {
        access,
        secret,
        securitytoken,
        expires_at,
    } = json::<CredentialReply>(response)?.credential;
    let usable = is_alphanumeric(&access)
        && is_alphanumeric(secret.expose())
        && !securitytoken.is_empty()
        && !securitytoken.expose().contains(char::is_control);
    if !usable {
        return Err("a malformed access key");
    }
    let key = AccessKey {
        ak: access,
        sk: secret,
    };
    let expires = expires_at.as_deref().and_then(timestamp::parse_iso);
    Ok(TemporaryKey {
        key,
        security_token: securitytoken,
        expires,
    })
}

/// Reads the body. serde's own error could repeat a part of it.
fn json<T: DeserializeOwned>(response: &Response) -> Result<T, &'static str> {
    serde_json::from_str(response.body.expose()).map_err(|_| "no JSON of the documented form")
}

/// Whether `id` is an ID of a project or an instance: it goes into a path or a header.
fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swr::api::iam::{Token, User};

    #[test]
    fn debug_hides_every_secret() {
        let secret = || Secret::from("SECRET");
        let key = AccessKey {
            ak: "AK".into(),
            sk: secret(),
        };
        let login = Login {
            username: "user".into(),
            password: secret(),
        };
        let temporary = TemporaryKey {
            key: key.clone(),
            security_token: secret(),
            expires: None,
        };
        let (password, expires) = (&secret(), None);
        for shown in [
            format!("{:?}", Identity::Key(&key)),
            format!("{:?}", Identity::TemporaryKey(&temporary)),
            format!("{:?}", Identity::Token(password)),
            format!("{:?}", Identity::Password(password)),
            format!("{:?}", TemporaryLogin { login, expires }),
            format!(
                "{:?}",
                Token {
                    token: secret(),
                    expires
                }
            ),
            format!(
                "{:?}",
                User {
                    name: "user",
                    domain: "domain",
                    password
                }
            ),
        ] {
            assert!(!shown.contains("SECRET"), "{shown}");
        }
    }
}
