//! The calls that lead to a login: identity to token or key, agency to temporary key, names to IDs.

use super::cached::{CachedKey, CachedToken, CachedTokenOut};
use super::endpoints::endpoint;
use super::session::ApiSession;
use super::subject::Subject;
use crate::login::error::LoginError;
use crate::model::access_key::AccessKey;
use crate::model::agency::{Agency, Which};
use crate::model::identity::{
    FederatedUser, IamUser, IdToken, Identity, OidcAgency, PodOfNode, ServerAgency, TemporaryKey,
};
use crate::model::registry::Kind;
use crate::model::secret::Secret;
use crate::swr::api::{
    ApiError, Auth, TemporaryLogin, cce, enterprise, github, iam, metadata, pod_identity, secret,
    sts,
};
use crate::swr::endpoint::Endpoint;

/// The default name of a session, which appears in the audit logs of the agency's account.
const SESSION: &str = "docker-credential-swr";

/// How long the ID of a project or instance is cached, in seconds.
const ID_LIFETIME: u64 = 24 * 60 * 60;

impl ApiSession<'_> {
    /// Requests the login, after the calls that it depends on.
    pub(super) fn mint(&self, subject: &Subject<'_>) -> Result<TemporaryLogin, LoginError> {
        let registry = self.request.registry;
        if self.request.settings.is_enterprise(registry.kind()) {
            return self.mint_at_instance(subject);
        }
        let caller = self.caller(subject)?;
        let caller = caller.auth();
        let endpoint = self.swr(subject.place)?;
        let project_id = match (registry.swr(), caller) {
            // The region's default project need not be named, and a token has its project in it.
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

    fn mint_at_instance(&self, subject: &Subject<'_>) -> Result<TemporaryLogin, LoginError> {
        let caller = self.caller(subject)?;
        let caller = caller.auth();
        let endpoint = self.swr(subject.place)?;
        let instance = match &self.request.settings.instance {
            Some((project, instance)) => {
                enterprise::Instance::new(project, instance).ok_or(LoginError::Instance)?
            }
            None => self.instance(subject, &endpoint, caller)?,
        };
        self.call(|api| enterprise::temporary_login(api, &endpoint, &instance, caller))
    }

    /// Returns what signs or authorizes the calls: an IAM user gets a token, and agencies are
    /// assumed.
    pub(super) fn caller(&self, subject: &Subject<'_>) -> Result<Caller, LoginError> {
        if let Some((before, agency)) = subject.before_last() {
            let assume = || self.assumed(&self.caller(&before)?, agency, subject);
            return self.key("agency", &subject.parts(), assume);
        }
        match subject.identity {
            Identity::Key(key) => Ok(Caller::Key(key.clone())),
            Identity::TemporaryKey(key) => match key.expires {
                Some(end) if end <= self.now => Err(LoginError::KeyExpired {
                    ak: key.key.ak.clone(),
                }),
                _ => Ok(Caller::TemporaryKey(key.clone())),
            },
            Identity::Token(token) => Ok(Caller::Token(token.clone())),
            Identity::LoginKey { .. } => Err(LoginError::NoSecretKey),
            Identity::Server(server) => self.server(server).map(Caller::TemporaryKey),
            Identity::User(user) => self.token(subject, user).map(Caller::Token),
            Identity::Oidc(agency) => {
                let ask = || self.oidc(subject, agency);
                self.key("oidc", &subject.identity.parts(), ask)
            }
            Identity::Federated(user) => self.key("federated", &subject.parts(), || {
                self.federated(subject, user)
            }),
            Identity::Pod(pod) => self.key("pod-identity", &subject.identity.parts(), || {
                self.call(|api| pod_identity::key(api, &pod.url, &pod.token))
                    .map_err(naming("HC_CONTAINER_CREDENTIALS_FULL_URI"))
            }),
            Identity::PodOfNode(pod) => self.key("pod-of-node", &subject.identity.parts(), || {
                self.pod_of_node(pod)
            }),
        }
    }

    /// Returns the cached temporary key of `parts`, or else the one that `ask` returns.
    fn key(
        &self,
        kind: &str,
        parts: &[&str],
        ask: impl FnOnce() -> Result<TemporaryKey, LoginError>,
    ) -> Result<Caller, LoginError> {
        let name = self.name_of(kind, "", parts);
        if let Some(key) = self.cached::<CachedKey>(&name) {
            return Ok(Caller::TemporaryKey(key.into()));
        }
        let key = ask()?;
        self.keep_until(&name, &CachedKey::from_key(&key), key.expires);
        Ok(Caller::TemporaryKey(key))
    }

    fn token(&self, subject: &Subject<'_>, user: &IamUser) -> Result<Secret, LoginError> {
        let scope = match &self.request.settings.instance {
            // The project is known by its ID only.
            Some((project, _)) if subject.project.is_empty() => iam::Scope::Id(project),
            _ => iam::Scope::Name(subject.project),
        };
        let (iam::Scope::Id(project) | iam::Scope::Name(project)) = scope;
        let name = self.name_of("token", project, &subject.parts());
        if let Some(cached) = self.cached::<CachedToken>(&name) {
            return Ok(cached.token);
        }
        let endpoint = self.iam(subject.place)?;
        let user = iam::User {
            name: &user.name,
            domain: &user.domain,
            password: &user.password,
        };
        let minted = self.call(|api| iam::token(api, &endpoint, &user, scope))?;
        let kept = CachedTokenOut {
            token: minted.token.expose(),
        };
        self.keep_until(&name, &kept, minted.expires);
        Ok(minted.token)
    }

    fn assumed(
        &self,
        caller: &Caller,
        agency: &Agency,
        subject: &Subject<'_>,
    ) -> Result<TemporaryKey, LoginError> {
        let (auth, terms) = (caller.auth(), &agency.terms);
        match &agency.which {
            Which::Named { name, domain } => {
                let endpoint = self.iam(subject.place)?;
                self.call(|api| iam::assume_role(api, &endpoint, name, domain, terms, auth))
            }
            Which::Urn(_) if matches!(caller, Caller::Token(_)) => Err(LoginError::TokenAtSts),
            Which::Urn(urn) => {
                let endpoint = self.sts(subject.place)?;
                self.call(|api| sts::assume(api, &endpoint, urn, SESSION, terms, auth))
            }
        }
    }

    fn oidc(&self, subject: &Subject<'_>, agency: &OidcAgency) -> Result<TemporaryKey, LoginError> {
        let fetched;
        let id_token = match &agency.token {
            IdToken::Given(token) => token,
            IdToken::GitHub {
                url,
                token,
                audience,
            } => {
                fetched = self
                    .call(|api| github::id_token(api, url, audience, token))
                    .map_err(naming("ACTIONS_ID_TOKEN_REQUEST_URL"))?;
                &fetched
            }
        };
        let endpoint = self.sts(subject.place)?;
        let asked = sts::OidcAgency {
            provider: &agency.provider,
            agency: &agency.agency,
            session: SESSION,
            id_token,
            terms: &agency.terms,
        };
        self.call(|api| sts::assume_with_oidc(api, &endpoint, &asked))
    }

    fn federated(
        &self,
        subject: &Subject<'_>,
        user: &FederatedUser,
    ) -> Result<TemporaryKey, LoginError> {
        let endpoint = self.iam(subject.place)?;
        self.call(|api| iam::federated_key(api, &endpoint, &user.provider, &user.token))
    }

    fn pod_of_node(&self, pod: &PodOfNode) -> Result<TemporaryKey, LoginError> {
        let endpoint = self.cce(&pod.cluster, &pod.place)?;
        let node = self.caller(&Subject {
            identity: &pod.node,
            agencies: &[],
            project: pod.cluster.region(),
            place: &pod.place,
        })?;
        self.call(|api| cce::assume_for_pod(api, &endpoint, &pod.cluster, &pod.token, node.auth()))
    }

    /// Returns the key of this server's agency: the one just received, else from the cache, else
    /// from the metadata service.
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

    /// Asks the metadata service for the key of this server's agency; `None` if the server has no
    /// agency.
    pub(super) fn server_key(
        &self,
        endpoint: &Endpoint,
    ) -> Result<Option<TemporaryKey>, LoginError> {
        let name = self.server_name(endpoint);
        let _lock = self.request_lock(&name);
        if let Some(key) = self.cached_server_key(endpoint) {
            return Ok(Some(key));
        }
        let limit = match self.request.deadline.first_call() {
            None => metadata::LIMIT,
            // A node that starts all its pods is slow, and so is the service that all nodes ask.
            Some(_) => self.request.deadline.left() / 2,
        };
        let key = self.call(|api| metadata::agency_key(api, endpoint, limit))?;
        if let Some(key) = &key {
            self.keep_until(&name, &CachedKey::from_key(key), key.expires);
        }
        Ok(key)
    }

    fn server_name(&self, endpoint: &Endpoint) -> String {
        self.name_of("server", "", &[&endpoint.authority()])
    }

    /// Returns the ID of the subject's project: from the place of the identity, else from IAM.
    fn project_id(&self, subject: &Subject<'_>, caller: Auth<'_>) -> Result<String, LoginError> {
        if let Some(id) = &subject.place.project_id {
            return Ok(id.clone());
        }
        self.id("project", subject, || {
            let endpoint = self.iam(subject.place)?;
            self.call(|api| iam::project_id(api, &endpoint, subject.project, caller))
        })
    }

    /// Returns the Enterprise instance with the registry's address.
    fn instance(
        &self,
        subject: &Subject<'_>,
        swr: &Endpoint,
        caller: Auth<'_>,
    ) -> Result<enterprise::Instance, LoginError> {
        let project = self.project_id(subject, caller)?;
        let registry = self.request.registry;
        let is_custom = matches!(registry.kind(), Kind::Other);
        let id = self.id("instance", subject, || {
            let address = registry.address();
            self.call(|api| enterprise::find(api, swr, &project, address, is_custom, caller))
        })?;
        enterprise::Instance::new(&project, &id).ok_or(LoginError::Instance)
    }

    /// Returns the subject's cached ID, or else the one that `ask` returns.
    fn id(
        &self,
        kind: &str,
        subject: &Subject<'_>,
        ask: impl FnOnce() -> Result<String, LoginError>,
    ) -> Result<String, LoginError> {
        let name = self.name(kind, subject);
        // Two accounts can have projects of the same name, so without a hash of the identity
        // nothing is cached.
        let cached = self
            .notes
            .as_ref()
            .and_then(|_| self.cache.get(&name, self.now));
        if let Some(id) = cached {
            self.used_cache.set(true);
            return Ok(id.expose().to_owned());
        }
        let id = ask()?;
        if self.notes.is_some() {
            let until = self.now + ID_LIFETIME;
            self.cache.put(&name, &Secret::from(&*id), self.now, until);
        }
        Ok(id)
    }
}

/// Returns how the error of a malformed address names the variable that holds it.
fn naming(variable: &'static str) -> impl Fn(LoginError) -> LoginError {
    move |error| match error {
        LoginError::Api(ApiError::Url(why)) => LoginError::Endpoint {
            place: variable.to_owned(),
            why: why.to_string(),
        },
        error => error,
    }
}

/// What authorizes a call.
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
