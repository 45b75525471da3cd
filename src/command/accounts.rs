//! `accounts`: lists what is stored, and which registries it serves.

use clap::Args;
use serde::Serialize;

use super::configure;
use super::context::{Context, PROTOCOL_LIMIT};
use super::error::Result;
use crate::console::stdio::Stdio;
use crate::model::identity::Identity;
use crate::model::registry::Registry;
use crate::model::time::{age, iso};
use crate::provider::{chosen_account, key_serves};
use crate::store::{DEFAULT_ACCOUNT, Listed, Record, Slot, StoredKey};
use crate::system::environment::Environment;

/// Options of `accounts`.
#[derive(Args)]
pub struct Options {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the names of the accounts alone, a line each; a locked keyring is not opened for it
    #[arg(long, conflicts_with = "json")]
    pub(crate) names: bool,
}

/// Lists everything that is stored, one line each.
///
/// # Errors
///
/// Any error of the settings or of the store.
pub fn run(options: &Options, stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    if options.names {
        return print_names(stdio, environment);
    }
    let context = Context::for_person(environment, None, stdio)?;
    let mut entries = entries(context.store.read_all()?, &context);
    if options.json {
        entries.sort_by(|a, b| (&a.place, &a.login).cmp(&(&b.place, &b.login)));
        let json = serde_json::to_string_pretty(&entries).expect("texts are written to memory");
        return Ok(stdio.print(format!("{json}\n").as_bytes())?);
    }
    let now = environment.now();
    let mut lines: Vec<_> = entries.iter().map(|entry| entry.line(now)).collect();
    lines.sort();
    if lines.is_empty() {
        lines.push("nothing is stored\n".to_owned());
    }
    Ok(stdio.print_lines(&lines.concat())?)
}

/// Shells complete these names.
fn print_names(stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    let context = Context::for_protocol(environment, environment.deadline(PROTOCOL_LIMIT)?)?;
    let names = context
        .store
        .read_all()?
        .into_iter()
        .filter_map(|listed| match listed.slot {
            Slot::Account(name) => Some(name + "\n"),
            Slot::Registry(_) => None,
        });
    let mut names: Vec<_> = names.collect();
    names.sort();
    Ok(stdio.print_lines(&names.concat())?)
}

/// Where something is stored.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Place {
    Account(String),
    Registry(String),
}

/// Something that is stored, without its secret.
#[derive(Serialize)]
struct Entry {
    #[serde(flatten)]
    place: Place,
    /// The identity, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
    /// The username, shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<String>,
    /// Why it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// When it was stored, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    stored: Option<u64>,
    /// When a temporary key expires, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends: Option<u64>,
    #[serde(flatten)]
    #[serde(skip_serializing_if = "Option::is_none")]
    served: Option<Served>,
}

/// The registries that an account can serve, and those of them that docker asks this helper for.
#[derive(Serialize)]
struct Served {
    cloud: String,
    named_for: Vec<String>,
    used_by_docker_for: Vec<String>,
}

fn entries(all: Vec<Listed>, context: &Context<'_>) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut records = Vec::new();
    for listed in all {
        match listed.record {
            Ok(record) => records.push((listed.slot, record)),
            Err(error) => entries.push(Entry {
                error: Some(error.to_string()),
                ..Entry::at(&listed.slot)
            }),
        }
    }
    for (slot, record) in &records {
        if let Some(key) = &record.key {
            entries.push(Entry {
                identity: Some(key.identity.described()),
                stored: Some(key.stored),
                ends: match &key.identity {
                    Identity::TemporaryKey(key) => key.expires,
                    _ => None,
                },
                served: match slot {
                    Slot::Account(name) => Some(served(name, key, &records, context)),
                    Slot::Registry(_) => None,
                },
                ..Entry::at(slot)
            });
        }
        entries.extend(record.logins.iter().map(|plain| Entry {
            login: Some(plain.login.shortened_username()),
            stored: Some(plain.stored),
            ..Entry::at(slot)
        }));
    }
    entries
}

impl Entry {
    fn at(slot: &Slot) -> Self {
        Self {
            place: match slot {
                Slot::Account(name) => Place::Account(name.clone()),
                Slot::Registry(address) => Place::Registry(address.clone()),
            },
            identity: None,
            login: None,
            error: None,
            stored: None,
            ends: None,
            served: None,
        }
    }

    fn line(&self, now: u64) -> String {
        let place = match &self.place {
            Place::Account(name) => format!("account `{name}`"),
            Place::Registry(address) => format!("registry `{address}`"),
        };
        let what = match (&self.error, &self.identity, &self.login) {
            (Some(error), ..) => format!("cannot be read: {error}"),
            (_, Some(identity), _) => identity.clone(),
            (_, _, login) => format!("login of `{}`", login.as_deref().unwrap_or_default()),
        };
        let age = self.stored.map(|stored| format!(", {}", age(stored, now)));
        let ends = self.ends.map(|end| ending(end, now));
        let served = self
            .served
            .as_ref()
            .map(|served| served.described(&self.place));
        format!(
            "{place}: {what}{}{}{}\n",
            age.unwrap_or_default(),
            ends.unwrap_or_default(),
            served.unwrap_or_default()
        )
    }
}

impl Served {
    fn described(&self, place: &Place) -> String {
        let is_default = matches!(place, Place::Account(name) if name == DEFAULT_ACCOUNT);
        let may = match (is_default, &self.named_for[..]) {
            (true, _) => format!(", serves swr.<region>.{}", self.cloud),
            (false, []) => ", serves no registry yet".to_owned(),
            _ => String::new(),
        };
        let list = |verb: &str, hosts: &[String]| match hosts {
            [] => String::new(),
            hosts => format!(", {verb} {}", hosts.join(", ")),
        };
        may + &list("named for", &self.named_for)
            + &list("used by docker for", &self.used_by_docker_for)
    }
}

/// Returns the registries that an account can serve, and those of them that docker asks this helper
/// for.
fn served(
    account: &str,
    key: &StoredKey,
    records: &[(Slot, Record)],
    context: &Context<'_>,
) -> Served {
    let is_used = |registry: &Registry| {
        let own = Slot::Registry(registry.address().to_owned());
        let settings = context.settings.for_registry(registry).unwrap_or_default();
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
    let named = context.settings.registries_of(account);
    Served {
        cloud: key.served_cloud().to_owned(),
        named_for: named.map(str::to_owned).collect(),
        used_by_docker_for: used,
    }
}

/// Says when a temporary key expires, or that it has expired.
fn ending(end: u64, now: u64) -> String {
    let verb = if end <= now { "ended" } else { "ends" };
    format!(", {verb} at {}", iso(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_key_is_listed_with_its_expiry() {
        let end = 1_784_796_367;
        assert_eq!(ending(end, end - 1), ", ends at 2026-07-23T08:46:07Z");
        assert_eq!(ending(end, end), ", ended at 2026-07-23T08:46:07Z");
    }
}
