//! The kinds of store.

/// A kind of store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The keyring of the operating system.
    Keyring,
    /// The file, used only if a person selects it.
    File,
}

impl Backend {
    /// The variable that selects the store.
    pub const VARIABLE: &str = "DOCKER_CREDENTIAL_SWR_BACKEND";

    /// Returns the backend called `name`.
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "keyring" => Some(Self::Keyring),
            "file" => Some(Self::File),
            _ => None,
        }
    }

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
        }
    }
}
