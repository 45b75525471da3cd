//! The item of the cache. On Windows it is kept until the user logs out.

use super::entry::Lasts;
use super::items::{delete, get, on_time, set, try_out};
use crate::model::secret::Secret;
use crate::store::error::StoreError;
use crate::system::deadline::Deadline;

/// The attribute `service` of the item.
const SERVICE: &str = "docker-credential-swr-cache";

/// Returns the contents of the item called `name`, or an empty text if there is no such item.
pub(crate) fn read(name: &str, deadline: Deadline) -> Result<Secret, StoreError> {
    let name = name.to_owned();
    let bytes = on_time(deadline, move || get(SERVICE, &name))?;
    let text = bytes
        .as_ref()
        .and_then(|bytes| std::str::from_utf8(bytes).ok());
    Ok(text.map(Secret::from).unwrap_or_default())
}

/// Stores the contents. An empty text deletes the item.
pub(crate) fn write(name: &str, text: Secret, deadline: Deadline) -> Result<(), StoreError> {
    let name = name.to_owned();
    on_time(deadline, move || match text.is_empty() {
        true => delete(SERVICE, &name),
        false => set(SERVICE, &name, text.expose().as_bytes(), Lasts::UntilLogout),
    })
}

/// Checks that something can be stored.
pub(crate) fn check(deadline: Deadline) -> Result<(), StoreError> {
    on_time(deadline, try_out)
}
