//! Locks and folders that another user tries to control.

use std::fs;
use std::thread;

use serde_json::json;

use super::support::Sandbox;
use super::support::sample::{AK, HOST, SK};
use super::support::standin::Standin;
use super::users::{Machine, OTHER, USER, outcome};

/// So many parallel stores that some would be lost without a lock.
const MANY: usize = 24;

#[test]
fn a_squatted_lock_folder_loses_no_store() {
    let Some(machine) = Machine::new() else {
        return;
    };
    squat(&machine);
    let stores: Vec<_> = (0..MANY)
        .map(|number| {
            let host = format!("swr.cn-north-{number}.myhuaweicloud.com");
            let request = json!({"ServerURL": host, "Username": format!("cn-north-{number}@{AK}"), "Secret": SK});
            let mut store = machine.helper(USER, &["store"]);
            store.env("DOCKER_CREDENTIAL_SWR_BACKEND", "file").env("DOCKER_CREDENTIAL_SWR_TIMEOUT", "60");
            thread::spawn(move || outcome(&mut store, &request.to_string()))
        })
        .collect();
    for store in stores {
        store.join().unwrap().ok();
    }
    let mut list = machine.helper(USER, &["list"]);
    list.env("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    let listed: serde_json::Value = serde_json::from_str(outcome(&mut list, "").ok()).unwrap();
    assert_eq!(listed.as_object().unwrap().len(), MANY);
}

#[test]
fn an_erase_takes_away_no_login_that_is_stored_meanwhile() {
    let mut sandbox = Sandbox::new();
    sandbox.set("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    sandbox.set("DOCKER_CREDENTIAL_SWR_TIMEOUT", "60");
    let host = |start: &str, number| format!("swr.{start}-{number}.myhuaweicloud.com");
    let store = |host: &str| {
        let request = json!({"ServerURL": host, "Username": AK, "Secret": SK});
        sandbox.run(&["store"], &request.to_string()).ok();
    };
    for number in 0..MANY {
        store(&host("cn-old", number));
    }
    thread::scope(|scope| {
        for number in 0..MANY {
            let (old, new) = (host("cn-old", number), host("cn-new", number));
            let sandbox = &sandbox;
            scope.spawn(move || store(&new));
            scope.spawn(move || {
                sandbox.run(&["erase", "--registry", &old], "").ok();
            });
        }
    });
    let listed: serde_json::Value = serde_json::from_str(sandbox.run(&["list"], "").ok()).unwrap();
    let mut listed: Vec<_> = listed.as_object().unwrap().keys().cloned().collect();
    let mut expected: Vec<_> = (0..MANY).map(|number| host("cn-new", number)).collect();
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
}

#[test]
fn a_squatted_lock_folder_causes_no_second_refused_attempt() {
    let (Some(machine), Some(standin)) = (Machine::new(), Standin::start()) else {
        return;
    };
    squat(&machine);
    standin.behave(&json!({"fault": "401"}));
    let gets: Vec<_> = (0..12)
        .map(|_| {
            let mut get = machine.helper(USER, &["get"]);
            get.envs(temporary_key())
                .env(SWR_ENDPOINT, standin.url("http"));
            get.env("DOCKER_CREDENTIAL_SWR_TIMEOUT", "60");
            thread::spawn(move || outcome(&mut get, HOST))
        })
        .collect();
    for get in gets {
        get.join().unwrap().fails();
    }
    assert_eq!(standin.requests().len(), 1);
}

#[test]
fn a_lock_folder_of_another_user_is_an_error() {
    let (Some(machine), Some(standin)) = (Machine::new(), Standin::start()) else {
        return;
    };
    machine.folder(OTHER, "others", 0o777);
    let others = machine.path("others");
    let mut store = machine.helper(USER, &["store"]);
    store
        .env("XDG_CONFIG_HOME", &others)
        .env("DOCKER_CREDENTIAL_SWR_BACKEND", "file");
    let request = json!({"ServerURL": HOST, "Username": AK, "Secret": SK}).to_string();
    // In a folder that everybody can write, everything can be replaced.
    machine.folder(OTHER, "others/docker-credential-swr", 0o777);
    let said = outcome(&mut store, &request).fails();
    assert!(
        said.contains("its folder belongs to another user"),
        "{said}"
    );
    assert_eq!(
        fs::read_dir(others.join("docker-credential-swr"))
            .unwrap()
            .count(),
        0
    );

    let mut get = machine.helper(USER, &["get"]);
    get.envs(temporary_key())
        .env(SWR_ENDPOINT, standin.url("http"))
        .env("XDG_STATE_HOME", &others);
    let said = outcome(&mut get, HOST).fails();
    assert!(said.contains("belongs to another user"), "{said}");
    assert_eq!(standin.requests().len(), 0);
}

#[test]
fn no_hash_of_a_password_is_kept() {
    let (Some(machine), Some(standin)) = (Machine::new(), Standin::start()) else {
        return;
    };
    standin.behave(&json!({"fault": "401"}));
    let get = |password: &str| {
        let mut get = machine.helper(USER, &["get"]);
        get.env("HW_USER_NAME", "alice")
            .env("HW_DOMAIN_NAME", "acme")
            .env("HW_USER_PASSWORD", password)
            .env(SWR_ENDPOINT, standin.url("http"))
            .env("HUAWEICLOUD_SDK_IAM_ENDPOINT", standin.url("http"));
        outcome(&mut get, HOST).fails()
    };
    get("a first guess");
    // The key of the hashes is stored beside them, so a hash with the password could be guessed
    // from the disk.
    let said = get("a second guess");
    assert!(said.contains("was refused in the last 5 minutes"), "{said}");
    assert_eq!(standin.requests().len(), 1);
}

const SWR_ENDPOINT: &str = "HUAWEICLOUD_SDK_REGION_SWR_CN_NORTH_4";

fn temporary_key() -> [(&'static str, &'static str); 4] {
    use super::support::cloud::{SECURITY_TOKEN, TEMPORARY_AK, TEMPORARY_SK};
    [
        ("HUAWEICLOUD_SDK_AK", TEMPORARY_AK),
        ("HUAWEICLOUD_SDK_SK", TEMPORARY_SK),
        ("HUAWEICLOUD_SDK_SECURITY_TOKEN", SECURITY_TOKEN),
        ("DOCKER_CREDENTIAL_SWR_CACHE", "off"),
    ]
}

/// Makes the folder that older versions used for locks, before the user does.
fn squat(machine: &Machine) {
    machine.folder(OTHER, &format!("tmp/docker-credential-swr-{USER}"), 0o777);
}
