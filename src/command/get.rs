//! `get`: the login for a server URL.

use super::{Context, PROTOCOL_LIMIT, Stdio, print, read_stdin};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::login::{self, Login};
use crate::protocol;
use crate::provider;
use crate::registry::Refusal;

pub(super) fn run(stdio: &mut Stdio<'_>, environment: &Environment) -> Result<()> {
    let result = answer(stdio, environment);
    environment.trace().note(|| match &result {
        Ok(username) => format!("answered: `{username}`"),
        Err(error) => format!("failed: {error}"),
    });
    result.map(drop)
}

/// Answers, and returns the username that was answered.
fn answer(stdio: &mut Stdio<'_>, environment: &Environment) -> Result<String> {
    let deadline = environment.deadline(PROTOCOL_LIMIT)?;
    let input = read_stdin(
        stdio,
        deadline,
        "a registry, such as swr.cn-north-4.myhuaweicloud.com,",
    )?;
    let server_url = protocol::parse_server_url(&input)?;
    let login = login(&Context::for_protocol(environment, deadline)?, server_url)?;
    print(stdio, &protocol::get_reply(server_url, &login))?;
    Ok(login.username)
}

/// Returns what `get` answers for `server_url`.
pub(super) fn login(context: &Context<'_>, server_url: &str) -> Result<Login> {
    let registry = match context.registry(server_url) {
        Ok(registry) => registry,
        // nerdctl asks for `http://HOST` among other forms, and stops at any other error.
        Err(Error::Refused(Refusal::PlainHttp)) => return Err(Error::NotFound),
        Err(error) => return Err(error),
    };
    let backend = context.store.backend().name();
    let line = || format!("get `{registry}` ({:?}), store: {backend}", registry.kind());
    context.environment.trace().note(line);
    let settings = context.settings.of(&registry)?;
    let request = context.request(&registry, &settings);
    let chain = context.settings.chain(context.environment)?;
    let credential = provider::find(&request, &chain)?;
    login::of(&request, &credential)
}
