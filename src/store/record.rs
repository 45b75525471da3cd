//! What a slot holds, and the small JSON text that it is in a store.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Backend, Slot, StoreError};
use crate::access_key::AccessKey;
use crate::identity::{IamUser, Identity, TemporaryKey};
use crate::login::Login;
use crate::secret::Secret;

/// The format that is written; another one is not read.
const VERSION: u32 = 1;

/// What a slot holds: an identity, most often an access key; plain logins; or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The access key, or who else logins are asked for as.
    pub key: Option<StoredKey>,
    /// Plain logins, one for each server URL. An SWR host has at most one.
    pub logins: Vec<PlainLogin>,
}

/// An access key in a slot, or another identity that a person stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// Who it is.
    pub identity: Identity,
    /// The project that logins name, where a person gave one.
    pub project: Option<String>,
    /// The cloud that an account serves; a registry's slot has none.
    pub cloud: Option<String>,
    /// Who stored it.
    pub origin: Origin,
    /// When, in Unix seconds.
    pub stored: u64,
}

/// Who stored an access key; what a person stored goes only when a person says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A person, with the verb for people.
    Person,
    /// A client, with the protocol's verb.
    Protocol,
}

/// A login that was given ready-made, kept verbatim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainLogin {
    /// The trimmed server URL that it was stored under.
    pub server_url: String,
    /// Username and password.
    pub login: Login,
    /// When, in Unix seconds.
    pub stored: u64,
}

impl Record {
    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.key.is_none() && self.logins.is_empty()
    }

    /// Returns the plain login for `server_url`: the one stored under that very text, else under the
    /// bare `address`, else the first.
    pub fn login_for(&self, server_url: &str, address: &str) -> Option<&PlainLogin> {
        let named = |name: &str| self.logins.iter().find(|login| login.server_url == name);
        named(server_url)
            .or_else(|| named(address))
            .or_else(|| self.logins.first())
    }

    /// Returns the text that a store keeps.
    pub(super) fn to_json(&self, slot: &Slot) -> Zeroizing<Vec<u8>> {
        let wire = WireOut {
            slot: &slot.name(),
            version: VERSION,
            key: self.key.as_ref().map(WireKeyOut::of),
            logins: self.logins.iter().map(WireLoginOut::of).collect(),
        };
        // Room enough that no reallocation leaves a copy of a secret behind.
        let mut text = Zeroizing::new(Vec::with_capacity(4096 + 6 * self.secret_length()));
        serde_json::to_writer(&mut *text, &wire).expect("texts are written to memory");
        text
    }

    /// Reads what [`Record::to_json`] wrote, with the slot that it names.
    ///
    /// # Errors
    ///
    /// Nothing more than that it is not such a text: what it holds is nobody's to see.
    pub(super) fn from_json(text: &[u8]) -> Result<(Slot, Self), Damaged> {
        let wire: WireIn = serde_json::from_slice(text).map_err(|_| Damaged)?;
        if wire.version != VERSION {
            return Err(Damaged);
        }
        let key = wire.key.map(StoredKey::try_from).transpose()?;
        let logins = wire.logins.into_iter().map(PlainLogin::from).collect();
        Ok((Slot::of_name(&wire.slot), Self { key, logins }))
    }

    fn secret_length(&self) -> usize {
        let logins = self
            .logins
            .iter()
            .map(|login| login.login.password.expose().len() + 256);
        let token = match self.key.as_ref().map(|key| &key.identity) {
            Some(Identity::TemporaryKey(key)) => key.security_token.expose().len(),
            Some(Identity::Token(token)) => token.expose().len(),
            _ => 0,
        };
        logins.sum::<usize>() + token
    }
}

impl StoredKey {
    /// Returns the key as `backend` keeps it: the file store holds the login key in place of the SK.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoSecretsInFile`] for an identity from which no login key can be derived.
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

/// A text that is no record.
#[derive(Debug)]
pub(super) struct Damaged;

// The slot stands first, so that the file store finds a record by the start of its line.
#[derive(Serialize)]
struct WireOut<'a> {
    slot: &'a str,
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<WireKeyOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logins: Vec<WireLoginOut<'a>>,
}

#[derive(Serialize)]
struct WireKeyOut<'a> {
    #[serde(flatten)]
    identity: WireIdentityOut<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud: Option<&'a str>,
    origin: Origin,
    stored: u64,
}

#[derive(Serialize)]
#[serde(untagged)]
enum WireIdentityOut<'a> {
    Key {
        ak: &'a str,
        sk: &'a str,
    },
    LoginKey {
        ak: &'a str,
        login_key: &'a str,
    },
    TemporaryKey {
        ak: &'a str,
        sk: &'a str,
        security_token: &'a str,
        expires: Option<u64>,
    },
    User {
        user: &'a str,
        domain: &'a str,
        password: &'a str,
    },
    Token {
        token: &'a str,
    },
}

#[derive(Serialize)]
struct WireLoginOut<'a> {
    server: &'a str,
    username: &'a str,
    secret: &'a str,
    stored: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireIn {
    slot: String,
    version: u32,
    key: Option<WireKeyIn>,
    #[serde(default)]
    logins: Vec<WireLoginIn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireKeyIn {
    ak: Option<String>,
    sk: Option<Secret>,
    login_key: Option<Secret>,
    security_token: Option<Secret>,
    expires: Option<u64>,
    user: Option<String>,
    domain: Option<String>,
    password: Option<Secret>,
    token: Option<Secret>,
    project: Option<String>,
    cloud: Option<String>,
    origin: Origin,
    stored: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireLoginIn {
    server: String,
    username: String,
    secret: Secret,
    stored: u64,
}

impl<'a> WireKeyOut<'a> {
    fn of(key: &'a StoredKey) -> Self {
        Self {
            identity: WireIdentityOut::of(&key.identity),
            project: key.project.as_deref(),
            cloud: key.cloud.as_deref(),
            origin: key.origin,
            stored: key.stored,
        }
    }
}

impl<'a> WireIdentityOut<'a> {
    fn of(identity: &'a Identity) -> Self {
        match identity {
            Identity::Key(AccessKey { ak, sk }) => Self::Key {
                ak,
                sk: sk.expose(),
            },
            Identity::LoginKey { ak, login_key } => Self::LoginKey {
                ak,
                login_key: login_key.expose(),
            },
            Identity::TemporaryKey(TemporaryKey {
                key: AccessKey { ak, sk },
                security_token,
                expires,
            }) => {
                let security_token = security_token.expose();
                Self::TemporaryKey {
                    ak,
                    sk: sk.expose(),
                    security_token,
                    expires: *expires,
                }
            }
            Identity::User(IamUser {
                name,
                domain,
                password,
            }) => Self::User {
                user: name,
                domain,
                password: password.expose(),
            },
            Identity::Token(token) => Self::Token {
                token: token.expose(),
            },
        }
    }
}

impl<'a> WireLoginOut<'a> {
    fn of(login: &'a PlainLogin) -> Self {
        Self {
            server: &login.server_url,
            username: &login.login.username,
            secret: login.login.password.expose(),
            stored: login.stored,
        }
    }
}

impl TryFrom<WireKeyIn> for StoredKey {
    type Error = Damaged;

    fn try_from(wire: WireKeyIn) -> Result<Self, Damaged> {
        let WireKeyIn {
            project,
            cloud,
            origin,
            stored,
            ..
        } = wire;
        let key = |sk| {
            wire.ak
                .clone()
                .map(|ak| AccessKey { ak, sk })
                .ok_or(Damaged)
        };
        let identity = match (
            wire.sk,
            wire.login_key,
            wire.security_token,
            wire.user,
            wire.token,
        ) {
            (Some(sk), None, None, None, None) => Identity::Key(key(sk)?),
            (Some(sk), None, Some(security_token), None, None) => {
                Identity::TemporaryKey(TemporaryKey {
                    key: key(sk)?,
                    security_token,
                    expires: wire.expires,
                })
            }
            (None, Some(login_key), None, None, None) => Identity::LoginKey {
                ak: wire.ak.ok_or(Damaged)?,
                login_key,
            },
            (None, None, None, Some(name), None) => {
                let (domain, password) = wire.domain.zip(wire.password).ok_or(Damaged)?;
                Identity::User(IamUser {
                    name,
                    domain,
                    password,
                })
            }
            (None, None, None, None, Some(token)) => Identity::Token(token),
            _ => return Err(Damaged),
        };
        Ok(Self {
            identity,
            project,
            cloud,
            origin,
            stored,
        })
    }
}

impl From<WireLoginIn> for PlainLogin {
    fn from(wire: WireLoginIn) -> Self {
        let login = Login {
            username: wire.username,
            password: wire.secret,
        };
        Self {
            server_url: wire.server,
            login,
            stored: wire.stored,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access_key() -> AccessKey {
        let sk = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc".into();
        AccessKey {
            ak: "QTWAOYTTINDUT2QVKYUC".into(),
            sk,
        }
    }

    fn record() -> Record {
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
    fn a_record_comes_back_as_it_went() {
        let slot = Slot::Registry("host".into());
        let temporary = TemporaryKey {
            key: access_key(),
            security_token: "t".into(),
            expires: Some(7),
        };
        let user = IamUser {
            name: "n".into(),
            domain: "d".into(),
            password: "p".into(),
        };
        for identity in [
            Identity::Key(access_key()),
            Identity::LoginKey {
                ak: "A".into(),
                login_key: "k".into(),
            },
            Identity::TemporaryKey(temporary.clone()),
            Identity::TemporaryKey(TemporaryKey {
                expires: None,
                ..temporary
            }),
            Identity::User(user),
            Identity::Token("t".into()),
        ] {
            let mut record = record();
            record.key.as_mut().expect("a key").identity = identity;
            let text = record.to_json(&slot);
            assert_eq!(
                Record::from_json(&text).expect("a record"),
                (slot.clone(), record)
            );
        }
    }

    #[test]
    fn what_is_not_wholly_understood_is_damaged() {
        for text in [
            "",
            "{}",
            r#"{"slot":"a","version":2}"#,
            r#"{"slot":"a","version":1,"more":1}"#,
            r#"{"slot":"a","version":1,"key":{"ak":"A","origin":"person","stored":1}}"#,
            r#"{"slot":"a","version":1,"key":{"ak":"A","sk":"s","token":"t","origin":"person","stored":1}}"#,
        ] {
            assert!(Record::from_json(text.as_bytes()).is_err(), "{text}");
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
