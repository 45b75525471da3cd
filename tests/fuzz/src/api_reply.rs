//! What Huawei Cloud's services answer: a login is one that docker can use, a key is one that can
//! sign, and a failure is one line without a secret.
//!
//! The first line of an input says how it is answered: a letter for the call, one for the status,
//! and then what the headers say that the calls look at. All else is the body, in which `$A` and
//! `$T` stand for what the service was sent.

use std::time::Instant;

use docker_credential_swr::command::protocol::{get_reply, parse_store_request};
use docker_credential_swr::model::access_key::AccessKey;
use docker_credential_swr::model::agency::Terms;
use docker_credential_swr::model::identity::TemporaryKey;
use docker_credential_swr::model::secret::Secret;
use docker_credential_swr::swr::api::enterprise::Instance;
use docker_credential_swr::swr::api::iam::{Scope, User};
use docker_credential_swr::swr::api::secret::Asked;
use docker_credential_swr::swr::api::{
    Api, ApiError, Auth, TemporaryLogin, enterprise, iam, metadata, secret,
};
use docker_credential_swr::swr::endpoint::Endpoint;
use docker_credential_swr::swr::request::{Method, Request, Response};
use docker_credential_swr::swr::transport::{Transport, TransportError};

const HOST: &str = "swr.cn-north-4.myhuaweicloud.com";
const AK: &str = "QTWAOYTTINDUT2QVKYUC";
const SK: &str = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc";
/// Of no shape that would give it away as a secret.
const TOKEN: &str = "marked-security-token";
const NOW: u64 = 1_767_323_045;

const STATUSES: [u16; 14] = [
    200, 201, 299, 301, 400, 401, 403, 404, 405, 429, 500, 502, 503, 599,
];
const HEADERS: [&str; 4] = ["Date", "X-Swr-Expireat", "X-Subject-Token", "Retry-After"];

/// Holds for any answer of any service.
pub fn holds(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let (head, body) = text.split_once('\n').unwrap_or((text, ""));
    let mut head = head.chars();
    let (call, status) = (head.next().unwrap_or('s'), head.next().unwrap_or('a'));
    let value = head.as_str();
    let headers = HEADERS.map(|name| (name.to_owned(), Secret::from(value)));
    let response = Response {
        status: STATUSES[status as usize % STATUSES.len()],
        headers: headers.into(),
        body: Secret::new(body.replace("$A", AK).replace("$T", TOKEN)),
    };
    let service = Service {
        response,
        // Else the session token too is whatever the input says.
        has_session_token: call == 'm',
    };
    // No time is left, so that nothing is sent a second time.
    let api = Api {
        transport: &service,
        now: NOW,
        deadline: Instant::now(),
    };
    let found = asked(&api, call);
    let is_success = service.response.is_success();
    match found {
        Ok(Found::Nothing) => assert!(body.contains("Please configure Cloud Service Agency first")),
        Ok(found) => {
            assert!(is_success);
            found.is_usable();
        }
        Err(error) => is_told(&error, sent(call)),
    }
}

enum Found {
    Login(TemporaryLogin),
    Key(TemporaryKey),
    Token(Secret),
    Project(String),
    Nothing,
}

fn asked(api: &Api, call: char) -> Result<Found, ApiError> {
    let endpoint = Endpoint::parse("https://api.example").expect("an endpoint");
    let key = AccessKey {
        ak: AK.into(),
        sk: SK.into(),
    };
    let temporary = TemporaryKey {
        key,
        security_token: TOKEN.into(),
        expires: None,
    };
    let token = Secret::from(TOKEN);
    let auth = Auth::TemporaryKey(&temporary);
    match call {
        's' => {
            let asked = Asked {
                endpoint: &endpoint,
                project: "cn-north-4",
                project_id: None,
                hosts: &[HOST, "h"],
                enhanced: false,
            };
            secret::temporary_login(api, &asked, auth).map(Found::Login)
        }
        'e' => {
            let instance = Instance::new("project", "instance").expect("an instance");
            enterprise::temporary_login(api, &endpoint, &instance, auth).map(Found::Login)
        }
        'p' => iam::project_id(api, &endpoint, "cn-north-4", auth).map(Found::Project),
        't' => {
            let user = User {
                name: "alice",
                domain: "acme",
                password: &token,
            };
            iam::token(api, &endpoint, &user, Scope::Name("cn-north-4"))
                .map(|found| Found::Token(found.token))
        }
        'r' => {
            let terms = Terms::default();
            iam::assume_role(api, &endpoint, "swr-pull", "acme", &terms, auth).map(Found::Key)
        }
        _ => Ok(metadata::agency_key(api, &endpoint, metadata::LIMIT)?
            .map_or(Found::Nothing, Found::Key)),
    }
}

impl Found {
    fn is_usable(&self) {
        let plain = |text: &str| !text.is_empty() && !text.contains(char::is_control);
        let alphanumeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match self {
            Self::Login(TemporaryLogin { login, .. }) => {
                assert!(plain(&login.username) && plain(login.password.expose()));
                let again = parse_store_request(&get_reply(HOST, login));
                assert_eq!(&again.expect("docker sends it back").login, login);
            }
            Self::Key(TemporaryKey {
                key,
                security_token,
                ..
            }) => {
                assert!(plain(&key.ak) && alphanumeric(&key.ak));
                assert!(plain(key.sk.expose()) && alphanumeric(key.sk.expose()));
                assert!(plain(security_token.expose()));
            }
            Self::Token(token) => assert!(!token.is_empty()),
            Self::Project(id) => {
                let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
                assert!(plain(id) && id.len() <= 64 && id.bytes().all(fits));
            }
            Self::Nothing => {}
        }
    }
}

/// Returns the secrets that the service learns by a call, and so could repeat.
fn sent(call: char) -> &'static [&'static str] {
    match call {
        's' | 'e' | 'p' | 'r' => &[AK, TOKEN],
        't' | 'k' | 'm' => &[TOKEN],
        _ => &[],
    }
}

/// One line of bounded length, without a secret and without what turns the reading direction.
fn is_told(error: &ApiError, secrets: &[&str]) {
    let line = error.to_string();
    super::is_one_line(&line);
    // Twice what is passed on of a message: its code, and what is around both.
    assert!(line.chars().count() < 600, "{line}");
    assert!(
        !line.contains('\u{202e}') && !line.contains('\u{200b}'),
        "{line}"
    );
    for shown in [line, format!("{error:?}")] {
        for secret in secrets.iter().chain(&[SK]) {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

/// Answers whatever it is asked with the same.
struct Service {
    response: Response,
    has_session_token: bool,
}

impl Transport for Service {
    fn send(&self, request: &Request, _: Instant) -> Result<Response, TransportError> {
        if request.method == Method::Put && self.has_session_token {
            return Ok(Response {
                status: 200,
                headers: Vec::new(),
                body: TOKEN.into(),
            });
        }
        Ok(self.response.clone())
    }
}
