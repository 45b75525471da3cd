//! A service's error message, made safe to show to a person and to write into Docker's logs.

use std::fmt;

use serde_json::Value;

use super::auth::Auth;
use super::echo;
use crate::model::text::is_unseen;
use crate::swr::request::{Request, Response};

/// The longest message that is shown, in characters.
const MESSAGE_LIMIT: usize = 200;

/// A service's error: the status, and its code and message, which can both be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The HTTP status.
    pub status: u16,
    /// The code, such as `APIGW.0301`.
    pub code: String,
    /// One line, without anything that looks like a key.
    pub message: String,
}

/// The replacement for a key.
const HIDDEN: &str = "[redacted]";

/// The fields that hold code and message: of SWR, of the gateway before it, of IAM.
const SHAPES: [(&str, &str); 5] = [
    ("/errors/0/errorCode", "/errors/0/errorMessage"),
    ("/errors/0/code", "/errors/0/message"),
    ("/error_code", "/error_msg"),
    ("/error/code", "/error/message"),
    ("/code", "/message"),
];

impl Fault {
    /// Reads the error from the `response` to `request`, which was authorized with `auth`. A body
    /// of unknown shape is ignored, because anybody could have written it.
    pub(super) fn from_response(response: &Response, request: &Request, auth: Auth) -> Self {
        let body: Value = serde_json::from_str(response.body.expose()).unwrap_or_default();
        let text = |pointer| match body.pointer(pointer) {
            Some(Value::String(text)) => {
                let told = request.told.as_ref().map(|told| told.expose());
                let told = told.filter(|told| !told.is_empty());
                let text = told.map_or(text.clone(), |told| text.replace(told, HIDDEN));
                let secrets: Vec<_> = auth.secrets().into_iter().chain(told).collect();
                Some(clean(&text, auth, &secrets))
            }
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let found = SHAPES
            .into_iter()
            .map(|(code, message)| (text(code), text(message)));
        let (code, message) = found
            .into_iter()
            .find(|found| *found != (None, None))
            .unwrap_or_default();
        Self {
            status: response.status,
            code: code.unwrap_or_default(),
            message: message.unwrap_or_default(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status)?;
        // IAM repeats the status as the code.
        if !self.code.is_empty() && self.code != self.status.to_string() {
            write!(f, ", {}", self.code)?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

/// Returns `text` as one line of limited length, without control characters, without the secrets of
/// `auth`, and without anything else that looks like a key.
fn clean(text: &str, auth: Auth, secrets: &[&str]) -> String {
    // The gateway repeats what was signed, including every signed header.
    let mut text = text
        .split("canonicalRequest")
        .next()
        .unwrap_or_default()
        .to_owned();
    for secret in auth.sent().into_iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, HIDDEN);
    }
    if secrets.iter().any(|secret| echo::repeats(&text, secret)) {
        return HIDDEN.to_owned();
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || "+/=_-".contains(c);
    let mut line = String::new();
    for part in text.split_inclusive(|c| !is_word(c)) {
        let word = part.trim_end_matches(|c| !is_word(c));
        line.push_str(if looks_like_key(word) { HIDDEN } else { word });
        let rest = part[word.len()..].chars();
        line.extend(rest.map(|c| {
            if c.is_whitespace() || is_unseen(c) {
                ' '
            } else {
                c
            }
        }));
    }
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.trim_end_matches([' ', ',']);
    match line.char_indices().nth(MESSAGE_LIMIT) {
        None => line.to_owned(),
        Some((end, _)) => format!("{}...", &line[..end]),
    }
}

/// Whether `word` could be an AK, an SK, a token or a signature, and not an ID, a project or a
/// path: capitals mixed with digits, or longer than any name.
fn looks_like_key(word: &str) -> bool {
    let has = |test: fn(&u8) -> bool| word.as_bytes().iter().any(test);
    word.len() >= 64
        || word.len() >= 17
            && has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_digit)
            && !word.starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::access_key::AccessKey;
    use crate::model::identity::TemporaryKey;
    use crate::model::secret::Secret;
    use crate::swr::endpoint::Endpoint;
    use crate::swr::request::Method;

    #[test]
    fn each_shape_of_a_fault_is_read() {
        for (body, shown) in [
            (
                r#"{"errors":[{"errorCode":"SVCSTG.SWR.4030001","errorMessage":"no permission"}]}"#,
                "status 403, SVCSTG.SWR.4030001: no permission",
            ),
            (
                r#"{"error_code":"APIGW.0301","error_msg":"Incorrect IAM authentication information"}"#,
                "status 403, APIGW.0301: Incorrect IAM authentication information",
            ),
            (
                r#"{"error":{"code":403,"message":"You are not authorized.","title":"Forbidden"}}"#,
                "status 403: You are not authorized.",
            ),
            (r#"{"error_msg":"only words"}"#, "status 403: only words"),
            (
                r#"{"error_msg":"you told it"}"#,
                "status 403: you [redacted] it",
            ),
            ("<html>login</html>", "status 403"),
            (r#"{"auths":{"host":{"auth":"dTpw"}}}"#, "status 403"),
            ("", "status 403"),
        ] {
            let response = Response {
                status: 403,
                headers: Vec::new(),
                body: body.into(),
            };
            let endpoint = Endpoint::parse("https://a.example").expect("an endpoint");
            let request = Request::new(Method::Post, &endpoint, "/").telling(&"told".into());
            let fault = Fault::from_response(&response, &request, Auth::Nobody);
            assert_eq!(fault.to_string(), shown, "{body}");
        }
    }

    #[test]
    fn a_message_is_one_short_line_without_keys() {
        for (message, shown) in [
            (
                "two\r\nlines\tand \u{1b}[31mred\u{202e}",
                "two lines and [31mred",
            ),
            (
                "ak LTAI5tDvssj9BBMtAGT3HoTT not exist",
                "ak [redacted] not exist",
            ),
            ("token MIIQ+a/b=c-d_e1234 is bad", "token [redacted] is bad"),
            (
                "verify aksk signature fail, canonicalRequest:POST|/v2/|x-security-token:gQpjbi1ub3J0aC00",
                "verify aksk signature fail",
            ),
            (
                "login 89aca1198a970e4360203d71cdaa80cfc13ecd55ee84409719e88162d139ef34",
                "login [redacted]",
            ),
            (
                "no project cn-north-4_some-longer-name, request 5a63903e690bcd18d9ddf5c2ca75e827",
                "no project cn-north-4_some-longer-name, request 5a63903e690bcd18d9ddf5c2ca75e827",
            ),
            (
                "signature expired, signature time:20211217T064303Z,server time:20211217T065804Z",
                "signature expired, signature time:20211217T064303Z,server time:20211217T065804Z",
            ),
        ] {
            assert_eq!(clean(message, Auth::Nobody, &[]), shown);
        }
        let long = clean(&"华".repeat(300), Auth::Nobody, &[]);
        assert_eq!(long, format!("{}...", "华".repeat(MESSAGE_LIMIT)));
    }

    #[test]
    fn what_was_sent_is_cut_out_whatever_it_looks_like() {
        let key = AccessKey {
            ak: "AccessKey".into(),
            sk: "SecretKey".into(),
        };
        let security_token = Secret::from("words as token");
        let temporary = TemporaryKey {
            key: key.clone(),
            security_token,
            expires: None,
        };
        let said = "AccessKey, words as token";
        for (auth, shown) in [
            (Auth::Nobody, said),
            (Auth::Key(&key), "[redacted], words as token"),
            (Auth::TemporaryKey(&temporary), "[redacted], [redacted]"),
            (
                Auth::Token(&temporary.security_token),
                "AccessKey, [redacted]",
            ),
            (
                Auth::Password(&temporary.security_token),
                "AccessKey, [redacted]",
            ),
            (Auth::Password(&Secret::from("")), said),
        ] {
            assert_eq!(clean(said, auth, &auth.secrets()), shown, "{auth:?}");
        }
    }
}
