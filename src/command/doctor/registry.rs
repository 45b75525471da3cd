//! The checks of one registry: who has something for it, and as whom docker logs in.

use super::{Check, State};
use crate::access_key::{is_alphanumeric, shortened};
use crate::command::{Context, NAME};
use crate::error::Error;
use crate::identity::Identity;
use crate::login::{self, Login};
use crate::provider::{self, Credential, Provider, Request};
use crate::registry::{Kind, Registry};
use crate::settings::RegistrySettings;
use crate::store::{KeyringState, Slot, StoreError};

/// What `get` would answer with.
#[cfg_attr(
    not(feature = "cloud"),
    expect(dead_code, reason = "only the network has a use for it")
)]
pub(super) struct Found {
    pub(super) registry: Registry,
    pub(super) settings: RegistrySettings,
    pub(super) credential: Credential,
    /// `None` for a temporary login, which must be asked for.
    pub(super) login: Option<Login>,
}

/// Checks what each provider has for the host, and as whom docker logs in. Only where it is `online` is anybody outside
/// of this machine asked. Returns nothing where there is no login to be had.
pub(super) fn checks(
    host: &str,
    online: bool,
    context: &Context<'_>,
    checks: &mut Vec<Check>,
) -> Option<Found> {
    let registry = match context.registry(host) {
        Ok(registry) => registry,
        Err(error) => {
            checks.push(Check::of_error("registry", State::Failed, &error));
            return None;
        }
    };
    let settings = match context.settings.of(&registry) {
        Ok(settings) => settings,
        Err(error) => {
            checks.push(described(&registry, registry.project([])));
            checks.push(Check::of_error("settings", State::Failed, &error));
            return None;
        }
    };
    let request = context.request(&registry, &settings);
    let chain = match context.settings.chain(context.environment) {
        Ok(chain) => chain,
        Err(error) => {
            checks.push(described(&registry, project(&request, None).as_deref()));
            checks.push(Check::of_error("provider", State::Failed, &error));
            return None;
        }
    };
    let asked: Vec<_> = chain
        .iter()
        .copied()
        .filter(|provider| online || *provider != Provider::Agency)
        .collect();
    let credential = provider::find(&request, &asked);
    let shown = project(&request, credential.as_ref().ok());
    checks.push(described(&registry, shown.as_deref()));
    let found = asked
        .iter()
        .map(|provider| (*provider, provider.find(&request)));
    let found: Vec<_> = found.collect();
    checks.extend(found.iter().map(|(provider, found)| of(*provider, found)));
    if asked.len() < chain.len() {
        let text = "agency is this server's metadata service, which `--online` asks";
        checks.push(Check::ok("provider", text));
    }
    checks.extend(hiding(&registry, &found, context));
    let credential = match credential {
        Ok(credential) => credential,
        Err(error) if asked.len() < chain.len() && leads_to_the_agency(&error) => {
            let text = format!("only this server's agency may have one for `{registry}`");
            checks.push(Check::ok("login", text));
            return None;
        }
        Err(error) => {
            checks.push(Check::of_error("login", State::Failed, &error));
            return None;
        }
    };
    let login = match offline(&request, &credential) {
        Ok(login) => login,
        Err(error) => {
            checks.push(Check::of_error("login", State::Failed, &error));
            return None;
        }
    };
    match &login {
        Some(login) => checks.push(logged_in(&registry, login)),
        None if online => {}
        None => {
            let text = format!("a temporary one for `{registry}`, which `--online` asks for");
            checks.push(Check::ok("login", text));
        }
    }
    Some(Found {
        registry,
        settings,
        credential,
        login,
    })
}

fn described(registry: &Registry, project: Option<&str>) -> Check {
    let project = project.map(|project| format!("; its project is `{project}`"));
    let project = project.unwrap_or_default();
    match registry.kind() {
        Kind::Swr { region, cloud } => Check::ok(
            "registry",
            format!("`{registry}` is SWR in the region `{region}` of {cloud}{project}"),
        ),
        Kind::Enterprise { .. } => Check::ok(
            "registry",
            format!("`{registry}` is SWR Enterprise edition{project}"),
        ),
        Kind::Other => Check::warning(
            "registry",
            format!(
                "`{registry}` is not an address of SWR's, so no account serves it by itself{project}"
            ),
            format!("`{NAME} store --registry {registry}` keeps a key for it alone"),
        ),
    }
}

/// Returns the project that a login names, or would name.
fn project(request: &Request<'_>, credential: Option<&Credential>) -> Option<String> {
    let registry = request.registry;
    let named = match credential {
        Some(credential @ Credential::Identity { .. }) => {
            let project = login::project(request, credential).ok();
            return project.filter(|project| !project.is_empty());
        }
        // Elsewhere a username with an `@` in it is somebody's address.
        Some(Credential::Plain(_)) if registry.swr().is_none() => return None,
        Some(Credential::Plain(login)) => {
            login.username.split_once('@').map(|(project, _)| project)
        }
        None => None,
    };
    let wanted = [named, request.settings.project.as_deref()];
    registry.project(wanted).map(str::to_owned)
}

fn of(provider: Provider, found: &Result<Option<Credential>, Error>) -> Check {
    const CHECK: &str = "provider";
    let name = provider.name();
    match found {
        Ok(None) => Check::ok(CHECK, format!("{name} has nothing")),
        Ok(Some(credential)) => Check::ok(CHECK, format!("{name} has {}", shown(credential))),
        Err(error) => Check {
            text: format!("{name}: {error}"),
            ..Check::of_error(CHECK, State::Warning, error)
        },
    }
}

/// Returns what it is and whose, for people.
pub(super) fn shown(credential: &Credential) -> String {
    let identity = match credential {
        Credential::Plain(login) => return format!("a plain login of `{}`", user(&login.username)),
        Credential::Identity { identity, .. } => identity,
    };
    match identity {
        Identity::Key(key) => format!("an access key {}", shortened(&key.ak)),
        Identity::LoginKey { ak, .. } => format!("a login key {}", shortened(ak)),
        Identity::TemporaryKey(key) => {
            format!("a temporary access key {}", shortened(&key.key.ak))
        }
        Identity::User(user) => format!("an IAM user {}", user.name),
        Identity::Token(_) => "an IAM token".to_owned(),
    }
}

/// Returns the username with its AK shortened. What stands behind the `@` of an address has a dot in it.
fn user(username: &str) -> String {
    match username.split_once('@') {
        Some((project, ak)) if is_alphanumeric(ak) => format!("{project}@{}", shortened(ak)),
        _ => username.to_owned(),
    }
}

/// A login that a client stored hides the key that a person stored: in the same slot, or with a later provider.
fn hiding(
    registry: &Registry,
    found: &[(Provider, Result<Option<Credential>, Error>)],
    context: &Context<'_>,
) -> Option<Check> {
    let mut found = found
        .iter()
        .skip_while(|(_, found)| matches!(found, Ok(None)));
    let Some((Provider::Registry, Ok(Some(Credential::Plain(_))))) = found.next() else {
        return None;
    };
    let slot = Slot::Registry(registry.address().to_owned());
    let record = context.store.read(&slot).ok()??;
    let login = record.login_for(registry.server_url(), registry.address())?;
    let hidden = match &record.key {
        Some(_) => format!("the access key of `{registry}`"),
        None => found.find_map(|(provider, found)| match found {
            Ok(Some(credential @ Credential::Identity { .. })) => {
                let (name, what) = (provider.name(), shown(credential));
                Some(format!("what the provider {name} has, {what}"))
            }
            _ => None,
        })?,
    };
    let days = context.environment.now().saturating_sub(login.stored) / (24 * 60 * 60);
    Some(Check::warning(
        "login",
        format!("a login that a client stored {days} days ago hides {hidden}"),
        format!("docker logout {registry}"),
    ))
}

/// Whether the chain would have gone on to the agency.
fn leads_to_the_agency(error: &Error) -> bool {
    matches!(
        error,
        Error::NotFound | Error::Store(StoreError::Keyring(KeyringState::Absent(_)))
    )
}

/// Returns the login where nobody need be asked for it, and the error where asking would be of no use.
fn offline(request: &Request<'_>, credential: &Credential) -> Result<Option<Login>, Error> {
    let login = login::offline(request, credential)?;
    let Credential::Identity { identity, .. } = credential else {
        return Ok(login);
    };
    let now = request.environment.now();
    match identity {
        _ if login.is_some() => Ok(login),
        _ if !cfg!(feature = "cloud") => Err(Error::NoCloud),
        Identity::LoginKey { .. } => Err(Error::NoSecretKey),
        Identity::TemporaryKey(key) if key.expires.is_some_and(|end| end <= now) => {
            let ak = key.key.ak.clone();
            Err(Error::KeyExpired { ak })
        }
        _ => login::project(request, credential).map(|_| None),
    }
}

pub(super) fn logged_in(registry: &Registry, login: &Login) -> Check {
    let user = user(&login.username);
    Check::ok(
        "login",
        format!("docker logs in to `{registry}` as `{user}`"),
    )
}
