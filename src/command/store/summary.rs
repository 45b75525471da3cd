//! What `store` says when it is done.

use super::options::Options;
use super::plan::{Approved, Needed, StorePlan, addresses};
use super::target::Target;
use super::trial::Tried;
use crate::command::context::Context;
use crate::command::error::Result;
use crate::command::unused::Unused;
use crate::command::{NAME, configure, served};
use crate::console::shell::{THEN, word};
use crate::login;
use crate::model::identity::Credential;
use crate::model::registry::{CLOUDS, Registry};
use crate::provider;
use crate::store::{DEFAULT_ACCOUNT, Slot};
use crate::system::environment::Environment;

/// Says what was stored, and what `get` answers now.
pub(super) fn stored(plan: &StorePlan, context: &Context<'_>) -> String {
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
                .map(|project| format!(", with the project `{project}` in its region"));
            let project = project.unwrap_or_default();
            let start = format!("stored in the {place} as the account `{name}`");
            let first = if name == DEFAULT_ACCOUNT {
                format!(
                    "{start}: docker logs in {user} to each `swr.<region>.{cloud}` for which it asks this helper{project}\n"
                )
            } else {
                format!(
                    "{start}: docker logs in {user} to each `swr.<region>.{cloud}` that is assigned to it{project}\n"
                )
            };
            let mut registries = registries.clone();
            for host in configure::routed(context.environment) {
                let registry = context.registry(&host).ok();
                registries.extend(registry.filter(|registry| {
                    let is_of_cloud = registry.swr().is_some_and(|(_, own)| own == cloud);
                    is_of_cloud
                        && !registries.contains(registry)
                        && served::chosen(registry, context).as_ref() == Some(name)
                }));
            }
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

/// Says what stays in the store that is used no more.
pub(super) fn left_behind(plan: &StorePlan, context: &Context<'_>) -> String {
    let is_selected = |needed: &Needed| matches!(needed, Needed::Backend(_));
    if !plan.settings.iter().any(is_selected) {
        return String::new();
    }
    match Unused::look(context) {
        Ok(unused) if !unused.slots.is_empty() => format!(
            "note: {}, which nothing uses from now on; `{NAME} erase --all` removes that, too\n",
            unused.described()
        ),
        _ => String::new(),
    }
}

/// Says how to undo what this changes: what docker did not ask for before, and what is stored where
/// nothing was. A key that is replaced is gone.
pub(super) fn undo(
    plan: &StorePlan,
    approved: &[Approved],
    options: &Options,
    environment: &Environment,
) -> String {
    let before = configure::routed(environment);
    let mut hosts = match options.no_configure {
        true => Vec::new(),
        false => addresses(plan.target.chosen()),
    };
    hosts.retain(|host| !before.contains(host));
    let new = approved.iter().filter(|approved| approved.is_new);
    let erased = new.map(|approved| match &approved.slot {
        Slot::Account(name) => format!(" --account {}", word(name)),
        Slot::Registry(address) => format!(" --registry {}", word(address)),
    });
    let erased: String = erased.collect();
    let mut commands = Vec::new();
    if !hosts.is_empty() {
        let hosts = hosts.join(",");
        commands.push(format!("{NAME} configure --remove --registry {hosts}"));
    }
    if !erased.is_empty() {
        commands.push(format!("{NAME} erase{erased}"));
    }
    match commands.is_empty() {
        true => String::new(),
        false => format!("undo: {}\n", commands.join(THEN)),
    }
}

/// Returns the next step for the person. `asked` are the registries that the key is for.
pub(super) fn next_step(
    target: &Target,
    asked: &[Registry],
    tried: &Tried,
    options: &Options,
) -> String {
    if let Some(registry) = &tried.refused_by {
        return format!(
            "next: {NAME} doctor {} --online\n",
            word(registry.address())
        );
    }
    let hosts = addresses(asked);
    // What is not chosen here, docker asks for already.
    let docker_asks = !options.no_configure || target.chosen().is_empty();
    if let (Some(host), true) = (hosts.first(), docker_asks) {
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
