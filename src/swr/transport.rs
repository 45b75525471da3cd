//! Sends requests: the trait that tests replace, what can go wrong, and when a request is repeated.

use std::thread;
use std::time::{Duration, Instant};

use crate::swr::request::{Request, Response};
use crate::system::chance::part_of;

/// The shortest pause before the second attempt.
const PAUSE: Duration = Duration::from_millis(100);

/// How much longer than that it can be.
const JITTER: Duration = Duration::from_millis(299);

/// Sends requests.
pub trait Transport {
    /// Sends `request` once, and returns the response with any status if it arrives before
    /// `deadline`.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if there is no complete response.
    fn send(&self, request: &Request, deadline: Instant) -> Result<Response, TransportError>;
}

/// Why there is no response. The texts come from the network and from TLS, and hold no header and
/// no body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The request cannot be sent, because a header would hold forbidden characters.
    #[error(
        "cannot send the request to `{host}`: the token or an ID has characters that no header may have"
    )]
    Malformed {
        /// The host.
        host: String,
    },
    /// The name was not found, or the connection was refused.
    #[error("cannot connect to `{host}`: {why}")]
    Connect {
        /// The host.
        host: String,
        /// The system's error.
        why: String,
    },
    /// The proxy setting is malformed, or the proxy refused the connection.
    #[error("cannot reach `{host}` through the proxy: {why}")]
    Proxy {
        /// The host.
        host: String,
        /// What is wrong. It never repeats the setting, which may hold a password.
        why: String,
    },
    /// There is no trusted TLS connection.
    #[error("cannot trust `{host}`: {why}")]
    Tls {
        /// The host.
        host: String,
        /// The error of TLS.
        why: String,
    },
    /// The deadline passed.
    #[error("`{host}` did not answer in time")]
    Timeout {
        /// The host.
        host: String,
    },
    /// The connection broke before the response was complete.
    #[error("the connection to `{host}` broke: {why}")]
    Broken {
        /// The host.
        host: String,
        /// The system's error.
        why: String,
    },
    /// The response is not HTTP, or too large.
    #[error("`{host}` sent an unexpected answer: {why}")]
    Garbage {
        /// The host.
        host: String,
        /// What is wrong with it.
        why: String,
    },
}

/// Sends `request`, and repeats it once after a short pause if that can help: if the connection
/// broke, or if the service is busy (429, 502, 503). A refusal (401, 403) is never repeated,
/// because more than five in a row lock the access key (source: Huawei's IAM documents).
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
    // Twenty helpers that failed at the same time must not all come back at the same time.
    let pause = PAUSE + part_of(JITTER);
    match pause_before_second(&first, left, pause) {
        None => first,
        Some(pause) => {
            thread::sleep(pause);
            transport.send(request, deadline)
        }
    }
}

/// Returns the pause before the second attempt, which is `pause` unless the service asks for more;
/// `None` if there should be no second attempt, or no time would be left for it.
fn pause_before_second(
    first: &Result<Response, TransportError>,
    left: Duration,
    pause: Duration,
) -> Option<Duration> {
    let asked = match first {
        Err(TransportError::Broken { .. }) => 0,
        Ok(response) if matches!(response.status, 429 | 502 | 503) => {
            // RFC 9110 also allows a date here, but a service that sends one means hours.
            response
                .header("Retry-After")
                .map_or(Some(0), |seconds| seconds.trim().parse().ok())?
        }
        _ => return None,
    };
    let pause = Duration::from_secs(asked).checked_add(pause)?;
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
    fn only_temporary_failures_are_retried_and_only_once() {
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
    fn the_pause_follows_retry_after_and_fits_the_deadline() {
        let jitter = 100 + u64::MAX % 300;
        let milliseconds = |ms| Some(Duration::from_millis(ms));
        let pause = |first, left| {
            pause_before_second(
                &first,
                Duration::from_millis(left),
                Duration::from_millis(jitter),
            )
        };
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
