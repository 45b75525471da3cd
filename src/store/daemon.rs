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
    /// macOS' own, which is no program but a part of the system.
    Keychain,
}

#[cfg(all(target_os = "linux", feature = "keyring"))]
impl Daemon {
    /// The name on the bus by which each is told, beside that of the service.
    pub(super) const NAMES: [(&str, Self); 4] = [
        ("org.gnome.keyring", Self::GnomeKeyring),
        ("org.kde.kwalletd5", Self::KWallet(5)),
        ("org.kde.kwalletd6", Self::KWallet(6)),
        ("org.keepassxc.KeePassXC.MainWindow", Self::KeePassXc),
    ];

    /// Whether it finds an item also while that is locked. gnome-keyring keeps hashes of the attributes beside what it
    /// encrypts.
    pub(super) fn shows_what_is_locked(self) -> bool {
        self == Self::GnomeKeyring
    }
}
