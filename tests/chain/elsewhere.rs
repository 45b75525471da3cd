//! Keyrings of other systems: Windows' own one where it is there for tests. Nothing tells who opens
//! a file.

use std::path::Path;

use super::support::Sandbox;

/// The keyring of a case, or that there is none.
pub(crate) struct Keyring {
    #[cfg(windows)]
    _own: Option<super::support::credentials::Own>,
}

impl Keyring {
    /// Takes it in this state; `None` where that cannot be.
    #[cfg(windows)]
    pub(crate) fn start(sandbox: &mut Sandbox, state: &str) -> Option<Self> {
        match state {
            "" => Some(Self { _own: None }),
            "ready" => {
                sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "");
                let own = super::support::credentials::own()?;
                Some(Self { _own: Some(own) })
            }
            _ => None,
        }
    }

    /// Takes it in this state; `None` where that cannot be.
    #[cfg(not(windows))]
    pub(crate) fn start(_sandbox: &mut Sandbox, state: &str) -> Option<Self> {
        state.is_empty().then_some(Self {})
    }

    pub(crate) fn lock(&self) {
        unreachable!("none is locked here")
    }
}

/// Sees nothing.
pub(crate) struct Watch;

impl Watch {
    pub(crate) fn on(_path: &Path) -> Self {
        Self
    }

    pub(crate) fn saw_it_opened(self) -> bool {
        false
    }
}
