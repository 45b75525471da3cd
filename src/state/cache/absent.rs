//! No cache: a build without a keyring, on a system whose kernel has none. Nothing is kept.

use super::state::State;
use crate::model::secret::Secret;

pub(super) fn get(_name: &str) -> Option<Secret> {
    None
}

pub(super) fn put(_name: &str, _entry: &Secret, _seconds: u64) {}

pub(super) fn forget(_start: &str) {}

pub(super) fn state(_start: &str, _probe: &str) -> State {
    State::Unusable("this build has none".to_owned())
}
