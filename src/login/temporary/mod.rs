//! Temporary logins, requested from SWR's API for identities that no login can be derived from.
//!
//! Identity → (agency → temporary key) → request → login. Each arrow is a call, and each result is
//! cached. A refusal is remembered, because several in a row lock an access key.

mod cached;
mod calls;
mod endpoints;
mod patient;
mod session;
mod subject;

use cached::Cached;
use calls::Caller;
use session::{ApiSession, ON_THE_WAY, answer_hash};
pub use subject::Subject;

use super::error::LoginError;
use super::issued::Issued;
use super::request::Request;
use crate::model::identity::{ServerAgency, Source};
use crate::model::login::Login;
use crate::state::cache::Cache;
use crate::state::notes::{Kind, Notes};
use crate::swr::api::sts::{self, CallerIdentity};
use crate::swr::endpoint::Endpoint;
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;

/// Returns the login that the API issues for `subject`.
///
/// # Errors
///
/// [`LoginError::Api`] with what a service answered; [`LoginError::RefusedBefore`] if it refused
/// the same identity recently; other errors if something is missing before the first call.
pub fn login(request: &Request<'_>, subject: &Subject<'_>) -> Result<Issued, LoginError> {
    let session = ApiSession::open(request, subject.source())?;
    let name = session.name(kind(request), subject);
    if let Some(cached) = session.cached::<Cached>(&name) {
        return Ok(session.answered(cached.into()));
    }
    // If many helpers run at once, the first one asks and the others find its answer in the cache.
    let (_lock, waited) = session.request_lock(&name);
    if let Some(cached) = session.cached::<Cached>(&name) {
        return Ok(session.answered(cached.into()));
    }
    session.wait_for_turn();
    let asker = subject.identity.name();
    let mint = || session.mint(subject);
    let minted = session.once(asker, &subject.parts(), waited, mint)?;
    session.keep_until(&name, &Cached::from_login(&minted), minted.expires);
    Ok(session.answered(minted))
}

/// Returns the identity that STS knows for `subject`; `None` for an IAM token, which STS does not
/// accept.
///
/// # Errors
///
/// As [`login`].
pub fn who(
    request: &Request<'_>,
    subject: &Subject<'_>,
) -> Result<Option<CallerIdentity>, LoginError> {
    let session = ApiSession::open(request, subject.source())?;
    let caller = session.caller(subject)?;
    if matches!(caller, Caller::Token(_)) {
        return Ok(None);
    }
    let endpoint = session.sts(subject.place)?;
    let identity = session.call(|api| sts::caller_identity(api, &endpoint, caller.auth()))?;
    Ok(Some(identity))
}

/// Returns the agency of this server; `None` if it has none.
///
/// # Errors
///
/// As [`login`].
pub fn server_agency(
    request: &Request<'_>,
    endpoint: &Endpoint,
) -> Result<Option<ServerAgency>, LoginError> {
    let session = ApiSession::open(request, Source::Elsewhere)?;
    let (key, is_fresh) = match session.cached_server_key(endpoint) {
        Some(key) => (key, false),
        None => match session.server_key(endpoint)? {
            Some(key) => (key, true),
            None => return Ok(None),
        },
    };
    Ok(Some(ServerAgency {
        endpoint: endpoint.to_string(),
        ak: key.key.ak.clone(),
        fresh: is_fresh.then_some(key),
    }))
}

/// Returns the kind of login that is requested. The cache keeps the kinds apart.
fn kind(request: &Request<'_>) -> &'static str {
    match request.settings.enhanced {
        true => "enhanced",
        false => "login",
    }
}

/// Whether `login` is one that was answered for the registry in the last 24 hours.
pub fn was_answered(request: &Request<'_>, login: &Login) -> bool {
    let Some(notes) = Notes::open(request.environment) else {
        return false;
    };
    notes
        .recall(Kind::Answered, &answer_hash(&notes, request, login))
        .is_some()
}

/// Drops what is cached for the registry at `address`, or for all registries: logins, and the
/// tokens and keys that led to them. Identities that were refused may try again.
pub fn forget(environment: &Environment, address: Option<&str>, deadline: Deadline) {
    if let Ok(cache) = Cache::open(environment, deadline) {
        let starts = match address {
            Some(address) => ["login", "enhanced"]
                .iter()
                .chain(&ON_THE_WAY)
                .map(|kind| format!("{kind}:{address}:"))
                .collect(),
            None => vec![String::new()],
        };
        cache.forget(&starts, environment.now());
    }
    if let Some(notes) = Notes::open(environment) {
        notes.forget_refusals();
    }
}
