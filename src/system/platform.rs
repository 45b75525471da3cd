//! What a person on another system knows by another name.

use std::path::Path;

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

    /// Returns the command that leaves a file or folder to its owner alone.
    pub fn make_private(self, path: &Path) -> String {
        let path = path.display();
        match self {
            // S-1-3-4 is whoever owns it; the quotes serve PowerShell and cmd alike.
            Self::Windows => {
                format!(r#"icacls "{path}" /inheritance:r /grant:r "*S-1-3-4:(OI)(CI)F""#)
            }
            Self::Linux | Self::MacOs => format!("chmod go-rwx {path}"),
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
