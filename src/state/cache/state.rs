//! How a cache is.

/// What a cache can do at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// A person turned it off.
    Off,
    /// It keeps what it is given.
    Ready {
        /// How much is in it, where that can be told.
        entries: Option<usize>,
    },
    /// There is no room left for this user.
    Full,
    /// It keeps nothing; the text says why.
    Unusable(String),
}
