//! Docker's wire: what a client writes to stdin and reads from stdout.
//!
//! The rules are those of `credentials.go` in docker/docker-credential-helpers, with one difference:
//! it deletes line feeds inside its input and glues the lines, which attackers have used to reach
//! another host's login. Here every control byte inside the input is an error.

use std::fmt;
use std::io::Read;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::{Error, InputProblem, Result};
use crate::login::Login;
use crate::secret::Secret;

/// The most that is read from stdin, in bytes.
pub const INPUT_LIMIT: usize = 64 * 1024;

/// Room for nearly every input, in bytes. Wiping more takes longer than all else that a `get` does.
const USUAL_INPUT: usize = 1024;

/// What clients compare the output with to tell "nothing there" from a failure.
pub const NOT_FOUND: &str = "credentials not found in native keychain";

/// The answer to a request without a server URL.
pub const NO_SERVER_URL: &str = "no credentials server URL";

/// The answer to a `store` without a username.
pub const NO_USERNAME: &str = "no credentials username";

/// The username that stands for an OAuth2 identity token in Docker's protocol.
pub const TOKEN_USERNAME: &str = "<token>";

/// The payload of a `store`.
#[derive(Debug)]
pub struct StoreRequest {
    /// Trimmed, not empty.
    pub server_url: String,
    /// Username, not empty, and secret.
    pub login: Login,
}

impl StoreRequest {
    /// Returns the request to keep a username and a secret for a server.
    ///
    /// # Errors
    ///
    /// In this order: no server URL, no username, bad bytes; then an empty secret and the username
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
            return Err(Error::Input(InputProblem::ControlByte));
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

/// Reads all of stdin.
///
/// # Errors
///
/// What reading gave, or [`InputProblem::TooLong`] past [`INPUT_LIMIT`].
pub fn read_input(stdin: &mut dyn Read) -> Result<Zeroizing<Vec<u8>>> {
    let mut input = Zeroizing::new(Vec::with_capacity(USUAL_INPUT));
    loop {
        let room = input.capacity() - input.len();
        let read = stdin.take(room as u64).read_to_end(&mut input);
        read.map_err(|error| Error::Input(InputProblem::Unreadable(error.kind())))?;
        if input.len() < input.capacity() || input.len() > INPUT_LIMIT {
            break;
        }
        // Moved by hand, so that no copy of a secret is left behind by a reallocation.
        let mut larger = Zeroizing::new(Vec::with_capacity(INPUT_LIMIT + 1));
        larger.extend_from_slice(&input);
        input = larger;
    }
    if input.len() > INPUT_LIMIT {
        Err(Error::Input(InputProblem::TooLong))
    } else {
        Ok(input)
    }
}

/// Returns the server URL that `get` and `erase` are asked for, without the white space around it.
///
/// # Errors
///
/// [`Error::NoServerUrl`] if there is none, [`Error::Input`] for bytes that have no place in one.
pub fn parse_server_url(input: &[u8]) -> Result<&str> {
    match checked_text(input)? {
        "" => Err(Error::NoServerUrl),
        server_url => Ok(server_url),
    }
}

/// Parses the payload of a `store`. Keys match in any case and unknown ones are ignored, as Go's
/// decoder has it.
///
/// # Errors
///
/// In this order: bad bytes or JSON, no server URL, no username; then an empty secret and the
/// username `<token>`.
pub fn parse_store_request(input: &[u8]) -> Result<StoreRequest> {
    let text = checked_text(input)?;
    let payload: Payload = serde_json::from_str(text).map_err(|error| {
        Error::Input(InputProblem::Json {
            column: error.column(),
        })
    })?;
    StoreRequest::new(&payload.server_url, payload.username, payload.secret)
}

/// Returns the answer to a `get`: one line of JSON that echoes the trimmed request.
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
    // JSON writes one byte as six at the most: no reallocation leaves a copy behind.
    let length = server_url.len() + reply.username.len() + reply.secret.len();
    let mut line = Zeroizing::new(Vec::with_capacity(6 * length + 64));
    serde_json::to_writer(&mut *line, &reply).expect("texts are written to memory");
    line.push(b'\n');
    line
}

/// Returns the answer to a `list`: one line of JSON from server to username.
pub fn list_reply<'a>(logins: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
    let sorted: std::collections::BTreeMap<&str, &str> = logins.into_iter().collect();
    let mut line = serde_json::to_vec(&sorted).expect("texts are written to memory");
    line.push(b'\n');
    line
}

/// Whether there is a control byte in `text`.
pub fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_control())
}

fn checked_text(input: &[u8]) -> Result<&str> {
    let text = std::str::from_utf8(input)
        .map_err(|_| Error::Input(InputProblem::NotUtf8))?
        .trim();
    if has_control(text) {
        Err(Error::Input(InputProblem::ControlByte))
    } else {
        Ok(text)
    }
}

/// The payload as it comes; what is missing or null is empty.
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

    #[test]
    fn keys_match_in_any_case_and_the_last_wins() {
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
                    Err(Error::Input(_))
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
                matches!(parse_server_url(bad), Err(Error::Input(_))),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn input_is_bounded() {
        assert_eq!(
            read_input(&mut &[b'a'; INPUT_LIMIT][..])
                .expect("in bounds")
                .len(),
            INPUT_LIMIT
        );
        let error = read_input(&mut std::io::repeat(b'a')).expect_err("too long");
        assert!(matches!(error, Error::Input(InputProblem::TooLong)));
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
