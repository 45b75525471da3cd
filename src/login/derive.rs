//! From a credential to its login: derived offline where that can be, else requested.

use super::error::LoginError;
use super::issued::{End, Issued};
use super::request::Request;
#[cfg(feature = "cloud")]
use super::temporary;
use crate::model::identity::Credential;
#[cfg(feature = "cloud")]
use crate::model::identity::Identity;
use crate::model::login::Login;
#[cfg(feature = "cloud")]
use crate::swr::api::sts::CallerIdentity;

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
            agencies,
            place,
            ..
        } => {
            let subject = temporary::Subject {
                identity,
                agencies,
                project: &project(request, credential)?,
                place,
            };
            temporary::login(request, &subject)
        }
        #[cfg(not(feature = "cloud"))]
        Credential::Identity { .. } => Err(LoginError::NoCloud),
    }
}

/// Returns who `credential` is to STS; `None` for what STS does not know.
///
/// # Errors
///
/// What STS, or a service on the way to it, says.
#[cfg(feature = "cloud")]
pub fn who(
    request: &Request<'_>,
    credential: &Credential,
) -> Result<Option<CallerIdentity>, LoginError> {
    match credential {
        Credential::Plain(_)
        | Credential::Identity {
            identity: Identity::LoginKey { .. } | Identity::Token(_),
            ..
        } => Ok(None),
        Credential::Identity {
            identity,
            agencies,
            place,
            ..
        } => {
            let subject = temporary::Subject {
                identity,
                agencies,
                project: &project(request, credential)?,
                place,
            };
            temporary::who(request, &subject)
        }
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
    let is_temporary = request.settings.temporary || is_enterprise(request);
    match credential {
        Credential::Plain(login) => Ok(Some(login.clone())),
        Credential::Identity {
            identity, agencies, ..
        } if !is_temporary && agencies.is_empty() => {
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
    let region = request.settings.region.as_deref();
    match registry.project(wanted.iter().map(Option::as_deref)) {
        Some(project) => Ok(project.to_owned()),
        // The IDs of an instance say which project it is; else it is the region's own.
        None if request.settings.instance.is_some() => Ok(String::new()),
        None if is_enterprise(request) => Ok(region.unwrap_or_default().to_owned()),
        None => Err(LoginError::NoProject {
            address: registry.address().to_owned(),
        }),
    }
}

fn is_enterprise(request: &Request<'_>) -> bool {
    request.settings.is_enterprise(request.registry.kind())
}
