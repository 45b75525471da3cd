//! The keyring on Linux: reads from and writes to the Secret Service.
//!
//! Only [`Keyring::unlock`] lets a daemon ask a person; every other prompt is dismissed. The items
//! have the format of the keyring crate: its attributes `service` and `username`, its label and its
//! content type.

use std::cell::RefCell;

use zvariant::OwnedObjectPath;

use super::address::{Place, session_bus};
use super::bus_error::BusError;
use super::call::Body;
use super::fault::Fault;
use super::item::{Bytes, Item};
use super::service::{COLLECTION, CONTENT_TYPE, ITEM, NO_OBJECT, SecretService};
use super::view::{Collection, View};
use crate::store::daemon::Daemon;
use crate::store::error::{KeyringState, StoreError};
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;

/// The path of an item, and its secret or why that cannot be read.
type Found = (String, Result<Bytes, StoreError>);

/// How often an action is repeated because an item was deleted in the meantime.
const ATTEMPTS: usize = 3;

/// The keyring. It connects once, at the first use.
pub(super) struct Keyring {
    places: Result<Vec<Place>, BusError>,
    service: RefCell<Option<SecretService>>,
}

impl Keyring {
    /// Returns the keyring on the session bus of `environment`.
    pub(super) fn new(environment: &Environment) -> Self {
        Self {
            places: session_bus(environment),
            service: RefCell::default(),
        }
    }

    /// Returns the secret of the item with these attributes, if there is one. Of several items, the
    /// newest counts.
    pub(super) fn read(
        &self,
        service: &str,
        username: &str,
        deadline: Deadline,
    ) -> Result<Option<Bytes>, StoreError> {
        let attributes = [("service", service), ("username", username)];
        self.with(deadline, |service| service.read(&attributes))
    }

    /// Returns all items of `service`. The username of an item is requested only if
    /// `tells_its_name` says that its secret does not hold the name, or if the secret cannot be
    /// read.
    pub(super) fn read_all(
        &self,
        service: &str,
        deadline: Deadline,
        tells_its_name: fn(&[u8]) -> bool,
    ) -> Result<Vec<Item>, StoreError> {
        self.with(deadline, |keyring| {
            keyring.read_all(&[("service", service)], tells_its_name)
        })
    }

    /// Stores a secret in the item with these attributes. A new item is created in the default
    /// collection.
    pub(super) fn write(
        &self,
        service: &str,
        username: &str,
        secret: &[u8],
        deadline: Deadline,
    ) -> Result<(), StoreError> {
        let attributes = [("service", service), ("username", username)];
        let label = format!("keyring:{username}@{service}");
        self.with(deadline, |service| {
            service.write(&attributes, &label, secret)
        })
    }

    /// Deletes every item with these attributes. If a daemon deletes an item only after a prompt,
    /// the item gets `blank` as its secret instead.
    pub(super) fn remove(
        &self,
        service: &str,
        username: &str,
        blank: &[u8],
        deadline: Deadline,
    ) -> Result<(), StoreError> {
        let attributes = [("service", service), ("username", username)];
        self.with(deadline, |service| service.remove(&attributes, blank))
    }

    /// Checks that an item can be created in the default collection.
    pub(super) fn check_writable(&self, deadline: Deadline) -> Result<(), StoreError> {
        self.with(deadline, |service| {
            let view = service.opened(&[], |view| !view.is_default_locked())?;
            service.default_of(&view).map(drop)
        })
    }

    /// Asks the daemon to unlock its collections, with its own prompts. `service` is for platforms
    /// that lock single items.
    pub(super) fn unlock(&self, _service: &str, deadline: Deadline) -> Result<(), StoreError> {
        self.with(deadline, SecretService::unlock)
    }

    fn with<T>(
        &self,
        deadline: Deadline,
        work: impl Fn(&mut SecretService) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let mut place = self.service.borrow_mut();
        let service = match &mut *place {
            Some(service) => service,
            None => {
                let places = self.places.as_ref().map_err(BusError::clone);
                let connected = places.and_then(|places| SecretService::connect(places, deadline));
                place.insert(connected.map_err(|error| Fault::from(error).into_error(deadline))?)
            }
        };
        service.bus.until(deadline);
        let mut result = work(service);
        for _ in 1..ATTEMPTS {
            if !matches!(result, Err(Fault::Vanished)) {
                break;
            }
            service.bus.forget();
            result = work(service);
        }
        result.map_err(|fault| {
            service.bus.forget();
            service.judged(fault).into_error(deadline)
        })
    }
}

impl SecretService {
    fn read(&mut self, attributes: &[(&str, &str)]) -> Result<Option<Bytes>, Fault> {
        let items = self.readable(attributes)?;
        let items: Vec<_> = items.iter().map(String::as_str).collect();
        let Some(item) = self.newest(&items)? else {
            return Ok(None);
        };
        let secrets = self.secrets(&[&item])?;
        // If it was requested and did not come, it was deleted in the meantime.
        let (_, secret) = secrets.into_iter().next().ok_or(Fault::Vanished)?;
        Ok(Some(secret))
    }

    /// Returns the items with these attributes that can be read; none only where surely none is.
    fn readable(&mut self, attributes: &[(&str, &str)]) -> Result<Vec<String>, Fault> {
        if self.daemon()? == Daemon::GnomeKeyring {
            let (open, locked) = self.search_all(attributes)?;
            if !open.is_empty() || locked.is_empty() {
                return Ok(open);
            }
        }
        let view = self.opened(attributes, View::is_enough_to_read)?;
        let items: Vec<_> = view.items().into_iter().map(str::to_owned).collect();
        if items.is_empty() {
            self.check_all_seen(&view)?;
        }
        Ok(items)
    }

    fn read_all(
        &mut self,
        attributes: &[(&str, &str)],
        tells_its_name: fn(&[u8]) -> bool,
    ) -> Result<Vec<Item>, Fault> {
        let view = self.opened(attributes, View::is_open)?;
        if view.is_default_locked() {
            return Err(self.locked());
        }
        let mut items = Vec::new();
        for (path, secret) in self.secrets_or_why(&view.items())? {
            let username = match &secret {
                Ok(secret) if tells_its_name(secret) => None,
                _ => self.username(&path)?,
            };
            items.push(Item { username, secret });
        }
        for path in view.locked().flat_map(Collection::items) {
            let username = self.username(path)?;
            if username.is_none() {
                return Err(self.locked());
            }
            let state = KeyringState::Locked(self.daemon()?);
            items.push(Item {
                username,
                secret: Err(state.into()),
            });
        }
        if view.locked().any(|collection| collection.items.is_empty())
            && !self.daemon()?.shows_what_is_locked()
        {
            return Err(self.locked());
        }
        Ok(items)
    }

    fn write(
        &mut self,
        attributes: &[(&str, &str)],
        label: &str,
        secret: &[u8],
    ) -> Result<(), Fault> {
        let view = self.opened(attributes, |view| {
            !view.is_default_locked() && view.is_enough_to_read()
        })?;
        if let Some(item) = self.newest(&view.items())? {
            return self.replace(&item, secret);
        }
        let collection = self.default_of(&view)?.to_owned();
        self.check_all_seen(&view)?;
        let session = self.session()?;
        let body = Body::default()
            .item(label, attributes)
            .secret(&session, secret, CONTENT_TYPE)
            .flag(true);
        let (_, prompt): (OwnedObjectPath, OwnedObjectPath) =
            self.call(&collection, COLLECTION, "CreateItem", &body)?;
        // KeePassXC creates an item with a prompt, which asks nothing unless an item would be
        // replaced.
        match prompt.as_str() {
            NO_OBJECT => Ok(()),
            prompt if self.daemon()? == Daemon::KeePassXc => self.follow(prompt),
            prompt => self.dismiss(prompt).and_then(|()| Err(self.locked())),
        }
    }

    fn remove(&mut self, attributes: &[(&str, &str)], blank: &[u8]) -> Result<(), Fault> {
        let view = self.opened(attributes, View::is_open)?;
        self.check_all_seen(&view)?;
        for item in view.items() {
            let prompt: OwnedObjectPath = match self.call(item, ITEM, "Delete", &Body::default()) {
                Err(Fault::Vanished) => continue,
                result => result?,
            };
            if prompt.as_str() != NO_OBJECT {
                self.dismiss(prompt.as_str())?;
                self.replace(item, blank)?;
            }
        }
        Ok(())
    }

    /// Lets the daemon ask a person to unlock its collections.
    fn unlock(&mut self) -> Result<(), Fault> {
        let view = self.look(&[])?;
        if !view.is_open() {
            let prompt = self.ask_to_open(&view)?;
            match prompt.as_str() {
                NO_OBJECT => {}
                prompt => match self.follow(prompt) {
                    // Nobody answered, or no program can show the prompt.
                    Err(Fault::State(KeyringState::Denied)) => {
                        return Err(KeyringState::StillLocked(self.daemon()?).into());
                    }
                    result => result?,
                },
            }
        }
        let view = self.look(&[])?;
        self.default_of(&view).map(drop)
    }

    /// Looks at the collections. If that is not `enough`, unlocks what can be unlocked without a
    /// prompt, and looks again.
    fn opened(
        &mut self,
        attributes: &[(&str, &str)],
        enough: impl Fn(&View) -> bool,
    ) -> Result<View, Fault> {
        let view = self.look(attributes)?;
        if enough(&view) || !self.open_silently(&view)? {
            return Ok(view);
        }
        self.look(attributes)
    }

    /// Fails if a locked collection could hold what was searched for. An empty search is reliable
    /// for an unlocked collection, and for a daemon that also finds locked items.
    fn check_all_seen(&mut self, view: &View) -> Result<(), Fault> {
        if view.is_open() {
            return Ok(());
        }
        let shows = view.locked().all(|collection| collection.items.is_empty())
            && self.daemon()?.shows_what_is_locked();
        if shows { Ok(()) } else { Err(self.locked()) }
    }

    /// Returns the collection for new items, if it is unlocked.
    fn default_of<'a>(&mut self, view: &'a View) -> Result<&'a str, Fault> {
        match &view.default {
            None => Err(KeyringState::Empty.into()),
            Some(_) if view.is_default_locked() => Err(self.locked()),
            Some(path) => Ok(path),
        }
    }

    /// Returns the secrets of all these items, or for each why it cannot be read. Items that were
    /// deleted in the meantime are left out.
    fn secrets_or_why(&mut self, items: &[&str]) -> Result<Vec<Found>, Fault> {
        match self.secrets(items) {
            Ok(secrets) => Ok(secrets
                .into_iter()
                .map(|(path, secret)| (path, Ok(secret)))
                .collect()),
            // One bad item can fail the request for all.
            Err(Fault::Vanished | Fault::Locked) => {
                let mut found = Vec::new();
                for item in items {
                    match self.secrets(&[item]) {
                        Ok(secrets) => found
                            .extend(secrets.into_iter().map(|(path, secret)| (path, Ok(secret)))),
                        Err(Fault::Vanished) => {}
                        Err(Fault::Locked) => {
                            let state = KeyringState::Unconfirmed(self.daemon()?);
                            found.push(((*item).to_owned(), Err(state.into())));
                        }
                        Err(fault) => return Err(fault),
                    }
                }
                Ok(found)
            }
            Err(fault) => Err(fault),
        }
    }
}
