//! `list`: every server that `get` is known to have a login for, with its username.

use super::configure;
use super::context::{Context, PROTOCOL_LIMIT};
use super::error::Result;
use super::protocol;
use crate::console::stdio::Stdio;
use crate::model::chain::Provider;
use crate::model::login::Username;
use crate::model::registry::Registry;
use crate::provider::{chosen_account, key_serves};
use crate::store::{self, KeyringState, PlainLogin, Record, Slot, StoreError, StoredKey};
use crate::system::environment::Environment;

/// Lists servers with their usernames. Never touches stdin: some clients leave it open.
///
/// # Errors
///
/// What the store says; where there is none, nothing is listed.
pub fn run(stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    let deadline = environment.deadline(PROTOCOL_LIMIT)?;
    let context = Context::for_protocol(environment, deadline)?;
    let records = match context.store.read_all().and_then(store::readable) {
        // Where there is no keyring nothing can be stored, and classic builds fail with a failing `list`.
        Err(StoreError::Keyring(KeyringState::Absent(_))) => Vec::new(),
        result => result?,
    };
    let chain = context.settings.chain(environment)?;
    let mut logins = Vec::new();
    if chain.contains(&Provider::Default) {
        logins.extend(served(&context, &records));
    }
    // What is stored for a registry itself goes before its account.
    if chain.contains(&Provider::Registry) {
        let own = records.into_iter();
        let own = own.filter_map(|(slot, record)| stored(&context, slot, record));
        logins.extend(own.flatten());
    }
    let pairs = logins
        .iter()
        .map(|(server_url, username)| (server_url.as_str(), username.as_str()));
    Ok(stdio.print(&protocol::list_reply(pairs))?)
}

/// Returns what is listed of a record: only what `get` answers under the same name, as some clients
/// ask for each and give up at the first that fails.
fn stored(context: &Context<'_>, slot: Slot, record: Record) -> Option<Vec<(String, String)>> {
    let Slot::Registry(address) = slot else {
        return None;
    };
    let registry = context.registry(&address).ok()?;
    let settings = context.settings.of(&registry).ok()?;
    if !record.logins.is_empty() {
        let listed = |login: PlainLogin| (login.server_url, login.login.username);
        return Some(record.logins.into_iter().map(listed).collect());
    }
    let key = record
        .key
        .filter(|_| settings.takes_access_key(registry.kind()))?;
    let username = username(&registry, &key, [&key.project, &settings.project])?;
    Some(vec![(address, username)])
}

/// Returns the registries that an account serves, of those that docker's configuration or the settings name: where this
/// helper is docker's store for all registries, classic builds and docker's SDK ask only for what is listed.
fn served(context: &Context<'_>, records: &[(Slot, Record)]) -> Vec<(String, String)> {
    let named = context.settings.registries().map(str::to_owned);
    let hosts = configure::routed(context.environment).into_iter();
    hosts
        .chain(named)
        .filter_map(|host| login_of_account(context, records, &host))
        .collect()
}

fn login_of_account(
    context: &Context<'_>,
    records: &[(Slot, Record)],
    host: &str,
) -> Option<(String, String)> {
    let registry = context.registry(host).ok()?;
    let settings = context.settings.of(&registry).ok()?;
    let chosen = chosen_account(&registry, &settings, context.environment).ok()??;
    let account = Slot::Account(chosen.name);
    let (_, record) = records.iter().find(|(slot, _)| *slot == account)?;
    let key = record.key.as_ref()?;
    if !key_serves(key, &registry, &settings) {
        return None;
    }
    let username = username(&registry, key, [&settings.project, &key.project])?;
    Some((registry.address().to_owned(), username))
}

fn username(
    registry: &Registry,
    key: &StoredKey,
    projects: [&Option<String>; 2],
) -> Option<String> {
    let project = registry.project(projects.map(Option::as_deref))?;
    let ak = key.identity.name();
    Some(Username { project, ak }.to_string())
}
