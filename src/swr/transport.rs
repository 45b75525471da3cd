//! Sending a request: the trait that tests replace, what can go wrong, and when to try again.

use std::hash::{BuildHasher, RandomState};
use std::thread;
use std::time::{Duration, Instant};

use crate::swr::request::{Request, Response};

/// The shortest and the longest pause before the second attempt.
const PAUSE: std::ops::Range<u64> = 100..400;

/// Sends requests.
pub trait Transport {
    /// Sends `request` once and returns the response, whatever its status, before `deadline`.
    ///
    /// # Errors
    ///
    /// [`TransportError`] says why there is no whole response.
    fn send(&self, request: &Request, deadline: Instant) -> Result<Response, TransportError>;
}

/// Why there is no response. The texts come from the network's and TLS's side; none holds a header
/// or a body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The request cannot be sent: a header holds what no header may.
    #[error("cannot ask `{host}`: the token or an ID holds characters that no header may")]
    Malformed {
        /// The host that was to be asked.
        host: String,
    },
    /// The name was not resolved, or nothing took the connection.
    #[error("cannot connect to `{host}`: {why}")]
    Connect {
        /// The host that was to be reached.
        host: String,
        /// What the system said.
        why: String,
    },
    /// The proxy's setting is malformed, or the proxy refused to connect.
    #[error("cannot reach `{host}` by the proxy: {why}")]
    Proxy {
        /// The host that was to be reached.
        host: String,
        /// What is wrong; never the setting, which may hold a password.
        why: String,
    },
    /// There is no TLS connection that can be trusted.
    #[error("cannot trust `{host}`: {why}")]
    Tls {
        /// The host that was to be reached.
        host: String,
        /// What TLS said.
        why: String,
    },
    /// The deadline passed.
    #[error("`{host}` did not answer in time")]
    Timeout {
        /// The host that was to answer.
        host: String,
    },
    /// The connection ended before the response did.
    #[error("the connection to `{host}` broke: {why}")]
    Broken {
        /// The host that it was with.
        host: String,
        /// What the system said.
        why: String,
    },
    /// What came is no HTTP, or more of it than anything here answers with.
    #[error("`{host}` answered with something else than was asked for: {why}")]
    Garbage {
        /// The host that answered.
        host: String,
        /// What was wrong with it.
        why: String,
    },
}

/// Sends `request`, and once more after a short pause where that may help: when the connection
/// broke, or the service says that it is too busy (429, 502, 503). A refusal (401, 403) is never
/// sent again: by Huawei's IAM documents more than five in a row lock the access key.
///
/// # Errors
///
/// The [`TransportError`] of the last attempt.
pub fn send(
    transport: &dyn Transport,
    request: &Request,
    deadline: Instant,
) -> Result<Response, TransportError> {
    let first = transport.send(request, deadline);
    let left = deadline.saturating_duration_since(Instant::now());
    // Twenty helpers that were refused at once must not come back at once.
    let random = RandomState::new().hash_one(());
    match pause_before_second(&first, left, random) {
        None => first,
        Some(pause) => {
            thread::sleep(pause);
            transport.send(request, deadline)
        }
    }
}

/// Returns how long to wait before the second attempt; `None` for no such attempt, also where
/// nothing would be left of the deadline.
fn pause_before_second(
    first: &Result<Response, TransportError>,
    left: Duration,
    random: u64,
) -> Option<Duration> {
    let asked = match first {
        Err(TransportError::Broken { .. }) => 0,
        Ok(response) if matches!(response.status, 429 | 502 | 503) => {
            // RFC 9110 allows a date in it too; a service that names one has hours in mind.
            response
                .header("Retry-After")
                .map_or(Some(0), |seconds| seconds.trim().parse().ok())?
        }
        _ => return None,
    };
    let jitter = Duration::from_millis(PAUSE.start + random % (PAUSE.end - PAUSE.start));
    let pause = Duration::from_secs(asked).checked_add(jitter)?;
    (pause < left).then_some(pause)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::model::secret::Secret;
    use crate::swr::endpoint::Endpoint;
    use crate::swr::request::Method;

    fn answer(status: u16, retry_after: Option<&str>) -> Result<Response, TransportError> {
        let header = retry_after.map(|value| ("retry-after".to_owned(), Secret::from(value)));
        Ok(Response {
            status,
            headers: header.into_iter().collect(),
            body: "".into(),
        })
    }

    fn broken() -> Result<Response, TransportError> {
        Err(TransportError::Broken {
            host: "a.example".into(),
            why: "reset".into(),
        })
    }

    fn timeout() -> Result<Response, TransportError> {
        Err(TransportError::Timeout {
            host: "a.example".into(),
        })
    }

    struct Script(RefCell<Vec<Result<Response, TransportError>>>);

    impl Transport for Script {
        fn send(&self, _: &Request, _: Instant) -> Result<Response, TransportError> {
            self.0.borrow_mut().remove(0)
        }
    }

    fn left_after(answers: Vec<Result<Response, TransportError>>) -> usize {
        let endpoint = Endpoint::parse("https://a.example").expect("an endpoint");
        let script = Script(RefCell::new(answers));
        let deadline = Instant::now() + Duration::from_secs(10);
        let _ = send(
            &script,
            &Request::new(Method::Get, &endpoint, "/"),
            deadline,
        );
        script.0.into_inner().len()
    }

    #[test]
    fn only_what_may_pass_is_sent_again_and_only_once() {
        for status in [200, 301, 400, 401, 403, 404, 500, 504] {
            assert_eq!(
                left_after(vec![answer(status, None), answer(200, None)]),
                1,
                "{status}"
            );
        }
        assert_eq!(left_after(vec![timeout(), answer(200, None)]), 1);
        assert_eq!(left_after(vec![broken(), broken(), answer(200, None)]), 1);
        for status in [429, 502, 503] {
            assert_eq!(
                left_after(vec![
                    answer(status, None),
                    answer(status, None),
                    answer(200, None)
                ]),
                1
            );
        }
    }

    #[test]
    fn the_pause_is_short_or_what_was_asked_for_and_fits_the_deadline() {
        let pause =
            |first, left| pause_before_second(&first, Duration::from_millis(left), u64::MAX);
        let jitter = 100 + u64::MAX % 300;
        let milliseconds = |ms| Some(Duration::from_millis(ms));
        assert_eq!(pause(broken(), 10_000), milliseconds(jitter));
        assert_eq!(pause(answer(503, None), jitter), None);
        assert_eq!(
            pause(answer(429, Some("2")), 10_000),
            milliseconds(2000 + jitter)
        );
        assert_eq!(pause(answer(429, Some("10")), 10_000), None);
        assert_eq!(
            pause(answer(429, Some("18446744073709551615")), 10_000),
            None
        );
        assert_eq!(
            pause(answer(503, Some("Fri, 31 Dec 2027 23:59:59 GMT")), 10_000),
            None
        );
        assert_eq!(pause(answer(401, Some("1")), 10_000), None);
        assert_eq!(pause(timeout(), 10_000), None);
    }
}
