//! The provider `registry`: the slot of the registry itself.

use super::error::ProviderError;
use crate::login::Request;
use crate::model::identity::{Credential, Place};
use crate::store::Slot;

/// A plain login wins over an access key, because it is what `docker login` stored last.
pub(super) fn find(request: &Request<'_>) -> Result<Option<Credential>, ProviderError> {
    let registry = request.registry;
    let slot = Slot::Registry(registry.address().to_owned());
    let Some(record) = request.store.read(&slot)? else {
        return Ok(None);
    };
    if let Some(plain) = record.login_for(registry.server_url(), registry.address()) {
        return Ok(Some(Credential::Plain(plain.login.clone())));
    }
    let takes_key = request.settings.takes_access_key(registry.kind());
    Ok(record
        .key
        .filter(|_| takes_key)
        .map(|key| Credential::Identity {
            identity: key.identity,
            projects: [key.project, request.settings.project.clone()],
            agencies: request.settings.agencies.clone(),
            place: Place::default(),
        }))
}
