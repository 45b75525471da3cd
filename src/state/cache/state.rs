//! The state of the cache.

/// What the cache can currently do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// A person turned it off.
    Off,
    /// It works.
    Ready {
        /// The number of entries, if known.
        entries: Option<usize>,
    },
    /// It has no room left for this user.
    Full,
    /// It does not work; the text says why.
    Unusable(String),
}
