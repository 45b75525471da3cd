//! `list`: every server that a login is stored for, with its username.

use super::{Context, PROTOCOL_LIMIT, Stdio, print};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::protocol;
use crate::registry::Registry;
use crate::store::{KeyringState, Record, Slot, StoreError};

/// Never touches stdin: some clients leave it open.
pub(super) fn run(stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    let deadline = environment.deadline(PROTOCOL_LIMIT)?;
    let context = Context::for_protocol(environment, deadline)?;
    let records = match context.store.read_all() {
        // Where there is no keyring nothing can be stored, and classic builds fail with a failing `list`.
        Err(StoreError::Keyring(KeyringState::Absent(_))) => Vec::new(),
        result => result?,
    };
    let logins: Vec<(String, String)> = records
        .into_iter()
        .flat_map(|(slot, record)| logins(&context, slot, record))
        .collect();
    let pairs = logins
        .iter()
        .map(|(server_url, username)| (server_url.as_str(), username.as_str()));
    print(stdio, &protocol::list_reply(pairs))
}

/// Returns what is listed of a record: only what `get` would answer under the same name.
fn logins(context: &Context<'_>, slot: Slot, record: Record) -> Vec<(String, String)> {
    let Slot::Registry(address) = slot else {
        return Vec::new();
    };
    if !record.logins.is_empty() {
        let listed = |login: crate::store::PlainLogin| (login.server_url, login.login.username);
        return record.logins.into_iter().map(listed).collect();
    }
    let username = record.key.ok_or(Error::NotFound).and_then(|key| {
        let registry = Registry::parse(&address, &context.settings.clouds)?;
        let settings = context.settings.of(&registry)?;
        let wanted = [key.project.as_deref(), settings.project.as_deref()];
        let project = registry.project(wanted).ok_or(Error::NotFound)?;
        Ok(format!("{project}@{}", key.identity.name()))
    });
    username
        .map(|username| vec![(address, username)])
        .unwrap_or_default()
}
