//! Who can read and write a file on Windows.
//!
//! Windows describes the owner and the access-control list of a file in one line of its Security
//! Descriptor Definition Language (SDDL), such as `O:BAD:P(A;OICI;FA;;;SY)(A;;0x1200a9;;;BU)`:
//! <https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format>.

#[cfg(windows)]
pub use system::{Access, make_private};

/// The rights to change a file, the contents of a folder, or the access-control list:
/// `FILE_WRITE_DATA`, `FILE_APPEND_DATA`, `FILE_DELETE_CHILD`, `DELETE`, `WRITE_DAC`,
/// `WRITE_OWNER`, `GENERIC_WRITE` and `GENERIC_ALL`.
const WRITE: u32 = 0x2 | 0x4 | 0x40 | 0x1_0000 | 0x4_0000 | 0x8_0000 | 0x4000_0000 | 0x1000_0000;

/// The rights to replace a file in a folder: [`WRITE`] without the right to add folders, which
/// everybody has in `C:\`.
const REPLACE: u32 = WRITE & !0x4;

/// The rights to read a file: `FILE_READ_DATA`, `GENERIC_READ` and `GENERIC_ALL`.
const READ: u32 = 0x1 | 0x8000_0000 | 0x1000_0000;

/// The two-letter names of rights:
/// <https://learn.microsoft.com/windows/win32/secauthz/ace-strings>.
const RIGHTS: [(&str, u32); 21] = [
    ("GA", 0x1000_0000),
    ("GR", 0x8000_0000),
    ("GW", 0x4000_0000),
    ("GX", 0x2000_0000),
    ("FA", 0x1f_01ff),
    ("FR", 0x12_0089),
    ("FW", 0x12_0116),
    ("FX", 0x12_00a0),
    ("RC", 0x2_0000),
    ("SD", 0x1_0000),
    ("WD", 0x4_0000),
    ("WO", 0x8_0000),
    ("CC", 0x1),
    ("DC", 0x2),
    ("LC", 0x4),
    ("SW", 0x8),
    ("RP", 0x10),
    ("WP", 0x20),
    ("DT", 0x40),
    ("LO", 0x80),
    ("CR", 0x100),
];

/// Who controls the machine anyway: SYSTEM, the administrators, and the service that installs
/// Windows updates. The entry for the owner counts as the owner, who is checked separately.
const TRUSTED: [&str; 7] = [
    "SY",
    "S-1-5-18",
    "BA",
    "S-1-5-32-544",
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
    "CO",
    "OW",
];

/// What others can do, apart from the user and from those who control the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Rights {
    /// Whether somebody else owns it.
    is_foreign: bool,
    /// The rights of others, as an access mask.
    granted: u32,
}

impl Rights {
    /// Parses a security descriptor. `user` is the SID of this user.
    fn of_sddl(sddl: &str, user: &str) -> Self {
        let trusted = |sid: &str| TRUSTED.contains(&sid) || is_user(sid, user);
        let (before, list) = sddl.split_once("D:").unwrap_or((sddl, "NO_ACCESS_CONTROL"));
        let owner = before.strip_prefix("O:").unwrap_or_default();
        let owner = owner.split("G:").next().unwrap_or_default();
        // Without an access-control list, everybody has all rights.
        let (flags, entries) = list.split_once('(').unwrap_or((list, ""));
        let everything = flags.contains("NO_ACCESS_CONTROL");
        let granted = entries
            .split('(')
            .filter_map(|entry| grant(entry, &trusted))
            .fold(0, |all, granted| all | granted);
        Self {
            is_foreign: !trusted(owner),
            granted: if everything { u32::MAX } else { granted },
        }
    }

    fn read(self) -> bool {
        self.granted & (READ | WRITE) != 0
    }

    fn write(self) -> bool {
        self.granted & WRITE != 0
    }

    fn replace(self) -> bool {
        self.granted & REPLACE != 0
    }
}

/// Returns the rights that an entry such as `A;ID;FA;;;SY)` grants to somebody who is not trusted.
fn grant(entry: &str, trusted: &dyn Fn(&str) -> bool) -> Option<u32> {
    let mut fields = entry.split([';', ')']);
    let mut next = || fields.next().unwrap_or_default();
    let (kind, flags, rights, _, _, sid) = (next(), next(), next(), next(), next(), next());
    // An inherit-only entry does not apply to the folder itself, and a deny entry only takes rights
    // away.
    let allows = matches!(kind, "A" | "OA" | "XA" | "ZA");
    let handed_down = flags.as_bytes().chunks(2).any(|flag| flag == b"IO");
    (allows && !handed_down && !trusted(sid)).then(|| mask(rights))
}

/// Parses rights into bits. Unknown rights count as all rights.
fn mask(rights: &str) -> u32 {
    if let Some(digits) = rights.strip_prefix("0x") {
        return u32::from_str_radix(digits, 16).unwrap_or(u32::MAX);
    }
    let bits = |pair: &[u8]| {
        let named = RIGHTS.iter().find(|(name, _)| name.as_bytes() == pair);
        named.map_or(u32::MAX, |(_, bits)| *bits)
    };
    rights
        .as_bytes()
        .chunks(2)
        .fold(0, |all, pair| all | bits(pair))
}

/// SDDL writes the machine's first administrator as `LA`.
fn is_user(sid: &str, user: &str) -> bool {
    sid == user || sid == "LA" && user.starts_with("S-1-5-21-") && user.ends_with("-500")
}

#[cfg(windows)]
mod system {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    use windows_permissions::constants::{SeObjectType, SecurityInformation};
    use windows_permissions::utilities::current_process_sid;
    use windows_permissions::wrappers::{
        ConvertSecurityDescriptorToStringSecurityDescriptor, ConvertSidToStringSid,
        GetNamedSecurityInfo, GetSecurityInfo, SetNamedSecurityInfo,
    };
    use windows_permissions::{LocalBox, SecurityDescriptor};

    use super::Rights;

    /// What others can do with a file or folder.
    pub struct Access(Rights);

    impl Access {
        /// Returns the access of others to an open file.
        ///
        /// # Errors
        ///
        /// Any error of the system.
        pub fn of_file(file: &File) -> io::Result<Self> {
            let asked = SecurityInformation::Owner | SecurityInformation::Dacl;
            let of_file = GetSecurityInfo(file, SeObjectType::SE_FILE_OBJECT, asked)?;
            Self::from_descriptor(&of_file)
        }

        /// Returns the access of others to the file or folder at `path`.
        ///
        /// # Errors
        ///
        /// Any error of the system.
        pub fn of_path(path: &Path) -> io::Result<Self> {
            let asked = SecurityInformation::Owner | SecurityInformation::Dacl;
            let of_path = GetNamedSecurityInfo(path, SeObjectType::SE_FILE_OBJECT, asked)?;
            Self::from_descriptor(&of_path)
        }

        fn from_descriptor(descriptor: &SecurityDescriptor) -> io::Result<Self> {
            let asked = SecurityInformation::Owner | SecurityInformation::Dacl;
            let sddl = ConvertSecurityDescriptorToStringSecurityDescriptor(descriptor, asked)?;
            Ok(Self(Rights::of_sddl(&sddl.to_string_lossy(), &own_sid()?)))
        }

        /// Whether it belongs to another user.
        pub fn is_foreign(&self) -> bool {
            self.0.is_foreign
        }

        /// Whether others can read it, or grant themselves the right to.
        pub fn others_read(&self) -> bool {
            self.0.read()
        }

        /// Whether others can replace a file in this folder.
        pub fn others_replace(&self) -> bool {
            self.0.replace()
        }

        /// Whether others can change it or its contents.
        pub fn others_write(&self) -> bool {
            self.0.write()
        }
    }

    /// Restricts a folder, and everything that will be created in it, to the user and to those who
    /// control the machine.
    ///
    /// # Errors
    ///
    /// Any error of the system.
    pub fn make_private(folder: &Path) -> io::Result<()> {
        let user = own_sid()?;
        let sddl = format!("D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;{user})");
        let descriptor: LocalBox<SecurityDescriptor> = sddl.parse()?;
        let what = SecurityInformation::Dacl | SecurityInformation::ProtectedDacl;
        SetNamedSecurityInfo(
            folder,
            SeObjectType::SE_FILE_OBJECT,
            what,
            None,
            None,
            descriptor.dacl(),
            None,
        )
    }

    fn own_sid() -> io::Result<String> {
        let sid = ConvertSidToStringSid(&*current_process_sid()?)?;
        Ok(sid.to_string_lossy().into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Rights;

    const USER: &str = "S-1-5-21-1-2-3-1001";

    #[track_caller]
    fn may(sddl: &str, expected: (bool, bool, bool)) {
        let rights = Rights::of_sddl(sddl, USER);
        let found = (rights.is_foreign, rights.read(), rights.write());
        assert_eq!(found, expected, "{sddl}");
    }

    #[test]
    fn files_in_a_profile_belong_to_the_user_alone() {
        let own = "(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;S-1-5-21-1-2-3-1001)";
        may(&format!("O:{USER}G:{USER}D:AI{own}"), (false, false, false));
        may(&format!("O:BAG:SYD:PAI{own}"), (false, false, false));
        may(
            &format!("O:S-1-5-21-1-2-3-1002D:{own}"),
            (true, false, false),
        );
        may("D:(A;ID;FA;;;SY)", (true, false, false));
    }

    #[test]
    fn rights_of_other_users_are_found() {
        let with = |entry: &str| format!("O:{USER}D:PAI(A;;FA;;;SY){entry}");
        for (entry, read, write) in [
            ("(A;;FR;;;WD)", true, false),
            ("(A;OICI;0x1200a9;;;BU)", true, false),
            ("(A;;FX;;;BU)", false, false),
            ("(A;;FW;;;AU)", true, true),
            ("(A;;0x1301bf;;;S-1-5-21-1-2-3-1002)", true, true),
            ("(A;;CCDCLCSWRPWPLOCRRC;;;WD)", true, true),
            ("(A;;WD;;;WD)", true, true),
            ("(A;;??;;;WD)", true, true),
            ("(XA;;FR;;;WD;(@User.Title==\"x\"))", true, false),
            ("(A;OICIIO;FA;;;WD)", false, false),
            ("(A;OICIIOID;GA;;;CO)", false, false),
            ("(D;;FA;;;WD)", false, false),
        ] {
            may(&with(entry), (false, read, write));
        }
    }

    #[test]
    fn the_right_to_add_folders_is_no_right_to_replace() {
        let rights = |entry: &str| Rights::of_sddl(&format!("O:SYD:{entry}"), USER);
        let root = rights("(A;OICIIO;SDGXGWGR;;;AU)(A;;LC;;;AU)(A;OICI;FX;;;BU)");
        assert!(root.write() && !root.replace());
        assert!(rights("(A;;DT;;;AU)").replace() && rights("(A;;DC;;;AU)").replace());
    }

    #[test]
    fn without_an_acl_everybody_has_every_right() {
        may(&format!("O:{USER}D:NO_ACCESS_CONTROL"), (false, true, true));
        may(&format!("O:{USER}G:BU"), (false, true, true));
        may(&format!("O:{USER}D:"), (false, false, false));
    }

    #[test]
    fn the_first_administrator_has_a_name() {
        let rights = |user| Rights::of_sddl("O:LAD:(A;;FA;;;LA)", user);
        assert_eq!(rights("S-1-5-21-1-2-3-500"), Rights::default());
        assert!(rights(USER).is_foreign && rights(USER).write());
    }
}
