//! Moves logins that stand in a client's configuration in plain text to the store.

use super::options::Options;
use super::plan::Plan;
use crate::command::NAME;
use crate::command::context::{Context, drop_stale};
use crate::command::error::{Error, ImportConflict, Result};
use crate::command::incoming::{Answer, Change, access_key_in, answer, is_answered, is_known};
use crate::command::protocol::StoreRequest;
use crate::config::client_file::{ConfigFile, Edit};
use crate::config::docker_config::{DockerConfig, HELPER};
use crate::config::settings::Settings;
use crate::console::stdio::Stdio;
use crate::login::Request;
use crate::model::chain::Provider;
use crate::model::login::{Login, Username};
use crate::model::registry::Registry;
use crate::model::text::has_control;
use crate::store::{self, Backend, PlainLogin, Record, Slot, StoreError, StoredKey};
use crate::system::environment::Environment;

/// Adds this helper for `hosts`, and moves their logins, or all that the file routes to this helper if there are none,
/// out of the file into the store. Returns lines about it. What stops one of them stops all.
pub(super) fn run(
    hosts: &[String],
    file: ConfigFile,
    options: &Options,
    stdio: &mut Stdio<'_>,
    environment: &Environment,
) -> Result<String> {
    let dry_run = options.dry_run;
    let mut plan = Plan::without_notes(hosts, file, options.nerdctl, environment)?;
    let path = plan.edit.path().display().to_string();
    let mut stored = Vec::new();
    let moved = move_all(&mut plan, hosts, dry_run, stdio, environment, &mut stored);
    let result = moved.and_then(|()| {
        plan.note(hosts, environment);
        plan.carry_out(dry_run)
    });
    if result.is_err() && !stored.is_empty() {
        let hosts = stored.join(", ");
        stdio.tell(&format!(
            "note: stored by now, and still in {path} as well: the login of {hosts}"
        ));
    }
    result
}

/// Moves the logins, with a line for each. `stored` then names those that are in the store, also after an error. A dry
/// run does not ask the store.
fn move_all(
    plan: &mut Plan,
    hosts: &[String],
    dry_run: bool,
    stdio: &mut Stdio<'_>,
    environment: &Environment,
    stored: &mut Vec<String>,
) -> Result<()> {
    let Plan { edit, lines } = plan;
    let mut requests = Vec::new();
    let hosts = match hosts {
        [] => routed(edit.config()),
        hosts => hosts.to_vec(),
    };
    let found = lines.len();
    for host in hosts {
        match request_of(edit.config(), &host)? {
            Some(request) => requests.push((host, request)),
            None => lines.push(format!("  {host}: no login stands there in plain text")),
        }
    }
    if requests.is_empty() {
        if lines.len() == found {
            let client = edit.client().name();
            lines.push(format!(
                "  no login stands there in plain text that {client} would ask {NAME} for"
            ));
        }
        return Ok(());
    }
    let (place, context) = if dry_run {
        let settings = Settings::load(environment)?.checked()?;
        (settings.backend(environment)?, None)
    } else {
        let context = Context::for_person(environment, None, stdio)?;
        (context.store.backend(), Some(context))
    };
    let place = match place {
        Backend::Keyring => "keyring",
        Backend::File => "file store",
    };
    for (host, request) in requests {
        let moved = match &context {
            Some(context) => Some(store(context, &host, request, edit)?),
            None => None,
        };
        if moved.is_some() {
            stored.push(host.clone());
        }
        edit.change(|config| config.remove_logins(&host))?;
        lines.push(match moved {
            None => format!("  {host}: the login that stands there would move to the {place}"),
            Some(Moved::Before) => {
                format!("  {host}: the login that stood there is what {NAME} answers anyway")
            }
            Some(_) => format!("  {host}: the login that stood there is in the {place} now"),
        });
    }
    Ok(())
}

/// Returns the registries whose logins stand in the file although it routes them to this helper.
fn routed(config: &DockerConfig) -> Vec<String> {
    let mut hosts = Vec::new();
    for address in config.plain_addresses() {
        let Ok(registry) = Registry::parse(&address, &[]) else {
            continue;
        };
        let host = registry.address().to_owned();
        let is_ours = config
            .helper_of(&host)
            .is_some_and(|helper| helper == HELPER);
        if is_ours && !hosts.contains(&host) && !config.plain_logins(&host).is_empty() {
            hosts.push(host);
        }
    }
    hosts
}

/// Returns the login of a registry as a client would hand it over.
fn request_of(config: &DockerConfig, host: &str) -> Result<Option<StoreRequest>> {
    let refused = |why| Error::Import {
        address: host.to_owned(),
        why,
    };
    let mut logins = config.plain_logins(host).into_iter();
    let Some(first) = logins.next() else {
        return Ok(None);
    };
    let not_unicode = || refused(ImportConflict::NotUnicode);
    let first = first.ok_or_else(not_unicode)?;
    for other in logins {
        let other = other.ok_or_else(not_unicode)?;
        if (&other.username, &other.password) != (&first.username, &first.password) {
            return Err(refused(ImportConflict::TwoInFile));
        }
    }
    if has_control(&first.username) {
        return Err(refused(ImportConflict::ControlByte));
    }
    StoreRequest::new(&first.address, first.username, first.password)
        .map(Some)
        .map_err(|error| refused(ImportConflict::Other(Box::new(error))))
}

/// Stores one login.
fn store(context: &Context<'_>, host: &str, request: StoreRequest, edit: &Edit) -> Result<Moved> {
    let why = match move_in(context, request) {
        Ok(moved @ (Moved::Now | Moved::Before)) => return Ok(moved),
        Ok(Moved::WouldHideKey) => ImportConflict::WouldHideKey {
            logout: edit.logout(host),
        },
        Ok(Moved::HasAnother) => ImportConflict::HasAnother {
            host: host.to_owned(),
        },
        Ok(Moved::NotAsked) => ImportConflict::NotAsked,
        Ok(Moved::Lost) => ImportConflict::Lost,
        Err(error) => ImportConflict::Other(Box::new(error)),
    };
    Err(Error::Import {
        address: host.to_owned(),
        why,
    })
}

/// What moving a login to the store came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moved {
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
fn move_in(context: &Context<'_>, request: StoreRequest) -> Result<Moved> {
    let registry = context.registry(&request.server_url)?;
    let settings = context.settings.of(&registry)?;
    let asked = context.request(&registry, &settings);
    let slot = Slot::Registry(registry.address().to_owned());
    let login = request.login.clone();
    let key = access_key_in(&login, &registry, context.environment.now());
    let (environment, deadline) = (context.environment, context.deadline);
    // Decided under the lock: a client may store another login at the same time.
    let moved: Result<Moved> =
        store::update(&*context.store, environment, deadline, &slot, |record| {
            if let Some(moved) = import_conflict(context, &asked, &login, key.as_ref(), record)? {
                return Ok(moved);
            }
            if key.is_some() && context.store.backend() == Backend::File {
                // Its SK would be nowhere any more.
                return Err(StoreError::NoSecretsInFile.into());
            }
            Change::of(context, request, &registry)?.apply(record, &registry)?;
            Ok(Moved::Now)
        });
    let moved = moved?;
    if moved != Moved::Now {
        return Ok(moved);
    }
    drop_stale(environment, &slot, deadline);
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
fn import_conflict(
    context: &Context<'_>,
    asked: &Request<'_>,
    login: &Login,
    key: Option<&StoredKey>,
    record: &Record,
) -> Result<Option<Moved>> {
    let login_key = key.and_then(|key| key.identity.login_key());
    let is_of_key = |other: &Login| {
        login_key.as_ref().is_some_and(|(ak, login_key)| {
            Username::parse(&other.username).is_some_and(|username| username.ak == *ak)
                && other.password == *login_key
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::context::PROTOCOL_LIMIT;
    use crate::model::identity::Identity;
    use crate::model::sample::{AK, HOST as SWR, LOGIN_KEY, SK};
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

        fn unlock(&self) -> Result<(), StoreError> {
            Ok(())
        }

        fn read_all(&self) -> Result<Vec<store::Listed>, StoreError> {
            Ok(Vec::new())
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
