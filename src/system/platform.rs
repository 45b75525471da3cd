//! What a person on another system knows by another name.

/// A system, for the texts that differ on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Linux, and what is like it.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

impl Platform {
    /// The system that this program was built for.
    pub const HERE: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "macos") {
        Self::MacOs
    } else {
        Self::Linux
    };

    /// Returns the variable that names the user's home folder.
    pub fn home_variable(self) -> &'static str {
        match self {
            Self::Windows => "USERPROFILE",
            Self::Linux | Self::MacOs => "HOME",
        }
    }

    /// Returns a folder for programs that clients find.
    pub fn programs_folder(self) -> &'static str {
        match self {
            Self::Windows => r"%LOCALAPPDATA%\Microsoft\WindowsApps",
            Self::Linux | Self::MacOs => "/usr/local/bin",
        }
    }
}
