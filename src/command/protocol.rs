//! Docker's protocol: what a client writes to stdin and reads from stdout.
//!
//! The rules are those of `credentials.go` in docker/docker-credential-helpers, with one
//! difference. That code deletes line feeds in its input and so joins lines, which attackers have
//! used to reach the login of another host. Here every control byte in the input is an error.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::{Error, Result};
use crate::console::error::{ConsoleError, InputProblem};
use crate::model::login::{Login, TOKEN_USERNAME};
use crate::model::secret::Secret;
use crate::model::text::has_control;

/// The request of a `store`.
#[derive(Clone, Debug)]
pub struct StoreRequest {
    /// The server URL, trimmed and not empty.
    pub server_url: String,
    /// The username, which is not empty, and the secret.
    pub login: Login,
}

impl StoreRequest {
    /// Returns the request to store a username and a secret for a server.
    ///
    /// # Errors
    ///
    /// Checked in this order: no server URL, no username, bad bytes, an empty secret, the username
    /// `<token>`.
    pub fn new(server_url: &str, username: String, secret: Secret) -> Result<Self> {
        let server_url = server_url.trim();
        if server_url.is_empty() {
            return Err(Error::NoServerUrl);
        }
        if username.is_empty() {
            return Err(Error::NoUsername);
        }
        if has_control(server_url) || has_control(&username) {
            return Err(ConsoleError::Input(InputProblem::ControlByte).into());
        }
        if secret.is_empty() {
            return Err(Error::NoSecret);
        }
        if username == TOKEN_USERNAME {
            return Err(Error::TokenUsername);
        }
        Ok(Self {
            server_url: server_url.to_owned(),
            login: Login {
                username,
                password: secret,
            },
        })
    }
}

/// Returns the server URL in the input of a `get` or `erase`, trimmed.
///
/// # Errors
///
/// [`Error::NoServerUrl`] if it is empty, [`ConsoleError::Input`] for bad bytes.
pub fn parse_server_url(input: &[u8]) -> Result<&str> {
    match checked_text(input)? {
        "" => Err(Error::NoServerUrl),
        server_url => Ok(server_url),
    }
}

/// Parses the input of a `store`. As in Go's decoder, keys match in any case, and unknown keys are
/// ignored.
///
/// # Errors
///
/// Checked in this order: bad bytes or JSON, no server URL, no username, an empty secret, the
/// username `<token>`.
pub fn parse_store_request(input: &[u8]) -> Result<StoreRequest> {
    let text = checked_text(input)?;
    let payload: Payload = serde_json::from_str(text).map_err(|error| {
        ConsoleError::Input(InputProblem::Json {
            column: error.column(),
        })
    })?;
    StoreRequest::new(&payload.server_url, payload.username, payload.secret)
}

/// Returns the answer to a `get`: one line of JSON that repeats the trimmed server URL.
pub fn get_reply(server_url: &str, login: &Login) -> Zeroizing<Vec<u8>> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Reply<'a> {
        #[serde(rename = "ServerURL")]
        server_url: &'a str,
        username: &'a str,
        secret: &'a str,
    }
    let reply = Reply {
        server_url,
        username: &login.username,
        secret: login.password.expose(),
    };
    // JSON needs at most six bytes for one, so the buffer never grows, which would leave a copy
    // behind.
    let length = server_url.len() + reply.username.len() + reply.secret.len();
    let mut line = Zeroizing::new(Vec::with_capacity(6 * length + 64));
    serde_json::to_writer(&mut *line, &reply).expect("texts are written to memory");
    line.push(b'\n');
    line
}

/// Returns the answer to a `list`: one line of JSON that maps servers to usernames. If a server
/// occurs twice, the last one counts.
pub fn list_reply<'a>(logins: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
    let sorted: std::collections::BTreeMap<&str, &str> = logins.into_iter().collect();
    let mut line = serde_json::to_vec(&sorted).expect("texts are written to memory");
    line.push(b'\n');
    line
}

fn checked_text(input: &[u8]) -> Result<&str> {
    let text = std::str::from_utf8(input)
        .map_err(|_| ConsoleError::Input(InputProblem::NotUtf8))?
        .trim();
    if has_control(text) {
        Err(ConsoleError::Input(InputProblem::ControlByte).into())
    } else {
        Ok(text)
    }
}

/// The fields of the request. A missing field or null is empty.
#[derive(Default)]
struct Payload {
    server_url: String,
    username: String,
    secret: Secret,
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PayloadVisitor;

        impl<'de> Visitor<'de> for PayloadVisitor {
            type Value = Payload;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Payload, M::Error> {
                let mut payload = Payload::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.to_ascii_lowercase().as_str() {
                        "serverurl" => {
                            payload.server_url = map.next_value::<Option<_>>()?.unwrap_or_default()
                        }
                        "username" => {
                            payload.username = map.next_value::<Option<_>>()?.unwrap_or_default()
                        }
                        "secret" => {
                            payload.secret = map.next_value::<Option<_>>()?.unwrap_or_default()
                        }
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(payload)
            }
        }

        deserializer.deserialize_map(PayloadVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::error::{NO_SERVER_URL, NO_USERNAME};

    #[test]
    fn keys_match_in_any_case_and_the_last_one_wins() {
        let input = br#" {"serverurl":"x","ServerURL":" host ","USERNAME":"u","Extra":{"a":[1]},"secret":"s"} "#;
        let request = parse_store_request(input).expect("a request");
        assert_eq!(request.server_url, "host");
        assert_eq!(
            request.login,
            Login {
                username: "u".into(),
                password: "s".into()
            }
        );
    }

    #[test]
    fn payloads_are_checked_in_order() {
        let error = |input: &str| {
            parse_store_request(input.as_bytes())
                .expect_err(input)
                .to_string()
        };
        assert_eq!(error(r#"{"Username":"","Secret":""}"#), NO_SERVER_URL);
        assert_eq!(
            error(r#"{"ServerURL":" ","Username":"u","Secret":"s"}"#),
            NO_SERVER_URL
        );
        assert_eq!(error(r#"{"ServerURL":"h","Secret":"s"}"#), NO_USERNAME);
        assert_eq!(
            error(r#"{"ServerURL":"h","Username":null,"Secret":"s"}"#),
            NO_USERNAME
        );
        for bad in [
            "",
            "[]",
            "{",
            "null",
            r#"{"ServerURL":1}"#,
            r#"{"ServerURL":"h"} x"#,
            "{\n}",
        ] {
            assert!(parse_store_request(bad.as_bytes()).is_err(), "{bad}");
        }
        for control in [
            r#"{"ServerURL":"h\ni","Username":"u","Secret":"s"}"#,
            r#"{"ServerURL":"h","Username":"u\u0000","Secret":"s"}"#,
        ] {
            assert!(
                matches!(
                    parse_store_request(control.as_bytes()),
                    Err(Error::Console(ConsoleError::Input(_)))
                ),
                "{control}"
            );
        }
    }

    #[test]
    fn a_password_may_hold_line_feeds() {
        let input = br#"{"ServerURL":"gcr.io","Username":"_json_key","Secret":"{\n}\n"}"#;
        assert_eq!(
            parse_store_request(input)
                .expect("a request")
                .login
                .password
                .expose(),
            "{\n}\n"
        );
    }

    #[test]
    fn a_server_url_is_trimmed_and_holds_no_control_byte() {
        assert_eq!(parse_server_url(b" host \r\n").expect("a URL"), "host");
        assert!(matches!(parse_server_url(b" \n"), Err(Error::NoServerUrl)));
        for bad in [
            &b"ho\nst"[..],
            b"ho\rst",
            b"ho\0st",
            b"ho\tst",
            b"ho\x7fst",
            b"ho\xffst",
        ] {
            assert!(
                matches!(
                    parse_server_url(bad),
                    Err(Error::Console(ConsoleError::Input(_)))
                ),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn replies_are_one_line() {
        let login = Login {
            username: "u\"".into(),
            password: "p\n".into(),
        };
        assert_eq!(
            &get_reply("h", &login)[..],
            b"{\"ServerURL\":\"h\",\"Username\":\"u\\\"\",\"Secret\":\"p\\n\"}\n"
        );
        assert_eq!(
            list_reply([("b", "2"), ("a", "1")]),
            b"{\"a\":\"1\",\"b\":\"2\"}\n"
        );
        assert_eq!(list_reply([]), b"{}\n");
    }
}
