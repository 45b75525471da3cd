//! What is cached, as the JSON that it is there.

use serde::{Deserialize, Serialize};

use crate::access_key::AccessKey;
use crate::identity::TemporaryKey;
use crate::login::Login;
use crate::secret::Secret;

#[derive(Serialize)]
pub(super) struct CachedOut<'a> {
    username: &'a str,
    password: &'a str,
}

#[derive(Deserialize)]
pub(super) struct Cached {
    username: String,
    password: Secret,
}

impl Cached {
    pub(super) fn of(login: &Login) -> CachedOut<'_> {
        CachedOut {
            username: &login.username,
            password: login.password.expose(),
        }
    }
}

impl From<Cached> for Login {
    fn from(cached: Cached) -> Self {
        Self {
            username: cached.username,
            password: cached.password,
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
    pub(super) fn of(key: &TemporaryKey) -> CachedKeyOut<'_> {
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
