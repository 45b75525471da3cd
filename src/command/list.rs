//! `list`: lists every server that `get` has a login for, with its username.

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

/// Lists servers with their usernames. Never reads stdin, because some clients leave it open.
///
/// # Errors
///
/// Any error of the store. A missing keyring lists nothing.
pub fn run(stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    let deadline = environment.deadline(PROTOCOL_LIMIT)?;
    let context = Context::for_protocol(environment, deadline)?;
    let logins = logins(&context)?;
    let pairs = logins
        .iter()
        .map(|(server_url, username)| (server_url.as_str(), username.as_str()));
    Ok(stdio.print(&protocol::list_reply(pairs))?)
}

/// Returns each server that something stored is used for, with its username.
///
/// # Errors
///
/// Any error of the store and of the settings.
pub(super) fn logins(context: &Context<'_>) -> Result<Vec<(String, String)>> {
    let records = match context.store.read_all().and_then(store::readable) {
        // Without a keyring nothing can be stored, and a failing `list` would break classic builds.
        Err(StoreError::Keyring(KeyringState::Absent(_))) => Vec::new(),
        result => result?,
    };
    let chain = context.settings.chain(context.environment)?;
    let mut logins = Vec::new();
    if chain.contains(&Provider::Default) {
        logins.extend(served(context, &records));
    }
    // What is stored for a registry wins over its account.
    if chain.contains(&Provider::Registry) {
        let own = records.into_iter();
        let own = own.filter_map(|(slot, record)| stored(context, slot, record));
        logins.extend(own.flatten());
    }
    Ok(logins)
}

/// Returns the entries for a record: only what `get` answers under the same name, because some
/// clients ask for each of them and stop at the first that fails.
fn stored(context: &Context<'_>, slot: Slot, record: Record) -> Option<Vec<(String, String)>> {
    let Slot::Registry(address) = slot else {
        return None;
    };
    let registry = context.registry(&address).ok()?;
    let settings = context.settings.for_registry(&registry).ok()?;
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

/// Returns the registries that an account serves, of those in docker's configuration or in the
/// settings. If this helper is docker's store for all registries, classic builds and docker's SDK
/// only ask for what is listed.
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
    let settings = context.settings.for_registry(&registry).ok()?;
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
