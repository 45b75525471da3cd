//! `store` for people, the complete set-up: stores the key, makes docker ask the helper for the
//! chosen registries, and tries the login. It asks for what the options leave out before it changes
//! anything.

use super::choice;
use super::options::Options;
use super::target::Target;
use crate::command::NAME;
use crate::command::configure::ConfigurePlan;
use crate::command::context::{Context, drop_everything, drop_stale};
use crate::command::credential::{self, Given};
use crate::command::error::{Error, Result};
use crate::command::questions::{agreed, ask_until};
use crate::command::verify::{Verdict, verify};
use crate::config::client_file::ConfigFile;
use crate::config::settings;
use crate::console::error::ConsoleError;
use crate::console::shell::THEN;
use crate::console::stdio::Stdio;
use crate::login;
use crate::model::access_key::shortened;
use crate::model::identity::{Credential, Identity, Place};
use crate::model::registry::{CLOUDS, Kind, Registry};
use crate::provider;
use crate::store::{
    self, Backend, DEFAULT_ACCOUNT, KeyringState, Origin, Slot, StoreError, StoredKey,
};
use crate::system::environment::Environment;

/// Stores an access key and sets up docker.
///
/// # Errors
///
/// Any error that a person must know. Nothing is changed before the first line of output.
pub fn run(options: &Options, stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    environment.check_home()?;
    let (mut context, backend) = context(options, stdio, environment)?;
    check_docker(options, stdio, environment)?;
    let plan = StorePlan::complete(options, stdio, &context)?;
    // Whatever would fail should fail before the key is stored.
    let docker = plan.docker(options, environment)?;
    context.unlock(stdio)?;
    let approved = plan.approved(options, &context, stdio)?;
    // What the trial cached belongs to the new key, and the first `get` uses it.
    for Approved { slot, .. } in &approved {
        drop_stale(environment, slot, context.deadline.renewed());
    }
    let tried = tried(&plan, options, &context, stdio)?;
    keep(approved, &context)?;
    remember(backend, &plan, &mut context)?;
    let mut done = stored(&plan, &context) + &plan.given.warning();
    let next_step = next_step(options, &plan.target);
    let set_up = match docker {
        Some(docker) => docker.carry_out(false),
        None => Ok(String::new()),
    };
    done += set_up.as_deref().unwrap_or_default();
    stdio.report(&done, environment)?;
    set_up?;
    let undo = match stdio.terminal {
        Some(_) => undo(options, &plan.target),
        None => String::new(),
    };
    Ok(stdio.report(&(tried + &undo + &next_step), environment)?)
}

/// The largest number of registries to try. If more are chosen, only the first one is tried.
const MOST_TRIED: usize = 5;

/// Opens the store, and returns the store to use from now on, if one was selected. If there is no
/// place for a key, the person learns it before the questions, and at a terminal is offered the
/// file. A locked keyring will ask for its password.
fn context<'a>(
    options: &Options,
    stdio: &mut Stdio<'_>,
    environment: &'a Environment,
) -> Result<(Context<'a>, Option<Backend>)> {
    let context = Context::before_questions(environment, options.backend)?;
    let error = match context.store.check_writable() {
        Ok(()) | Err(StoreError::Keyring(KeyringState::Locked(_))) => {
            return Ok((context, options.backend));
        }
        Err(error) => error,
    };
    // Whoever stores a key no longer needs what the current one led to.
    drop_everything(environment, context.deadline.renewed());
    let is_offered = options.backend.is_none()
        && (error.is_no_keyring() || matches!(error, StoreError::Keyring(KeyringState::Empty)));
    let Some(mut person) = stdio.person().filter(|_| is_offered) else {
        return Err(error.into());
    };
    let question = format!(
        "{error}; store only the login key in a file instead? that needs no keyring and holds no SK"
    );
    if !agreed(&mut person, &question)? {
        return Err(error.into());
    }
    let file = Some(Backend::File);
    Ok((Context::before_questions(environment, file)?, file))
}

/// Docker must find the helper, and its configuration must be writable. Checked before the
/// questions.
fn check_docker(options: &Options, stdio: &Stdio<'_>, environment: &Environment) -> Result<()> {
    let is_chosen =
        options.all_regions || !options.regions.is_empty() || !options.registries.is_empty();
    if !options.no_configure && (is_chosen || stdio.terminal.is_some()) {
        let file = ConfigFile::of_docker(None, environment)?;
        ConfigurePlan::to_add(&[], file, false, environment)?;
    }
    Ok(())
}

const PROJECT_QUESTION: &str = "project, such as cn-north-4 (the address has no region):";

/// Says in one line what the set-up will do.
fn introduction(options: &Options, context: &Context<'_>) -> String {
    let place = context.store.backend().name();
    let docker = match options.no_configure {
        true => "",
        false => ", and makes docker ask this helper for the logins to your registries",
    };
    let kept = match options.offline {
        true => "keeps your access key",
        false => "tries your access key, keeps it",
    };
    format!("This {kept} in the {place}{docker}. Press Ctrl-C to stop without changes.")
}

/// Says where to get an access key, and which permissions its user needs.
fn where_keys_are(cloud: Option<&str>) -> String {
    let page = match cloud {
        Some(cloud) if cloud != CLOUDS[0] => "the console",
        _ => "https://console.huaweicloud.com/iam/#/mine/accessKey",
    };
    format!(
        "Create an access key at {page} (My Credentials, Access Keys). Its user needs `swr:repo:download` to pull and \
         `swr:repo:upload` to push."
    )
}

/// What to store, and for which registries.
struct StorePlan {
    target: Target,
    project: Option<String>,
    given: Given<Identity>,
}

impl StorePlan {
    /// Takes the values of the options, and asks for the rest.
    fn complete(options: &Options, stdio: &mut Stdio<'_>, context: &Context<'_>) -> Result<Self> {
        let settings = &context.settings;
        let mut target = Target::from_options(options, settings)?;
        let source = &options.identity;
        let from_file = match &source.key.csv {
            Some(_) => Some(credential::identity(
                source,
                stdio,
                context.environment,
                context.deadline,
            )?),
            None => None,
        };
        if stdio.terminal.is_some() && from_file.is_none() {
            stdio.tell(&introduction(options, context));
        }
        if target.chosen().is_empty()
            && !options.no_configure
            && let Some(mut person) = stdio.person()
        {
            target = choice::ask(&mut person, options, settings)?;
        }
        let mut project = options.project.clone();
        if project.is_none()
            && target.needs_project(settings)
            && let Some(mut person) = stdio.person()
        {
            project = ask_until(&mut person, PROJECT_QUESTION, |project| {
                let project = Some(project.to_owned()).filter(|project| !project.is_empty());
                target.check_project(project.as_deref(), settings)?;
                Ok(project)
            })?;
        }
        target.check_project(project.as_deref(), settings)?;
        let given = match from_file {
            Some(given) => given,
            None => {
                let key = &source.key;
                if stdio.terminal.is_some() && key.ak.is_none() && source.iam_user.is_none() {
                    stdio.tell(&where_keys_are(target.cloud()));
                }
                credential::identity(source, stdio, context.environment, context.deadline)?
            }
        };
        Ok(Self {
            target,
            project,
            given,
        })
    }

    /// Plans to make docker ask the helper for the chosen registries. Returns `None` if none is
    /// chosen, or docker's configuration should not be changed.
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

/// Says how to undo the set-up.
fn undo(options: &Options, target: &Target) -> String {
    let hosts = match options.no_configure {
        true => Vec::new(),
        false => addresses(target.chosen()),
    };
    let erased: Vec<_> = match target {
        Target::Account { name, .. } => vec![format!("--account {name}")],
        Target::Registries(registries) => {
            let named = registries
                .iter()
                .map(|registry| format!("--registry {registry}"));
            named.collect()
        }
    };
    let erase = format!("{NAME} erase {}", erased.join(" "));
    match &hosts[..] {
        [] => format!("undo: {erase}\n"),
        hosts => format!(
            "undo: {NAME} configure --remove --registry {}{THEN}{erase}\n",
            hosts.join(",")
        ),
    }
}

/// Returns the next step for the person.
fn next_step(options: &Options, target: &Target) -> String {
    let hosts = addresses(target.chosen());
    if let (Some(host), false) = (hosts.first(), options.no_configure) {
        return format!("next: docker pull {host}/ORGANISATION/IMAGE:TAG\n");
    }
    match target {
        Target::Account { name, .. } if hosts.is_empty() && name != DEFAULT_ACCOUNT => format!(
            "next: `account = \"{name}\"` under `[registry.\"HOST\"]` in the settings gives it a registry, and \
             `{NAME} configure --registry HOST` makes docker ask this helper\n"
        ),
        Target::Account { cloud, .. } if hosts.is_empty() => {
            let place = match &**cloud == CLOUDS[0] {
                true => "--region REGION".to_owned(),
                false => format!("--registry swr.REGION.{cloud}"),
            };
            format!("next: {NAME} configure {place}\n")
        }
        _ => format!("next: {NAME} configure --registry {}\n", hosts.join(",")),
    }
}

fn addresses(registries: &[Registry]) -> Vec<String> {
    registries
        .iter()
        .map(|registry| registry.address().to_owned())
        .collect()
}

/// A key for a slot, and the key that it replaces.
struct Approved {
    slot: Slot,
    old: Option<StoredKey>,
    key: StoredKey,
}

impl StorePlan {
    /// Returns the key for each slot, after the person has agreed to replace the old ones.
    fn approved(
        &self,
        options: &Options,
        context: &Context<'_>,
        stdio: &mut Stdio<'_>,
    ) -> Result<Vec<Approved>> {
        let now = context.environment.now();
        let mut approved = Vec::new();
        for slot in self.target.slots() {
            let mut key = self.key(now).kept_in(context.store.backend())?;
            let old = context.store.read(&slot)?.unwrap_or_default().key;
            if let Some(old) = &old
                && old.identity.name() == key.identity.name()
            {
                // Storing the same key again keeps its project.
                key.project = key.project.or_else(|| old.project.clone());
            }
            approve(&slot, old.as_ref(), &key, options, stdio)?;
            approved.push(Approved { slot, old, key });
        }
        Ok(approved)
    }
}

/// Stores the keys.
fn keep(approved: Vec<Approved>, context: &Context<'_>) -> Result<()> {
    for Approved { slot, old, key } in approved {
        store::update(
            &*context.store,
            context.environment,
            context.deadline.renewed(),
            &slot,
            |record| {
                if record.key != old {
                    return Err(would_replace(&slot, record.key.as_ref()));
                }
                // A plain login would hide the new key.
                record.logins.clear();
                let stored = old
                    .filter(|old| old.identity == key.identity)
                    .map_or(key.stored, |old| old.stored);
                record.key = Some(StoredKey { stored, ..key });
                Ok(())
            },
        )?;
    }
    Ok(())
}

/// Asks whether a key may replace another one.
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
    let Some(mut person) = stdio.person() else {
        return Err(error);
    };
    match agreed(&mut person, &format!("{error}; {what}?"))? {
        true => Ok(()),
        false => Err(ConsoleError::Stopped.into()),
    }
}

fn would_replace(slot: &Slot, old: Option<&StoredKey>) -> Error {
    Error::WouldReplace {
        slot: slot.described(),
        ak: shortened(old.map_or("", |old| old.identity.name())),
    }
}

/// Stores the settings that are needed from now on. They already apply to what is shown and tried
/// next.
fn remember(backend: Option<Backend>, plan: &StorePlan, context: &mut Context<'_>) -> Result<()> {
    let environment = context.environment;
    if let Some(backend) = backend.filter(|backend| Some(*backend) != context.settings.backend) {
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
        let served_by = context.settings.for_registry(registry)?.account;
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
                    "{start}: docker logs in {user} to each `swr.<region>.{cloud}` that is assigned to it{project}\n"
                )
            };
            let others = registries
                .iter()
                .filter_map(|registry| other_login_note(registry, plan, context));
            first + &others.collect::<String>()
        }
    }
}

/// Says that the registry is not served by the new key, because something else takes precedence.
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

/// Returns the username that docker gets, and its identity in words, without requesting a login.
fn user(context: &Context<'_>, registry: &Registry) -> Result<(String, String)> {
    let settings = context.settings.for_registry(registry)?;
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

/// Tries the key at the chosen registries before anything is changed, and returns a line for each.
///
/// # Errors
///
/// [`Error::NotTaken`] if the key is refused, unless the person at the terminal wants to store it
/// anyway.
fn tried(
    plan: &StorePlan,
    options: &Options,
    context: &Context<'_>,
    stdio: &mut Stdio<'_>,
) -> Result<String> {
    let chosen = plan.target.chosen();
    if options.offline || chosen.is_empty() {
        return Ok(String::new());
    }
    let count = if chosen.len() > MOST_TRIED {
        1
    } else {
        chosen.len()
    };
    let mut lines = String::new();
    for registry in &chosen[..count] {
        // The host may be misspelt, and then the login would go to somebody else.
        if *registry.kind() == Kind::Other {
            lines += &format!(
                "not verified: `{registry}` is not an SWR address; if you trust it, `{NAME} doctor {registry} --online` tries it\n"
            );
            continue;
        }
        let settings = context.settings.for_registry(registry)?;
        let credential = Credential::Identity {
            identity: plan.given.what.clone(),
            projects: [settings.project, plan.project.clone()],
            agencies: settings.agencies,
            place: Place::default(),
        };
        match verify(registry, &credential, context) {
            Verdict::Works(line) => lines += &format!("verified: {line}\n"),
            Verdict::Unknown(why) => {
                lines += &format!(
                    "not verified: {why}; `{NAME} doctor {registry} --online` tries again\n"
                );
            }
            Verdict::Fails(error) => {
                let question = format!("{error}; store the key anyway?");
                let is_kept = match stdio.person() {
                    Some(mut person) => agreed(&mut person, &question)?,
                    None => false,
                };
                if !is_kept {
                    let why = Box::new(error);
                    return Err(Error::NotTaken { why });
                }
                // Each further refusal would bring the key closer to being locked.
                return Ok(lines + &format!("not verified: {error}\n"));
            }
        }
    }
    if count < chosen.len() {
        let others = chosen.len() - count;
        lines += &format!("not tried: the other {others}, which get a login of the same key\n");
    }
    Ok(lines)
}
