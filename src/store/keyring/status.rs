//! What the numbers of an error say of the whole keyring.

#[cfg(any(target_os = "macos", test))]
use crate::store::daemon::Daemon;
use crate::store::error::KeyringState;

/// Returns what an `OSStatus` says of the login keychain:
/// <https://developer.apple.com/documentation/security/security-framework-result-codes>.
#[cfg(any(target_os = "macos", test))]
pub(super) fn of_macos(status: i32) -> Option<KeyringState> {
    match status {
        // errSecNotAvailable, errSecNoSuchKeychain, errSecInvalidKeychain, errSecNoDefaultKeychain
        -25291 | -25294 | -25295 | -25307 => {
            Some(KeyringState::Absent("this session has no login keychain"))
        }
        // errSecInteractionNotAllowed, errSecInteractionRequired, errSecAuthFailed
        -25308 | -25315 | -25293 => Some(KeyringState::Locked(Daemon::Keychain)),
        // userCanceledErr
        -128 => Some(KeyringState::Denied),
        _ => None,
    }
}

/// `ERROR_NO_SUCH_LOGON_SESSION`.
#[cfg(any(windows, test))]
pub(super) const NO_SUCH_LOGON_SESSION: u32 = 1312;

/// Returns what an error of Windows says of the Credential Manager:
/// <https://learn.microsoft.com/windows/win32/api/wincred/nf-wincred-credwritew>.
#[cfg(any(windows, test))]
pub(super) fn of_windows(code: u32) -> Option<KeyringState> {
    match code {
        // ERROR_ACCESS_DENIED
        5 => Some(KeyringState::Denied),
        NO_SUCH_LOGON_SESSION => Some(KeyringState::Absent(
            "Windows keeps no credentials for a session that nobody logged in to with a password",
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::error::StoreError;

    #[test]
    fn a_session_without_a_keyring_has_none() {
        for state in [
            of_macos(-25291),
            of_macos(-25294),
            of_windows(NO_SUCH_LOGON_SESSION),
        ] {
            let state = state.expect("a state");
            assert!(matches!(state, KeyringState::Absent(_)), "{state:?}");
            assert!(StoreError::from(state).is_no_keyring());
        }
    }

    #[test]
    fn locked_and_denied_are_a_keyring() {
        let locked = Some(KeyringState::Locked(Daemon::Keychain));
        for status in [-25308, -25315, -25293] {
            assert_eq!(of_macos(status), locked, "{status}");
        }
        for denied in [of_macos(-128), of_windows(5)] {
            assert_eq!(denied, Some(KeyringState::Denied));
        }
    }

    #[test]
    fn an_error_of_one_item_says_nothing_of_the_keyring() {
        // errSecDuplicateItem, errSecItemNotFound, errSecDecode
        for status in [-25299, -25300, -26275, 0] {
            assert_eq!(of_macos(status), None, "{status}");
        }
        // ERROR_NOT_FOUND, ERROR_INVALID_PARAMETER
        assert_eq!((of_windows(1168), of_windows(87)), (None, None));
    }
}
