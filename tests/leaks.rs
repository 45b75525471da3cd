//! Marked secrets go in on every path, and are searched for wherever they could come out.
#![cfg(all(target_os = "linux", feature = "keyring", feature = "cloud"))]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "this is test code"
)]

mod support;

#[path = "leaks/end.rs"]
mod end;
#[path = "leaks/marks.rs"]
mod marks;
#[path = "leaks/memory.rs"]
mod memory;
#[path = "leaks/requests.rs"]
mod requests;

use std::fs;
use std::path::Path;

use docker_credential_swr::model::login::login_key;
use marks::Marks;
use requests::Request;
use serde_json::json;
use support::bus::Bus;
use support::cloud;
use support::sample::{AK, FOREIGN_HOST as FOREIGN, HOST, SK};
use support::standin::Standin;
use support::{Outcome, Sandbox, have};

const PASSWORD: &str = "marked-password/+&";
const TOKEN: &str = "marked0security0token+/=";
const USER_PASSWORD: &str = "marked iam password";

/// Secrets that not even an answer may hold.
const NEVER_ANSWERED: [(&str, &str); 8] = [
    ("SK", SK),
    ("security token", TOKEN),
    ("IAM password", USER_PASSWORD),
    ("temporary SK", cloud::TEMPORARY_SK),
    ("temporary security token", cloud::SECURITY_TOKEN),
    // From the stand-in.
    ("agency's SK", "server0agency0secret0key000000000000001a"),
    (
        "agency's security token",
        "gQpjbi1ub3J0aC00+server/agency==",
    ),
    ("metadata token", "metadata-session-token"),
];

#[test]
fn nothing_leaks_with_the_file_store() {
    let mut sandbox = sandbox();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    let get = all_kept_quiet(&sandbox);
    assert!(get.ok().contains(&key()));
    let file = fs::read(sandbox.path("config/docker-credential-swr/credentials")).unwrap();
    assert_eq!(everything().found_in(&file), ["login key"]);
}

#[test]
fn nothing_leaks_in_any_state_of_the_keyring() {
    type Start = fn(&mut Sandbox) -> Bus;
    let states: [(&str, Start, bool); 6] = [
        ("unlocked", Bus::unlocked, true),
        ("locked", Bus::locked, false),
        ("never unlocked", Bus::never_unlocked, false),
        ("missing", Bus::without_service, false),
        ("gone", Bus::gone, false),
        ("abandoned", Bus::abandoned, false),
    ];
    if !have(&["dbus-run-session", "gnome-keyring-daemon"]) {
        return;
    }
    for (state, start, answers) in states {
        let mut sandbox = sandbox();
        let _bus = start(&mut sandbox);
        let get = all_kept_quiet(&sandbox);
        assert_eq!(get.code == Some(0), answers, "{state}: {get:#?}");
        assert!(!answers || get.stdout.contains(&key()), "{state}");
    }
}

#[test]
fn nothing_leaks_with_a_silent_keyring() {
    let mut sandbox = sandbox();
    let _bus = Bus::silent(&mut sandbox);
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "1");
    for request in requests::usual() {
        kept_quiet(&sandbox, &request);
    }
    no_file_tells(&sandbox);
}

#[test]
fn nothing_leaks_when_the_api_is_called() {
    let Some(standin) = Standin::start() else {
        return;
    };
    let sandbox = at_service(&standin);
    let get = Request {
        arguments: vec!["get"],
        stdin: HOST.to_owned(),
        variables: Vec::new(),
    };
    assert!(kept_quiet(&sandbox, &get).ok().contains("TEMPORARYLOGIN"));
    for fault in [
        "echo", "401", "403", "404", "429", "500", "cut", "hang-up", "garbage", "not-http",
        "redirect", "huge", "trickle",
    ] {
        standin.behave(&json!({ "fault": fault }));
        kept_quiet(&sandbox, &get).fails();
        forget_refusals(&sandbox);
    }
    // The service repeats the request in its error message.
    standin.behave(&json!({ "fault": "echo" }));
    for variables in [
        vec![("HUAWEICLOUD_SDK_SECURITY_TOKEN", TOKEN)],
        vec![("HW_AUTH_TOKEN", TOKEN)],
        vec![
            ("HW_USER_NAME", "alice"),
            ("HW_USER_PASSWORD", USER_PASSWORD),
            ("HW_DOMAIN_NAME", "acme"),
        ],
    ] {
        let variables = variables.into_iter();
        let get = Request {
            arguments: vec!["get"],
            stdin: HOST.to_owned(),
            variables: variables
                .map(|(name, value)| (name, value.to_owned()))
                .collect(),
        };
        let said = kept_quiet(&sandbox, &get).fails();
        assert!(said.contains("[redacted]"), "{said}");
        forget_refusals(&sandbox);
    }
    no_file_tells(&sandbox);
}

/// A temporary key and the key of the server's agency, with all that is sent and received for them.
#[test]
fn nothing_leaks_of_temporary_keys() {
    let Some(standin) = Standin::start() else {
        return;
    };
    let sandbox = at_service(&standin);
    let key = [
        ("HUAWEICLOUD_SDK_AK", cloud::TEMPORARY_AK.to_owned()),
        ("HUAWEICLOUD_SDK_SK", cloud::TEMPORARY_SK.to_owned()),
        (
            "HUAWEICLOUD_SDK_SECURITY_TOKEN",
            cloud::SECURITY_TOKEN.to_owned(),
        ),
    ];
    let agency = [
        ("DOCKER_CREDENTIAL_SWR_PROVIDERS", "agency".to_owned()),
        (
            "DOCKER_CREDENTIAL_SWR_METADATA_ENDPOINT",
            standin.url("http"),
        ),
    ];
    let paths = ["/v2", "/openstack", "/meta-data"];
    for (variables, paths) in [(key.to_vec(), &paths[..1]), (agency.to_vec(), &paths)] {
        let get = Request {
            arguments: vec!["get"],
            stdin: HOST.to_owned(),
            variables,
        };
        standin.behave(&json!({}));
        assert!(kept_quiet(&sandbox, &get).ok().contains("TEMPORARYLOGIN"));
        for path in paths {
            for fault in ["echo", "401", "500", "cut", "garbage", "not-http"] {
                standin.behave(&json!({ "fault": fault, "path": path }));
                kept_quiet(&sandbox, &get).fails();
                forget_refusals(&sandbox);
            }
        }
        // A wrong clock is reported with the service's message.
        standin.behave(&json!({ "skew": 3600 }));
        let said = kept_quiet(&sandbox, &get).fails();
        assert!(said.contains("clock"), "{said}");
        forget_refusals(&sandbox);
    }
    no_file_tells(&sandbox);
}

/// A sandbox in which the stand-in issues all logins, with a permanent key unless a request has
/// another.
fn at_service(standin: &Standin) -> Sandbox {
    let mut sandbox = sandbox();
    sandbox.set("DOCKER_CREDENTIAL_SWR_CACHE", "off");
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "2");
    sandbox.set("HUAWEICLOUD_SDK_AK", AK);
    sandbox.set("HUAWEICLOUD_SDK_SK", SK);
    let url = standin.url("https");
    let settings =
        format!("login = \"temporary\"\n[registry.\"{HOST}\"]\napi = \"{url}\"\niam = \"{url}\"\n");
    let folder = sandbox.path("config/docker-credential-swr");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("config.toml"),
        cloud::settings(standin, &settings),
    )
    .unwrap();
    sandbox
}

/// A remembered refusal would hide the next fault.
fn forget_refusals(sandbox: &Sandbox) {
    let folder = sandbox.path("state/docker-credential-swr");
    assert!(folder.is_dir());
    let _ = fs::remove_file(folder.join("notes"));
}

/// A sandbox with files that hold secrets in `given`, and a trace.
fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("given")).unwrap();
    for (name, text) in [
        (
            "credentials.csv",
            format!("User Name,Access Key Id,Secret Access Key\nme,OTHERKEY000000000000,{SK}\n"),
        ),
        ("no.csv", format!("{SK},{SK},{SK},{SK}\n\"{SK}\n")),
        ("half-a-profile", format!("[basic]\nsk = {SK}\n")),
        ("no-profile", format!("[basic\nsk = {SK}\n")),
        ("no-settings.toml", format!("sk = {SK}\n{SK}\n")),
    ] {
        fs::write(sandbox.path("given").join(name), text).unwrap();
    }
    let docker = json!({"auths": {
        "swr.cn-north-9.myhuaweicloud.com": {"username": "somebody", "password": PASSWORD},
        "two.example.com": {"username": "somebody", "password": PASSWORD},
        "https://two.example.com": {"username": "somebody", "password": SK},
        "token.example.com": {"identitytoken": TOKEN},
    }});
    fs::create_dir(sandbox.path("given/docker")).unwrap();
    fs::write(sandbox.path("given/docker/config.json"), docker.to_string()).unwrap();
    sandbox.set("DOCKER_CREDENTIAL_SWR_TRACE", sandbox.path("trace"));
    sandbox
}

/// Makes every request of the suite; returns the outcome of a last `get`.
#[track_caller]
fn all_kept_quiet(sandbox: &Sandbox) -> Outcome {
    for request in requests::usual().iter().chain(&requests::mistakes()) {
        kept_quiet(sandbox, request);
    }
    no_file_tells(sandbox);
    // A host that the account serves and that no request was about.
    sandbox.run(&["get"], "swr.cn-south-1.myhuaweicloud.com")
}

#[track_caller]
fn kept_quiet(sandbox: &Sandbox, request: &Request) -> Outcome {
    let mut command = sandbox.command(support::helper_binary());
    command.args(&request.arguments);
    command.envs(request.variables.iter().map(|(name, value)| (name, value)));
    let outcome = support::run(&mut command, &request.stdin, support::SHORT);
    // Its answer holds a login; all other output must be free of secrets.
    let marks = if outcome.code == Some(0) {
        never_answered()
    } else {
        everything()
    };
    let said = marks.found_in(outcome.stdout.as_bytes());
    let muttered = everything().found_in(outcome.stderr.as_bytes());
    assert!(
        said.is_empty() && muttered.is_empty(),
        "{said:?} {muttered:?} in {outcome:#?}"
    );
    outcome
}

/// Fails if a file of the sandbox holds a secret that it should not hold.
#[track_caller]
fn no_file_tells(sandbox: &Sandbox) {
    let mut seen = 0;
    let mut folders = vec![sandbox.path(".")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let kind = entry.file_type().unwrap();
            let path = entry.path();
            if kind.is_dir() && !path.ends_with("given") {
                folders.push(path);
            } else if kind.is_file() {
                let marks = match path.file_name().unwrap().to_str() {
                    Some("credentials") => never_answered(),
                    _ => everything(),
                };
                seen += 1;
                let found = marks.found_in(&fs::read(&path).unwrap());
                assert!(found.is_empty(), "{found:?} in {}", path.display());
            }
        }
    }
    assert!(seen > 0 && !is_empty(&sandbox.path("trace")));
}

fn is_empty(path: &Path) -> bool {
    fs::metadata(path).unwrap().len() == 0
}

fn key() -> String {
    login_key(AK, &SK.into()).expose().to_owned()
}

fn everything() -> Marks {
    let answered = [
        ("login key", key()),
        ("password", PASSWORD.to_owned()),
        // From the stand-in.
        ("temporary password", "0temporary-password".to_owned()),
    ];
    let answered = answered.each_ref().map(|(name, secret)| (*name, &**secret));
    Marks::of(&[&NEVER_ANSWERED[..], &answered].concat())
}

fn never_answered() -> Marks {
    Marks::of(&NEVER_ANSWERED)
}
