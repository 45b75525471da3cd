//! The contents of a slot.

use serde::{Deserialize, Serialize};

use super::backend::Backend;
use super::error::StoreError;
use crate::model::identity::Identity;
use crate::model::login::Login;
use crate::model::registry::CLOUDS;

/// The contents of a slot: an identity (usually an access key), plain logins, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The access key, or another identity.
    pub key: Option<StoredKey>,
    /// Plain logins, one for each server URL. The record of an SWR host has at most one.
    pub logins: Vec<PlainLogin>,
}

/// A stored access key, or another stored identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// The identity.
    pub identity: Identity,
    /// The project for the username, if a person set one.
    pub project: Option<String>,
    /// The cloud that an account serves; `None` in the slot of a registry.
    pub cloud: Option<String>,
    /// Who stored it.
    pub origin: Origin,
    /// The time, in Unix seconds.
    pub stored: u64,
}

/// Who stored an access key. A key that a person stored is only replaced if a person agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A person, with `store` at the terminal.
    Person,
    /// A client, with the protocol's `store`.
    Protocol,
}

/// A ready-made login, kept as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainLogin {
    /// The server URL that it was stored under, trimmed.
    pub server_url: String,
    /// Username and password.
    pub login: Login,
    /// The time, in Unix seconds.
    pub stored: u64,
}

impl Record {
    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.key.is_none() && self.logins.is_empty()
    }

    /// Returns the plain login for `server_url`: the one stored under exactly that text, else under
    /// the plain `address`, else the first.
    pub fn login_for(&self, server_url: &str, address: &str) -> Option<&PlainLogin> {
        let named = |name: &str| self.logins.iter().find(|login| login.server_url == name);
        named(server_url)
            .or_else(|| named(address))
            .or_else(|| self.logins.first())
    }
}

impl StoredKey {
    /// Returns the cloud that an account serves: Huawei Cloud, unless another one is set.
    pub fn served_cloud(&self) -> &str {
        self.cloud.as_deref().unwrap_or(CLOUDS[0])
    }

    /// Returns the key in the form that `backend` stores: the file store holds the login key
    /// instead of the SK.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSecretsInFile`] for an identity that has no login key.
    pub fn kept_in(mut self, backend: Backend) -> Result<Self, StoreError> {
        if backend == Backend::File {
            let (ak, login_key) = self
                .identity
                .login_key()
                .ok_or(StoreError::NoSecretsInFile)?;
            self.identity = Identity::LoginKey {
                ak: ak.to_owned(),
                login_key,
            };
        }
        Ok(self)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::access_key::AccessKey;

    pub(in crate::store) fn access_key() -> AccessKey {
        let sk = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc".into();
        AccessKey {
            ak: "QTWAOYTTINDUT2QVKYUC".into(),
            sk,
        }
    }

    pub(in crate::store) fn record() -> Record {
        let key = StoredKey {
            identity: Identity::Key(access_key()),
            project: Some("cn-north-4_team".into()),
            cloud: None,
            origin: Origin::Person,
            stored: 1_780_000_000,
        };
        let login = Login {
            username: "u".into(),
            password: "p\n\"".into(),
        };
        let login = PlainLogin {
            server_url: "https://host/v1/".into(),
            login,
            stored: 5,
        };
        Record {
            key: Some(key),
            logins: vec![login],
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", record());
        assert!(
            !shown.contains("MFyf") && !shown.contains("p\\n"),
            "{shown}"
        );
    }

    #[test]
    fn the_file_store_gets_the_login_key_in_place_of_the_sk() {
        let key = record().key.expect("a key");
        let login_key = "89aca1198a970e4360203d71cdaa80cfc13ecd55ee84409719e88162d139ef34".into();
        let expected = Identity::LoginKey {
            ak: "QTWAOYTTINDUT2QVKYUC".into(),
            login_key,
        };
        assert_eq!(
            key.clone()
                .kept_in(Backend::File)
                .expect("a login key")
                .identity,
            expected
        );
        let token = StoredKey {
            identity: Identity::Token("t".into()),
            ..key
        };
        assert!(token.kept_in(Backend::File).is_err());
    }

    #[test]
    fn a_login_is_found_by_its_url_then_by_its_host() {
        let login = |server_url: &str| PlainLogin {
            server_url: server_url.into(),
            login: Login {
                username: server_url.into(),
                password: "p".into(),
            },
            stored: 0,
        };
        let record = Record {
            key: None,
            logins: vec![login("https://h/v1/"), login("h"), login("h/a")],
        };
        let found = |url: &str| {
            record
                .login_for(url, "h")
                .map(|login| login.server_url.as_str())
        };
        assert_eq!(found("h/a"), Some("h/a"));
        assert_eq!(found("h/b"), Some("h"));
        assert_eq!(Record::default().login_for("h", "h"), None);
    }
}
