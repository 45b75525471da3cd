//! What Docker gets: a username and a password.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::access_key::{is_alphanumeric, shortened};
use super::registry::is_project;
use super::secret::Secret;

/// The username that marks an OAuth2 identity token in Docker's protocol.
pub const TOKEN_USERNAME: &str = "<token>";

/// A login as Docker sends it to a registry. `Debug` hides the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// `<project>@<AK>` for SWR's long-term login, or whatever another registry accepts.
    pub username: String,
    /// The login key, or the password of a plain login.
    pub password: Secret,
}

impl Login {
    /// Returns SWR's long-term login for `project`: username `<project>@<AK>`, password the login
    /// key.
    pub fn long_term(project: &str, ak: &str, login_key: Secret) -> Self {
        Self {
            username: Username { project, ak }.to_string(),
            password: login_key,
        }
    }

    /// Returns the username for people. If it is one of SWR's, the AK in it is shortened.
    pub fn shortened_username(&self) -> String {
        match Username::parse(&self.username) {
            Some(Username { project, ak }) => format!("{project}@{}", shortened(ak)),
            None => self.username.clone(),
        }
    }
}

/// The username of SWR's long-term login, `<project>@<AK>`. Source: Huawei's guide "Obtaining a
/// long-term login command".
///
/// Temporary logins have the same form. The enhanced ones are `bearertoken@<AK>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Username<'a> {
    /// The project's name: letters, digits, `-` and `_`.
    pub project: &'a str,
    /// The access key ID: letters and digits.
    pub ak: &'a str,
}

impl<'a> Username<'a> {
    /// Splits `text` into its parts. Returns `None` for what is not a username of SWR's, such as a
    /// mail address.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (project, ak) = text.split_once('@')?;
        (is_project(project) && is_alphanumeric(ak)).then_some(Self { project, ak })
    }
}

impl fmt::Display for Username<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.project, self.ak)
    }
}

/// Returns the login key of an access key: HMAC-SHA256 with the SK as the key and the AK as the
/// message, in lower-case hex. Source: Huawei's guide "Obtaining a long-term login command". It is
/// the same in every region, and valid until the access key is deleted.
pub fn login_key(ak: &str, sk: &Secret) -> Secret {
    let mut mac = Hmac::<Sha256>::new_from_slice(sk.expose().as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(ak.as_bytes());
    Secret::new(hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_key_pairs_give_their_login_keys() {
        // The first is published with its result (huaweicse/auth); the others were computed with
        // openssl.
        for (ak, sk, expected) in [
            (
                "NQIZW3SSNRDLT0ZKZANS",
                "Wn3QykqzsyD5osUFc2hFH6qozqOtV5FvetckJ7fr",
                "02a8ceaa95db6653c6f033759774d3bcc01be6b97da1c4ce218ef2451630eeb5",
            ),
            (
                "QTWAOYTTINDUT2QVKYUC",
                "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc",
                "89aca1198a970e4360203d71cdaa80cfc13ecd55ee84409719e88162d139ef34",
            ),
            (
                "P0HEQUQ4XBWXY5WD69X0",
                "3WJuF1oMFSoSJSWKAWrhUVOVWvtAnATAbS61hDVs",
                "64d157869c2a2403ae2da15594a3b941616d08cd6bbddc747f6405cd18cf974a",
            ),
            (
                "AccessKey",
                "SecretKey",
                "f004a0445bcaf37d946c882a22e1e5f9007ea3513c293aa2d3360af05b8875cd",
            ),
        ] {
            assert_eq!(login_key(ak, &sk.into()).expose(), expected);
        }
    }

    #[test]
    fn the_username_is_project_at_ak() {
        let login = Login::long_term("cn-north-4_team", "AK", "key".into());
        assert_eq!(login.username, "cn-north-4_team@AK");
        assert!(!format!("{login:?}").contains("key"));
    }

    #[test]
    fn an_swr_username_is_not_mistaken_for_a_mail_address() {
        let parsed = |text| Username::parse(text).map(|username| (username.project, username.ak));
        assert_eq!(
            parsed("cn-north-4_team@QTWAOYTTINDUT2QVKYUC"),
            Some(("cn-north-4_team", "QTWAOYTTINDUT2QVKYUC"))
        );
        for other in [
            "alice",
            "alice@example.org",
            "a@b@C",
            "@AK",
            "p@",
            "p p@AK",
            "p@A K",
        ] {
            assert_eq!(parsed(other), None, "{other}");
        }
    }
}
