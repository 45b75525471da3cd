//! From a credential to its login: derived offline where that can be, else requested.

use super::error::LoginError;
use super::issued::{End, Issued};
use super::request::Request;
#[cfg(feature = "cloud")]
use super::temporary;
use crate::model::identity::Credential;
use crate::model::login::Login;

/// Returns the login that `credential` is, or gets, at the request's registry.
///
/// # Errors
///
/// As [`issue`].
pub fn of(request: &Request<'_>, credential: &Credential) -> Result<Login, LoginError> {
    Ok(issue(request, credential)?.login)
}

/// Returns the same with its end.
///
/// # Errors
///
/// [`LoginError::NoProject`] if no project is known for it; and what asking the API for a temporary login
/// gives, where that must be.
pub fn issue(request: &Request<'_>, credential: &Credential) -> Result<Issued, LoginError> {
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
            identity,
            agency,
            source,
            ..
        } => {
            let project = project(request, credential)?;
            temporary::login(request, identity, agency.as_ref(), &project, *source)
        }
        #[cfg(not(feature = "cloud"))]
        Credential::Identity { .. } => Err(LoginError::NoCloud),
    }
}

/// Returns the login where it can be had without asking anybody.
///
/// # Errors
///
/// [`LoginError::NoProject`] if no project is known for it.
pub fn offline(
    request: &Request<'_>,
    credential: &Credential,
) -> Result<Option<Login>, LoginError> {
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
/// [`LoginError::NoProject`] if neither the address nor anybody else names one.
pub fn project(request: &Request<'_>, credential: &Credential) -> Result<String, LoginError> {
    let wanted = match credential {
        Credential::Plain(_) => &[None, None],
        Credential::Identity { projects, .. } => projects,
    };
    let registry = request.registry;
    match registry.project(wanted.iter().map(Option::as_deref)) {
        Some(project) => Ok(project.to_owned()),
        // The IDs of an instance say which project it is.
        None if request.settings.instance.is_some() => Ok(String::new()),
        None => Err(LoginError::NoProject {
            address: registry.address().to_owned(),
        }),
    }
}
