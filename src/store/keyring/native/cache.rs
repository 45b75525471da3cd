//! One item for the cache of temporary logins. On Windows it is in memory, until the user logs out.

use super::entry::Lasts;
use super::items::{delete, get, on_time, set, try_out};
use crate::model::secret::Secret;
use crate::store::error::StoreError;
use crate::system::deadline::Deadline;

/// The `service` of the item.
const SERVICE: &str = "docker-credential-swr-cache";

/// Returns what is in the item called `name`, or an empty text where there is none.
pub(crate) fn read(name: &str, deadline: Deadline) -> Result<Secret, StoreError> {
    let name = name.to_owned();
    let bytes = on_time(deadline, move || get(SERVICE, &name))?;
    let text = bytes
        .as_ref()
        .and_then(|bytes| std::str::from_utf8(bytes).ok());
    Ok(text.map(Secret::from).unwrap_or_default())
}

/// Fills the item; an empty text deletes it.
pub(crate) fn write(name: &str, text: Secret, deadline: Deadline) -> Result<(), StoreError> {
    let name = name.to_owned();
    on_time(deadline, move || match text.is_empty() {
        true => delete(SERVICE, &name),
        false => set(SERVICE, &name, text.expose().as_bytes(), Lasts::UntilLogout),
    })
}

/// Tells whether something can be kept.
pub(crate) fn check(deadline: Deadline) -> Result<(), StoreError> {
    on_time(deadline, try_out)
}
