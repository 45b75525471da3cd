//! A login that a client or its configuration passes on: what it is, and how a slot stores it.
//!
//! `docker login` sends a login that the registry accepts, never an SK. A script may send an access
//! key. Neither must overwrite the SK in a slot.

use super::context::Context;
use super::error::{Error, Result};
use super::protocol::StoreRequest;
use crate::config::auth_variable;
use crate::config::docker_config::FileLogin;
use crate::login::{self, Request};
use crate::model::access_key::{AccessKey, Malformed, looks_like_ak, looks_like_sk};
use crate::model::identity::{Credential, Identity};
use crate::model::login::{Login, Username};
use crate::model::registry::{Kind, Registry, is_regional_project};
use crate::provider::{self, ProviderError};
use crate::store::{Backend, Origin, PlainLogin, Record, StoreError, StoredKey};

/// Whether `login` is what `get` answers, or answered recently as a temporary login. `docker login`
/// without arguments sends exactly that. Storing it as a plain login would hide the access key
/// behind its own login key.
pub(super) fn is_known(context: &Context<'_>, asked: &Request<'_>, login: &Login) -> Result<bool> {
    #[cfg(feature = "cloud")]
    if login::temporary::was_answered(asked, login) {
        return Ok(true);
    }
    is_answered(context, asked, login)
}

/// Whether `login` is what `get` answers.
pub(super) fn is_answered(
    context: &Context<'_>,
    asked: &Request<'_>,
    login: &Login,
) -> Result<bool> {
    Ok(matches!(answer(context, asked)?, Known::Login(answered) if answered == *login))
}

/// Whether `login` is in the variable that docker prefers to this helper, and would hide a key.
/// docker (28.5.2) passes on a login that it tried even if the registry refused it, so the variable
/// may be the only place that has it.
pub(super) fn is_only_of_variable(
    context: &Context<'_>,
    asked: &Request<'_>,
    login: &Login,
) -> Result<bool> {
    // docker ignores a variable that it cannot read.
    let Ok(Some(variable)) = auth_variable::read(context.environment) else {
        return Ok(false);
    };
    let logins = variable.plain_logins(asked.registry.address());
    let is_it = |own: FileLogin| own.username == login.username && own.password == login.password;
    Ok(logins.into_iter().flatten().any(is_it)
        && matches!(
            credential(context, asked)?,
            Some(Credential::Identity { .. })
        ))
}

/// What `get` answers.
pub(super) enum Known {
    Nothing,
    Login(Login),
    /// A login that would have to be requested.
    Temporary,
}

/// Returns what `get` answers, as far as that can be known offline.
pub(super) fn answer(context: &Context<'_>, asked: &Request<'_>) -> Result<Known> {
    let Some(credential) = credential(context, asked)? else {
        return Ok(Known::Nothing);
    };
    Ok(match login::offline(asked, &credential) {
        Ok(Some(login)) => Known::Login(login),
        Ok(None) => Known::Temporary,
        Err(_) => Known::Nothing,
    })
}

/// Returns the credential that `get` finds on this machine.
fn credential(context: &Context<'_>, asked: &Request<'_>) -> Result<Option<Credential>> {
    let chain = provider::without_agency(context.settings.chain(context.environment)?);
    match provider::find(asked, &chain) {
        Ok(credential) => Ok(Some(credential)),
        // A store that cannot be read must not be written either.
        Err(ProviderError::Store(error)) if !error.is_no_keyring() => Err(error.into()),
        Err(_) => Ok(None),
    }
}

/// Returns the access key that `login` is, if it is one: AK and SK must have their shapes. At other
/// registries than SWR, where a user and a password can look similar, there must be a project too.
pub(super) fn access_key_in(login: &Login, registry: &Registry, now: u64) -> Option<StoredKey> {
    let (project, ak) = match Username::parse(&login.username) {
        Some(username) => (Some(username.project), username.ak),
        None => (None, login.username.as_str()),
    };
    let has_its_project = match registry.kind() {
        Kind::Swr { .. } => project != Some("bearertoken"),
        Kind::Other => project.is_some_and(is_regional_project),
        Kind::Enterprise { .. } => false,
    };
    let is_key = has_its_project && looks_like_ak(ak) && looks_like_sk(login.password.expose());
    is_key.then(|| StoredKey {
        identity: Identity::Key(AccessKey {
            ak: ak.to_owned(),
            sk: login.password.clone(),
        }),
        project: project.map(str::to_owned),
        cloud: None,
        origin: Origin::Protocol,
        stored: now,
    })
}

/// Returns the request as a plain login. An SWR host has one login; at other registries each server
/// URL has its own.
fn plain_login(
    context: &Context<'_>,
    request: StoreRequest,
    registry: &Registry,
    stored: u64,
) -> Result<PlainLogin> {
    let StoreRequest { server_url, login } = request;
    if context.store.backend() == Backend::File && looks_like_access_key(&login) {
        return Err(StoreError::NoSecretsInFile.into());
    }
    if registry.kind() != &Kind::Other {
        return Ok(PlainLogin {
            server_url: registry.address().to_owned(),
            login,
            stored,
        });
    }
    if context.store.backend() == Backend::File && !context.settings.names(registry) {
        let address = registry.address().to_owned();
        return Err(StoreError::ForeignInFile { address }.into());
    }
    Ok(PlainLogin {
        server_url,
        login,
        stored,
    })
}

/// Refuses a login to SWR with an SK as the AK, because the AK is shown and sent as part of the
/// username.
fn check_places(login: &Login, registry: &Registry) -> Result<(), Malformed> {
    if !matches!(registry.kind(), Kind::Swr { .. }) {
        return Ok(());
    }
    let ak = Username::parse(&login.username).map_or(&*login.username, |username| username.ak);
    match AccessKey::checked(ak, login.password.clone()) {
        Err(why @ (Malformed::Swapped | Malformed::SkForAk | Malformed::Same)) => Err(why),
        _ => Ok(()),
    }
}

/// Whether `login` is probably an access key for a registry that takes none. Its SK must not be
/// stored in the file as a password.
fn looks_like_access_key(login: &Login) -> bool {
    let ak = Username::parse(&login.username).map_or(&*login.username, |username| username.ak);
    looks_like_ak(ak) && looks_like_sk(login.password.expose())
}

pub(super) enum Change {
    Key(StoredKey),
    Plain(PlainLogin),
}

impl Change {
    /// Returns what a client passes on, in the form that is stored.
    pub(super) fn requested(
        context: &Context<'_>,
        request: StoreRequest,
        registry: &Registry,
    ) -> Result<Self> {
        let now = context.environment.now();
        Ok(match access_key_in(&request.login, registry, now) {
            Some(key) => Self::Key(key.kept_in(context.store.backend())?),
            None => {
                check_places(&request.login, registry)?;
                Self::Plain(plain_login(context, request, registry, now)?)
            }
        })
    }

    pub(super) fn apply(self, record: &mut Record, registry: &Registry) -> Result<()> {
        match self {
            Self::Key(key) => replace_key(record, key, registry),
            Self::Plain(login) => {
                put_login(record, login);
                Ok(())
            }
        }
    }
}

/// Stores the key in the slot. A plain login would hide it, so that goes.
fn replace_key(record: &mut Record, mut key: StoredKey, registry: &Registry) -> Result<()> {
    if let Some(old) = record
        .key
        .as_ref()
        .filter(|old| old.origin == Origin::Person)
    {
        if old.identity != key.identity {
            return Err(Error::HasAnotherKey {
                address: registry.address().to_owned(),
            });
        }
        key = StoredKey {
            project: key.project.or(old.project.clone()),
            ..old.clone()
        };
    }
    record.logins.clear();
    record.key = Some(key);
    Ok(())
}

fn put_login(record: &mut Record, login: PlainLogin) {
    match record
        .logins
        .iter_mut()
        .find(|old| old.server_url == login.server_url)
    {
        // An equal login keeps its time.
        Some(old) if old.login == login.login => {}
        Some(old) => *old = login,
        None => record.logins.push(login),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::model::sample::{AK, HOST as SWR, LOGIN_KEY, SK};

    fn project_and_ak(
        host: &str,
        username: &str,
        secret: &str,
    ) -> Option<(Option<String>, String)> {
        let registry = Registry::parse(host, &[]).expect(host);
        let login = Login {
            username: username.into(),
            password: secret.into(),
        };
        access_key_in(&login, &registry, 1).map(|key| (key.project, key.identity.name().to_owned()))
    }

    #[test]
    fn an_access_key_and_a_login_are_distinguished() {
        let with_project = format!("cn-north-4_team@{AK}");
        assert_eq!(project_and_ak(SWR, AK, SK), Some((None, AK.into())));
        assert_eq!(
            project_and_ak(SWR, &with_project, SK),
            Some((Some("cn-north-4_team".into()), AK.into()))
        );
        assert_eq!(
            project_and_ak("localhost:5000", &with_project, SK).map(|(_, ak)| ak),
            Some(AK.into())
        );
        for (host, username, secret) in [
            (SWR, AK, LOGIN_KEY),
            (SWR, &*with_project, LOGIN_KEY),
            (SWR, "bearertoken@QTWAOYTTINDUT2QVKYUC", SK),
            (SWR, "user@example.com", SK),
            (SWR, "_default_auth", SK),
            (SWR, AK, "with-a-hyphen"),
            (SWR, "foo", "bar"),
            (SWR, "cn-north-4@foo", SK),
            (SWR, AK, "bar"),
            ("localhost:5000", AK, SK),
            ("localhost:5000", "user@QTWAOYTTINDUT2QVKYUC", SK),
            ("localhost:5000", "cn-north-4@qtwaoyttindut2qvkyuc", SK),
            ("localhost:5000", &*with_project, "short"),
            ("team-1a2b.swr-pro.myhuaweicloud.com", &*with_project, SK),
        ] {
            assert_eq!(
                project_and_ak(host, username, secret),
                None,
                "{host} {username} {secret}"
            );
        }
    }

    #[test]
    fn a_client_does_not_replace_a_key_that_a_person_stored() {
        let registry = Registry::parse(SWR, &[]).expect("a host");
        let key = |secret: &str, origin| StoredKey {
            identity: Identity::Key(AccessKey {
                ak: AK.into(),
                sk: secret.into(),
            }),
            project: None,
            cloud: None,
            origin,
            stored: 1,
        };
        let mut record = Record {
            key: Some(key(SK, Origin::Person)),
            logins: Vec::new(),
        };
        let before = record.clone();
        assert!(replace_key(&mut record, key("other", Origin::Protocol), &registry).is_err());
        replace_key(&mut record, key(SK, Origin::Protocol), &registry).expect("the same key");
        assert_eq!(record, before);
    }
}
