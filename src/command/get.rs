//! `get`: answers with the login for a server URL.

use super::context::{Context, PROTOCOL_LIMIT};
use super::error::{Error, Result};
use super::protocol;
use crate::console::stdio::Stdio;
use crate::login;
use crate::model::login::Login;
use crate::model::registry::Refusal;
use crate::provider;
use crate::system::environment::Environment;

/// Answers the server URL on stdin with its login.
///
/// # Errors
///
/// [`Error::NotFound`] if there is no login; any error that stops the chain.
pub fn run(stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    let result = answer(stdio, environment);
    environment.trace().note(|| match &result {
        Ok(username) => format!("answered: `{username}`"),
        Err(error) => format!("failed: {error}"),
    });
    result.map(drop)
}

/// Writes the answer and returns its username.
fn answer(stdio: &mut Stdio<'_>, environment: &Environment) -> Result<String> {
    let deadline = environment.deadline(PROTOCOL_LIMIT)?;
    let wanted = "a registry, such as swr.cn-north-4.myhuaweicloud.com,";
    let input = stdio.read_stdin(deadline, wanted)?;
    let server_url = protocol::parse_server_url(&input)?;
    let login = login(&Context::for_protocol(environment, deadline)?, server_url)?;
    stdio.print(&protocol::get_reply(server_url, &login))?;
    Ok(login.username)
}

/// Returns what `get` answers for `server_url`.
pub(super) fn login(context: &Context<'_>, server_url: &str) -> Result<Login> {
    let registry = match context.registry(server_url) {
        Ok(registry) => registry,
        // nerdctl also asks for `http://HOST`, and stops at any other error.
        Err(Error::Refused(Refusal::PlainHttp)) => return Err(Error::NotFound),
        Err(error) => return Err(error),
    };
    let backend = context.store.backend().name();
    let line = || format!("get `{registry}` ({:?}), store: {backend}", registry.kind());
    context.environment.trace().note(line);
    let settings = context.settings.for_registry(&registry)?;
    let request = context.request(&registry, &settings);
    let chain = context.settings.chain(context.environment)?;
    let credential = provider::find(&request, &chain)?;
    Ok(login::obtain(&request, &credential)?)
}
