//! What Docker gets: a username and a password.

#[cfg(feature = "cloud")]
pub mod temporary;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::access_key::shortened;
use crate::error::{Error, Result};
use crate::provider::{Credential, Request};
use crate::secret::Secret;

/// A login, as Docker sends it to a registry. Its `Debug` hides the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// `<project>@<AK>` for SWR's long-term login; whatever a registry takes otherwise.
    pub username: String,
    /// The login key, or the password of a plain login.
    pub password: Secret,
}

impl Login {
    /// Returns the username with the middle of its AK left out, where it is one of SWR's; for lists.
    pub fn shortened_username(&self) -> String {
        match self.username.rsplit_once('@') {
            Some((project, ak)) => format!("{project}@{}", shortened(ak)),
            None => self.username.clone(),
        }
    }

    /// Returns SWR's long-term login for `project`: username `<project>@<AK>`, password the login key.
    pub fn long_term(project: &str, ak: &str, login_key: Secret) -> Self {
        Self {
            username: format!("{project}@{ak}"),
            password: login_key,
        }
    }
}

/// A login, and until when it is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The login.
    pub login: Login,
    /// Its end.
    pub end: End,
}

/// Until when a login is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As long as its access key is there, or for a plain login until a person changes it.
    Never,
    /// Until then, in Unix seconds.
    At(u64),
    /// Nobody may count on it later: its end is not known, or a person turned keeping off.
    Unkept,
}

/// Returns the login that `credential` is, or gets, at the request's registry.
///
/// # Errors
///
/// As [`issue`].
pub fn of(request: &Request<'_>, credential: &Credential) -> Result<Login> {
    Ok(issue(request, credential)?.login)
}

/// Returns the same with its end.
///
/// # Errors
///
/// [`Error::NoProject`] if no project is known for it; and what asking the API for a temporary login
/// gives, where that must be.
pub fn issue(request: &Request<'_>, credential: &Credential) -> Result<Issued> {
    let permanent = |login| Issued {
        login,
        end: End::Never,
    };
    if let Some(login) = offline(request, credential)? {
        return Ok(permanent(login));
    }
    match credential {
        Credential::Plain(login) => Ok(permanent(login.clone())),
        #[cfg(feature = "cloud")]
        Credential::Identity {
            identity, agency, ..
        } => {
            let project = project(request, credential)?;
            temporary::login(request, identity, agency.as_ref(), &project)
        }
        #[cfg(not(feature = "cloud"))]
        Credential::Identity { .. } => Err(Error::NoCloud),
    }
}

/// Returns the login where it can be had without asking anybody.
///
/// # Errors
///
/// [`Error::NoProject`] if no project is known for it.
pub fn offline(request: &Request<'_>, credential: &Credential) -> Result<Option<Login>> {
    let is_temporary = request.settings.temporary || request.settings.instance.is_some();
    match credential {
        Credential::Plain(login) => Ok(Some(login.clone())),
        Credential::Identity {
            identity,
            agency: None,
            ..
        } if !is_temporary => {
            let Some((ak, login_key)) = identity.login_key() else {
                return Ok(None);
            };
            let project = project(request, credential)?;
            Ok(Some(Login::long_term(&project, ak, login_key)))
        }
        Credential::Identity { .. } => Ok(None),
    }
}

/// Returns the project that the login of `credential` names.
///
/// # Errors
///
/// [`Error::NoProject`] if neither the address nor anybody else names one.
pub fn project(request: &Request<'_>, credential: &Credential) -> Result<String> {
    let wanted = match credential {
        Credential::Plain(_) => &[None, None],
        Credential::Identity { projects, .. } => projects,
    };
    let registry = request.registry;
    match registry.project(wanted.iter().map(Option::as_deref)) {
        Some(project) => Ok(project.to_owned()),
        // The IDs of an instance say which project it is.
        None if request.settings.instance.is_some() => Ok(String::new()),
        None => Err(Error::NoProject {
            address: registry.address().to_owned(),
        }),
    }
}

/// Returns the login key of an access key: the lower-case hex of HMAC-SHA256 with the SK as its key
/// and the AK as its message, as Huawei's guide "Obtaining a long-term login command" derives it.
/// It is the same in every region, and valid until the access key is deleted.
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
        // The first is published with its result (huaweicse/auth); the others were computed with openssl.
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
}
