//! `store` for people, which is the whole set-up: it keeps the key, makes docker ask the helper for the registries that
//! are chosen, and tries the login. What the options leave out is asked for, all of it before anything is changed.

use super::options::Options;
use super::target::Target;
use crate::command::NAME;
use crate::command::configure::ConfigurePlan;
use crate::command::context::{Context, drop_everything, drop_stale};
use crate::command::credential::{self, Given};
use crate::command::error::{Error, Result};
use crate::command::questions::{ask_until, stopped};
use crate::command::verify::{Verdict, verify};
use crate::config::client_file::ConfigFile;
use crate::config::settings;
use crate::console::error::ConsoleError;
use crate::console::stdio::Stdio;
use crate::login;
use crate::model::access_key::shortened;
use crate::model::identity::{Credential, Identity};
use crate::model::regions;
use crate::model::registry::{CLOUDS, Kind, Registry};
use crate::provider;
use crate::store::{self, DEFAULT_ACCOUNT, KeyringState, Origin, Slot, StoreError, StoredKey};
use crate::system::environment::Environment;

/// Stores an access key and sets up docker.
///
/// # Errors
///
/// What a person is told; before the first line of output nothing is changed.
pub fn run(options: &Options, stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    let mut context = Context::before_questions(environment, options.backend)?;
    check_store(&context)?;
    let plan = StorePlan::complete(options, stdio, &context)?;
    // What would stop it is better known before the key is stored.
    let docker = plan.docker(options, environment)?;
    context.unlock(stdio)?;
    keep(&plan, options, &context, stdio)?;
    remember(options, &plan, &mut context)?;
    let mut done = stored(&plan, &context) + &plan.given.warning();
    let next_step = next_step(options, &plan.target);
    let set_up = match docker {
        Some(docker) => docker.carry_out(false),
        None => Ok(String::new()),
    };
    done += set_up.as_deref().unwrap_or_default();
    stdio.print_lines(&done)?;
    set_up?;
    if !options.offline
        && let Some(registry) = plan.target.chosen().first()
    {
        stdio.print_lines(&tried(registry, &context)?)?;
    }
    Ok(stdio.print_lines(&next_step)?)
}

const PROJECT_QUESTION: &str = "project, such as cn-north-4 (the address names no region): ";

/// Who has no place to keep a key is told before all the questions. A keyring that is locked will ask for its password.
fn check_store(context: &Context<'_>) -> Result<()> {
    match context.store.check_writable() {
        Ok(()) | Err(StoreError::Keyring(KeyringState::Locked(_))) => Ok(()),
        Err(error) => {
            // Who comes to store a key has done with what the present one led to.
            drop_everything(context.environment, context.deadline.renewed());
            Err(error.into())
        }
    }
}

/// What is to be stored, and for whom.
struct StorePlan {
    target: Target,
    project: Option<String>,
    given: Given<Identity>,
}

impl StorePlan {
    /// Takes what the options give and asks for the rest.
    fn complete(options: &Options, stdio: &mut Stdio<'_>, context: &Context<'_>) -> Result<Self> {
        let settings = &context.settings;
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
            given: credential::identity(
                &options.identity,
                stdio,
                context.environment,
                context.deadline,
            )?,
        })
    }

    /// Plans that docker asks the helper for the chosen registries; `None` where nobody chose one, or it is to be left
    /// alone.
    fn docker(
        &self,
        options: &Options,
        environment: &Environment,
    ) -> Result<Option<ConfigurePlan>> {
        let hosts = addresses(self.target.chosen());
        if options.no_configure || hosts.is_empty() {
            return Ok(None);
        }
        let file = ConfigFile::of_docker(None, environment)?;
        ConfigurePlan::to_add(&hosts, file, false, environment).map(Some)
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

/// Returns what a person does next.
fn next_step(options: &Options, target: &Target) -> String {
    let hosts = addresses(target.chosen());
    if let (Some(host), false) = (hosts.first(), options.no_configure) {
        return format!("next: docker pull {host}/ORGANISATION/IMAGE:TAG\n");
    }
    let hosts = match target {
        Target::Account { name, .. } if hosts.is_empty() && name != DEFAULT_ACCOUNT => {
            return format!(
                "next: `account = \"{name}\"` under `[registry.\"HOST\"]` in the settings gives it a registry, and \
                 `{NAME} configure --registry HOST` makes docker ask this helper\n"
            );
        }
        Target::Account { cloud, .. } if hosts.is_empty() => vec![format!("swr.<region>.{cloud}")],
        _ => hosts,
    };
    let options: Vec<_> = hosts
        .iter()
        .map(|host| format!("--registry {host}"))
        .collect();
    let options = options.join(" ");
    format!("next: `{NAME} configure {options}` makes docker ask this helper\n")
}

fn addresses(registries: &[Registry]) -> Vec<String> {
    registries
        .iter()
        .map(|registry| registry.address().to_owned())
        .collect()
}

/// Stores the key in each slot that is meant, after the person has agreed to what that replaces.
fn keep(
    plan: &StorePlan,
    options: &Options,
    context: &Context<'_>,
    stdio: &mut Stdio<'_>,
) -> Result<()> {
    let now = context.environment.now();
    let mut approved = Vec::new();
    for slot in plan.target.slots() {
        let mut key = plan.key(now).kept_in(context.store.backend())?;
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
        drop_stale(context.environment, &slot, context.deadline.renewed());
    }
    Ok(())
}

/// Lets a key take the place of another one only if a person says so.
fn approve(
    slot: &Slot,
    old: Option<&StoredKey>,
    key: &StoredKey,
    options: &Options,
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
        Err(ConsoleError::Stopped.into())
    }
}

fn would_replace(slot: &Slot, old: Option<&StoredKey>) -> Error {
    Error::WouldReplace {
        slot: slot.described(),
        ak: shortened(old.map_or("", |old| old.identity.name())),
    }
}

/// Writes down what must hold from now on; it counts for what is shown and tried next.
fn remember(options: &Options, plan: &StorePlan, context: &mut Context<'_>) -> Result<()> {
    let environment = context.environment;
    if let Some(backend) = options
        .backend
        .filter(|backend| Some(*backend) != context.settings.backend)
    {
        context.settings = settings::remember_backend(environment, backend)?;
    }
    let Target::Account {
        name,
        cloud,
        registries,
    } = &plan.target
    else {
        return Ok(());
    };
    if !CLOUDS.contains(&cloud.as_str()) && !context.settings.clouds.contains(cloud) {
        context.settings = settings::remember_cloud(environment, cloud)?;
    }
    for registry in registries {
        let served_by = context.settings.of(registry)?.account;
        if served_by.as_deref().unwrap_or(DEFAULT_ACCOUNT) != name {
            context.settings = settings::remember_account(environment, registry.address(), name)?;
        }
    }
    Ok(())
}

/// Says what was stored, and what `get` answers now.
fn stored(plan: &StorePlan, context: &Context<'_>) -> String {
    let place = context.store.backend().name();
    match &plan.target {
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
            let user = match plan.given.what.login_key() {
                Some((ak, _)) => format!("as `<region>@{ak}`"),
                None => format!("with a temporary login of `{}`", plan.given.what.name()),
            };
            let project = plan
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
                .filter_map(|registry| other_login_note(registry, plan, context));
            first + &others.collect::<String>()
        }
    }
}

/// Says that a registry is not served by the key that was just stored, where something goes before it.
fn other_login_note(
    registry: &Registry,
    plan: &StorePlan,
    context: &Context<'_>,
) -> Option<String> {
    match user(context, registry) {
        Ok((name, _)) if name == plan.given.what.name() => None,
        Ok((_, user)) => Some(format!(
            "note: docker logs in to `{registry}` {user}; `{NAME} doctor {registry}` explains why\n"
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
