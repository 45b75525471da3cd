//! A login and its expiry.

use crate::model::login::Login;

/// A login and its expiry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The login.
    pub login: Login,
    /// When it expires.
    pub end: End,
}

/// When a login expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Never: it is valid until the access key is deleted or, for a plain login, until a person
    /// changes it.
    Never,
    /// At this time, in Unix seconds.
    At(u64),
    /// Unknown, or a person turned caching off: it must not be kept.
    Unkept,
}
