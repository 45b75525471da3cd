//! The calls of the Secret Service. Source: the specification of freedesktop.org, version 0.2.
//!
//! Secrets are sent over a session without encryption, because the bus is a unix socket of this
//! user.

use std::collections::HashMap;

use serde::Deserialize;
use zeroize::Zeroizing;
use zvariant::{DynamicDeserialize, ObjectPath, OwnedObjectPath, OwnedValue, Type};

use super::address::Place;
use super::bus::{Bus, Call};
use super::bus_error::BusError;
use super::call::{Body, Method};
use super::fault::Fault;
use super::item::Bytes;
use super::message::Message;
use super::view::{Collection, View};
use crate::store::daemon::Daemon;
use crate::store::error::KeyringState;
use crate::system::deadline::Deadline;

const DESTINATION: &str = "org.freedesktop.secrets";
const SERVICE_PATH: &str = "/org/freedesktop/secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";
/// The interface of a collection.
pub(super) const COLLECTION: &str = "org.freedesktop.Secret.Collection";
/// The interface of an item.
pub(super) const ITEM: &str = "org.freedesktop.Secret.Item";
const PROMPT: &str = "org.freedesktop.Secret.Prompt";

/// The content type that the keyring crate stores secrets with.
pub(super) const CONTENT_TYPE: &str = "application/octet-stream";

/// The path that means "no object".
pub(super) const NO_OBJECT: &str = "/";

/// A connection to the Secret Service.
///
/// The first call is never `OpenSession`. gnome-keyring (seen with 42.1 and 48.0) registers a new
/// client in parallel to its calls, and aborts if it opens a session for one that is not registered
/// yet. It answers another early call with `UnknownMethod`, and that call is repeated.
pub(super) struct SecretService {
    pub(super) bus: Bus,
    session: Option<String>,
    daemon: Option<Daemon>,
    /// Whether the service ever answered. If it then goes away, that is a failure and not a missing
    /// keyring.
    was_reached: bool,
}

impl SecretService {
    pub(super) fn connect(places: &[Place], deadline: Deadline) -> Result<Self, BusError> {
        Ok(Self {
            bus: Bus::connect(places, deadline)?,
            session: None,
            daemon: None,
            was_reached: false,
        })
    }

    /// Returns the collections, each with its items that have these attributes.
    ///
    /// Each collection is searched separately. KeePassXC asks a person to unlock all of them if the
    /// service is searched.
    pub(super) fn look(&mut self, attributes: &[(&str, &str)]) -> Result<View, Fault> {
        let collections = self.ask_property(SERVICE_PATH, SERVICE, "Collections");
        let alias = self.ask(
            SERVICE_PATH,
            SERVICE,
            "ReadAlias",
            &Body::default().text("default"),
        );
        let collections: OwnedValue = self.answer(collections)?;
        let alias: OwnedObjectPath = self.answer(alias)?;
        let collections = Vec::<OwnedObjectPath>::try_from(collections)
            .map_err(|error| Fault::Failed(error.to_string()))?;
        let mut paths: Vec<_> = collections
            .iter()
            .map(|path| path.as_str().to_owned())
            .collect();
        let default = Some(alias.as_str().to_owned()).filter(|path| path != NO_OBJECT);
        if let Some(missing) = default.as_ref().filter(|path| !paths.contains(path)) {
            paths.push(missing.clone());
        }
        let mut calls = Vec::new();
        for path in &paths {
            let locked = self.ask_property(path, COLLECTION, "Locked");
            let items = match attributes {
                [] => None,
                attributes => Some(self.ask(
                    path,
                    COLLECTION,
                    "SearchItems",
                    &Body::default().attributes(attributes),
                )),
            };
            calls.push((locked, items));
        }
        let mut found = Vec::new();
        for (path, (locked, items)) in paths.into_iter().zip(calls) {
            let locked: OwnedValue = self.answer(locked)?;
            let items: Vec<OwnedObjectPath> = items
                .map(|items| self.answer(items))
                .transpose()?
                .unwrap_or_default();
            found.push(Collection {
                path,
                // If the answer is unclear, it counts as locked.
                is_locked: bool::try_from(locked).unwrap_or(true),
                items: items.iter().map(|item| item.as_str().to_owned()).collect(),
            });
        }
        Ok(View {
            default,
            collections: found,
        })
    }

    /// Searches all collections in one call: returns the items that are open, and those that are
    /// locked. For gnome-keyring alone, which asks nobody then and shows what it has locked.
    pub(super) fn search_all(
        &mut self,
        attributes: &[(&str, &str)],
    ) -> Result<(Vec<String>, Vec<String>), Fault> {
        let body = Body::default().attributes(attributes);
        let (open, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
            self.call(SERVICE_PATH, SERVICE, "SearchItems", &body)?;
        let texts = |paths: Vec<OwnedObjectPath>| {
            paths.iter().map(|path| path.as_str().to_owned()).collect()
        };
        Ok((texts(open), texts(locked)))
    }

    /// Returns the item that counts: the one that was changed last, or, if several were changed in
    /// the same second, the one with the greatest path.
    pub(super) fn newest(&mut self, items: &[&str]) -> Result<Option<String>, Fault> {
        if let [] | [_] = items {
            return Ok(items.first().map(|item| (*item).to_owned()));
        }
        let calls: Vec<_> = items
            .iter()
            .map(|item| self.ask_property(item, ITEM, "Modified"))
            .collect();
        let mut newest = None;
        for (item, call) in items.iter().zip(calls) {
            let modified: OwnedValue = self.answer(call)?;
            newest = newest.max(Some((u64::try_from(modified).unwrap_or(0), *item)));
        }
        Ok(newest.map(|(_, item)| item.to_owned()))
    }

    /// Returns the secrets of these items, in one call.
    pub(super) fn secrets(&mut self, items: &[&str]) -> Result<Vec<(String, Bytes)>, Fault> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let session = self.session()?;
        let body = Body::default().paths(items.iter().copied()).path(&session);
        let call = self.ask(SERVICE_PATH, SERVICE, "GetSecrets", &body);
        let answer = self.bus.answer(call)?;
        let secrets = answer.read_values(|data, signature| {
            let (secrets, _): (HashMap<ObjectPath<'_>, WireSecret<'_>>, _) =
                data.deserialize_for_dynamic_signature(signature)?;
            let copied = |(path, secret): (ObjectPath<'_>, WireSecret<'_>)| {
                (
                    path.as_str().to_owned(),
                    Zeroizing::new(secret.value.to_vec()),
                )
            };
            Ok(secrets.into_iter().map(copied).collect())
        });
        secrets.map_err(Fault::Failed)
    }

    /// Returns the attribute `username` of an item.
    pub(super) fn username(&mut self, item: &str) -> Result<Option<String>, Fault> {
        let attributes = self.property(item, ITEM, "Attributes")?;
        let attributes = HashMap::<String, String>::try_from(attributes).unwrap_or_default();
        Ok(attributes.get("username").cloned())
    }

    pub(super) fn replace(&mut self, item: &str, secret: &[u8]) -> Result<(), Fault> {
        let session = self.session()?;
        self.call(
            item,
            ITEM,
            "SetSecret",
            &Body::default().secret(&session, secret, CONTENT_TYPE),
        )
    }

    pub(super) fn session(&mut self) -> Result<String, Fault> {
        if let Some(session) = &self.session {
            return Ok(session.clone());
        }
        let body = Body::default().text("plain").any_text("");
        let (_, path): (OwnedValue, OwnedObjectPath) =
            self.call(SERVICE_PATH, SERVICE, "OpenSession", &body)?;
        Ok(self.session.insert(path.as_str().to_owned()).clone())
    }

    /// Returns which daemon this is, by the other names that it owns on the bus.
    pub(super) fn daemon(&mut self) -> Result<Daemon, Fault> {
        if let Some(daemon) = self.daemon {
            return Ok(daemon);
        }
        let names = [DESTINATION]
            .into_iter()
            .chain(Daemon::NAMES.iter().map(|(name, _)| *name));
        let calls: Vec<_> = names
            .map(|name| {
                self.bus
                    .call(of_the_bus("GetNameOwner"), &Body::default().text(name))
            })
            .collect();
        let mut owners = Vec::new();
        for call in calls {
            owners.push(match self.bus.answer(call) {
                Ok(answer) => Some(values::<String>(&answer)?),
                Err(BusError::Answer(..)) => None,
                Err(error) => return Err(error.into()),
            });
        }
        let owned = owners[1..]
            .iter()
            .zip(Daemon::NAMES)
            .find(|(owner, _)| owner.is_some() && **owner == owners[0]);
        let daemon = owned.map_or(Daemon::Other, |(_, (_, daemon))| daemon);
        // One that the first call starts has no name yet.
        if owners[0].is_some() {
            self.daemon = Some(daemon);
        }
        Ok(daemon)
    }

    /// Turns a fault into the state of the keyring, once repeating the action does not help.
    pub(super) fn judged(&mut self, fault: Fault) -> Fault {
        match fault {
            // The collection is unlocked and the item is not: the daemon wants to ask about each
            // item.
            Fault::Locked => match self.daemon() {
                Ok(daemon) => KeyringState::Unconfirmed(daemon).into(),
                Err(fault) => fault,
            },
            Fault::State(KeyringState::Absent(_)) if self.was_reached => {
                Fault::Failed("it ended meanwhile".to_owned())
            }
            fault => fault,
        }
    }

    pub(super) fn locked(&mut self) -> Fault {
        match self.daemon() {
            Ok(daemon) => KeyringState::Locked(daemon).into(),
            Err(fault) => fault,
        }
    }

    pub(super) fn property(
        &mut self,
        path: &str,
        interface: &str,
        name: &str,
    ) -> Result<OwnedValue, Fault> {
        let call = self.ask_property(path, interface, name);
        self.answer(call)
    }

    pub(super) fn ask_property(&mut self, path: &str, interface: &str, name: &str) -> Call {
        let body = Body::default().text(interface).text(name);
        self.ask(path, "org.freedesktop.DBus.Properties", "Get", &body)
    }

    pub(super) fn ask(&mut self, path: &str, interface: &str, name: &str, body: &Body) -> Call {
        self.bus.call(
            Method {
                destination: DESTINATION,
                path,
                interface,
                name,
            },
            body,
        )
    }

    pub(super) fn call<R>(
        &mut self,
        path: &str,
        interface: &str,
        name: &str,
        body: &Body,
    ) -> Result<R, Fault>
    where
        R: for<'de> DynamicDeserialize<'de>,
    {
        let call = self.ask(path, interface, name, body);
        self.answer(call)
    }

    pub(super) fn answer<R: for<'de> DynamicDeserialize<'de>>(
        &mut self,
        call: Call,
    ) -> Result<R, Fault> {
        let answer = self.bus.answer(call)?;
        self.was_reached = true;
        values(&answer)
    }
}

/// Prompts, with which a daemon asks a person.
impl SecretService {
    /// Returns the path of the prompt that would unlock everything, if a prompt is needed.
    pub(super) fn ask_to_open(&mut self, view: &View) -> Result<OwnedObjectPath, Fault> {
        let body = Body::default().paths(view.locked().map(|collection| collection.path.as_str()));
        let (_, prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) =
            self.call(SERVICE_PATH, SERVICE, "Unlock", &body)?;
        Ok(prompt)
    }

    /// Unlocks what can be unlocked without a prompt. Returns whether anything may be unlocked now.
    pub(super) fn open_silently(&mut self, view: &View) -> Result<bool, Fault> {
        let prompt = self.ask_to_open(view)?;
        let prompt = prompt.as_str();
        if prompt == NO_OBJECT {
            return Ok(true);
        }
        for collection in view.locked() {
            if !self.is_open_in_kwallet(&collection.path)? {
                self.dismiss(prompt)?;
                return Ok(false);
            }
        }
        match self.follow(prompt) {
            Err(Fault::State(KeyringState::Denied)) => Ok(false),
            result => result.map(|()| true),
        }
    }

    /// Whether this is a wallet that the desktop has already opened. KWallet shows it as locked
    /// until the first program asks, and its prompt then asks nobody.
    pub(super) fn is_open_in_kwallet(&mut self, collection: &str) -> Result<bool, Fault> {
        let Daemon::KWallet(version) = self.daemon()? else {
            return Ok(false);
        };
        let Ok(wallet) = String::try_from(self.property(collection, COLLECTION, "Label")?) else {
            return Ok(false);
        };
        let path = format!("/modules/kwalletd{version}");
        self.call(
            &path,
            "org.kde.KWallet",
            "isOpen",
            &Body::default().text(&wallet),
        )
    }

    /// Dismisses a prompt before it asks anything.
    pub(super) fn dismiss(&mut self, prompt: &str) -> Result<(), Fault> {
        let method = Method {
            destination: DESTINATION,
            path: prompt,
            interface: PROMPT,
            name: "Dismiss",
        };
        Ok(self.bus.tell(method, &Body::default())?)
    }

    /// Shows a prompt, and waits until it is answered.
    pub(super) fn follow(&mut self, prompt: &str) -> Result<(), Fault> {
        let rule = format!("type='signal',interface='{PROMPT}',member='Completed',path='{prompt}'");
        let matched = self
            .bus
            .call(of_the_bus("AddMatch"), &Body::default().text(&rule));
        self.bus.answer(matched)?;
        let method = Method {
            destination: DESTINATION,
            path: prompt,
            interface: PROMPT,
            name: "Prompt",
        };
        // This program has no window that the prompt could belong to.
        let call = self.bus.call(method, &Body::default().text(""));
        let (dismissed, _): (bool, OwnedValue) =
            values(&self.bus.signal(prompt, "Completed", call)?)?;
        match dismissed {
            true => Err(KeyringState::Denied.into()),
            false => Ok(()),
        }
    }
}

fn of_the_bus(name: &str) -> Method<'_> {
    Method {
        destination: "org.freedesktop.DBus",
        path: "/org/freedesktop/DBus",
        interface: "org.freedesktop.DBus",
        name,
    }
}

fn values<R: for<'de> DynamicDeserialize<'de>>(answer: &Message) -> Result<R, Fault> {
    answer.values().map_err(Fault::Failed)
}

/// A secret as it arrives over the bus: session, parameters, value, content type.
#[derive(Deserialize, Type)]
struct WireSecret<'a> {
    #[serde(borrow)]
    _session: ObjectPath<'a>,
    _parameters: &'a [u8],
    value: &'a [u8],
    _content_type: &'a str,
}
