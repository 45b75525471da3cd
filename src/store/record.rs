//! What a slot holds, and the small JSON text that it is in a store.

use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroizing;

use super::{Backend, Slot};
use crate::login::{self, Login};
use crate::secret::Secret;

/// The format that is written; another one is not read.
const VERSION: u32 = 1;

/// What a slot holds: an access key, plain logins, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The access key.
    pub key: Option<StoredKey>,
    /// Plain logins, one for each server URL. An SWR host has at most one.
    pub logins: Vec<PlainLogin>,
}

/// An access key in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// The access key ID.
    pub ak: String,
    /// The SK, or what the store keeps in its place.
    pub material: KeyMaterial,
    /// The project that logins name, where a person gave one.
    pub project: Option<String>,
    /// The cloud that an account serves; a registry's slot has none.
    pub cloud: Option<String>,
    /// Who stored it.
    pub origin: Origin,
    /// When, in Unix seconds.
    pub stored: u64,
}

/// The secret half of a stored access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyMaterial {
    /// The SK itself.
    SecretKey(Secret),
    /// The login key, from which the SK cannot be had back.
    LoginKey(Secret),
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
        self.logins
            .iter()
            .map(|login| login.login.password.expose().len() + 256)
            .sum()
    }
}

impl StoredKey {
    /// Returns the login key, derived where the SK is kept.
    pub fn login_key(&self) -> Secret {
        match &self.material {
            KeyMaterial::SecretKey(sk) => login::login_key(&self.ak, sk),
            KeyMaterial::LoginKey(key) => key.clone(),
        }
    }

    /// Returns the key as `backend` keeps it: the file store holds no SK.
    pub fn kept_in(mut self, backend: Backend) -> Self {
        if backend == Backend::File {
            self.material = KeyMaterial::LoginKey(self.login_key());
        }
        self
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
    ak: &'a str,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "exposed")]
    sk: Option<&'a Secret>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "exposed")]
    login_key: Option<&'a Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud: Option<&'a str>,
    origin: Origin,
    stored: u64,
}

#[derive(Serialize)]
struct WireLoginOut<'a> {
    server: &'a str,
    username: &'a str,
    #[serde(serialize_with = "exposed")]
    secret: Option<&'a Secret>,
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
    ak: String,
    sk: Option<Secret>,
    login_key: Option<Secret>,
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
        let (sk, login_key) = match &key.material {
            KeyMaterial::SecretKey(sk) => (Some(sk), None),
            KeyMaterial::LoginKey(login_key) => (None, Some(login_key)),
        };
        Self {
            ak: &key.ak,
            sk,
            login_key,
            project: key.project.as_deref(),
            cloud: key.cloud.as_deref(),
            origin: key.origin,
            stored: key.stored,
        }
    }
}

impl<'a> WireLoginOut<'a> {
    fn of(login: &'a PlainLogin) -> Self {
        Self {
            server: &login.server_url,
            username: &login.login.username,
            secret: Some(&login.login.password),
            stored: login.stored,
        }
    }
}

impl TryFrom<WireKeyIn> for StoredKey {
    type Error = Damaged;

    fn try_from(wire: WireKeyIn) -> Result<Self, Damaged> {
        let material = match (wire.sk, wire.login_key) {
            (Some(sk), None) => KeyMaterial::SecretKey(sk),
            (None, Some(login_key)) => KeyMaterial::LoginKey(login_key),
            _ => return Err(Damaged),
        };
        let WireKeyIn {
            ak,
            project,
            cloud,
            origin,
            stored,
            ..
        } = wire;
        Ok(Self {
            ak,
            material,
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

fn exposed<S: Serializer>(secret: &Option<&Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.map_or("", Secret::expose))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let key = StoredKey {
            ak: "QTWAOYTTINDUT2QVKYUC".into(),
            material: KeyMaterial::SecretKey("MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc".into()),
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
        let text = record().to_json(&slot);
        assert_eq!(
            Record::from_json(&text).expect("a record"),
            (slot, record())
        );
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
        let key = record().key.expect("a key").kept_in(Backend::File);
        let expected = "89aca1198a970e4360203d71cdaa80cfc13ecd55ee84409719e88162d139ef34";
        assert_eq!(key.material, KeyMaterial::LoginKey(expected.into()));
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
