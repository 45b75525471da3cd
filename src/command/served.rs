//! Which registries a stored key answers for.

use super::configure;
use super::context::Context;
use crate::model::registry::Registry;
use crate::provider::{chosen_account, key_serves};
use crate::store::{DEFAULT_ACCOUNT, StoredKey};

/// Returns the registries that docker asks this helper for and that the key of this account serves.
pub(super) fn routed(account: &str, key: &StoredKey, context: &Context<'_>) -> Vec<Registry> {
    configure::routed(context.environment)
        .into_iter()
        .filter_map(|host| context.registry(&host).ok())
        .filter(|registry| serves(account, key, registry, context))
        .collect()
}

/// Returns the account that `get` takes for the registry, whether it is stored or not.
pub(super) fn chosen(registry: &Registry, context: &Context<'_>) -> Option<String> {
    let settings = context.settings.for_registry(registry).ok()?;
    let chosen = chosen_account(registry, &settings, context.environment).ok()??;
    Some(chosen.name)
}

/// Whether `get` can answer with a login of this account at the registry. A new key is sent nowhere
/// else.
pub(super) fn serves(
    account: &str,
    key: &StoredKey,
    registry: &Registry,
    context: &Context<'_>,
) -> bool {
    let Ok(settings) = context.settings.for_registry(registry) else {
        return false;
    };
    // A variable can select any account for an SWR registry, unless the settings assign one.
    let may_be_chosen = match &settings.account {
        Some(assigned) => assigned == account,
        None => account == DEFAULT_ACCOUNT || registry.swr().is_some(),
    };
    may_be_chosen && key_serves(key, registry, &settings)
}
