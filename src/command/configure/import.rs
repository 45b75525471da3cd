//! Moves logins that stand in a client's configuration in plain text to the store.

use super::file::Edit;
use crate::command::store::protocol::{Moved, move_in};
use crate::command::{Context, NAME, Stdio};
use crate::docker_config::{DockerConfig, HELPER};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::protocol::{StoreRequest, has_control};
use crate::provider::VARIABLE;
use crate::registry::Registry;
use crate::settings::Settings;
use crate::store::Backend;

/// Moves the logins of `hosts`, or of all that the file routes to this helper if there are none, and takes them
/// out of `edit`. Returns a line for each. What stops one of them stops all; `stored` then names those that are in
/// the store by now. A dry run does not ask the store.
pub(super) fn run(
    edit: &mut Edit<'_>,
    hosts: &[String],
    dry_run: bool,
    stdio: &mut Stdio<'_>,
    environment: &Environment,
    stored: &mut Vec<String>,
) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut requests = Vec::new();
    let hosts = match hosts {
        [] => routed(edit.config()),
        hosts => hosts.to_vec(),
    };
    for host in hosts {
        match request_of(edit.config(), &host)? {
            Some(request) => requests.push((host, request)),
            None => lines.push(format!("  {host}: no login stands there in plain text")),
        }
    }
    if requests.is_empty() {
        if lines.is_empty() {
            let client = edit.client().name();
            lines.push(format!(
                "  no login stands there in plain text that {client} would ask {NAME} for"
            ));
        }
        return Ok(lines);
    }
    let (place, context) = if dry_run {
        let settings = Settings::load(environment)?.checked()?;
        (Backend::chosen(environment, &settings)?, None)
    } else {
        let context = Context::for_person(environment, None, stdio)?;
        (context.store.backend(), Some(context))
    };
    let place = match place {
        Backend::Keyring => "keyring",
        Backend::File => "file store",
    };
    for (host, request) in requests {
        let moved = match &context {
            Some(context) => Some(store(context, &host, request, edit)?),
            None => None,
        };
        if moved.is_some() {
            stored.push(host.clone());
        }
        edit.change(|config| config.remove_logins(&host))?;
        lines.push(match moved {
            None => format!("  {host}: the login that stands there would move to the {place}"),
            Some(Moved::Before) => {
                format!("  {host}: the login that stood there is what {NAME} answers anyway")
            }
            Some(_) => format!("  {host}: the login that stood there is in the {place} now"),
        });
    }
    Ok(lines)
}

/// Returns the registries whose logins stand in the file although it routes them to this helper.
fn routed(config: &DockerConfig) -> Vec<String> {
    let mut hosts = Vec::new();
    for address in config.plain_addresses() {
        let Ok(registry) = Registry::parse(&address, &[]) else {
            continue;
        };
        let host = registry.address().to_owned();
        let is_ours = config
            .helper_of(&host)
            .is_some_and(|helper| helper == HELPER);
        if is_ours && !hosts.contains(&host) && !config.plain_logins(&host).is_empty() {
            hosts.push(host);
        }
    }
    hosts
}

/// Returns the login of a registry as a client would hand it over.
fn request_of(config: &DockerConfig, host: &str) -> Result<Option<StoreRequest>> {
    let refused = |why: &str, hint: Option<&str>| Error::Import {
        address: host.to_owned(),
        why: why.to_owned(),
        hint: hint.map(str::to_owned),
    };
    let mut logins = config.plain_logins(host).into_iter();
    let Some(first) = logins.next() else {
        return Ok(None);
    };
    let not_unicode = || refused("it is not Unicode", None);
    let first = first.ok_or_else(not_unicode)?;
    for other in logins {
        let other = other.ok_or_else(not_unicode)?;
        if (&other.username, &other.password) != (&first.username, &first.password) {
            return Err(refused(
                "the file has another one too",
                Some("take out by hand the one that is wrong"),
            ));
        }
    }
    if has_control(&first.username) {
        return Err(refused("its username holds a control byte", None));
    }
    StoreRequest::new(&first.address, first.username, first.password)
        .map(Some)
        .map_err(|error| refused(&error.to_string(), error.hint().as_deref()))
}

/// Keeps one login.
fn store(
    context: &Context<'_>,
    host: &str,
    request: StoreRequest,
    edit: &Edit<'_>,
) -> Result<Moved> {
    let (why, hint) = match move_in(context, request) {
        Ok(moved @ (Moved::Now | Moved::Before)) => return Ok(moved),
        Ok(Moved::WouldHideKey) => (
            format!("it would hide what {NAME} answers for it"),
            Some(format!("`{}` drops it", edit.logout(host))),
        ),
        Ok(Moved::HasAnother) => (
            format!("{NAME} has another one, and only you know which is right"),
            Some(format!(
                "`{NAME} erase --registry {host}` drops the other one"
            )),
        ),
        Ok(Moved::NotAsked) => (
            format!("{NAME} would not answer it: its chain leaves out `registry`"),
            Some(format!(
                "{VARIABLE}, or `providers` in the settings, says so"
            )),
        ),
        Ok(Moved::Lost) => ("the store did not give it back".to_owned(), None),
        Err(error) => (error.to_string(), error.hint()),
    };
    Err(Error::Import {
        address: host.to_owned(),
        why,
        hint,
    })
}
