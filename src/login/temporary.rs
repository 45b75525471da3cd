//! Logins that SWR's API mints, for identities from which none can be derived.
//!
//! Identity → (agency → temporary key) → request → login. Each arrow is a call, and each result is
//! cached; a refusal is remembered, because a few of them in a row lock an access key.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Login;
use crate::access_key::AccessKey;
use crate::cache::Cache;
use crate::environment::Deadline;
use crate::error::{Error, Result};
use crate::identity::{Identity, TemporaryKey};
use crate::notes::{ANSWERED_FOR, Kind, Notes, REFUSED_FOR};
use crate::provider::{Agency, Request};
use crate::registry::Kind as RegistryKind;
use crate::runtime_folder::{self, Locked};
use crate::secret::Secret;
use crate::swr::api::{self, Api, ApiError, enterprise, iam, secret};
use crate::swr::endpoint::Endpoint;
use crate::swr::http::Client;
use crate::swr::network::Network;
use crate::swr::request::{Request as HttpRequest, Response};
use crate::swr::transport::{Transport, TransportError};
use crate::trace::Trace;

/// How long a `get` may take in all where the network is asked.
const NETWORK_LIMIT: Duration = Duration::from_secs(10);

/// How long before its end a login, token or key is used no more, in seconds.
const MARGIN: u64 = 5 * 60;

/// How long a login is used whose end the service did not tell, in seconds.
const UNKNOWN_LIFETIME: u64 = 15 * 60;

/// How long a key of an assumed agency is asked to live, in seconds.
const AGENCY_LIFETIME: u32 = 3600;

/// How long a project's ID is believed, in seconds.
const PROJECT_LIFETIME: u64 = 24 * 60 * 60;

/// Returns the login that the API mints for `identity`, which assumes `agency` first where there is one.
///
/// # Errors
///
/// [`Error::Api`] with what the service said; [`Error::RefusedBefore`] where it said no to the same
/// identity a moment ago; and what is missing for asking at all.
pub fn login(
    request: &Request<'_>,
    identity: &Identity,
    agency: Option<&Agency>,
    project: &str,
) -> Result<Login> {
    let desk = Desk::open(request)?;
    let subject = Subject {
        identity,
        agency,
        project,
    };
    let name = desk.name("login", &subject);
    if let Some(login) = desk.cached::<Cached>(&name) {
        return Ok(desk.answered(login.into()));
    }
    // Of many helpers at once the first asks, and the others find its answer.
    let _flight = desk.flight(&name);
    if let Some(login) = desk.cached::<Cached>(&name) {
        return Ok(desk.answered(login.into()));
    }
    let minted = desk.once(&subject, || desk.mint(&subject))?;
    let lifetime = match minted.expires {
        Some(end) => end.saturating_sub(MARGIN),
        None => desk.now + UNKNOWN_LIFETIME,
    };
    desk.keep(&name, &Cached::of(&minted.login), lifetime);
    Ok(desk.answered(minted.login))
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
pub fn forget(environment: &crate::environment::Environment, address: Option<&str>) {
    if let Ok(cache) = Cache::of(environment) {
        match address {
            Some(address) => {
                for kind in ["login", "token", "agency", "project"] {
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
        let mut parts = match self.identity {
            Identity::Key(key) => vec!["key", &key.ak, key.sk.expose()],
            Identity::LoginKey { ak, login_key } => vec!["login key", ak, login_key.expose()],
            Identity::TemporaryKey(TemporaryKey {
                key,
                security_token,
                ..
            }) => {
                vec![
                    "temporary key",
                    &key.ak,
                    key.sk.expose(),
                    security_token.expose(),
                ]
            }
            Identity::User(user) => vec!["user", &user.name, &user.domain, user.password.expose()],
            Identity::Token(token) => vec!["token", token.expose()],
        };
        if let Some(agency) = self.agency {
            parts.extend(["agency", &agency.name, &agency.domain]);
        }
        parts
    }
}

/// Where the calls are made, with all that they share.
struct Desk<'a> {
    request: &'a Request<'a>,
    transport: Traced<'a>,
    cache: Cache,
    notes: Option<Notes<'a>>,
    deadline: Deadline,
    now: u64,
}

impl<'a> Desk<'a> {
    fn open(request: &'a Request<'a>) -> Result<Self> {
        let environment = request.environment;
        let client = Client::new(Network::of(environment)?);
        Ok(Self {
            request,
            transport: Traced {
                client,
                trace: environment.trace(),
            },
            cache: Cache::of(environment)?,
            notes: Notes::open(environment),
            deadline: request.deadline.of_at_least(NETWORK_LIMIT),
            now: environment.now(),
        })
    }

    /// Mints the login, with the calls that come before it.
    fn mint(&self, subject: &Subject<'_>) -> Result<api::TemporaryLogin> {
        let caller = self.caller(subject)?;
        let caller = caller.as_api();
        let registry = self.request.registry;
        if let (RegistryKind::Enterprise { .. }, Some((project, instance))) =
            (registry.kind(), &self.request.settings.instance)
        {
            let instance = enterprise::Instance::new(project, instance).ok_or(Error::Instance)?;
            let endpoint = self.swr()?;
            return self.call(|api| enterprise::temporary_login(api, &endpoint, &instance, caller));
        }
        let endpoint = self.swr()?;
        let project_id = match (registry.swr(), caller) {
            // The region's own project needs no naming, and a token has its project in it.
            (Some((region, _)), _) if region == subject.project => None,
            (_, api::Identity::Token(_)) => None,
            _ => Some(self.project_id(subject, caller)?),
        };
        let mut hosts = vec![registry.address()];
        hosts.extend(self.request.settings.alias.as_deref());
        let asked = secret::Asked {
            endpoint: &endpoint,
            project: subject.project,
            project_id: project_id.as_deref(),
            hosts: &hosts,
        };
        self.call(|api| secret::temporary_login(api, &asked, caller))
    }

    /// Returns who signs or brings a token: a user gets one, and an agency is assumed.
    fn caller(&self, subject: &Subject<'_>) -> Result<Caller> {
        let caller = match subject.identity {
            Identity::Key(key) => Caller::Key(key.clone()),
            Identity::TemporaryKey(key) => match key.expires {
                Some(end) if end <= self.now => {
                    return Err(Error::KeyExpired {
                        ak: key.key.ak.clone(),
                    });
                }
                _ => Caller::TemporaryKey(key.clone()),
            },
            Identity::Token(token) => Caller::Token(token.clone()),
            Identity::LoginKey { .. } => return Err(Error::NoSecretKey),
            Identity::User(user) => {
                let name = self.name("token", subject);
                let token = match self.cached::<CachedToken>(&name) {
                    Some(cached) => cached.token,
                    None => {
                        let endpoint = self.iam()?;
                        let user = iam::User {
                            name: &user.name,
                            domain: &user.domain,
                            password: &user.password,
                        };
                        let minted =
                            self.call(|api| iam::token(api, &endpoint, &user, subject.project))?;
                        let end = minted
                            .expires
                            .map(|end| end.saturating_sub(MARGIN))
                            .unwrap_or_default();
                        self.keep(
                            &name,
                            &CachedTokenOut {
                                token: minted.token.expose(),
                            },
                            end,
                        );
                        minted.token
                    }
                };
                Caller::Token(token)
            }
        };
        match subject.agency {
            None => Ok(caller),
            Some(agency) => self
                .assumed(subject, agency, &caller)
                .map(Caller::TemporaryKey),
        }
    }

    fn assumed(
        &self,
        subject: &Subject<'_>,
        agency: &Agency,
        caller: &Caller,
    ) -> Result<TemporaryKey> {
        let name = self.name("agency", subject);
        if let Some(key) = self.cached::<CachedKey>(&name) {
            return Ok(key.into());
        }
        let endpoint = self.iam()?;
        let asked = iam::Agency {
            name: &agency.name,
            domain: &agency.domain,
            seconds: AGENCY_LIFETIME,
        };
        let key = self.call(|api| iam::assume_role(api, &endpoint, &asked, caller.as_api()))?;
        self.keep(
            &name,
            &CachedKey::of(&key),
            key.expires.unwrap_or_default().saturating_sub(MARGIN),
        );
        Ok(key)
    }

    fn project_id(&self, subject: &Subject<'_>, caller: api::Identity<'_>) -> Result<String> {
        let name = self.name("project", subject);
        // Two accounts may have projects of one name, and only a hash tells their identities apart.
        let cached = self
            .notes
            .as_ref()
            .and_then(|_| self.cache.get(&name, self.now));
        if let Some(id) = cached {
            return Ok(id.expose().to_owned());
        }
        let endpoint = self.iam()?;
        let id = self.call(|api| iam::project_id(api, &endpoint, subject.project, caller))?;
        if self.notes.is_some() {
            let until = self.now + PROJECT_LIFETIME;
            self.cache.put(&name, &Secret::from(&*id), self.now, until);
        }
        Ok(id)
    }

    /// Returns the endpoint of SWR's API: the settings', else the SDK's variable for the region, else
    /// the documented one.
    fn swr(&self) -> Result<Endpoint> {
        let settings = self.request.settings;
        if let Some(api) = &settings.api {
            return endpoint("`api` in the settings", api);
        }
        let Some((region, cloud)) = self.place() else {
            return Err(Error::NoApi {
                address: self.request.registry.address().to_owned(),
            });
        };
        let variable = format!(
            "HUAWEICLOUD_SDK_REGION_SWR_{}",
            region.to_ascii_uppercase().replace('-', "_")
        );
        match self
            .request
            .environment
            .path(&variable)
            .as_deref()
            .and_then(|value| value.to_str())
        {
            Some(value) => endpoint(&variable, value),
            None => endpoint("the registry", &format!("https://swr-api.{region}.{cloud}")),
        }
    }

    fn iam(&self) -> Result<Endpoint> {
        const VARIABLE: &str = "HUAWEICLOUD_SDK_IAM_ENDPOINT";
        if let Some(iam) = &self.request.settings.iam {
            return endpoint("`iam` in the settings", iam);
        }
        if let Some(value) = self.request.environment.variable(VARIABLE)? {
            return endpoint(VARIABLE, value);
        }
        match self.place() {
            Some((region, cloud)) => {
                endpoint("the registry", &format!("https://iam.{region}.{cloud}"))
            }
            None => Err(Error::NoApi {
                address: self.request.registry.address().to_owned(),
            }),
        }
    }

    fn place(&self) -> Option<(&str, &str)> {
        match self.request.registry.kind() {
            RegistryKind::Swr { region, cloud } => Some((region, cloud)),
            RegistryKind::Enterprise { region, cloud } => Some((region.as_deref()?, cloud)),
            RegistryKind::Other => None,
        }
    }

    fn call<T>(&self, call: impl FnOnce(&Api<'_>) -> Result<T, ApiError>) -> Result<T> {
        let deadline = self.deadline.end();
        let api = Api {
            transport: &self.transport,
            now: self.now,
            deadline,
        };
        Ok(call(&api)?)
    }

    /// Does what `ask` does, unless the same identity was refused a moment ago; remembers a refusal.
    fn once<T>(&self, subject: &Subject<'_>, ask: impl FnOnce() -> Result<T>) -> Result<T> {
        let Some(notes) = &self.notes else {
            return ask();
        };
        let hash = notes.hash(subject.parts());
        if let Some(said) = notes.recall(Kind::Refused, &hash) {
            return Err(Error::RefusedBefore {
                name: subject.identity.name().to_owned(),
                said,
            });
        }
        let result = ask();
        if let Err(Error::Api(error)) = &result
            && error.is_refusal()
        {
            notes.remember(Kind::Refused, &hash, REFUSED_FOR, &error.to_string());
        }
        result
    }

    fn answered(&self, login: Login) -> Login {
        if let Some(notes) = &self.notes {
            let hash = answer_hash(notes, self.request, &login);
            if notes.recall(Kind::Answered, &hash).is_none() {
                notes.remember(Kind::Answered, &hash, ANSWERED_FOR, "");
            }
        }
        login
    }

    /// Returns the name that something of `subject` is cached under.
    fn name(&self, kind: &str, subject: &Subject<'_>) -> String {
        let hash = self.notes.as_ref().map(|notes| notes.hash(subject.parts()));
        let address = self.request.registry.address();
        format!(
            "{kind}:{address}:{}:{}",
            subject.project,
            hash.unwrap_or_default()
        )
    }

    fn cached<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Option<T> {
        // Without a key to hash an identity with, its name would not tell it from another.
        self.notes.as_ref()?;
        let text = self.cache.get(name, self.now)?;
        let found = serde_json::from_str(text.expose()).ok();
        self.transport.trace.note(|| {
            let kind = name.split(':').next().unwrap_or_default();
            format!("cache: a {kind} for {}", self.request.registry)
        });
        found
    }

    fn keep(&self, name: &str, value: &impl Serialize, until: u64) {
        if self.notes.is_some()
            && let Ok(text) = serde_json::to_string(value)
        {
            self.cache.put(name, &Secret::new(text), self.now, until);
        }
    }

    fn flight(&self, name: &str) -> Locked {
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

fn endpoint(place: &str, text: &str) -> Result<Endpoint> {
    Endpoint::parse(text).map_err(|why| Error::Endpoint {
        place: place.to_owned(),
        why: why.to_string(),
    })
}

/// Who makes a call.
enum Caller {
    Key(AccessKey),
    TemporaryKey(TemporaryKey),
    Token(Secret),
}

impl Caller {
    fn as_api(&self) -> api::Identity<'_> {
        match self {
            Self::Key(key) => api::Identity::Key(key),
            Self::TemporaryKey(key) => api::Identity::TemporaryKey(key),
            Self::Token(token) => api::Identity::Token(token),
        }
    }
}

/// A transport that tells the trace what was asked and answered.
struct Traced<'a> {
    client: Client,
    trace: &'a Trace,
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

#[derive(Serialize)]
struct CachedOut<'a> {
    username: &'a str,
    password: &'a str,
}

#[derive(Deserialize)]
struct Cached {
    username: String,
    password: Secret,
}

impl Cached {
    fn of(login: &Login) -> CachedOut<'_> {
        CachedOut {
            username: &login.username,
            password: login.password.expose(),
        }
    }
}

impl From<Cached> for Login {
    fn from(cached: Cached) -> Self {
        Self {
            username: cached.username,
            password: cached.password,
        }
    }
}

#[derive(Serialize)]
struct CachedTokenOut<'a> {
    token: &'a str,
}

#[derive(Deserialize)]
struct CachedToken {
    token: Secret,
}

#[derive(Serialize)]
struct CachedKeyOut<'a> {
    ak: &'a str,
    sk: &'a str,
    security_token: &'a str,
    expires: Option<u64>,
}

#[derive(Deserialize)]
struct CachedKey {
    ak: String,
    sk: Secret,
    security_token: Secret,
    expires: Option<u64>,
}

impl CachedKey {
    fn of(key: &TemporaryKey) -> CachedKeyOut<'_> {
        let TemporaryKey {
            key: AccessKey { ak, sk },
            security_token,
            expires,
        } = key;
        CachedKeyOut {
            ak,
            sk: sk.expose(),
            security_token: security_token.expose(),
            expires: *expires,
        }
    }
}

impl From<CachedKey> for TemporaryKey {
    fn from(cached: CachedKey) -> Self {
        let CachedKey {
            ak,
            sk,
            security_token,
            expires,
        } = cached;
        Self {
            key: AccessKey { ak, sk },
            security_token,
            expires,
        }
    }
}
