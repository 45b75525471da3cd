//! What all calls share: sending a request and reading the response.

use std::time::Instant;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::auth::Auth;
use super::error::ApiError;
use crate::model::access_key::{AccessKey, is_alphanumeric};
use crate::model::identity::TemporaryKey;
use crate::model::login::{Login, TOKEN_USERNAME};
use crate::model::secret::Secret;
use crate::model::time;
use crate::swr::request::{Request, Response};
use crate::swr::transport::{self, Transport};

/// What every call needs besides its arguments.
#[derive(Clone, Copy)]
pub struct Api<'a> {
    /// What sends the request.
    pub transport: &'a dyn Transport,
    /// The current time in Unix seconds, for the signature.
    pub now: u64,
    /// The time by which everything must be done.
    pub deadline: Instant,
}

/// A login that a service issued for a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemporaryLogin {
    /// The username and the password.
    pub login: Login,
    /// When it expires, in Unix seconds; `None` if the service did not say.
    pub expires: Option<u64>,
}

impl Api<'_> {
    /// Authorizes and sends `request`. Returns the response if it is a success.
    pub(super) fn call(&self, mut request: Request, auth: Auth) -> Result<Response, ApiError> {
        auth.authorize(&mut request, self.now);
        let response = transport::send(self.transport, &request, self.deadline)?;
        if response.is_success() {
            return Ok(response);
        }
        Err(ApiError::from_response(&request, &response, auth, self.now))
    }
}

impl TemporaryLogin {
    /// Returns the login if Docker and a registry can use it.
    ///
    /// Docker reads the username `<token>` as an identity token, which SWR does not support.
    pub(super) fn checked(
        username: &str,
        password: Secret,
        expires: Option<u64>,
    ) -> Result<Self, &'static str> {
        if username.is_empty() || password.is_empty() {
            return Err("a login without username or password");
        }
        if username == TOKEN_USERNAME {
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

/// A [`TemporaryKey`] in a response: IAM and the metadata service call it `credential`, STS and CCE
/// `credentials`, each with its own field names. Huawei's SDK also reads all of them with one
/// parser.
#[derive(Deserialize)]
struct CredentialReply {
    #[serde(alias = "credentials")]
    credential: Credential,
}

#[derive(Deserialize)]
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
pub(super) fn temporary_key(response: &Response) -> Result<TemporaryKey, &'static str> {
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
    let expires = expires_at.as_deref().and_then(time::parse_iso);
    Ok(TemporaryKey {
        key,
        security_token: securitytoken,
        expires,
    })
}

/// Parses the body. The error hides serde's message, which could repeat a part of the body.
pub(super) fn json<T: DeserializeOwned>(response: &Response) -> Result<T, &'static str> {
    serde_json::from_str(response.body.expose()).map_err(|_| "no JSON of the documented form")
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
            format!("{:?}", Auth::Key(&key)),
            format!("{:?}", Auth::TemporaryKey(&temporary)),
            format!("{:?}", Auth::Token(password)),
            format!("{:?}", Auth::Password(password)),
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
