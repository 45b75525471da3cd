//! The calls that end in a login: user to token, agency to temporary key, project to its ID.

use super::cached::{CachedKey, CachedToken, CachedTokenOut};
use super::session::{ApiSession, MARGIN};
use super::subject::Subject;
use crate::login::error::LoginError;
use crate::model::access_key::AccessKey;
use crate::model::identity::{Agency, Identity, TemporaryKey};
use crate::model::registry::Kind;
use crate::model::secret::Secret;
use crate::swr::api::{Auth, TemporaryLogin, enterprise, iam, secret};

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
        self.keep(
            &name,
            &CachedKey::of(&key),
            key.expires.unwrap_or_default().saturating_sub(MARGIN),
        );
        Ok(key)
    }

    fn project_id(&self, subject: &Subject<'_>, caller: Auth<'_>) -> Result<String, LoginError> {
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
