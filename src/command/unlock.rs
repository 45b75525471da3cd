//! `unlock`: asks the keyring to unlock itself, and says what state it is in.

use super::context::Context;
use super::error::Result;
use crate::console::stdio::Stdio;
use crate::store::{Backend, KeyringState, StoreError};
use crate::system::environment::Environment;

/// Lets the keyring ask for its password, and waits for the answer.
///
/// # Errors
///
/// The state of the keyring, unless it can be written to.
pub fn run(stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    let context = Context::before_questions(environment, None)?;
    let line = match (context.store.backend(), context.store.check_writable()) {
        (Backend::File, _) => "the file store has no lock\n",
        (_, Ok(())) => "the keyring is not locked\n",
        (_, Err(StoreError::Keyring(KeyringState::Locked(_)))) => {
            context.unlock(stdio)?;
            "the keyring is unlocked\n"
        }
        (_, Err(error)) => return Err(error.into()),
    };
    Ok(stdio.print(line.as_bytes())?)
}
