//! How a call is authorized.

use crate::model::access_key::AccessKey;
use crate::model::identity::TemporaryKey;
use crate::model::secret::Secret;
use crate::swr::request::Request;
use crate::swr::sign;

/// How a call is authorized.
#[derive(Clone, Copy, Debug)]
pub enum Auth<'a> {
    /// Signed with a permanent access key.
    Key(&'a AccessKey),
    /// Signed with a temporary access key; its security token is sent too.
    TemporaryKey(&'a TemporaryKey),
    /// An IAM token in `X-Auth-Token`.
    Token(&'a Secret),
    /// A password, which is in the body already.
    Password(&'a Secret),
    /// Nothing: the sender's address is enough.
    Nobody,
}

impl Auth<'_> {
    /// Adds the headers that authorize the request.
    pub(super) fn authorize(self, request: &mut Request, now: u64) {
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

    /// Whether requests are signed, and so depend on the time.
    pub(super) fn signs(self) -> bool {
        matches!(self, Self::Key(_) | Self::TemporaryKey(_))
    }

    /// Returns the secrets behind the authorization.
    pub(super) fn secrets(&self) -> Vec<&str> {
        match self {
            Self::TemporaryKey(temporary) => vec![temporary.security_token.expose()],
            Self::Token(secret) | Self::Password(secret) => vec![secret.expose()],
            Self::Key(_) | Self::Nobody => Vec::new(),
        }
    }

    /// Returns the secrets that the service receives and so could repeat.
    pub(super) fn sent(&self) -> Vec<&str> {
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
