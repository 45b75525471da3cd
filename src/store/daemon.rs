//! The programs that provide the Secret Service. They behave differently and need different hints.

/// A program that provides the Secret Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Daemon {
    /// gnome-keyring.
    GnomeKeyring,
    /// KWallet, with the number in its name on the bus.
    KWallet(u8),
    /// KeePassXC.
    KeePassXc,
    /// An unknown one, such as oo7-daemon.
    Other,
    /// The keychain of macOS, which is part of the system.
    Keychain,
}

#[cfg(all(target_os = "linux", feature = "keyring"))]
impl Daemon {
    /// The name on the bus that identifies each, besides the name of the service.
    pub(super) const NAMES: [(&str, Self); 4] = [
        ("org.gnome.keyring", Self::GnomeKeyring),
        ("org.kde.kwalletd5", Self::KWallet(5)),
        ("org.kde.kwalletd6", Self::KWallet(6)),
        ("org.keepassxc.KeePassXC.MainWindow", Self::KeePassXc),
    ];

    /// Whether a search finds items of a locked collection. gnome-keyring does, because it keeps
    /// hashes of the attributes outside what it encrypts.
    pub(super) fn shows_what_is_locked(self) -> bool {
        self == Self::GnomeKeyring
    }
}
