//! The programs that offer the Secret Service, told from each other where they behave or are helped differently.

/// A program that offers the Secret Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Daemon {
    /// GNOME's.
    GnomeKeyring,
    /// KDE's, with the number in its name.
    KWallet(u8),
    /// KeePassXC.
    KeePassXc,
    /// One that is not known here, such as oo7-daemon.
    Other,
}

impl Daemon {
    /// The name on the bus by which each is told, beside that of the service.
    #[cfg(target_os = "linux")]
    pub(super) const NAMES: [(&str, Self); 4] = [
        ("org.gnome.keyring", Self::GnomeKeyring),
        ("org.kde.kwalletd5", Self::KWallet(5)),
        ("org.kde.kwalletd6", Self::KWallet(6)),
        ("org.keepassxc.KeePassXC.MainWindow", Self::KeePassXc),
    ];

    /// Whether it finds an item also while that is locked. gnome-keyring keeps hashes of the attributes beside what it
    /// encrypts.
    #[cfg(target_os = "linux")]
    pub(super) fn shows_what_is_locked(self) -> bool {
        self == Self::GnomeKeyring
    }

    /// Returns how a person opens it.
    pub fn how_to_unlock(self) -> &'static str {
        match self {
            Self::GnomeKeyring => {
                "log in to the desktop, open its password manager, or give its password to the stdin of \
                 `gnome-keyring-daemon --replace --unlock`"
            }
            Self::KWallet(_) => "log in to the desktop, or open the wallet in KWalletManager",
            Self::KeePassXc => "open the database in KeePassXC",
            Self::Other => "unlock it in its own program",
        }
    }
}
