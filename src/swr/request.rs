//! Requests and responses as plain data, with the encoding that both the wire and the signature
//! use.

use std::fmt::Write as _;

use crate::model::secret::Secret;
use crate::swr::endpoint::Endpoint;

/// The methods that the calls use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
}

impl Method {
    /// Returns the method as it is sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// A request to one of Huawei Cloud's services.
///
/// All header values and the body are [`Secret`]s, so `Debug` shows none of them, and no list of
/// secret headers is needed.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Its destination.
    pub endpoint: Endpoint,
    /// The path, not encoded; it begins with `/`.
    pub path: String,
    /// The names and values of the query, not encoded.
    pub query: Vec<(String, String)>,
    /// The headers, without those that the HTTP client adds.
    pub headers: Vec<(String, Secret)>,
    /// The body; empty for none.
    pub body: Secret,
    /// The secret in the body that a service must not repeat.
    pub told: Option<Secret>,
}

impl Request {
    /// Returns a request for `path`, which is not encoded and begins with `/`.
    pub fn new(method: Method, endpoint: &Endpoint, path: &str) -> Self {
        Self {
            method,
            endpoint: endpoint.clone(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Secret::from(""),
            told: None,
        }
    }

    /// Adds a name and a value to the query.
    pub fn with_query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a header.
    pub fn with_header(mut self, name: &str, value: Secret) -> Self {
        self.headers.push((name.to_owned(), value));
        self
    }

    /// Sets the body, with the header that declares it as JSON.
    pub fn with_json(mut self, body: &serde_json::Value) -> Self {
        self.body = Secret::new(body.to_string());
        self.as_json()
    }

    /// Adds the header that declares the body as JSON. SWR's reference requires it even without a
    /// body. Huawei's SDK does not sign a body of another type.
    pub fn as_json(self) -> Self {
        self.with_header("Content-Type", "application/json".into())
    }

    /// Records that the body holds `secret`.
    pub fn telling(mut self, secret: &Secret) -> Self {
        self.told = Some(secret.clone());
        self
    }

    /// Returns the URL of the request.
    pub fn url(&self) -> String {
        let mut url = format!("{}{}", self.endpoint, self.encoded_path());
        if !self.query.is_empty() {
            url.push('?');
            url.push_str(&self.encoded_query());
        }
        url
    }

    /// Returns the path with each segment percent-encoded.
    pub fn encoded_path(&self) -> String {
        self.path
            .split('/')
            .map(encode)
            .collect::<Vec<_>>()
            .join("/")
    }

    /// Returns the query, percent-encoded and sorted by name and value. The signature requires that
    /// order. Sending the same order leaves no room for a second reading.
    pub fn encoded_query(&self) -> String {
        let mut pairs: Vec<_> = self.query.iter().collect();
        pairs.sort();
        let pairs = pairs
            .into_iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

/// A response, whatever its status.
///
/// As in [`Request`], header values and the body are [`Secret`]s.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status, such as 200.
    pub status: u16,
    /// The headers, in the order of their arrival.
    pub headers: Vec<(String, Secret)>,
    /// The whole body.
    pub body: Secret,
}

impl Response {
    /// Returns the first header called `name`, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self
            .headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name));
        header.map(|(_, value)| value.expose())
    }

    /// Whether the status is a success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Percent-encodes every byte that is not unreserved in RFC 3986.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(byte.into())
            }
            _ => write!(encoded, "%{byte:02X}").expect("a String takes everything"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        let endpoint = Endpoint::parse("https://swr-api.example").expect("an endpoint");
        Request::new(Method::Post, &endpoint, "/v2/a b/ü")
    }

    #[test]
    fn the_url_is_encoded_and_sorted() {
        let request = request()
            .with_query("b", "")
            .with_query("a", "x y&z=1")
            .with_query("a", "+~");
        assert_eq!(
            request.url(),
            "https://swr-api.example/v2/a%20b/%C3%BC?a=%2B~&a=x%20y%26z%3D1&b="
        );
    }

    #[test]
    fn debug_shows_no_header_value_and_no_body() {
        let request = request()
            .with_header("Authorization", "HEADER-VALUE".into())
            .with_json(&serde_json::json!({"password": "IN-THE-BODY"}));
        let shown = format!("{request:?}");
        assert!(shown.contains("Authorization"), "{shown}");
        let response = Response {
            status: 200,
            headers: request.headers,
            body: request.body,
        };
        for shown in [shown, format!("{response:?}")] {
            assert!(
                !shown.contains("HEADER-VALUE") && !shown.contains("IN-THE-BODY"),
                "{shown}"
            );
        }
    }
}
