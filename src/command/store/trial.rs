//! The trial of a key before `store` keeps it.

use super::options::Options;
use super::plan::Approved;
use crate::command::NAME;
use crate::command::context::Context;
use crate::command::error::{Error, Result};
use crate::command::questions::agreed;
use crate::command::verify::{Verdict, verify};
use crate::console::stdio::Stdio;
use crate::model::registry::{Kind, Registry};
use crate::provider;
use crate::store::Slot;

/// What the trial showed.
#[derive(Default)]
pub(super) struct Tried {
    /// A line for each registry.
    pub(super) lines: String,
    /// The registry that refused the key, which is stored all the same.
    pub(super) refused_by: Option<Registry>,
}

/// The largest number of registries to try. If more are chosen, only the first one is tried.
const MOST_TRIED: usize = 5;

/// Tries the key at the registries that it is for, before anything is changed.
///
/// # Errors
///
/// [`Error::NotTaken`] if the key is refused, unless the person at the terminal wants to store it
/// anyway.
pub(super) fn run(
    approved: &[Approved],
    registries: &[Registry],
    options: &Options,
    context: &Context<'_>,
    stdio: &mut Stdio<'_>,
) -> Result<Tried> {
    if options.offline {
        return Ok(Tried::default());
    }
    let count = match registries.len() {
        0..=MOST_TRIED => registries.len(),
        _ => 1,
    };
    let mut lines = String::new();
    if count == 0 {
        lines += "not tried: docker asks this helper for no registry that the key serves\n";
    }
    for registry in &registries[..count] {
        // The host may be misspelt, and then the login would go to somebody else.
        if *registry.kind() == Kind::Other {
            lines += &format!(
                "not verified: `{registry}` is not an SWR address; if you trust it, `{NAME} doctor {registry} --online` tries it\n"
            );
            continue;
        }
        let settings = context.settings.for_registry(registry)?;
        let own = |approved: &&Approved| match &approved.slot {
            Slot::Account(_) => true,
            Slot::Registry(address) => address == registry.address(),
        };
        let Some(Approved { key, .. }) = approved.iter().find(own) else {
            continue;
        };
        let credential = provider::credential(key.clone(), &settings);
        match verify(registry, &credential, context) {
            Verdict::Works(line) => lines += &format!("verified: {line}\n"),
            Verdict::Unknown(why) => {
                lines += &format!(
                    "not verified: {why}; `{NAME} doctor {registry} --online` tries again\n"
                );
            }
            Verdict::Fails(error) => {
                let question = format!("{error}; store the key anyway?");
                let is_kept = match stdio.person() {
                    Some(mut person) => agreed(&mut person, &question)?,
                    None => false,
                };
                if !is_kept {
                    let why = Box::new(error);
                    return Err(Error::NotTaken { why });
                }
                // Each further refusal would bring the key closer to being locked.
                return Ok(Tried {
                    lines: lines + &format!("not verified: {error}\n"),
                    refused_by: Some(registry.clone()),
                });
            }
        }
    }
    if count < registries.len() {
        let others = registries.len() - count;
        lines += &format!("not tried: the other {others}, which get a login of the same key\n");
    }
    Ok(Tried {
        lines,
        refused_by: None,
    })
}
