//! What `store` is to do: from the options, and from the answers to its questions.

use super::choice;
use super::options::Options;
use super::target::Target;
use crate::command::configure::ConfigurePlan;
use crate::command::context::Context;
use crate::command::credential::{self, Given};
use crate::command::error::{Error, Result};
use crate::command::questions::{agreed, ask_until};
use crate::command::served;
use crate::config::client_file::ConfigFile;
use crate::config::settings::{self, Settings};
use crate::console::error::ConsoleError;
use crate::console::stdio::Stdio;
use crate::model::access_key::shortened;
use crate::model::identity::Identity;
use crate::model::registry::{CLOUDS, Registry};
use crate::store::{Backend, DEFAULT_ACCOUNT, Origin, Slot, StoreError, StoredKey};
use crate::system::environment::Environment;

const PROJECT_QUESTION: &str = "project, such as cn-north-4 (the address has no region):";

/// Says in one line what the set-up will do.
fn introduction(options: &Options, context: &Context<'_>) -> String {
    let docker = match options.no_configure {
        true => "",
        false => ", and makes docker ask this helper for the logins to your registries",
    };
    let (identity, part) = match (&options.identity.iam_user, context.store.backend()) {
        (Some(_), _) => ("your IAM user", "its password"),
        (None, Backend::Keyring) => ("your access key", "it"),
        (None, Backend::File) => ("your access key", "its login key"),
    };
    let kept = match options.offline {
        true => format!("takes {identity}, keeps {part}"),
        false => format!("tries {identity}, keeps {part}"),
    };
    let place = context.store.backend().name();
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
pub(super) struct StorePlan {
    pub(super) target: Target,
    pub(super) project: Option<String>,
    pub(super) given: Given<Identity>,
    /// Makes docker ask the helper for the chosen registries. There is none if none is chosen, or
    /// if docker's configuration should not be changed.
    pub(super) docker: Option<ConfigurePlan>,
    /// The settings that are needed from now on.
    pub(super) settings: Vec<Needed>,
}

/// A setting that is not there yet.
pub(super) enum Needed {
    Backend(Backend),
    Cloud(String),
    Account { address: String, name: String },
}

impl StorePlan {
    /// Takes the values of the options, and asks for the rest.
    pub(super) fn complete(
        options: &Options,
        backend: Option<Backend>,
        stdio: &mut Stdio<'_>,
        context: &Context<'_>,
    ) -> Result<Self> {
        let settings = &context.settings;
        let mut target = Target::from_options(options, settings)?;
        if stdio.terminal.is_some() {
            // Nothing is asked for that could not be stored.
            context.unlock(stdio)?;
        }
        let source = &options.identity;
        let is_for_file = context.store.backend() == Backend::File;
        if is_for_file && !source.has_login_key() && stdio.terminal.is_some() {
            return Err(StoreError::NoSecretsInFile.into());
        }
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
            project = Some(ask_until(&mut person, PROJECT_QUESTION, |project| {
                target.check_project(Some(project), settings)?;
                Ok(project.to_owned())
            })?);
        }
        target.check_project(project.as_deref(), settings)?;
        // Whatever would fail should fail before the key is asked for.
        let docker = docker(&target, options, context.environment)?;
        let needed = needed(backend, &target, settings)?;
        if !needed.is_empty() {
            settings::check_writable(context.environment)?;
        }
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
            docker,
            settings: needed,
        })
    }

    /// Returns the registries that docker will ask the helper for with this key: the chosen ones,
    /// or else those that it asks for by now.
    pub(super) fn asked(&self, context: &Context<'_>) -> Vec<Registry> {
        match &self.target {
            Target::Account {
                name, registries, ..
            } if registries.is_empty() => {
                let key = self.key(context.environment.now());
                let mut routed = served::routed(name, &key, context);
                let has_its_own = |registry: &Registry| {
                    let slot = Slot::Registry(registry.address().to_owned());
                    matches!(context.store.read(&slot), Ok(Some(_)))
                };
                routed.retain(|registry| {
                    served::chosen(registry, context).as_ref() == Some(name)
                        && !has_its_own(registry)
                });
                routed
            }
            target => target.chosen().to_vec(),
        }
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

/// Returns the settings that the target and the selected store need.
fn needed(backend: Option<Backend>, target: &Target, settings: &Settings) -> Result<Vec<Needed>> {
    let backend = backend.filter(|backend| Some(*backend) != settings.backend);
    let mut needed: Vec<_> = backend.map(Needed::Backend).into_iter().collect();
    let Target::Account {
        name,
        cloud,
        registries,
    } = target
    else {
        return Ok(needed);
    };
    if !CLOUDS.contains(&cloud.as_str()) && !settings.clouds.contains(cloud) {
        needed.push(Needed::Cloud(cloud.clone()));
    }
    for registry in registries {
        let served_by = settings.for_registry(registry)?.account;
        if served_by.as_deref().unwrap_or(DEFAULT_ACCOUNT) != name {
            needed.push(Needed::Account {
                address: registry.address().to_owned(),
                name: name.clone(),
            });
        }
    }
    Ok(needed)
}

/// Plans to make docker ask the helper for the chosen registries.
fn docker(
    target: &Target,
    options: &Options,
    environment: &Environment,
) -> Result<Option<ConfigurePlan>> {
    let hosts = addresses(target.chosen());
    if options.no_configure || hosts.is_empty() {
        return Ok(None);
    }
    let file = ConfigFile::of_docker(None, environment)?;
    let plan = ConfigurePlan::to_add(&hosts, file, false, environment)?;
    plan.check_writable()?;
    Ok(Some(plan))
}

pub(super) fn addresses(registries: &[Registry]) -> Vec<String> {
    registries
        .iter()
        .map(|registry| registry.address().to_owned())
        .collect()
}

/// A key for a slot, and the key that it replaces.
pub(super) struct Approved {
    pub(super) slot: Slot,
    /// Whether nothing is stored there.
    pub(super) is_new: bool,
    pub(super) old: Option<StoredKey>,
    pub(super) key: StoredKey,
}

impl StorePlan {
    /// Returns the key for each slot, after the person has agreed to replace the old ones.
    pub(super) fn approved(
        &self,
        options: &Options,
        context: &Context<'_>,
        stdio: &mut Stdio<'_>,
    ) -> Result<Vec<Approved>> {
        let now = context.environment.now();
        let mut approved = Vec::new();
        for slot in self.target.slots() {
            let mut key = self.key(now).kept_in(context.store.backend())?;
            let record = context.store.read(&slot)?;
            let is_new = record.is_none();
            let old = record.unwrap_or_default().key;
            if let Some(old) = &old
                && old.identity.name() == key.identity.name()
            {
                // Storing the same key again keeps its project.
                key.project = key.project.or_else(|| old.project.clone());
            }
            approve(&slot, old.as_ref(), &key, options, stdio)?;
            approved.push(Approved {
                slot,
                is_new,
                old,
                key,
            });
        }
        Ok(approved)
    }
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
        _ if old.identity == key.identity || !old.identity.is_permanent() => return Ok(()),
        _ if old.identity.name() == key.identity.name() => (
            Error::OtherSk {
                slot: slot.described(),
                ak: shortened(key.identity.name()),
            },
            "replace it",
        ),
        _ => (would_replace(slot, Some(old)), "replace it"),
    };
    let Some(mut person) = stdio.person() else {
        return Err(error);
    };
    match agreed(&mut person, &format!("{error}; {what}?"))? {
        true => Ok(()),
        false => Err(ConsoleError::Stopped.into()),
    }
}

pub(super) fn would_replace(slot: &Slot, old: Option<&StoredKey>) -> Error {
    Error::WouldReplace {
        slot: slot.described(),
        ak: shortened(old.map_or("", |old| old.identity.name())),
    }
}
