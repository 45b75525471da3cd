//! A locked Secret Service whose prompt answers like a person; the prompts of real ones need a
//! screen.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use zbus::blocking::Connection;
use zbus::interface;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedObjectPath, Value};

use super::bus::Bus;

const COLLECTION: &str = "/org/freedesktop/secrets/collection/only";
const PROMPT: &str = "/org/freedesktop/secrets/prompt/only";

/// What the person does at the prompt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    No,
    Never,
}

/// The service; it ends on drop.
pub(crate) struct LockedService {
    _connection: Connection,
    state: Arc<State>,
}

struct State {
    answer: Answer,
    is_locked: AtomicBool,
    asked: AtomicUsize,
}

impl LockedService {
    /// Offers it on `bus`.
    pub(crate) fn on(bus: &Bus, answer: Answer) -> Self {
        let state = Arc::new(State {
            answer,
            is_locked: AtomicBool::new(true),
            asked: AtomicUsize::new(0),
        });
        let connection = bus.connect().unwrap();
        {
            let server = connection.object_server();
            server.at("/org/freedesktop/secrets", Service).unwrap();
            server.at(COLLECTION, Collection(state.clone())).unwrap();
            server.at(PROMPT, Prompt(state.clone())).unwrap();
        }
        connection.request_name("org.freedesktop.secrets").unwrap();
        Self {
            _connection: connection,
            state,
        }
    }

    /// Returns the number of prompts.
    pub(crate) fn times(&self) -> usize {
        self.state.asked.load(Ordering::SeqCst)
    }
}

fn path(text: &str) -> OwnedObjectPath {
    OwnedObjectPath::try_from(text).unwrap()
}

struct Service;

#[interface(name = "org.freedesktop.Secret.Service")]
impl Service {
    #[zbus(property)]
    fn collections(&self) -> Vec<OwnedObjectPath> {
        vec![path(COLLECTION)]
    }

    fn read_alias(&self, _name: &str) -> OwnedObjectPath {
        path(COLLECTION)
    }

    fn unlock(&self, _objects: Vec<OwnedObjectPath>) -> (Vec<OwnedObjectPath>, OwnedObjectPath) {
        (Vec::new(), path(PROMPT))
    }
}

struct Collection(Arc<State>);

#[interface(name = "org.freedesktop.Secret.Collection")]
impl Collection {
    #[zbus(property)]
    fn locked(&self) -> bool {
        self.0.is_locked.load(Ordering::SeqCst)
    }

    fn search_items(&self, _attributes: HashMap<String, String>) -> Vec<OwnedObjectPath> {
        Vec::new()
    }
}

struct Prompt(Arc<State>);

#[interface(name = "org.freedesktop.Secret.Prompt")]
impl Prompt {
    // The signal is sent before the answer to this call, which D-Bus allows.
    async fn prompt(
        &self,
        _window: &str,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        match self.0.answer {
            Answer::Never => return Ok(()),
            Answer::Yes => self.0.is_locked.store(false, Ordering::SeqCst),
            Answer::No => {}
        }
        let dismissed = self.0.answer == Answer::No;
        Ok(Prompt::completed(&emitter, dismissed, Value::from("")).await?)
    }

    fn dismiss(&self) {}

    #[zbus(signal)]
    async fn completed(
        emitter: &SignalEmitter<'_>,
        dismissed: bool,
        result: Value<'_>,
    ) -> zbus::Result<()>;
}
