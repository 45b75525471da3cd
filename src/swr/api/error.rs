//! Why a call gave nothing, in words for a person.

use std::fmt;

use super::auth::Auth;
use super::fault::Fault;
use crate::model::time;
use crate::swr::endpoint::Malformed;
use crate::swr::request::{Request, Response};
use crate::swr::transport::TransportError;

/// How far a signature's time may be off, by Huawei's *API Request Signing Guide*.
const SKEW_LIMIT: u64 = 15 * 60;

/// Why a call gave nothing. No variant holds a header, a body or a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The credentials are wrong, expired or without the permission (401, 403). Asking again with the
    /// same makes it worse: more than five failures in a row lock an access key for 5 minutes.
    #[error("`{host}` refused the credentials: {fault}")]
    Refused {
        /// The service's host.
        host: String,
        /// What it said.
        fault: Fault,
        /// The permission that the call needs, where it needs one.
        needs: Option<&'static str>,
    },
    /// The signature's time is too far off, so that no key would do (401, 403).
    #[error("`{host}` refused the request's time: {skew}; {fault}")]
    ClockSkew {
        /// The service's host.
        host: String,
        /// How far off the clock is.
        skew: Skew,
        /// What it said.
        fault: Fault,
    },
    /// What was asked for is not there (404).
    #[error("`{host}` does not know `{path}`: {fault}")]
    NotFound {
        /// The service's host.
        host: String,
        /// The path that was asked for.
        path: String,
        /// What it said.
        fault: Fault,
    },
    /// The account has no project of this name, or who asks may not see it.
    #[error("`{host}` does not know the project `{name}`")]
    NoProject {
        /// IAM's host.
        host: String,
        /// The project's name.
        name: String,
    },
    /// No instance of the Enterprise edition has the registry's address, or who asks may not see it.
    #[error("`{host}` knows no instance of the Enterprise edition with the address `{address}`")]
    NoInstance {
        /// The service's host.
        host: String,
        /// The registry's address.
        address: String,
    },
    /// Too many requests (429).
    #[error("`{host}` takes no more requests for now: {fault}")]
    Throttled {
        /// The service's host.
        host: String,
        /// What it said.
        fault: Fault,
    },
    /// The service is out of order (5xx).
    #[error("`{host}` is out of order: {fault}")]
    Unavailable {
        /// The service's host.
        host: String,
        /// What it said.
        fault: Fault,
    },
    /// Any other status: a bad request, a redirect.
    #[error("`{host}` did not accept the request: {fault}")]
    Rejected {
        /// The service's host.
        host: String,
        /// What it said.
        fault: Fault,
    },
    /// A success that does not hold what it should.
    #[error("`{host}` answered with {why}")]
    Garbage {
        /// The service's host.
        host: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The address that was to be asked is none.
    #[error("the address {0}")]
    Url(#[from] Malformed),
    /// There was no response: DNS, connection, TLS or time.
    #[error(transparent)]
    Unreachable(#[from] TransportError),
}

/// Returns the permission that a call needs, by the references of the services.
fn permission(path: &str) -> Option<&'static str> {
    Some(match path {
        "/v2/manage/utils/secret" => "swr::createLoginSecret",
        "/v5/agencies/assume" => "sts:agencies:assume",
        "/v5/agencies/assume-with-oidc" => "sts:agencies:assumeWithOIDC",
        "/v3.0/OS-CREDENTIAL/securitytokens" => "Agent Operator",
        "/v3/projects" => "iam:projects:listProjects",
        path if path.ends_with("/temp-credential") => "swr:instance:createTempCredential",
        path if path.ends_with("/domainname") => "swr:instance:listDomainNames",
        path if path.ends_with("/instances") => "swr:instance:list",
        path if path.ends_with("/assume-agency-for-pod-identity") => {
            "cce::assumeAgencyForPodIdentity"
        }
        _ => return None,
    })
}

impl ApiError {
    /// Returns what the status of `response` means for a call that `auth` proves at `now`.
    pub(super) fn of(request: &Request, response: &Response, auth: Auth, now: u64) -> Self {
        let host = request.endpoint.authority();
        let fault = Fault::of(response, request, auth);
        match response.status {
            401 | 403 => match Skew::of(response, &fault, now) {
                Some(skew) if auth.signs() => Self::ClockSkew { host, skew, fault },
                _ => Self::Refused {
                    host,
                    fault,
                    needs: permission(&request.path),
                },
            },
            404 => Self::NotFound {
                host,
                path: request.path.clone(),
                fault,
            },
            429 => Self::Throttled { host, fault },
            500.. => Self::Unavailable { host, fault },
            _ => Self::Rejected { host, fault },
        }
    }

    /// Whether it is what a service says to a token, a key or an ID that is no more.
    pub fn may_be_revoked(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::NotFound { .. })
    }

    /// Whether the service may answer a little later, and asking again at once makes it worse.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::Unavailable { .. })
    }

    /// Whether the service refused who asked, so that the same must not be asked again for a while.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::ClockSkew { .. })
    }
}

/// How this machine's clock differs from the service's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skew {
    /// Seconds that it is ahead.
    Ahead(u64),
    /// Seconds that it is behind.
    Behind(u64),
    /// The service only said that it is off.
    Unknown,
}

impl Skew {
    /// Returns the skew that made the service refuse, if that was it: by its own clock in `Date`,
    /// else by the words of the gateway, whose code `APIGW.0301` alone can mean a wrong key too.
    fn of(response: &Response, fault: &Fault, now: u64) -> Option<Self> {
        match response.header("Date").and_then(time::parse_http_date) {
            Some(theirs) if now > theirs + SKEW_LIMIT => Some(Self::Ahead(now - theirs)),
            Some(theirs) if theirs > now + SKEW_LIMIT => Some(Self::Behind(theirs - now)),
            _ => fault
                .message
                .contains("signature expired")
                .then_some(Self::Unknown),
        }
    }
}

impl fmt::Display for Skew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ahead(seconds) => {
                write!(f, "this machine's clock is {} minutes ahead", seconds / 60)
            }
            Self::Behind(seconds) => {
                write!(f, "this machine's clock is {} minutes behind", seconds / 60)
            }
            Self::Unknown => f.write_str("this machine's clock is off"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::access_key::AccessKey;
    use crate::model::secret::Secret;
    use crate::swr::endpoint::Endpoint;
    use crate::swr::request::Method;

    const NOW: u64 = 1_767_323_045;

    fn response(status: u16, body: &str) -> Response {
        Response {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    fn error(response: &Response, signed: bool) -> ApiError {
        let endpoint = Endpoint::parse("https://iam.example").expect("an endpoint");
        let request = Request::new(Method::Get, &endpoint, "/v3/projects");
        let key = AccessKey {
            ak: "AccessKey".into(),
            sk: "SecretKey".into(),
        };
        let auth = if signed {
            Auth::Key(&key)
        } else {
            Auth::Nobody
        };
        ApiError::of(&request, response, auth, NOW)
    }

    #[test]
    fn a_refused_time_is_not_a_refused_key() {
        let dated = |date: &str| {
            let headers = vec![("date".to_owned(), Secret::from(date))];
            Response {
                headers,
                ..response(
                    401,
                    r#"{"error_code":"APIGW.0301","error_msg":"verify fail"}"#,
                )
            }
        };
        let skew = |response: &Response, signed| match error(response, signed) {
            ApiError::ClockSkew { skew, .. } => Some(skew),
            _ => None,
        };
        // NOW is 03:04:05.
        assert_eq!(
            skew(&dated("Fri, 02 Jan 2026 02:49:04 GMT"), true),
            Some(Skew::Ahead(901))
        );
        assert_eq!(skew(&dated("Fri, 02 Jan 2026 02:49:05 GMT"), true), None);
        assert_eq!(skew(&dated("Fri, 02 Jan 2026 03:19:05 GMT"), true), None);
        assert_eq!(
            skew(&dated("Fri, 02 Jan 2026 03:19:06 GMT"), true),
            Some(Skew::Behind(901))
        );
        assert_eq!(skew(&dated("Fri, 02 Jan 2026 04:19:05 GMT"), false), None);
        let expired = response(
            401,
            r#"{"error_code":"APIGW.0301","error_msg":"signature expired, .."}"#,
        );
        assert_eq!(skew(&expired, true), Some(Skew::Unknown));
        assert!(error(&expired, true).is_refusal() && error(&response(403, ""), true).is_refusal());
        assert!(!error(&response(503, ""), true).is_refusal());
    }
}
