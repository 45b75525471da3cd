//! Retries for calls that many machines make at the same time: the nodes of a starting cluster.

use std::thread;
use std::time::{Duration, Instant};

use crate::swr::request::{Request, Response};
use crate::swr::transport::{Transport, TransportError};
use crate::system::chance::part_of;

/// The upper limit of the first pause. Each limit is twice the one before, up to [`LONGEST`].
const FIRST: Duration = Duration::from_secs(1);

/// The highest limit of a pause.
const LONGEST: Duration = Duration::from_secs(8);

/// A transport that retries until the deadline while the service answers that it takes no more
/// requests for now (429). Other answers are final.
pub(super) struct Patient<T>(pub(super) T);

impl<T: Transport> Transport for Patient<T> {
    fn send(&self, request: &Request, deadline: Instant) -> Result<Response, TransportError> {
        let mut most = FIRST;
        loop {
            let response = self.0.send(request, deadline)?;
            if response.status != 429 {
                return Ok(response);
            }
            let asked = response.header("Retry-After");
            let asked = asked.and_then(|seconds| seconds.trim().parse().ok());
            // A random part of the limit, down to zero: if a thousand machines are told to wait,
            // each comes back at another time.
            let pause = Duration::from_secs(asked.unwrap_or(0)).saturating_add(part_of(most));
            if pause >= deadline.saturating_duration_since(Instant::now()) {
                return Ok(response);
            }
            thread::sleep(pause);
            most = (2 * most).min(LONGEST);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::swr::endpoint::Endpoint;
    use crate::swr::request::Method;

    struct Busy {
        times: Cell<u32>,
        then: u16,
        retry_after: Option<&'static str>,
    }

    impl Transport for Busy {
        fn send(&self, _: &Request, _: Instant) -> Result<Response, TransportError> {
            let left = self.times.get();
            self.times.set(left.saturating_sub(1));
            let header = self
                .retry_after
                .map(|value| ("retry-after".to_owned(), value.into()));
            Ok(Response {
                status: if left == 0 { self.then } else { 429 },
                headers: header.into_iter().collect(),
                body: "".into(),
            })
        }
    }

    fn status(times: u32, then: u16, retry_after: Option<&'static str>, limit: u64) -> (u16, u32) {
        let busy = Patient(Busy {
            times: Cell::new(times),
            then,
            retry_after,
        });
        let endpoint = Endpoint::parse("https://a.example").expect("an endpoint");
        let request = Request::new(Method::Get, &endpoint, "/");
        let deadline = Instant::now() + Duration::from_millis(limit);
        let response = busy.send(&request, deadline).expect("a response");
        (response.status, busy.0.times.get())
    }

    #[test]
    fn only_a_busy_service_is_asked_again() {
        assert_eq!(status(2, 200, None, 20_000), (200, 0));
        for other in [200, 401, 403, 500, 503] {
            assert_eq!(status(0, other, None, 20_000), (other, 0));
        }
    }

    #[test]
    fn no_wait_outlasts_the_deadline() {
        assert_eq!(status(9, 200, Some("30"), 2_000), (429, 8));
        assert_eq!(
            status(9, 200, Some("18446744073709551615"), 2_000),
            (429, 8)
        );
        assert_eq!(status(u32::MAX, 200, None, 0).0, 429);
    }
}
