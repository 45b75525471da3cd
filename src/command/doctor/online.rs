//! One try of what a client does: `GET /v2/`, the Bearer challenge, and the token request with the
//! login. What the registry answers is explained by the table of Huawei's FAQ.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Check;
use crate::command::Context;
use crate::error::Result;
use crate::login::Login;
use crate::registry::Registry;
use crate::secret::Secret;
use crate::swr::endpoint::Endpoint;
use crate::swr::http::Client;
use crate::swr::network::Network;
use crate::swr::request::{Method, Request, Response};
use crate::swr::transport::Transport;
use crate::timestamp;

const CHECK: &str = "online";

/// How far a clock may be off before signatures fail, in seconds.
const SKEW_LIMIT: u64 = 15 * 60;

pub(super) fn login(registry: &Registry, login: &Login, context: &Context<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    match tried(registry, login, context, &mut checks) {
        Ok(check) => checks.push(check),
        Err(why) => checks.push(Check::failed(
            CHECK,
            why,
            "check the network, the proxy and the address",
        )),
    }
    checks
}

fn tried(
    registry: &Registry,
    login: &Login,
    context: &Context<'_>,
    checks: &mut Vec<Check>,
) -> Result<Check, String> {
    let client = Client::new(Network::of(context.environment).map_err(|error| error.to_string())?);
    let deadline = context.deadline.renewed().end();
    let send = |request: &Request| {
        client
            .send(request, deadline)
            .map_err(|error| error.to_string())
    };
    let endpoint = endpoint(registry)?;
    let first = send(&Request::new(Method::Get, &endpoint, "/v2/"))?;
    checks.extend(clock(&first, context.environment.now()));
    if first.is_success() {
        return Ok(Check::ok(CHECK, format!("`{registry}` asks for no login")));
    }
    let challenge = first
        .header("WWW-Authenticate")
        .unwrap_or_default()
        .to_owned();
    let basic = format!(
        "Basic {}",
        STANDARD.encode(format!("{}:{}", login.username, login.password.expose()))
    );
    let basic = Secret::new(basic);
    let request = if challenge.to_ascii_lowercase().starts_with("basic") {
        Request::new(Method::Get, &endpoint, "/v2/")
    } else {
        token_request(&challenge)
            .ok_or_else(|| format!("`{registry}` asks for a login in a way that no client knows"))?
    };
    let answer = send(&request.with_header("Authorization", basic))?;
    Ok(explained(registry, &answer))
}

/// Plain HTTP serves this machine alone, as it does for docker.
fn endpoint(registry: &Registry) -> Result<Endpoint, String> {
    let https = Endpoint::parse(registry.address()).map_err(|why| why.to_string())?;
    if https.is_direct() {
        return Endpoint::parse(&format!("http://{}", registry.address()))
            .map_err(|why| why.to_string());
    }
    Ok(https)
}

/// Returns the request that a Bearer challenge asks for. Its realm must be a host of its own scheme.
fn token_request(challenge: &str) -> Option<Request> {
    let rest = challenge
        .get(..7)
        .filter(|scheme| scheme.eq_ignore_ascii_case("bearer "))?;
    let parameters = &challenge[rest.len()..];
    let parameter = |name: &str| {
        parameters.split(',').find_map(|part| {
            let (key, value) = part.trim().split_once('=')?;
            let value = value.trim_matches('"').to_owned();
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    };
    let realm = parameter("realm")?;
    let (scheme, after) = realm.split_once("://")?;
    let (authority, path) = after.split_once('/').unwrap_or((after, ""));
    let endpoint = Endpoint::parse(&format!("{scheme}://{authority}")).ok()?;
    let request = Request::new(Method::Get, &endpoint, &format!("/{path}"));
    Some(match parameter("service") {
        Some(service) => request.with_query("service", &service),
        None => request,
    })
}

fn clock(response: &Response, now: u64) -> Option<Check> {
    let theirs = response
        .header("Date")
        .and_then(timestamp::parse_http_date)?;
    let off = theirs.abs_diff(now);
    (off > SKEW_LIMIT).then(|| {
        let text = format!(
            "this machine's clock is {} minutes off; temporary logins need a right one",
            off / 60
        );
        Check::warning("clock", text, "set the clock, best by NTP")
    })
}

fn explained(registry: &Registry, answer: &Response) -> Check {
    if answer.is_success() {
        return Check::ok(CHECK, format!("`{registry}` accepts the login"));
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
            "the SK itself was used as the password, or the IAM user has no programmatic access",
        ),
        (
            "you do not have the permission",
            "the login works; the organisation does not let you in",
        ),
    ];
    let meaning = known
        .iter()
        .find(|(said, _)| body.contains(said))
        .map(|(_, meaning)| *meaning);
    let meaning = meaning
        .unwrap_or("project, access key or login key are wrong, or a temporary login has expired");
    Check::failed(
        CHECK,
        format!(
            "`{registry}` refuses the login (HTTP {}): {meaning}",
            answer.status
        ),
        "see whether the access key is still there in the console, and store it again",
    )
}
