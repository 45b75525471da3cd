//! The checks of the helper itself, and of where it keeps what it knows.

use std::path::Path;

use super::check::{Check, State};
use crate::command::NAME;
use crate::command::context::Context;
use crate::command::error::Error;
use crate::config::settings::Settings;
use crate::store::Backend;
use crate::system::environment::Environment;
use crate::system::program;

/// Checks the helper itself and the settings.
pub(super) fn of_the_machine(environment: &Environment) -> Vec<Check> {
    let mut checks = vec![match program::find(environment, NAME) {
        Some(path) => found(&path, environment),
        None => Check::failed(
            "helper",
            format!("{NAME} is not on PATH, so docker cannot run it"),
            "install it into a folder that is on PATH",
        ),
    }];
    match Settings::load(environment)
        .and_then(Settings::checked)
        .map_err(Error::from)
    {
        Ok(_) => checks.push(Check::ok("settings", "no problems found")),
        Err(error) => checks.push(Check::of_error("settings", State::Warning, &error)),
    }
    checks
}

/// What docker runs need not be what this person runs, such as an older one in another folder.
fn found(path: &Path, environment: &Environment) -> Check {
    let shown = path.display();
    let files = dunce::canonicalize(path).ok().zip(environment.program());
    match files {
        Some((docker_runs, this)) if docker_runs != this => Check::warning(
            "helper",
            format!("docker runs {shown}, and this is {}", this.display()),
            "remove the one that is not meant, or let the other's folder come first in PATH",
        ),
        _ => Check::ok("helper", format!("docker runs {shown}")),
    }
}

/// Checks where records live, and whether they can be written.
pub(super) fn of_the_store(context: &Context<'_>) -> Vec<Check> {
    let backend = context.store.backend();
    let check = match (backend, context.store.check_writable()) {
        (Backend::Keyring, Ok(())) => Check::ok("store", "the keyring is ready"),
        (Backend::File, Ok(())) => Check::ok(
            "store",
            "the file store is ready; it holds login keys and no SK",
        ),
        // Other providers may answer all the same.
        (_, Err(error)) => Check::of_error("store", State::Warning, &Error::from(error)),
    };
    vec![check]
}
