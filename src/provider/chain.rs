//! The order in which the places are asked.

#[cfg(feature = "cloud")]
use super::agency;
use super::error::ProviderError;
use super::{account, environment, pod_identity, profile, registry};
use crate::login::{LoginError, Request};
use crate::model::chain::Provider;
use crate::model::identity::Credential;
use crate::model::registry::Kind;
use crate::store::{KeyringState, StoreError};

/// Returns what the first provider of `chain` that has something has for the request.
///
/// # Errors
///
/// [`ProviderError::NotFound`] if none has; the keyring's state in its place where there is no keyring and
/// the registry is one that an access key serves; else what stopped the chain.
pub fn find(request: &Request<'_>, chain: &[Provider]) -> Result<Credential, ProviderError> {
    find_by(request, chain, |provider| ask(provider, request))
}

/// Does the same with the answers of `ask`, for who asks the providers by itself.
///
/// # Errors
///
/// As [`find`].
pub fn find_by(
    request: &Request<'_>,
    chain: &[Provider],
    mut ask: impl FnMut(Provider) -> Result<Option<Credential>, ProviderError>,
) -> Result<Credential, ProviderError> {
    let trace = request.environment.trace();
    let (mut no_keyring, mut no_agency) = (None, None);
    for provider in chain {
        if is_dead(no_keyring.as_ref()) && !provider.may_follow_a_dead_keyring() {
            trace.note(|| format!("{}: not asked, as the keyring is dead", provider.name()));
            continue;
        }
        let found = ask(*provider);
        trace.note(|| format!("{}: {}", provider.name(), described(&found)));
        match found {
            Ok(Some(credential)) => return Ok(credential),
            Ok(None) => {}
            Err(ProviderError::Store(error)) if error.is_no_keyring() => no_keyring = Some(error),
            Err(ProviderError::Login(error @ LoginError::NoServerAgency)) => {
                no_agency = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    let settings = request.settings;
    let is_enterprise = matches!(request.registry.kind(), Kind::Enterprise { .. });
    if is_enterprise && !settings.is_enterprise(request.registry.kind()) {
        let address = request.registry.address().to_owned();
        return Err(ProviderError::Enterprise { address });
    }
    let is_served = request.registry.swr().is_some() || settings.serves();
    match (no_agency, no_keyring) {
        // It is asked only where somebody names it, so that its lack is what this person wants to know.
        (Some(error), _) => Err(error.into()),
        (None, Some(error)) if is_served => Err(error.into()),
        _ => Err(ProviderError::NotFound),
    }
}

/// Returns the chain without the machine's own identity: it has temporary logins alone, and finding it out is a call.
pub fn without_agency(mut chain: Vec<Provider>) -> Vec<Provider> {
    chain.retain(|provider| *provider != Provider::Agency);
    chain
}

/// Returns what is here for the request, or `None` to let the next provider answer.
///
/// # Errors
///
/// Whatever makes this place unable to tell.
pub fn ask(provider: Provider, request: &Request<'_>) -> Result<Option<Credential>, ProviderError> {
    match provider {
        Provider::Registry => registry::find(request),
        Provider::Environment => environment::find(request),
        Provider::Default => account::find(request),
        Provider::Profile => profile::find(request),
        #[cfg(feature = "cloud")]
        Provider::Agency => agency::find(request),
        #[cfg(not(feature = "cloud"))]
        Provider::Agency => Err(LoginError::NoCloud.into()),
        Provider::Pod => pod_identity::find(request),
    }
}

fn is_dead(no_keyring: Option<&StoreError>) -> bool {
    matches!(no_keyring, Some(StoreError::Keyring(KeyringState::Dead)))
}

/// Returns a line for the trace, which holds no secret.
fn described(found: &Result<Option<Credential>, ProviderError>) -> String {
    match found {
        Ok(None) => "nothing".to_owned(),
        Ok(Some(credential)) => credential.described(),
        Err(error) => error.to_string(),
    }
}
