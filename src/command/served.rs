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

/// Whether `get` now answers with a login of this account at the registry, if the account serves
/// it.
pub(super) fn is_chosen(account: &str, registry: &Registry, context: &Context<'_>) -> bool {
    let settings = context.settings.for_registry(registry);
    settings.is_ok_and(|settings| {
        let chosen = chosen_account(registry, &settings, context.environment);
        matches!(chosen, Ok(Some(chosen)) if chosen.name == account)
    })
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
