//! The protocol's `store`: JSON on stdin.
//!
//! What `docker login` sends here is a login that the registry accepts, never an SK; a script may
//! send an access key. The SK of a slot is never lost to either.

use crate::access_key::{AccessKey, is_alphanumeric, is_login_key, looks_like_ak, looks_like_sk};
use crate::command::{Context, PROTOCOL_LIMIT, Stdio, drop_stale, read_stdin};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::identity::Identity;
use crate::login::{self, Login};
use crate::protocol::{self, StoreRequest};
use crate::provider::{self, Provider, Request};
use crate::registry::{self, Kind, Registry};
use crate::store::{self, Backend, Origin, PlainLogin, Record, Slot, StoreError, StoredKey};

pub(in crate::command) fn run(stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    let deadline = environment.deadline(PROTOCOL_LIMIT)?;
    let input = read_stdin(stdio, deadline, "the JSON of a login")?;
    let request = protocol::parse_store_request(&input)?;
    let context = Context::for_protocol(environment, deadline)?;
    keep(&context, request)
}

/// Keeps what a client hands over.
fn keep(context: &Context<'_>, request: StoreRequest) -> Result<()> {
    let registry = context.registry(&request.server_url)?;
    let settings = context.settings.of(&registry)?;
    if is_known(
        context,
        &context.request(&registry, &settings),
        &request.login,
    )? {
        return Ok(());
    }
    let slot = Slot::Registry(registry.address().to_owned());
    let change = Change::of(context, request, &registry)?;
    let (environment, deadline) = (context.environment, context.deadline);
    store::update(&*context.store, environment, deadline, &slot, |record| {
        change.apply(record, &registry)
    })?;
    drop_stale(environment, &slot);
    Ok(())
}

/// What moving a login to the store came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::command) enum Moved {
    /// It is there now, and was read back.
    Now,
    /// `get` answered it already.
    Before,
    /// It is not there: it would hide an access key, or what else `get` answers with.
    WouldHideKey,
    /// It is not there: another login is, and nobody can tell which one is right.
    HasAnother,
    /// It is not there: the chain leaves out the registry's slot, so that nobody would be answered with it.
    NotAsked,
    /// It should be there, and the store does not give it back.
    Lost,
}

/// Keeps a login that stands elsewhere, as if a client handed it over, and reads it back, so that it may
/// go from there. It takes nothing else's place.
pub(in crate::command) fn move_in(context: &Context<'_>, request: StoreRequest) -> Result<Moved> {
    let registry = context.registry(&request.server_url)?;
    let settings = context.settings.of(&registry)?;
    let asked = context.request(&registry, &settings);
    let slot = Slot::Registry(registry.address().to_owned());
    let login = request.login.clone();
    let key = access_key_in(&login, &registry, context.environment.now());
    let (environment, deadline) = (context.environment, context.deadline);
    // Decided under the lock: a client may store another login at the same time.
    let moved = store::update(&*context.store, environment, deadline, &slot, |record| {
        if let Some(moved) = kept_out(context, &asked, &login, key.as_ref(), record)? {
            return Ok(moved);
        }
        if key.is_some() && context.store.backend() == Backend::File {
            // Its SK would be nowhere any more.
            return Err(StoreError::NoSecretsInFile.into());
        }
        Change::of(context, request, &registry)?.apply(record, &registry)?;
        Ok(Moved::Now)
    })?;
    if moved != Moved::Now {
        return Ok(moved);
    }
    drop_stale(environment, &slot);
    let is_back = match key {
        Some(key) => {
            let record = context.store.read(&slot)?.unwrap_or_default();
            record.key.is_some_and(|kept| kept.identity == key.identity)
        }
        None => is_answered(context, &asked, &login)?,
    };
    Ok(if is_back { Moved::Now } else { Moved::Lost })
}

/// Returns why `login`, which is the access key `key` if there is one, is not to be put into `record`: `get` answers
/// it already, or it would take the place of something. The record is looked at by itself, as the chain may leave out
/// the registry's slot.
fn kept_out(
    context: &Context<'_>,
    asked: &Request<'_>,
    login: &Login,
    key: Option<&StoredKey>,
    record: &Record,
) -> Result<Option<Moved>> {
    let login_key = key.and_then(|key| key.identity.login_key());
    let is_of_key = |other: &Login| {
        login_key.as_ref().is_some_and(|(ak, login_key)| {
            other.username.ends_with(&format!("@{ak}")) && other.password == *login_key
        })
    };
    let hides_an_answer = match answer(context, asked)? {
        Answer::Nothing => false,
        Answer::Login(answered) if answered == *login => return Ok(Some(Moved::Before)),
        Answer::Login(answered) => !is_of_key(&answered),
        Answer::Temporary if is_known(context, asked, login)? => return Ok(Some(Moved::Before)),
        Answer::Temporary => true,
    };
    let chain = context.settings.chain(context.environment)?;
    let is_another = |kept: &PlainLogin| kept.login != *login && !is_of_key(&kept.login);
    let hides_a_key = record
        .key
        .as_ref()
        .is_some_and(|kept| login_key.is_none() || kept.identity.login_key() != login_key);
    Ok(if record.logins.iter().any(is_another) {
        Some(Moved::HasAnother)
    } else if hides_a_key || hides_an_answer {
        Some(Moved::WouldHideKey)
    } else if !chain.contains(&Provider::Registry) {
        Some(Moved::NotAsked)
    } else {
        None
    })
}

/// Whether `login` is what `get` answers already, or answered as a temporary login a while ago. A
/// bare `docker login` sends exactly that, and keeping it as a plain login would hide the access key
/// behind its own login key.
fn is_known(context: &Context<'_>, asked: &Request<'_>, login: &Login) -> Result<bool> {
    #[cfg(feature = "cloud")]
    if login::temporary::was_answered(asked, login) {
        return Ok(true);
    }
    is_answered(context, asked, login)
}

/// Whether `login` is what `get` answers.
fn is_answered(context: &Context<'_>, asked: &Request<'_>, login: &Login) -> Result<bool> {
    Ok(matches!(answer(context, asked)?, Answer::Login(answered) if answered == *login))
}

/// What `get` answers.
enum Answer {
    Nothing,
    Login(Login),
    /// A login that would have to be asked for.
    Temporary,
}

/// Returns what `get` answers, as far as it can be told without asking anybody.
fn answer(context: &Context<'_>, asked: &Request<'_>) -> Result<Answer> {
    let chain: Vec<Provider> = context.settings.chain(context.environment)?;
    // A machine's identity has temporary logins alone, and finding it out is a call.
    let chain: Vec<Provider> = chain
        .into_iter()
        .filter(|provider| *provider != Provider::Agency)
        .collect();
    let known = provider::find(asked, &chain).and_then(|found| login::offline(asked, &found));
    match known {
        Ok(Some(login)) => Ok(Answer::Login(login)),
        Ok(None) => Ok(Answer::Temporary),
        // The store cannot be read, so it must not be written either.
        Err(Error::Store(error)) if !error.is_no_keyring() => Err(error.into()),
        Err(_) => Ok(Answer::Nothing),
    }
}

/// Returns the access key that `login` is, if it is one. Elsewhere than at SWR a user and a password
/// may look much alike, so there every part must have its shape.
fn access_key_in(login: &Login, registry: &Registry, now: u64) -> Option<StoredKey> {
    let (project, ak) = match login.username.split_once('@') {
        Some((project, ak)) => (Some(project), ak),
        None => (None, login.username.as_str()),
    };
    let secret = login.password.expose();
    let is_key = match registry.kind() {
        Kind::Swr { .. } => {
            is_alphanumeric(ak)
                && project
                    .is_none_or(|project| registry::is_project(project) && project != "bearertoken")
                && is_alphanumeric(secret)
                && !is_login_key(secret)
        }
        Kind::Other => {
            project.is_some_and(registry::is_regional_project)
                && looks_like_ak(ak)
                && looks_like_sk(secret)
        }
        Kind::Enterprise { .. } => false,
    };
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

/// Returns the request as a plain login. An SWR host has one; elsewhere each server URL has its own.
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
        return Err(StoreError::ForeignInFile {
            address: registry.address().to_owned(),
        }
        .into());
    }
    Ok(PlainLogin {
        server_url,
        login,
        stored,
    })
}

/// Whether `login` is most likely an access key that was given where none serves: its SK must not get
/// into the file store as a password.
fn looks_like_access_key(login: &Login) -> bool {
    let ak = login.username.rsplit('@').next().unwrap_or_default();
    looks_like_ak(ak) && looks_like_sk(login.password.expose())
}

enum Change {
    Key(StoredKey),
    Plain(PlainLogin),
}

impl Change {
    /// Returns what a client hands over, as the store keeps it.
    fn of(context: &Context<'_>, request: StoreRequest, registry: &Registry) -> Result<Self> {
        let now = context.environment.now();
        Ok(match access_key_in(&request.login, registry, now) {
            Some(key) => Self::Key(key.kept_in(context.store.backend())?),
            None => Self::Plain(plain_login(context, request, registry, now)?),
        })
    }

    fn apply(self, record: &mut Record, registry: &Registry) -> Result<()> {
        match self {
            Self::Key(key) => replace_key(record, key, registry),
            Self::Plain(login) => {
                put_login(record, login);
                Ok(())
            }
        }
    }
}

/// Puts the key in the slot, where it answers from now on: a plain login would hide it.
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
        // An equal login keeps its age.
        Some(old) if old.login == login.login => {}
        Some(old) => *old = login,
        None => record.logins.push(login),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AK: &str = "QTWAOYTTINDUT2QVKYUC";
    const SK: &str = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc";
    const LOGIN_KEY: &str = "89aca1198a970e4360203d71cdaa80cfc13ecd55ee84409719e88162d139ef34";
    const SWR: &str = "swr.cn-north-4.myhuaweicloud.com";

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
    fn an_access_key_is_told_from_a_login() {
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
    fn a_key_of_a_person_is_not_replaced_by_another() {
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

    /// A store that keeps something other than what it is given, and says nothing.
    #[derive(Default)]
    struct Bad {
        kept: std::cell::RefCell<Option<Record>>,
        spoils: bool,
    }

    impl store::Store for Bad {
        fn backend(&self) -> Backend {
            Backend::Keyring
        }

        fn read(&self, _slot: &Slot) -> Result<Option<Record>, StoreError> {
            Ok(self.kept.borrow().clone())
        }

        fn read_all(&self) -> Result<Vec<store::Listed>, StoreError> {
            Ok(Vec::new())
        }

        fn unlock(&self) -> Result<(), StoreError> {
            Ok(())
        }

        fn write(&self, _slot: &Slot, record: &Record) -> Result<(), StoreError> {
            let mut record = record.clone();
            if let Some(key) = &mut record.key {
                key.identity = Identity::Token("another".into());
            }
            for kept in &mut record.logins {
                kept.login.password = "another".into();
            }
            *self.kept.borrow_mut() = self.spoils.then_some(record);
            Ok(())
        }

        fn check_writable(&self) -> Result<(), StoreError> {
            Ok(())
        }

        fn remove(&self, _slot: &Slot) -> Result<(), StoreError> {
            Ok(())
        }
    }

    #[test]
    fn what_is_not_given_back_is_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let environment = Environment::of([("TMPDIR", folder.path())]);
        for (secret, spoils) in [
            (LOGIN_KEY, false),
            (LOGIN_KEY, true),
            (SK, false),
            (SK, true),
        ] {
            let kept = Bad {
                spoils,
                ..Bad::default()
            };
            let context = Context {
                environment: &environment,
                settings: Default::default(),
                store: Box::new(kept),
                deadline: environment.deadline(PROTOCOL_LIMIT).expect("a deadline"),
            };
            let username = format!("cn-north-4@{AK}");
            let request = StoreRequest::new(SWR, username, secret.into()).expect("a request");
            assert_eq!(move_in(&context, request).ok(), Some(Moved::Lost));
        }
    }
}
