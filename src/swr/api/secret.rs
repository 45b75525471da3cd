//! The temporary logins of SWR: `POST /v2/manage/utils/secret` (API reference, *Generating a
//! Temporary Login Command*) and, for accounts on the new IAM, the enhanced login, `POST
//! /v2/manage/utils/authorizationtoken` (*Generating an Enhanced Login Command*).

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::auth::Auth;
use super::call::{Api, TemporaryLogin, json};
use super::error::ApiError;
use crate::model::secret::Secret;
use crate::model::time;
use crate::swr::endpoint::Endpoint;
use crate::swr::request::{Method, Request, Response};

/// The error for a reply with logins for other hosts only.
pub const OTHER_HOSTS: &str = "no login for this registry";

/// The arguments of the request.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The API in the registry's region, such as `https://swr-api.cn-north-4.myhuaweicloud.com`.
    pub endpoint: &'a Endpoint,
    /// The project's name, such as `cn-north-4` or `cn-north-4_team`.
    pub project: &'a str,
    /// The project's ID, unless it is the region's default project.
    pub project_id: Option<&'a str>,
    /// The registry's address and its configured aliases. A login for any other host is not
    /// accepted.
    pub hosts: &'a [&'a str],
    /// Whether to request the enhanced login, which has no project name.
    pub enhanced: bool,
}

/// Requests a login to the registry from SWR.
///
/// # Errors
///
/// [`ApiError`]; [`ApiError::Garbage`] if the reply has no login for any of the hosts.
pub fn temporary_login(api: &Api, asked: &Asked, auth: Auth) -> Result<TemporaryLogin, ApiError> {
    let response = api.call(request(asked), auth)?;
    read(&response, asked.hosts).map_err(|why| ApiError::Garbage {
        host: asked.endpoint.authority(),
        why,
    })
}

fn request(asked: &Asked) -> Request {
    let request = match asked.enhanced {
        true => {
            let path = "/v2/manage/utils/authorizationtoken";
            Request::new(Method::Post, asked.endpoint, path)
        }
        false => Request::new(Method::Post, asked.endpoint, "/v2/manage/utils/secret")
            .with_query("projectname", asked.project),
    };
    let request = request.as_json();
    match asked.project_id {
        None => request,
        Some(id) => request.with_header("X-Project-Id", id.into()),
    }
}

#[derive(Deserialize)]
struct Reply {
    auths: HashMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    auth: Secret,
}

/// Returns the login for the first of `hosts` that is in `response`.
fn read(response: &Response, hosts: &[&str]) -> Result<TemporaryLogin, &'static str> {
    let reply: Reply = json(response)?;
    let of_host = |host: &&str| {
        reply
            .auths
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(host))
    };
    let (_, Entry { auth }) = hosts.iter().find_map(of_host).ok_or(OTHER_HOSTS)?;
    let bytes = STANDARD
        .decode(auth.expose())
        .map_err(|_| "a login that is not base64")?;
    let login = String::from_utf8(bytes)
        .map(Secret::new)
        .map_err(|_| "a login that is not UTF-8")?;
    let (username, password) = login
        .expose()
        .split_once(':')
        .ok_or("a login without a password")?;
    let expires = response.header("X-Swr-Expireat").and_then(time::parse_iso);
    TemporaryLogin::checked(username, password.into(), expires)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "swr.cn-north-4.myhuaweicloud.com";

    fn reply(auths: &[(&str, &str)]) -> Response {
        let auths: serde_json::Map<_, _> = auths
            .iter()
            .map(|(host, login)| {
                (
                    (*host).into(),
                    serde_json::json!({"auth": STANDARD.encode(login)}),
                )
            })
            .collect();
        let headers = vec![(
            "x-swr-expireat".to_owned(),
            Secret::from("2026-07-23T08:46:07.811000Z"),
        )];
        let body = serde_json::json!({"auths": auths}).to_string();
        Response {
            status: 200,
            headers,
            body: Secret::new(body),
        }
    }

    #[test]
    fn only_the_login_for_the_requested_host_is_used() {
        let response = reply(&[
            ("swr.cn-north-1.myhuaweicloud.com", "one:a"),
            (HOST, "cn-north-4@AK:b:c"),
            ("100.125.1.2:20202", "three:d"),
        ]);
        let login = read(&response, &[HOST]).expect("a login");
        assert_eq!(login.login.username, "cn-north-4@AK");
        assert_eq!(login.login.password.expose(), "b:c");
        assert_eq!(login.expires, Some(1_784_796_367));
        let alias = read(&response, &["swr.intranet.example", "100.125.1.2:20202"]);
        assert_eq!(alias.map(|login| login.login.username), Ok("three".into()));
        assert_eq!(
            read(&response, &["swr.intranet.example"]),
            Err("no login for this registry")
        );
        assert_eq!(read(&response, &[]), Err("no login for this registry"));
        assert_eq!(
            read(&reply(&[]), &[HOST]),
            Err("no login for this registry")
        );
    }

    #[test]
    fn an_unreadable_expiry_counts_as_none() {
        let mut response = reply(&[(HOST, "u:p")]);
        response.headers[0].1 = "tomorrow".into();
        assert_eq!(
            read(&response, &[HOST]).map(|login| login.expires),
            Ok(None)
        );
        response.headers.clear();
        assert_eq!(
            read(&response, &[HOST]).map(|login| login.expires),
            Ok(None)
        );
    }

    #[test]
    fn a_login_that_docker_could_not_use_is_refused() {
        for login in ["<token>:p", ":p", "u:", "u", "", "u\n:p", "u:p\r", "u\0:p"] {
            assert!(
                read(&reply(&[(HOST, login)]), &[HOST]).is_err(),
                "{login:?}"
            );
        }
        for body in [
            "",
            "[]",
            "{}",
            r#"{"auths":{}}"#,
            r#"{"auths":{"HOST":{"auth":"%"}}}"#,
            r#"{"auths":{"HOST":{"auth":"/zpw"}}}"#,
        ] {
            let response = Response {
                body: body.replace("HOST", HOST).as_str().into(),
                ..reply(&[])
            };
            assert!(read(&response, &[HOST]).is_err(), "{body}");
        }
    }
}
