//! The calls of one run, and what earlier runs remember for it.

use std::cell::Cell;
use std::thread;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::patient::Patient;
use super::subject::Subject;
use crate::login::error::LoginError;
use crate::login::issued::{End, Issued};
use crate::login::request::Request;
use crate::model::identity::{Place, Source};
use crate::model::login::Login;
use crate::model::secret::Secret;
use crate::state::cache::Cache;
use crate::state::notes::{Kind, Notes};
use crate::swr::NETWORK_LIMIT;
use crate::swr::api::{Api, ApiError, TemporaryLogin};
use crate::swr::http::Client;
use crate::swr::network::Network;
use crate::swr::request::{Request as HttpRequest, Response};
use crate::swr::transport::{Transport, TransportError};
use crate::system::deadline::Deadline;
use crate::system::runtime_folder::{self, Locked};
use crate::system::trace::Trace;

/// How long before its expiry a login, token or key is no longer used, in seconds.
const MARGIN: u64 = 5 * 60;

/// The calls of one run, and what they share.
pub(super) struct ApiSession<'a> {
    pub(super) request: &'a Request<'a>,
    transport: Line<'a>,
    trace: &'a Trace,
    pub(super) cache: Cache<'a>,
    pub(super) notes: Option<Notes<'a>>,
    deadline: Deadline,
    pub(super) now: u64,
    /// Whether a cached token, key or ID was used for the current call.
    pub(super) used_cache: Cell<bool>,
}

/// The kinds of cached values that lead to a login. Each can be revoked before it expires.
pub(super) const ON_THE_WAY: [&str; 9] = [
    "token",
    "agency",
    "project",
    "instance",
    "server",
    "oidc",
    "federated",
    "pod-identity",
    "pod-of-node",
];

impl<'a> ApiSession<'a> {
    pub(super) fn open(request: &'a Request<'a>, source: Source) -> Result<Self, LoginError> {
        let environment = request.environment;
        runtime_folder::check(environment)?;
        let traced = Traced {
            client: Client::new(Network::new(
                environment,
                source,
                request.settings.ca_file.as_deref(),
            )?),
            trace: environment.trace(),
        };
        Ok(Self {
            request,
            transport: match request.deadline.first_call() {
                None => Line::Usual(traced),
                Some(_) => Line::Patient(Patient(traced)),
            },
            trace: environment.trace(),
            cache: Cache::open(environment, request.deadline.of_at_least(NETWORK_LIMIT))?,
            notes: Notes::open(environment),
            deadline: request.deadline.of_at_least(NETWORK_LIMIT),
            now: environment.now(),
            used_cache: Cell::new(false),
        })
    }

    /// Returns the value of a variable that names an endpoint. It applies only to identities `from`
    /// variables; a stored identity goes only where the settings or its own cloud say.
    pub(super) fn endpoint_variable(&self, name: &str, from: &Place) -> Option<String> {
        let value = self.request.environment.path(name);
        // A value that is not UTF-8 is not an endpoint either, and gives the error.
        value
            .filter(|_| from.source == Source::Variables)
            .map(|value| value.to_string_lossy().into_owned())
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

    /// Calls `ask`, unless the same identity was refused recently, and remembers a refusal. `asker`
    /// is the identity's name, and `parts` is everything that tells it from another. A run that
    /// `waited` for another run's call accepts what that run heard if the service was busy.
    pub(super) fn once<T>(
        &self,
        asker: &str,
        parts: &[&str],
        waited: bool,
        ask: impl Fn() -> Result<T, LoginError>,
    ) -> Result<T, LoginError> {
        let Some(notes) = &self.notes else {
            return self.afresh(ask);
        };
        let hash = notes.hash(parts.iter().copied());
        if waited && let Some(said) = notes.recall(Kind::Busy, &hash) {
            return Err(LoginError::HeardBusy { said });
        }
        if let Some(said) = notes.recall(Kind::Refused, &hash) {
            return Err(LoginError::RefusedBefore {
                name: asker.to_owned(),
                said,
            });
        }
        if let Some(said) = notes.recall(Kind::Skewed, &hash) {
            return Err(LoginError::SkewedBefore { said });
        }
        let result = self.afresh(ask);
        if let Err(LoginError::Api(error)) = &result {
            let kind = match error {
                ApiError::ClockSkew { .. } => Some(Kind::Skewed),
                error if error.is_refusal() => Some(Kind::Refused),
                error if error.is_busy() => Some(Kind::Busy),
                _ => None,
            };
            if let Some(kind) = kind {
                notes.remember(kind, &hash, &error.to_string());
            }
        }
        result
    }

    /// Calls `ask`. If a cached value was used and the call is refused, drops that value and calls
    /// `ask` once more: Huawei Cloud often revokes tokens and keys early, for example when the
    /// permissions of any user change.
    fn afresh<T>(&self, ask: impl Fn() -> Result<T, LoginError>) -> Result<T, LoginError> {
        self.used_cache.set(false);
        match ask() {
            Err(LoginError::Api(error)) if self.used_cache.get() && error.may_be_revoked() => {
                self.trace
                    .note(|| "cache: what was refused is dropped".to_owned());
                let address = self.request.registry.address();
                let starts = ON_THE_WAY.map(|kind| format!("{kind}:{address}:"));
                self.cache.forget(&starts, self.now);
                ask()
            }
            result => result,
        }
    }

    /// Records that the login is answered, and returns it with its expiry.
    pub(super) fn answered(&self, minted: TemporaryLogin) -> Issued {
        let TemporaryLogin { login, expires } = minted;
        if let Some(notes) = &self.notes {
            let hash = answer_hash(notes, self.request, &login);
            if notes.recall(Kind::Answered, &hash).is_none() {
                notes.remember(Kind::Answered, &hash, "");
            }
        }
        let end = match expires {
            Some(end) if !self.cache.is_off() => End::At(end),
            _ => End::Unkept,
        };
        Issued { login, end }
    }

    /// Returns the name in the cache for a value of this kind for `subject`.
    pub(super) fn name(&self, kind: &str, subject: &Subject<'_>) -> String {
        self.name_of(kind, subject.project, &subject.parts())
    }

    /// Returns the name in the cache for a value of this kind that depends on `parts`.
    pub(super) fn name_of(&self, kind: &str, project: &str, parts: &[&str]) -> String {
        let hash = self.notes.as_ref();
        let hash = hash.map(|notes| notes.hash(parts.iter().copied()));
        let address = self.request.registry.address();
        format!("{kind}:{address}:{project}:{}", hash.unwrap_or_default())
    }

    pub(super) fn cached<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Option<T> {
        // Without a key to hash identities with, the name could not tell them apart.
        self.notes.as_ref()?;
        let text = self.cache.get(name, self.now)?;
        let found = serde_json::from_str(text.expose()).ok();
        self.used_cache.set(true);
        self.trace.note(|| {
            let kind = name.split(':').next().unwrap_or_default();
            format!("cache: a {kind} for {}", self.request.registry)
        });
        found
    }

    /// Caches a value until it expires. A value without an expiry is not cached.
    pub(super) fn keep_until(&self, name: &str, value: &impl Serialize, end: Option<u64>) {
        self.keep(name, value, end.unwrap_or_default().saturating_sub(MARGIN));
    }

    fn keep(&self, name: &str, value: &impl Serialize, until: u64) {
        if self.notes.is_some()
            && let Ok(text) = serde_json::to_string(value)
        {
            self.cache.put(name, &Secret::new(text), self.now, until);
        }
    }

    /// Waits for the time of the first call, if many machines make theirs at the same time.
    pub(super) fn wait_for_turn(&self) {
        let Some(first_call) = self.request.deadline.first_call() else {
            return;
        };
        let left = first_call.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            self.trace
                .note(|| format!("api: the first call is in {} ms", left.as_millis()));
            thread::sleep(left);
        }
    }

    /// Waits until no other run requests the same, and returns whether one did.
    pub(super) fn request_lock(&self, name: &str) -> (Locked, bool) {
        runtime_folder::wait_for_lock(self.request.environment, &lock_of(name), self.deadline)
    }
}

/// Returns the name of the lock for what is cached under `name`. A few files are enough for all
/// names, but not for two kinds: a run that has the lock of a login may wait for that of its
/// server's key, and must not wait for itself.
fn lock_of(name: &str) -> String {
    let kind = name.split(':').next().unwrap_or_default();
    let sum = |sum: u8, byte| sum.wrapping_mul(31).wrapping_add(byte);
    format!("{kind}-{}", name.bytes().fold(0, sum) % 16)
}

/// Returns the hash that an answered login is recognized by.
pub(super) fn answer_hash(notes: &Notes<'_>, request: &Request<'_>, login: &Login) -> String {
    notes.hash([
        request.registry.address(),
        &login.username,
        login.password.expose(),
    ])
}

/// A transport that writes each request and answer to the trace.
struct Traced<'a> {
    client: Client,
    trace: &'a Trace,
}

/// How calls are sent: with retries if many machines make them at the same time.
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::lock_of;

    #[test]
    fn a_run_that_needs_two_locks_never_waits_for_itself() {
        let locks = |kind: &str| {
            let names = (0..200).map(|hash| lock_of(&format!("{kind}:host.example::{hash}")));
            names.collect::<HashSet<_>>()
        };
        let (logins, pods, servers) = (locks("login"), locks("pod"), locks("server"));
        assert!(logins.is_disjoint(&servers) && pods.is_disjoint(&servers));
        assert_eq!(logins.len(), 16);
    }
}
