//! Turns a credential into a login: derived offline if possible, otherwise requested.

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

/// Returns the login of `credential` at the request's registry.
///
/// # Errors
///
/// As [`issue`].
pub fn obtain(request: &Request<'_>, credential: &Credential) -> Result<Login, LoginError> {
    Ok(issue(request, credential)?.login)
}

/// Returns the login and until when it is valid.
///
/// # Errors
///
/// [`LoginError::NoProject`] if no project is known; any error of requesting a temporary login, if
/// one is needed.
pub fn issue(request: &Request<'_>, credential: &Credential) -> Result<Issued, LoginError> {
    if let Some(login) = offline(request, credential)? {
        let end = End::Never;
        return Ok(Issued { login, end });
    }
    #[cfg(feature = "cloud")]
    return with_subject(request, credential, temporary::login);
    #[cfg(not(feature = "cloud"))]
    Err(LoginError::NoCloud)
}

/// Returns the identity that STS knows for `credential`; `None` for kinds that STS does not accept.
///
/// # Errors
///
/// Any error of STS, or of the requests before it.
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
        Credential::Identity { .. } => with_subject(request, credential, temporary::who),
    }
}

/// Calls `ask` with the identity in `credential`, which must not be a plain login.
#[cfg(feature = "cloud")]
fn with_subject<T>(
    request: &Request<'_>,
    credential: &Credential,
    ask: impl FnOnce(&Request<'_>, &temporary::Subject<'_>) -> Result<T, LoginError>,
) -> Result<T, LoginError> {
    let Credential::Identity {
        identity,
        agencies,
        place,
        ..
    } = credential
    else {
        unreachable!("a plain login needs no request")
    };
    let subject = temporary::Subject {
        identity,
        agencies,
        project: &project(request, credential)?,
        place,
    };
    ask(request, &subject)
}

/// Returns the login if it can be derived offline.
///
/// # Errors
///
/// [`LoginError::NoProject`] if no project is known.
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

/// Returns the project for the username.
///
/// # Errors
///
/// [`LoginError::NoProject`] if neither the address nor anything else names one.
pub fn project(request: &Request<'_>, credential: &Credential) -> Result<String, LoginError> {
    let wanted = match credential {
        Credential::Plain(_) => &[None, None],
        Credential::Identity { projects, .. } => projects,
    };
    let registry = request.registry;
    let region = request.settings.region.as_deref();
    match registry.project(wanted.iter().map(Option::as_deref)) {
        Some(project) => Ok(project.to_owned()),
        // The instance's IDs already determine the project. Otherwise it is the region's default
        // project.
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
