//! The calls of one run, with what is remembered of earlier ones.

use std::thread;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::patient::{self, Patient};
use super::subject::Subject;
use crate::login::error::LoginError;
use crate::login::issued::{End, Issued};
use crate::login::request::Request;
use crate::model::login::Login;
use crate::model::secret::Secret;
use crate::state::cache::Cache;
use crate::state::notes::{ANSWERED_FOR, Kind, Notes, REFUSED_FOR};
use crate::swr::NETWORK_LIMIT;
use crate::swr::api::{Api, ApiError, TemporaryLogin};
use crate::swr::http::Client;
use crate::swr::network::Network;
use crate::swr::request::{Request as HttpRequest, Response};
use crate::swr::transport::{Transport, TransportError};
use crate::system::deadline::Deadline;
use crate::system::runtime_folder::{self, Locked};
use crate::system::trace::Trace;

/// How long before its end a login, token or key is used no more, in seconds.
pub(super) const MARGIN: u64 = 5 * 60;

/// The calls of one run, with all that they share.
pub(super) struct ApiSession<'a> {
    pub(super) request: &'a Request<'a>,
    transport: Line<'a>,
    trace: &'a Trace,
    pub(super) cache: Cache<'a>,
    pub(super) notes: Option<Notes<'a>>,
    deadline: Deadline,
    pub(super) now: u64,
}

impl<'a> ApiSession<'a> {
    pub(super) fn open(request: &'a Request<'a>) -> Result<Self, LoginError> {
        let environment = request.environment;
        let traced = Traced {
            client: Client::new(Network::of(environment)?),
            trace: environment.trace(),
        };
        Ok(Self {
            request,
            transport: match request.deadline.crowd() {
                None => Line::Usual(traced),
                Some(_) => Line::Patient(Patient(traced)),
            },
            trace: environment.trace(),
            cache: Cache::of(environment, request.deadline.of_at_least(NETWORK_LIMIT))?,
            notes: Notes::open(environment),
            deadline: request.deadline.of_at_least(NETWORK_LIMIT),
            now: environment.now(),
        })
    }

    pub(super) fn call<T>(
        &self,
        call: impl FnOnce(&Api<'_>) -> Result<T, ApiError>,
    ) -> Result<T, LoginError> {
        let deadline = self.deadline.end();
        let api = Api {
            transport: &self.transport,
            now: self.now,
            deadline,
        };
        Ok(call(&api)?)
    }

    /// Does what `ask` does, unless the same identity was refused a moment ago; remembers a refusal.
    /// `asker` is the identity's name, and `parts` all that makes it another one.
    pub(super) fn once<T>(
        &self,
        asker: &str,
        parts: &[&str],
        ask: impl FnOnce() -> Result<T, LoginError>,
    ) -> Result<T, LoginError> {
        let Some(notes) = &self.notes else {
            return ask();
        };
        let hash = notes.hash(parts.iter().copied());
        if let Some(said) = notes.recall(Kind::Refused, &hash) {
            return Err(LoginError::RefusedBefore {
                name: asker.to_owned(),
                said,
            });
        }
        let result = ask();
        if let Err(LoginError::Api(error)) = &result
            && error.is_refusal()
        {
            notes.remember(Kind::Refused, &hash, REFUSED_FOR, &error.to_string());
        }
        result
    }

    /// Notes that the login is answered, and says until when it is good.
    pub(super) fn answered(&self, minted: TemporaryLogin) -> Issued {
        let TemporaryLogin { login, expires } = minted;
        if let Some(notes) = &self.notes {
            let hash = answer_hash(notes, self.request, &login);
            if notes.recall(Kind::Answered, &hash).is_none() {
                notes.remember(Kind::Answered, &hash, ANSWERED_FOR, "");
            }
        }
        let end = match expires {
            Some(end) if !self.cache.is_off() => End::At(end),
            _ => End::Unkept,
        };
        Issued { login, end }
    }

    /// Returns the name that something of `subject` is cached under.
    pub(super) fn name(&self, kind: &str, subject: &Subject<'_>) -> String {
        self.name_of(kind, subject.project, &subject.parts())
    }

    /// Returns the name that something of `parts`, which are everything that went into it, is cached under.
    pub(super) fn name_of(&self, kind: &str, project: &str, parts: &[&str]) -> String {
        let hash = self.notes.as_ref();
        let hash = hash.map(|notes| notes.hash(parts.iter().copied()));
        let address = self.request.registry.address();
        format!("{kind}:{address}:{project}:{}", hash.unwrap_or_default())
    }

    pub(super) fn cached<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Option<T> {
        // Without a key to hash an identity with, its name would not tell it from another.
        self.notes.as_ref()?;
        let text = self.cache.get(name, self.now)?;
        let found = serde_json::from_str(text.expose()).ok();
        self.trace.note(|| {
            let kind = name.split(':').next().unwrap_or_default();
            format!("cache: a {kind} for {}", self.request.registry)
        });
        found
    }

    pub(super) fn keep(&self, name: &str, value: &impl Serialize, until: u64) {
        if self.notes.is_some()
            && let Ok(text) = serde_json::to_string(value)
        {
            self.cache.put(name, &Secret::new(text), self.now, until);
        }
    }

    /// Puts the first call off by a part of the crowd's spread, each machine by another.
    pub(super) fn spread(&self) {
        if let Some(spread) = self.request.deadline.crowd() {
            thread::sleep(patient::part_of(spread).min(self.request.deadline.left() / 2));
        }
    }

    pub(super) fn request_lock(&self, name: &str) -> Locked {
        // A handful of files serves all names.
        let number = name
            .bytes()
            .fold(0u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte))
            % 16;
        runtime_folder::lock(
            self.request.environment,
            &format!("api-{number}"),
            self.deadline,
        )
    }
}

/// Returns the hash by which an answered login is known again.
pub(super) fn answer_hash(notes: &Notes<'_>, request: &Request<'_>, login: &Login) -> String {
    notes.hash([
        request.registry.address(),
        &login.username,
        login.password.expose(),
    ])
}

/// A transport that tells the trace what was asked and answered.
struct Traced<'a> {
    client: Client,
    trace: &'a Trace,
}

/// How the calls are sent: with patience where many machines make them at the same time.
enum Line<'a> {
    Usual(Traced<'a>),
    Patient(Patient<Traced<'a>>),
}

impl Transport for Line<'_> {
    fn send(&self, request: &HttpRequest, deadline: Instant) -> Result<Response, TransportError> {
        match self {
            Self::Usual(transport) => transport.send(request, deadline),
            Self::Patient(transport) => transport.send(request, deadline),
        }
    }
}

impl Transport for Traced<'_> {
    fn send(&self, request: &HttpRequest, deadline: Instant) -> Result<Response, TransportError> {
        let response = self.client.send(request, deadline);
        self.trace.note(|| {
            let answer = match &response {
                Ok(response) => response.status.to_string(),
                Err(error) => error.to_string(),
            };
            let (method, host) = (request.method.as_str(), request.endpoint.authority());
            format!("api: {method} {host}{} -> {answer}", request.path)
        });
        response
    }
}
