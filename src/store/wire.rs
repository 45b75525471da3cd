//! The JSON form of a record.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::record::{Origin, PlainLogin, Record, StoredKey};
use super::slot::Slot;
use crate::model::access_key::AccessKey;
use crate::model::identity::{IamUser, Identity, TemporaryKey};
use crate::model::login::Login;
use crate::model::secret::Secret;

/// The version of the format. Other versions are not read.
const VERSION: u32 = 1;

impl Record {
    /// Returns the text that is stored.
    pub(super) fn to_json(&self, slot: &Slot) -> Zeroizing<Vec<u8>> {
        let wire = WireOut {
            slot: &slot.name(),
            version: VERSION,
            key: self.key.as_ref().map(WireKeyOut::from_key),
            logins: self.logins.iter().map(WireLoginOut::from_login).collect(),
        };
        // Large enough that the buffer never grows, which would leave a copy of a secret behind.
        let mut text = Zeroizing::new(Vec::with_capacity(4096 + 6 * self.secret_length()));
        serde_json::to_writer(&mut *text, &wire).expect("texts are written to memory");
        text
    }

    /// Parses what [`Record::to_json`] wrote. Returns the record and the slot that it names.
    ///
    /// # Errors
    ///
    /// Only that the text is damaged, because it may hold secrets.
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

/// The text is not a record.
#[derive(Debug)]
pub(super) struct Damaged;

// The slot is the first field, so that the file store finds a record by the start of its line.
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
    fn from_key(key: &'a StoredKey) -> Self {
        Self {
            identity: WireIdentityOut::from_identity(&key.identity),
            project: key.project.as_deref(),
            cloud: key.cloud.as_deref(),
            origin: key.origin,
            stored: key.stored,
        }
    }
}

impl<'a> WireIdentityOut<'a> {
    fn from_identity(identity: &'a Identity) -> Self {
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
            Identity::Server(_)
            | Identity::Oidc(_)
            | Identity::Federated(_)
            | Identity::Pod(_)
            | Identity::PodOfNode(_) => {
                unreachable!("no verb stores an identity that is asked for anew at each use")
            }
        }
    }
}

impl<'a> WireLoginOut<'a> {
    fn from_login(login: &'a PlainLogin) -> Self {
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
    use super::super::record::tests::{access_key, record};
    use super::*;

    #[test]
    fn a_record_survives_writing_and_reading() {
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
    fn a_record_with_unknown_parts_is_damaged() {
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
}
