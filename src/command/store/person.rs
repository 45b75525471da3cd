//! `store` for people, the complete set-up: stores the key, makes docker ask the helper for the
//! chosen registries, and tries the login. It asks for what the options leave out before it changes
//! anything.

use super::options::Options;
use super::plan::{Approved, Needed, StorePlan, would_replace};
use super::{summary, trial};
use crate::command::configure::ConfigurePlan;
use crate::command::context::{Context, drop_everything, drop_stale};
use crate::command::error::Result;
use crate::command::questions::agreed;
use crate::config::client_file::ConfigFile;
use crate::config::settings;
use crate::console::stdio::Stdio;
use crate::store::{self, Backend, KeyringState, StoreError, StoredKey};
use crate::system::environment::Environment;

/// Stores an access key and sets up docker.
///
/// # Errors
///
/// Any error that a person must know. Nothing is changed before the first line of output.
pub fn run(options: &Options, stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    environment.check_home()?;
    let (mut context, backend) = context(options, stdio, environment)?;
    check_docker(options, stdio, environment)?;
    let mut plan = StorePlan::complete(options, backend, stdio, &context)?;
    context.unlock(stdio)?;
    let approved = plan.approved(options, &context, stdio)?;
    // What the trial cached belongs to the new key, and the first `get` uses it.
    for Approved { slot, .. } in &approved {
        drop_stale(environment, slot, context.deadline.renewed());
    }
    let asked = plan.asked(&context);
    let tried = trial::run(&approved, &asked, options, &context, stdio)?;
    let undo = match stdio.terminal {
        Some(_) => summary::undo(&plan, &approved, options, environment),
        None => String::new(),
    };
    keep(approved, &context)?;
    remember(&plan.settings, &mut context)?;
    let mut done = summary::stored(&plan, &context) + &plan.given.warning();
    done += &summary::left_behind(&plan, &context);
    let next_step = summary::next_step(&plan.target, &asked, &tried, options);
    let set_up = match plan.docker.take() {
        Some(docker) => docker.carry_out(false),
        None => Ok(String::new()),
    };
    done += set_up.as_deref().unwrap_or_default();
    stdio.report(&done, environment)?;
    set_up?;
    Ok(stdio.report(&(tried.lines + &undo + &next_step), environment)?)
}

/// Opens the store, and returns the store to use from now on, if one was selected. If there is no
/// place for a key, the person learns it before the questions, and at a terminal is offered the
/// file. A locked keyring will ask for its password.
fn context<'a>(
    options: &Options,
    stdio: &mut Stdio<'_>,
    environment: &'a Environment,
) -> Result<(Context<'a>, Option<Backend>)> {
    let context = Context::before_questions(environment, options.backend)?;
    let error = match context.store.check_writable() {
        Ok(()) | Err(StoreError::Keyring(KeyringState::Locked(_))) => {
            return Ok((context, options.backend));
        }
        Err(error) => error,
    };
    // Whoever stores a key no longer needs what the current one led to.
    drop_everything(environment, context.deadline.renewed());
    let is_offered = options.backend.is_none()
        && (error.is_no_keyring() || matches!(error, StoreError::Keyring(KeyringState::Empty)));
    let Some(mut person) = stdio.person().filter(|_| is_offered) else {
        return Err(error.into());
    };
    let question = format!(
        "{error}; store only the login key in a file instead? that needs no keyring and holds no SK"
    );
    if !agreed(&mut person, &question)? {
        return Err(error.into());
    }
    let file = Some(Backend::File);
    Ok((Context::before_questions(environment, file)?, file))
}

/// Docker must find the helper, and its configuration must be writable. Checked before the
/// questions.
fn check_docker(options: &Options, stdio: &Stdio<'_>, environment: &Environment) -> Result<()> {
    let is_chosen =
        options.all_regions || !options.regions.is_empty() || !options.registries.is_empty();
    if !options.no_configure && (is_chosen || stdio.terminal.is_some()) {
        let file = ConfigFile::of_docker(None, environment)?;
        ConfigurePlan::to_add(&[], file, false, environment)?;
    }
    Ok(())
}

/// Stores the keys.
fn keep(approved: Vec<Approved>, context: &Context<'_>) -> Result<()> {
    for approved in approved {
        let Approved { slot, old, key, .. } = approved;
        store::update(
            &*context.store,
            context.environment,
            context.deadline.renewed(),
            &slot,
            |record| {
                if record.key != old {
                    return Err(would_replace(&slot, record.key.as_ref()));
                }
                // A plain login would hide the new key.
                record.logins.clear();
                let stored = old
                    .filter(|old| old.identity == key.identity)
                    .map_or(key.stored, |old| old.stored);
                record.key = Some(StoredKey { stored, ..key });
                Ok(())
            },
        )?;
    }
    Ok(())
}

/// Stores the settings that are needed from now on. They already apply to what is shown next.
fn remember(needed: &[Needed], context: &mut Context<'_>) -> Result<()> {
    let environment = context.environment;
    for setting in needed {
        context.settings = match setting {
            Needed::Backend(backend) => settings::remember_backend(environment, *backend)?,
            Needed::Cloud(cloud) => settings::remember_cloud(environment, cloud)?,
            Needed::Account { address, name } => {
                settings::remember_account(environment, address, name)?
            }
        };
    }
    Ok(())
}
