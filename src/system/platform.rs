//! What has different names on different systems.

use std::path::Path;

/// An operating system, for texts that differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Linux and the other Unix systems.
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

    /// Returns the variable that holds the user's home directory.
    pub fn home_variable(self) -> &'static str {
        match self {
            Self::Windows => "USERPROFILE",
            Self::Linux | Self::MacOs => "HOME",
        }
    }

    /// Returns the command that makes a file or folder private to its owner.
    pub fn make_private(self, path: &Path) -> String {
        let path = path.display();
        match self {
            // S-1-3-4 means the owner. These quotes work in PowerShell and in cmd.
            Self::Windows => {
                format!(r#"icacls "{path}" /inheritance:r /grant:r "*S-1-3-4:(OI)(CI)F""#)
            }
            Self::Linux | Self::MacOs => format!("chmod go-rwx {path}"),
        }
    }

    /// Returns a folder that clients find programs in.
    pub fn programs_folder(self) -> &'static str {
        match self {
            Self::Windows => r"%LOCALAPPDATA%\Microsoft\WindowsApps",
            Self::Linux | Self::MacOs => "/usr/local/bin",
        }
    }
}
