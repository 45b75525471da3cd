//! As whom, and for which project, a login is requested.

use crate::model::agency::Agency;
use crate::model::identity::{Identity, Place};

/// As whom, and for which project, a login is requested.
pub struct Subject<'a> {
    /// Who asks at first.
    pub identity: &'a Identity,
    /// The agencies to assume, each with the key of the one before it.
    pub agencies: &'a [Agency],
    /// The project's name.
    pub project: &'a str,
    /// What the identity's place tells besides.
    pub place: &'a Place,
}

impl Subject<'_> {
    /// Everything that makes this identity another one.
    pub(super) fn parts(&self) -> Vec<&str> {
        let mut parts = self.identity.parts();
        parts.extend(self.agencies.iter().flat_map(Agency::parts));
        parts.extend(self.place.iam.as_deref());
        parts
    }

    /// The same before its last agency was assumed.
    pub(super) fn before_last(&self) -> Option<(Self, &Agency)> {
        let (last, agencies) = self.agencies.split_last()?;
        Some((Self { agencies, ..*self }, last))
    }
}
