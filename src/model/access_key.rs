//! Access keys: their parts, their shapes and the file in which Huawei hands them out.

use super::secret::Secret;

/// A permanent access key: access key ID and secret access key.
///
/// Its `Debug` shows the AK, which is no secret, and not the SK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// The access key ID.
    pub ak: String,
    /// The secret access key.
    pub sk: Secret,
}

/// Why a text cannot be a part of an access key. It never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// An AK holds letters and digits only.
    #[error("the AK must be letters and digits, at most 128 of them")]
    Ak,
    /// Nothing was given for the SK.
    #[error("the SK is empty")]
    NoSk,
    /// An SK holds letters and digits only.
    #[error("the SK must be letters and digits, at most 128 of them")]
    Sk,
    /// The two were typed in each other's place.
    #[error("AK and SK look swapped: the AK is the shorter one, of capitals and digits")]
    Swapped,
    /// What was given for the AK has the shape of an SK, and no AK has it.
    #[error("the AK has the shape of an SK: an AK is capitals and digits, and shorter")]
    SkForAk,
    /// The same text was given for both.
    #[error("AK and SK are the same text, so one of them is in the other's place")]
    Same,
    /// A login key is derived from the SK; the SK cannot be had back from it.
    #[error("this is a login key (64 hex digits), not an SK")]
    LoginKey,
}

impl AccessKey {
    /// Checks what was given as `ak` and `sk`, wherever it comes from.
    ///
    /// Huawei promises no lengths (20 and 40 are what every sample has), so the bounds are wide; the
    /// usual mistakes are told apart because "wrong password" is all that a registry would say.
    ///
    /// # Errors
    ///
    /// [`Malformed`] says which part is wrong.
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
        // The AK is shown, and goes out in a username.
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

/// Whether `text` is what a login key is: 64 lower-case hex digits.
pub fn is_login_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether `text` has the shape of an AK as Huawei's own code accepts it: 10 to 30 capitals and digits.
pub fn looks_like_ak(text: &str) -> bool {
    (10..=30).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Whether `text` has the shape of an SK as Huawei's own code accepts it: 30 to 50 letters and digits.
pub fn looks_like_sk(text: &str) -> bool {
    (30..=50).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Returns the AK with its middle left out, for lists that are read over a shoulder.
pub fn shortened(ak: &str) -> String {
    match (
        ak.get(..4),
        ak.len().checked_sub(4).and_then(|from| ak.get(from..)),
    ) {
        (Some(start), Some(end)) if ak.len() > 8 => format!("{start}..{end}"),
        _ => "..".to_owned(),
    }
}

/// Whether `text` is made of letters and digits, as AK and SK are, and of a sane length.
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
    fn the_usual_mistakes_are_told_apart() {
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
    fn a_shortened_ak_keeps_its_ends() {
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
