//! Why an action on the Secret Service failed, and which state of the keyring that means.

use super::bus_error::BusError;
use crate::store::daemon::Daemon;
use crate::store::error::{KeyringState, StoreError};
use crate::system::deadline::Deadline;

/// Why an action failed.
pub(super) enum Fault {
    /// An object was deleted after it was found.
    Vanished,
    /// An object is locked, although its collection was not.
    Locked,
    /// The deadline passed.
    Silent,
    /// The keyring is not ready.
    State(KeyringState),
    /// Any other error, in words.
    Failed(String),
}

impl Fault {
    /// Turns it into the error of a store.
    pub(super) fn into_error(self, deadline: Deadline) -> StoreError {
        match self {
            Self::Vanished => {
                StoreError::KeyringFailed("the item vanished while it was used".to_owned())
            }
            // The daemon shows the item as unlocked, so it is not one of those that are known.
            Self::Locked => KeyringState::Locked(Daemon::Other).into(),
            Self::Silent => KeyringState::silent(deadline).into(),
            Self::State(state) => state.into(),
            Self::Failed(why) => StoreError::KeyringFailed(why),
        }
    }
}

impl From<KeyringState> for Fault {
    fn from(state: KeyringState) -> Self {
        Self::State(state)
    }
}

impl From<BusError> for Fault {
    fn from(error: BusError) -> Self {
        let (name, text) = match error {
            BusError::NotNamed => return KeyringState::Absent("no D-Bus session bus").into(),
            BusError::NotThere => return KeyringState::Dead.into(),
            BusError::Address(why) => return KeyringState::Address(why).into(),
            BusError::Unsupported(transport) => return KeyringState::Unsupported(transport).into(),
            BusError::Foreign { owner } => return KeyringState::Foreign { owner }.into(),
            BusError::Silent => return Self::Silent,
            BusError::HungUp => return Self::Failed("the session bus hung up".to_owned()),
            BusError::Protocol(why) => return Self::Failed(format!("the session bus: {why}")),
            BusError::System(kind) => {
                return Self::Failed(format!("cannot use the session bus: {kind}"));
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
            name if name.starts_with("org.freedesktop.DBus.Error.Spawn.") => {
                KeyringState::Absent("the session bus cannot start what offers the Secret Service")
                    .into()
            }
            "org.freedesktop.Secret.Error.IsLocked" => Self::Locked,
            "org.freedesktop.DBus.Error.AccessDenied" => KeyringState::Denied.into(),
            other => Self::Failed(format!("{other} {text}")),
        }
    }
}
