//! What a keyring holds, on whatever platform.

use crate::store::error::StoreError;

/// The bytes of a stored record.
pub(super) type Bytes = zeroize::Zeroizing<Vec<u8>>;

/// An item of this program's.
pub(super) struct Item {
    /// The slot's name, where it was asked for and can be read.
    pub(super) username: Option<String>,
    /// Its secret, or why that cannot be read.
    pub(super) secret: Result<Bytes, StoreError>,
}
