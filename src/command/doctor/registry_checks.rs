//! Checks one registry: what each provider has for it, and which login docker gets.

use super::check::{Check, State};
use crate::command::NAME;
use crate::command::context::Context;
use crate::command::message::hint_of_provider;
use crate::config::settings::RegistrySettings;
use crate::console::shell::word;
use crate::login::{self, LoginError, Request};
use crate::model::chain::Provider;
use crate::model::identity::{Credential, Identity};
use crate::model::login::{Login, Username};
use crate::model::registry::{Kind, Registry};
use crate::provider::{self, ProviderError};
use crate::store::{KeyringState, Slot, StoreError};

/// What `get` would answer.
#[cfg_attr(
    not(feature = "cloud"),
    expect(dead_code, reason = "only the network has a use for it")
)]
pub(super) struct Found {
    pub(super) registry: Registry,
    pub(super) settings: RegistrySettings,
    pub(super) credential: Credential,
    /// The login; `None` for a temporary one, which would have to be requested.
    pub(super) login: Option<Login>,
}

/// Checks what each provider has for the host, and which login docker gets. Only `online` asks
/// anybody outside this machine. Returns `None` if there is no login.
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
    let settings = match context.settings.for_registry(&registry) {
        Ok(settings) => settings,
        Err(error) => {
            checks.push(described(&registry, registry.project([]), false));
            checks.push(Check::of_error("settings", State::Failed, &error.into()));
            return None;
        }
    };
    let request = context.request(&registry, &settings);
    let chain = match context.settings.chain(context.environment) {
        Ok(chain) => chain,
        Err(error) => {
            checks.push(described(
                &registry,
                project(&request, None).as_deref(),
                false,
            ));
            checks.push(Check::of_error("provider", State::Failed, &error.into()));
            return None;
        }
    };
    let possible = |provider: &Provider| provider::is_possible(*provider, context.environment);
    let chain: Vec<_> = chain.into_iter().filter(possible).collect();
    let asked: Vec<_> = chain
        .iter()
        .copied()
        .filter(|provider| online || !provider.is_agency())
        .collect();
    let answers: Vec<_> = asked
        .iter()
        .map(|provider| (*provider, provider::ask(*provider, &request)))
        .collect();
    let mut of_providers: Vec<_> = answers.iter().map(answer_check).collect();
    if asked.len() < chain.len() {
        let text = "agency: not asked; `--online` asks this server's metadata service";
        of_providers.push(Check::ok("provider", text));
    }
    of_providers.extend(hiding(&registry, &answers, context));
    // The chain decides which answer counts; no provider is asked twice.
    let mut answers = answers.into_iter();
    let credential = provider::find_by(&request, &asked, |wanted| {
        let mut answer = answers.by_ref().filter(|(provider, _)| *provider == wanted);
        answer.next().map_or(Ok(None), |(_, answer)| answer)
    });
    let shown = project(&request, credential.as_ref().ok());
    checks.push(described(&registry, shown.as_deref(), credential.is_ok()));
    checks.extend(of_providers);
    let credential = match credential {
        Ok(credential) => credential,
        Err(error) if asked.len() < chain.len() && leads_to_the_agency(&error) => {
            let text = format!("only this server's agency could have one for `{registry}`");
            checks.push(Check::ok("login", text));
            return None;
        }
        Err(error) => {
            checks.push(Check::of_error("login", State::Failed, &error.into()));
            return None;
        }
    };
    let login = match offline(&request, &credential) {
        Ok(login) => login,
        Err(error) => {
            checks.push(Check::of_error("login", State::Failed, &error.into()));
            return None;
        }
    };
    match &login {
        Some(login) => checks.push(logged_in(&registry, login)),
        None if online => {}
        None => {
            let text = format!("a temporary one for `{registry}`; `--online` requests it");
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

/// Says what the registry is, and whether there is a login for it if no account serves it.
fn described(registry: &Registry, project: Option<&str>, has_login: bool) -> Check {
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
        Kind::Other if has_login => Check::ok(
            "registry",
            format!("`{registry}` is not an SWR address{project}"),
        ),
        Kind::Other => Check::warning(
            "registry",
            format!(
                "`{registry}` is not an SWR address, so no account serves it by default{project}"
            ),
            format!("`{NAME} store --registry {registry}` stores a key for it only"),
        ),
    }
}

/// Returns the project of the username.
fn project(request: &Request<'_>, credential: Option<&Credential>) -> Option<String> {
    let registry = request.registry;
    let named = match credential {
        Some(credential @ Credential::Identity { .. }) => {
            let project = login::project(request, credential).ok();
            return project.filter(|project| !project.is_empty());
        }
        // For other registries, a username with an `@` is a mail address.
        Some(Credential::Plain(_)) if registry.swr().is_none() => return None,
        Some(Credential::Plain(login)) => {
            Username::parse(&login.username).map(|username| username.project)
        }
        None => None,
    };
    let wanted = [named, request.settings.project.as_deref()];
    registry.project(wanted).map(str::to_owned)
}

/// The answer of one provider.
type Answer = (Provider, Result<Option<Credential>, ProviderError>);

fn answer_check((provider, answer): &Answer) -> Check {
    const CHECK: &str = "provider";
    let name = provider.name();
    match answer {
        Ok(None) => Check::ok(CHECK, format!("{name}: nothing")),
        Ok(Some(credential)) => Check::ok(CHECK, format!("{name}: {}", credential.described())),
        Err(error) => Check::warning_of(CHECK, format!("{name}: {error}"), hint_of_provider(error)),
    }
}

/// Checks whether a login that a client stored hides a key that a person stored, in the same slot
/// or in a later provider.
fn hiding(registry: &Registry, answers: &[Answer], context: &Context<'_>) -> Option<Check> {
    let mut found = answers
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
                let (name, what) = (provider.name(), credential.described());
                Some(format!("the {what}, which the provider {name} has"))
            }
            _ => None,
        })?,
    };
    let days = context.environment.now().saturating_sub(login.stored) / (24 * 60 * 60);
    Some(Check::warning(
        "login",
        format!("a login that a client stored {days} days ago hides {hidden}"),
        format!("docker logout {}", word(registry.address())),
    ))
}

/// Whether the chain would have gone on to the agency.
fn leads_to_the_agency(error: &ProviderError) -> bool {
    matches!(
        error,
        ProviderError::NotFound
            | ProviderError::Store(StoreError::Keyring(KeyringState::Absent(_)))
    )
}

/// Returns the login if it needs no request, or the error if a request would be useless.
fn offline(request: &Request<'_>, credential: &Credential) -> Result<Option<Login>, LoginError> {
    let login = login::offline(request, credential)?;
    let Credential::Identity { identity, .. } = credential else {
        return Ok(login);
    };
    let now = request.environment.now();
    match identity {
        _ if login.is_some() => Ok(login),
        _ if !cfg!(feature = "cloud") => Err(LoginError::NoCloud),
        Identity::LoginKey { .. } => Err(LoginError::NoSecretKey),
        Identity::TemporaryKey(key) if key.expires.is_some_and(|end| end <= now) => {
            let ak = key.key.ak.clone();
            Err(LoginError::KeyExpired { ak })
        }
        _ => login::project(request, credential).map(|_| None),
    }
}

pub(super) fn logged_in(registry: &Registry, login: &Login) -> Check {
    let user = login.shortened_username();
    Check::ok(
        "login",
        format!("docker logs in to `{registry}` as `{user}`"),
    )
}
