//! The stores by name.

/// Which store it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The keyring of the operating system.
    Keyring,
    /// The file, only when asked for.
    File,
}

impl Backend {
    /// The variable that chooses one.
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
