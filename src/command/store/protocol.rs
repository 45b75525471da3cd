//! Docker's `store`: JSON on stdin.

use crate::command::context::{Context, PROTOCOL_LIMIT, drop_stale};
use crate::command::error::Result;
use crate::command::incoming::{Change, is_known, is_only_of_variable};
use crate::command::protocol::{self, StoreRequest};
use crate::console::stdio::Stdio;
use crate::store::{self, Slot};
use crate::system::environment::Environment;

/// Stores the login that a client passes on stdin.
///
/// # Errors
///
/// Any error of the input or of the store.
pub fn run(stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    let deadline = environment.deadline(PROTOCOL_LIMIT)?;
    let input = stdio.read_stdin(deadline, "the JSON of a login")?;
    let request = protocol::parse_store_request(&input)?;
    let context = Context::for_protocol(environment, deadline)?;
    keep(&context, request)
}

/// Stores the login.
fn keep(context: &Context<'_>, request: StoreRequest) -> Result<()> {
    let registry = context.registry(&request.server_url)?;
    let settings = context.settings.for_registry(&registry)?;
    let asked = context.request(&registry, &settings);
    let login = &request.login;
    if is_known(context, &asked, login)? || is_only_of_variable(context, &asked, login)? {
        return Ok(());
    }
    let slot = Slot::Registry(registry.address().to_owned());
    let change = Change::requested(context, request, &registry)?;
    let (environment, deadline) = (context.environment, context.deadline);
    store::update(&*context.store, environment, deadline, &slot, |record| {
        change.apply(record, &registry)
    })?;
    drop_stale(environment, &slot, deadline);
    Ok(())
}
