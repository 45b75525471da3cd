//! Reading from the Secret Service, without a prompt and without a key exchange.
//!
//! The keyring crate negotiates Diffie-Hellman for each connection, which is most of the time of a
//! read, and unlocks what it finds locked, which a protocol verb must never do. So reads go through
//! zbus with the `plain` session algorithm: the bus is a unix socket of the same user. The items
//! are those that the keyring crate writes, found by its attributes `service` and `username`.
//! Methods and errors are those of the freedesktop.org Secret Service specification, 0.2.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use zbus::Address;
use zbus::address::transport::{Transport, UnixSocket};
use zbus::blocking::Connection;
use zbus::blocking::connection;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Type, Value};
use zeroize::Zeroizing;

use super::{Bytes, KeyringState, StoreError};
use crate::environment::Environment;

const DESTINATION: &str = "org.freedesktop.secrets";
const SERVICE_PATH: &str = "/org/freedesktop/secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";
const COLLECTION: &str = "org.freedesktop.Secret.Collection";

/// How often a read begins anew because an item vanished between search and read.
const ATTEMPTS: usize = 3;

/// Reads records; it connects at its first use, and once.
#[derive(Clone)]
pub(super) struct Reader {
    address: Result<Address, KeyringState>,
    service: Arc<OnceLock<SecretService>>,
}

impl Reader {
    /// Returns a reader of the session bus that `environment` names.
    pub(super) fn new(environment: &Environment) -> Self {
        Self {
            address: session_bus(environment),
            service: Arc::default(),
        }
    }

    /// Returns the secret of the item with these attributes, or `None` where there is none.
    pub(super) fn read(&self, service: &str, username: &str) -> Result<Option<Bytes>, StoreError> {
        let attributes = HashMap::from([("service", service), ("username", username)]);
        Ok(self.service()?.read(&attributes)?.into_iter().next())
    }

    /// Returns the secrets of all items of `service`.
    pub(super) fn read_all(&self, service: &str) -> Result<Vec<Bytes>, StoreError> {
        self.service()?.read(&HashMap::from([("service", service)]))
    }

    /// Whether an item can be created in the default collection without a prompt.
    pub(super) fn check_writable(&self) -> Result<(), StoreError> {
        self.service()?.check_writable()
    }

    fn service(&self) -> Result<&SecretService, StoreError> {
        if let Some(service) = self.service.get() {
            return Ok(service);
        }
        let service = SecretService::connect(self.address.clone()?)?;
        Ok(self.service.get_or_init(|| service))
    }
}

/// A connection to the Secret Service with an open session.
struct SecretService {
    connection: Connection,
    session: OwnedObjectPath,
}

impl SecretService {
    /// Connects to the session bus at `address` and opens a session.
    fn connect(address: Address) -> Result<Self, StoreError> {
        let connection = connection::Builder::address(address)
            .and_then(connection::Builder::build)
            .map_err(connecting)?;
        let input = ("plain", Value::from(""));
        let (_, session): (OwnedValue, OwnedObjectPath) =
            call(&connection, SERVICE_PATH, SERVICE, "OpenSession", &input)
                .map_err(|fault| fault.error())?;
        Ok(Self {
            connection,
            session,
        })
    }

    fn check_writable(&self) -> Result<(), StoreError> {
        let alias: OwnedObjectPath = self
            .call(SERVICE_PATH, SERVICE, "ReadAlias", &"default")
            .map_err(|fault| fault.error())?;
        if alias.as_str() == "/" {
            return Err(KeyringState::Empty.into());
        }
        let properties = "org.freedesktop.DBus.Properties";
        let locked: OwnedValue = self
            .call(alias.as_str(), properties, "Get", &(COLLECTION, "Locked"))
            .map_err(|fault| fault.error())?;
        match bool::try_from(locked) {
            Ok(false) => Ok(()),
            _ => Err(KeyringState::Locked.into()),
        }
    }

    /// Returns the secrets of all items with these attributes, fetched in one call.
    fn read(&self, attributes: &HashMap<&str, &str>) -> Result<Vec<Bytes>, StoreError> {
        for _ in 0..ATTEMPTS {
            let (unlocked, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) = self
                .call(SERVICE_PATH, SERVICE, "SearchItems", attributes)
                .map_err(|fault| fault.error())?;
            if !locked.is_empty() {
                return Err(KeyringState::Locked.into());
            }
            if unlocked.is_empty() {
                return Ok(Vec::new());
            }
            match self.secrets(&unlocked) {
                // Fewer than asked for: something was locked or deleted meanwhile, so look again.
                Ok(secrets) if secrets.len() < unlocked.len() => continue,
                Ok(secrets) => return Ok(secrets),
                Err(Fault::Vanished) => continue,
                Err(fault) => return Err(fault.error()),
            }
        }
        self.read_one_by_one(attributes)
    }

    fn secrets(&self, items: &[OwnedObjectPath]) -> Result<Vec<Bytes>, Fault> {
        let items: Vec<&ObjectPath<'_>> = items.iter().map(|item| &**item).collect();
        let secrets: HashMap<OwnedObjectPath, WireSecret> =
            self.call(SERVICE_PATH, SERVICE, "GetSecrets", &(items, &self.session))?;
        Ok(secrets
            .into_values()
            .map(|secret| Zeroizing::new(secret.value))
            .collect())
    }

    /// Where items come and go faster than a batch can be read: what is there is read, what has gone
    /// is left out.
    fn read_one_by_one(&self, attributes: &HashMap<&str, &str>) -> Result<Vec<Bytes>, StoreError> {
        let (items, _): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) = self
            .call(SERVICE_PATH, SERVICE, "SearchItems", attributes)
            .map_err(|fault| fault.error())?;
        let mut secrets = Vec::new();
        for item in items {
            match self.secrets(&[item]) {
                Ok(secret) => secrets.extend(secret),
                Err(Fault::Vanished) => {}
                Err(fault) => return Err(fault.error()),
            }
        }
        Ok(secrets)
    }

    fn call<B, R>(&self, path: &str, interface: &str, method: &str, body: &B) -> Result<R, Fault>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
        R: for<'de> zbus::zvariant::DynamicDeserialize<'de>,
    {
        call(&self.connection, path, interface, method, body)
    }
}

/// Returns the address of the session bus: the variable's, else the runtime folder's, as libdbus and
/// zbus have it. The socket's existence is checked before anything is started.
///
/// # Errors
///
/// [`KeyringState::Absent`] where there is no address, [`KeyringState::Dead`] where its socket is gone.
pub(super) fn session_bus(environment: &Environment) -> Result<Address, KeyringState> {
    let named = environment.path("DBUS_SESSION_BUS_ADDRESS");
    let text = match &named {
        Some(address) => address.to_str().ok_or(KeyringState::Dead)?.to_owned(),
        None => {
            let socket = runtime_folder(environment).join("bus");
            if !socket.exists() {
                return Err(KeyringState::Absent("no D-Bus session bus"));
            }
            format!("unix:path={}", socket.display())
        }
    };
    let address: Address = text.parse().map_err(|_| KeyringState::Dead)?;
    match address.transport() {
        Transport::Unix(unix) if socket_is_gone(unix.path()) => Err(KeyringState::Dead),
        _ => Ok(address),
    }
}

fn runtime_folder(environment: &Environment) -> PathBuf {
    environment
        .path("XDG_RUNTIME_DIR")
        .unwrap_or_else(|| format!("/run/user/{}", rustix::process::geteuid().as_raw()).into())
}

fn socket_is_gone(socket: &UnixSocket) -> bool {
    matches!(socket, UnixSocket::File(path) if !Path::new(path).exists())
}

/// A secret as it comes over the bus: the session, parameters of its algorithm, value, content type.
#[derive(Deserialize, Type)]
struct WireSecret {
    _session: OwnedObjectPath,
    _parameters: Vec<u8>,
    value: Vec<u8>,
    _content_type: String,
}

enum Fault {
    /// The item was deleted since it was found.
    Vanished,
    /// Anything else.
    Error(StoreError),
}

impl Fault {
    fn error(self) -> StoreError {
        match self {
            Self::Vanished => {
                StoreError::KeyringFailed("the item vanished while it was read".into())
            }
            Self::Error(error) => error,
        }
    }
}

fn call<B, R>(
    connection: &Connection,
    path: &str,
    interface: &str,
    method: &str,
    body: &B,
) -> Result<R, Fault>
where
    B: serde::Serialize + zbus::zvariant::DynamicType,
    R: for<'de> zbus::zvariant::DynamicDeserialize<'de>,
{
    let reply = connection
        .call_method(Some(DESTINATION), path, Some(interface), method, body)
        .map_err(answered)?;
    reply.body().deserialize().map_err(answered)
}

fn connecting(error: zbus::Error) -> StoreError {
    match error {
        zbus::Error::Connection(..) | zbus::Error::InputOutput(_) => KeyringState::Dead.into(),
        other => StoreError::KeyringFailed(format!("the session bus: {other}")),
    }
}

fn answered(error: zbus::Error) -> Fault {
    let zbus::Error::MethodError(name, message, _) = error else {
        return Fault::Error(match error {
            // The bus hung up.
            zbus::Error::InputOutput(_) => KeyringState::Dead.into(),
            other => StoreError::KeyringFailed(other.to_string()),
        });
    };
    let state = match name.as_str() {
        "org.freedesktop.DBus.Error.UnknownMethod"
        | "org.freedesktop.DBus.Error.UnknownObject"
        | "org.freedesktop.Secret.Error.NoSuchObject" => return Fault::Vanished,
        "org.freedesktop.DBus.Error.ServiceUnknown"
        | "org.freedesktop.DBus.Error.NameHasNoOwner" => {
            KeyringState::Absent("nothing on the session bus offers the Secret Service")
        }
        "org.freedesktop.Secret.Error.IsLocked" => KeyringState::Locked,
        "org.freedesktop.DBus.Error.AccessDenied" => KeyringState::Denied,
        other => {
            let message = message.unwrap_or_default();
            return Fault::Error(StoreError::KeyringFailed(format!("{other} {message}")));
        }
    };
    Fault::Error(state.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_address_there_is_no_keyring() {
        let folder = tempfile::tempdir().expect("a folder");
        let environment = Environment::of([("XDG_RUNTIME_DIR", folder.path())]);
        assert!(matches!(
            session_bus(&environment),
            Err(KeyringState::Absent(_))
        ));
    }

    #[test]
    fn an_address_whose_socket_is_gone_is_dead() {
        for address in ["unix:path=/nonexistent/bus", "nonsense", "unix:"] {
            let environment = Environment::of([("DBUS_SESSION_BUS_ADDRESS", address)]);
            assert_eq!(
                session_bus(&environment).err(),
                Some(KeyringState::Dead),
                "{address}"
            );
        }
    }

    #[test]
    fn the_runtime_folder_has_the_bus() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("bus"), "").expect("written");
        let environment = Environment::of([("XDG_RUNTIME_DIR", folder.path())]);
        let address = session_bus(&environment).expect("an address").to_string();
        assert!(address.ends_with("/bus"), "{address}");
    }
}
