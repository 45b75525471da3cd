//! The keyring of a Linux desktop: what is read from and written to the Secret Service.
//!
//! Nothing here asks a person for anything but [`Keyring::unlock`]: a prompt that a daemon offers is dismissed. The
//! items are those of the keyring crate: found by its attributes `service` and `username`, with its label and content
//! type.

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

/// An item's path, and its secret or why that cannot be read.
type Found = (String, Result<Bytes, StoreError>);

/// How often an action begins anew because an item vanished under it.
const ATTEMPTS: usize = 3;

/// The keyring; it connects at its first use, and once.
pub(super) struct Keyring {
    places: Result<Vec<Place>, BusError>,
    service: RefCell<Option<SecretService>>,
}

impl Keyring {
    /// Returns the keyring on the session bus that `environment` names.
    pub(super) fn new(environment: &Environment) -> Self {
        Self {
            places: session_bus(environment),
            service: RefCell::default(),
        }
    }

    /// Returns the secret of the item with these attributes, the newest where there are several, or `None` where there
    /// is none.
    pub(super) fn read(
        &self,
        service: &str,
        username: &str,
        deadline: Deadline,
    ) -> Result<Option<Bytes>, StoreError> {
        let attributes = [("service", service), ("username", username)];
        self.with(deadline, |service| service.read(&attributes))
    }

    /// Returns all items of `service`. The username of one is asked for only where `tells_its_name` says no of its
    /// secret, or where that cannot be read.
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

    /// Puts a secret into the item with these attributes, a new one in the default collection where there is none.
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

    /// Deletes every item with these attributes. One that its daemon deletes only after a question gets `blank` in place
    /// of its secret.
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

    /// Whether an item can be created in the default collection.
    pub(super) fn check_writable(&self, deadline: Deadline) -> Result<(), StoreError> {
        self.with(deadline, |service| {
            let view = service.opened(&[], |view| !view.is_default_locked())?;
            service.default_of(&view).map(drop)
        })
    }

    /// Asks the keyring to open its collections, with its own prompts. `service` is for keyrings that lock each item.
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
        let view = self.opened(attributes, View::is_enough_to_read)?;
        let Some(item) = self.newest(&view.items())? else {
            return self.check_all_seen(&view).map(|()| None);
        };
        let secrets = self.secrets(&[&item])?;
        // One that was asked for and did not come was deleted meanwhile.
        let (_, secret) = secrets.into_iter().next().ok_or(Fault::Vanished)?;
        Ok(Some(secret))
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
        // KeePassXC creates an item by a prompt that asks nothing, as there is none that it would replace.
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

    /// Lets the daemon ask a person for what opens its collections.
    fn unlock(&mut self) -> Result<(), Fault> {
        let view = self.look(&[])?;
        if !view.is_open() {
            let prompt = self.ask_to_open(&view)?;
            match prompt.as_str() {
                NO_OBJECT => {}
                prompt => match self.follow(prompt) {
                    // Nobody answered, or there is no program that would ask.
                    Err(Fault::State(KeyringState::Denied)) => return Err(self.locked()),
                    result => result?,
                },
            }
        }
        let view = self.look(&[])?;
        self.default_of(&view).map(drop)
    }

    /// Looks, and where that is not `enough`, opens without a question what can be opened so and looks again.
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

    /// Fails unless no locked collection can hold what was searched for: an empty search is believed of one that is not
    /// locked, and of a daemon that shows what it has locked.
    fn check_all_seen(&mut self, view: &View) -> Result<(), Fault> {
        if view.is_open() {
            return Ok(());
        }
        let shows = view.locked().all(|collection| collection.items.is_empty())
            && self.daemon()?.shows_what_is_locked();
        if shows { Ok(()) } else { Err(self.locked()) }
    }

    /// Returns the collection that new items go to, if it takes them now.
    fn default_of<'a>(&mut self, view: &'a View) -> Result<&'a str, Fault> {
        match &view.default {
            None => Err(KeyringState::Empty.into()),
            Some(_) if view.is_default_locked() => Err(self.locked()),
            Some(path) => Ok(path),
        }
    }

    /// Returns the secrets of all these items, or for each why it cannot be read. What was deleted meanwhile is left out.
    fn secrets_or_why(&mut self, items: &[&str]) -> Result<Vec<Found>, Fault> {
        match self.secrets(items) {
            Ok(secrets) => Ok(secrets
                .into_iter()
                .map(|(path, secret)| (path, Ok(secret)))
                .collect()),
            // One of them may keep all others back.
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
