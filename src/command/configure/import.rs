//! Moves plain-text logins from a client's configuration to the store.

use super::options::Options;
use super::plan::Plan;
use crate::command::NAME;
use crate::command::context::{Context, drop_stale};
use crate::command::error::{Error, ImportConflict, Result};
use crate::command::incoming::{Change, Known, access_key_in, answer, is_answered, is_known};
use crate::command::protocol::StoreRequest;
use crate::config::client_file::{ConfigFile, Edit};
use crate::config::docker_config::{DockerConfig, HELPER};
use crate::console::stdio::Stdio;
use crate::login::Request;
use crate::model::chain::Provider;
use crate::model::login::{Login, Username};
use crate::model::registry::Registry;
use crate::model::text::has_control;
use crate::store::{self, Backend, PlainLogin, Record, Slot, StoreError, StoredKey};
use crate::system::environment::Environment;

/// Adds this helper for `hosts`, and moves their logins from the file to the store. Without hosts,
/// it moves the logins of all registries that the file routes to this helper. Returns lines that
/// say what was done.
///
/// All decisions are made before the first login moves, and a dry run makes the same ones. If
/// something fails later, what was done is undone.
pub(super) fn run(
    hosts: &[String],
    file: ConfigFile,
    options: &Options,
    stdio: &mut Stdio<'_>,
    environment: &Environment,
) -> Result<String> {
    let dry_run = options.dry_run;
    let mut plan = Plan::without_notes(hosts, file, options.nerdctl, environment)?;
    let requests = requests(&mut plan, hosts)?;
    if requests.is_empty() {
        plan.note(hosts, environment);
        return plan.carry_out(dry_run);
    }
    let context = Context::for_person(environment, None, stdio)?;
    let place = match context.store.backend() {
        Backend::Keyring => "keyring",
        Backend::File => "file store",
    };
    for (host, request) in &requests {
        let moved = taken(foreseen(&context, request), host, &plan.edit)?;
        plan.edit.change(|config| config.remove_logins(host))?;
        plan.lines.push(match (moved, dry_run) {
            (Moved::Before, true) => format!(
                "  {host}: its plain-text login is what {NAME} answers anyway, and would be removed"
            ),
            (_, true) => format!("  {host}: its plain-text login would move to the {place}"),
            (Moved::Before, false) => {
                format!(
                    "  {host}: its plain-text login was what {NAME} answers anyway, and is removed"
                )
            }
            (_, false) => format!("  {host}: its plain-text login is now in the {place}"),
        });
    }
    plan.note(hosts, environment);
    if dry_run {
        return plan.carry_out(true);
    }
    plan.check_writable()?;
    let path = plan.edit.path().display().to_string();
    let mut stored = Vec::new();
    let moved = requests.into_iter().try_for_each(|(host, request)| {
        taken(move_in(&context, request, &mut stored), &host, &plan.edit).map(drop)
    });
    let result = moved.and_then(|()| plan.carry_out(false));
    if result.is_err() {
        for left in stored.iter().filter(|stored| !stored.undo(&context)) {
            let slot = left.slot.described();
            stdio.tell(&format!(
                "note: the login of {slot} is stored, and is still in {path} too"
            ));
        }
    }
    result
}

/// Returns the logins in the file as a client would pass them. If a registry has none, a line says
/// so.
fn requests(plan: &mut Plan, hosts: &[String]) -> Result<Vec<(String, StoreRequest)>> {
    let Plan { edit, lines } = plan;
    if hosts.is_empty() {
        let mut requests = Vec::new();
        for host in routed(edit.config()) {
            requests.extend(request_of(edit.config(), &host)?.map(|request| (host, request)));
        }
        if requests.is_empty() {
            let client = edit.client().name();
            lines.push(format!(
                "  there is no plain-text login of a registry that {client} asks {NAME} for"
            ));
        }
        return Ok(requests);
    }
    let mut requests = Vec::new();
    for host in hosts {
        match request_of(edit.config(), host)? {
            Some(request) => requests.push((host.clone(), request)),
            None => lines.push(format!("  {host}: there is no plain-text login")),
        }
    }
    Ok(requests)
}

/// Returns the registries with a login in the file although the file routes them to this helper.
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

/// Returns the login of a registry as a client would pass it.
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

/// Returns what happened to a login, or why it stays in the file.
fn taken(moved: Result<Moved>, host: &str, edit: &Edit) -> Result<Moved> {
    let why = match moved {
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

/// The result of moving a login to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moved {
    /// It was stored and read back.
    Now,
    /// `get` already answers with it.
    Before,
    /// It was not stored, because it would hide an access key or something else that `get` answers
    /// with.
    WouldHideKey,
    /// It was not stored, because there is a different login, and only the user knows which one is
    /// right.
    HasAnother,
    /// It was not stored, because the providers do not include the registry's slot, so nobody would
    /// get it.
    NotAsked,
    /// It was stored, and the store does not return it.
    Lost,
}

/// A change of the store that can be undone.
struct Stored {
    slot: Slot,
    before: Record,
    after: Record,
}

impl Stored {
    /// Restores the old record, unless somebody has changed it since. Returns whether the login is
    /// gone.
    fn undo(&self, context: &Context<'_>) -> bool {
        let undone = store::update(
            &*context.store,
            context.environment,
            context.deadline.renewed(),
            &self.slot,
            |record| {
                if *record == self.after {
                    *record = self.before.clone();
                }
                Ok::<_, StoreError>(())
            },
        );
        drop_stale(context.environment, &self.slot, context.deadline);
        undone.is_ok()
    }
}

/// Returns what [`move_in`] would return, without changing anything.
fn foreseen(context: &Context<'_>, request: &StoreRequest) -> Result<Moved> {
    let registry = context.registry(&request.server_url)?;
    let slot = Slot::Registry(registry.address().to_owned());
    let mut record = context.store.read(&slot)?.unwrap_or_default();
    let moved = put(context, request, &registry, &mut record)?;
    if moved == Moved::Now {
        context.store.check_writable()?;
    }
    Ok(moved)
}

/// Stores a login as if a client had passed it, and reads it back, so that it can be removed from
/// the file. It replaces nothing. Each change is added to `stored`, even if an error follows.
fn move_in(
    context: &Context<'_>,
    request: StoreRequest,
    stored: &mut Vec<Stored>,
) -> Result<Moved> {
    let registry = context.registry(&request.server_url)?;
    let slot = Slot::Registry(registry.address().to_owned());
    let (environment, deadline) = (context.environment, context.deadline.renewed());
    // Decided under the lock, because a client may store another login at the same time.
    let moved = store::update(&*context.store, environment, deadline, &slot, |record| {
        let before = record.clone();
        let moved = put(context, &request, &registry, record)?;
        stored.push(Stored {
            slot: slot.clone(),
            before,
            after: record.clone(),
        });
        Ok::<_, Error>(moved)
    })?;
    if moved != Moved::Now {
        return Ok(moved);
    }
    drop_stale(environment, &slot, deadline);
    let login = &request.login;
    let is_back = match access_key_in(login, &registry, environment.now()) {
        Some(key) => {
            let record = context.store.read(&slot)?.unwrap_or_default();
            record.key.is_some_and(|kept| kept.identity == key.identity)
        }
        None => {
            let settings = context.settings.for_registry(&registry)?;
            is_answered(context, &context.request(&registry, &settings), login)?
        }
    };
    Ok(if is_back { Moved::Now } else { Moved::Lost })
}

/// Adds a login to the record of its slot, unless there is a conflict.
fn put(
    context: &Context<'_>,
    request: &StoreRequest,
    registry: &Registry,
    record: &mut Record,
) -> Result<Moved> {
    let settings = context.settings.for_registry(registry)?;
    let asked = context.request(registry, &settings);
    let key = access_key_in(&request.login, registry, context.environment.now());
    let conflict = import_conflict(context, &asked, &request.login, key.as_ref(), record)?;
    if let Some(moved) = conflict {
        return Ok(moved);
    }
    if key.is_some() && context.store.backend() == Backend::File {
        // The SK would be lost.
        return Err(StoreError::NoSecretsInFile.into());
    }
    Change::requested(context, request.clone(), registry)?.apply(record, registry)?;
    Ok(Moved::Now)
}

/// Returns why `login` (or the access key `key`, if it is one) must not be added to `record`: `get`
/// already answers with it, or it would replace something. The record itself is checked, because
/// the providers may not include the registry's slot.
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
        Known::Nothing => false,
        Known::Login(answered) if answered == *login => return Ok(Some(Moved::Before)),
        Known::Login(answered) => !is_of_key(&answered),
        Known::Temporary if is_known(context, asked, login)? => return Ok(Some(Moved::Before)),
        Known::Temporary => true,
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
    /// A store that silently keeps something other than what it is given.
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
    fn a_login_stays_in_the_file_unless_the_store_gives_it_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let environment = Environment::from_variables([
            ("HOME", folder.path()),
            ("XDG_STATE_HOME", folder.path()),
        ]);
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
            assert_eq!(
                move_in(&context, request, &mut Vec::new()).ok(),
                Some(Moved::Lost)
            );
        }
    }
}
