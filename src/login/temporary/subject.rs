//! The identity and the project that a login is requested for.

use crate::model::agency::Agency;
use crate::model::identity::{Identity, Place, Source};

/// The identity and the project that a login is requested for.
pub struct Subject<'a> {
    /// The identity that makes the first call.
    pub identity: &'a Identity,
    /// The agencies to assume, in order. Each is assumed with the key of the one before.
    pub agencies: &'a [Agency],
    /// The project's name.
    pub project: &'a str,
    /// What the identity's place says besides.
    pub place: &'a Place,
}

impl Subject<'_> {
    /// Returns everything that tells this identity from another.
    pub(super) fn parts(&self) -> Vec<&str> {
        let mut parts = self.identity.parts();
        parts.extend(self.agencies.iter().flat_map(Agency::parts));
        parts.extend(self.place.iam.as_deref());
        parts
    }

    /// Returns whose word it is whom to trust on the way.
    pub(super) fn source(&self) -> Source {
        self.identity.source(self.place)
    }

    /// Returns the subject before its last agency was assumed.
    pub(super) fn before_last(&self) -> Option<(Self, &Agency)> {
        let (last, agencies) = self.agencies.split_last()?;
        Some((Self { agencies, ..*self }, last))
    }
}
