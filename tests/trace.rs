//! The trace of a `get` in the file of `DOCKER_CREDENTIAL_SWR_TRACE`, while stderr is silent.
#![cfg(all(target_os = "linux", feature = "keyring", feature = "cloud"))]
#![allow(clippy::unwrap_used, reason = "this is test code")]

mod support;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use support::bus::Bus;
use support::cloud::{self, TEMPORARY_AK, TRACE};
use support::sample::{AK, HOST, SK};
use support::standin::Standin;
use support::{Sandbox, have};

const GET: &str = "get `swr.cn-north-4.myhuaweicloud.com` \
                   (Swr { region: \"cn-north-4\", cloud: \"myhuaweicloud.com\" }), store: keyring";
const ANSWERED: &str = "answered: `cn-north-4@TEMPORARYLOGIN000001`";

#[test]
fn each_provider_keyring_and_call_has_a_line() {
    let Some((standin, mut sandbox)) = scene() else {
        return;
    };
    for (name, value) in [
        ("HW_USER_NAME", "alice"),
        ("HW_USER_PASSWORD", "correct horse"),
        ("HW_DOMAIN_NAME", "acme"),
        ("HW_ASSUME_ROLE_AGENCY_NAME", "swr-pull"),
        ("HW_ASSUME_ROLE_DOMAIN_NAME", "acme"),
        ("HW_PROJECT_NAME", "cn-north-4_team"),
    ] {
        sandbox.set(name, value);
    }
    let api = format!("api: POST {}", authority(&standin));
    let expected = [
        GET,
        "registry: there is no OS keyring here: no D-Bus session bus",
        "environment: IAM user `alice` to assume `swr-pull`",
        &format!("{api}/v3/auth/tokens -> 201"),
        &format!("{api}/v3.0/OS-CREDENTIAL/securitytokens -> 201"),
        &format!("api: GET {}/v3/projects -> 200", authority(&standin)),
        &format!("{api}/v2/manage/utils/secret -> 200"),
        ANSWERED,
    ];
    assert_eq!(lines_of_get(&sandbox, 0), expected);
    let mode = fs::metadata(sandbox.path(TRACE)).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
}

#[test]
fn the_agency_and_the_providers_before_it_are_traced() {
    let Some((standin, mut sandbox)) = scene() else {
        return;
    };
    let all = "registry,environment,default,profile,agency";
    sandbox.set("DOCKER_CREDENTIAL_SWR_PROVIDERS", all);
    let authority = authority(&standin);
    let absent = "there is no OS keyring here: no D-Bus session bus";
    let expected = [
        GET,
        &format!("registry: {absent}"),
        "environment: nothing",
        &format!("default: {absent}"),
        "profile: nothing",
        &format!("api: PUT {authority}/meta-data/latest/api/token -> 200"),
        &format!("api: GET {authority}/openstack/latest/securitykey -> 200"),
        "agency: agency of this server, with SERV..0001",
        // No variable redirects the key of the server's agency.
        "api: POST swr-api.cn-north-4.myhuaweicloud.com/v2/manage/utils/secret -> 200",
        ANSWERED,
    ];
    assert_eq!(lines_of_get(&sandbox, 0), expected);
}

#[test]
fn refusals_and_retries_are_traced() {
    let Some((standin, mut sandbox)) = scene() else {
        return;
    };
    cloud::use_temporary_key(&mut sandbox);
    sandbox.set("DOCKER_CREDENTIAL_SWR_PROVIDERS", "environment");
    let key = "environment: temporary access key P0HE..69X0";
    let authority = authority(&standin);
    let call = format!("api: POST {authority}/v2/manage/utils/secret -> ");
    standin.behave(&json!({"fault": "503", "times": 1}));
    let expected = [
        GET,
        key,
        &format!("{call}503"),
        &format!("{call}200"),
        ANSWERED,
    ];
    assert_eq!(lines_of_get(&sandbox, 0), expected);

    standin.behave(&json!({"fault": "echo"}));
    let refused = lines_of_get(&sandbox, 1);
    assert_eq!(refused[..3], [GET, key, &format!("{call}403")]);
    assert!(
        refused[3].starts_with("failed: ") && refused[3].contains("[redacted]"),
        "{refused:?}"
    );
    // The refusal is remembered, so no request is made.
    let again = lines_of_get(&sandbox, 1);
    let words = format!("failed: `{TEMPORARY_AK}` was refused in the last 5 minutes");
    assert_eq!(again[..2], [GET, key]);
    assert!(again[2].starts_with(&words), "{again:?}");
}

#[test]
fn a_dead_keyring_and_a_working_one_are_traced() {
    let Some((_standin, mut sandbox)) = scene() else {
        return;
    };
    let dead = "cannot reach the keyring: nothing listens at the address of the D-Bus session bus";
    {
        let _bus = Bus::gone(&mut sandbox);
        let expected = [
            GET,
            &format!("registry: {dead}"),
            "environment: nothing",
            &format!("default: {dead}"),
            "profile: not asked, because the keyring cannot be reached",
            "pod: not asked, because the keyring cannot be reached",
            &format!("failed: {dead}"),
        ];
        assert_eq!(lines_of_get(&sandbox, 1), expected);
    }
    if !have(&["dbus-run-session", "gnome-keyring-daemon"]) {
        return;
    }
    let _bus = Bus::unlocked(&mut sandbox);
    sandbox.run(&["store", "--ak", AK, "--sk-stdin"], SK).ok();
    let expected = [
        GET,
        "registry: nothing",
        "environment: nothing",
        "default: access key QTWA..KYUC",
        "answered: `cn-north-4@QTWAOYTTINDUT2QVKYUC`",
    ];
    assert_eq!(lines_of_get(&sandbox, 0), expected);
}

#[test]
fn errors_before_the_first_provider_are_traced() {
    let Some((_standin, mut sandbox)) = scene() else {
        return;
    };
    sandbox.set("DOCKER_CREDENTIAL_SWR_PROVIDERS", "keyring");
    let lines = lines_of_get(&sandbox, 1);
    let words = "failed: the variable DOCKER_CREDENTIAL_SWR_PROVIDERS is not a list";
    assert_eq!(lines[0], GET);
    assert!(lines[1].starts_with(words), "{lines:?}");
    sandbox.set("DOCKER_CREDENTIAL_SWR_CONFIG", sandbox.path("broken"));
    fs::write(sandbox.path("broken"), "login =\n").unwrap();
    let lines = lines_of_get(&sandbox, 1);
    assert!(
        lines[0].starts_with("failed: ") && lines[0].contains("broken:1: "),
        "{lines:?}"
    );
}

#[test]
fn an_unusable_trace_file_is_left_alone() {
    let Some((_standin, mut sandbox)) = scene() else {
        return;
    };
    cloud::use_temporary_key(&mut sandbox);
    let open = sandbox.path(TRACE);
    fs::write(&open, "mine\n").unwrap();
    fs::set_permissions(&open, Permissions::from_mode(0o644)).unwrap();
    sandbox.run(&["get"], HOST).ok();
    assert_eq!(fs::read_to_string(&open).unwrap(), "mine\n");
    for impossible in ["home", "none/trace"] {
        sandbox.set("DOCKER_CREDENTIAL_SWR_TRACE", sandbox.path(impossible));
        assert_eq!(sandbox.run(&["get"], HOST).stderr, "");
        sandbox.run(&["get"], HOST).ok();
    }
}

fn scene() -> Option<(Standin, Sandbox)> {
    let standin = Standin::start()?;
    let mut sandbox = cloud::sandbox(&standin);
    sandbox.set("DOCKER_CREDENTIAL_SWR_CACHE", "off");
    Some((standin, sandbox))
}

/// Runs `get`; returns what it added to the trace.
#[track_caller]
fn lines_of_get(sandbox: &Sandbox, code: i32) -> Vec<String> {
    let read = || fs::read_to_string(sandbox.path(TRACE)).unwrap_or_default();
    let before = read().len();
    let outcome = sandbox.run(&["get"], HOST);
    assert_eq!(outcome.code, Some(code), "{outcome:#?}");
    assert_eq!(outcome.stderr, "");
    cloud::is_tight(sandbox, &outcome);
    let line = |line: &str| line.split_once("] ").unwrap().1.to_owned();
    read()[before..].lines().map(line).collect()
}

fn authority(standin: &Standin) -> String {
    standin.url("http").replace("http://", "")
}
