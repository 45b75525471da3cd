//! A login with its end.

use crate::model::login::Login;

/// A login, and until when it is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The login.
    pub login: Login,
    /// Its end.
    pub end: End,
}

/// Until when a login is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As long as its access key is there, or for a plain login until a person changes it.
    Never,
    /// Until then, in Unix seconds.
    At(u64),
    /// Nobody may count on it later: its end is not known, or a person turned keeping off.
    Unkept,
}
