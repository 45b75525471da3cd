//! `erase`: removes a login. Docker can remove what it stored; people can remove anything.

use clap::Args;

use super::context::{Context, PROTOCOL_LIMIT, drop_everything, drop_stale};
use super::error::{Error, Result};
use super::questions::agreed;
use super::unused::Unused;
use super::{NAME, configure, list, protocol, served};
use crate::config::settings;
use crate::console::error::ConsoleError;
use crate::console::stdio::Stdio;
use crate::model::regions;
use crate::model::registry::Registry;
use crate::store::{self, Backend, KeyringState, Origin, Record, Slot, StoreError};
use crate::system::environment::Environment;

/// Options of `erase` for people.
#[derive(Args)]
#[group(required = true, multiple = true)]
pub struct Options {
    /// Remove everything stored for this registry, named by host or region; may be given more than
    /// once, or with commas
    #[arg(long = "registry", value_name = "HOST", value_delimiter = ',')]
    pub(crate) registries: Vec<String>,
    /// Remove the access key of this account
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// Remove everything from both stores, once you have agreed
    #[arg(long, conflicts_with_all = ["registries", "account"])]
    pub(crate) all: bool,
    /// With `--all`: do not ask whether that is meant
    #[arg(long, short = 'y', requires = "all")]
    pub(crate) yes: bool,
}

/// Docker's form: the server URL is on stdin.
///
/// Docker's `logout` never shows a failure, and skopeo of Debian 12 crashes on one. So a server URL
/// that is refused and a missing keyring, which cannot hold a login, give exit code 0.
///
/// # Errors
///
/// Any error of the store.
pub fn run(stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    let deadline = environment.deadline(PROTOCOL_LIMIT)?;
    let input = stdio.read_stdin(deadline, "the registry to remove")?;
    let server_url = protocol::parse_server_url(&input)?;
    let context = Context::for_protocol(environment, deadline)?;
    let Ok(registry) = context.registry(server_url) else {
        return Ok(());
    };
    let slot = Slot::Registry(registry.address().to_owned());
    let forgotten = store::update(&*context.store, environment, deadline, &slot, |record| {
        forget(record, &registry);
        Ok(())
    });
    drop_stale(environment, &slot, deadline);
    match forgotten {
        Err(Error::Store(error)) if error.is_no_keyring() => Ok(()),
        Err(Error::Store(StoreError::Keyring(KeyringState::Empty))) => Ok(()),
        result => result,
    }
}

/// Removes what a client stored: the plain login that `get` would answer with, and an access key
/// that came by the protocol. What a person stored stays.
fn forget(record: &mut Record, registry: &Registry) {
    let is_exact = |server_url: &str| server_url == registry.server_url();
    if record
        .logins
        .iter()
        .any(|login| is_exact(&login.server_url))
    {
        record.logins.retain(|login| !is_exact(&login.server_url));
    } else {
        record.logins.clear();
    }
    record.key.take_if(|key| key.origin == Origin::Protocol);
}

/// The form for people: removes whole slots.
///
/// # Errors
///
/// Any error of the store.
pub fn run_for_person(
    options: &Options,
    stdio: &mut Stdio<'_>,
    environment: &Environment,
) -> Result<()> {
    if options.all {
        drop_everything(environment, environment.deadline(PROTOCOL_LIMIT)?);
    }
    let mut context = Context::for_person(environment, None, stdio)?;
    let mut slots = if options.all {
        context
            .store
            .read_all()?
            .into_iter()
            .map(|listed| listed.slot)
            .collect()
    } else {
        named_slots(&context, options)?
    };
    // A keyring returns them in its own order.
    slots.sort();
    // A variable means one store alone.
    let is_alone = !options.all || environment.variable(Backend::VARIABLE)?.is_some();
    let unused = (!is_alone).then(|| Unused::look(&context));
    let (unused, unseen) = match unused.transpose() {
        Ok(unused) => (unused, None),
        Err(error) => (None, Some(error)),
    };
    let others = unused.as_ref().map_or(&[][..], |unused| &unused.slots);
    if slots.is_empty() && others.is_empty() {
        stdio.print_lines("nothing is stored\n")?;
        return Ok(stdio.report(&not_seen(unseen), environment)?);
    }
    if options.all && !options.yes {
        agree(&[&slots, others].concat(), stdio)?;
    }
    for slot in &slots {
        // Even if the store failed: what was cached must no longer be used.
        let deadline = context.deadline.renewed();
        drop_stale(environment, slot, deadline);
        let was_there = store::remove(&*context.store, environment, deadline, slot)?;
        let line = match was_there {
            true => format!("removed {}\n", slot.described()),
            false => format!("nothing is stored for {}\n", slot.described()),
        };
        stdio.print_lines(&line)?;
    }
    if let Some(unused) = &unused {
        empty(unused, &context, stdio)?;
    }
    let hosts = served_by(&slots, &context);
    let unassigned = unassign(&slots, &mut context);
    let said = unassigned + &left(hosts, &context) + &not_seen(unseen);
    Ok(stdio.report(&said, environment)?)
}

/// Removes everything from the store that is not selected.
fn empty(unused: &Unused, context: &Context<'_>, stdio: &mut Stdio<'_>) -> Result<()> {
    let place = unused.store.backend().name();
    for slot in &unused.slots {
        let deadline = context.deadline.renewed();
        store::remove(&*unused.store, context.environment, deadline, slot)?;
        stdio.print_lines(&format!("removed {} from the {place}\n", slot.described()))?;
    }
    Ok(())
}

/// Says that the store that is not selected may hold something still.
fn not_seen(why: Option<Error>) -> String {
    why.map_or(String::new(), |error| {
        format!("note: the other store was not looked into: {error}\n")
    })
}

/// Lets the settings assign no registry to an account that is gone, for which `get` would fail.
fn unassign(erased: &[Slot], context: &mut Context<'_>) -> String {
    let mut said = String::new();
    for slot in erased {
        let Slot::Account(name) = slot else { continue };
        let assigned: Vec<_> = context.settings.registries_of(name).collect();
        if assigned.is_empty() {
            continue;
        }
        let assigned = assigned.join(", ");
        match settings::forget_account(context.environment, name) {
            Ok(settings) => {
                said += &format!(
                    "the settings no longer assign {assigned} to {}\n",
                    slot.described()
                );
                context.settings = settings;
            }
            Err(error) => {
                said += &format!(
                    "note: the settings still assign {assigned} to {}: {error}\n",
                    slot.described()
                );
            }
        }
    }
    said
}

/// Asks for confirmation, because an SK can be downloaded only once.
fn agree(slots: &[Slot], stdio: &mut Stdio<'_>) -> Result<()> {
    let names: Vec<_> = slots.iter().map(Slot::described).collect();
    let names = names.join(", ");
    let Some(mut person) = stdio.person() else {
        return Err(Error::WouldForget { names });
    };
    match agreed(&mut person, &format!("forget {names}?"))? {
        true => Ok(()),
        false => Err(ConsoleError::Stopped.into()),
    }
}

/// Returns the registries that docker asks for and that these slots serve.
fn served_by(slots: &[Slot], context: &Context<'_>) -> Vec<String> {
    let mut hosts = configure::routed(context.environment);
    hosts.retain(|host| uses(context, host, slots));
    hosts
}

/// Tells what docker does now for the registries that were served by what was erased.
fn left(hosts: Vec<String>, context: &Context<'_>) -> String {
    // What was asked for is done. Docker asks in any case, even if nobody knows who answers.
    let logins = list::logins(context).unwrap_or_default();
    let mut said = String::new();
    let mut unserved = Vec::new();
    for host in hosts {
        match logins.iter().rfind(|(server_url, _)| *server_url == host) {
            Some((_, username)) => {
                said += &format!("note: docker still logs in to {host} as `{username}`\n");
            }
            None => unserved.push(host),
        }
    }
    if !unserved.is_empty() {
        said += &format!(
            "note: docker still asks {NAME} for {}\nnext: {NAME} configure --remove --registry {}\n",
            unserved.join(", "),
            unserved.join(",")
        );
    }
    said
}

/// Returns whether a login for the registry would come from one of these slots.
fn uses(context: &Context<'_>, host: &str, slots: &[Slot]) -> bool {
    let registry = context.registry(host).ok();
    let account = registry.and_then(|registry| served::chosen(&registry, context));
    slots.contains(&Slot::Registry(host.to_owned()))
        || account.is_some_and(|name| slots.contains(&Slot::Account(name)))
}

fn named_slots(context: &Context<'_>, options: &Options) -> Result<Vec<Slot>> {
    let mut slots = Vec::new();
    for host in regions::hosts_meant(&options.registries)? {
        slots.push(Slot::Registry(
            context.registry(&host)?.address().to_owned(),
        ));
    }
    slots.extend(options.account.iter().cloned().map(Slot::Account));
    Ok(slots)
}
