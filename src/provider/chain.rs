//! The order in which the providers are asked.

#[cfg(feature = "cloud")]
use super::agency;
use super::error::ProviderError;
use super::{account, environment, pod_identity, profile, registry_slot};
use crate::login::{LoginError, Request};
use crate::model::chain::Provider;
use crate::model::identity::Credential;
use crate::model::registry::Kind;
use crate::store::{KeyringState, StoreError};
use crate::system::environment::Environment;
use crate::system::server;

/// Returns the credential of the first provider in `chain` that has one for the request.
///
/// # Errors
///
/// [`ProviderError::NotFound`] if none has one. If there is no keyring and an access key could
/// serve the registry, the state of the keyring instead. Otherwise the error that stopped the
/// chain.
pub fn find(request: &Request<'_>, chain: &[Provider]) -> Result<Credential, ProviderError> {
    find_by(request, chain, |provider| ask(provider, request))
}

/// Does the same with the answers of `ask`, for callers that ask the providers themselves.
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
        if !is_possible(*provider, request.environment) {
            continue;
        }
        if is_dead(no_keyring.as_ref()) && !provider.may_follow_a_dead_keyring() {
            trace.note(|| {
                format!(
                    "{}: not asked, because the keyring cannot be reached",
                    provider.name()
                )
            });
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
        // The agency is only asked where somebody named it, so its absence is what they need to
        // know.
        (Some(error), _) => Err(error.into()),
        (None, Some(error)) if is_served => Err(error.into()),
        _ => Err(ProviderError::NotFound),
    }
}

/// Returns the chain without the server's agency: it can only have temporary logins, and asking for
/// it is a network call.
pub fn without_agency(mut chain: Vec<Provider>) -> Vec<Provider> {
    chain.retain(|provider| !provider.is_agency());
    chain
}

/// Whether this machine can have what the provider stands for. A server's agency that nobody named
/// is looked for on a server of Huawei Cloud alone, so that no laptop waits for 169.254.169.254.
pub fn is_possible(provider: Provider, environment: &Environment) -> bool {
    provider != Provider::AgencyIfAny || server::is_of_huawei_cloud(environment)
}

/// Returns the credential of this provider, or `None` to let the next one answer.
///
/// # Errors
///
/// Whatever keeps the provider from telling.
pub fn ask(provider: Provider, request: &Request<'_>) -> Result<Option<Credential>, ProviderError> {
    match provider {
        Provider::Registry => registry_slot::find(request),
        Provider::Environment => environment::find(request),
        Provider::Default => account::find(request),
        Provider::Profile => profile::find(request),
        #[cfg(feature = "cloud")]
        Provider::Agency => agency::find(request),
        #[cfg(feature = "cloud")]
        Provider::AgencyIfAny => agency::find_if_any(request),
        #[cfg(not(feature = "cloud"))]
        Provider::Agency => Err(LoginError::NoCloud.into()),
        #[cfg(not(feature = "cloud"))]
        Provider::AgencyIfAny => Ok(None),
        Provider::Pod => pod_identity::find(request),
    }
}

fn is_dead(no_keyring: Option<&StoreError>) -> bool {
    matches!(no_keyring, Some(StoreError::Keyring(KeyringState::Dead)))
}

/// Describes the result for the trace, without secrets.
fn described(found: &Result<Option<Credential>, ProviderError>) -> String {
    match found {
        Ok(None) => "nothing".to_owned(),
        Ok(Some(credential)) => credential.described(),
        Err(error) => error.to_string(),
    }
}
