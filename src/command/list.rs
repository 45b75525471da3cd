//! `list`: every server that a login is stored for, with its username.

use super::context::{Context, PROTOCOL_LIMIT};
use super::error::Result;
use super::protocol;
use crate::console::stdio::Stdio;
use crate::model::chain::Provider;
use crate::model::login::Username;
use crate::model::registry::Registry;
use crate::store::{self, KeyringState, PlainLogin, Record, Slot, StoreError};
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
    let logins: Vec<(String, String)> = records
        .into_iter()
        .filter(|_| chain.contains(&Provider::Registry))
        .filter_map(|(slot, record)| logins(&context, slot, record))
        .flatten()
        .collect();
    let pairs = logins
        .iter()
        .map(|(server_url, username)| (server_url.as_str(), username.as_str()));
    Ok(stdio.print(&protocol::list_reply(pairs))?)
}

/// Returns what is listed of a record: only what `get` answers under the same name, as some clients
/// ask for each and give up at the first that fails.
fn logins(context: &Context<'_>, slot: Slot, record: Record) -> Option<Vec<(String, String)>> {
    let Slot::Registry(address) = slot else {
        return None;
    };
    let registry = Registry::parse(&address, &context.settings.clouds).ok()?;
    let settings = context.settings.of(&registry).ok()?;
    if !record.logins.is_empty() {
        let listed = |login: PlainLogin| (login.server_url, login.login.username);
        return Some(record.logins.into_iter().map(listed).collect());
    }
    let key = record
        .key
        .filter(|_| settings.takes_access_key(registry.kind()))?;
    let project = registry.project([key.project.as_deref(), settings.project.as_deref()])?;
    let ak = key.identity.name();
    let username = Username { project, ak }.to_string();
    Some(vec![(address, username)])
}
