//! The items of a keyring, on any platform.

use crate::store::error::StoreError;

/// The bytes of a stored record.
pub(super) type Bytes = zeroize::Zeroizing<Vec<u8>>;

/// An item of this program.
pub(super) struct Item {
    /// The slot's name, if it was requested and can be read.
    pub(super) username: Option<String>,
    /// The secret, or why it cannot be read.
    pub(super) secret: Result<Bytes, StoreError>,
}
