//! Errors of the calls, in words for a person.

use std::fmt;

use super::auth::Auth;
use super::fault::Fault;
use crate::model::time;
use crate::swr::endpoint::Malformed;
use crate::swr::request::{Request, Response};
use crate::swr::transport::TransportError;

/// The largest difference of the clocks that a signature allows, in seconds. Source: Huawei's *API
/// Request Signing Guide*.
const SKEW_LIMIT: u64 = 15 * 60;

/// Why a call failed. No variant holds a header, a body or a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The credentials are wrong, expired or lack a permission (401, 403). Trying again makes it
    /// worse: more than five failures in a row lock an access key for 5 minutes.
    #[error("`{host}` refused the credentials: {fault}")]
    Refused {
        /// The service's host.
        host: String,
        /// What the service answered.
        fault: Fault,
        /// What the call needs, where that is documented.
        needs: Option<Need>,
    },
    /// The time of the signature is too far off, so that no key would be accepted (401, 403).
    #[error("`{host}` refused the request's time: {skew}; {fault}")]
    ClockSkew {
        /// The service's host.
        host: String,
        /// How far off the clock is.
        skew: Skew,
        /// What the service answered.
        fault: Fault,
    },
    /// There is no such resource (404).
    #[error("`{host}` does not know `{path}`: {fault}")]
    NotFound {
        /// The service's host.
        host: String,
        /// The path of the request.
        path: String,
        /// What the service answered.
        fault: Fault,
    },
    /// The account has no project with this name, or the caller may not see it.
    #[error("`{host}` does not know the project `{name}`")]
    NoProject {
        /// IAM's host.
        host: String,
        /// The project's name.
        name: String,
    },
    /// No Enterprise instance has the registry's address, or the caller may not see it.
    #[error("`{host}` knows no instance of the Enterprise edition with the address `{address}`")]
    NoInstance {
        /// The service's host.
        host: String,
        /// The registry's address.
        address: String,
    },
    /// Too many requests (429).
    #[error("`{host}` is too busy: {fault}")]
    Throttled {
        /// The service's host.
        host: String,
        /// What the service answered.
        fault: Fault,
    },
    /// The service failed (5xx).
    #[error("`{host}` failed: {fault}")]
    Unavailable {
        /// The service's host.
        host: String,
        /// What the service answered.
        fault: Fault,
    },
    /// Any other status: a bad request or a redirect.
    #[error("`{host}` did not accept the request: {fault}")]
    Rejected {
        /// The service's host.
        host: String,
        /// What the service answered.
        fault: Fault,
    },
    /// A success without the expected contents.
    #[error("`{host}` answered with {why}")]
    Garbage {
        /// The service's host.
        host: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The address to ask is malformed.
    #[error("the address {0}")]
    Url(#[from] Malformed),
    /// There was no response: an error of DNS, connection or TLS, or a timeout.
    #[error(transparent)]
    Unreachable(#[from] TransportError),
}

/// What must be granted before a service does what the call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// An action that a policy allows to the caller.
    Action(&'static str),
    /// A role of the caller.
    Role(&'static str),
    /// An action that the trust policy of the agency allows to the ID token.
    Trust(&'static str),
}

/// Returns what a call needs, by the page of Huawei's documents named beside it; `None` where no
/// page says it. The new login command is such a call: two languages of its page contradict each
/// other.
fn need(path: &str, auth: Auth) -> Option<Need> {
    Some(match path {
        // api-swr, *Generating a Temporary Login Command*
        "/v2/manage/utils/secret" => Need::Action("swr::createLoginSecret"),
        // usermanual-iam5, *Granting Permission to Obtaining Temporary Security Credentials*
        "/v5/agencies/assume" => Need::Action("sts:agencies:assume"),
        // usermanual-iam5, *Obtaining Temporary Security Credentials*; the caller has no identity
        // in the account yet
        "/v5/agencies/assume-with-oidc" => Need::Trust("sts:agencies:assumeWithOIDC"),
        // api-iam, *Obtaining a Temporary Access Key and Security Token Through an Agency*
        "/v3.0/OS-CREDENTIAL/securitytokens" if !matches!(auth, Auth::Nobody) => {
            Need::Role("Agent Operator")
        }
        // api-iam, *Actions*
        "/v3/projects" => Need::Action("iam:projects:listProjects"),
        // api-swr2, *Obtaining a Temporary Access Credential*
        path if path.ends_with("/temp-credential") => {
            Need::Action("swr:instance:createTempCredential")
        }
        // api-swr2, *Listing Domain Names*
        path if path.ends_with("/domainname") => Need::Action("swr:instance:listDomainNames"),
        // api-swr2, *Querying the Instance List*
        path if path.ends_with("/instances") => Need::Action("swr:instance:list"),
        // api-cce, *AssumeAgencyForPodIdentity*
        path if path.ends_with("/assume-agency-for-pod-identity") => {
            Need::Action("cce::assumeAgencyForPodIdentity")
        }
        _ => return None,
    })
}

impl ApiError {
    /// Returns the error for the status of `response`. The call was authorized with `auth` at
    /// `now`.
    pub(super) fn from_response(
        request: &Request,
        response: &Response,
        auth: Auth,
        now: u64,
    ) -> Self {
        let host = request.endpoint.authority();
        let fault = Fault::from_response(response, request, auth);
        match response.status {
            401 | 403 => match Skew::from_response(response, &fault, now) {
                Some(skew) if auth.signs() => Self::ClockSkew { host, skew, fault },
                _ => Self::Refused {
                    host,
                    fault,
                    needs: need(&request.path, auth),
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

    /// Whether a service answers like this to a token, key or ID that was revoked.
    pub fn may_be_revoked(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::NotFound { .. })
    }

    /// Whether the service may work again a little later, and asking again at once would make it
    /// worse.
    pub fn is_busy(&self) -> bool {
        matches!(
            self,
            Self::Throttled { .. } | Self::Unavailable { .. } | Self::Unreachable(_)
        )
    }

    /// Whether the service refused the identity, so that the same request must not be repeated for
    /// a while.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::ClockSkew { .. })
    }
}

/// The difference between this machine's clock and the service's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skew {
    /// Ahead, by this many seconds.
    Ahead(u64),
    /// Behind, by this many seconds.
    Behind(u64),
    /// The service only said that the time is wrong.
    Unknown,
}

impl Skew {
    /// Returns the skew if it made the service refuse. It is computed from the header `Date`, or
    /// taken from the gateway's message, because its code `APIGW.0301` can also mean a wrong key.
    fn from_response(response: &Response, fault: &Fault, now: u64) -> Option<Self> {
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
        ApiError::from_response(&request, response, auth, NOW)
    }

    #[test]
    fn a_wrong_clock_is_not_a_refused_key() {
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
