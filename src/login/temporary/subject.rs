//! As whom, and for which project, a login is requested.

use crate::model::identity::{Agency, Identity};

/// As whom, and for which project, a login is requested.
pub(super) struct Subject<'a> {
    pub(super) identity: &'a Identity,
    pub(super) agency: Option<&'a Agency>,
    pub(super) project: &'a str,
}

impl Subject<'_> {
    /// Everything that makes this identity another one.
    pub(super) fn parts(&self) -> Vec<&str> {
        let mut parts = self.identity.parts();
        if let Some(agency) = self.agency {
            parts.extend(["agency", &agency.name, &agency.domain]);
        }
        parts
    }
}
