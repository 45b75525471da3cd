//! Tries a login once, as a client does: `GET /v2/`, the registry's challenge, and the request for
//! a token with the login. Source: the token specification of the Distribution project.

use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::model::login::Login;
use crate::model::registry::Registry;
use crate::model::secret::Secret;
use crate::model::time;
use crate::swr::endpoint::{Endpoint, Malformed};
use crate::swr::request::{Method, Request, Response};
use crate::swr::transport::{Transport, TransportError};

/// The result of a trial.
pub struct Trial {
    /// The registry's answer to the login.
    pub answer: TrialAnswer,
    /// The registry's clock, in Unix seconds, if it sent the time.
    pub registry_time: Option<u64>,
}

/// A registry's answer to a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialAnswer {
    /// It needs no login.
    Open,
    /// It accepted the login.
    Accepted,
    /// It refused the login.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What the status means. Source: the table in Huawei's FAQ.
        meaning: &'static str,
    },
}

/// Why the registry did not judge the login.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrialError {
    /// The address is malformed.
    #[error("the address {0}")]
    Address(#[from] Malformed),
    /// There was no answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// It is not a registry, or it failed.
    #[error("`{registry}` answers HTTP {status}, which says nothing about the login")]
    Unexpected {
        /// The registry's address.
        registry: String,
        /// The HTTP status.
        status: u16,
    },
    /// The challenge is neither Basic nor Bearer, or its realm is not a URL.
    #[error("`{0}` asks for a login in an unknown way")]
    Challenge(String),
}

/// Tries `login` at `registry`, once, because repeated refusals lock the access key.
///
/// # Errors
///
/// [`TrialError`] if the registry never judged the login.
pub fn attempt(
    transport: &dyn Transport,
    registry: &Registry,
    login: &Login,
    deadline: Instant,
) -> Result<Trial, TrialError> {
    let endpoint = endpoint(registry)?;
    let first = transport.send(&Request::new(Method::Get, &endpoint, "/v2/"), deadline)?;
    let registry_time = first.header("Date").and_then(time::parse_http_date);
    let answer = match first.status {
        200..300 => TrialAnswer::Open,
        401 => {
            let challenge = first.header("WWW-Authenticate").unwrap_or_default();
            let request = challenged(challenge, &endpoint)
                .ok_or_else(|| TrialError::Challenge(registry.to_string()))?
                .with_header("Authorization", basic(login));
            meant_by(registry, &transport.send(&request, deadline)?)?
        }
        status => {
            let registry = registry.to_string();
            return Err(TrialError::Unexpected { registry, status });
        }
    };
    Ok(Trial {
        answer,
        registry_time,
    })
}

/// Plain HTTP is only allowed for this machine, as in docker.
fn endpoint(registry: &Registry) -> Result<Endpoint, Malformed> {
    let https = Endpoint::parse(registry.address())?;
    if https.is_direct() {
        return Endpoint::parse(&format!("http://{}", registry.address()));
    }
    Ok(https)
}

/// Returns the request that the challenge asks for: the same with a login, or one for a token. The
/// realm must be an address that a login may be sent to.
fn challenged(challenge: &str, endpoint: &Endpoint) -> Option<Request> {
    let (scheme, parameters) = challenge.split_once(' ').unwrap_or((challenge, ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Request::new(Method::Get, endpoint, "/v2/"));
    }
    let parameter = |name: &str| {
        parameters.split(',').find_map(|part| {
            let (key, value) = part.trim().split_once('=')?;
            let value = value.trim_matches('"').to_owned();
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    };
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let realm = parameter("realm")?;
    // An encoded character would be encoded twice.
    if realm.contains('%') {
        return None;
    }
    let (place, query) = realm.split_once('?').unwrap_or((&realm, ""));
    let (scheme, after) = place.split_once("://")?;
    let (authority, path) = after.split_once('/').unwrap_or((after, ""));
    let endpoint = Endpoint::parse(&format!("{scheme}://{authority}")).ok()?;
    let mut request = Request::new(Method::Get, &endpoint, &format!("/{path}"));
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        request = request.with_query(name, value);
    }
    Some(match parameter("service") {
        Some(service) => request.with_query("service", &service),
        None => request,
    })
}

fn basic(login: &Login) -> Secret {
    let pair = Secret::new(format!("{}:{}", login.username, login.password.expose()));
    Secret::new(format!("Basic {}", STANDARD.encode(pair.expose())))
}

/// A registry that is busy or failed says nothing about the login.
fn meant_by(registry: &Registry, answer: &Response) -> Result<TrialAnswer, TrialError> {
    if answer.is_success() {
        return Ok(TrialAnswer::Accepted);
    }
    let body = answer.body.expose();
    let known = [
        (
            "You may not login yet",
            "no login reached the registry, or the image is private",
        ),
        (
            "Not allow to login, upload or download image",
            "too many requests: wait half an hour",
        ),
        (
            "Authenticate Error",
            "the SK is mistyped or was used as the password itself, or the IAM user has no programmatic access",
        ),
        (
            "you do not have the permission",
            "the login works; the organisation does not let you in",
        ),
    ];
    let meaning = known.iter().find(|(said, _)| body.contains(said));
    if meaning.is_none() && !matches!(answer.status, 401 | 403) {
        return Err(TrialError::Unexpected {
            registry: registry.to_string(),
            status: answer.status,
        });
    }
    Ok(TrialAnswer::Refused {
        status: answer.status,
        meaning: meaning.map_or(
            "project, access key or login key are wrong, or a temporary login has expired",
            |(_, meaning)| meaning,
        ),
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    const HOST: &str = "swr.cn-north-4.myhuaweicloud.com";

    /// A registry with one challenge and one answer to a login. It records what it was asked.
    struct Standin {
        challenge: (u16, &'static str),
        answer: (u16, &'static str),
        asked: RefCell<Vec<String>>,
    }

    impl Transport for Standin {
        fn send(&self, request: &Request, _: Instant) -> Result<Response, TransportError> {
            let is_first = self.asked.borrow().is_empty();
            self.asked.borrow_mut().push(request.url());
            let (status, challenge) = self.challenge;
            let (answer, body) = self.answer;
            Ok(Response {
                status: if is_first { status } else { answer },
                headers: vec![("www-authenticate".into(), challenge.into())],
                body: body.into(),
            })
        }
    }

    fn tried(
        status: u16,
        challenge: &'static str,
    ) -> (Result<TrialAnswer, TrialError>, Vec<String>) {
        answered((status, challenge), (200, ""))
    }

    fn answered(
        challenge: (u16, &'static str),
        answer: (u16, &'static str),
    ) -> (Result<TrialAnswer, TrialError>, Vec<String>) {
        let standin = Standin {
            challenge,
            answer,
            asked: RefCell::default(),
        };
        let registry = Registry::parse(HOST, &[]).expect("a registry");
        let login = Login::long_term("cn-north-4", "AK", "key".into());
        let trial = attempt(&standin, &registry, &login, Instant::now());
        (trial.map(|trial| trial.answer), standin.asked.into_inner())
    }

    /// The rows of the table in Huawei's FAQ that a registry answers to a login.
    #[test]
    fn each_answer_of_a_registry_is_explained() {
        for (said, meaning) in [
            (
                "denied: Authenticate Error",
                "the SK is mistyped or was used as the password itself",
            ),
            (
                "unauthorized: authentication required",
                "project, access key or login key are wrong",
            ),
            (
                "denied: You may not login yet",
                "no login reached the registry",
            ),
            (
                "DENIED: you do not have the permission",
                "the login works; the organisation",
            ),
            (
                "denied: Not allow to login, upload or download image",
                "too many requests: wait half an hour",
            ),
            ("", "project, access key or login key are wrong"),
        ] {
            let body = format!(r#"{{"errors":[{{"message":"{said}"}}]}}"#);
            let registry = Registry::parse(HOST, &[]).expect("a registry");
            let response = Response {
                status: 403,
                headers: Vec::new(),
                body: body.as_str().into(),
            };
            match meant_by(&registry, &response) {
                Ok(TrialAnswer::Refused {
                    status: 403,
                    meaning: found,
                }) if found.starts_with(meaning) => {}
                other => panic!("{said}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_challenge_is_followed_to_its_realm() {
        let (answer, asked) = tried(
            401,
            "Bearer realm=\"https://swr.example/swr/auth/v2/registry/auth/\",service=\"dockyard\"",
        );
        assert_eq!(answer, Ok(TrialAnswer::Accepted));
        assert_eq!(
            asked,
            [
                "https://swr.cn-north-4.myhuaweicloud.com/v2/",
                "https://swr.example/swr/auth/v2/registry/auth/?service=dockyard"
            ]
        );
        let (_, asked) = tried(401, "Bearer realm=\"https://swr.example/token?a=b&c\"");
        assert_eq!(asked[1], "https://swr.example/token?a=b&c=");
        let (answer, asked) = tried(401, "Basic");
        assert_eq!(answer, Ok(TrialAnswer::Accepted));
        assert_eq!(asked[0], asked[1]);
        assert_eq!(tried(200, "").0, Ok(TrialAnswer::Open));
    }

    #[test]
    fn no_login_goes_where_no_challenge_asks_for_one() {
        for (status, challenge) in [
            (401, ""),
            (401, "Digest realm=\"https://swr.example/\""),
            (401, "Bearer"),
            (401, "Bearer realm=\"swr.example\""),
            (401, "Bearer realm=\"http://swr.example/\""),
            (401, "Bearer realm=\"https://a@swr.example/\""),
            (401, "Bearer realm=\"https://swr.example/a%2fb\""),
            (503, "Basic realm=\"r\""),
        ] {
            let (answer, asked) = tried(status, challenge);
            assert!(answer.is_err(), "{challenge}");
            assert_eq!(asked.len(), 1, "{challenge}");
        }
    }
    #[test]
    fn only_a_real_refusal_counts_as_refused() {
        let said = |status, body| answered((401, "Basic"), (status, body)).0;
        for status in [401, 403] {
            let refused = matches!(said(status, ""), Ok(TrialAnswer::Refused { .. }));
            assert!(refused, "{status}");
        }
        let known = "denied: Not allow to login, upload or download image";
        assert!(matches!(
            said(400, known),
            Ok(TrialAnswer::Refused { status: 400, .. })
        ));
        for status in [302, 404, 429, 502, 503] {
            let unexpected = matches!(said(status, ""), Err(TrialError::Unexpected { .. }));
            assert!(unexpected, "{status}");
        }
    }
}
