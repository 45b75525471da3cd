//! The checks that ask nobody outside of this machine.

use std::path::Path;

use super::{Check, State};
use crate::access_key::shortened;
use crate::command::{Context, NAME};
use crate::environment::Environment;
use crate::error::Error;
use crate::identity::Identity;
use crate::login::{self, Login};
use crate::program;
use crate::provider::{self, Credential, Provider};
use crate::registry::{Kind, Registry};
use crate::settings::Settings;
use crate::store::{Backend, Slot};

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
    match Settings::load(environment).and_then(Settings::checked) {
        Ok(_) => checks.push(Check::ok("settings", "nothing is wrong with them")),
        Err(error) => checks.push(Check::of_error("settings", State::Warning, &error)),
    }
    checks
}

/// What docker runs need not be what this person runs, such as an older one in another folder.
fn found(path: &Path, environment: &Environment) -> Check {
    let shown = path.display();
    let files = path.canonicalize().ok().zip(environment.program());
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
        (_, Err(error)) => Check::of_error("store", State::Warning, &Error::Store(error)),
    };
    vec![check]
}

/// Checks what each provider has for the host, and what `get` answers. Returns that answer.
pub(super) fn of_the_registry(
    host: &str,
    context: &Context<'_>,
    checks: &mut Vec<Check>,
) -> Option<(Registry, Login)> {
    let registry = match context.registry(host) {
        Ok(registry) => registry,
        Err(error) => {
            checks.push(Check::of_error("registry", State::Failed, &error));
            return None;
        }
    };
    checks.push(described(&registry));
    let settings = match context.settings.of(&registry) {
        Ok(settings) => settings,
        Err(error) => {
            checks.push(Check::of_error("settings", State::Failed, &error));
            return None;
        }
    };
    let request = context.request(&registry, &settings);
    let chain = context
        .settings
        .chain(context.environment)
        .unwrap_or_default();
    for provider in &chain {
        checks.push(of_the_provider(*provider, provider.find(&request)));
    }
    checks.extend(hidden_key(&registry, context));
    let login = provider::find(&request, &chain).and_then(|found| login::of(&request, &found));
    match login {
        Ok(login) => {
            let user = match login.username.split_once('@') {
                Some((project, ak)) => format!("{project}@{}", shortened(ak)),
                None => login.username.clone(),
            };
            checks.push(Check::ok(
                "login",
                format!("docker logs in to `{registry}` as `{user}`"),
            ));
            Some((registry, login))
        }
        Err(error) => {
            checks.push(Check::of_error("login", State::Failed, &error));
            None
        }
    }
}

fn described(registry: &Registry) -> Check {
    match registry.kind() {
        Kind::Swr { region, cloud } => Check::ok(
            "registry",
            format!("`{registry}` is SWR in the region `{region}` of {cloud}"),
        ),
        Kind::Enterprise { .. } => Check::ok(
            "registry",
            format!("`{registry}` is SWR Enterprise edition"),
        ),
        Kind::Other => Check::warning(
            "registry",
            format!("`{registry}` is not an address of SWR's, so no account serves it by itself"),
            format!("`{NAME} store --registry {registry}` keeps a key for it alone"),
        ),
    }
}

fn of_the_provider(provider: Provider, found: Result<Option<Credential>, Error>) -> Check {
    const CHECK: &str = "provider";
    let name = provider.name();
    match found {
        Ok(None) => Check::ok(CHECK, format!("{name} has nothing")),
        Ok(Some(Credential::Plain(login))) => Check::ok(
            CHECK,
            format!("{name} has a plain login of `{}`", login.username),
        ),
        Ok(Some(Credential::Identity { identity, .. })) => {
            let (kind, who) = match &identity {
                Identity::Key(key) => ("an access key", shortened(&key.ak)),
                Identity::LoginKey { ak, .. } => ("a login key", shortened(ak)),
                Identity::TemporaryKey(key) => ("a temporary access key", shortened(&key.key.ak)),
                Identity::User(user) => ("an IAM user", user.name.clone()),
                Identity::Token(_) => ("an IAM token", String::new()),
            };
            Check::ok(
                CHECK,
                format!("{name} has {kind} {who}").trim_end().to_owned(),
            )
        }
        Err(error) => Check {
            text: format!("{name}: {error}"),
            ..Check::of_error(CHECK, State::Warning, &error)
        },
    }
}

/// A login that a client stored hides the key that a person stored.
fn hidden_key(registry: &Registry, context: &Context<'_>) -> Option<Check> {
    let slot = Slot::Registry(registry.address().to_owned());
    let record = context.store.read(&slot).ok()??;
    let login = record.login_for(registry.server_url(), registry.address())?;
    let days = context.environment.now().saturating_sub(login.stored) / (24 * 60 * 60);
    record.key.is_some().then(|| {
        Check::warning(
            "login",
            format!(
                "a login that a client stored {days} days ago hides the access key of `{registry}`"
            ),
            format!("docker logout {registry}"),
        )
    })
}
