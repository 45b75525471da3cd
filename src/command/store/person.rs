//! `store` for people: options, and questions for what they leave out.

use super::credential;
use super::questions::{ask_until, stopped};
use super::target::Target;
use crate::access_key::shortened;
use crate::command::{Context, NAME, PERSON_LIMIT, Stdio, cli, drop_stale, print};
use crate::environment::{Deadline, Environment};
use crate::error::{Error, Result};
use crate::identity::Identity;
use crate::login;
use crate::provider;
use crate::registry::{CLOUDS, Registry};
use crate::settings::{self, Settings};
use crate::store::{self, DEFAULT_ACCOUNT, Origin, Slot, StoredKey};

pub(in crate::command) fn run(
    options: &cli::Store,
    stdio: &mut Stdio<'_>,
    environment: &Environment,
) -> Result<()> {
    let settings = Settings::load(environment)?.checked()?;
    let deadline = environment.deadline(PERSON_LIMIT)?;
    let wish = Wish::complete(options, stdio, &settings, deadline)?;
    let context = Context::for_person(environment, options.backend, stdio)?;
    let now = environment.now();
    let mut approved = Vec::new();
    for slot in wish.target.slots() {
        let key = wish.key(now).kept_in(context.store.backend())?;
        let old = context.store.read(&slot)?.unwrap_or_default().key;
        approve(&slot, old.as_ref(), &key, options, stdio)?;
        approved.push((slot, old, key));
    }
    for (slot, old, key) in approved {
        store::update(
            &*context.store,
            environment,
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
        drop_stale(environment, &slot);
    }
    remember(options, &wish, &context)?;
    // What was just remembered counts for what is shown.
    let context = Context {
        settings: Settings::load(environment)?.checked()?,
        ..context
    };
    report(&wish, &context, stdio)
}

/// What is to be stored, and for whom.
struct Wish {
    target: Target,
    project: Option<String>,
    identity: Identity,
}

impl Wish {
    /// Takes what the options give and asks for the rest. With the AK or a user given, the rest is what
    /// is secret.
    fn complete(
        options: &cli::Store,
        stdio: &mut Stdio<'_>,
        settings: &Settings,
        deadline: Deadline,
    ) -> Result<Self> {
        let asks = options.ak.is_none() && options.csv.is_none() && options.iam_user.is_none();
        let mut target = Target::of(options, settings)?;
        let nobody_said = options.registries.is_empty() && options.account.is_none();
        if asks
            && nobody_said
            && let Some(terminal) = &mut stdio.terminal
        {
            let question = "registry (empty: every registry of the account `default`): ";
            let cloud = options.cloud.clone();
            target = ask_until(*terminal, stdio.stderr, question, |host| match host {
                "" => Target::account(None, cloud.as_deref()),
                host => Target::registries(&[host.to_owned()], settings),
            })?;
        }
        let mut project = options.project.clone();
        target.check_project(project.as_deref(), asks && stdio.terminal.is_some())?;
        if asks
            && project.is_none()
            && let Some(terminal) = &mut stdio.terminal
        {
            project = ask_until(
                *terminal,
                stdio.stderr,
                target.project_question(),
                |project| {
                    let project = Some(project.to_owned()).filter(|project| !project.is_empty());
                    target.check_project(project.as_deref(), false)?;
                    Ok(project)
                },
            )?;
        }
        Ok(Self {
            target,
            project,
            identity: credential::identity(options, stdio, deadline)?,
        })
    }

    fn key(&self, now: u64) -> StoredKey {
        StoredKey {
            identity: self.identity.clone(),
            project: self.project.clone(),
            cloud: self.target.cloud().map(str::to_owned),
            origin: Origin::Person,
            stored: now,
        }
    }
}

/// Lets a key take the place of another one only if a person says so.
fn approve(
    slot: &Slot,
    old: Option<&StoredKey>,
    key: &StoredKey,
    options: &cli::Store,
    stdio: &mut Stdio<'_>,
) -> Result<()> {
    let is_lost = |old: &&StoredKey| old.identity != key.identity && old.identity.is_permanent();
    let Some(old) = old.filter(is_lost).filter(|_| !options.replace) else {
        return Ok(());
    };
    let error = would_replace(slot, Some(old));
    let Some(terminal) = &mut stdio.terminal else {
        return Err(error);
    };
    let question = format!("{error}; replace it? [y/N] ");
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
    match &wish.target {
        Target::Account { cloud, .. }
            if !CLOUDS.contains(&cloud.as_str()) && !context.settings.clouds.contains(cloud) =>
        {
            settings::remember_cloud(context.environment, cloud)
        }
        _ => Ok(()),
    }
}

/// Says what was stored, what `get` answers now, and what to do next.
fn report(wish: &Wish, context: &Context<'_>, stdio: &mut Stdio<'_>) -> Result<()> {
    let place = context.store.backend().name();
    let (lines, hosts) = match &wish.target {
        Target::Registries(registries) => {
            let mut lines = String::new();
            for registry in registries {
                let user = user(context, registry, wish)?;
                lines += &format!("stored in the {place}: docker logs in to `{registry}` {user}\n");
            }
            (
                lines,
                registries
                    .iter()
                    .map(|registry| registry.address().to_owned())
                    .collect(),
            )
        }
        Target::Account { name, cloud } => {
            let host = format!("swr.<region>.{cloud}");
            let user = match wish.identity.login_key() {
                Some((ak, _)) => format!("as `<region>@{ak}`"),
                None => format!("with a temporary login of `{}`", wish.identity.name()),
            };
            let project = wish
                .project
                .as_deref()
                .map(|project| format!(", for the project `{project}` in its region"));
            let project = project.unwrap_or_default();
            let start = format!("stored in the {place} as the account `{name}`");
            if name == DEFAULT_ACCOUNT {
                let line = format!("{start}: docker logs in to every `{host}` {user}{project}\n");
                (line, vec![host])
            } else {
                let line = format!(
                    "{start}: to each `{host}` that is given to it docker logs in {user}{project}\n\
                     next: `account = \"{name}\"` under `[registry.\"HOST\"]` in the settings gives it one\n"
                );
                (line, vec!["HOST".to_owned()])
            }
        }
    };
    let registries: Vec<_> = hosts
        .iter()
        .map(|host| format!("--registry {host}"))
        .collect();
    let next = format!(
        "next: `{NAME} configure {}` makes docker ask this helper\n",
        registries.join(" ")
    );
    print(stdio, (lines + &next).as_bytes())
}

/// Returns as whom docker logs in, without asking anybody for a login.
fn user(context: &Context<'_>, registry: &Registry, wish: &Wish) -> Result<String> {
    let settings = context.settings.of(registry)?;
    let request = context.request(registry, &settings);
    let chain = context.settings.chain(context.environment)?;
    let credential = provider::find(&request, &chain)?;
    Ok(match login::offline(&request, &credential)? {
        Some(login) => format!("as `{}`", login.username),
        None => format!("with a temporary login of `{}`", wish.identity.name()),
    })
}
