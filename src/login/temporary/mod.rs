//! Logins that SWR's API mints, for identities from which none can be derived.
//!
//! Identity → (agency → temporary key) → request → login. Each arrow is a call, and each result is
//! cached; a refusal is remembered, because a few of them in a row lock an access key.

mod cached;
mod calls;
mod desk;
mod endpoints;
mod patient;
mod pod;

use cached::{Cached, CachedKey};
use desk::Desk;
pub use pod::{PodAgency, pod_key};

use super::{Issued, Login};
use crate::cache::Cache;
use crate::environment::Environment;
use crate::error::Result;
use crate::identity::{Identity, TemporaryKey};
use crate::notes::{Kind, Notes};
use crate::provider::{Agency, Request};
use crate::swr::api;
use crate::swr::endpoint::Endpoint;

/// How long before its end a login, token or key is used no more, in seconds.
const MARGIN: u64 = 5 * 60;

/// How long a login is used whose end the service did not tell, in seconds.
const UNKNOWN_LIFETIME: u64 = 15 * 60;

/// Returns the login that the API mints for `identity`, which assumes `agency` first where there is one.
///
/// # Errors
///
/// [`Error::Api`](crate::error::Error::Api) with what the service said; [`Error::RefusedBefore`](crate::error::Error::RefusedBefore) where it said no to the same
/// identity a moment ago; and what is missing for asking at all.
pub fn login(
    request: &Request<'_>,
    identity: &Identity,
    agency: Option<&Agency>,
    project: &str,
) -> Result<Issued> {
    let desk = Desk::open(request)?;
    let subject = Subject {
        identity,
        agency,
        project,
    };
    let name = desk.name("login", &subject);
    if let Some(cached) = desk.cached::<Cached>(&name) {
        return Ok(desk.answered(cached.into()));
    }
    // Of many helpers at once the first asks, and the others find its answer.
    let _flight = desk.flight(&name);
    if let Some(cached) = desk.cached::<Cached>(&name) {
        return Ok(desk.answered(cached.into()));
    }
    desk.spread();
    let asker = subject.identity.name();
    let minted = desk.once(asker, &subject.parts(), || desk.mint(&subject))?;
    let lifetime = match minted.expires {
        Some(end) => end.saturating_sub(MARGIN),
        None => desk.now + UNKNOWN_LIFETIME,
    };
    desk.keep(&name, &Cached::of(&minted), lifetime);
    Ok(desk.answered(minted))
}

/// Returns the key of this server's agency, from the cache or its metadata service.
///
/// # Errors
///
/// As [`login`].
pub fn metadata_key(request: &Request<'_>, endpoint: &Endpoint) -> Result<Option<TemporaryKey>> {
    let desk = Desk::open(request)?;
    let name = format!("metadata:{}", endpoint.authority());
    let _flight = desk.flight(&name);
    if let Some(key) = desk.cached::<CachedKey>(&name) {
        return Ok(Some(key.into()));
    }
    let key = desk.call(|api| api::metadata::agency_key(api, endpoint))?;
    if let Some(key) = &key {
        desk.keep(
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
pub fn forget(environment: &Environment, address: Option<&str>) {
    if let Ok(cache) = Cache::of(environment) {
        match address {
            Some(address) => {
                for kind in ["login", "token", "agency", "project", "pod"] {
                    cache.forget(&format!("{kind}:{address}:"));
                }
            }
            None => cache.forget(""),
        }
    }
}

fn answer_hash(notes: &Notes<'_>, request: &Request<'_>, login: &Login) -> String {
    notes.hash([
        request.registry.address(),
        &login.username,
        login.password.expose(),
    ])
}

/// As whom, and for which project, a login is asked for.
struct Subject<'a> {
    identity: &'a Identity,
    agency: Option<&'a Agency>,
    project: &'a str,
}

impl Subject<'_> {
    /// Everything that makes this identity another one.
    fn parts(&self) -> Vec<&str> {
        let mut parts = self.identity.parts();
        if let Some(agency) = self.agency {
            parts.extend(["agency", &agency.name, &agency.domain]);
        }
        parts
    }
}
