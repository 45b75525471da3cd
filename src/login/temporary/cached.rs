//! The JSON that values are cached as.

use serde::{Deserialize, Serialize};

use crate::model::access_key::AccessKey;
use crate::model::identity::TemporaryKey;
use crate::model::login::Login;
use crate::model::secret::Secret;
use crate::swr::api::TemporaryLogin;

#[derive(Serialize)]
pub(super) struct CachedOut<'a> {
    username: &'a str,
    password: &'a str,
    expires: Option<u64>,
}

#[derive(Deserialize)]
pub(super) struct Cached {
    username: String,
    password: Secret,
    expires: Option<u64>,
}

impl Cached {
    pub(super) fn from_login(minted: &TemporaryLogin) -> CachedOut<'_> {
        CachedOut {
            username: &minted.login.username,
            password: minted.login.password.expose(),
            expires: minted.expires,
        }
    }
}

impl From<Cached> for TemporaryLogin {
    fn from(cached: Cached) -> Self {
        Self {
            login: Login {
                username: cached.username,
                password: cached.password,
            },
            expires: cached.expires,
        }
    }
}

#[derive(Serialize)]
pub(super) struct CachedTokenOut<'a> {
    pub(super) token: &'a str,
}

#[derive(Deserialize)]
pub(super) struct CachedToken {
    pub(super) token: Secret,
}

#[derive(Serialize)]
pub(super) struct CachedKeyOut<'a> {
    ak: &'a str,
    sk: &'a str,
    security_token: &'a str,
    expires: Option<u64>,
}

#[derive(Deserialize)]
pub(super) struct CachedKey {
    ak: String,
    sk: Secret,
    security_token: Secret,
    expires: Option<u64>,
}

impl CachedKey {
    pub(super) fn from_key(key: &TemporaryKey) -> CachedKeyOut<'_> {
        let TemporaryKey {
            key: AccessKey { ak, sk },
            security_token,
            expires,
        } = key;
        CachedKeyOut {
            ak,
            sk: sk.expose(),
            security_token: security_token.expose(),
            expires: *expires,
        }
    }
}

impl From<CachedKey> for TemporaryKey {
    fn from(cached: CachedKey) -> Self {
        let CachedKey {
            ak,
            sk,
            security_token,
            expires,
        } = cached;
        Self {
            key: AccessKey { ak, sk },
            security_token,
            expires,
        }
    }
}
