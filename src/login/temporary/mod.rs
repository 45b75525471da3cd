//! Logins that SWR's API mints, for identities from which none can be derived.
//!
//! Identity → (agency → temporary key) → request → login. Each arrow is a call, and each result is
//! cached; a refusal is remembered, because a few of them in a row lock an access key.

mod cached;
mod calls;
mod endpoints;
mod patient;
mod pod;
mod session;
mod subject;

use cached::{Cached, CachedKey};
use session::{ApiSession, MARGIN, answer_hash};
use subject::Subject;

pub use pod::{PodAgency, pod_key};

use super::error::LoginError;
use super::issued::Issued;
use super::request::Request;
use crate::model::identity::{Agency, Identity, TemporaryKey};
use crate::model::login::Login;
use crate::state::cache::Cache;
use crate::state::notes::{Kind, Notes};
use crate::swr::api;
use crate::swr::endpoint::Endpoint;
use crate::system::deadline::Deadline;
use crate::system::environment::Environment;

/// How long a login is used whose end the service did not tell, in seconds.
const UNKNOWN_LIFETIME: u64 = 15 * 60;

/// Returns the login that the API mints for `identity`, which assumes `agency` first where there is one.
///
/// # Errors
///
/// [`LoginError::Api`] with what the service said; [`LoginError::RefusedBefore`] where it said no to the same
/// identity a moment ago; and what is missing for asking at all.
pub fn login(
    request: &Request<'_>,
    identity: &Identity,
    agency: Option<&Agency>,
    project: &str,
) -> Result<Issued, LoginError> {
    let session = ApiSession::open(request)?;
    let subject = Subject {
        identity,
        agency,
        project,
    };
    let name = session.name("login", &subject);
    if let Some(cached) = session.cached::<Cached>(&name) {
        return Ok(session.answered(cached.into()));
    }
    // Of many helpers at once the first asks, and the others find its answer.
    let _lock = session.request_lock(&name);
    if let Some(cached) = session.cached::<Cached>(&name) {
        return Ok(session.answered(cached.into()));
    }
    session.spread();
    let asker = subject.identity.name();
    let minted = session.once(asker, &subject.parts(), || session.mint(&subject))?;
    let lifetime = match minted.expires {
        Some(end) => end.saturating_sub(MARGIN),
        None => session.now + UNKNOWN_LIFETIME,
    };
    session.keep(&name, &Cached::of(&minted), lifetime);
    Ok(session.answered(minted))
}

/// Returns the key of this server's agency, from the cache or its metadata service.
///
/// # Errors
///
/// As [`login`].
pub fn metadata_key(
    request: &Request<'_>,
    endpoint: &Endpoint,
) -> Result<Option<TemporaryKey>, LoginError> {
    let session = ApiSession::open(request)?;
    let name = format!("metadata:{}", endpoint.authority());
    let _lock = session.request_lock(&name);
    if let Some(key) = session.cached::<CachedKey>(&name) {
        return Ok(Some(key.into()));
    }
    let key = session.call(|api| api::metadata::agency_key(api, endpoint))?;
    if let Some(key) = &key {
        session.keep(
            &name,
            &CachedKey::of(key),
            key.expires.unwrap_or_default().saturating_sub(MARGIN),
        );
    }
    Ok(key)
}

/// Whether `login` is one that was answered for the registry in the last day.
pub fn was_answered(request: &Request<'_>, login: &Login) -> bool {
    let Some(notes) = Notes::open(request.environment) else {
        return false;
    };
    notes
        .recall(Kind::Answered, &answer_hash(&notes, request, login))
        .is_some()
}

/// Drops what is cached for the registry at `address`, or for all: logins, and the tokens and keys that
/// led to them.
pub fn forget(environment: &Environment, address: Option<&str>, deadline: Deadline) {
    const KINDS: [&str; 5] = ["login", "token", "agency", "project", "pod"];
    if let Ok(cache) = Cache::of(environment, deadline) {
        let starts = match address {
            Some(address) => KINDS.map(|kind| format!("{kind}:{address}:")).to_vec(),
            None => vec![String::new()],
        };
        cache.forget(&starts, environment.now());
    }
}
