//! The calls that end in a login: user to token, agency to temporary key, project to its ID.

use super::cached::{CachedKey, CachedToken, CachedTokenOut};
use super::endpoints::endpoint;
use super::session::ApiSession;
use super::subject::Subject;
use crate::login::error::LoginError;
use crate::model::access_key::AccessKey;
use crate::model::identity::{Agency, Identity, ServerAgency, TemporaryKey};
use crate::model::registry::Kind;
use crate::model::secret::Secret;
use crate::swr::api::{Auth, TemporaryLogin, enterprise, iam, metadata, secret};
use crate::swr::endpoint::Endpoint;

/// How long a key of an assumed agency is asked to live, in seconds.
const AGENCY_LIFETIME: u32 = 3600;

/// How long a project's ID is believed, in seconds.
const PROJECT_LIFETIME: u64 = 24 * 60 * 60;

impl ApiSession<'_> {
    /// Mints the login, with the calls that come before it.
    pub(super) fn mint(&self, subject: &Subject<'_>) -> Result<TemporaryLogin, LoginError> {
        let caller = self.caller(subject)?;
        let caller = caller.auth();
        let registry = self.request.registry;
        if let (Kind::Enterprise { .. }, Some((project, instance))) =
            (registry.kind(), &self.request.settings.instance)
        {
            let instance =
                enterprise::Instance::new(project, instance).ok_or(LoginError::Instance)?;
            let endpoint = self.swr()?;
            return self.call(|api| enterprise::temporary_login(api, &endpoint, &instance, caller));
        }
        let endpoint = self.swr()?;
        let project_id = match (registry.swr(), caller) {
            // The region's own project needs no naming, and a token has its project in it.
            (Some((region, _)), _) if region == subject.project => None,
            (_, Auth::Token(_)) => None,
            _ => Some(self.project_id(subject, caller)?),
        };
        let mut hosts = vec![registry.address()];
        hosts.extend(self.request.settings.alias.as_deref());
        let asked = secret::Asked {
            endpoint: &endpoint,
            project: subject.project,
            project_id: project_id.as_deref(),
            hosts: &hosts,
            enhanced: self.request.settings.enhanced,
        };
        self.call(|api| secret::temporary_login(api, &asked, caller))
    }

    /// Returns who signs or brings a token: a user gets one, and an agency is assumed.
    pub(super) fn caller(&self, subject: &Subject<'_>) -> Result<Caller, LoginError> {
        let caller = match subject.identity {
            Identity::Key(key) => Caller::Key(key.clone()),
            Identity::TemporaryKey(key) => match key.expires {
                Some(end) if end <= self.now => {
                    return Err(LoginError::KeyExpired {
                        ak: key.key.ak.clone(),
                    });
                }
                _ => Caller::TemporaryKey(key.clone()),
            },
            Identity::Token(token) => Caller::Token(token.clone()),
            Identity::Server(server) => Caller::TemporaryKey(self.server(server)?),
            Identity::LoginKey { .. } => return Err(LoginError::NoSecretKey),
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
                        let kept = CachedTokenOut {
                            token: minted.token.expose(),
                        };
                        self.keep_until(&name, &kept, minted.expires);
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
    ) -> Result<TemporaryKey, LoginError> {
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
        let key = self.call(|api| iam::assume_role(api, &endpoint, &asked, caller.auth()))?;
        self.keep_until(&name, &CachedKey::of(&key), key.expires);
        Ok(key)
    }

    /// Returns the key of this server's agency: the one that was just got, else from the cache, else from the metadata
    /// service.
    fn server(&self, server: &ServerAgency) -> Result<TemporaryKey, LoginError> {
        if let Some(key) = &server.fresh {
            return Ok(key.clone());
        }
        let endpoint = endpoint("the metadata service", &server.endpoint)?;
        match self.cached_server_key(&endpoint) {
            Some(key) => Ok(key),
            None => self
                .server_key(&endpoint)?
                .ok_or(LoginError::NoServerAgency),
        }
    }

    pub(super) fn cached_server_key(&self, endpoint: &Endpoint) -> Option<TemporaryKey> {
        let cached = self.cached::<CachedKey>(&self.server_name(endpoint));
        cached.map(TemporaryKey::from)
    }

    /// Asks the metadata service for the key of this server's agency; `None` if it was given none.
    pub(super) fn server_key(
        &self,
        endpoint: &Endpoint,
    ) -> Result<Option<TemporaryKey>, LoginError> {
        let name = self.server_name(endpoint);
        let _lock = self.request_lock(&name);
        if let Some(key) = self.cached_server_key(endpoint) {
            return Ok(Some(key));
        }
        let key = self.call(|api| metadata::agency_key(api, endpoint))?;
        if let Some(key) = &key {
            self.keep_until(&name, &CachedKey::of(key), key.expires);
        }
        Ok(key)
    }

    fn server_name(&self, endpoint: &Endpoint) -> String {
        self.name_of("server", "", &[&endpoint.authority()])
    }

    fn project_id(&self, subject: &Subject<'_>, caller: Auth<'_>) -> Result<String, LoginError> {
        let name = self.name("project", subject);
        // Two accounts may have projects of one name, and only a hash tells their identities apart.
        let cached = self
            .notes
            .as_ref()
            .and_then(|_| self.cache.get(&name, self.now));
        if let Some(id) = cached {
            self.used_cache.set(true);
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
}

/// Who makes a call.
pub(super) enum Caller {
    Key(AccessKey),
    TemporaryKey(TemporaryKey),
    Token(Secret),
}

impl Caller {
    pub(super) fn auth(&self) -> Auth<'_> {
        match self {
            Self::Key(key) => Auth::Key(key),
            Self::TemporaryKey(key) => Auth::TemporaryKey(key),
            Self::Token(token) => Auth::Token(token),
        }
    }
}
