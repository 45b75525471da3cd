//! `store` for people, which is the whole set-up: it keeps the key, makes docker ask the helper for the registries that
//! are chosen, and tries the login. What the options leave out is asked for, all of it before anything is changed.

use super::target::Target;
use crate::access_key::shortened;
use crate::command::configure::{self, ConfigFile};
use crate::command::credential::{self, Given};
use crate::command::questions::{ask_until, stopped};
use crate::command::verify::{Verdict, verify};
use crate::command::{Context, NAME, PERSON_LIMIT, Stdio, cli, drop_stale, print_lines};
use crate::environment::{Deadline, Environment};
use crate::error::{Error, Result};
use crate::identity::Identity;
use crate::login;
use crate::provider::{self, Credential};
use crate::regions;
use crate::registry::{CLOUDS, Kind, Registry};
use crate::settings::{self, Settings};
use crate::store::{
    self, Backend, DEFAULT_ACCOUNT, KeyringState, Origin, Patience, Slot, StoreError, StoredKey,
};

pub(in crate::command) fn run(
    options: &cli::Store,
    stdio: &mut Stdio<'_>,
    environment: &Environment,
) -> Result<()> {
    let settings = Settings::load(environment)?.checked()?;
    let deadline = environment.deadline(PERSON_LIMIT)?;
    check_store(options, &settings, environment, deadline)?;
    let wish = Wish::complete(options, stdio, environment, &settings, deadline)?;
    let docker = Docker::of(options, &wish.target);
    // What would stop it is better known before the key is stored.
    docker.check(environment)?;
    let context = Context::for_person(environment, options.backend, stdio)?;
    keep(&wish, options, &context, stdio)?;
    remember(options, &wish, &context)?;
    // What was just remembered counts for what is shown and tried.
    let context = Context {
        settings: Settings::load(environment)?.checked()?,
        ..context
    };
    let mut done = kept(&wish, &context) + &wish.given.warning();
    let set_up = docker.set_up(environment);
    done += set_up.as_deref().unwrap_or_default();
    print_lines(stdio, &done)?;
    set_up?;
    if !options.offline
        && let Some(registry) = wish.target.chosen().first()
    {
        print_lines(stdio, &tried(registry, &context)?)?;
    }
    print_lines(stdio, &docker.next_step(&wish.target))
}

const PROJECT_QUESTION: &str = "project, such as cn-north-4 (the address names no region): ";

/// Who has no place to keep a key is told before all the questions. A keyring that is locked will ask for its password.
fn check_store(
    options: &cli::Store,
    settings: &Settings,
    environment: &Environment,
    deadline: Deadline,
) -> Result<()> {
    let backend = match options.backend {
        Some(backend) => backend,
        None => Backend::chosen(environment, settings)?,
    };
    let store = store::open(backend, environment, deadline, Patience::OfTheVerb)?;
    match store.check_writable() {
        Ok(()) | Err(StoreError::Keyring(KeyringState::Locked(_))) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What is to be stored, and for whom.
struct Wish {
    target: Target,
    project: Option<String>,
    given: Given<Identity>,
}

impl Wish {
    /// Takes what the options give and asks for the rest.
    fn complete(
        options: &cli::Store,
        stdio: &mut Stdio<'_>,
        environment: &Environment,
        settings: &Settings,
        deadline: Deadline,
    ) -> Result<Self> {
        let mut target = Target::of(options, settings)?;
        if target.chosen().is_empty()
            && !options.no_configure
            && let Some(terminal) = &mut stdio.terminal
        {
            let regions = regions::in_columns(options.cloud.as_deref());
            let _ = write!(stdio.stderr, "regions:\n{regions}");
            let question = "region or registry, several with blanks between (empty: none now): ";
            target = ask_until(*terminal, stdio.stderr, question, |answer| {
                Target::answered(answer, options, settings)
            })?;
        }
        let mut project = options.project.clone();
        if project.is_none()
            && target.needs_project(settings)
            && let Some(terminal) = &mut stdio.terminal
        {
            project = ask_until(*terminal, stdio.stderr, PROJECT_QUESTION, |project| {
                let project = Some(project.to_owned()).filter(|project| !project.is_empty());
                target.check_project(project.as_deref(), settings)?;
                Ok(project)
            })?;
        }
        target.check_project(project.as_deref(), settings)?;
        Ok(Self {
            target,
            project,
            given: credential::identity(options, stdio, environment, deadline)?,
        })
    }

    fn key(&self, now: u64) -> StoredKey {
        StoredKey {
            identity: self.given.what.clone(),
            project: self.project.clone(),
            cloud: self.target.cloud().map(str::to_owned),
            origin: Origin::Person,
            stored: now,
        }
    }
}

/// What docker's configuration is to be told.
enum Docker {
    /// Nothing: nobody chose a registry, or it is to be left alone.
    AsItIs,
    /// To ask the helper for these registries.
    Asks(Vec<String>),
}

impl Docker {
    fn of(options: &cli::Store, target: &Target) -> Self {
        let hosts = addresses(target.chosen());
        match options.no_configure || hosts.is_empty() {
            true => Self::AsItIs,
            false => Self::Asks(hosts),
        }
    }

    fn check(&self, environment: &Environment) -> Result<()> {
        match self {
            Self::AsItIs => Ok(()),
            Self::Asks(hosts) => {
                let file = ConfigFile::of_docker(None, environment)?;
                configure::add(hosts, &file, true, environment).map(drop)
            }
        }
    }

    fn set_up(&self, environment: &Environment) -> Result<String> {
        match self {
            Self::AsItIs => Ok(String::new()),
            Self::Asks(hosts) => {
                let file = ConfigFile::of_docker(None, environment)?;
                let lines = configure::add(hosts, &file, false, environment)?;
                Ok(lines.iter().map(|line| format!("{line}\n")).collect())
            }
        }
    }

    fn next_step(&self, target: &Target) -> String {
        let hosts = match (self, target) {
            (Self::Asks(hosts), _) => {
                let image = format!("{}/ORGANISATION/IMAGE:TAG", hosts[0]);
                return format!("next: docker pull {image}\n");
            }
            (
                Self::AsItIs,
                Target::Account {
                    name, registries, ..
                },
            ) if registries.is_empty() && name != DEFAULT_ACCOUNT => {
                return format!(
                    "next: `account = \"{name}\"` under `[registry.\"HOST\"]` in the settings gives it a registry, and \
                     `{NAME} configure --registry HOST` makes docker ask this helper\n"
                );
            }
            (
                Self::AsItIs,
                Target::Account {
                    cloud, registries, ..
                },
            ) if registries.is_empty() => {
                vec![format!("swr.<region>.{cloud}")]
            }
            (Self::AsItIs, target) => addresses(target.chosen()),
        };
        let options: Vec<_> = hosts
            .iter()
            .map(|host| format!("--registry {host}"))
            .collect();
        let options = options.join(" ");
        format!("next: `{NAME} configure {options}` makes docker ask this helper\n")
    }
}

fn addresses(registries: &[Registry]) -> Vec<String> {
    registries
        .iter()
        .map(|registry| registry.address().to_owned())
        .collect()
}

/// Stores the key in each slot that is meant, after the person has agreed to what that replaces.
fn keep(
    wish: &Wish,
    options: &cli::Store,
    context: &Context<'_>,
    stdio: &mut Stdio<'_>,
) -> Result<()> {
    let now = context.environment.now();
    let mut approved = Vec::new();
    for slot in wish.target.slots() {
        let mut key = wish.key(now).kept_in(context.store.backend())?;
        let old = context.store.read(&slot)?.unwrap_or_default().key;
        if let Some(old) = &old
            && old.identity.name() == key.identity.name()
        {
            // Who gives the same key once more does not mean to take its project away.
            key.project = key.project.or_else(|| old.project.clone());
        }
        approve(&slot, old.as_ref(), &key, options, stdio)?;
        approved.push((slot, old, key));
    }
    for (slot, old, key) in approved {
        store::update(
            &*context.store,
            context.environment,
            context.deadline.renewed(),
            &slot,
            |record| {
                if record.key != old {
                    return Err(would_replace(&slot, record.key.as_ref()));
                }
                // A plain login would hide the key that was just given.
                record.logins.clear();
                let stored = old
                    .filter(|old| old.identity == key.identity)
                    .map_or(key.stored, |old| old.stored);
                record.key = Some(StoredKey { stored, ..key });
                Ok(())
            },
        )?;
        drop_stale(context.environment, &slot);
    }
    Ok(())
}

/// Lets a key take the place of another one only if a person says so.
fn approve(
    slot: &Slot,
    old: Option<&StoredKey>,
    key: &StoredKey,
    options: &cli::Store,
    stdio: &mut Stdio<'_>,
) -> Result<()> {
    let Some(old) = old.filter(|_| !options.replace) else {
        return Ok(());
    };
    let (error, what) = match slot {
        Slot::Account(name) if old.served_cloud() != key.served_cloud() => (
            Error::WouldMove {
                name: name.clone(),
                from: old.served_cloud().to_owned(),
                to: key.served_cloud().to_owned(),
            },
            "move it",
        ),
        _ if old.identity != key.identity && old.identity.is_permanent() => {
            (would_replace(slot, Some(old)), "replace it")
        }
        _ => return Ok(()),
    };
    let Some(terminal) = &mut stdio.terminal else {
        return Err(error);
    };
    let question = format!("{error}; {what}? [y/N] ");
    let answer = terminal
        .ask(&question)
        .map_err(stopped)?
        .unwrap_or_default();
    if matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes") {
        Ok(())
    } else {
        Err(Error::Stopped)
    }
}

fn would_replace(slot: &Slot, old: Option<&StoredKey>) -> Error {
    Error::WouldReplace {
        slot: slot.described(),
        ak: shortened(old.map_or("", |old| old.identity.name())),
    }
}

fn remember(options: &cli::Store, wish: &Wish, context: &Context<'_>) -> Result<()> {
    if let Some(backend) = options
        .backend
        .filter(|backend| Some(*backend) != context.settings.backend)
    {
        settings::remember_backend(context.environment, backend)?;
    }
    let Target::Account {
        name,
        cloud,
        registries,
    } = &wish.target
    else {
        return Ok(());
    };
    if !CLOUDS.contains(&cloud.as_str()) && !context.settings.clouds.contains(cloud) {
        settings::remember_cloud(context.environment, cloud)?;
    }
    for registry in registries {
        let served_by = context.settings.of(registry)?.account;
        if served_by.as_deref().unwrap_or(DEFAULT_ACCOUNT) != name {
            settings::remember_account(context.environment, registry.address(), name)?;
        }
    }
    Ok(())
}

/// Says what was stored, and what `get` answers now.
fn kept(wish: &Wish, context: &Context<'_>) -> String {
    let place = context.store.backend().name();
    match &wish.target {
        Target::Registries(registries) => registries
            .iter()
            .map(|registry| match user(context, registry) {
                Ok((_, user)) => {
                    format!("stored in the {place}: docker logs in to `{registry}` {user}\n")
                }
                Err(error) => format!("stored in the {place} for `{registry}`, but: {error}\n"),
            })
            .collect(),
        Target::Account {
            name,
            cloud,
            registries,
        } => {
            let user = match wish.given.what.login_key() {
                Some((ak, _)) => format!("as `<region>@{ak}`"),
                None => format!("with a temporary login of `{}`", wish.given.what.name()),
            };
            let project = wish
                .project
                .as_deref()
                .map(|project| format!(", for the project `{project}` in its region"));
            let project = project.unwrap_or_default();
            let start = format!("stored in the {place} as the account `{name}`");
            let first = if name == DEFAULT_ACCOUNT {
                format!("{start}: docker logs in to every `swr.<region>.{cloud}` {user}{project}\n")
            } else {
                format!(
                    "{start}: to each `swr.<region>.{cloud}` that is given to it docker logs in {user}{project}\n"
                )
            };
            let others = registries
                .iter()
                .filter_map(|registry| somebody_else(registry, wish, context));
            first + &others.collect::<String>()
        }
    }
}

/// Says that a registry is not served by the key that was just stored, where something goes before it.
fn somebody_else(registry: &Registry, wish: &Wish, context: &Context<'_>) -> Option<String> {
    match user(context, registry) {
        Ok((name, _)) if name == wish.given.what.name() => None,
        Ok((_, user)) => Some(format!(
            "note: docker logs in to `{registry}` {user}; `{NAME} doctor {registry}` tells why\n"
        )),
        Err(error) => Some(format!("note: no login for `{registry}`: {error}\n")),
    }
}

/// Returns whose login docker gets, and that in words, without asking anybody for a login.
fn user(context: &Context<'_>, registry: &Registry) -> Result<(String, String)> {
    let settings = context.settings.of(registry)?;
    let request = context.request(registry, &settings);
    let chain = context.settings.chain(context.environment)?;
    let credential = provider::find(&request, &chain)?;
    let name = match &credential {
        Credential::Identity { identity, .. } => identity.name().to_owned(),
        Credential::Plain(login) => login.username.clone(),
    };
    let words = match login::offline(&request, &credential)? {
        Some(login) => format!("as `{}`", login.username),
        None => format!("with a temporary login of `{name}`"),
    };
    Ok((name, words))
}

/// Tries what docker gets for the registry, and returns a line about it.
fn tried(registry: &Registry, context: &Context<'_>) -> Result<String> {
    // It may be misspelt, and then the login would be somebody else's.
    if *registry.kind() == Kind::Other {
        return Ok(format!(
            "not verified: `{registry}` is not an address of SWR's; if it is yours, `{NAME} doctor {registry} --online` tries it\n"
        ));
    }
    let settings = context.settings.of(registry)?;
    let request = context.request(registry, &settings);
    let chain = context.settings.chain(context.environment)?;
    let credential = provider::find(&request, &chain)?;
    match verify(registry, &credential, context) {
        Verdict::Works(line) => Ok(format!("verified: {line}\n")),
        Verdict::Fails(error) => Err(error),
        Verdict::Unknown(why) => Ok(format!(
            "not verified: {why}; `{NAME} doctor {registry} --online` tries again\n"
        )),
    }
}
