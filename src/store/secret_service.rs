//! Reading from the Secret Service, without a prompt and without a key exchange.
//!
//! The keyring crate negotiates Diffie-Hellman for each connection, which is most of the time of a
//! read, and unlocks what it finds locked, which a protocol verb must never do. So reads go over
//! [`Bus`] with the `plain` session algorithm: it is a unix socket of the same user. The items
//! are those that the keyring crate writes, found by its attributes `service` and `username`.
//! Methods and errors are those of the freedesktop.org Secret Service specification, 0.2.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use zbus::Address;
use zbus::address::transport::{Transport, UnixSocket};
use zbus::zvariant::{DynamicDeserialize, DynamicType};
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Type, Value};
use zeroize::Zeroizing;

use super::bus::{Bus, BusError, Call};
use super::{Bytes, KeyringState, StoreError};
use crate::environment::{Deadline, Environment};

const DESTINATION: &str = "org.freedesktop.secrets";
const SERVICE_PATH: &str = "/org/freedesktop/secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";
const COLLECTION: &str = "org.freedesktop.Secret.Collection";

/// How often a read begins anew because an item vanished between search and read.
const ATTEMPTS: usize = 3;

/// Reads records; it connects at its first use, and once.
pub(super) struct Reader {
    address: Result<Address, KeyringState>,
    service: RefCell<Option<SecretService>>,
}

impl Reader {
    /// Returns a reader of the session bus that `environment` names.
    pub(super) fn new(environment: &Environment) -> Self {
        Self {
            address: session_bus(environment),
            service: RefCell::default(),
        }
    }

    /// Returns the secret of the item with these attributes, or `None` where there is none.
    pub(super) fn read(
        &self,
        service: &str,
        username: &str,
        deadline: Deadline,
    ) -> Result<Option<Bytes>, StoreError> {
        let attributes = HashMap::from([("service", service), ("username", username)]);
        self.with(deadline, |service| service.read(&attributes))
            .map(|secrets| secrets.into_iter().next())
    }

    /// Returns the secrets of all items of `service`.
    pub(super) fn read_all(
        &self,
        service: &str,
        deadline: Deadline,
    ) -> Result<Vec<Bytes>, StoreError> {
        let attributes = HashMap::from([("service", service)]);
        self.with(deadline, |service| service.read(&attributes))
    }

    /// Whether an item can be created in the default collection without a prompt.
    pub(super) fn check_writable(&self, deadline: Deadline) -> Result<(), StoreError> {
        self.with(deadline, SecretService::check_writable)
    }

    fn with<T>(
        &self,
        deadline: Deadline,
        work: impl FnOnce(&mut SecretService) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let mut place = self.service.borrow_mut();
        let connected = match place.take() {
            Some(service) => Ok(service.until(deadline)),
            None => SecretService::connect(&self.address.clone()?, deadline),
        };
        connected
            .map_err(Fault::from)
            .and_then(|service| work(place.insert(service)))
            .map_err(|fault| fault.error(deadline))
    }
}

/// A connection to the Secret Service.
///
/// Its first call is never `OpenSession`: gnome-keyring (seen with 42.1) notes a new client beside the
/// handling of its calls, and aborts if it opens a session for one that it has not noted yet. An early
/// search is an `UnknownMethod` to it, and done again.
struct SecretService {
    bus: Bus,
    session: Option<Session>,
}

enum Session {
    Asked(Call),
    Open(OwnedObjectPath),
}

impl SecretService {
    /// Connects to the session bus at `address`.
    fn connect(address: &Address, deadline: Deadline) -> Result<Self, BusError> {
        Ok(Self {
            bus: Bus::connect(address, deadline)?,
            session: None,
        })
    }

    fn until(mut self, deadline: Deadline) -> Self {
        self.bus.until(deadline);
        self
    }

    fn check_writable(&mut self) -> Result<(), Fault> {
        let alias: OwnedObjectPath = self.call(SERVICE_PATH, SERVICE, "ReadAlias", &"default")?;
        if alias.as_str() == "/" {
            return Err(KeyringState::Empty.into());
        }
        let properties = "org.freedesktop.DBus.Properties";
        let locked: OwnedValue =
            self.call(alias.as_str(), properties, "Get", &(COLLECTION, "Locked"))?;
        match bool::try_from(locked) {
            Ok(false) => Ok(()),
            _ => Err(KeyringState::Locked.into()),
        }
    }

    /// Returns the secrets of all items with these attributes, fetched in one call.
    fn read(&mut self, attributes: &HashMap<&str, &str>) -> Result<Vec<Bytes>, Fault> {
        for _ in 0..ATTEMPTS {
            let (unlocked, locked) = match self.search(attributes) {
                Err(Fault::Vanished) => continue,
                result => result?,
            };
            if !locked.is_empty() {
                return Err(KeyringState::Locked.into());
            }
            if unlocked.is_empty() {
                // It leaves with the next search, if there is one.
                self.ask_for_session()?;
                return Ok(Vec::new());
            }
            match self.secrets(&unlocked) {
                // Fewer than asked for: something was locked or deleted meanwhile, so look again.
                Ok(secrets) if secrets.len() < unlocked.len() => continue,
                Err(Fault::Vanished) => continue,
                result => return result,
            }
        }
        self.read_one_by_one(attributes)
    }

    /// Returns the items with these attributes, the unlocked and the locked ones.
    fn search(
        &mut self,
        attributes: &HashMap<&str, &str>,
    ) -> Result<(Vec<OwnedObjectPath>, Vec<OwnedObjectPath>), Fault> {
        self.call(SERVICE_PATH, SERVICE, "SearchItems", attributes)
    }

    fn secrets(&mut self, items: &[OwnedObjectPath]) -> Result<Vec<Bytes>, Fault> {
        let session = self.session()?;
        let items: Vec<&ObjectPath<'_>> = items.iter().map(|item| &**item).collect();
        let body = (items, &session);
        let call = self
            .bus
            .call(DESTINATION, SERVICE_PATH, SERVICE, "GetSecrets", &body)?;
        let secrets: HashMap<OwnedObjectPath, WireSecret> = self.bus.answer(&call)?;
        Ok(secrets
            .into_values()
            .map(|secret| Zeroizing::new(secret.value))
            .collect())
    }

    fn ask_for_session(&mut self) -> Result<(), BusError> {
        if self.session.is_none() {
            let input = ("plain", Value::from(""));
            let call = self
                .bus
                .call(DESTINATION, SERVICE_PATH, SERVICE, "OpenSession", &input)?;
            self.session = Some(Session::Asked(call));
        }
        Ok(())
    }

    fn session(&mut self) -> Result<OwnedObjectPath, BusError> {
        self.ask_for_session()?;
        let path = match &self.session {
            Some(Session::Asked(call)) => {
                let (_, path): (OwnedValue, OwnedObjectPath) = self.bus.answer(call)?;
                path
            }
            Some(Session::Open(path)) => return Ok(path.clone()),
            None => unreachable!("it was asked for above"),
        };
        self.session = Some(Session::Open(path.clone()));
        Ok(path)
    }

    /// Where items come and go faster than a batch can be read: what is there is read, what has gone
    /// is left out.
    fn read_one_by_one(&mut self, attributes: &HashMap<&str, &str>) -> Result<Vec<Bytes>, Fault> {
        let (items, _) = self.search(attributes)?;
        let mut secrets = Vec::new();
        for item in items {
            match self.secrets(&[item]) {
                Ok(secret) => secrets.extend(secret),
                Err(Fault::Vanished) => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(secrets)
    }

    fn call<B, R>(
        &mut self,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Result<R, Fault>
    where
        B: serde::Serialize + DynamicType,
        R: for<'de> DynamicDeserialize<'de>,
    {
        let call = self.bus.call(DESTINATION, path, interface, method, body)?;
        Ok(self.bus.answer(&call)?)
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
    /// The deadline passed.
    Silent,
    /// Anything else.
    Error(StoreError),
}

impl Fault {
    fn error(self, deadline: Deadline) -> StoreError {
        match self {
            Self::Vanished => {
                StoreError::KeyringFailed("the item vanished while it was read".into())
            }
            Self::Silent => KeyringState::silent(deadline).into(),
            Self::Error(error) => error,
        }
    }
}

impl From<KeyringState> for Fault {
    fn from(state: KeyringState) -> Self {
        Self::Error(state.into())
    }
}

impl From<BusError> for Fault {
    fn from(error: BusError) -> Self {
        let (name, text) = match error {
            BusError::Dead => return KeyringState::Dead.into(),
            BusError::Silent => return Self::Silent,
            BusError::Protocol(why) => {
                return Self::Error(StoreError::KeyringFailed(format!("the session bus: {why}")));
            }
            BusError::Answer(name, text) => (name, text),
        };
        match name.as_str() {
            "org.freedesktop.DBus.Error.UnknownMethod"
            | "org.freedesktop.DBus.Error.UnknownObject"
            | "org.freedesktop.Secret.Error.NoSuchObject" => Self::Vanished,
            "org.freedesktop.DBus.Error.ServiceUnknown"
            | "org.freedesktop.DBus.Error.NameHasNoOwner" => {
                KeyringState::Absent("nothing on the session bus offers the Secret Service").into()
            }
            "org.freedesktop.Secret.Error.IsLocked" => KeyringState::Locked.into(),
            "org.freedesktop.DBus.Error.AccessDenied" => KeyringState::Denied.into(),
            other => Self::Error(StoreError::KeyringFailed(format!("{other} {text}"))),
        }
    }
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
