//! Checks the helper itself, its settings and its store.

use std::path::Path;

use super::check::{Check, State};
use crate::command::NAME;
use crate::command::context::Context;
use crate::command::error::Error;
use crate::config::settings::Settings;
use crate::provider::ignored;
use crate::store::{Backend, Listed};
use crate::system::environment::Environment;
use crate::system::program;

/// Checks the helper and its settings.
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
    checks.extend(ignored(environment).into_iter().map(|(name, lacks)| {
        Check::warning(
            "environment",
            format!("{name} is ignored because {lacks} is not set; another identity is used"),
            "set both, or neither",
        )
    }));
    checks
}

/// The program that docker runs can be another one, such as an older version in another folder.
fn found(path: &Path, environment: &Environment) -> Check {
    let shown = path.display();
    let files = dunce::canonicalize(path).ok().zip(environment.program());
    match files {
        Some((docker_runs, this)) if docker_runs != this => Check::warning(
            "helper",
            format!("docker runs {shown}, and this is {}", this.display()),
            "remove the wrong one, or put the folder of the right one first in PATH",
        ),
        _ => Check::ok("helper", format!("docker runs {shown}")),
    }
}

/// Checks the store, and whether records can be read and written.
pub(super) fn of_the_store(context: &Context<'_>) -> Vec<Check> {
    let ready = match context.store.backend() {
        Backend::Keyring => "the keyring is ready",
        Backend::File => "the file store is ready; it holds login keys and no SK",
    };
    let store = &context.store;
    match store.check_writable().and_then(|()| store.read_all()) {
        Ok(all) => {
            let mut checks: Vec<_> = all.into_iter().flat_map(of_a_record).collect();
            if checks.is_empty() {
                checks.push(Check::ok("store", ready));
            }
            checks
        }
        // Other providers may still answer.
        Err(error) => vec![Check::of_error(
            "store",
            State::Warning,
            &Error::from(error),
        )],
    }
}

fn of_a_record(listed: Listed) -> Vec<Check> {
    let mut checks = Vec::new();
    let slot = listed.slot.described();
    if listed.copies > 1 {
        let copies = listed.copies;
        checks.push(Check::warning(
            "store",
            format!("the keyring holds {slot} {copies} times; the one that was changed last is used"),
            "delete the older ones with the keyring's own program, or remove all with `docker-credential-swr erase` and store it again",
        ));
    }
    if let Err(error) = listed.record {
        checks.push(Check::of_error(
            "store",
            State::Warning,
            &Error::from(error),
        ));
    }
    checks
}
