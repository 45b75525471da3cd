//! Access keys: their two parts, and the checks that both must pass.

use super::secret::Secret;

/// A permanent access key: an access key ID (AK) and a secret access key (SK).
///
/// `Debug` shows the AK, which is not secret, and hides the SK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// The access key ID.
    pub ak: String,
    /// The secret access key.
    pub sk: Secret,
}

/// Why a text cannot be part of an access key. The message never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// An AK holds letters and digits only.
    #[error("the AK must be 1 to 128 letters and digits")]
    Ak,
    /// An AK that a person typed has another shape than every AK seen so far.
    #[error("an AK is 10 to 30 capitals and digits")]
    NotAkShape,
    /// The SK is missing.
    #[error("the SK is empty")]
    NoSk,
    /// An SK holds letters and digits only.
    #[error("the SK must be 1 to 128 letters and digits")]
    Sk,
    /// The AK and the SK were swapped.
    #[error("AK and SK look swapped: the AK is the shorter one, with only capitals and digits")]
    Swapped,
    /// The AK has the shape of an SK, which no AK has.
    #[error("the AK looks like an SK: an AK is shorter, with only capitals and digits")]
    SkForAk,
    /// The AK and the SK are the same text.
    #[error("AK and SK are the same text, so one of them is wrong")]
    Same,
    /// A login key was given as the SK. The SK cannot be computed back from it.
    #[error("this is a login key (64 hex digits), not an SK")]
    LoginKey,
}

impl AccessKey {
    /// Checks an AK and an SK, whatever their source.
    ///
    /// Huawei documents no lengths (every sample has 20 and 40 characters), so the limits are wide.
    /// The common mistakes get errors of their own, because a registry would only answer "wrong
    /// password".
    ///
    /// # Errors
    ///
    /// [`Malformed`] names the part that is wrong.
    pub fn checked(ak: &str, sk: Secret) -> Result<Self, Malformed> {
        if sk.expose().is_empty() {
            return Err(Malformed::NoSk);
        }
        if is_login_key(sk.expose()) {
            return Err(Malformed::LoginKey);
        }
        if ak == sk.expose() {
            return Err(Malformed::Same);
        }
        if looks_like_sk(ak) && looks_like_ak(sk.expose()) {
            return Err(Malformed::Swapped);
        }
        // The AK is shown to people and sent as part of the username, so it must not be an SK.
        if looks_like_sk(ak) && !looks_like_ak(ak) {
            return Err(Malformed::SkForAk);
        }
        if !is_alphanumeric(ak) {
            return Err(Malformed::Ak);
        }
        if !is_alphanumeric(sk.expose()) {
            return Err(Malformed::Sk);
        }
        Ok(Self {
            ak: ak.to_owned(),
            sk,
        })
    }
}

/// Whether `text` has the shape of a login key: 64 lower-case hex digits.
pub fn is_login_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether `text` has the shape of an AK as Huawei's own code accepts it: 10 to 30 capitals and
/// digits.
pub fn looks_like_ak(text: &str) -> bool {
    (10..=30).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Whether `text` has the shape of an SK as Huawei's own code accepts it: 30 to 50 letters and
/// digits.
pub fn looks_like_sk(text: &str) -> bool {
    (30..=50).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Returns the AK without its middle part, for lists that somebody else may see.
pub fn shortened(ak: &str) -> String {
    match (
        ak.get(..4),
        ak.len().checked_sub(4).and_then(|from| ak.get(from..)),
    ) {
        (Some(start), Some(end)) if ak.len() > 8 => format!("{start}..{end}"),
        _ => "..".to_owned(),
    }
}

/// Whether `text` is 1 to 128 letters and digits, as an AK or an SK is.
pub fn is_alphanumeric(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AK: &str = "QTWAOYTTINDUT2QVKYUC";
    const SK: &str = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc";
    const LOGIN_KEY: &str = "89aca1198a970e4360203d71cdaa80cfc13ecd55ee84409719e88162d139ef34";

    fn problem(ak: &str, sk: &str) -> Option<Malformed> {
        AccessKey::checked(ak, sk.into()).err()
    }

    #[test]
    fn each_usual_mistake_has_its_own_error() {
        assert_eq!(problem(AK, SK), None);
        assert_eq!(problem("AccessKey", "SecretKey"), None);
        assert_eq!(problem(SK, AK), Some(Malformed::Swapped));
        assert_eq!(problem(AK, LOGIN_KEY), Some(Malformed::LoginKey));
        assert_eq!(problem(SK, SK), Some(Malformed::Same));
        let other = "3WJuF1oMFSoSJSWKAWrhUVOVWvtAnATAbS61hDVs";
        assert_eq!(problem(other, SK), Some(Malformed::SkForAk));
        assert_eq!(problem("", SK), Some(Malformed::Ak));
        assert_eq!(
            problem("cn-north-4@QTWAOYTTINDUT2QVKYUC", SK),
            Some(Malformed::Ak)
        );
        assert_eq!(problem(AK, ""), Some(Malformed::NoSk));
        assert_eq!(problem(AK, "with blank in the middle"), Some(Malformed::Sk));
    }

    #[test]
    fn a_shortened_ak_keeps_its_first_and_last_characters() {
        assert_eq!(shortened(AK), "QTWA..KYUC");
        assert_eq!(shortened("SHORT"), "..");
    }

    #[test]
    fn debug_hides_the_sk() {
        let key = AccessKey::checked(AK, SK.into()).expect("a key");
        let shown = format!("{key:?}");
        assert!(shown.contains(AK) && !shown.contains(SK), "{shown}");
    }
}
