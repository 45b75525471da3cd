//! `accounts`: what is stored, and which registries it serves.

use super::configure;
use super::context::Context;
use super::error::Result;
use crate::console::stdio::Stdio;
use crate::model::registry::Registry;
use crate::model::time::age;
use crate::provider::{chosen_account, key_serves};
use crate::store::{DEFAULT_ACCOUNT, Record, Slot, StoredKey};
use crate::system::environment::Environment;

/// Lists everything that is stored, a line each.
///
/// # Errors
///
/// What the settings and the store say.
pub fn run(stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    let context = Context::for_person(environment, None, stdio)?;
    let all = context.store.read_all()?;
    let mut lines = Vec::new();
    for listed in &all {
        if let Err(error) = &listed.record {
            lines.push(format!(
                "{}: cannot be read: {error}\n",
                place(&listed.slot)
            ));
        }
    }
    let now = environment.now();
    let records: Vec<_> = all
        .into_iter()
        .filter_map(|listed| Some((listed.slot, listed.record.ok()?)))
        .collect();
    for (slot, record) in &records {
        let place = place(slot);
        if let Some(key) = &record.key {
            let served = match slot {
                Slot::Account(name) => served(name, key, &records, &context),
                Slot::Registry(_) => String::new(),
            };
            let age = age(key.stored, now);
            lines.push(format!(
                "{place}: {}, {age}{served}\n",
                key.identity.described()
            ));
        }
        for plain in &record.logins {
            let (user, age) = (plain.login.shortened_username(), age(plain.stored, now));
            lines.push(format!("{place}: login of `{user}`, {age}\n"));
        }
    }
    lines.sort();
    if lines.is_empty() {
        lines.push("nothing is stored\n".to_owned());
    }
    Ok(stdio.print_lines(&lines.concat())?)
}

fn place(slot: &Slot) -> String {
    match slot {
        Slot::Account(name) => format!("account `{name}`"),
        Slot::Registry(address) => format!("registry `{address}`"),
    }
}

/// Says which registries an account may serve, and for which of them docker asks this helper.
fn served(
    account: &str,
    key: &StoredKey,
    records: &[(Slot, Record)],
    context: &Context<'_>,
) -> String {
    let named: Vec<&str> = context.settings.registries_of(account).collect();
    let may = match (account, &named[..]) {
        (DEFAULT_ACCOUNT, _) => format!(", serves swr.<region>.{}", key.served_cloud()),
        (_, []) => ", serves no registry yet".to_owned(),
        _ => String::new(),
    };
    let is_used = |registry: &Registry| {
        let own = Slot::Registry(registry.address().to_owned());
        let settings = context.settings.of(registry).unwrap_or_default();
        let chosen = chosen_account(registry, &settings, context.environment);
        let is_chosen = matches!(chosen, Ok(Some(chosen)) if chosen.name == account);
        is_chosen
            && key_serves(key, registry, &settings)
            && !records.iter().any(|(slot, _)| *slot == own)
    };
    let used: Vec<_> = configure::routed(context.environment)
        .iter()
        .filter_map(|host| context.registry(host).ok())
        .filter(is_used)
        .map(|registry| registry.address().to_owned())
        .collect();
    let list = |verb: &str, hosts: &[&str]| match hosts {
        [] => String::new(),
        hosts => format!(", {verb} {}", hosts.join(", ")),
    };
    let used: Vec<_> = used.iter().map(String::as_str).collect();
    may + &list("named for", &named) + &list("used by docker for", &used)
}
